"""Letting go of what has had its time: drafts go, ended cases name nobody any more, copies of mails go."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import structlog
from sqlalchemy import ColumnElement, Text, cast, delete, func, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlmodel import and_, col, not_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.audit import write_audit
from activities.notice_courier import UNDER_WAY
from activities.ports.ideas import Cases
from activities.upkeep.account_activity import is_in_use
from activities.upkeep.anonymise import change, delete_unbegun, erase_person, forget_words
from activities.upkeep.batches import in_batches
from activities.upkeep.close_cases import CannotErase, end_open_cases, find_evidence, find_unfinished
from activities.upkeep.contributions import let_contributions_go
from models.database import Database
from models.lifecycles.events import CHANGE_OWNER
from models.messages.upkeep import ErasureCounts, RetentionCounts, RetentionRequest
from models.policy import Policy
from models.tables import (
    Account,
    AddressChange,
    Attachment,
    AuditEntry,
    BulkRun,
    Challenge,
    CommandTry,
    Draft,
    DraftLink,
    DriftRun,
    Feedback,
    Idea,
    ImportRun,
    Invitation,
    KeptForm,
    MailboxMessage,
    MailRow,
    Note,
    NoticeRow,
    Offer,
    OwnerRequest,
    RateCount,
    RetentionRun,
    SavedView,
    SessionLogRow,
    SessionRow,
    SetUpLink,
    SignIn,
    StaffInvitation,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import utc_now
from models.vocabulary import AttachedTo, AuditEvent, Outcome

log = structlog.get_logger()

BATCH = 50

PREPARED_FOR = timedelta(days=7)
"""How long a step for many ideas may wait to be carried out, and what was deleted to be brought back."""

LEFT_OVER_FOR = timedelta(days=30)
"""How long what was stored for a command waits for it: one that was taken is recorded long before."""

LATELY = timedelta(days=3)
"""Nights of which one must have passed in work before anything is taken for left over."""

INVITATIONS_KEPT_FOR = timedelta(days=30)
"""After their time is over: so long the owner sees what became of them, and can ask again."""

NOBODY = str(uuid5(NAMESPACE_URL, "ideenweg/nobody"))
"""Owns the ideas that belong to nobody any more."""

Progress = Callable[[RetentionCounts], None]
Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens a transaction for a batch. A dry run has one for everything, and takes it back."""


