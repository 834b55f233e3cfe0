"""Random lives of an idea: whatever people, the engine and the search do, these things always hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from activities.idea_projection import may_move_places
from models.cases.ledger import LEDGER_LENGTH, find_line
from models.lifecycles import LIFECYCLES
from models.lifecycles.events import CHANGE_OWNER, COMMON_EVENTS, JOIN_TEAM, LEAVE_TEAM, REOPEN, SUBMIT
from models.messages.cases import Entry
from models.messages.commands import Actor, Command, News, PlannedTask, Receipt, Refusal
from models.messages.idea import MOST_OPEN_TASKS, CampaignChore, CampaignNews, IdeaState, Standing
from models.rules import idea_refusals, steps
from models.rules.deadlines import upcoming
from models.rules.holders import needs_coach
from models.rules.permissions import allowed_events, coaches_of, is_who_they_say
from models.rules.steps import IDEAS
from models.vocabulary import CrowdfundingResult, NoticeKind, Outcome, Role, SearchNews, Share, Stage
from tests.breadth import EVERYTHING
from tests.cast import (
    ALMA,
    BEN,
    BRUNO,
    CARLA,
    DORA,
    MONDAY,
    NORA,
    OPEN_PLACES,
    OTTO,
    SHIPPED_RULEBOOK,
    Place,
    Story,
    alma,
    ben,
    bruno,
    carla,
    dora,
    engine,
    nora,
    otto,
)

MACHINE_EVENTS = {event for lifecycle in LIFECYCLES.values() for event in lifecycle.event_names()}
ALL_EVENTS = sorted(MACHINE_EVENTS | set(COMMON_EVENTS) | {SUBMIT, REOPEN, "no_such_event"})
SEARCH_ONLY = {"coach_found", "no_coach"}
"""The machine's words for what only a coach search tells."""

ENDING = {"withdraw", "close", "decline", "refer"}
"""Rare in the walks, so that they do not end before anything has happened."""

MESSAGES = {
    *(NoticeKind.REMINDER, NoticeKind.CHECK_IN, NoticeKind.OVERDUE, NoticeKind.ESCALATION),
    *(NoticeKind.ASKED_AGAIN, NoticeKind.UNANSWERED),
}

LARGEST_STATE = 10_240
"""Bytes that may travel from run to run, so that a history stays small."""

actors = st.sampled_from([alma, nora, otto, ben, bruno, carla, dora, engine])
accounts = st.sampled_from([ALMA, NORA, OTTO, BEN, BRUNO, DORA, CARLA])


@st.composite
def commands(draw: st.DrawFn, story: Story, event: str) -> dict[str, Any]:
    """Fields as a person might give them: mostly good, sometimes missing or out of range."""
    fields = story.good_fields(event)
    if draw(st.integers(0, 3)) > 0:
        if event in ("pause", "snooze", "ask", "cover_coach"):
            fields["until"] = story.today + timedelta(days=draw(st.integers(1, 40)))
        if event == "check_in":
            fields["answer"] = draw(st.sampled_from(["on_track", "needs_help", "done"]))
        if event in ("send_back", "reopen"):
            fields["stage"] = draw(st.sampled_from(list(Stage)))
        if event in ("change_coach", "assign_coach", "cover_coach"):
            fields["coach_id"] = draw(st.sampled_from([BEN, BRUNO]))
        if event == "plan":
            fields["tasks"] = draw(plans(story))
        if event == "ask":
            fields["assignee"] = draw(st.sampled_from([Role.INNOVATOR, Role.COACH, Role.LEAD]))
            fields["internal"] = fields["assignee"] is not Role.INNOVATOR and draw(st.booleans())
        if event == "write_note":
            task = draw(st.sampled_from([None, *story.standing.tasks]))
            fields |= {"task_id": task.id, "internal": task.internal} if task else {}
        if event == "join_team":
            fields |= {"member_id": draw(accounts), "share": draw(st.sampled_from(list(Share)))}
        if event == "leave_team":
            fields["member_id"] = draw(st.sampled_from(sorted(story.standing.team) or [NORA]))
        if event == CHANGE_OWNER:
            fields |= {"member_id": draw(accounts), "share": draw(st.sampled_from([None, *Share]))}
        return fields
    wild = {
        "until": st.none() | st.dates(),
        "days": st.none() | st.integers(-5, 4000),
        "stage": st.none() | st.sampled_from(list(Stage)),
        "outcome": st.none() | st.sampled_from(list(Outcome)),
        "answer": st.none() | st.sampled_from(["on_track", "needs_help", "done"]),
        "coach_id": st.none() | accounts,
        "tasks": st.none() | plans(story).map(tuple),
        "task_id": st.none() | st.sampled_from(["task-1", "task-2"]),
        "member_id": st.none() | accounts,
        "share": st.none() | st.sampled_from(list(Share)),
        "note_id": st.none() | st.just("note-1"),
        "expected_version": st.none() | st.integers(0, 5),
    }
    return {name: draw(strategy) for name, strategy in wild.items()}


