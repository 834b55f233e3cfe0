"""The kinds of durable cases: by which rules they go on, and as which workflow."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from models.cases.kind import Kind
from models.cases.plain_case import PlainKind
from models.messages.commands import ENGINE
from models.messages.crowdfunding import CampaignRequest, CampaignState
from models.rules.crowdfunding import HAND_OFFS
from models.rules.kinds import PLAIN
from models.rules.steps import IDEAS
from models.workflow_ids import CROWDFUNDING, IDEA
from workflows import names
from workflows.accompany import Accompany
from workflows.crowdfunding import Crowdfunding
from workflows.develop import Develop
from workflows.identify import Identify
from workflows.make_visible import MakeVisible
from workflows.plain_case import WORKFLOWS
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


def plain_case(rules: PlainKind[Any, Any], workflow: type) -> CaseKind:
    """Of a plain kind, all follows from its rules."""
    return CaseKind(rules=rules, workflows=(workflow,), workflow=lambda _: workflow.__name__)


KINDS: dict[str, CaseKind] = {
    IDEA: CaseKind(
        rules=IDEAS,
        workflows=(Identify, Develop, Support, Accompany, MakeVisible),
        workflow=lambda idea: names.STAGE_WORKFLOWS[idea.standing.stage],
        stage=lambda idea: idea.standing.stage,
    ),
    CROWDFUNDING: CaseKind(
        rules=HAND_OFFS,
        workflows=(Crowdfunding,),
        workflow=lambda _: names.CROWDFUNDING,
        argument=_carry,
    ),
    **{kind.name: plain_case(kind, WORKFLOWS[kind.name]) for kind in PLAIN},
}


def case_workflows() -> Iterator[type]:
    """The workflows of all kinds."""
    for kind in KINDS.values():
        yield from kind.workflows


def ends_with_idea() -> dict[str, Collection[str]]:
    """Kind → the states in which a case is withdrawn once its idea has ended."""
    return {name: kind.rules.ends_with_idea for name, kind in KINDS.items() if kind.rules.ends_with_idea}