class Retention:
    """Carries out the periods of `pipeline.toml`. Every batch is a transaction with its counts, so it can go on."""

    def __init__(self, database: Database, cases: Cases, policy: Policy) -> None:
        self._database = database
        self._cases = cases
        self._policy = policy
        self._rules = policy.retention

    async def run(
        self, request: RetentionRequest, now: datetime, progress: Progress = lambda _counts: None
    ) -> RetentionCounts:
        """Do what is due at `now`, or do it and take it back. Going on with the same request counts on."""
        counts = await self._open_report(request, now)
        today = now.astimezone(self._policy.zone).date()
        if request.dry_run:
            async with self._database.session() as trial:
                counts.erasures_completed = len(await find_unfinished(trial))
                await self._let_all_go(request, counts, today, lambda: nullcontext(trial), progress)
                await trial.rollback()
        else:
            await self._complete_erasures(request, counts)
            await self._let_all_go(request, counts, today, self._database.transaction, progress)
        await self._close_report(request, counts)
        return counts

    async def _let_all_go(
        self, request: RetentionRequest, counts: RetentionCounts, today: date, begin: Begin, progress: Progress
    ) -> None:
        for find, let_go in (
            (self._find_drafts, self._delete_drafts),
            (self._find_ended, self._pseudonymise),
            (self._find_accounts, partial(self._erase_accounts, today=today)),
        ):
            async with begin() as session:
                ids = await find(session, today)
            for batch in in_batches(ids, BATCH):
                async with begin() as session:
                    await let_go(session, batch, counts)
                    await self._keep(session, request, counts)
                progress(counts)
        async with begin() as session:
            await self._delete_old(session, today, counts)
            await self._keep(session, request, counts)

    # -- what is due -----------------------------------------------------------------------------------------

    async def _find_drafts(self, session: AsyncSession, today: date) -> list[str]:
        """Nobody has gone on with them, and whoever can be reached was warned; or who wrote it has not confirmed."""
        reached = or_(col(Draft.email).is_not(None), col(Draft.account_id).is_not(None))
        waits = col(Draft.waits_since).is_not(None)
        is_known = (reached, ~waits, col(Draft.sent_at).is_(None), col(Draft.idea_id).is_(None))
        was_warned = or_(not_(and_(*is_known)), col(Draft.warned_at).is_not(None))
        drafts = select(Draft.id).where(col(Draft.expires_at) < self._start_of(today), was_warned)
        return sorted((await session.exec(drafts)).all())

    async def _find_ended(self, session: AsyncSession, today: date) -> list[str]:
        """Their time after the end is over, and they are no evidence any more."""
        ended_at, completed = col(StandingRow.ended_at), col(StandingRow.outcome) == Outcome.COMPLETED
        years_ago = self._start_of(months_before(today, 12 * self._rules.completed_years))
        months_ago = self._start_of(months_before(today, self._rules.ended_months))
        ended = (
            select(Idea.id)
            .join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
            .where(
                col(Idea.erased_at).is_(None),
                col(StandingRow.outcome).is_not(None),
                or_(and_(completed, ended_at < years_ago), and_(not_(completed), ended_at < months_ago)),
            )
        )
        found = set((await session.exec(ended)).all())
        if self._rules.evidence_until is not None and today <= self._rules.evidence_until:
            found -= set(await find_evidence(session, col(StandingRow.case_id).in_(found)))
        return sorted(found)

    async def _find_accounts(self, session: AsyncSession, today: date) -> list[str]:
        """Nothing needs their address any more."""
        return sorted((await session.exec(select(Account.id).where(*self._is_unused(today)))).all())

    def _is_unused(self, today: date) -> tuple[ColumnElement[bool], ...]:
        since = self._start_of(months_before(today, self._rules.ended_months))
        return col(Account.erased_at).is_(None), ~is_in_use(since)

    # -- letting go ------------------------------------------------------------------------------------------

    async def _delete_drafts(self, session: AsyncSession, ids: Sequence[str], counts: RetentionCounts) -> None:
        # One that was resumed a moment ago stays.
        over = (col(Draft.id).in_(ids), col(Draft.expires_at) < utc_now())
        ideas = (await session.exec(select(Draft.idea_id).where(*over, col(Draft.sent_at).is_(None)))).all()
        counts.drafts_deleted += await change(session, delete(Draft).where(*over))
        await delete_unbegun(session, col(Idea.id).in_(ideas))

    async def _pseudonymise(self, session: AsyncSession, ids: Sequence[str], counts: RetentionCounts) -> None:
        await cut_owners(session, ids)
        words = ErasureCounts()
        await forget_words(session, ids, words)
        counts.ideas_pseudonymised += words.ideas

    async def _erase_accounts(
        self, session: AsyncSession, ids: Sequence[str], counts: RetentionCounts, today: date
    ) -> None:
        for account_id in ids:
            # Whoever has come meanwhile stays: looked at again where nobody can begin anything any more.
            await session.exec(select(Account.id).where(Account.id == account_id).with_for_update())
            unused = select(Account).where(Account.id == account_id, *self._is_unused(today))
            account = (await session.exec(unused)).one_or_none()
            if account is not None:
                _, places = await erase_person(session, account)
                await write_audit(session, AuditEvent.ERASURE, subject_id=account_id, places=len(places))
                counts.accounts_erased += 1
                counts.places += places

    async def _delete_old(self, session: AsyncSession, today: date, counts: RetentionCounts) -> None:
        mails = self._start_of(today - timedelta(days=self._rules.mail_days))
        reports = self._start_of(today - timedelta(days=self._rules.report_days))
        boxed = delete(MailboxMessage).where(col(MailboxMessage.sent_at) < mails)
        counts.mails_deleted += await change(session, boxed)
        done = col(MailRow.state).not_in(UNDER_WAY)
        await change(session, delete(MailRow).where(done, col(MailRow.changed_at) < mails))
        audited = self._start_of(today - timedelta(days=self._rules.audit_days))
        await change(session, delete(AuditEntry).where(col(AuditEntry.at) < audited))
        answered = self._start_of(today - timedelta(days=self._policy.feedback.keep_days))
        await change(session, delete(Feedback).where(col(Feedback.answered_at) < answered))
        gone = self._start_of(today - timedelta(days=self._rules.contribution_days))
        await let_contributions_go(session, self._start_of(today), gone)
        for table in (SignIn, Challenge, SessionRow, DraftLink, AddressChange, SetUpLink, KeptForm):
            await change(session, delete(table).where(col(table.expires_at) < self._start_of(today)))
        # How many went to an address is counted over a day, also over midnight.
        counted, over = self._start_of(today - timedelta(days=1)), col(MailRow.expires_at) < self._start_of(today)
        await change(session, delete(MailRow).where(over, col(MailRow.created_at) < counted))
        await change(session, delete(RateCount).where(col(RateCount.window) < self._start_of(today)))
        # With what was asked goes the line of who asked: whoever has come has it in their own history.
        for asked in (Invitation, OwnerRequest, StaffInvitation):
            over = col(asked.expires_at) < self._start_of(today - INVITATIONS_KEPT_FOR)
            await change(session, delete(asked).where(over))
        # Whoever was erased is told nothing any more, also not of what came after.
        erased = select(Account.id).where(col(Account.erased_at).is_not(None))
        await change(session, delete(NoticeRow).where(col(NoticeRow.account_id).in_(erased)))
        # What was prepared and never carried out has words in it; what was carried out is kept as long as reports.
        lately = self._start_of(today - PREPARED_FOR)
        never = and_(col(BulkRun.started_at).is_(None), col(BulkRun.created_at) < lately)
        await change(session, delete(BulkRun).where(or_(never, col(BulkRun.created_at) < reports)))
        await forget_imports(session, self._start_of(today - timedelta(days=1)), reports)
        await change(session, delete(SavedView).where(col(SavedView.deleted_at) < lately))
        await change(session, delete(SessionLogRow).where(col(SessionLogRow.removed_at) < lately))
        if await self._ran_lately(session, today):
            await delete_left_over(session, self._start_of(today - LEFT_OVER_FOR))
        for runs in (DriftRun, RetentionRun):
            counts.reports_deleted += await change(session, delete(runs).where(col(runs.started_at) < reports))

    async def _ran_lately(self, session: AsyncSession, today: date) -> bool:
        """After a long standstill, or from a backup, steps that were taken long ago are recorded only now."""
        begun = col(RetentionRun.started_at)
        lately = select(RetentionRun.id).where(
            begun >= self._start_of(today - LATELY),
            begun < self._start_of(today),
            col(RetentionRun.finished_at).is_not(None),
            col(RetentionRun.dry_run).is_(False),
        )
        return (await session.exec(lately.limit(1))).first() is not None

    async def _complete_erasures(self, request: RetentionRequest, counts: RetentionCounts) -> None:
        """Cases of erased people that a restored backup has brought back come to their end."""
        async with self._database.session() as session:
            unfinished = await find_unfinished(session)
        for account_id in unfinished:
            try:
                await end_open_cases(self._database, self._cases, account_id)
            except CannotErase:
                log.warning("erasure not completed")
                continue
            counts.erasures_completed += 1
            async with self._database.transaction() as session:
                await self._keep(session, request, counts)

    # -- the report ------------------------------------------------------------------------------------------

    async def _open_report(self, request: RetentionRequest, now: datetime) -> RetentionCounts:
        values = {"id": request.run_id, "started_at": now, "dry_run": request.dry_run, "counts": {}, "places": []}
        async with self._database.transaction() as session:
            await session.exec(insert(RetentionRun).values(values).on_conflict_do_nothing())
            row = await session.get_one(RetentionRun, request.run_id)
            return RetentionCounts.model_validate({**row.counts, "places": row.places})

    async def _keep(self, session: AsyncSession, request: RetentionRequest, counts: RetentionCounts) -> None:
        run = update(RetentionRun).where(col(RetentionRun.id) == request.run_id)
        await session.exec(run.values(**_report_of(counts)))

    async def _close_report(self, request: RetentionRequest, counts: RetentionCounts) -> None:
        run = update(RetentionRun).where(col(RetentionRun.id) == request.run_id)
        async with self._database.transaction() as session:
            await session.exec(run.values(**_report_of(counts), finished_at=utc_now()))

    def _start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self._policy.zone)