@st.composite
def plans(draw: st.DrawFn, story: Story) -> list[PlannedTask]:
    """Some of the tasks as they are, with another day or gone, and one more at times; in any order."""
    day = st.none() | st.integers(1, 40).map(lambda days: story.today + timedelta(days=days))
    role = st.sampled_from([Role.INNOVATOR, Role.COACH, Role.LEAD])
    *kept, new = story.plan_with(f"task-{story.standing.version}")
    chosen = [
        task.model_copy(update={"due": draw(day), "assignee": draw(role)}) for task in kept if draw(st.booleans())
    ]
    added = [new.model_copy(update={"due": draw(day)})] if draw(st.booleans()) else []
    return list(draw(st.permutations([*chosen, *added])))


class Life(RuleBasedStateMachine):
    """An idea, its people, its engine and its coach search."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(rulebook=SHIPPED_RULEBOOK)
        self.recorded: list[Entry] = []
        self.done: list[tuple[Command, Receipt]] = []
        self.running: set[int] = set()
        self.campaign: int | None = None
        self.stood: dict[int, Standing] = {}
        """Where the idea stood before each version that somebody asked for."""
        self.placed: tuple[int, str | None, Outcome | None] = (0, None, None)
        """Version, coach and outcome when they were last looked at."""

    @property
    def idea(self) -> IdeaState:
        return self.story.idea

    @initialize(hours=st.integers(0, 24 * 400), place=st.sampled_from(OPEN_PLACES), fresh=st.booleans())
    def begin(self, hours: int, place: Place, *, fresh: bool) -> None:
        """Half of the lives begin at the beginning, half somewhere along the path."""
        self.story = Story(MONDAY.astimezone(UTC) + timedelta(hours=hours), SHIPPED_RULEBOOK)
        if not fresh:
            self.story.walk_to(place)
        # What happened before the walk is of no interest to the checks of searches, and cannot be taken back.
        self.idea.chores.clear()
        self.idea.standing.undo = None
        if self.idea.standing.search is not None:
            self.running.add(self.idea.standing.search)

    @rule(actor=actors, event=st.sampled_from(ALL_EVENTS), data=st.data())
    def somebody_tries(self, actor: Actor, event: str, data: st.DataObject) -> None:
        if event not in SEARCH_ONLY:
            self._send(actor, event, data)

    @rule(data=st.data())
    def people_do_what_is_offered(self, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 4))):
            may_end = data.draw(st.integers(0, 9)) == 0
            offered = [
                (actor, event)
                for actor in (alma, nora, otto, ben, bruno, carla)
                if is_who_they_say(self.idea.standing, actor)
                for event in allowed_events(self.idea.standing, actor.account_id, [actor.role])
                if event not in SEARCH_ONLY and (may_end or event not in ENDING)
            ]
            if offered:
                self._send(*data.draw(st.sampled_from(offered)), data)

    @rule(data=st.data())
    def the_idea_moves_on(self, data: st.DataObject) -> None:
        """Events of the state's own machine, so that walks get far."""
        for _ in range(data.draw(st.integers(1, 4))):
            standing = self.idea.standing
            if standing.outcome is not None or standing.pause is not None:
                return
            events = [e for e in LIFECYCLES[standing.stage].events_in(standing.state) if e not in SEARCH_ONLY | ENDING]
            if events:
                event = data.draw(st.sampled_from(events))
                roles = LIFECYCLES[standing.stage].actors[event]
                self._send(carla if Role.LEAD in roles else alma, event, data)

    @precondition(lambda self: self.idea.standing.coach_id is not None)
    @rule(data=st.data())
    def the_coach_leaves(self, data: st.DataObject) -> None:
        self._send(engine, "change_coach", data)

    @precondition(lambda self: self.idea.standing.outcome is None and self.idea.standing.pause is None)
    @rule(data=st.data())
    def somebody_pauses(self, data: st.DataObject) -> None:
        self._send(carla, "pause", data)

    @precondition(lambda self: self.idea.standing.search is not None)
    @rule()
    def the_search_finds_nobody(self) -> None:
        number = self.idea.standing.search
        assert self.story.news(SearchNews.EXHAUSTED)
        self.running.discard(number or 0)
        self._look_after_searches()

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def the_same_command_comes_again(self, data: st.DataObject) -> None:
        command, receipt = data.draw(st.sampled_from(self.done[-LEDGER_LENGTH:]))
        if find_line(self.idea.ledger, command.id) is None:
            return
        before = self.idea.model_dump_json()
        assert IDEAS.refusal(self.idea, command, self.story.now) is None
        assert IDEAS.take(self.idea, command, self.story.now) == receipt
        reused = command.model_copy(update={"fingerprint": "another"})
        refused = IDEAS.refusal(self.idea, reused, self.story.now)
        assert refused is not None
        assert refused.code == "id_reused"
        assert self.idea.model_dump_json() == before

    @precondition(lambda self: self.idea.standing.undo is not None)
    @rule(seconds=st.integers(0, 90), actor=st.sampled_from([alma, ben, bruno, carla]))
    def somebody_takes_it_back(self, seconds: int, actor: Actor) -> None:
        """Whoever decided, in time: everything is as it was. Anybody else, or later: nothing happens."""
        standing = self.idea.standing
        assert standing.undo is not None
        undo, self.story.now = standing.undo, self.story.now + timedelta(seconds=seconds)
        in_time, own = self.story.now < undo.until, actor.account_id == undo.account_id
        answer = self.story.ask(actor, "undo")
        if not (in_time and own):
            assert isinstance(answer, Refusal)
            return
        before = self.stood[undo.version]
        if not is_who_they_say(before, actor):
            return
        assert isinstance(answer, Receipt)
        # What was asked or answered meanwhile stays.
        kept = {"version", "undo", "rulebook_digest", "searches", "tasks"}
        if undo.event != LEAVE_TEAM:
            kept.add("team")  # whoever has joined meanwhile stays
        assert self.idea.standing.model_dump(exclude=kept) == before.model_dump(exclude=kept)
        assert not self.story.last.notices
        self._look_after_searches()

    @precondition(lambda self: self.campaign is not None)
    @rule(result=st.sampled_from(CrowdfundingResult))
    def the_campaign_has_a_result(self, result: CrowdfundingResult) -> None:
        """Whoever is funded tells it twice: when it is so, and when it is over."""
        standing = self.idea.standing
        assert self.campaign is not None
        before, stage = standing.version, standing.stage
        over = result is not CrowdfundingResult.FUNDED or standing.funded_by == self.campaign
        news = CampaignNews(attempt=self.campaign, over=over, result=result)
        told = steps.hear_campaign(self.idea, news, self.story.now)
        assert told == (standing.outcome is None)
        if not told:
            # Whether it counts after all is told in `test_crowdfunding_of_ideas`.
            assert self.idea.unheard.pop() == news
            return
        assert not steps.hear_campaign(self.idea, news, self.story.now), "old news"
        assert standing.version == before + 1
        moved = {CrowdfundingResult.FUNDED: Stage.ACCOMPANY, CrowdfundingResult.FAILED: Stage.DEVELOP}
        if standing.stage is not stage:
            assert standing.stage is moved[result]
        if over:
            self.campaign = None
        self._look_after_searches()

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.story.now += timedelta(hours=hours)

    @rule()
    def the_engine_rings(self) -> None:
        paused = self.idea.standing.pause is not None
        entries = self.story.ring()
        if paused and self.idea.standing.pause is not None:
            assert not any(notice.kind in MESSAGES for entry in entries for notice in entry.notices)
        for entry in entries:
            recipients = [(notice.to, notice.account_id) for notice in entry.notices]
            assert len(recipients) == len(set(recipients))
        before = self.idea.model_dump_json()
        assert not IDEAS.ring(self.idea, self.story.now)
        assert self.idea.model_dump_json() == before
        assert all(wake_up.at > self.story.now for wake_up in self.story.upcoming)
        self._look_after_searches()

    @rule(kind=st.sampled_from(list(SearchNews)), seq=st.integers(0, 3), old=st.booleans(), days=st.integers(1, 12))
    def the_search_tells(self, kind: SearchNews, seq: int, *, old: bool, days: int) -> None:
        standing = self.idea.standing
        n = max(0, standing.searches - 1) if old else standing.searches
        until = self.story.today + timedelta(days=days) if kind is SearchNews.OFFERED else None
        coach_id = BRUNO if kind is SearchNews.FOUND else None
        news = News(n=n, kind=kind, seq=seq, coach_id=coach_id, until=until)
        current = standing.search == n and standing.outcome is None
        before = self.idea.model_dump_json()
        if steps.hear(self.idea, news, self.story.now):
            assert current
            if kind is not SearchNews.OFFERED:
                self.running.discard(n)
        else:
            assert self.idea.model_dump_json() == before
        middle = self.idea.model_dump_json()
        assert not steps.hear(self.idea, news, self.story.now)
        assert self.idea.model_dump_json() == middle
        self._look_after_searches()

    @rule()
    def the_engine_records(self) -> None:
        self.recorded += self.idea.outbox
        self.idea.outbox.clear()
        self._look_after_searches()

    def _send(self, actor: Actor, event: str, data: st.DataObject) -> None:
        fields = data.draw(commands(self.story, event))
        fields = dict.fromkeys(self.story.good_fields(event)) | fields
        command = self.story.command(actor, event, **fields)
        before = self.idea.model_copy(deep=True)
        self.stood[before.standing.version + 1] = before.standing
        answer = self.story.send(command)
        if isinstance(answer, Refusal):
            assert self.idea == before
            return
        assert answer.version == before.standing.version + 1
        entry = self.story.last
        assert (entry.command_id, entry.event, entry.actor) == (command.id, event, actor)
        if event in (JOIN_TEAM, LEAVE_TEAM):
            moved = {"version", "team", "undo", "rulebook_digest"}
            assert self.idea.standing.model_dump(exclude=moved) == before.standing.model_dump(exclude=moved)
        if event == CHANGE_OWNER:
            moved = {"version", "team", "owner_id", "undo", "rulebook_digest", "holder", "clock"}
            assert self.idea.standing.model_dump(exclude=moved) == before.standing.model_dump(exclude=moved)
        if actor.account_id is not None:
            assert actor.account_id not in [notice.account_id for notice in entry.notices]
        recipients = [(notice.to, notice.account_id) for notice in entry.notices]
        assert len(recipients) == len(set(recipients))
        self.done.append((command, answer))
        self._look_after_searches()

    def _look_after_searches(self) -> None:
        """Carry out the chores as a workflow would: never are two searches on their way."""
        for chore in self.idea.chores:
            if isinstance(chore, CampaignChore):
                self._look_after_campaigns(chore)
            elif chore.start:
                assert not self.running, "a second search was started"
                self.running.add(chore.search)
            else:
                assert chore.search in self.running, "a search was stopped that does not run"
                self.running.discard(chore.search)
        self.idea.chores.clear()
        standing = self.idea.standing
        assert self.running == ({standing.search} if standing.search is not None else set())

    def _look_after_campaigns(self, chore: CampaignChore) -> None:
        if chore.news is None:
            assert self.campaign is None, "a second hand-off was started"
            self.campaign = chore.attempt
        else:
            assert chore.attempt == self.idea.standing.crowdfunding

    @invariant()
    def a_hand_off_runs_exactly_while_the_idea_says_so(self) -> None:
        assert self.idea.standing.crowdfunding == self.campaign
        assert (self.campaign or 0) <= self.idea.standing.attempts

    @invariant()
    def nobody_is_on_two_sides(self) -> None:
        standing = self.idea.standing
        assert not standing.team.keys() & {standing.owner_id, *coaches_of(standing)}
        assert len(standing.team) <= idea_refusals.MOST_MEMBERS

    @invariant()
    def versions_have_no_gap_and_one_entry_each(self) -> None:
        versions = [entry.version for entry in [*self.recorded, *self.idea.outbox]]
        assert versions == list(range(1, self.idea.standing.version + 1))

    @invariant()
    def another_coach_is_told_by_an_entry(self) -> None:
        """The record of a step has to know by its entries alone whether places of coaches change hands."""
        standing, version = self.idea.standing, self.placed[0]
        since = [entry for entry in [*self.recorded, *self.idea.outbox] if entry.version > version]
        placed = (standing.version, standing.coach_id, standing.outcome)
        assert placed[1:] == self.placed[1:] or may_move_places(standing, since)
        self.placed = placed

    @invariant()
    def somebody_is_responsible_until_the_end(self) -> None:
        standing = self.idea.standing
        if standing.outcome is not None:
            assert standing.holder is None
            assert standing.clock is None
            assert standing.pause is None
            assert standing.search is None
            return
        holder = standing.holder
        assert holder is not None
        assert holder.since <= self.story.now
        if holder.role in (Role.INNOVATOR, Role.COACH):
            assert holder.account_id is not None
        if holder.role is Role.COACH_SEARCH and standing.pause is None:
            assert standing.search is not None
        assert standing.clock is not None
        assert holder.until == (standing.pause.until if standing.pause else standing.clock.due)

    @invariant()
    def an_idea_without_a_coach_is_searched_for_or_with_the_lead(self) -> None:
        standing = self.idea.standing
        if standing.outcome is not None:
            return
        if standing.state == "matching" and standing.pause is None:
            assert standing.search is not None
        if standing.pause is not None:
            assert standing.search is None
        coachs_turn = LIFECYCLES[standing.stage].on_turn[standing.state] is Role.COACH
        if needs_coach(standing.stage) and standing.coach_id is None and coachs_turn:
            assert standing.holder is not None
            assert standing.holder.role is (Role.LEAD if standing.search is None else Role.COACH_SEARCH)
        if standing.coach_id is not None:
            assert standing.search is None
            assert standing.coach_id != ALMA

    @invariant()
    def the_tasks_lead_the_clock_while_alma_works_on_them(self) -> None:
        standing = self.idea.standing
        if (standing.stage, standing.state) != (Stage.DEVELOP, "working") or standing.pause is not None:
            return
        own = [task for task in standing.tasks if task.assignee is Role.INNOVATOR and not task.asks]
        dues = [task.due for task in own if task.due is not None]
        assert standing.clock is not None
        if dues and standing.outcome is None:
            assert standing.clock.due == min(dues)

    @invariant()
    def the_future_can_be_told(self) -> None:
        plan = upcoming(self.idea.standing, self.story.calendar)
        assert plan == sorted(plan, key=lambda wake_up: wake_up.at)
        if self.idea.standing.outcome is not None:
            assert plan == []
        if self.idea.standing.pause is not None:
            assert {wake_up.kind for wake_up in plan} <= {"pause_end", "cover_end"}
            assert "pause_end" in {wake_up.kind for wake_up in plan}

    @invariant()
    def it_travels_lightly_and_unchanged(self) -> None:
        assert len(self.idea.ledger) <= LEDGER_LENGTH
        assert IdeaState.model_validate_json(self.idea.model_dump_json()) == self.idea
        light = self.idea.model_copy(update={"outbox": []})
        assert len(light.model_dump_json().encode()) <= LARGEST_STATE


