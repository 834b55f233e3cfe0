"""Random lives of a hand-off: whatever people, the idea, the platform and time do, these things always hold."""

from datetime import UTC, timedelta
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.cases.ledger import LEDGER_LENGTH
from models.lifecycles.crowdfunding import OVER, STATUS_MOVES, CrowdfundingLifecycle
from models.messages.cases import Entry
from models.messages.commands import Actor, Receipt, Refusal
from models.messages.crowdfunding import CampaignCommand, CampaignStanding, CampaignState, DraftOutcome, DraftToSubmit
from models.messages.idea import CampaignNews
from models.messages.package import PackageFacts
from models.rules import crowdfunding
from models.rules.crowdfunding import HAND_OFFS
from models.rules.crowdfunding_refusals import contradicts_itself
from models.rules.crowdfunding_times import phase_of
from models.vocabulary import CampaignStatus, CrowdfundingResult, CrowdfundingState, IdeaNewsKind, Provenance, Role
from tests.breadth import EVERYTHING
from tests.campaigns import CampaignStory, package
from tests.cast import ALMA, IDEA, MONDAY, alma, ben, carla, dora, engine

EVENTS = sorted({*CrowdfundingLifecycle.event_names(), "no_such_event"})
alma_as_lead = Actor(role=Role.LEAD, account_id=ALMA)
PEOPLE = [alma, ben, carla, alma_as_lead]
LARGEST_STATE = 8192
"""Bytes that may travel from run to run, so that a history stays small. As much as an idea's."""

STANDS_BY_THE_PACKAGE = {
    CrowdfundingState.CONFIRMED,
    CrowdfundingState.AWAITING_ENTRY,
    CrowdfundingState.LINKED,
    CrowdfundingState.CLOSED,
}

statuses = st.sampled_from(CampaignStatus)
sums = st.sampled_from([None, 100_00, 200_00])
days = st.none() | st.integers(-3, 60)


