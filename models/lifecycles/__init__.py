"""State machines, one file for each stage. They alone say which event is allowed in which state.

Flat, synchronous and free of I/O. Imports `models.vocabulary` and names only.
"""

from models.lifecycles.accompany import AccompanyLifecycle
from models.lifecycles.appointment import AppointmentLifecycle
from models.lifecycles.base import Lifecycle, Machine
from models.lifecycles.contribution import ContributionLifecycle
from models.lifecycles.crowdfunding import CrowdfundingLifecycle
from models.lifecycles.develop import DevelopLifecycle
from models.lifecycles.identify import IdentifyLifecycle
from models.lifecycles.make_visible import MakeVisibleLifecycle
from models.lifecycles.replication import ReplicationLifecycle
from models.lifecycles.support import SupportLifecycle
from models.vocabulary import Stage
from models.workflow_ids import APPOINTMENT, CONTRIBUTION, CROWDFUNDING, REPLICATION

LIFECYCLES: dict[Stage, type[Lifecycle]] = {
    Stage.IDENTIFY: IdentifyLifecycle,
    Stage.DEVELOP: DevelopLifecycle,
    Stage.SUPPORT: SupportLifecycle,
    Stage.ACCOMPANY: AccompanyLifecycle,
    Stage.MAKE_VISIBLE: MakeVisibleLifecycle,
}

BESIDE: dict[str, type[Machine]] = {
    CROWDFUNDING: CrowdfundingLifecycle,
    APPOINTMENT: AppointmentLifecycle,
    REPLICATION: ReplicationLifecycle,
    CONTRIBUTION: ContributionLifecycle,
}
"""Kinds of cases beside ideas. Whatever has to know all of them, as limits, diagrams and logs, reads them here."""

__all__ = ["BESIDE", "LIFECYCLES", "Lifecycle"]
