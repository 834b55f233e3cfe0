"""One step of an idea: a command, the engine's own time, or news from a coach search.

All change the given `IdeaState` in place and append to its outbox; what may be taken is decided before, in
`models.rules.idea_refusals`. They run inside workflows, so they know no time but `now` and nothing but what the state
carries.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from models.cases import clocks
from models.cases.calendar import calendar_of
from models.cases.ledger import find_line
from models.cases.step import Step
from models.lifecycles import LIFECYCLES
from models.lifecycles.events import (
    CHANGE_OWNER,
    CLOSE,
    CORRECT,
    CROWDFUNDING_CLOSED,
    EVENTS,
    JOIN_TEAM,
    LEAVE_TEAM,
    PLAN,
    REOPEN,
    START_CROWDFUNDING,
    SUBMIT,
    UNDO,
)
from models.messages.cases import Entry, Notice, Pause, WakeUp
from models.messages.commands import ENGINE, Command, News, Receipt
from models.messages.idea import (
    CampaignChore,
    CampaignNews,
    Chore,
    Cover,
    IdeaNews,
    IdeaState,
    OpenTask,
    Question,
    Standing,
    Undo,
)
from models.rules import deadlines
from models.rules.holders import find_holder, needs_coach
from models.rules.idea_refusals import IdeaRefusals
from models.rules.notices import notices_of
from models.rules.permissions import FUNDED_STAGES, PUBLISHED
from models.rules.plans import differences
from models.rules.undo import offer_undo, restore
from models.vocabulary import (
    CrowdfundingResult,
    IdeaNewsKind,
    NoticeKind,
    Outcome,
    Role,
    SearchNews,
    Stage,
    WakeUpKind,
)

MOST_REMEMBERED = 8
"""Of former coaches: the travelling state stays small."""


def hear(idea: IdeaState, news: News, now: datetime) -> bool:
    """Take news from the coach search that is running. Old news changes nothing. True where something was done."""
    standing = idea.standing
    if standing.outcome is not None or standing.search != news.n:
        return False
    event = {SearchNews.OFFERED: "offer_made", SearchNews.FOUND: "coach_found", SearchNews.EXHAUSTED: "no_coach"}
    command_id = f"search-{news.n}-{news.kind}-{news.seq}"
    if find_line(idea.ledger, command_id) is not None:
        return False
    # A search has asked them before they took the idea over: nobody coaches what is theirs.
    kind = SearchNews.EXHAUSTED if news.coach_id == standing.owner_id else news.kind
    step = _Step(idea, now, event[kind], command_id, ENGINE)
    if kind is SearchNews.OFFERED:
        step.note_offer(news)
    elif kind is SearchNews.FOUND:
        assert news.coach_id is not None
        standing.search = None
        step.give_coach(news.coach_id)
    else:
        standing.search = None
        if standing.state == "matching":
            step.fire()
    step.finish()
    return True


def hear_campaign(idea: IdeaState, news: CampaignNews, now: datetime) -> bool:
    """Take news from the crowdfunding hand-off that is running. Old news changes nothing. True where something was."""
    standing, is_funded = idea.standing, news.result is CrowdfundingResult.FUNDED
    if standing.crowdfunding != news.attempt or (is_funded and not news.over and standing.funded_by == news.attempt):
        return False
    if standing.outcome is not None:
        idea.unheard.append(news)
        return False
    was_told = news.result is None or (is_funded and news.over)
    event = CROWDFUNDING_CLOSED if was_told else f"crowdfunding_{news.result}"
    step = _Step(idea, now, event, f"campaign-{news.attempt}-{event}", ENGINE)
    step.facts["attempt"] = news.attempt
    if news.over:
        standing.crowdfunding = None
    if event == "crowdfunding_funded":
        standing.funded_by = news.attempt
        if standing.stage is Stage.SUPPORT:
            step.enter(Stage.ACCOMPANY)
    elif event == "crowdfunding_failed" and standing.stage in FUNDED_STAGES:
        step.enter(Stage.DEVELOP)
    step.finish()
    return True


class _Step(Step[IdeaState]):
    """One version of an idea in the making."""

    standing: Standing
    before: Standing
    mentioned: Sequence[str] = ()
    _entered = False

    # -- the machine ----------------------------------------------------------------------------------------

    def submit(self, _: Command) -> None:
        self.standing.submitted_at = self.now
        self.enter(Stage.IDENTIFY)

    def fire(self, command: Command | None = None) -> None:
        """What every event does that has nothing else to do: the machine says where it leads."""
        lifecycle = LIFECYCLES[self.standing.stage]
        answer = command.answer if command else None
        state = lifecycle.fire(self.standing.state, self.event, answer)
        if answer is not None:
            self.facts["answer"] = answer
        if command is not None and command.partner is not None:
            self.facts["partner"] = command.partner
        if command is not None and command.document_id is not None:
            self.facts["document"] = command.document_id
        if command is not None and command.shows:
            self.facts["shows"] = " ".join(command.shows)
        if command is not None and command.licence is not None:
            self.facts["licence"] = command.licence
        if command is not None and command.fields:
            self.facts["fields"] = " ".join(command.fields)
        leads_to = lifecycle.leads_to.get(state)
        if isinstance(leads_to, Stage):
            self.enter(leads_to)
        elif isinstance(leads_to, Outcome):
            self.end(leads_to, state)
        else:
            self.enter(self.standing.stage, state)

    def enter(self, stage: Stage, state: str | None = None) -> None:
        """Enter a state: its clock starts with the limits of now."""
        standing = self.standing
        standing.stage = stage
        standing.state = state or LIFECYCLES[stage].first_state()
        standing.entered_at = self.now
        standing.chased_until = None
        if stage is Stage.IDENTIFY:
            standing.coach_id = None
            standing.cover = None
        self._start_clock()
        if standing.pause is not None:
            standing.pause = Pause(since=self.today, until=standing.pause.until)
        if not self._lacks_coach():
            self._stop_search()
        elif stage != self.before.stage or self.before.outcome is not None or standing.state == "matching":
            self.start_search()
        self._entered = True

    def end(self, outcome: Outcome, state: str | None = None) -> None:
        standing = self.standing
        self._stop_search()
        standing.outcome = outcome
        standing.ended_in = standing.state
        standing.state = state or str(outcome)
        standing.entered_at = self.now
        standing.clock = None
        standing.pause = None
        standing.cover = None
        standing.chased_until = None
        self._entered = True

    def withdraw(self, _: Command) -> None:
        self.end(Outcome.WITHDRAWN)

    def close(self, command: Command) -> None:
        """A duplicate points to the idea with which it goes on."""
        assert command.outcome is not None
        self.end(command.outcome)
        self.standing.duplicate_of = command.duplicate_of
        if command.duplicate_of is not None:
            self.facts["duplicate_of"] = command.duplicate_of

    def send_back(self, command: Command) -> None:
        """To the beginning of a stage; a coach's own step of that name says no stage."""
        if command.stage is None:
            self.fire(command)
        else:
            self.enter(command.stage)

    def reopen(self, command: Command) -> None:
        """Back to where the path has ended, or to the beginning of an earlier stage; a story that is told begins anew.
        Its `coach_id`: the coach of the end, where a place has been kept for them; otherwise a search may ask them as
        it asks others.
        """
        standing, stage = self.standing, command.stage
        ended_on, was_in = self.calendar.today(standing.entered_at), standing.ended_in
        was_in = None if standing.state == PUBLISHED else was_in
        standing.outcome = standing.ended_in = standing.duplicate_of = None
        standing.coach_id = command.coach_id
        ended = Pause(since=ended_on, until=self.today)
        deadlines.shift_tasks_over_pause(standing, ended, self.now, self.calendar)
        self.enter(stage or standing.stage, was_in if stage in (None, standing.stage) else None)
        self._tell_campaign(IdeaNewsKind.REOPENED)

    def undo(self, _: Command) -> None:
        undone, search = self.standing.undo, self.standing.search
        assert undone is not None
        restore(self.standing)
        if search is not None and self.standing.search != search:
            self._call_off(search)
        self.facts |= {"undone": undone.event, "undone_version": undone.version}

    def correct(self, command: Command) -> None:
        self.facts["corrected"] = " ".join(command.corrected)

    def hand_over(self, command: Command) -> None:
        assert command.partner is not None
        self.standing.partner = command.partner
        self.facts["partner"] = command.partner

    # -- the clock ------------------------------------------------------------------------------------------

    def pause(self, command: Command) -> None:
        assert command.until is not None
        self.standing.pause = Pause(since=self.today, until=command.until)
        self.facts["until"] = command.until.isoformat()
        self._stop_search()
        self._tell_campaign(IdeaNewsKind.PAUSED, command.until)

    def resume(self, _: Command) -> None:
        standing = self.standing
        assert standing.pause is not None
        if standing.clock is not None:
            clocks.shift_over_pause(standing.clock, standing.pause, self.today, self.calendar)
        deadlines.shift_tasks_over_pause(standing, standing.pause, self.now, self.calendar)
        standing.pause = None
        if standing.clock is not None:
            # Tasks may have come and gone during the pause, while the clock did not follow them.
            self._follow_tasks()
            clocks.rearm(standing.clock, self.now, self.calendar)
            # What would be a reminder of this moment is told as a turn.
            clocks.skip_past(standing.clock, self.now, self.calendar)
        if self._lacks_coach():
            self.start_search()
        self._tell_campaign(IdeaNewsKind.RESUMED)

    def extend_deadline(self, command: Command) -> None:
        assert command.days is not None
        self.extend(command.days)
        due = self.standing.clock.due if self.standing.clock else self.today
        for task in self._counting_tasks():
            if task.due is not None and task.due < due:
                task.due = due

    def snooze(self, command: Command) -> None:
        assert command.until is not None
        self.keep_quiet(command.until, lead_too=command.actor.role is Role.LEAD)

    def mark_chased(self, _: Command) -> None:
        until = self.calendar.deadline(self.today, self.case.rulebook.chased_for)
        self.standing.chased_until = until
        self.keep_quiet(until, lead_too=True)

    def _start_clock(self) -> None:
        standing = self.standing
        limit = self.case.rulebook.limit_of(standing.stage, standing.state)
        standing.clock = clocks.start_clock(limit, self.today, self.calendar)
        self._follow_tasks()
        clocks.skip_past(standing.clock, self.now, self.calendar)

    def mark_rung(self, rung: Sequence[WakeUp]) -> None:
        task = next((task for task in self.standing.tasks if task.id == rung[0].task_id), None)
        if task is None or task.question is None:
            super().mark_rung(rung)
            return
        task.question.rung = sorted({*task.question.rung, *(wake_up.key for wake_up in rung)})
        self.facts["task"] = task.id

    # -- tasks ----------------------------------------------------------------------------------------------

    def plan(self, command: Command) -> None:
        """All tasks are from now on as the plan says; what was asked is no part of it."""
        assert command.tasks is not None
        standing, had_dates = self.standing, bool(self._counting_dates())
        before = {task.id: task for task in standing.tasks if not task.asks}
        planned = [OpenTask(id=task.id, assignee=task.assignee, due=task.due) for task in command.tasks]
        standing.tasks = [*planned, *(task for task in standing.tasks if task.asks)]
        standing.plan = standing.version + 1
        self.facts |= differences(before, planned)
        if had_dates and not self._counting_dates():
            self._return_to_limit()
        self._tasks_have_changed()

    def ask(self, command: Command) -> None:
        """A question is a task that rings by itself; the clock of the state goes on as it was."""
        assert command.task_id is not None
        assert command.assignee is not None
        assert command.until is not None
        limit = self.case.rulebook.question
        pinned = Question(internal=command.internal, remind=limit.remind, escalate=limit.escalate)
        task = OpenTask(id=command.task_id, assignee=command.assignee, due=command.until, question=pinned)
        self.standing.tasks.append(task)
        self.facts |= {"task": task.id, "assignee": task.assignee, "until": command.until.isoformat()}
        deadlines.skip_past_reminders(self.standing, task, self.now, self.calendar)

    def say(self, command: Command) -> None:
        """There is only something to read. A question is finished by it; a task is commented."""
        if command.task_id is None:
            return
        self.facts["task"] = command.task_id
        if any(task.asks for task in self.standing.tasks if task.id == command.task_id):
            self._take_task_away(command.task_id)

    def _take_task_away(self, task_id: str) -> None:
        self.standing.tasks = [task for task in self.standing.tasks if task.id != task_id]
        self.facts["task"] = task_id

    def finish_task(self, command: Command) -> None:
        assert command.task_id is not None
        had_dates = bool(self._counting_dates())
        self._take_task_away(command.task_id)
        if had_dates and not self._counting_dates():
            self._return_to_limit()
        self._tasks_have_changed()

    def _tasks_have_changed(self) -> None:
        clock = self.standing.clock
        if clock is None or self.standing.pause is not None:
            return
        before = clock.due
        self._follow_tasks()
        if clock.due != before:
            clocks.rearm(clock, self.now, self.calendar)
            clocks.skip_past(clock, self.now, self.calendar)

    def _follow_tasks(self) -> None:
        """While the innovator works on a plan, the earliest open task is the deadline."""
        clock, dues = self.standing.clock, self._counting_dates()
        if clock is not None and dues:
            clock.due = min(dues)

    def _return_to_limit(self) -> None:
        """No dated task is left: the limit of the state counts again, from the day the last one was done."""
        standing = self.standing
        if standing.clock is not None:
            limit = self.case.rulebook.limit_of(standing.stage, standing.state).limit
            day = standing.pause.since if standing.pause else self.today
            standing.clock.due = self.calendar.deadline(day, limit)
            clocks.rearm(standing.clock, self.now, self.calendar)

    def _counting_dates(self) -> list[date]:
        return [task.due for task in self._counting_tasks() if task.due is not None]

    def _counting_tasks(self) -> list[OpenTask]:
        if (self.standing.stage, self.standing.state) != (Stage.DEVELOP, "working"):
            return []
        return [task for task in self.standing.tasks if task.assignee is Role.INNOVATOR and not task.asks]

    # -- the owner and the team -----------------------------------------------------------------------------

    def join_team(self, command: Command) -> None:
        assert command.member_id is not None
        assert command.share is not None
        self.standing.team[command.member_id] = command.share
        self.facts |= {"member": command.member_id, "share": command.share}

    def leave_team(self, command: Command) -> None:
        assert command.member_id is not None
        del self.standing.team[command.member_id]
        self.facts["member"] = command.member_id

    def change_owner(self, command: Command) -> None:
        """Somebody else has the idea. The former owner stays with a share, or goes where there is none."""
        assert command.member_id is not None
        standing, former = self.standing, self.standing.owner_id
        self.facts |= {"member": command.member_id, "former": former}
        standing.owner_id = command.member_id
        standing.team.pop(command.member_id, None)
        if command.share is not None:
            standing.team[former] = command.share
        if self._is_innovators_turn() and standing.pause is None:
            # As a new coach does: with the whole time, not with what the former owner left over.
            self._start_clock()
        self._tell_campaign(IdeaNewsKind.OWNER, owner_id=command.member_id)

    def _is_innovators_turn(self) -> bool:
        return LIFECYCLES[self.standing.stage].on_turn[self.standing.state] is Role.INNOVATOR

    # -- coaches --------------------------------------------------------------------------------------------

    def give_coach(self, coach_id: str) -> None:
        """A coach is there: in the machine's own words while matching, otherwise as a replacement."""
        standing = self.standing
        self.facts["coach"] = coach_id
        # A search has asked them before they joined: who coaches an idea is not on its other side as well.
        standing.team.pop(coach_id, None)
        if standing.coach_id != coach_id:
            self._remember_coach()
        standing.cover = None
        if standing.state in ("matching", "unmatched"):
            standing.coach_id = coach_id
            self.fire()
        else:
            self._stop_search()
            standing.coach_id = coach_id
            if LIFECYCLES[standing.stage].on_turn[standing.state] is Role.COACH and standing.pause is None:
                # The new coach begins with the whole time, not with what the former one left over.
                self._start_clock()

    def assign_coach(self, command: Command) -> None:
        assert command.coach_id is not None
        self.give_coach(command.coach_id)

    def change_coach(self, command: Command) -> None:
        standing = self.standing
        assert standing.coach_id is not None
        if command.coach_id is not None:
            self.give_coach(command.coach_id)
            return
        self._remember_coach()
        standing.coach_id = None
        standing.cover = None
        if self._lacks_coach():
            self.start_search()

    def cover_coach(self, command: Command) -> None:
        assert command.until is not None
        self.standing.cover = Cover(until=command.until, account_id=command.coach_id)
        self.facts["until"] = command.until.isoformat()

    def end_cover(self, _: Command) -> None:
        self.standing.cover = None

    def search_again(self, command: Command) -> None:
        """While a coach is looked for the machine knows the step; later it looks for another."""
        if self.standing.stage is Stage.IDENTIFY:
            self.fire(command)
        else:
            self.start_search()

    def _remember_coach(self) -> None:
        standing = self.standing
        if standing.coach_id is None:
            return
        former = standing.gone_coaches if self.actor.role is Role.ENGINE else standing.former_coaches
        if standing.coach_id in former:
            former.remove(standing.coach_id)
        former.append(standing.coach_id)
        del former[:-MOST_REMEMBERED]

    def note_offer(self, news: News) -> None:
        standing = self.standing
        if news.until is not None:
            self.facts["until"] = news.until.isoformat()
            if standing.state == "matching" and standing.clock is not None:
                standing.clock.due = news.until
                clocks.rearm(standing.clock, self.now, self.calendar)

    def _lacks_coach(self) -> bool:
        standing = self.standing
        if standing.coach_id is not None or standing.pause is not None:
            return False
        return standing.state == "matching" or needs_coach(standing.stage)

    def start_search(self) -> None:
        standing = self.standing
        if standing.search is not None:
            return
        standing.searches += 1
        standing.search = standing.searches
        self.case.chores.append(Chore(search=standing.search, start=True))

    def _stop_search(self) -> None:
        standing = self.standing
        if standing.search is None:
            return
        if self.event not in ("coach_found", "no_coach"):
            self._call_off(standing.search)
        standing.search = None

    def _call_off(self, search: int) -> None:
        """One that has not begun yet never begins."""
        begins = [chore for chore in self.case.chores if isinstance(chore, Chore) and chore.search == search]
        if begins:
            self.case.chores = [chore for chore in self.case.chores if chore not in begins]
        else:
            self.case.chores.append(Chore(search=search, start=False))

    def _hold_back_search(self, until: datetime) -> None:
        """Nobody is asked while the step that wants a coach can be undone."""
        wanted = Chore(search=self.standing.search or 0, start=True)
        held = wanted.model_copy(update={"not_before": until})
        self.case.chores = [held if chore == wanted else chore for chore in self.case.chores]

    # -- crowdfunding ---------------------------------------------------------------------------------------

    def start_crowdfunding(self, _: Command) -> None:
        standing = self.standing
        standing.attempts += 1
        standing.crowdfunding = standing.attempts
        self.facts["attempt"] = standing.attempts
        self.case.chores.append(CampaignChore(attempt=standing.attempts, actor=self.actor))

    def _tell_campaign(self, kind: IdeaNewsKind, until: date | None = None, owner_id: str | None = None) -> None:
        attempt = self.standing.crowdfunding
        if attempt is not None:
            self.case.chores.append(
                CampaignChore(attempt=attempt, news=IdeaNews(kind=kind, until=until, owner_id=owner_id))
            )

    # -- the end of a step ----------------------------------------------------------------------------------

    def settle(self) -> None:
        standing = self.standing
        standing.holder = find_holder(standing, self._since())
        standing.undo = self._offer_undo()
        if standing.undo is not None and standing.search != self.before.search:
            self._hold_back_search(standing.undo.until)

    def write_notices(self, entry: Entry) -> list[Notice]:
        return [] if self.event == UNDO else notices_of(self.before, self.standing, entry, self.mentioned)

    def may_be_undone_until(self) -> datetime | None:
        return self.standing.undo.until if self.standing.undo else None

    def _offer_undo(self) -> Undo | None:
        before = self.before
        if EVENTS[self.event].keeps_undo:
            return before.undo
        if self.event == JOIN_TEAM and before.undo is not None and "team" not in before.undo.before:
            return before.undo
        return offer_undo(before, self.standing, self.event, self.actor, self.now, self.case.rulebook.undo_seconds)

    def _since(self) -> datetime:
        """The turn goes on where neither the state nor the person has changed."""
        before = self.standing.holder if self.event == UNDO else self.before.holder
        if before is None or self._entered:
            return self.now
        after = find_holder(self.standing, self.now)
        same = after is not None and (after.role, after.account_id) == (before.role, before.account_id)
        return before.since if same else self.now


