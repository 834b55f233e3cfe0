"""The events that every open idea knows, whatever its state, and the one that opens an ended idea again."""

from models.lifecycles.base import COACH, ENGINE, INNOVATOR, LEAD
from models.vocabulary import CrowdfundingResult, Role

SUBMIT = "submit"
REOPEN = "reopen"
CLOSE = "close"
UNDO = "undo"
START_CROWDFUNDING = "start_crowdfunding"
JOIN_TEAM = "join_team"
"""Somebody who was invited has said yes. Once more, it changes their share."""
LEAVE_TEAM = "leave_team"
CHANGE_OWNER = "change_owner"
"""Somebody else has the idea from now on. They have said yes before, or the owner's account goes."""

CORRECT = "correct"
"""Title, district, themes or office are put right by those who work with the idea."""

EVERYBODY = frozenset({Role.INNOVATOR, Role.COACH, Role.LEAD})

COMMON_EVENTS: dict[str, frozenset[Role]] = {
    "pause": EVERYBODY,
    "resume": EVERYBODY,
    "withdraw": frozenset({Role.INNOVATOR}),
    CLOSE: LEAD,
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
    CORRECT: COACH,
    START_CROWDFUNDING: EVERYBODY,
    JOIN_TEAM: ENGINE,
    LEAVE_TEAM: INNOVATOR | LEAD | ENGINE,
    CHANGE_OWNER: ENGINE,
    UNDO: EVERYBODY,
}
"""Event → the roles that may fire it."""

STOPPED_BY_PAUSE = frozenset({"pause", "extend_deadline", "snooze", "mark_chased", START_CROWDFUNDING})
"""Common events that make no sense while the clock stands still; the machines' own events stop as well."""

CROWDFUNDING_NEWS = tuple(f"crowdfunding_{result}" for result in CrowdfundingResult)
CROWDFUNDING_CLOSED = "crowdfunding_closed"
"""The hand-off is over; whether the idea is funded has been told before."""

ENGINE_EVENTS = (
    *("remind", "overdue", "escalate", "offer_made", "coach_found", "no_coach"),
    *(*CROWDFUNDING_NEWS, CROWDFUNDING_CLOSED),
)
"""What the engine notes in the timeline by itself."""
