"""The names by which workflows are spoken to; their ids are in `models.workflow_ids`."""

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
CROWDFUNDING = "Crowdfunding"
INBOX = "Inbox"
SECRET_MAIL = "SecretMail"  # noqa: S105  a name of a workflow
RECONCILE = "Reconcile"
RETENTION = "Retention"
LEAD_DIGEST = "LeadDigest"
NUDGING = "Nudging"
PACE = "Pace"
BULK = "Bulk"

SEARCH_ATTRIBUTES = {"Kind": "Keyword", "Office": "Keyword", "Stage": "Keyword"}
"""By which runs are found in Temporal's UI: name → type. See `workflows.search_attributes`."""

COMMAND = "command"
"""The update that every stage takes."""
NEWS = "news"
"""The signal by which a coach search speaks to its idea."""
CAMPAIGN_NEWS = "campaign_news"
"""The signal by which a crowdfunding hand-off speaks to its idea."""
IDEA_NEWS = "idea_news"
"""The signal by which an idea speaks to its hand-off."""
STATE = "state"
"""The query for an idea's whole state."""
ANSWER = "answer"
"""The update by which a coach answers an offer."""
STOP = "stop"
SKIP_COACH = "skip_coach"
KNOCK = "knock"
"""The signal that wakes an inbox."""

NUDGE = "nudge"
"""The signal that makes a workflow look whether it should go on in a fresh run."""

RECORD_TELLS = "record-tells-inboxes"
"""The patch since which `record` tells the inboxes: before, every step with notices sent a courier of its own."""

REFUSED = "Refused"
"""The type of the application error that carries a `Refusal`."""


def deployment(task_queue: str) -> str:
    """The name under which the versions of our workers are known."""
    return task_queue
