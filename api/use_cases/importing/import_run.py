"""Writing the checked rows down and handing them in, so that a second run, or one after a kill, finds what is there.

First all rows become drafts, in batches; then the complete ones are handed in, some at a time. An idea's id follows
from its source and key, and handing in twice is one step for the workflow: whatever was cut off is done by the next
run. A draft that its owner has touched is theirs and is left alone.

They are drafts of whoever imports; a row with an author's address becomes one of that person and of nobody else. A mail
asks them to look at it; it carries no word of it, since nobody has proved the address. They hand it in themselves, or
do not.
"""

import asyncio
import hashlib
import json
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused
from activities.projection import notice_values
from activities.secret_mails.posting import Order, is_held_back, write_secret_mail
from activities.secret_mails.resume_draft import INVITED_FOR
from api.runtime.services import Services
from api.use_cases.drafts import DraftIncomplete, DraftNotFound, Holder, OnItsWay, new_draft, send_draft
from api.use_cases.idea_text import UnfinishedWords, words_of
from api.use_cases.importing.checking import Row
from api.use_cases.importing.problems import Finding, ImportImpossible, Kind, excerpt
from api.use_cases.secret_mails import start_secret_mail
from models.database import is_unreachable
from models.queries.account_names import find_by_address
from models.tables import Account, Draft, DraftLink, Idea, NoticeRow, has_role
from models.tables.columns import utc_now
from models.telemetry.redaction import places_of
from models.vocabulary import NoticeKind, Role, SecretMailKind
from workflows.client import EngineAway

BATCH = 200
LONGEST_PAUSE_SECONDS = 10.0

DIFFERS = ("differs", "is there already with other words; those stay as they are")

log = structlog.get_logger()

T = TypeVar("T")


class Fate(StrEnum):
    """What became of a row in this run."""

    SUBMITTED = "submitted"
    INVITED = "invited"
    """Written now, as a draft of its author."""
    DRAFT = "draft"
    """Written now, waiting for what is missing."""
    ALREADY = "already"
    REFUSED = "refused"
    LEFT = "left"
    """Not finished: the next run does it."""


class ServicesAway(Exception):
    """PostgreSQL or Temporal did not answer for too long."""


class Stopped(Exception):
    """Somebody asked to stop."""


@dataclass(frozen=True)
class Existing:
    """What an earlier import wrote: a draft, or what has become of it."""

    words: UnfinishedWords
    owner_id: str | None = None
    """Whose draft it is as that import has left it; None for whatever is left alone."""
    is_on_its_way: bool = False
    """It was handed in, and the engine has not taken it."""

    def differs_from(self, row: Row) -> bool:
        return self.words.model_dump() != row.words.model_dump()


