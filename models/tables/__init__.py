"""What PostgreSQL keeps, one noun a file. `standing`, `timeline_entry` and the projected columns of `task` belong to
the `record` activity; everything else is written by `api/` or by the activity that the file names.
"""

from models.tables.account import AccessToken, Account, has_role
from models.tables.coaching import CoachProfile, Offer, Place
from models.tables.crowdfunding import (
    CampaignAddressRow,
    CampaignImage,
    CampaignObservation,
    CampaignPackage,
    CampaignRow,
    CampaignTimelineEntry,
)
from models.tables.idea import Idea, Note, Task
from models.tables.notice import MailboxMessage, MailRow, NoticeRow, NoticeSettings
from models.tables.standing import StandingRow, TimelineEntry
from models.tables.upkeep import Drift, DriftRun, ErasureRow, RetentionRun

__all__ = [
    "AccessToken",
    "Account",
    "CampaignAddressRow",
    "CampaignImage",
    "CampaignObservation",
    "CampaignPackage",
    "CampaignRow",
    "CampaignTimelineEntry",
    "CoachProfile",
    "Drift",
    "DriftRun",
    "ErasureRow",
    "Idea",
    "MailRow",
    "MailboxMessage",
    "Note",
    "NoticeRow",
    "NoticeSettings",
    "Offer",
    "Place",
    "RetentionRun",
    "StandingRow",
    "Task",
    "TimelineEntry",
    "has_role",
]
