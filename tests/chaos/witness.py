"""What is there when the trouble is over: waits until the town is at rest, and writes everything down."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import SQLModel, col, select
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from activities.ports.ideas import IdeaGone
from models import workflow_ids
from models.database import UNREACHABLE, Database
from models.messages.idea import IdeaState
from models.tables import (
    Account,
    AuditEntry,
    CoachProfile,
    MailRow,
    Note,
    NoticeRow,
    Offer,
    PersonChange,
    Place,
    SessionRow,
    StaffInvitation,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, MailState, Role
from models.workflow_ids import IDEA
from tests.chaos.checker import Beside, Evidence
from tests.chaos.fundraisers import Fundraisers
from tests.chaos.managers import Managers, StaffEvidence
from tests.chaos.neighbours import Neighbours
from tests.chaos.people import People
from tests.chaos.town import WORD, Town
from workflows.client import EngineAway, EngineClient
from workflows.worker import build_replayer

LOOK_EVERY = 0.5
AT_ONCE = 8
PATIENCE = 6
"""How often a workflow is asked that does not answer."""

Row = TypeVar("Row", bound=SQLModel)


class Witness:
    """Looks at the town past its links, so that it sees what is there."""

    def __init__(self, town: Town, database: Database, client: Client) -> None:
        self.town = town
        self.database = database
        self.client = client
        self.ideas = EngineClient(client)
        self.crowds: set[tuple[str, int]] = set()

    @classmethod
    async def arrive(cls, town: Town) -> "Witness":
        client = await Client.connect(town.temporal.address, data_converter=pydantic_data_converter)
        return cls(town, Database(town.postgres.url, pool_size=4), client)

    async def leave(self) -> None:
        await self.database.dispose()

    # -- during the trouble ----------------------------------------------------------------------------------

    async def watch_places(self) -> None:
        """Count the places of each coach again and again."""
        taken = (col(Place.reserved_until).is_(None)) | (col(Place.reserved_until) > func.now())
        counted = select(Place.coach_id, func.count()).where(taken).group_by(col(Place.coach_id))
        while True:
            try:
                async with asyncio.timeout(5), self.database.session() as session:
                    self.crowds |= {(coach_id, count) for coach_id, count in (await session.exec(counted)).all()}
            except (*UNREACHABLE, TimeoutError):
                pass
            await asyncio.sleep(LOOK_EVERY)

    # -- afterwards ------------------------------------------------------------------------------------------

    async def wait_for_rest(self, seconds: float, seconds_for_mails: float) -> float:
        """Until nothing moves any more, or time is up: the checker then tells what does. Returns how long it took.

        A mail whose worker was killed is taken up again after three minutes; not everybody waits for that.
        """
        began = time.monotonic()
        while (waited := time.monotonic() - began) < seconds:
            if await self._ideas_rest() and (waited > seconds_for_mails or await self._mails_rest()):
                break
            await asyncio.sleep(1)
        return time.monotonic() - began

    async def _mails_rest(self) -> bool:
        """Everything told and sent, except for mails whose next attempt is yet to come."""
        if any(row.handed_over_at is None or row.settled_at is None for row in await self._rows(NoticeRow)):
            return False
        now = utc_now()
        for mail in await self._rows(MailRow):
            waits = mail.next_attempt_at is not None and mail.next_attempt_at > now
            if mail.state == MailState.HANDING_OVER or (mail.state == MailState.WAITING and not waits):
                return False
        return True

    async def _ideas_rest(self) -> bool:
        """Everything recorded, and the inboxes told."""
        known, running = await self._states(), await self._running()
        for row in await self._rows(StandingRow, StandingRow.kind == IDEA):
            state = known.get(row.idea_id)
            if state is None:
                if row.version > 0:
                    return False
                continue
            is_open = state.standing.outcome is None
            if state.chores or state.undelivered or state.standing.version != row.version:
                return False
            if is_open != (workflow_ids.idea_workflow(row.idea_id) in running):
                return False
        return await self._others_rest(running)

    async def _others_rest(self, running: set[str]) -> bool:
        known = await self._beside()
        for row in await self._rows(StandingRow, StandingRow.kind != IDEA):
            state = known.get(row.workflow_id)
            if state is None or state.undelivered or getattr(state, "news", ()):
                return False
            if state.standing.version != row.version or (row.outcome is None) != (row.workflow_id in running):
                return False
        return True

    async def testify(self, people: People, *others: Fundraisers | Neighbours) -> Evidence:
        """Everything that the checker wants to know."""
        unreplayable, leaks = await self._examine_histories()
        return Evidence(
            at=datetime.now(UTC),
            calls=people.calls,
            replies=people.replies,
            reads=people.reads,
            doors_shut=self.town.doors_shut,
            timeline=await self._rows(TimelineEntry, TimelineEntry.kind == IDEA),
            shown=await self._rows(StandingRow, StandingRow.kind == IDEA),
            known=await self._states(),
            running=await self._running(),
            notices=await self._rows(NoticeRow),
            mails=[mail for mail in await self._rows(MailRow) if mail.secret_kind is None],
            arrived=await self._arrived(),
            places=await self._rows(Place),
            crowds=sorted(self.crowds),
            offers=await self._rows(Offer),
            coaches=await self._rows(CoachProfile),
            leads=self._leads(),
            notes={note.id: note.body for note in await self._rows(Note)},
            unreplayable=unreplayable,
            leaks=[*leaks, *self._read_logs()],
            deaths=self.town.deaths,
            beside=Beside(
                calls=[call for asked in others for call in asked.calls],
                timeline=await self._rows(TimelineEntry, TimelineEntry.kind != IDEA),
                shown=await self._rows(StandingRow, StandingRow.kind != IDEA),
                known=await self._beside(),
            ),
        )

    async def _rows(self, table: type[Row], *which: Any) -> list[Row]:
        async with self.database.session() as session:
            return list((await session.exec(select(table).where(*which))).all())

    async def _states(self) -> dict[str, IdeaState]:
        """What the workflow of each idea says, also of those that have ended."""
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(idea_id: str) -> IdeaState | None:
            async with places:
                for _ in range(PATIENCE):
                    try:
                        return await self.ideas.state(idea_id)
                    except IdeaGone:
                        return None
                    except EngineAway:
                        continue
                return None

        ids = [row.idea_id for row in await self._rows(StandingRow, StandingRow.kind == IDEA)]
        states = await asyncio.gather(*(ask(idea_id) for idea_id in ids))
        return {idea_id: state for idea_id, state in zip(ids, states, strict=True) if state is not None}

    async def _beside(self) -> dict[str, Any]:
        """What the workflow of each case beside an idea says, also of those that have ended."""
        found = {}
        for row in await self._rows(StandingRow, StandingRow.kind != IDEA):
            for _ in range(PATIENCE):
                with contextlib.suppress(IdeaGone, EngineAway):
                    found[row.workflow_id] = await self.ideas.case_state(row.workflow_id)
                    break
        return found

    async def _running(self) -> set[str]:
        return {run.id async for run in self.client.list_workflows("ExecutionStatus = 'Running'")}

    async def testify_of_staff(self, managers: Managers) -> StaffEvidence:
        """Who works here, and how they came to be what they are."""
        everybody = (*self.town.people, *self.town.clerks)
        audit = await self._rows(AuditEntry)
        return StaffEvidence(
            first={person.id: frozenset({str(person.role)}) for person in everybody},
            accounts=await self._rows(Account),
            changes=await self._rows(PersonChange),
            audit=[entry for entry in audit if entry.event == AuditEvent.PERSON_CHANGED],
            sessions=await self._rows(SessionRow),
            invitations=await self._rows(StaffInvitation),
            done=managers.done,
            strange=managers.strange,
        )

    async def _arrived(self) -> list[str]:
        """The mails of notices."""
        secret = {mail.id for mail in await self._rows(MailRow) if mail.secret_kind is not None}
        ids = [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.town.sink.mails]
        return [its_id for its_id in ids if its_id not in secret]

    def _leads(self) -> dict[str, Sequence[str]]:
        return {lead.office: [lead.id] for lead in self.town.those_who_are(Role.LEAD)}

    # -- histories and logs ----------------------------------------------------------------------------------

    async def _examine_histories(self) -> tuple[dict[str, str], list[str]]:
        """Replay every run that the server knows, and look for people's words in it."""
        unreplayable, leaks, histories = {}, [], []
        async for run in self.client.list_workflows():
            handle = self.client.get_workflow_handle(run.id, run_id=run.run_id)
            try:
                history = await handle.fetch_history()
            except RPCError as error:
                unreplayable[f"{run.id} {run.run_id}"] = f"cannot be read: {error.status.name}"
                continue
            if run.status is WorkflowExecutionStatus.FAILED:
                unreplayable[f"{run.id} {run.run_id}"] = "has failed"
            histories.append(history)
            if holds_words(history):
                leaks.append(f"history of {run.id}")
        self.replayed = len(histories)
        return unreplayable | await replay(histories), leaks

    def _read_logs(self) -> list[str]:
        words = re.compile(WORD, re.IGNORECASE)
        return [
            f"{log.name}: {line[:120]}"
            for log in sorted(self.town.logs.glob("w*.log*"))
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
            if words.search(line)
        ]


async def replay(histories: Sequence[WorkflowHistory]) -> dict[str, str]:
    """Those that do not replay, and why. All with one replayer, since each prepares every workflow, for a second."""

    async def one_by_one() -> AsyncIterator[WorkflowHistory]:
        for history in histories:
            yield history

    replayed = await build_replayer().replay_workflows(one_by_one(), raise_on_replay_failure=False)
    ids = {history.run_id: history.workflow_id for history in histories}
    return {
        f"{ids[run_id]} {run_id}": f"{type(failure).__name__}: {failure}"[:300]
        for run_id, failure in replayed.replay_failures.items()
    }


def holds_words(history: WorkflowHistory) -> bool:
    """Whether people's words are in what the server keeps. As bytes, since its JSON would hide them in base64."""
    return any(WORD.encode() in event.SerializeToString() for event in history.events)
