"""Whether somebody's account is in use: told by every sign of it, from every table that names an account.

An account that is not in use any more is erased by retention. A test walks through the tables and asks for each column
that names somebody whether it is a sign, so that the next table is not forgotten.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import col

from models.tables import (
    AccessToken,
    Account,
    AddressChange,
    CampaignAddressRow,
    CoachProfile,
    Contribution,
    ContributionReport,
    Draft,
    ErasureRequest,
    Feedback,
    Idea,
    Invitation,
    MailRow,
    NoticeSettings,
    Offer,
    OwnerRequest,
    PersonChange,
    Place,
    SessionRow,
    SignIn,
    StaffInvitation,
    StandingRow,
    is_in_team,
)
from models.vocabulary import OfferStatus, Role

Condition = ColumnElement[bool]

ME, MY_ADDRESS = col(Account.id), col(Account.email)


def _unanswered(table: Any) -> Condition:
    answers = (table.accepted_at, table.declined_at, table.withdrawn_at)
    return and_(*(col(answer).is_(None) for answer in answers), col(table.expires_at) > func.now())


def _lasts(table: Any) -> Condition:
    return col(table.expires_at) > func.now()


SIGNS: Mapping[str, Callable[[], Condition]] = {
    "access_token.account_id": lambda: and_(
        col(AccessToken.account_id) == ME, col(AccessToken.revoked_at).is_(None), _lasts(AccessToken)
    ),
    "address_change.account_id": lambda: and_(
        col(AddressChange.account_id) == ME, col(AddressChange.used_at).is_(None), _lasts(AddressChange)
    ),
    "address_change.email": lambda: and_(
        col(AddressChange.email) == MY_ADDRESS, col(AddressChange.used_at).is_(None), _lasts(AddressChange)
    ),
    "campaign_address.created_by": lambda: col(CampaignAddressRow.created_by) == ME,
    "coach_profile.account_id": lambda: col(CoachProfile.account_id) == ME,
    "coach_profile.cover_id": lambda: col(CoachProfile.cover_id) == ME,
    "coach_profile.successor_id": lambda: col(CoachProfile.successor_id) == ME,
    "contribution.email": lambda: col(Contribution.email) == MY_ADDRESS,
    "contribution_report.email": lambda: and_(
        col(ContributionReport.email) == MY_ADDRESS, col(ContributionReport.decided_at).is_(None)
    ),
    "draft.account_id": lambda: col(Draft.account_id) == ME,
    "draft.email": lambda: col(Draft.email) == MY_ADDRESS,
    "erasure_request.account_id": lambda: and_(
        col(ErasureRequest.account_id) == ME, col(ErasureRequest.withdrawn_at).is_(None)
    ),
    "feedback.author_id": lambda: and_(col(Feedback.author_id) == ME, col(Feedback.answered_at).is_(None)),
    "feedback.email": lambda: and_(col(Feedback.email) == MY_ADDRESS, col(Feedback.answered_at).is_(None)),
    "idea.owner_id": lambda: col(Idea.owner_id) == ME,
    "invitation.email": lambda: and_(col(Invitation.email) == MY_ADDRESS, _unanswered(Invitation)),
    # Of secret mails alone: any other has no end, and being told is no use.
    "mail.account_id": lambda: and_(col(MailRow.account_id) == ME, _lasts(MailRow)),
    "mail.email": lambda: and_(col(MailRow.email) == MY_ADDRESS, _lasts(MailRow)),
    "notice_settings.deputy_id": lambda: and_(
        col(NoticeSettings.deputy_id) == ME, col(NoticeSettings.deputy_until) >= func.current_date()
    ),
    "offer.coach_id": lambda: and_(col(Offer.coach_id) == ME, col(Offer.status) == OfferStatus.OPEN),
    "owner_request.account_id": lambda: and_(col(OwnerRequest.account_id) == ME, _unanswered(OwnerRequest)),
    "person_change.account_id": lambda: and_(
        col(PersonChange.account_id) == ME, col(PersonChange.status) == "proposed"
    ),
    "place.coach_id": lambda: col(Place.coach_id) == ME,
    "session.account_id": lambda: and_(col(SessionRow.account_id) == ME, _lasts(SessionRow)),
    "sign_in.account_id": lambda: and_(col(SignIn.account_id) == ME, col(SignIn.used_at).is_(None), _lasts(SignIn)),
    "staff_invitation.email": lambda: and_(col(StaffInvitation.email) == MY_ADDRESS, _unanswered(StaffInvitation)),
    "standing.owner_id": lambda: col(StandingRow.owner_id) == ME,
    "standing.coach_id": lambda: col(StandingRow.coach_id) == ME,
    "standing.cover_id": lambda: col(StandingRow.cover_id) == ME,
    "standing.holder_id": lambda: col(StandingRow.holder_id) == ME,
    "standing.team": lambda: is_in_team(ME),
}
"""Column → which rows show that the account is in use."""

NO_SIGNS: Mapping[str, str] = {
    "account.email": "everybody has one",
    "attachment.uploaded_by": "what they sent once",
    "audit_entry.account_id": "what happened once",
    "audit_entry.subject_id": "what happened once",
    "authenticator.account_id": "a proof that nobody comes with is no use",
    "bulk_run.created_by": "a lead's, and leads are never unused",
    "calendar_address.account_id": "an address that nobody may read any more",
    "campaign_observation.account_id": "what happened once",
    "campaign_package.updated_by": "what happened once",
    "challenge.account_id": "minutes long, and of somebody who is not in yet",
    "contribution_report.decided_by": "a lead's",
    "default_view.account_id": "a lead's",
    "document.author_id": "what they wrote once, in an idea that has an owner and a team",
    "draft_link.email": "its draft is",
    "erasure.account_id": "gone already",
    "feedback.answered_by": "a lead's",
    "feedback.taken_by": "a lead's",
    "import_run.created_by": "a lead's, and leads are never unused",
    "invitation.inviter_id": "of an idea's owner, who has the idea",
    "kept_form.account_id": "two hours long, and sent by somebody who was in before",
    "mail.passed_on_by": "what happened once",
    "mail.recipient_id": "was written to them",
    "mailbox_message.account_id": "was written to them",
    "mailbox_message.recipient": "was written to them",
    "note.author_id": "what they wrote once",
    "note.redacted_by": "what happened once",
    "notice.account_id": "was written to them",
    "notice_settings.account_id": "a choice, not a use",
    "opening.opened_by": "of an idea that is on its way, which keeps its owner",
    "owner_request.asked_by": "of an idea's owner, who has the idea, or of a lead",
    "passkey.account_id": "a proof that nobody comes with is no use",
    "person_change.by_id": "what happened once",
    "person_change.decided_by_id": "what happened once",
    "picture.uploaded_by": "what they sent once",
    "recovery_code.account_id": "a proof that nobody comes with is no use",
    "saved_view.owner_id": "a lead's",
    "session_log.coach_id": "what they did once",
    "staff_invitation.inviter_id": "a lead's",
    "timeline_entry.actor_id": "what they did once",
    "timeline_entry.holder_id": "what was theirs to do once",
}
"""Column → why it does not keep an account."""


def is_in_use(since: datetime) -> Condition:
    """Accounts that something of theirs is kept for, or whose people have come, or been here, since then."""
    account = Account
    came = or_(*(col(at) >= since for at in (account.created_at, account.signed_in_at, account.proved_at)))
    is_staff = col(account.roles) != [str(Role.INNOVATOR)]
    return or_(func.coalesce(came, False), is_staff, col(account.demo), *(_some(sign) for sign in SIGNS.values()))


def _some(sign: Callable[[], Condition]) -> Condition:
    return exists().where(sign()).correlate(Account)
