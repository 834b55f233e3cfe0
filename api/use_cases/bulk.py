"""One step for many ideas: gather them, say what is wanted, look at what will happen to each, carry it out.

What will happen is told by the rules that decide it later, so a preview and its run differ only where an idea has moved
on in between; and what has moved on is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, select

from activities.bulk import NO_PLACE, command_id_of, step_of
from api.runtime.services import Services
from api.use_cases.errors import Conflict, Invalid, NotFound
from models.messages.commands import Actor, Refusal, RefusalCode
from models.messages.idea import IdeaState, Standing
from models.queries.bulk import BulkLine, BulkView, read_bulk
from models.queries.coaches import list_coaches
from models.rules.bulk import MOST_IDEAS, BulkStep, build_command, event_of
from models.rules.steps import IDEAS
from models.tables import BulkItem, BulkRun, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import BulkAction, Role

FIELDS: Mapping[BulkAction, tuple[str, ...]] = {
    BulkAction.REASSIGN: ("coach_id", "reason"),
    BulkAction.EXTEND: ("days", "reason"),
    BulkAction.PAUSE: ("until", "reason"),
    BulkAction.CLOSE: ("outcome", "reason"),
}
"""What is asked for each action. All but the coach has to be filled in."""


@dataclass(frozen=True)
class Wanted:
    """One idea that a run is prepared for, with a coach and words of its own where it has them."""

    idea_id: str
    coach_id: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Foreseen:
    """What will become of one idea: where it stands afterwards, or why it stays as it is."""

    line: BulkLine
    event: str
    after: Standing | None
    refusal: Refusal | None


async def prepare_bulk(services: Services, account_id: str, action: BulkAction, wanted: Sequence[Wanted]) -> str:
    """Write down which ideas it is about; returns the id of the run. Ideas that are not there are left out.

    Raises Invalid where there are none, or more than can be looked through.
    """
    if len(wanted) > MOST_IDEAS:
        raise Invalid("too_many", f"at most {MOST_IDEAS} ideas at once")
    async with services.database.transaction() as session:
        ids = [one.idea_id for one in wanted]
        known = select(StandingRow.case_id).where(col(StandingRow.case_id).in_(ids))
        found = set((await session.exec(known)).all())
        if not found:
            raise Invalid("none", "choose at least one idea")
        run = BulkRun(id=new_id(), created_by=account_id, action=action)
        session.add(run)
        await session.flush()
        unique = {one.idea_id: one for one in wanted if one.idea_id in found}
        for position, one in enumerate(unique.values()):
            item = BulkItem(run_id=run.id, idea_id=one.idea_id, position=position, coach_id=one.coach_id, note=one.note)
            session.add(item)
    return run.id


async def check_bulk(services: Services, account_id: str, run_id: str, fields: Mapping[str, Any], reason: str) -> None:
    """Keep what is wanted, and the versions of this moment: from now on only these are touched.

    Raises NotFound, Conflict.
    """
    async with services.database.transaction() as session:
        run = await session.get(BulkRun, run_id, with_for_update=True)
        run = _refuse_others(run, account_id)
        _refuse_started(run)
        run.fields, run.reason, run.checked_at = dict(fields), reason, utc_now()
        session.add(run)
        version = select(StandingRow.version).where(col(StandingRow.case_id) == col(BulkItem.idea_id))
        of_run = update(BulkItem).where(col(BulkItem.run_id) == run_id)
        await session.exec(of_run.values(expected_version=version.scalar_subquery()))


async def start_bulk(services: Services, account_id: str, run_id: str) -> None:
    """Carry out what was looked at; the same run again is one. Raises EngineAway, NotFound, Conflict."""
    async with services.database.transaction() as session:
        run = _refuse_others(await session.get(BulkRun, run_id, with_for_update=True), account_id)
        if run.checked_at is None:
            raise Conflict("look at what will happen first")
        run.started_at = run.started_at or utc_now()
        session.add(run)
    if run.finished_at is None:
        await services.engine.start_bulk(run_id)


async def drop_bulk(services: Services, account_id: str, run_id: str) -> None:
    """Let go of a run that was not carried out."""
    async with services.database.transaction() as session:
        run = _refuse_others(await session.get(BulkRun, run_id, with_for_update=True), account_id)
        _refuse_started(run)
        await session.exec(delete(BulkRun).where(col(BulkRun.id) == run_id))


async def see_bulk(services: Services, run_id: str) -> BulkView:
    """Raises NotFound."""
    async with services.database.reading() as session:
        view = await read_bulk(session, run_id)
    if view is None:
        raise NotFound
    return view


async def foresee_bulk(services: Services, view: BulkView) -> list[Foreseen]:
    """What will become of each idea, places of coaches included. Nothing is changed."""
    step, actor = step_of(view.run), Actor(role=Role.LEAD, account_id=view.run.created_by)
    free: dict[str, int] = {}
    if step.action is BulkAction.REASSIGN:
        async with services.database.reading() as session:
            coaches = await list_coaches(session, services.today())
        free = {
            one.id: one.free for one in coaches if not one.away_today and not _is_gone(one.left_on, services.today())
        }
    now = datetime.now(UTC)
    return [_foresee(services, step, line, actor, free, now) for line in view.lines]


def _foresee(
    services: Services, step: BulkStep, line: BulkLine, actor: Actor, free: dict[str, int], now: datetime
) -> Foreseen:
    standing = line.row.standing()
    if line.item.coach_id is not None:
        step = replace(step, coach_id=line.item.coach_id)
    event = event_of(step, standing)
    if standing.version == 0:
        return Foreseen(line, event, None, Refusal(code=RefusalCode.NOT_ALLOWED))
    idea = IdeaState(standing=standing.model_copy(deep=True), rulebook=services.rulebook())
    command = build_command(
        step,
        standing,
        actor,
        command_id=command_id_of(line.item.run_id, line.item.idea_id),
        note_id=line.item.run_id,
        expected_version=line.item.expected_version,
        rulebook=None,
    )
    refused = IDEAS.refusal(idea, command, now)
    if refused is None and step.coach_id is not None:
        refused = _take_place(step.coach_id, free)
    if refused is not None:
        return Foreseen(line, event, None, refused)
    IDEAS.take(idea, command, now)
    return Foreseen(line, event, idea.standing, None)


def _take_place(coach_id: str, free: dict[str, int]) -> Refusal | None:
    """One place less for the ideas that follow."""
    if free.get(coach_id, 0) <= 0:
        return NO_PLACE
    free[coach_id] -= 1
    return None


def _is_gone(left_on: date | None, today: date) -> bool:
    return left_on is not None and left_on <= today


def _refuse_others(run: BulkRun | None, account_id: str) -> BulkRun:
    """Others may look at a run, and only whoever prepared it goes on with it."""
    if run is None or run.created_by != account_id:
        raise NotFound
    return run


def _refuse_started(run: BulkRun) -> None:
    if run.started_at is not None:
        raise Conflict("it is being carried out already")
