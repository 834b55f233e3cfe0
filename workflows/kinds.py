"""The kinds of durable cases: by which rules they go on, and as which workflow."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from models.cases.kind import Kind
from models.messages.appointment import AppointmentStanding
from models.messages.commands import ENGINE
from models.messages.contribution import ContributionStanding
from models.messages.crowdfunding import CampaignRequest, CampaignStanding, CampaignState
from models.messages.idea import Standing
from models.messages.replication import ReplicationStanding
from models.rules.appointment import APPOINTMENTS
from models.rules.contribution import CONTRIBUTIONS
from models.rules.crowdfunding import HAND_OFFS
from models.rules.replication import REPLICATIONS
from models.rules.steps import IDEAS
from workflows import names
from workflows.accompany import Accompany
from workflows.appointment import Appointment
from workflows.contribution import Contribution
from workflows.crowdfunding import Crowdfunding
from workflows.develop import Develop
from workflows.identify import Identify
from workflows.make_visible import MakeVisible
from workflows.replication import Replication
from workflows.support import Support


@dataclass(frozen=True)
class CaseKind:
    """What the client and the worker have to know of a kind of case."""

    rules: Kind[Any, Any]
    workflows: tuple[type, ...]
    """Each is known to Temporal by the name of its class."""
    workflow: Callable[[Any], str]
    """The name of the workflow as which a state goes on."""
    stage: Callable[[Any], str] = lambda state: state.standing.kind
    """By which Temporal's UI finds its runs."""
    argument: Callable[[Any], object] = lambda state: state
    """With what that workflow is started."""


def _carry(campaign: CampaignState) -> CampaignRequest:
    told = campaign.standing.model_dump(include={"idea_id", "attempt", "owner_id", "office"})
    return CampaignRequest(**told, actor=ENGINE, carried=campaign)


KINDS: dict[str, CaseKind] = {
    Standing.kind: CaseKind(
        rules=IDEAS,
        workflows=(Identify, Develop, Support, Accompany, MakeVisible),
        workflow=lambda idea: names.STAGE_WORKFLOWS[idea.standing.stage],
        stage=lambda idea: idea.standing.stage,
    ),
    CampaignStanding.kind: CaseKind(
        rules=HAND_OFFS,
        workflows=(Crowdfunding,),
        workflow=lambda _: names.CROWDFUNDING,
        argument=_carry,
    ),
    AppointmentStanding.kind: CaseKind(
        rules=APPOINTMENTS,
        workflows=(Appointment,),
        workflow=lambda _: names.APPOINTMENT,
    ),
    ReplicationStanding.kind: CaseKind(
        rules=REPLICATIONS,
        workflows=(Replication,),
        workflow=lambda _: names.REPLICATION,
    ),
    ContributionStanding.kind: CaseKind(
        rules=CONTRIBUTIONS,
        workflows=(Contribution,),
        workflow=lambda _: names.CONTRIBUTION,
    ),
}


def case_workflows() -> Iterator[type]:
    """The workflows of all kinds."""
    for kind in KINDS.values():
        yield from kind.workflows


def ends_with_idea() -> dict[str, Collection[str]]:
    """Kind → the states in which a case is withdrawn once its idea has ended."""
    return {name: kind.rules.ends_with_idea for name, kind in KINDS.items() if kind.rules.ends_with_idea}
