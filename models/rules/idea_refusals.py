"""What is refused, why, and what a caller can do instead: decided before anything enters a history."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from models.cases.calendar import calendar_of
from models.cases.kind import Kind
from models.lifecycles import LIFECYCLES
from models.lifecycles.event_spec import WORDS, Quiet
from models.lifecycles.events import (
    CHANGE_OWNER,
    CLOSE,
    EVENTS,
    JOIN_TEAM,
    LEAVE_TEAM,
    PLAN,
    REOPEN,
    SUBMIT,
    SUBMIT_STORY,
    SUBMIT_WORK,
    UNDO,
)
from models.messages.commands import Actor, Command, Refusal, RefusalCode
from models.messages.idea import MOST_OPEN_TASKS, IdeaState, OpenTask, Standing
from models.rules.permissions import (
    allowed_events,
    coaches_of,
    is_own,
    is_who_they_say,
    known_events,
    may_speak,
    stages_to_send_back_to,
)
from models.rules.undo import may_undo
from models.vocabulary import ConceptField, Outcome, Role, Stage

FARTHEST_TASK_DAYS = 3650
"""A task may not be due later than this: dates near the end of the calendar cannot be counted on from."""

ABOUT_TASKS = frozenset({"ask", "finish_task", "write_note"})

MAY_BE_ASKED = (Role.INNOVATOR, Role.COACH, Role.LEAD)

MOST_MEMBERS = 12
"""Of one team, beside the owner: the travelling state stays small, and so does the list on the page."""

MOST_MENTIONED = 8
"""Of one message: whoever wants to tell more people just writes, since all who work on an idea get what is written."""

ENDS_AS_TWIN = (CLOSE, Outcome.CLOSED)
"""How an idea ends that is a duplicate of another."""


LACKS = {
    SUBMIT_WORK: f"the concept says nothing yet; write into {', '.join(ConceptField)} first",
    SUBMIT_STORY: "the story says too little yet; write title, teaser and at least one more of its fields first",
}
"""What is said of an event whose document the sender could not fill in."""


def required_fields(standing: Standing, event: str, role: Role) -> tuple[str, ...]:
    """What the event needs from this caller. A coach who sends an idea back from helping need not say where to."""
    required = EVENTS[event].required
    if event == "send_back" and event in LIFECYCLES[standing.stage].events_in(standing.state):
        return tuple(field for field in required if field == "reason" and role is Role.LEAD)
    return required


class IdeaRefusals(Kind[IdeaState, Command]):
    """What an idea answers to the questions of the kernel before a step is taken."""

    name = "idea"

    def begins(self, standing: Standing, command: Command) -> bool:
        return command.event == SUBMIT and standing.version == 0

    def is_who_they_say(self, standing: Standing, actor: Actor, event: str) -> bool:
        return is_who_they_say(standing, actor)

    def known_events(self, standing: Standing) -> Mapping[str, Collection[Role]]:
        return known_events(standing)

    def tell_place(self, standing: Standing) -> str:
        return standing.outcome or ("paused" if standing.pause else f"{standing.stage}.{standing.state}")

    def may_themselves(self, standing: Standing, actor: Actor, event: str) -> bool:
        return may_speak(standing, actor.account_id, actor.role, event)

    def allowed_events(self, standing: Standing, account_id: str | None, roles: Collection[Role]) -> list[str]:
        return allowed_events(standing, account_id, roles)

    def refuse_fields(self, idea: IdeaState, command: Command, now: datetime) -> Refusal | None:
        standing, rulebook = idea.standing, command.rulebook or idea.rulebook
        spec = EVENTS[command.event]
        if command.event == UNDO and not may_undo(standing, command.actor.account_id, now):
            return self.refuse(
                idea, command, RefusalCode.NOT_ALLOWED, "only whoever decided, and only for a short time"
            )
        today = calendar_of(rulebook).today(now)

        def invalid(field: str, detail: str) -> Refusal:
            return self.invalid(idea, command, field, detail)

        if command.quiet and command.actor.role is Role.INNOVATOR:
            return invalid("quiet", "only coaches and leads can take a step quietly")
        if command.quiet and spec.quiet is Quiet.NEVER:
            return invalid("quiet", f"somebody waits to hear of {command.event}")
        for field in required_fields(standing, command.event, command.actor.role):
            carried = "note_id" if field in WORDS else field
            may_lack = command.actor.role is Role.ENGINE and not spec.is_of_team
            if getattr(command, carried) is None and not may_lack:
                return invalid(field, LACKS.get(command.event, f"{command.event} needs {field}"))
        names_a_day = "until" in spec.required
        if why := self.refuse_times(idea, command, today, rulebook, names_a_day=names_a_day):
            return why
        if command.event == "send_back" and command.stage is not None:
            if command.stage not in stages_to_send_back_to(standing):
                return invalid("stage", "can only be the present stage or an earlier one")
            if command.actor.role is Role.COACH and command.stage is not Stage.DEVELOP:
                return invalid("stage", "a coach sends an idea back to develop only")
        if command.event == REOPEN and command.stage not in (None, *stages_to_send_back_to(standing)):
            return invalid("stage", "can only be the stage where the path ended or an earlier one")
        is_owners = command.event == REOPEN and command.actor.role is Role.INNOVATOR
        if is_owners and command.stage not in (None, standing.stage):
            return invalid("stage", "is chosen by a lead; an owner goes back to the story")
        if command.event == REOPEN and command.coach_id not in (None, standing.coach_id):
            return invalid("coach_id", "is not the coach with whom the path has ended")
        if (
            command.event in ABOUT_TASKS
            and command.task_id is not None
            and (why := self._refuse_task(idea, command, today))
        ):
            return why
        if command.event == PLAN and (why := self._refuse_plan(idea, command, today)):
            return why
        if command.mentioned and (detail := _refuse_mentioned(standing, command)):
            return invalid("mentioned", detail)
        if command.event == "change_coach" and command.coach_id == standing.coach_id:
            return invalid("coach_id", "is the coach already")
        if command.event == "cover_coach" and command.coach_id == standing.coach_id:
            return invalid("coach_id", "is the coach who is away")
        if command.coach_id is not None and command.coach_id == standing.owner_id:
            return invalid("coach_id", "is the innovator of this idea")
        if command.coach_id is not None and command.coach_id in standing.team:
            return invalid("coach_id", "is in the team of this idea")
        is_ended = (command.event, command.outcome) == ENDS_AS_TWIN
        if command.duplicate_of is not None and (not is_ended or command.duplicate_of == standing.idea_id):
            return invalid("duplicate_of", "is another idea, of one that is closed")
        if command.fields and standing.stage is not Stage.DEVELOP:
            return invalid("fields", "are those of a concept")
        if spec.is_of_team:
            return self._refuse_member(idea, command)
        return None

    def _refuse_task(self, idea: IdeaState, command: Command, today: date) -> Refusal | None:
        task = next((task for task in idea.standing.tasks if task.id == command.task_id), None)
        if command.event == "ask":
            return self._refuse_question(idea, command, task, today)
        hidden = task is not None and task.internal and command.actor.role is Role.INNOVATOR
        if task is None or hidden:
            return self.invalid(idea, command, "task_id", "is no open task of this idea")
        if command.event == "finish_task":
            # A question is answered by whom it was put to; others may take it back.
            ticks = task.asks and command.actor.role is task.assignee and task.assignee is not Role.LEAD
            return self.invalid(idea, command, "task_id", "asks: answer it with a message") if ticks else None
        if task.asks and command.internal is not task.internal:
            return self.invalid(idea, command, "internal", "an answer is read by whoever may read its question")
        return None

    def _refuse_question(self, idea: IdeaState, command: Command, same: OpenTask | None, today: date) -> Refusal | None:
        if len(idea.standing.tasks) >= MOST_OPEN_TASKS:
            detail = f"there are {MOST_OPEN_TASKS} open tasks already; finish one first"
            return self.invalid(idea, command, "task_id", detail)
        if same is not None:
            return self.invalid(idea, command, "task_id", "is an open task of this idea already")
        if not is_soon_enough(command.until or today, today):
            return self.invalid(idea, command, "until", f"must be today or within {FARTHEST_TASK_DAYS} days")
        if command.assignee not in MAY_BE_ASKED:
            return self.invalid(idea, command, "assignee", "is innovator, coach or lead")
        if command.internal and command.assignee is Role.INNOVATOR:
            return self.invalid(idea, command, "internal", "the innovator cannot read what is internal")
        return None

    def _refuse_plan(self, idea: IdeaState, command: Command, today: date) -> Refusal | None:
        """The first of its tasks that cannot be: told as `tasks.0.until`, counted from 0."""
        planned, open_ = command.tasks or (), {task.id: task for task in idea.standing.tasks}
        asked = sum(task.asks for task in open_.values())
        if len(planned) + asked > max(MOST_OPEN_TASKS, len(open_)):
            detail = f"may be {MOST_OPEN_TASKS} at most, with {asked} that ask"
            return self.invalid(idea, command, "tasks", detail)
        if len({task.id for task in planned}) < len(planned):
            return self.invalid(idea, command, "tasks", "name a task twice")
        for number, task in enumerate(planned):
            known = open_.get(task.id)
            if task.is_new is (known is not None) or (known is not None and known.asks):
                return self.invalid(idea, command, f"tasks.{number}.task_id", "is no open task of this idea")
            if task.assignee not in MAY_BE_ASKED:
                return self.invalid(idea, command, f"tasks.{number}.assignee", "is innovator, coach or lead")
            stays = known is not None and known.due == task.due
            if not stays and not is_soon_enough(task.due or today, today):
                detail = f"must be today or within {FARTHEST_TASK_DAYS} days"
                return self.invalid(idea, command, f"tasks.{number}.until", detail)
        return None

    def _refuse_member(self, idea: IdeaState, command: Command) -> Refusal | None:
        """Nobody is on both sides of an idea, and nobody but owner and lead takes somebody else out of its team."""
        standing, actor, member = idea.standing, command.actor, command.member_id
        if command.event == LEAVE_TEAM and member not in standing.team:
            return self.refuse(idea, command, RefusalCode.INVALID, "is not in the team of this idea", "member_id")
        if command.event == LEAVE_TEAM:
            is_own = member == actor.account_id or actor.account_id == standing.owner_id
            if actor.role is Role.INNOVATOR and not is_own:
                return self.refuse(idea, command, RefusalCode.FORBIDDEN, "only the owner or a lead takes somebody out")
            return None
        why = None
        if member == standing.owner_id:
            why = "is the innovator of this idea"
        elif member in coaches_of(standing):
            why = "coaches this idea"
        elif _would_be_too_many(standing, command):
            why = f"would be one more than {MOST_MEMBERS}"
        return self.refuse(idea, command, RefusalCode.INVALID, why, "member_id") if why else None


def is_soon_enough(due: date, today: date) -> bool:
    """Whether a task may be given this day."""
    return 0 <= (due - today).days <= FARTHEST_TASK_DAYS


def _refuse_mentioned(standing: Standing, command: Command) -> str:
    """Whether the others are leads is known where accounts are."""
    if command.event not in ("ask", "write_note"):
        return f"{command.event} is no message"
    if len(command.mentioned) > MOST_MENTIONED:
        return f"are more than {MOST_MENTIONED}"
    seen_by_all = not command.internal or not any(is_own(standing, one) for one in command.mentioned)
    return "" if seen_by_all else "cannot read what is internal"


def _would_be_too_many(standing: Standing, command: Command) -> bool:
    """A new owner leaves the team, and the former one may come into it."""
    after = {*standing.team} | ({command.member_id} if command.event == JOIN_TEAM else set())
    if command.event == CHANGE_OWNER:
        after = (after | ({standing.owner_id} if command.share else set())) - {command.member_id}
    return len(after) > max(MOST_MEMBERS, len(standing.team))
