"""Support: the concrete help that an idea needs is found and used."""

from statemachine import State

from models.lifecycles.base import COACH, INNOVATOR_OR_COACH, LEAD, Lifecycle
from models.vocabulary import Role, Stage


class SupportLifecycle(Lifecycle):
    """The coach sees what is needed, the lead arranges it, the innovator uses it; as often as needed."""

    stage = Stage.SUPPORT

    assessing = State(initial=True)
    arranging = State()
    using = State()
    supported = State(final=True)

    request_support = assessing.to(arranging)
    no_support_needed = assessing.to(supported)
    arrange = arranging.to(using)
    cannot_arrange = arranging.to(assessing)
    confirm_use = using.to(assessing)

    on_turn = {"assessing": Role.COACH, "arranging": Role.LEAD, "using": Role.INNOVATOR}
    actors = {
        "request_support": COACH,
        "no_support_needed": COACH,
        "arrange": LEAD,
        "cannot_arrange": LEAD,
        "confirm_use": INNOVATOR_OR_COACH,
    }
    leads_to = {"supported": Stage.ACCOMPANY}
