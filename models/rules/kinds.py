"""The kinds of cases, by their names. Whatever goes on above, as workflows, records and pages, finds them here."""

from typing import Any

from models.cases.kind import Kind
from models.cases.plain_case import PlainKind
from models.rules.appointment import APPOINTMENTS
from models.rules.contribution import CONTRIBUTIONS
from models.rules.crowdfunding import HAND_OFFS
from models.rules.replication import REPLICATIONS
from models.rules.steps import IDEAS
from models.workflow_ids import CROWDFUNDING, IDEA

PLAIN: tuple[PlainKind[Any, Any], ...] = (APPOINTMENTS, REPLICATIONS, CONTRIBUTIONS)
"""Those whose workflow, record and way of going on need nothing of their own."""

KINDS: dict[str, Kind[Any, Any]] = {IDEA: IDEAS, CROWDFUNDING: HAND_OFFS, **{kind.name: kind for kind in PLAIN}}