class Life(RuleBasedStateMachine):
    """A hand-off from its beginning, its people, its idea, its platform and its clock."""

    first_state = "not_ready"

    def __init__(self) -> None:
        super().__init__()
        self.story = CampaignStory()
        self.revision = 1
        self.recorded: list[Entry] = []
        self.news: list[CampaignNews] = []
        self.done: list[tuple[CampaignCommand, Receipt]] = []
        self.before: CampaignStanding = self.standing.model_copy(deep=True)

    @property
    def campaign(self) -> CampaignState:
        return self.story.campaign

    @property
    def standing(self) -> CampaignStanding:
        return self.campaign.standing

    @initialize(hours=st.integers(0, 24 * 400))
    def begin(self, hours: int) -> None:
        self.story = CampaignStory.at(self.first_state, MONDAY.astimezone(UTC) + timedelta(hours=hours))
        self.revision = self.standing.package.revision
        self.news = list(self.campaign.news)
        self.campaign.news.clear()
        self.before = self.standing.model_copy(deep=True)

    # -- what happens ---------------------------------------------------------------------------------------

    @rule(actor=st.sampled_from([*PEOPLE, dora, engine]), event=st.sampled_from(EVENTS), data=st.data())
    def somebody_tries(self, actor: Actor, event: str, data: st.DataObject) -> None:
        self._send(actor, event, data)

    @rule(data=st.data())
    def people_do_what_is_offered(self, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 5))):
            offered = [
                (actor, event)
                for actor in PEOPLE
                for event in HAND_OFFS.allowed_events(self.standing, actor.account_id, [actor.role])
                if event not in ("withdraw", "reject_link")
            ]
            if not offered:
                return
            actor, event = data.draw(st.sampled_from(offered))
            answer = self._send(actor, event, None)
            assert isinstance(answer, Receipt), f"offered and refused: {event} by {actor.role}: {answer}"
            self._let_the_platform_answer()

    @precondition(lambda self: self.standing.state in (CrowdfundingState.CONFIRMED, CrowdfundingState.READY))
    @rule(newer=st.booleans(), ready=st.booleans(), trouble=st.none() | st.just("consent_missing"))
    def the_platform_answers_for_a_draft(self, newer: bool, ready: bool, trouble: str | None) -> None:
        """Perhaps for one that was edited since, or that SQL knows better."""
        asked = self.standing.package if ready else package(0)
        found = asked
        if newer:
            self.revision += 1
            found = package(self.revision, ready=ready)
        draft = DraftToSubmit(idea_id=IDEA, attempt=1, package=asked)
        outcome = DraftOutcome(package=found, trouble=trouble)
        crowdfunding.take_draft_outcome(self.campaign, draft, outcome, self.story.now)

    @rule(status=statuses, simulated=st.booleans(), funded=sums, threshold=sums, ends_in=days)
    def the_platform_is_read(
        self, status: CampaignStatus, simulated: bool, funded: int | None, threshold: int | None, ends_in: int | None
    ) -> None:
        before = self.standing.model_copy(deep=True)
        provenance = Provenance.SIMULATED if simulated else Provenance.API
        ends_on = None if ends_in is None else self.story.today + timedelta(days=ends_in)
        sums_of: dict[str, Any] = {"funded_cents": funded, "threshold_cents": threshold}
        told = self.story.read(status, provenance=provenance, ends_on=ends_on, **sums_of)
        assert told or self.standing == before
        assert not self.story.read(status, provenance=provenance, ends_on=ends_on, **sums_of), "old news"

    @precondition(lambda self: self.standing.state is CrowdfundingState.LINKED)
    @rule(cause=st.sampled_from(["unavailable", "key_revoked", "not_supported"]), retryable=st.booleans())
    def the_platform_cannot_be_read(self, cause: str, retryable: bool) -> None:
        status = self.standing.status
        self.story.fail_to_read(cause, retryable=retryable)
        assert self.standing.status is status

    @rule(
        kind=st.sampled_from([IdeaNewsKind.PAUSED, IdeaNewsKind.RESUMED, IdeaNewsKind.REOPENED]), n=st.integers(1, 40)
    )
    def the_idea_tells(self, kind: IdeaNewsKind, n: int) -> None:
        self.story.hear(kind, self.story.today + timedelta(days=n))
        if kind is IdeaNewsKind.REOPENED:
            # It is told again what it may not have heard, and nothing else.
            over = self.standing.turn is None
            again = CampaignNews(attempt=1, over=over, result=None if over else self.standing.result)
            told = self.campaign.news
            assert told == ([again] if over or again.result is not None else [])
            told.clear()

    @precondition(lambda self: len(self.story.campaign.outbox) > 8)
    @rule()
    def the_idea_ends(self) -> None:
        before = self.standing.state
        self.story.hear(IdeaNewsKind.ENDED)
        unlinked = before in CrowdfundingLifecycle.on_turn and before is not CrowdfundingState.LINKED
        assert self.standing.state is (CrowdfundingState.WITHDRAWN if unlinked else before)

    @rule(hours=st.integers(1, 24 * 100))
    def time_passes(self, hours: int) -> None:
        """Between two looks of the engine nothing is overtaken: one step each until it rests."""
        self.story.now += timedelta(hours=hours)
        for entry in self.story.ring():
            assert entry.actor == engine
        assert HAND_OFFS.due(self.campaign, self.story.now) == []

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def a_command_comes_again(self, data: st.DataObject) -> None:
        command, receipt = data.draw(st.sampled_from(self.done[-10:]))
        before = self.campaign.model_dump_json()
        if command.id in [line.command_id for line in self.campaign.ledger]:
            assert self.story.send(command) == receipt
            assert self.campaign.model_dump_json() == before

    @rule()
    def it_is_recorded(self) -> None:
        self.recorded += self.campaign.outbox
        self.campaign.outbox.clear()

    def _send(self, actor: Actor, event: str, data: st.DataObject | None) -> Receipt | Refusal:
        before = self.campaign.model_copy(deep=True)
        fields = self._fields(actor, event, data)
        command = self.story.command(actor, event, **fields)
        answer = self.story.send(command)
        if isinstance(answer, Refusal):
            assert self.campaign == before
            return answer
        if answer.version == before.standing.version:
            assert event == "edit"
            assert self.campaign == before, "an edit that is known already changes nothing"
            return answer
        assert answer.version == before.standing.version + 1
        assert (self.story.last.command_id, self.story.last.actor) == (command.id, actor)
        assert actor.account_id not in [notice.account_id for notice in self.story.last.notices]
        self.done.append((command, answer))
        return answer

    def _fields(self, actor: Actor, event: str, data: st.DataObject | None) -> dict[str, Any]:
        if event == "edit":
            if data is not None and data.draw(st.booleans()):
                return {"package": package(data.draw(st.integers(0, self.revision)), ready=data.draw(st.booleans()))}
            self.revision += 1
            return {"package": package(self.revision, ready=data is None or data.draw(st.booleans()))}
        if event == "link":
            return {"link_id": f"link-{self.standing.version}"}
        if event == "observe" and data is not None:
            fields = {"funded_cents": data.draw(sums), "threshold_cents": data.draw(sums)}
            return {"observation": self.story.seen(data.draw(statuses), actor, **fields)}
        if data is not None and data.draw(st.integers(0, 9)) == 0:
            return {"package": data.draw(st.sampled_from([None, PackageFacts(), package(0)]))}
        return {}

    def _let_the_platform_answer(self) -> None:
        if self.standing.state is CrowdfundingState.CONFIRMED:
            assert self.story.hand_over()

    # -- what always holds ----------------------------------------------------------------------------------

    @invariant()
    def versions_have_no_gap_and_one_entry_each(self) -> None:
        entries = [*self.recorded, *self.campaign.outbox]
        assert [entry.version for entry in entries] == list(range(1, self.standing.version + 1))
        assert len({entry.command_id for entry in entries}) == len(entries)
        for earlier, later in pairwise(entries):
            assert (later.from_state, later.at >= earlier.at) == (earlier.state, True)

    @invariant()
    def somebody_is_on_turn_until_the_end(self) -> None:
        standing = self.standing
        if standing.state in CrowdfundingLifecycle.on_turn:
            assert standing.turn in (Role.INNOVATOR, Role.COACH, Role.ENGINE)
            assert phase_of(standing) in (*CrowdfundingLifecycle.phases(), None)
            people = standing.turn is not Role.ENGINE
            assert not people or standing.clock is not None
        else:
            assert (standing.turn, standing.clock, standing.pause) == (None, None, None)
            assert self.story.upcoming == []

    @invariant()
    def both_stand_by_what_goes_to_the_platform(self) -> None:
        standing = self.standing
        assert all(each.digest == standing.package.digest for each in standing.confirmations)
        roles = [each.role for each in standing.confirmations]
        assert len(roles) == len(set(roles))
        assert all((each.role is Role.INNOVATOR) == (each.account_id == ALMA) for each in standing.confirmations)
        if standing.state in STANDS_BY_THE_PACKAGE:
            assert set(roles) == {Role.INNOVATOR, Role.COACH}
        elif standing.state in (CrowdfundingState.NOT_READY, CrowdfundingState.READY):
            assert roles == []

    @invariant()
    def a_linked_address_has_two_people_behind_it(self) -> None:
        link = self.standing.link
        if self.standing.state in (CrowdfundingState.LINKED, CrowdfundingState.CLOSED):
            assert link is not None
            assert link.confirmed_by is not None
        if link is not None and link.confirmed_by is not None:
            assert (link.by is Role.INNOVATOR) != (link.confirmed_by is Role.INNOVATOR)

    @invariant()
    def nothing_goes_backwards(self) -> None:
        before, now = self.before, self.standing
        assert now.package.revision >= before.package.revision
        assert now.status is before.status or before.status is CampaignStatus.UNKNOWN or self._can_reach(before.status)
        assert before.result is None or now.result is before.result
        assert before.turn is not None or now == before
        self.before = now.model_copy(deep=True)

    def _can_reach(self, status: CampaignStatus) -> bool:
        found, waiting = set[CampaignStatus](), [status]
        while waiting:
            for follows in STATUS_MOVES[waiting.pop()] - found:
                found.add(follows)
                waiting.append(follows)
        return self.standing.status in found

    @invariant()
    def the_result_is_what_was_seen_and_is_told_once(self) -> None:
        standing = self.standing
        self.news += self.campaign.news
        self.campaign.news.clear()
        over = [news for news in self.news if news.over]
        assert len(self.news) == len({(news.result, news.over) for news in self.news})
        assert len(over) == (standing.turn is None)
        assert [news.result for news in over] in ([], [standing.result])
        funded = standing.result is CrowdfundingResult.FUNDED
        assert (CampaignNews(attempt=1, over=False, result=CrowdfundingResult.FUNDED) in self.news) == funded
        assert standing.seen is None or not contradicts_itself(standing.seen)
        if standing.status in OVER:
            assert standing.state is CrowdfundingState.CLOSED
        if standing.status is CampaignStatus.PAID_OUT:
            assert funded
            assert standing.seen is not None
            assert standing.seen.provenance is not Provenance.API

    @invariant()
    def the_future_can_be_told(self) -> None:
        plan = self.story.upcoming
        assert plan == sorted(plan, key=lambda wake_up: wake_up.at)
        if self.standing.pause is not None:
            assert [wake_up.key for wake_up in plan] == ["pause_end"]

    @invariant()
    def it_travels_lightly_and_unchanged(self) -> None:
        assert len(self.campaign.ledger) <= LEDGER_LENGTH
        assert CampaignState.model_validate_json(self.campaign.model_dump_json()) == self.campaign
        light = self.campaign.model_copy(update={"outbox": []})
        assert len(light.model_dump_json().encode()) <= LARGEST_STATE


class LateLife(Life):
    """The same, from the day on which the campaign is linked."""

    first_state = "linked"


Life.TestCase.settings = LateLife.TestCase.settings = settings(
    max_examples=30 if EVERYTHING else 15,
    stateful_step_count=30,
    deadline=None,
    # The same walks each time, so that a failure in the pipeline is one that a colleague sees as well.
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TestLife = Life.TestCase
TestLateLife = LateLife.TestCase
