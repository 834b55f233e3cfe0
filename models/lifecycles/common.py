"""The events that every open idea knows, whatever its state, and the one that opens an ended idea again."""

from models.lifecycles.base import COACH, ENGINE, LEAD
from models.vocabulary import Role

EVERYBODY = frozenset({Role.INNOVATOR, Role.COACH, Role.LEAD})

COMMON_EVENTS: dict[str, frozenset[Role]] = {
    "pause": EVERYBODY,
    "resume": EVERYBODY,
    "withdraw": frozenset({Role.INNOVATOR}),
    "close": LEAD,
    "send_back": LEAD,
    "extend_deadline": COACH,
    "snooze": EVERYBODY,
    "mark_chased": COACH,
    "change_coach": COACH | ENGINE,
    "assign_coach": LEAD,
    "search_again": LEAD,
    "cover_coach": LEAD | ENGINE,
    "end_cover": COACH | ENGINE,
    "hand_over": COACH,
    "add_task": EVERYBODY,
    "finish_task": EVERYBODY,
    "write_note": EVERYBODY,
}
"""Event → the roles that may fire it."""

STOPPED_BY_PAUSE = frozenset({"pause", "extend_deadline", "snooze", "mark_chased"})
"""Common events that make no sense while the clock stands still; the machines' own events stop as well."""

SUBMIT = "submit"
REOPEN = "reopen"

ENGINE_EVENTS = ("remind", "overdue", "escalate", "offer_made", "coach_found", "no_coach")
"""What the engine notes in the timeline by itself."""
