"""The words everything else is built from. Imports nothing of the project."""

from enum import StrEnum


class Stage(StrEnum):
    """The five phases of the path, in their order."""

    IDENTIFY = "identify"
    DEVELOP = "develop"
    SUPPORT = "support"
    ACCOMPANY = "accompany"
    MAKE_VISIBLE = "make_visible"

    @property
    def position(self) -> int:
        """0 for the first phase, 4 for the last."""
        return list(Stage).index(self)


DRAFT = "draft"
"""The state of an idea that is written down but not handed in: it has no workflow yet."""


class Role(StrEnum):
    """Who acts, or who is on turn."""

    INNOVATOR = "innovator"
    COACH = "coach"
    LEAD = "lead"
    COACH_SEARCH = "coach_search"
    ENGINE = "engine"


class Outcome(StrEnum):
    """How a path ends. Good endings are told apart from the others."""

    COMPLETED = "completed"
    DECLINED = "declined"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Answer(StrEnum):
    """What an innovator says at a check-in."""

    ON_TRACK = "on_track"
    NEEDS_HELP = "needs_help"
    DONE = "done"


class Why(StrEnum):
    """Why somebody is on turn, where the state alone does not say it."""

    STATE = "state"
    PAUSED = "paused"
    NO_COACH = "no_coach"
    SEARCHING = "searching"
    COACH_ABSENT = "coach_absent"
    ENDED = "ended"


class WakeUpKind(StrEnum):
    """What the engine does by itself when its time has come."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    ESCALATION = "escalation"
    PAUSE_END = "pause_end"
    COVER_END = "cover_end"


class NoticeKind(StrEnum):
    """What a person is told."""

    YOUR_TURN = "your_turn"
    REMINDER = "reminder"
    CHECK_IN = "check_in"
    OVERDUE = "overdue"
    ESCALATION = "escalation"
    STAGE_REACHED = "stage_reached"
    ENDED = "ended"
    REOPENED = "reopened"
    PAUSED = "paused"
    RESUMED = "resumed"
    DEADLINE_MOVED = "deadline_moved"
    COACH_FOUND = "coach_found"
    COACH_LEFT = "coach_left"
    NO_COACH = "no_coach"
    TASK_ADDED = "task_added"
    HANDED_OVER = "handed_over"
    OFFER = "offer"
    OFFER_REMINDER = "offer_reminder"
    OFFER_CLOSED = "offer_closed"
    DRAFT_INCOMPLETE = "draft_incomplete"


class OfferStatus(StrEnum):
    """The life of an offer to a coach."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class DeclineReason(StrEnum):
    """Why a coach does not take an idea."""

    NO_TIME = "no_time"
    WRONG_EXPERTISE = "wrong_expertise"
    BETTER_MATCH = "better_match"
    BIASED = "biased"
    OTHER = "other"


class RankReason(StrEnum):
    """Why a coach stands where they stand in a search."""

    SAME_OFFICE = "same_office"
    SAME_DISTRICT = "same_district"
    SHARED_THEMES = "shared_themes"
    SAME_LANGUAGE = "same_language"
    FREE_CAPACITY = "free_capacity"
    OTHER_OFFICE = "other_office"
    OTHER_LANGUAGE = "other_language"
    NO_CAPACITY = "no_capacity"
    ABSENT = "absent"
    LEFT = "left"
    ALREADY_ASKED = "already_asked"
    OWN_IDEA = "own_idea"


class SearchNews(StrEnum):
    """What a coach search tells the idea it searches for."""

    OFFERED = "offered"
    FOUND = "found"
    EXHAUSTED = "exhausted"


class StuckCause(StrEnum):
    """Why a case stands on the lead's list of stuck cases."""

    OVER_LIMIT = "over_limit"
    NO_COACH = "no_coach"
    COACH_ABSENT = "coach_absent"
    NO_ACTIVITY = "no_activity"
    WAITING_FOR_US = "waiting_for_us"
    NOT_STARTED = "not_started"
