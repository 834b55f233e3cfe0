"""One step for many cases: gather them, say what is wanted, look at what will happen to each, carry it out.

What will happen is told by the rules that decide it later, so a preview and its run differ only where a case has moved
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
from models.messages.cases import CaseStanding
from models.messages.commands import Actor, Refusal
from models.queries.bulk import BulkLine, BulkView, read_bulk
from models.queries.coaches import list_coaches
from models.rules.bulk import MOST_CASES, BulkStep, build_command, refuse_unasked
from models.tables import BulkItem, BulkRun, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import BulkAction, Role
from workflows.kinds import KINDS

FIELDS: Mapping[BulkAction, tuple[str, ...]] = {
    BulkAction.REASSIGN: ("coach_id", "reason"),
    BulkAction.EXTEND: ("days", "reason"),
    BulkAction.PAUSE: ("until", "reason"),
    BulkAction.CLOSE: ("outcome", "reason"),
    BulkAction.SHORTLIST: ("reason",),
    BulkAction.REFER: ("partner", "reason"),
    BulkAction.DECLINE: ("partner", "reason"),
}
"""What is asked for each action."""

OPTIONAL = ("coach_id", "partner")
"""Nothing says something as well: a search for a coach; nobody in particular."""

SPEAKS_FOR_ITSELF = (BulkAction.SHORTLIST, BulkAction.REFER)
"""What people are told in any case: words of one's own beside it are welcome and not needed."""


@dataclass(frozen=True)
class Wanted:
    """One case that a run is prepared for, with a coach and words of its own where it has them."""

    case_id: str
    coach_id: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Foreseen:
    """What will become of one case: where it stands afterwards, or why it stays as it is."""

    line: BulkLine
    refusal: Refusal | None = None
    event: str = ""
    after: CaseStanding | None = None


async def prepare_bulk(services: Services, account_id: str, action: BulkAction, wanted: Sequence[Wanted]) -> str:
    """Write down which cases it is about; returns the id of the run. Those that are not there are left out.

    Raises Invalid where there are none, or more than can be looked through.
    """
    if len(wanted) > MOST_CASES:
        raise Invalid("too_many", f"at most {MOST_CASES} cases at once")
    async with services.database.transaction() as session:
        ids = [one.case_id for one in wanted]
        known = select(StandingRow.case_id, StandingRow.idea_id).where(col(StandingRow.case_id).in_(ids))
        ideas = dict((await session.exec(known)).all())
        if not ideas:
            raise Invalid("none", "choose at least one case")
        run = BulkRun(id=new_id(), created_by=account_id, action=action)
        session.add(run)
        await session.flush()
        unique = {one.case_id: one for one in wanted if one.case_id in ideas}
        for position, (case_id, one) in enumerate(unique.items()):
            item = BulkItem(run_id=run.id, case_id=case_id, idea_id=ideas[case_id], position=position)
            item.coach_id, item.note = one.coach_id, one.note
            session.add(item)
    return run.id


async def check_bulk(
    services: Services,
    account_id: str,
    run_id: str,
    fields: Mapping[str, Any],
    reason: str,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Keep what is wanted, and the versions of this moment: from now on only these are touched.

    `notes`: case → its own words, where the reason has gaps. Raises NotFound, Conflict.
    """
    async with services.database.transaction() as session:
        run = await session.get(BulkRun, run_id, with_for_update=True)
        run = _refuse_others(run, account_id)
        _refuse_started(run)
        run.fields, run.reason, run.checked_at = dict(fields), reason, utc_now()
        session.add(run)
        version = select(StandingRow.version).where(col(StandingRow.case_id) == col(BulkItem.case_id))
        of_run = update(BulkItem).where(col(BulkItem.run_id) == run_id)
        await session.exec(of_run.values(expected_version=version.scalar_subquery()))
        for case_id, note in (notes or {}).items():
            await session.exec(of_run.where(col(BulkItem.case_id) == case_id).values(note=note))


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
    """What will become of each case, places of coaches included. Nothing is changed."""
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
    row = line.case.row
    if line.item.coach_id is not None:
        step = replace(step, coach_id=line.item.coach_id)
    standing = row.read() if row.snapshot is not None else None
    refused = refuse_unasked(step, standing, line.case.of, actor.account_id)
    if refused is not None:
        return Foreseen(line, refused)
    rules = KINDS[row.kind].rules
    case = rules.state(standing=standing, rulebook=services.rulebook(row.kind))
    command = build_command(
        step,
        case.standing,
        actor,
        command_id=command_id_of(line.item.run_id, row.case_id),
        note_id=line.item.run_id,
        expected_version=line.item.expected_version,
        rulebook=None,
    )
    refused = rules.refusal(case, command, now)
    if refused is None and step.coach_id is not None:
        refused = _take_place(step.coach_id, free)
    if refused is not None:
        return Foreseen(line, refused)
    rules.take(case, command, now)
    return Foreseen(line, event=command.event, after=case.standing)


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
