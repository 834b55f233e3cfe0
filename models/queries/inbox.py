"""What waits in people's inboxes, and how they want it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Text, and_, case, cast, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.rules.notice_timing import ASKS, ASKS_COACH, Absence, MailPreferences, Waiting, find_deputy
from models.tables import (
    Account,
    CoachProfile,
    NoticeRow,
    NoticeSettings,
    Offer,
    StandingRow,
    Task,
    TimelineEntry,
    has_role,
    is_own,
)
from models.vocabulary import NoticeGroup, OfferStatus, Rhythm, Role


class Inbox(NamedTuple):
    """The notices of one person that are in no mail yet, the oldest first, and who reads what needs an answer."""

    waiting: Sequence[Waiting]
    wishes: MailPreferences
    deputy_id: str | None


async def read_inbox(session: AsyncSession, account_id: str, today: date) -> Inbox:
    settings = await session.get(NoticeSettings, account_id)
    return Inbox(
        await _list_waiting(session, account_id),
        wishes_of(settings),
        await read_deputy(session, account_id, settings, today),
    )


def wishes_of(settings: NoticeSettings | None) -> MailPreferences:
    """What somebody chose, or the usual."""
    if settings is None:
        return MailPreferences()
    return MailPreferences(rhythms={group: Rhythm(getattr(settings, group)) for group in NoticeGroup})


async def read_deputy(
    session: AsyncSession, account_id: str, settings: NoticeSettings | None, today: date
) -> str | None:
    """Who reads what needs an answer today: the deputy somebody chose, or the cover of a coach who is away."""
    profile = await session.get(CoachProfile, account_id)
    absences = []
    if settings and settings.deputy_id and settings.deputy_from and settings.deputy_until:
        absences.append(Absence(settings.deputy_id, settings.deputy_from, settings.deputy_until))
    if profile and profile.cover_id and profile.absent_from and profile.absent_until:
        absences.append(Absence(profile.cover_id, profile.absent_from, profile.absent_until))
    if not absences:
        return None
    present = await _find_present(session, {absence.deputy_id for absence in absences}, today)
    return find_deputy(absences, account_id, today, present)


async def _find_present(session: AsyncSession, account_ids: set[str], today: date) -> set[str]:
    """Those of them who still work here."""
    found = await session.exec(
        select(Account.id)
        .outerjoin(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
        .where(
            col(Account.id).in_(account_ids),
            or_(has_role(Role.COACH), has_role(Role.LEAD)),
            or_(col(CoachProfile.left_on).is_(None), col(CoachProfile.left_on) > today),
        )
    )
    return set(found.all())


async def _list_waiting(session: AsyncSession, account_id: str) -> list[Waiting]:
    holder = or_(
        col(StandingRow.holder_id) == col(NoticeRow.account_id),
        and_(
            col(StandingRow.holder_role) == Role.LEAD,
            col(StandingRow.holder_id).is_(None),
            has_role(Role.LEAD),
            ~is_own(account_id),
        ),
    )
    asked = (col(Offer.idea_id) == col(NoticeRow.idea_id), col(Offer.coach_id) == col(NoticeRow.account_id))
    still_asked = select(Offer.id).where(*asked, Offer.status == OfferStatus.OPEN).correlate(NoticeRow).exists()
    on_turn = case(
        (col(NoticeRow.kind).in_(ASKS_COACH), still_asked),
        (col(NoticeRow.kind).in_(ASKS), _is_unanswered()),
        else_=and_(holder, col(StandingRow.paused_until).is_(None)),
    )
    found = await session.exec(
        select(NoticeRow, on_turn)
        .join(Account, col(Account.id) == col(NoticeRow.account_id))
        .outerjoin(StandingRow, col(StandingRow.case_id) == col(NoticeRow.idea_id))
        .where(
            NoticeRow.account_id == account_id, col(NoticeRow.settled_at).is_(None), col(Account.erased_at).is_(None)
        )
        .order_by(col(NoticeRow.created_at), col(NoticeRow.id))
    )
    return [
        Waiting(
            id=notice.id,
            kind=notice.kind,
            created_at=notice.created_at,
            not_before=notice.not_before,
            on_turn=bool(is_on_turn),
        )
        for notice, is_on_turn in found
    ]


def _is_unanswered() -> Any:
    """Whether the question that a notice is about is still open."""
    asked = (col(TimelineEntry.case_id) == col(NoticeRow.idea_id), col(TimelineEntry.version) == col(NoticeRow.version))
    its = cast(col(Task.id), Text) == col(TimelineEntry.facts)["task"].astext
    open_ = select(Task.id).join(TimelineEntry, its).where(*asked, col(Task.done_at).is_(None))
    return open_.correlate(NoticeRow).exists()
