"""Tables of PostgreSQL, one file for each noun. `standing`, `timeline_entry` and the projected columns of `task` belong
to the `record` activity; everything else is written by `api/` or by the activity that the file names.
"""

import models.tables.folded  # noqa: F401  the columns that the database computes add themselves
from models.tables.account import AccessToken, Account, can_come_in, has_role, is_given, is_staff, roles_of
from models.tables.attachment import Attachment
from models.tables.audit import AuditEntry
from models.tables.bulk import BulkItem, BulkRun
from models.tables.calendar_address import CalendarAddress
from models.tables.coaching import CoachProfile, Offer, Place
from models.tables.command_try import CommandTry
from models.tables.contribution import Contribution, ContributionReport
from models.tables.credentials import Authenticator, Challenge, Passkey, RecoveryCode
from models.tables.crowdfunding import (
    CampaignAddressRow,
    CampaignImage,
    CampaignObservation,
    CampaignPackage,
)
from models.tables.document import Document
from models.tables.draft import Draft, DraftLink
from models.tables.failing_tasks import EngineTrouble
from models.tables.feedback import Feedback
from models.tables.idea import Idea, Note, ReferenceYear, Task
from models.tables.import_run import ImportRun
from models.tables.invitation import Invitation, MailedInvitation
from models.tables.kept_form import KeptForm
from models.tables.mail import MailboxMessage, MailRow
from models.tables.notice import NoticeRow, NoticeSettings
from models.tables.opening import Opening
from models.tables.own_data import AddressChange, ErasureRequest
from models.tables.owner_request import OwnerRequest
from models.tables.picture import Picture
from models.tables.rate import RateCount
from models.tables.rulebook import RulebookRow
from models.tables.saved_view import DefaultView, SavedView
from models.tables.session_log import SessionLogRow
from models.tables.sign_in import SessionRow, SignIn
from models.tables.staff import PersonChange, SetUpLink, StaffInvitation
from models.tables.standing import (
    StandingRow,
    TimelineEntry,
    acting_coach,
    is_idea,
    is_in_team,
    is_open_idea,
    is_own,
)
from models.tables.state_durations import StatePace
from models.tables.story import GoneStory, PublishedStory
from models.tables.upkeep import Drift, DriftRun, ErasureRow, RetentionRun

__all__ = [
    "AccessToken",
    "Account",
    "AddressChange",
    "Attachment",
    "AuditEntry",
    "Authenticator",
    "BulkItem",
    "BulkRun",
    "CalendarAddress",
    "CampaignAddressRow",
    "CampaignImage",
    "CampaignObservation",
    "CampaignPackage",
    "Challenge",
    "CoachProfile",
    "CommandTry",
    "Contribution",
    "ContributionReport",
    "DefaultView",
    "Document",
    "Draft",
    "DraftLink",
    "Drift",
    "DriftRun",
    "EngineTrouble",
    "ErasureRequest",
    "ErasureRow",
    "Feedback",
    "GoneStory",
    "Idea",
    "ImportRun",
    "Invitation",
    "KeptForm",
    "MailRow",
    "MailboxMessage",
    "MailedInvitation",
    "Note",
    "NoticeRow",
    "NoticeSettings",
    "Offer",
    "Opening",
    "OwnerRequest",
    "Passkey",
    "PersonChange",
    "Picture",
    "Place",
    "PublishedStory",
    "RateCount",
    "RecoveryCode",
    "ReferenceYear",
    "RetentionRun",
    "RulebookRow",
    "SavedView",
    "SessionLogRow",
    "SessionRow",
    "SetUpLink",
    "SignIn",
    "StaffInvitation",
    "StandingRow",
    "StatePace",
    "Task",
    "TimelineEntry",
    "acting_coach",
    "can_come_in",
    "has_role",
    "is_given",
    "is_idea",
    "is_in_team",
    "is_open_idea",
    "is_own",
    "is_staff",
    "roles_of",
]
