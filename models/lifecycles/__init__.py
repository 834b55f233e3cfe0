"""State machines, one file for each stage. They alone say which event is allowed in which state.

Flat, synchronous and free of I/O. Imports `models.vocabulary` only.
"""

from models.lifecycles.accompany import AccompanyLifecycle
from models.lifecycles.base import Lifecycle
from models.lifecycles.develop import DevelopLifecycle
from models.lifecycles.identify import IdentifyLifecycle
from models.lifecycles.make_visible import MakeVisibleLifecycle
from models.lifecycles.support import SupportLifecycle
from models.vocabulary import Stage

LIFECYCLES: dict[Stage, type[Lifecycle]] = {
    Stage.IDENTIFY: IdentifyLifecycle,
    Stage.DEVELOP: DevelopLifecycle,
    Stage.SUPPORT: SupportLifecycle,
    Stage.ACCOMPANY: AccompanyLifecycle,
    Stage.MAKE_VISIBLE: MakeVisibleLifecycle,
}

__all__ = ["LIFECYCLES", "Lifecycle"]
