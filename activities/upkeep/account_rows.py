"""Moving the rows of one account to another one of the same person. Open ideas have changed hands before."""

from typing import Any, NamedTuple

from sqlalchemy import Text, cast, delete, func, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.upkeep.anonymise import change
from models.tables import (
    Attachment,
    CampaignAddressRow,
    CampaignPackage,
    Contribution,
    ContributionReport,
    Document,
    Draft,
    ErasureRequest,
    Feedback,
    Idea,
    Invitation,
    Note,
    NoticeRow,
    NoticeSettings,
    OwnerRequest,
    Picture,
    StandingRow,
    TimelineEntry,
    is_idea,
    is_in_team,
)
from models.tables.columns import utc_now


class Place(NamedTuple):
    """A column that names an account."""

    table: Any
    column: str


MOVED: tuple[Place, ...] = (
    Place(Idea, "owner_id"),
    Place(Draft, "account_id"),
    Place(Note, "author_id"),
    Place(Attachment, "uploaded_by"),
    Place(Picture, "uploaded_by"),
    Place(Document, "author_id"),
    Place(Feedback, "author_id"),
    Place(Invitation, "inviter_id"),
    Place(OwnerRequest, "account_id"),
    Place(OwnerRequest, "asked_by"),
    Place(CampaignPackage, "updated_by"),
    Place(CampaignAddressRow, "created_by"),
    Place(StandingRow, "owner_id"),
    Place(StandingRow, "holder_id"),
    Place(TimelineEntry, "actor_id"),
    Place(TimelineEntry, "holder_id"),
)
"""What they wrote, did and own is theirs under the other account, too."""

STAYING: dict[str, str] = {
    **dict.fromkeys(
        (
            *("access_token.account_id", "authenticator.account_id", "calendar_address.account_id"),
            *("challenge.account_id", "passkey.account_id", "recovery_code.account_id", "session.account_id"),
            *("sign_in.account_id", "address_change.account_id"),
        ),
        "proved the account that is closed, and ends with it",
    ),
    "kept_form.account_id": "waits for that account to sign in, for two hours at most",
    **dict.fromkeys(
        ("mail.account_id", "mail.recipient_id", "mailbox_message.account_id"),
        "were sent to the address that it had, and go as in an erasure",
    ),
    **dict.fromkeys(
        (
            *("coach_profile.account_id", "coach_profile.cover_id", "coach_profile.successor_id"),
            *("bulk_run.created_by", "default_view.account_id"),
            "contribution_report.decided_by",
            *("feedback.taken_by", "feedback.answered_by", "offer.coach_id", "place.coach_id", "saved_view.owner_id"),
            *("session_log.coach_id", "staff_invitation.inviter_id", "person_change.account_id"),
            *("notice_settings.deputy_id", "campaign_observation.account_id", "import_run.created_by"),
        ),
        "is of coaches and leads, whose accounts are not merged",
    ),
    "opening.opened_by": "is of an open idea, which has changed hands before: with that its card has ended",
    "erasure_request.account_id": "is fulfilled in another way: the account is closed",
    "notice.account_id": "moves where the other account was not told the same, see below",
    "notice_settings.account_id": "moves where the other account has none, see below",
}
"""Every other reference to an account, and why it stays or how it goes. A test asks for each new one."""


async def move_rows(session: AsyncSession, keep: str, gone: str, old_address: str, address: str) -> dict[str, int]:
    """Everything of `gone` is of `keep`; returns how many rows of which table. The caller locks both and commits.

    `old_address` was that of `gone`; to `address` go the answers of whoever is asked or has asked.
    """
    await _rewrite_standings(session, keep, gone)
    counts: dict[str, int] = {}
    for table, name in MOVED:
        moved = update(table).where(col(getattr(table, name)) == gone).values(**{name: keep})
        key = str(table.__tablename__)
        counts[key] = counts.get(key, 0) + await change(session, moved)
    await _move_invitations(session, old_address, address)
    for table in (Feedback, Contribution, ContributionReport):
        asked_by_mail = update(table).where(col(table.email) == old_address)
        await session.exec(asked_by_mail.values(email=address))
    await _move_notices(session, keep, gone)
    await _move_settings(session, keep, gone)
    over = update(ErasureRequest).where(col(ErasureRequest.account_id) == gone)
    await session.exec(over.where(col(ErasureRequest.withdrawn_at).is_(None)).values(withdrawn_at=utc_now()))
    return {name: count for name, count in counts.items() if count}


async def _rewrite_standings(session: AsyncSession, keep: str, gone: str) -> None:
    """Of what has ended or was never handed in there is no workflow that could be asked: its rows say whose it is."""
    theirs = select(StandingRow.case_id).where(
        is_idea(),
        or_(col(StandingRow.owner_id) == gone, is_in_team(gone)),
        or_(col(StandingRow.outcome).is_not(None), col(StandingRow.version) == 0),
    )
    ids = (await session.exec(theirs)).all()
    for table, name in (
        (StandingRow, "snapshot"),
        (TimelineEntry, "snapshot"),
        (StandingRow, "team"),
        (TimelineEntry, "facts"),
    ):
        text = cast(col(getattr(table, name)), Text)
        rewritten = {name: cast(func.replace(text, gone, keep), JSONB)}
        await session.exec(update(table).where(col(table.idea_id).in_(ids), text.contains(gone)).values(**rewritten))


async def _move_invitations(session: AsyncSession, old_address: str, address: str) -> None:
    """Open ones. Where both addresses were asked into one team, the one that is left is enough."""
    twin = aliased(Invitation)
    is_twin = select(twin.id).where(
        col(twin.idea_id) == col(Invitation.idea_id), col(twin.email) == address, twin.is_unanswered()
    )
    theirs = (col(Invitation.email) == old_address, Invitation.is_unanswered())
    if old_address == address:
        return
    await session.exec(update(Invitation).where(*theirs, is_twin.exists()).values(withdrawn_at=utc_now()))
    await session.exec(update(Invitation).where(*theirs).values(email=address))


async def _move_notices(session: AsyncSession, keep: str, gone: str) -> None:
    """What was not yet in a mail is told anew, by the inbox of the account that is left."""
    told = aliased(NoticeRow)
    same = select(told.id).where(
        told.account_id == keep,
        col(told.key) == col(NoticeRow.key),
        col(told.idea_id).is_not_distinct_from(col(NoticeRow.idea_id)),
    )
    theirs = col(NoticeRow.account_id) == gone
    await session.exec(delete(NoticeRow).where(theirs, same.exists()))
    waiting = (theirs, col(NoticeRow.settled_at).is_(None))
    await session.exec(update(NoticeRow).where(*waiting).values(handed_over_at=None, mail_id=None))
    await session.exec(update(NoticeRow).where(theirs).values(account_id=keep))


async def _move_settings(session: AsyncSession, keep: str, gone: str) -> None:
    if await session.get(NoticeSettings, keep) is None:
        theirs = update(NoticeSettings).where(col(NoticeSettings.account_id) == gone)
        await session.exec(theirs.values(account_id=keep))
    await session.exec(delete(NoticeSettings).where(col(NoticeSettings.account_id) == gone))
