"""The kinds of durable cases: which state travels, and as which workflow a case goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.messages.cases import CaseState
from models.messages.commands import ENGINE
from models.messages.crowdfunding import CampaignRequest, CampaignStanding, CampaignState
from models.messages.idea import IdeaState, Standing
from workflows import names


@dataclass(frozen=True)
class CaseKind:
    """What the client has to know of a kind of case."""

    state: type[CaseState]
    workflow: Callable[[Any], str]
    """The name of the workflow as which a state goes on."""
    stage: Callable[[Any], str]
    """By which Temporal's UI finds its runs."""
    argument: Callable[[Any], object] = lambda state: state
    """With what that workflow is started."""


def _carry(campaign: CampaignState) -> CampaignRequest:
    told = campaign.standing.model_dump(include={"idea_id", "attempt", "owner_id", "office"})
    return CampaignRequest(**told, actor=ENGINE, carried=campaign)


KINDS: dict[str, CaseKind] = {
    Standing.kind: CaseKind(
        state=IdeaState,
        workflow=lambda idea: names.STAGE_WORKFLOWS[idea.standing.stage],
        stage=lambda idea: idea.standing.stage,
    ),
    CampaignStanding.kind: CaseKind(
        state=CampaignState,
        workflow=lambda _: names.CROWDFUNDING,
        stage=lambda _: CampaignStanding.kind,
        argument=_carry,
    ),
}
