"""Who is on turn with what, until when: an idea, its crowdfunding, or an offer, in one shape."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Reader
from models.region_names import RegionNames
from models.tables import Account, NoticeRow, Offer, StandingRow
from models.tables.notice import read_case_key
from models.vocabulary import OfferStatus, Role
from models.workflow_ids import case_id


@dataclass(frozen=True)
class Turn:
    """Where something stands now. `role` is None where nobody is on turn: it has ended, rests, or is not begun."""

    key: str
    """The same as long as it is the same turn: the identity of its deadline."""
    version: int
    since: datetime
    """When it came to stand so."""
    path: str
    label: str
    """The page on which it goes on, and the key of what its button says."""
    summary: str
    """The key of what a calendar says of its deadline."""
    state: str = ""
    """In words."""
    role: str | None = None
    account_id: str | None = None
    own: frozenset[str] = frozenset()
    """Whose idea it is: they do not decide on it, be they a lead."""
    office: str = ""
    until: date | None = None
    paused_until: date | None = None
    until_label: str = "mail.fact.until"
    late_label: str = "mail.fact.was_due"

    def is_of(self, account: Account) -> bool:
        """On turn in person, or as a lead where the leads are."""
        if self.role is None:
            return False
        if self.account_id is not None:
            return self.account_id == account.id
        return self.role == Role.LEAD and Role.LEAD in account.roles and account.id not in self.own


def turn_of_idea(reader: Reader, row: StandingRow) -> Turn:
    texts = reader.texts
    state = texts(f"state.{row.stage}.{row.state}")
    is_open = row.outcome is None
    is_running = is_open and row.paused_until is None
    return Turn(
        key=row.turn_key,
        version=row.version,
        since=row.last_entry_at,
        path=f"ideen/{row.idea_id}",
        label="mail.open.idea",
        summary="mail.calendar.turn",
        state=f"{texts(f'stage.{row.stage}')}, {state}" if is_open else state,
        role=row.holder_role if is_running else None,
        account_id=row.holder_id,
        own=frozenset({row.owner_id, *row.team}),
        office=office_of(reader, row),
        until=row.holder_until,
        paused_until=row.paused_until if is_open else None,
    )


async def turn_of_campaign(session: AsyncSession, reader: Reader, row: StandingRow, notice: NoticeRow) -> Turn:
    """The hand-off that a notice is about."""
    kind, attempt = read_case_key(notice.key)
    campaign = await session.get(StandingRow, case_id(kind, row.idea_id, attempt))
    path, label, summary = f"ideen/{row.idea_id}/crowdfunding", "mail.open.crowdfunding", "mail.calendar.turn"
    if campaign is None:
        return Turn(f"campaign/{row.idea_id}", row.version, row.last_entry_at, path, label, summary)
    holders = {Role.INNOVATOR: row.owner_id, Role.COACH: row.cover_id or row.coach_id}
    return Turn(
        key=campaign.turn_key,
        version=campaign.version,
        since=campaign.last_entry_at,
        path=path,
        label=label,
        summary=summary,
        state=reader.texts(f"crowdfunding.state.{campaign.state}"),
        role=campaign.holder_role if campaign.read().result is None else None,
        account_id=holders.get(Role(campaign.holder_role)) if campaign.holder_role else None,
        office=office_of(reader, row),
        until=campaign.holder_until,
    )


async def turn_of_offer(session: AsyncSession, reader: Reader, notice: NoticeRow) -> Turn:
    """An offer has a deadline of its own; the path of the idea is not the coach's affair yet."""
    offer_id = notice.key.removeprefix(f"{notice.kind}-")
    offer = await session.get(Offer, offer_id)
    is_open = offer is not None and offer.status == OfferStatus.OPEN
    return Turn(
        key=f"offer/{offer_id}",
        version=0,
        since=offer.offered_at if offer else notice.created_at,
        path="angebote",
        label="mail.open.offers",
        summary="mail.calendar.offer",
        role=Role.COACH if is_open else None,
        account_id=notice.account_id,
        until=offer.expires_on if offer else None,
        until_label="mail.fact.answer_until",
    )


def office_of(reader: Reader, row: StandingRow) -> str:
    return RegionNames(reader.letterhead.policy.region, reader.texts).office(row.office)
