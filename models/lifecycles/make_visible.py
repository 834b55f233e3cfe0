"""Make visible: the story is written, edited and published with its owner's consent."""

from statemachine import State

from models.lifecycles.base import INNOVATOR, LEAD, Lifecycle
from models.vocabulary import Outcome, Role, Stage


class MakeVisibleLifecycle(Lifecycle):
    """A draft, an edited text, and the consent without which nothing is shown."""

    stage = Stage.MAKE_VISIBLE

    drafting = State(initial=True)
    editing = State()
    consenting = State()
    published = State(final=True)

    submit_story = drafting.to(editing)
    request_changes = editing.to(drafting)
    approve_story = editing.to(consenting)
    consent = consenting.to(published)
    refuse_consent = consenting.to(drafting)

    on_turn = {"drafting": Role.INNOVATOR, "editing": Role.LEAD, "consenting": Role.INNOVATOR}
    actors = {
        "submit_story": INNOVATOR,
        "request_changes": LEAD,
        "approve_story": LEAD,
        "consent": INNOVATOR,
        "refuse_consent": INNOVATOR,
    }
    leads_to = {"published": Outcome.COMPLETED}