DEEDS: dict[str, Callable[[_Step, Command], None]] = {
    SUBMIT: _Step.submit,
    "write_note": _Step.say,
    "ask": _Step.ask,
    PLAN: _Step.plan,
    "finish_task": _Step.finish_task,
    "pause": _Step.pause,
    "resume": _Step.resume,
    "extend_deadline": _Step.extend_deadline,
    "snooze": _Step.snooze,
    "mark_chased": _Step.mark_chased,
    "assign_coach": _Step.assign_coach,
    "search_again": _Step.search_again,
    "change_coach": _Step.change_coach,
    "cover_coach": _Step.cover_coach,
    "end_cover": _Step.end_cover,
    CORRECT: _Step.correct,
    "hand_over": _Step.hand_over,
    "send_back": _Step.send_back,
    "withdraw": _Step.withdraw,
    CLOSE: _Step.close,
    REOPEN: _Step.reopen,
    START_CROWDFUNDING: _Step.start_crowdfunding,
    JOIN_TEAM: _Step.join_team,
    LEAVE_TEAM: _Step.leave_team,
    CHANGE_OWNER: _Step.change_owner,
    UNDO: _Step.undo,
}
"""Event → what it does to an idea. All others move along their machine."""


class Ideas(IdeaRefusals):
    """Ideas as a kind of case."""

    state = IdeaState

    def take(self, idea: IdeaState, command: Command, now: datetime) -> Receipt:
        """What a crowdfunding has told an idea that had ended is heard as soon as it is open again."""
        receipt = super().take(idea, command, now)
        if idea.standing.outcome is None:
            unheard, idea.unheard = idea.unheard, []
            for news in unheard:
                hear_campaign(idea, news, now)
        return receipt

    def begin_step(self, *told: Any) -> _Step:
        return _Step(*told)

    def carry_out(self, step: _Step, command: Command) -> None:
        step.quiet, step.internal, step.mentioned = command.quiet, command.internal, command.mentioned
        if command.office is not None:
            step.standing.office = command.office
            step.facts["office"] = command.office
        DEEDS.get(command.event, _Step.fire)(step, command)

    def tell(self, idea: IdeaState, rung: Sequence[WakeUp], now: datetime) -> None:
        """The idea itself and each of its questions in steps of their own, so that nobody misses one for the other."""
        super().tell(idea, [wake_up for wake_up in rung if wake_up.task_id == rung[0].task_id], now)

    def due(self, idea: IdeaState, now: datetime) -> list[WakeUp]:
        return deadlines.due(idea.standing, calendar_of(idea.rulebook), now)

    def next_at(self, idea: IdeaState) -> datetime | None:
        return deadlines.next_at(idea.standing, calendar_of(idea.rulebook))

    def ring_alone(self, idea: IdeaState, wake_up: WakeUp, now: datetime) -> None:
        event = "resume" if wake_up.kind is WakeUpKind.PAUSE_END else "end_cover"
        command_id = f"{wake_up.key}-{idea.standing.version}"
        self.take(idea, Command(id=command_id, event=event, actor=ENGINE), now)

    def notice_of(self, wake_up: WakeUp, standing: Standing) -> NoticeKind:
        if wake_up.task_id is not None:
            return NoticeKind.UNANSWERED if wake_up.kind is WakeUpKind.ESCALATION else NoticeKind.ASKED_AGAIN
        asks = wake_up.kind is WakeUpKind.REMINDER and standing.state == "piloting"
        return NoticeKind.CHECK_IN if asks else super().notice_of(wake_up, standing)


IDEAS = Ideas()
