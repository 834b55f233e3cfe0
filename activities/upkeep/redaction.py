"""Taking words away where somebody is named in what others wrote: finding the places, and emptying them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, delete, func, null, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.upkeep.name_spellings import patterns_of, single_patterns_of
from activities.upkeep.stored_text import WORDS, Words
from models.lifecycles.events import CHANGE_OWNER
from models.messages.upkeep import Place
from models.tables import (
    Account,
    Attachment,
    MailboxMessage,
    Note,
    NoticeRow,
    StandingRow,
    TimelineEntry,
    is_idea,
    is_in_team,
)
from models.tables.columns import utc_now

PLACEHOLDER = "…"


@dataclass(frozen=True)
class Sought:
    """Somebody's name as it may be written, and the ideas that they have to do with."""

    everywhere: Sequence[str]
    """Patterns of the full name."""
    nearby: Sequence[str]
    """Of its single words, for their own ideas."""
    ideas: Sequence[str]
    handed: Sequence[str]
    """Ideas that they had before somebody else: there the full name goes by itself."""


async def seek(session: AsyncSession, account: Account) -> Sought:
    """Before the name goes from the account."""
    acted = select(TimelineEntry.case_id).where(TimelineEntry.actor_id == account.id)
    owned = or_(
        col(StandingRow.owner_id) == account.id,
        col(StandingRow.coach_id) == account.id,
        col(StandingRow.cover_id) == account.id,
        is_in_team(account.id),
        col(StandingRow.case_id).in_(acted),
    )
    ideas = (await session.exec(select(StandingRow.case_id).where(owned, is_idea()))).all()
    former = TimelineEntry.facts["former"].astext == account.id
    handed = select(TimelineEntry.case_id).where(TimelineEntry.event == CHANGE_OWNER, former).distinct()
    return Sought(
        everywhere=patterns_of(account.name),
        nearby=single_patterns_of(account.name),
        ideas=sorted(ideas),
        handed=sorted((await session.exec(handed)).all()),
    )


async def find_places(session: AsyncSession, sought: Sought) -> list[Place]:
    """Where the name stands: the table, the idea, the key; no words."""
    found: list[Place] = []
    for words in WORDS:
        for where in _conditions(words, sought):
            idea = col(getattr(words.table, words.idea)) if words.idea else null()
            columns: list[Any] = [col(getattr(words.table, words.key)).label("key"), idea.label("idea")]
            rows = (await session.exec(select(*columns).where(where).distinct())).all()
            found += [Place(name=words.name, key=row.key, idea_id=row.idea) for row in rows]
    return sorted(set(found), key=lambda place: (place.idea_id or "", place.name, place.key))


async def replace_name(session: AsyncSession, sought: Sought) -> int:
    """The full name becomes "…" wherever it stands; returns in how many texts. Names of one word go near them only."""
    count = 0
    for words in WORDS:
        for pattern in sought.everywhere:
            count += await replace(session, words, pattern)
        if not sought.everywhere and words.idea:
            nearby = col(getattr(words.table, words.idea)).in_(sought.ideas)
            for pattern in sought.nearby:
                count += await replace(session, words, pattern, nearby)
    return count


async def replace_in_handed(session: AsyncSession, sought: Sought) -> int:
    """The words of an idea that was handed on stay with its team, without the name of whoever had it."""
    count = 0
    for words in WORDS:
        if words.name in ("idea", "document", "story", "package"):
            theirs = col(getattr(words.table, str(words.idea))).in_(sought.handed)
            for pattern in sought.everywhere or sought.nearby:
                count += await replace(session, words, pattern, theirs)
    return count


async def replace(session: AsyncSession, words: Words, pattern: str, *which: Any) -> int:
    """A pattern becomes "…" in one table; returns in how many texts it stood."""
    count = 0
    for name, text in _texts(words):
        emptied: Any = func.regexp_replace(text, pattern, PLACEHOLDER, "gi")
        values = {name: cast(emptied, JSONB) if name in words.packed else emptied}
        if words.table is MailboxMessage:
            values["attachments"] = []
        changed: Any = await session.exec(update(words.table).where(text.op("~*")(pattern), *which).values(**values))
        count += int(changed.rowcount)
    return count


async def redact_place(
    session: AsyncSession, place: Place, by: str | None, patterns: Sequence[str] | None = None
) -> bool:
    """Empty one place, or take patterns out of it. False where there is no such place, or nothing in it to take.

    `by` is the lead who does it. Copies of mails that carried a note are emptied; what waits is written anew.
    """
    words = next((one for one in WORDS if one.name == place.name), None)
    if words is None:
        return False
    theirs = cast(col(getattr(words.table, words.key)), Text) == place.key
    if patterns is not None:
        count = sum([await replace(session, words, pattern, theirs) for pattern in patterns])
    elif not words.emptied:
        return False
    else:
        emptied: dict[str, Any] = dict.fromkeys(words.texts, PLACEHOLDER)
        if words.table is Note:
            emptied |= {"redacted_at": utc_now(), "redacted_by": by}
        changed: Any = await session.exec(update(words.table).where(theirs).values(**emptied))
        count = int(changed.rowcount)
    if count and words.table is Note:
        await session.exec(delete(Attachment).where(col(Attachment.of_id) == place.key))
        await _empty_copies(session, place.key)
    return count > 0


async def _empty_copies(session: AsyncSession, note_id: str) -> None:
    """Of mails that told of the step to which the note belongs. They may have quoted it."""
    told = (
        select(NoticeRow.mail_id)
        .join(
            TimelineEntry,
            (col(TimelineEntry.case_id) == col(NoticeRow.idea_id))
            & (col(TimelineEntry.version) == col(NoticeRow.version)),
        )
        .where(TimelineEntry.note_id == note_id, col(NoticeRow.mail_id).is_not(None))
    )
    copies = update(MailboxMessage).where(col(MailboxMessage.id).in_(told))
    await session.exec(copies.values(body=PLACEHOLDER, html="", attachments=[]))


def _conditions(words: Words, sought: Sought) -> Iterator[Any]:
    if sought.everywhere:
        yield or_(*(text.op("~*")(pattern) for _, text in _texts(words) for pattern in sought.everywhere))
    if words.idea and sought.nearby and sought.ideas:
        # A name of one word, and one word of a name, mean them where they have to do with the idea.
        nearby = col(getattr(words.table, words.idea)).in_(sought.ideas)
        yield nearby & or_(*(text.op("~*")(pattern) for _, text in _texts(words) for pattern in sought.nearby))


def _texts(words: Words) -> list[tuple[str, Any]]:
    plain = [(name, col(getattr(words.table, name))) for name in words.texts]
    return [*plain, *((name, cast(col(getattr(words.table, name)), Text)) for name in words.packed)]
