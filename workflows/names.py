"""The ids and names by which workflows are spoken to."""

from models.vocabulary import Stage

TASK_QUEUE = "ideenweg"

STAGE_WORKFLOWS = {
    Stage.IDENTIFY: "Identify",
    Stage.DEVELOP: "Develop",
    Stage.SUPPORT: "Support",
    Stage.ACCOMPANY: "Accompany",
    Stage.MAKE_VISIBLE: "MakeVisible",
}
COACH_SEARCH = "CoachSearch"
COACH_LEAVE = "CoachLeave"

COMMAND = "command"
"""The update that every stage takes."""
NEWS = "news"
"""The signal by which a coach search speaks to its idea."""
STATE = "state"
"""The query for an idea's whole state."""
ANSWER = "answer"
"""The update by which a coach answers an offer."""
STOP = "stop"
SKIP_COACH = "skip_coach"

REFUSED = "Refused"
"""The type of the application error that carries a `Refusal`."""


def idea_workflow(idea_id: str) -> str:
    return f"idea/{idea_id}"


def coach_search(idea_id: str, n: int) -> str:
    return f"coach-search/{idea_id}/{n}"


def coach_leave(coach_id: str, n: int) -> str:
    return f"coach-leave/{coach_id}/{n}"
