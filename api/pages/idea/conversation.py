"""The conversation of an idea: who has said what, which questions wait for whom, and the box in which one writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.pages.kit.fields import Choice, Entered, Field, new_key
from api.pages.kit.step_forms import StepForm, StepWriter
from api.pages.kit.timeline_presenter import Line, TimelinePresenter, tell_who
from api.pages.kit.turn_presenter import TurnPresenter
from models.lifecycles.events import ASK, MESSAGES
from models.messages.idea import OpenTask, Standing
from models.queries.account_names import Person
from models.queries.idea import TimelineLine
from models.rules.deadlines import ringing_questions
from models.rules.holders import person_for
from models.rules.notices import role_around
from models.rules.permissions import coaches_of, is_own, works_on
from models.vocabulary import Role

MESSAGE = "write_note"

MENTIONS = "mentioned"

LINES_OPEN = 10
"""So many lines are open at once; a click shows those before."""

NOT_WORTH_A_CLICK = 3


@dataclass(frozen=True)
class Question:
    """A question that is open: on whom it waits, and what the visitor can do about it."""

    task_id: str
    sentence: str
    is_yours: bool
    path: str = ""
    """Where the visitor answers it; empty for who has asked it."""
    key: str = ""
    """With it the visitor takes the question back."""


@dataclass(frozen=True)
class Said:
    """One line of the conversation: words as a bubble, or a step without words."""

    line: Line
    own: bool
    is_message: bool
    """It says nothing but its words."""
    question: Question | None = None
    answers: str = ""
    """Whose question it answers."""
    task: tuple[str, str] | None = None
    """Of what task it speaks: its id and its words."""

    @property
    def has_words(self) -> bool:
        return bool(self.line.note or self.line.gone)


@dataclass(frozen=True)
class ReplyBox:
    """Where one writes. `asks`: the fields with which a message becomes a question."""

    form: StepForm
    mentions: Field | None = None
    asks: Sequence[Field] = ()
    is_question: bool = False
    anchors: Mapping[str, str] | None = None
    """Where each wrong field is, where this form was refused."""


@dataclass(frozen=True)
class Conversation:
    """The latest lines come last; `hidden` are open questions that stand further up."""

    earlier: Sequence[Said]
    recent: Sequence[Said]
    hidden: Sequence[Question]
    yours: Sequence[Question]
    """Open questions to the visitor, wherever they stand."""
    reply: ReplyBox | None


@dataclass(frozen=True)
class ConversationPresenter:
    """Tells the conversation of one idea to one visitor."""

    teller: TimelinePresenter
    standing: Standing
    people: Mapping[str, Person]
    """Who may be asked, by the ids of their accounts."""
    sees_internal: bool
    may_write: bool

    @property
    def speaker(self) -> TurnPresenter:
        return self.teller.speaker

    def tell(self, lines: Sequence[TimelineLine], reply: ReplyBox | None) -> Conversation:
        """`lines`: what the visitor may read, the latest first."""
        asked = {str(line.facts["task"]): line for line in lines if line.event == ASK}
        open_ = {task.id: task for task in ringing_questions(self.standing) if self.sees_internal or not task.internal}
        said = [self._say(line, asked, open_) for line in reversed(lines)]
        shown = LINES_OPEN if len(said) > LINES_OPEN + NOT_WORTH_A_CLICK else len(said)
        earlier, recent = said[: len(said) - shown], said[len(said) - shown :]
        in_sight = {one.question.task_id for one in recent if one.question}
        questions = [self._tell_open(task, asked.get(task.id)) for task in open_.values()]
        hidden = [one for one in questions if one.task_id not in in_sight]
        return Conversation(earlier, recent, hidden, [one for one in questions if one.is_yours and one.path], reply)

    def _say(self, line: TimelineLine, asked: Mapping[str, TimelineLine], open_: Mapping[str, OpenTask]) -> Said:
        task_id = str(line.facts.get("task", ""))
        task = open_.get(task_id) if line.event == ASK else None
        answered = asked.get(task_id) if line.event == MESSAGE else None
        return Said(
            line=self.teller.tell(line),
            own=line.actor is not None and line.actor.id == self.speaker.visitor.id,
            is_message=line.event == MESSAGE,
            question=self._tell_open(task, line) if task is not None else None,
            answers=self.teller.who(answered) if answered is not None else "",
            task=(task_id, self.teller.tasks[task_id]) if self.teller.tasks.get(task_id) else None,
        )

    def _tell_open(self, task: OpenTask, line: TimelineLine | None) -> Question:
        role, account_id = person_for(self.standing, task.assignee)
        visitor = self.speaker.visitor
        has_asked = line is not None and line.actor is not None and line.actor.id == visitor.id
        is_yours = self._is_asked(role, account_id)
        ticks = role is not Role.LEAD and is_yours
        return Question(
            task_id=task.id,
            sentence=self._tell_wait(task, role, account_id, is_yours=is_yours),
            is_yours=is_yours,
            path=f"?antwort={task.id}#gespraech" if self.may_write and not has_asked else "",
            key=new_key() if self.may_write and not ticks and (has_asked or visitor.has(Role.LEAD)) else "",
        )

    def _is_asked(self, role: Role, account_id: str | None) -> bool:
        visitor = self.speaker.visitor
        if role is Role.INNOVATOR:
            return works_on(self.standing, visitor.id)
        if role is Role.COACH:
            return account_id == visitor.id
        return visitor.has(Role.LEAD) and not is_own(self.standing, visitor.id)

    def _tell_wait(self, task: OpenTask, role: Role, account_id: str | None, *, is_yours: bool) -> str:
        t = self.speaker.t
        until = t.short_day(task.due) if task.due is not None else ""
        if is_yours:
            return t("page.talk.waits.you", until=until)
        who = tell_who(self.speaker, role, self.people.get(account_id or ""))
        return t("page.talk.waits", who=who, until=until)


def write_reply_box(writer: StepWriter, allowed: Sequence[str]) -> ReplyBox | None:
    """One box for both: a message, and with two fields more a question. Where it answers a question it asks none."""
    if MESSAGE not in allowed:
        return None
    entered = writer.entered if writer.entered and writer.entered.event in MESSAGES else None
    form = _written_as(writer, MESSAGE, entered)
    asks: Sequence[Field] = ()
    if ASK in allowed and writer.question is None:
        own = {field.name for field in form.fields}
        asks = [field for field in _written_as(writer, ASK, entered).fields if field.name not in own]
    names = {field.name: f"{MESSAGE}-{field.name}" for field in form.fields} | {"form": f"schritt-{MESSAGE}"}
    anchors = names | {field.name: f"{ASK}-{field.name}" for field in asks}
    is_question = entered is not None and entered.event == ASK
    mentions = next((field for field in form.fields if field.name == MENTIONS), None)
    plain = replace(form, fields=tuple(field for field in form.fields if field is not mentions))
    return ReplyBox(plain, mentions, asks, is_question, anchors if entered else None)


def _written_as(writer: StepWriter, event: str, entered: Entered | None) -> StepForm:
    return replace(writer, entered=replace(entered, event=event) if entered else None).form(event)


def list_mentionable(
    speaker: TurnPresenter, standing: Standing, people: Mapping[str, Person], leads: Sequence[Person]
) -> tuple[Choice, ...]:
    """Who may see the idea, but for the visitor: its team, its coach, who stands in, the leads of the office."""
    around = [standing.owner_id, *standing.team, *sorted(coaches_of(standing))]
    named = [people[one] for one in around if one in people] + [one for one in leads if one.id not in around]
    roles = {one.id: role_around(standing, one.id) for one in named}
    return tuple(
        Choice(one.id, speaker.name(one), speaker.t(f"role.{roles[one.id]}"))
        for one in named
        if one.id != speaker.visitor.id
    )


def find_subject(standing: Standing, task_id: str, *, sees_internal: bool) -> OpenTask | None:
    """The open task or question that somebody is about to write about."""
    planned = [task for task in standing.tasks if not task.asks] if standing.outcome is None else []
    found = (task for task in (*planned, *ringing_questions(standing)) if task.id == task_id)
    return next((task for task in found if sees_internal or not task.internal), None)