def _report_of(counts: RetentionCounts) -> dict[str, Any]:
    return {"counts": counts.model_dump(), "places": [place.model_dump() for place in counts.places]}


async def forget_imports(session: AsyncSession, yesterday: datetime, reports: datetime) -> None:
    """Files that were sent hold whatever their sender had: they go, with what is said of their rows, after a day."""
    held = or_(col(ImportRun.content).is_not(None), col(ImportRun.report).is_not(None))
    over = update(ImportRun).where(col(ImportRun.created_at) < yesterday, held)
    await change(session, over.values(content=None, report=None))
    await change(session, delete(ImportRun).where(col(ImportRun.created_at) < reports))


async def delete_left_over(session: AsyncSession, before: datetime) -> None:
    """What was stored for commands of which nobody has heard again, and who counted on it."""
    said = [select(told).where(col(told.note_id) == col(Note.id)) for told in (TimelineEntry, Offer)]
    unsaid = [~words.exists() for words in said]
    await change(session, delete(Note).where(col(Note.created_at) < before, *unsaid))
    words = select(Note.id).where(col(Note.id) == col(Attachment.of_id)).exists()
    lost = (col(Attachment.created_at) < before, col(Attachment.of_kind) == AttachedTo.MESSAGE, ~words)
    await change(session, delete(Attachment).where(*lost))
    await change(session, delete(CommandTry).where(col(CommandTry.begun_at) < before))


