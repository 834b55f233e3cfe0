"""What PostgreSQL keeps, one noun a file. `standing`, `timeline_entry` and the projected columns of `task` belong to
the `record` activity; everything else is written by `api/` or by the activity that the file names.
"""

from models.tables.account import AccessToken, Account, has_role
from models.tables.coaching import CoachProfile, Offer, Place
from models.tables.idea import Idea, Note, Task
from models.tables.notice import MailboxMessage, NoticeRow
from models.tables.standing import StandingRow, TimelineEntry

__all__ = [
    "AccessToken",
    "Account",
    "CoachProfile",
    "Idea",
    "MailboxMessage",
    "Note",
    "NoticeRow",
    "Offer",
    "Place",
    "StandingRow",
    "Task",
    "TimelineEntry",
    "has_role",
]
