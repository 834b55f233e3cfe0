"""The kinds of cases as the kernel's suite sees them: how one begins, who has to do with it, and what they may ask."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from unittest.mock import patch

from models.cases.calendar import calendar_of
from models.cases.kind import Kind
from models.lifecycles import LIFECYCLES
from models.lifecycles.appointment import AppointmentLifecycle
from models.lifecycles.contribution import ContributionLifecycle
from models.lifecycles.crowdfunding import CrowdfundingLifecycle
from models.lifecycles.events import COMMON_EVENTS
from models.lifecycles.replication import ReplicationLifecycle
from models.messages.cases import CaseState
from models.messages.commands import Actor, CaseCommand, Receipt, Refusal
from models.policy import Policy
from models.rules import kinds as rules
from models.rules.appointment import APPOINTMENTS
from models.rules.contribution import CONTRIBUTIONS
from models.rules.crowdfunding import HAND_OFFS
from models.rules.replication import REPLICATIONS
from models.rules.steps import IDEAS
from models.vocabulary import CrowdfundingState, SearchNews
from tests.appointments import AppointmentStory
from tests.campaigns import CampaignStory
from tests.cast import ALMA, BEN, IDEA, POLICY, Story, alma, ben, bruno, carla, dora, nora
from tests.contributions import ContributionStory
from tests.errand import ERRANDS, LIMIT, Errand, ErrandLifecycle, ErrandStanding, ErrandState
from tests.replications import ReplicationStory, otto
from workflows.kinds import KINDS, plain_case

NAME = ErrandStanding.kind
LIMITS = dict.fromkeys(ErrandLifecycle.open_states(), LIMIT)
POLICY_WITH_ERRANDS: Policy = POLICY.model_copy(update={"limits": {**POLICY.limits, NAME: LIMITS}})


@contextmanager
def errands() -> Iterator[None]:
    """While it lasts, the installation knows errands: all that it takes to make a kind known."""
    with patch.dict(rules.KINDS, {NAME: ERRANDS}), patch.dict(KINDS, {NAME: plain_case(ERRANDS, Errand)}):
        yield


class ErrandStory:
    """Alma asks Ben a favour, and a clock that only the test moves."""

    def __init__(self, start: datetime, idea_id: str = IDEA, owner_id: str = ALMA, coach_id: str = BEN) -> None:
        self.now = start
        self._ids = count(1)
        standing = ErrandStanding(
            idea_id=idea_id, owner_id=owner_id, coach_id=coach_id, office="dresden", entered_at=start
        )
        rulebook = POLICY_WITH_ERRANDS.rulebook(start.date(), NAME)
        self.errand = ErrandState(standing=standing, rulebook=rulebook)
        ERRANDS.take(self.errand, self.command(alma, "ask"), start)

    def command(self, actor: Actor, event: str, **fields: Any) -> CaseCommand:
        values: dict[str, Any] = {"id": f"errand-{next(self._ids)}", "note_id": "note-1"} | fields
        if event == "extend_deadline":
            values["days"] = 5
        if event == "snooze":
            values["until"] = calendar_of(self.errand.rulebook).add(self.now.date(), LIMIT.remind[0])
        return CaseCommand(event=event, actor=actor, **values)


@dataclass
class Sample:
    """One case of a kind. `along` does what no person does: what the outside world has to say."""

    rules: Kind[Any, Any]
    story: Any
    events: list[str]
    read: Callable[[Any], CaseState]
    write: Callable[[Any, Any], None]
    along: Callable[[Any], object] = lambda _: None
    people: tuple[Actor, ...] = (alma, nora, ben, bruno, carla, dora)

    @property
    def case(self) -> Any:
        return self.read(self.story)

    @case.setter
    def case(self, case: CaseState) -> None:
        self.write(self.story, case)

    @property
    def now(self) -> datetime:
        now: datetime = self.story.now
        return now

    def send(self, command: CaseCommand) -> Receipt | Refusal:
        return self.rules.refusal(self.case, command, self.now) or self.rules.take(self.case, command, self.now)


def idea(start: datetime) -> Sample:
    def search(story: Story) -> object:
        return story.standing.search is not None and story.news(SearchNews.FOUND, coach_id=BEN)

    events = {event for lifecycle in LIFECYCLES.values() for event in lifecycle.event_names()} | set(COMMON_EVENTS)
    return Sample(
        IDEAS, Story(start), sorted(events), lambda s: s.idea, lambda s, case: setattr(s, "idea", case), search
    )


def crowdfunding(start: datetime) -> Sample:
    def hand_over(story: CampaignStory) -> object:
        return story.standing.state is CrowdfundingState.CONFIRMED and story.hand_over()

    return Sample(
        HAND_OFFS,
        CampaignStory(start),
        [*CrowdfundingLifecycle.event_names(), "extend_deadline", "snooze"],
        lambda s: s.campaign,
        lambda s, case: setattr(s, "campaign", case),
        hand_over,
    )


def errand(start: datetime) -> Sample:
    return Sample(
        ERRANDS,
        ErrandStory(start),
        [*ErrandLifecycle.event_names(), "extend_deadline", "snooze"],
        lambda s: s.errand,
        lambda s, case: setattr(s, "errand", case),
    )


def appointment(start: datetime) -> Sample:
    return Sample(
        APPOINTMENTS,
        AppointmentStory(start),
        [*AppointmentLifecycle.event_names(), "extend_deadline", "snooze"],
        lambda s: s.appointment,
        lambda s, case: setattr(s, "appointment", case),
    )


def replication(start: datetime) -> Sample:
    return Sample(
        REPLICATIONS,
        ReplicationStory(start),
        [*ReplicationLifecycle.event_names(), "extend_deadline", "snooze"],
        lambda s: s.replication,
        lambda s, case: setattr(s, "replication", case),
        people=(alma, nora, otto, ben, bruno, carla, dora),
    )


def contribution(start: datetime) -> Sample:
    return Sample(
        CONTRIBUTIONS,
        ContributionStory(start),
        [*ContributionLifecycle.event_names(), "extend_deadline", "snooze"],
        lambda s: s.contribution,
        lambda s, case: setattr(s, "contribution", case),
    )


SAMPLES: dict[str, Callable[[datetime], Sample]] = {
    "idea": idea,
    "crowdfunding": crowdfunding,
    "appointment": appointment,
    "replication": replication,
    "contribution": contribution,
    NAME: errand,
}