async def cut_owners(session: AsyncSession, idea_ids: Sequence[str]) -> None:
    """Ended ideas belong to nobody any more: no row of theirs leads to the account that had them, or to their team."""
    nobody = {"id": NOBODY, "email": "nobody@erased.invalid", "name": "", "language": "de", "roles": [], "demo": False}
    stamped = {**nobody, "created_at": utc_now(), "erased_at": utc_now()}
    await session.exec(insert(Account).values(stamped).on_conflict_do_nothing())
    for idea_id, owner_id in await _find_owners(session, idea_ids):
        for table in (StandingRow, TimelineEntry):
            text = cast(col(table.snapshot), Text)
            without = cast(func.replace(text, owner_id, NOBODY), JSONB)
            where = (col(table.idea_id) == idea_id, text.contains(owner_id))
            await session.exec(update(table).where(*where).values(snapshot=without))
        mine = (col(TimelineEntry.idea_id) == idea_id, col(TimelineEntry.actor_id) == owner_id)
        await session.exec(update(TimelineEntry).where(*mine).values(actor_id=None))
        held = (col(TimelineEntry.idea_id) == idea_id, col(TimelineEntry.holder_id) == owner_id)
        await session.exec(update(TimelineEntry).where(*held).values(holder_id=None))
        told = (col(NoticeRow.idea_id) == idea_id, col(NoticeRow.account_id) == owner_id)
        await session.exec(delete(NoticeRow).where(*told))
    await _cut_teams(session, idea_ids)
    await session.exec(update(StandingRow).where(col(StandingRow.idea_id).in_(idea_ids)).values(owner_id=NOBODY))
    await session.exec(update(Idea).where(col(Idea.id).in_(idea_ids)).values(owner_id=NOBODY))


async def _find_owners(session: AsyncSession, idea_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Ideas with whoever has them, and whoever had them before."""
    owners = select(Idea.id, Idea.owner_id).where(col(Idea.id).in_(idea_ids))
    former = TimelineEntry.facts["former"].astext
    changed = (col(TimelineEntry.case_id).in_(idea_ids), col(TimelineEntry.event) == CHANGE_OWNER)
    formers = select(TimelineEntry.case_id, former).where(*changed, former.is_not(None))
    return {*(await session.exec(owners)).all(), *(await session.exec(formers)).all()}


async def _cut_teams(session: AsyncSession, idea_ids: Sequence[str]) -> None:
    """Who was in their teams stands in what happened, beside what they did, and in each standing since."""
    facts: Any = col(TimelineEntry.facts)
    of_ideas, names_one = col(TimelineEntry.case_id).in_(idea_ids), facts.has_key("member")
    members = set((await session.exec(select(facts["member"].astext).where(of_ideas, names_one))).all())
    if not members:
        return
    acted = update(TimelineEntry).where(of_ideas, col(TimelineEntry.actor_id).in_(members))
    await session.exec(acted.values(actor_id=None))
    nameless = facts.op("-", return_type=JSONB)(cast(["member", "former"], ARRAY(Text)))
    await session.exec(update(TimelineEntry).where(of_ideas, names_one).values(facts=nameless))
    for table in (TimelineEntry, StandingRow):
        snapshot: Any = col(table.snapshot)
        without = func.jsonb_set(snapshot, cast(["team"], ARRAY(Text)), cast({}, JSONB))
        theirs = update(table).where(col(table.idea_id).in_(idea_ids), snapshot.has_key("team"))
        await session.exec(theirs.values(snapshot=without))
    await session.exec(update(StandingRow).where(col(StandingRow.case_id).in_(idea_ids)).values(team={}))


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month.

    >>> months_before(date(2026, 3, 31), 1)
    datetime.date(2026, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
