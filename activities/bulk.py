"""One step for many cases, one after the other, each an ordinary command of the lead who asked for it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import delete, func, update
from sqlmodel import col, select
from temporalio import activity

from activities.coaching import give_back_place, take_place
from activities.command_attempts import begin_attempt, find_entry, is_last_attempt
from activities.heartbeat import heartbeats
from activities.notice_courier import NoticeCourier
from activities.polling import wait_until
from activities.ports.engine import NoAnswer
from activities.ports.ideas import Cases, CommandRefused, IdeaGone
from activities.ports.inboxes import Inboxes
from activities.record import write_answer
from activities.signatures import InBulk
from activities.upkeep.batches import in_batches
from models.database import Database
from models.messages.commands import Actor, CaseCommand, Command, Refusal, RefusalCode
from models.messages.rulebook import Rulebook
from models.policy import Policy
from models.rules.bulk import BulkStep, build_command, refuse_unasked
from models.tables import Account, BulkItem, BulkRun, Note, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import BulkAction, BulkStatus, Outcome, Role

AT_ONCE = 4
SHOWN_WITHIN_SECONDS = 10.0
"""How long a run waits for what it has done to be recorded. After that it is done, and not shown yet."""

MOST_SILENT = 8
"""After so many cases without an answer it is the engine that is away, and not these cases."""

LAST_ATTEMPT = 20
"""From then on, about ten minutes, a case that does not answer is told as such and left alone."""

SILENT = "engine_away"
"""Why a case was left alone: nobody answered for it."""


NO_PLACE = Refusal(
    code=RefusalCode.INVALID, field="coach_id", detail="this coach does not exist, is away, or has no free place"
)


class Unanswered(Exception):
    """Some cases did not answer: they are asked again, by the next attempt."""


@dataclass(frozen=True)
class Order:
    """A run as it is carried out: what is asked, and who asks."""

    run_id: str
    step: BulkStep
    reason: str
    actor: Actor
    is_lead: bool
    rulebook: Callable[[str], Rulebook]
    """Kind of case → the rules of now."""


class BulkActivities(InBulk):
    """`carry_out_bulk` on PostgreSQL and the running workflows."""

    def __init__(self, database: Database, cases: Cases, inboxes: Inboxes, policy: Policy) -> None:
        self._database = database
        self._cases = cases
        self._courier = NoticeCourier(database, inboxes)
        self._policy = policy

    @activity.defn(name="carry_out_bulk")
    async def carry_out_bulk(self, run_id: str) -> int:
        order, waiting = await self._read(run_id)
        async with heartbeats():
            silent = await self._ask_all(order, waiting)
        if silent and not self._gives_up():
            raise Unanswered(f"{silent} cases did not answer")
        await wait_until(partial(self._is_shown, run_id), SHOWN_WITHIN_SECONDS)
        return await self._finish(run_id)

    async def _ask_all(self, order: Order, waiting: Sequence[BulkItem]) -> int:
        """Returns how many did not answer."""
        silent = 0
        for batch in in_batches(waiting, AT_ONCE):
            answered = await asyncio.gather(*(self._ask(order, item) for item in batch))
            silent += answered.count(False)
            if silent >= MOST_SILENT and not self._gives_up():
                break
        return silent

    def _gives_up(self) -> bool:
        return activity.info().attempt >= LAST_ATTEMPT

    async def _read(self, run_id: str) -> tuple[Order, Sequence[BulkItem]]:
        """The order, and the cases that were not asked yet."""
        async with self._database.reading() as session:
            run = await session.get_one(BulkRun, run_id)
            account = await session.get(Account, run.created_by) if run.created_by else None
            items = select(BulkItem).where(BulkItem.run_id == run_id, BulkItem.status == BulkStatus.WAITING)
            waiting = (await session.exec(items.order_by(col(BulkItem.position)))).all()
        actor = Actor(role=Role.LEAD, account_id=run.created_by)
        is_lead = account is not None and Role.LEAD in account.roles
        rulebook = cache(partial(self._policy.rulebook, self._today()))
        return Order(run_id, step_of(run), run.reason, actor, is_lead, rulebook), waiting

    async def _ask(self, order: Order, item: BulkItem) -> bool:
        """Ask one case and write down what it said. False where nobody answered."""
        async with self._database.reading() as session:
            row = await session.get_one(StandingRow, item.case_id)
            idea = await session.get_one(StandingRow, item.idea_id)
            earlier = await find_entry(session, item.case_id, command_id_of(order.run_id, item.case_id))
        if earlier is not None:
            await self._note(item, BulkStatus.DONE, earlier.event, version=earlier.version)
            return True
        standing = row.read() if row.snapshot is not None else None
        why_not = refuse_unasked(order.step, standing, idea, order.actor.account_id)
        if not order.is_lead:
            why_not = Refusal(code=RefusalCode.FORBIDDEN)
        if why_not is not None:
            await self._note(item, BulkStatus.REFUSED, None, why_not.code, why_not.field)
            return True
        command = build(order, item, row)
        try:
            version = await self._send(item, row.workflow_id, command, item.note or order.reason)
        except CommandRefused as refused:
            await self._note(item, BulkStatus.REFUSED, command.event, refused.refusal.code, refused.refusal.field)
        except IdeaGone:
            why = str(RefusalCode.NOT_ALLOWED) if row.outcome is not None else SILENT
            await self._note(item, BulkStatus.REFUSED, command.event, why)
        except NoAnswer:
            if not self._gives_up():
                return False
            await self._note(item, BulkStatus.REFUSED, command.event, SILENT)
        else:
            await self._note(item, BulkStatus.DONE, command.event, version=version)
        return True

    async def _send(self, item: BulkItem, workflow_id: str, command: CaseCommand, words: str) -> int:
        """Words and place first, then the command. Raises CommandRefused, IdeaGone, NoAnswer."""
        reservation, coach_id = None, command.coach_id if isinstance(command, Command) else None
        async with self._database.transaction() as session:
            note = note_of(item.idea_id, command, words) if command.note_id is not None else None
            await begin_attempt(session, command.id, workflow_id, note)
            if coach_id is not None:
                reservation = await take_place(session, item.idea_id, coach_id, self._today())
        if coach_id is not None and reservation is None:
            await self._forget(command)
            raise CommandRefused(NO_PLACE)
        try:
            taken = await self._cases.case_command(workflow_id, command)
        except (CommandRefused, IdeaGone):
            await self._forget(command)
            if reservation is not None and coach_id is not None:
                async with self._database.transaction() as session:
                    await give_back_place(session, item.idea_id, coach_id, reservation)
            raise
        if await write_answer(self._database, taken):
            self._courier.tell_soon(item.idea_id)
        return taken.version

    async def _forget(self, command: CaseCommand) -> None:
        """The words of a refused step are not kept."""
        async with self._database.transaction() as session:
            if await is_last_attempt(session, command.id) and command.note_id is not None:
                await session.exec(delete(Note).where(col(Note.id) == command.note_id))

    async def _note(
        self,
        item: BulkItem,
        status: BulkStatus,
        event: str | None,
        code: str | None = None,
        field: str | None = None,
        version: int | None = None,
    ) -> None:
        said = {"status": status, "event": event, "code": code, "field": field, "version": version, "at": utc_now()}
        same = (col(BulkItem.run_id) == item.run_id, col(BulkItem.case_id) == item.case_id)
        async with self._database.transaction() as session:
            await session.exec(update(BulkItem).where(*same).values(**said))

    async def _is_shown(self, run_id: str) -> bool:
        """Whether whoever reads now that a run is done finds it done in the lists too."""
        done = select(BulkItem.case_id).where(BulkItem.run_id == run_id, BulkItem.status == BulkStatus.DONE)
        behind = done.join(StandingRow, col(StandingRow.case_id) == col(BulkItem.case_id)).where(
            col(StandingRow.version) < col(BulkItem.version)
        )
        async with self._database.reading() as session:
            return (await session.exec(behind.limit(1))).first() is None

    async def _finish(self, run_id: str) -> int:
        """The end of a run, and of its words: each case has them as a note of its own."""
        async with self._database.transaction() as session:
            of_run = col(BulkItem.run_id) == run_id
            await session.exec(update(BulkItem).where(of_run).values(note=""))
            ended = update(BulkRun).where(col(BulkRun.id) == run_id, col(BulkRun.finished_at).is_(None))
            await session.exec(ended.values(reason="", finished_at=utc_now()))
            done = select(func.count()).where(of_run, BulkItem.status == BulkStatus.DONE)
            return (await session.exec(done)).one()

    def _today(self) -> date:
        return utc_now().astimezone(self._policy.zone).date()


def step_of(run: BulkRun) -> BulkStep:
    """What a run asks, out of its row."""
    fields = run.fields
    return BulkStep(
        action=BulkAction(run.action),
        days=fields.get("days"),
        until=date.fromisoformat(fields["until"]) if fields.get("until") else None,
        coach_id=fields.get("coach_id"),
        outcome=Outcome(fields["outcome"]) if fields.get("outcome") else None,
        partner=fields.get("partner") or None,
    )


def command_id_of(run_id: str, case_id: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"bulk/{run_id}/{case_id}"))


def build(order: Order, item: BulkItem, row: StandingRow) -> CaseCommand:
    step = replace(order.step, coach_id=item.coach_id) if item.coach_id else order.step
    command_id, rulebook = command_id_of(order.run_id, item.case_id), order.rulebook(row.kind)
    return build_command(
        step,
        row.read(),
        order.actor,
        command_id=command_id,
        note_id=str(uuid5(NAMESPACE_URL, f"note/{command_id}")) if item.note or order.reason else None,
        expected_version=item.expected_version,
        rulebook=rulebook if rulebook.digest != row.rulebook_digest else None,
    ).model_copy(update={"searched_to": row.version, "asker_records": True})


def note_of(idea_id: str, command: CaseCommand, words: str) -> dict[str, Any]:
    """The words of a step, as a row."""
    return {
        "id": command.note_id,
        "idea_id": idea_id,
        "author_id": command.actor.account_id,
        "event": command.event,
        "internal": False,
        "body": words,
    }
