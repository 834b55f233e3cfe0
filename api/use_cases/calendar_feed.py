"""One's own calendar: the secret address under which it is read, and its entries, which name nobody and no idea."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from activities.mails.appointment import SHORT, write_entry
from activities.mails.content import CalendarEntry
from activities.mails.ics import write_calendar
from api.runtime.services import Services
from models.case_names import page_of
from models.i18n import Texts, texts_in
from models.queries.my_calendar import MyDates, list_my_dates
from models.queries.my_work import Case
from models.secrets import hash_secret, new_secret
from models.tables import Account, CalendarAddress, CoachProfile
from models.tables.columns import utc_now
from models.vocabulary import Role
from models.workflow_ids import APPOINTMENT

FRESH_FOR = timedelta(hours=1)
"""How long a calendar may keep what it has read."""


async def renew_calendar(services: Services, account_id: str) -> str:
    """Make an address; the one before it opens nothing any more. Returns the secret in it, which is kept nowhere."""
    secret = new_secret()
    values = {"hash": hash_secret(secret), "created_at": utc_now()}
    written = insert(CalendarAddress).values(account_id=account_id, **values)
    async with services.database.transaction() as session:
        await session.exec(written.on_conflict_do_update(index_elements=["account_id"], set_=values))
    return secret


async def revoke_calendar(services: Services, account_id: str) -> None:
    async with services.database.transaction() as session:
        await session.exec(delete(CalendarAddress).where(col(CalendarAddress.account_id) == account_id))


async def write_my_calendar(services: Services, account: Account) -> bytes:
    """Everything that waits for somebody, and their absence. The same state gives the same bytes."""
    async with services.database.reading() as session:
        dates = await list_my_dates(session, account)
    t = texts_in(account.language)
    found = [*_list_deadlines(services, account, dates, t)]
    return write_calendar(sorted(found, key=lambda one: (one.day, one.key)), t("page.name"), FRESH_FOR)


def short_id(idea_id: str) -> str:
    return idea_id[:SHORT]


def _list_deadlines(services: Services, account: Account, dates: MyDates, t: Texts) -> Iterable[CalendarEntry]:
    base = services.settings.base_url
    for case in dates.coached:
        yield from _of_case(services, account, case, Role.COACH, t)
    for case in dates.own:
        yield from _of_case(services, account, case, Role.INNOVATOR, t)
    for offer in dates.offers:
        summary = t("calendar.offer", id=short_id(offer.idea_id))
        yield CalendarEntry(f"offer/{offer.id}", offer.expires_on, summary, f"{base}/angebote", 0, offer.offered_at)
    if dates.profile is not None:
        yield from _of_absence(base, dates.profile, t)


def _of_case(services: Services, account: Account, case: Case, role: Role, t: Texts) -> Iterable[CalendarEntry]:
    """The turn, with the identity that it has in mails, and own tasks. While the path rests, nothing is due; who has
    agreed to meet meets all the same."""
    base = services.settings.base_url
    row, code, url = case.row, short_id(case.idea.id), f"{base}/{page_of(case.row.kind, case.idea.id)}"
    if row.kind == APPOINTMENT:
        entry = write_entry(row.read(), base, t, services.policy.zone)
        yield from [entry] if entry is not None and not entry.cancelled else []
    if case.paused_until is not None:
        return
    if case.holder is not None and case.holder.id == account.id and row.holder_until is not None:
        words = "check_in" if row.state == "piloting" else row.kind
        summary = t(f"calendar.{words}", id=code)
        yield CalendarEntry(row.turn_key, row.holder_until, summary, url, row.version, row.last_entry_at)
    for task in case.tasks:
        if task.due is not None and (task.assignee or Role.INNOVATOR) == role:
            summary = t("calendar.question" if task.asks else "calendar.task", id=code)
            yield CalendarEntry(f"task/{task.id}", task.due, summary, url, row.version, row.last_entry_at)


def _of_absence(base: str, profile: CoachProfile, t: Texts) -> Iterable[CalendarEntry]:
    first, last = profile.absent_from, profile.absent_until
    if first is None or last is None:
        return
    # An absence is never moved, only ended and written down anew: its first day is stamp enough.
    key, stamp = f"absence/{profile.account_id}/{profile.leaves}", datetime.combine(first, time(), UTC)
    yield CalendarEntry(key, first, t("calendar.absence"), f"{base}/arbeit", 0, stamp, last)
