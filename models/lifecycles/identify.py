"""Identify: is this an idea for the platform, and who coaches it?"""

from statemachine import State

from models.lifecycles.base import ENGINE, INNOVATOR_OR_LEAD, LEAD, Lifecycle
from models.vocabulary import Outcome, Role, Stage


class IdentifyLifecycle(Lifecycle):
    """Screening by the lead, questions back to the innovator, then the search for a coach."""

    stage = Stage.IDENTIFY

    screening = State(initial=True)
    clarification = State()
    matching = State()
    unmatched = State()
    coached = State(final=True)
    declined = State(final=True)
    referred = State(final=True)

    request_clarification = screening.to(clarification)
    clarify = clarification.to(screening)
    shortlist = screening.to(matching)
    coach_found = matching.to(coached)
    no_coach = matching.to(unmatched)
    assign_coach = unmatched.to(coached)
    search_again = unmatched.to(matching)
    decline = screening.to(declined) | clarification.to(declined) | unmatched.to(declined)
    refer = screening.to(referred)

    on_turn = {
        "screening": Role.LEAD,
        "clarification": Role.INNOVATOR,
        "matching": Role.COACH_SEARCH,
        "unmatched": Role.LEAD,
    }
    actors = {
        "request_clarification": LEAD,
        "clarify": INNOVATOR_OR_LEAD,
        "shortlist": LEAD,
        "coach_found": ENGINE,
        "no_coach": ENGINE,
        "assign_coach": LEAD,
        "search_again": LEAD,
        "decline": LEAD,
        "refer": LEAD,
    }
    leads_to = {"coached": Stage.DEVELOP, "declined": Outcome.DECLINED, "referred": Outcome.REFERRED}