Life.TestCase.settings = settings(
    max_examples=50 if EVERYTHING else 20,
    stateful_step_count=30,
    deadline=None,
    # The same walks each time, so that a failure in the pipeline is one that a colleague sees as well.
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TestLife = Life.TestCase


def uuid(kind: int, n: int) -> str:
    return f"{n:08d}-0000-4000-8000-{kind:012d}"


def largest_idea() -> IdeaState:
    """As much as one idea can carry: a full ledger, all tasks, a row of coaches; ids and digests of real length."""
    story = Story(datetime.fromisoformat("2026-06-01T10:00:00.123456+02:00"))
    story.walk_to((Stage.ACCOMPANY, "concluding"))
    standing = story.standing
    standing.idea_id, standing.owner_id = uuid(1, 1), uuid(2, 1)
    for n in range(12):
        story.do(carla, "change_coach", coach_id=uuid(3, n))
    story.do(carla, "hand_over", partner="impact_hub_leipzig")
    story.do(carla, "cover_coach", coach_id=uuid(3, 99))
    story.do(carla, "mark_chased")
    for n in range(MOST_OPEN_TASKS):
        due = story.today + timedelta(30 + n)
        story.do(carla, "ask", id=uuid(4, n), task_id=uuid(5, n), until=due, fingerprint="f" * 16)
    for n in range(LEDGER_LENGTH):
        story.do(carla, "write_note", id=uuid(6, n), fingerprint="f" * 16)
    story.now += timedelta(days=60)
    story.ring()
    story.do(carla, "pause", id=uuid(7, 1), fingerprint="f" * 16)
    return story.idea


def test_the_largest_idea_still_travels_lightly() -> None:
    idea = largest_idea().model_copy(update={"outbox": []})
    assert len(idea.ledger) == LEDGER_LENGTH
    assert len(idea.model_dump_json().encode()) <= LARGEST_STATE