@dataclass
class Run:
    """What happens to the rows. `patience` is how many seconds without an answer are waited for."""

    services: Services
    owner: Account
    source: str
    stop: asyncio.Event
    in_flight: int = 16
    patience: float = 60.0
    on_written: Callable[[int], None] = lambda count: None
    on_handed_in: Callable[[int], None] = lambda count: None
    fates: Counter[Fate] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    uninvited: int = 0
    """Authors to whom no mail went yet, since too many went out lately."""
    away: ServicesAway | None = None
    _answered_at: float = 0.0

    async def write_drafts(self, rows: Sequence[Row]) -> list[Row]:
        """Write what is not there yet; returns the rows that are to be handed in."""
        pending: list[Row] = []
        remaining = iter(rows)
        while batch := list(islice(remaining, BATCH)):
            try:
                pending += await self.keep_trying(partial(self.write_batch, batch))
            except (ServicesAway, Stopped) as ended:
                self.away = ended if isinstance(ended, ServicesAway) else None
                self.fates[Fate.LEFT] += len(batch) + sum(1 for _ in remaining)
                break
            self.on_written(len(batch))
        return pending

    async def write_batch(self, rows: Sequence[Row]) -> list[Row]:
        """One transaction: all of the batch or nothing."""
        async with self.services.database.transaction() as session:
            existing = await find_existing(session, self.source, rows)
            new = await self.insert([row for row in rows if row.ref not in existing], session)
            if len(new) + len(existing) < len(rows):
                # Another import wrote some of them in this moment.
                existing |= await find_existing(session, self.source, [row for row in rows if row.ref not in new])
            ours = [row for row in rows if self.owns(row) if row.ref in new or self.is_ours(existing[row.ref])]
            there = [(row, existing[row.ref]) for row in ours if row.ref in existing]
            changed = [row for row, one in there if not one.is_on_its_way and one.differs_from(row)]
            for row in changed:
                await self.correct(row, session)
        for row in changed:
            self.remark(row, "updated", "was a draft with other words from an earlier import; now has these")
        for row in rows:
            if row.ref in existing and row not in changed and existing[row.ref].differs_from(row):
                self.remark(row, *DIFFERS)
        pending = [row for row in ours if row.complete]
        invited = sum(row.ref in new and not self.owns(row) for row in rows)
        drafts = sum(row.ref in new and self.owns(row) and not row.complete for row in rows)
        self.fates[Fate.DRAFT] += drafts
        self.fates[Fate.INVITED] += invited
        self.fates[Fate.ALREADY] += len(rows) - len(pending) - drafts - invited
        return pending

    def owns(self, row: Row) -> bool:
        """Whether a row belongs to whoever imports."""
        return row.email in (None, self.owner.email)

    def is_ours(self, existing: Existing) -> bool:
        """Whether a draft from an earlier run still is as that run left it, so that we may finish it."""
        return existing.owner_id == self.owner.id

    async def correct(self, row: Row, session: AsyncSession) -> None:
        """Give a draft the words of the file, unless its owner touches it in this moment."""
        draft = self.write_row(row)
        words = update(Draft).where(col(Draft.id) == row.idea_id, *_is_untouched())
        await session.exec(words.values(words=draft.words, language=draft.language))

    async def insert(self, rows: Sequence[Row], session: AsyncSession) -> set[str]:
        """Write drafts; returns the keys of those that were not there."""
        if not rows:
            return set()
        drafts = [self.write_row(row).model_dump() for row in rows]
        statement = insert(Draft).values(drafts).on_conflict_do_nothing().returning(col(Draft.id))
        written = set((await session.exec(statement)).scalars())
        return {row.ref for row in rows if row.idea_id in written}

    def write_row(self, row: Row) -> Draft:
        """A draft of whoever imports, or of whoever reads the mail to its address, as if they had begun it."""
        theirs: dict[str, Any] = {"email": row.email, "name": row.name}
        if self.owns(row):
            theirs = {"account_id": self.owner.id}
        marked: dict[str, Any] = {"source": self.source, "source_ref": row.ref, "written_on": row.written_on}
        return new_draft(self.services.policy, row.words, row.organisation, id=row.idea_id, **theirs, **marked)

    async def invite_authors(self) -> int:
        """Write to each author once, however many of the ideas are theirs; returns how many are still to be told.

        Where mails are held back the rest is left for a later run: nobody is to be flooded, and nobody forgotten.
        """
        try:
            waiting = await self.keep_trying(partial(find_uninvited, self.services, self.source))
            for place, email in enumerate(waiting):
                if not await self.keep_trying(partial(invite_author, self.services, self.source, email)):
                    self.uninvited = len(waiting) - place
                    break
        except (ServicesAway, Stopped) as ended:
            self.away = ended if isinstance(ended, ServicesAway) else None
        return self.uninvited

    async def hand_in(self, rows: Iterable[Row]) -> None:
        """Hand in complete drafts, at most `in_flight` at a time."""
        queue = deque(rows)

        async def work() -> None:
            while queue and not self.stop.is_set() and self.away is None:
                row = queue.popleft()
                self.fates[await self.hand_in_one(row)] += 1
                self.on_handed_in(1)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.in_flight, len(queue))):
                group.create_task(work())
        self.fates[Fate.LEFT] += len(queue)

    async def hand_in_one(self, row: Row) -> Fate:
        began = time.monotonic()
        try:
            send = partial(send_draft, self.services, Holder(self.owner), self.owner, row.idea_id)
            return Fate.ALREADY if await self.keep_trying(send) is None else Fate.SUBMITTED
        except (DraftNotFound, DraftIncomplete):
            self.remark(row, "gone", "the draft was removed or given away meanwhile")
            return Fate.ALREADY
        except CommandRefused as refused:
            reason = f"not handed in: {refused.refusal.detail}"
            self.findings.append(Finding(row.line, Kind.REFUSED, f"refused_{refused.refusal.code}", reason))
            return Fate.REFUSED
        except Stopped:
            return Fate.LEFT
        except ServicesAway as away:
            if self._answered_at > began:
                self.remark(row, "not_started", "a draft still: the engine did not take it. Run the import again")
            else:
                self.away = away
            return Fate.LEFT
        except Exception as error:
            # Whatever it is, it is this row's: the others go on, and the next run tries it again.
            log.warning("not handed in", error=type(error).__name__, at=places_of(error))
            self.remark(row, "not_started", "a draft still: something went wrong. Run the import again")
            return Fate.LEFT

    async def keep_trying(self, action: Callable[[], Awaitable[T]]) -> T:
        """Repeat what can be repeated while a service is away. Raises ServicesAway or Stopped in the end."""
        began, pause = time.monotonic(), 0.25
        while True:
            if self.stop.is_set():
                raise Stopped
            try:
                result = await action()
            except Exception as error:
                if not isinstance(error, EngineAway | OnItsWay) and not is_unreachable(error):
                    raise
                if time.monotonic() - began + pause > self.patience:
                    raise ServicesAway(describe_away(error)) from error
            else:
                self._answered_at = time.monotonic()
                return result
            await self.rest(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def rest(self, seconds: float) -> None:
        """Wait, but not longer than until somebody asks to stop."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    def remark(self, row: Row, code: str, reason: str) -> None:
        self.findings.append(Finding(row.line, Kind.REMARK, code, reason))


async def find_existing(session: AsyncSession, source: str, rows: Sequence[Row]) -> dict[str, Existing]:
    """What is there of these rows already, by their key: ideas, and drafts."""
    refs = [row.ref for row in rows]
    # A key that is the id of an idea here: our own export, read where it was written.
    own = [ref for ref in refs if is_id(ref)]
    from_it = and_(col(Idea.source) == source, col(Idea.source_ref).in_(refs))
    ideas = (await session.exec(select(Idea).where(or_(from_it, col(Idea.id).in_(own)) if own else from_it))).all()
    of_source = select(Draft).where(Draft.source == source, col(Draft.source_ref).in_(refs))
    drafts = (await session.exec(of_source)).all()
    gone = {str(draft.source_ref): describe_draft(draft) for draft in drafts if draft.sent_at is not None}
    begun = {str(draft.source_ref): describe_draft(draft) for draft in drafts if draft.sent_at is None}
    written = {
        idea.id if idea.id in own else str(idea.source_ref): Existing(UnfinishedWords.model_construct(**words_of(idea)))
        for idea in ideas
    }
    return gone | written | begun


def describe_draft(draft: Draft) -> Existing:
    known = {name: value for name, value in draft.words.items() if name in UnfinishedWords.model_fields}
    is_left = draft.updated_at == draft.created_at and draft.waits_since is None and draft.sent_at is None
    words = UnfinishedWords.model_construct(**known)
    return Existing(words, draft.account_id if is_left else None, is_on_its_way=draft.idea_id is not None)


def is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


@dataclass
class Comparison:
    """What a dry run finds: how many rows are there already, and how many of those still wait to be handed in."""

    there: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)


async def compare(services: Services, source: str, rows: Sequence[Row]) -> Comparison:
    """What a run would find there."""
    found = Comparison()
    async with services.database.session() as session:
        for begin in range(0, len(rows), BATCH):
            batch = rows[begin : begin + BATCH]
            existing = await find_existing(session, source, batch)
            found.there += len(existing)
            found.waiting += sum(
                existing[row.ref].owner_id is not None and row.complete for row in batch if row.ref in existing
            )
            found.findings += [
                Finding(row.line, Kind.REMARK, *DIFFERS)
                for row in batch
                if row.ref in existing and existing[row.ref].differs_from(row)
            ]
    return found


async def find_uninvited(services: Services, source: str) -> Sequence[str]:
    """The addresses of authors who were not told yet."""
    statement = select(col(Draft.email)).where(*_is_uninvited(source)).distinct().order_by(col(Draft.email))
    async with services.database.reading() as session:
        return [email for email in (await session.exec(statement)).all() if email]


async def invite_author(services: Services, source: str, email: str) -> bool:
    """Write to an author of whatever is theirs; False where the mail is held back. Raises EngineAway."""
    now = utc_now()
    async with services.database.transaction() as session:
        those = select(Draft).where(Draft.email == email, *_is_uninvited(source)).with_for_update()
        drafts = (await session.exec(those.order_by(col(Draft.id)))).all()
        if not drafts:
            return True
        link = DraftLink(draft_id=drafts[0].id, expires_at=min(now + INVITED_FOR, drafts[0].expires_at))
        session.add(link)
        await session.flush()
        order = Order(SecretMailKind.IMPORTED, email, subject_id=link.id, language=drafts[0].language)
        mail = await write_secret_mail(session, services.signing_key, order)
        if is_held_back(mail):
            return False
        for draft in drafts:
            draft.invited_at = now
    with suppress(EngineAway):
        # Started later, see `api.use_cases.confirmation.start_late_secret_mails`.
        await start_secret_mail(services, mail)
    return True


def _is_untouched() -> tuple[ColumnElement[bool], ...]:
    return col(Draft.updated_at) == col(Draft.created_at), col(Draft.idea_id).is_(None)


def _is_uninvited(source: str) -> tuple[ColumnElement[bool], ...]:
    unsent = (col(Draft.sent_at).is_(None), col(Draft.idea_id).is_(None), col(Draft.waits_since).is_(None))
    return (col(Draft.source) == source, col(Draft.invited_at).is_(None), col(Draft.email).is_not(None), *unsent)


async def find_owner(session: AsyncSession, email: str | None) -> Account:
    """The account that the ideas shall belong to; without an e-mail the only lead. Raises ImportImpossible."""
    if email is not None:
        account = await find_by_address(session, email)
        if account is None:
            raise ImportImpossible(f'--owner: there is no account "{excerpt(email)}". Nothing was imported.')
        return account
    leads = (await session.exec(select(Account).where(has_role(Role.LEAD)).limit(2))).all()
    if len(leads) != 1:
        how_many = "no lead" if not leads else "more than one lead"
        raise ImportImpossible(f"--owner EMAIL is needed: whom shall the ideas belong to? There is {how_many}.")
    return leads[0]


async def ask_for_more(run: Run, rows: Sequence[Row]) -> bool:
    """One notice to the owner if drafts of a file lack a summary; the same file never causes a second one."""
    refs = sorted(row.ref for row in rows if run.owns(row) and not row.has_summary)
    if not refs:
        return False
    digest = hashlib.sha256(json.dumps([run.source, run.owner.id, refs]).encode()).hexdigest()
    notice = notice_values(None, f"import-{digest}", run.owner.id, NoticeKind.DRAFT_INCOMPLETE)
    await run.keep_trying(partial(leave_notice, run.services, notice))
    return True


async def leave_notice(services: Services, notice: Mapping[str, Any]) -> None:
    """Put a notice into its reader's inbox and knock. Raises EngineAway."""
    async with services.database.transaction() as session:
        handed_over = {**notice, "handed_over_at": datetime.now(UTC)}
        await session.exec(insert(NoticeRow).values(handed_over).on_conflict_do_nothing())
    await services.engine.knock(notice["account_id"])


def describe_away(error: Exception) -> str:
    if isinstance(error, EngineAway | OnItsWay):
        return "Temporal or its worker does not answer"
    return "PostgreSQL cannot be reached"
