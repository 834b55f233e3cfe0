"""What SQL shows of ideas beside their standing: places of coaches, tasks, whose they are, their numbers."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.openings import end_opening
from activities.projection import FollowUp, FollowUps, Projection, entry_of, find_recipients
from activities.published_stories import may_change_story, project_story
from models.database import Database
from models.lifecycles.events import CHANGE_OWNER, EVENTS, PLAN, REOPEN, SUBMIT, UNDO
from models.messages.cases import Entry, Notice
from models.messages.idea import Standing
from models.reference_numbers import write_reference
from models.rules.deadlines import asked_until
from models.rules.plans import read_titles
from models.tables import Idea, Note, NoticeRow, Place, ReferenceYear, Task, TimelineEntry
from models.tables.columns import INSTANT, utc_now
from models.vocabulary import Role, Stage

KEPT_AFTER_UNDO = timedelta(minutes=10)
"""How long the place of an ended idea is kept beyond the time in which the end can be undone: a step that was taken
back in time may be recorded late."""

REMINDER_KEY = "nudge-"
"""Begins the key of a notice with which somebody has had another reminded, beside a step; its version follows."""

MAY_CHANGE_TASKS = frozenset(event for event, spec in EVENTS.items() if spec.changes_tasks)

FINISH_TASKS = frozenset({"finish_task", "write_note"})

MAY_MOVE_PLACES = frozenset({"change_coach", REOPEN, UNDO})
"""Beside the steps that name a coach, and the ways back to the beginning, where there is none yet."""

_PLACE = SQLModel.metadata.tables["place"]
_CONFIRM_PLACE = insert(_PLACE).on_conflict_do_update(
    index_elements=["idea_id", "coach_id"], set_={"reserved_until": None}
)
_FREE_OTHER_PLACES = delete(_PLACE).where(
    _PLACE.c.idea_id == bindparam("of_idea"),
    _PLACE.c.coach_id.is_distinct_from(bindparam("kept_for")),
    or_(_PLACE.c.reserved_until.is_(None), _PLACE.c.reserved_until < bindparam("lapsed_at")),
)

_NOTE_READING = (
    update(Idea)
    .where(
        col(Idea.id) == bindparam("of_idea"),
        col(Idea.read_at).is_(None),
        bindparam("decided_at", type_=INSTANT).is_not(None),
    )
    .values(read_at=bindparam("decided_at", type_=INSTANT))
)


class IdeaProjection(Projection[Standing]):
    """Ideas on PostgreSQL."""

    def columns(self, standing: Standing) -> dict[str, Any]:
        return {
            "duplicate_of": standing.duplicate_of,
            "coach_id": standing.coach_id,
            "cover_id": standing.cover.account_id if standing.cover else None,
            "team": dict(standing.team),
            "partner": standing.partner,
            "chased_until": standing.chased_until,
            "asked_until": asked_until(standing),
            "search": standing.search,
            "submitted_at": standing.submitted_at,
        }

    also = (_NOTE_READING,)

    def also_values(self, standing: Standing, entries: Sequence[Entry]) -> dict[str, Any]:
        """Whoever decides on an idea has read it, wherever they did so."""
        decided = [entry.at for entry in entries if entry.from_state == "screening" and entry.actor.role is Role.LEAD]
        return {"of_idea": standing.idea_id, "decided_at": min(decided, default=None)}

    def follow_ups(self, standing: Standing, entries: Sequence[Entry]) -> FollowUps:
        events = {entry.event for entry in entries}
        of_standing: dict[FollowUp, bool] = {
            settle_places: may_move_places(standing, entries),
            project_owner: CHANGE_OWNER in events,
            project_office: any("office" in entry.facts for entry in entries),
            project_tasks: any(may_change_tasks(entry) for entry in entries),
            project_story: any(may_change_story(entry) for entry in entries),
            end_opening: standing.outcome is not None or CHANGE_OWNER in events,
        }
        of_entries: dict[FollowUp, bool] = {give_reference: SUBMIT in events, withdraw_notices: UNDO in events}
        return FollowUps(*([one for one, is_due in some.items() if is_due] for some in (of_standing, of_entries)))

    async def follow_rebuilt(self, session: AsyncSession, standing: Standing, rows: Sequence[TimelineEntry]) -> None:
        await settle_places(session, standing, [])
        await project_owner(session, standing, [])
        await project_story(session, standing)
        if standing.outcome is not None:
            await end_opening(session, standing)
        await _keep_place_for_second_thoughts(session, standing)
        for earlier, entries in _records_of(rows, standing):
            await project_tasks(session, earlier, entries)

    def notice_key(self, standing: Standing, entry: Entry) -> dict[str, Any]:
        return {"key": f"v{entry.version}", "version": entry.version}

    async def find_readers(self, where: Database | AsyncSession, standing: Standing, notice: Notice) -> list[str]:
        return await find_recipients(where, notice, standing.office, {standing.owner_id, *standing.team})


async def give_reference(session: AsyncSession, standing: Standing, entries: Sequence[Entry]) -> None:
    """The next number of the year (UTC), with the step that hands the idea in. A number that was given stays."""
    handed_in = next((entry.at for entry in entries if entry.event == SUBMIT), None)
    idea_id = standing.idea_id
    has_none = select(Idea.id).where(Idea.id == idea_id, col(Idea.reference).is_(None))
    if handed_in is None or (await session.exec(has_none)).first() is None:
        return
    counted = insert(ReferenceYear).values(year=handed_in.year, last=1)
    more = {"last": col(ReferenceYear.last) + 1}
    last = counted.on_conflict_do_update(index_elements=["year"], set_=more).returning(col(ReferenceYear.last))
    number = (await session.exec(last)).scalar_one()
    reference = write_reference(handed_in.year, number)
    await session.exec(update(Idea).where(col(Idea.id) == idea_id).values(reference=reference))


def may_move_places(standing: Standing, entries: Sequence[Entry]) -> bool:
    """Whether the idea may have another coach than before, or needs none any more."""
    return standing.outcome is not None or any(
        "coach" in entry.facts
        or entry.event in MAY_MOVE_PLACES
        or (entry.stage == Stage.IDENTIFY and entry.from_stage != Stage.IDENTIFY)
        for entry in entries
    )


async def settle_places(session: AsyncSession, standing: Standing, _entries: Sequence[Entry]) -> None:
    """The idea's coach has a confirmed place, and nobody else. What is reserved just now is left alone while the path
    is open: whoever reserved it will have it confirmed, give it back, or let it lapse."""
    if standing.outcome is not None and standing.undo is not None:
        # The end can still be undone: meanwhile nobody else is given the place.
        held = update(Place).where(col(Place.idea_id) == standing.idea_id, col(Place.coach_id) == standing.coach_id)
        await session.exec(held.values(reserved_until=standing.undo.until + KEPT_AFTER_UNDO))
        return
    if standing.outcome is not None:
        await session.exec(delete(Place).where(col(Place.idea_id) == standing.idea_id))
        return
    connection = await session.connection()
    kept = {"of_idea": standing.idea_id, "kept_for": standing.coach_id, "lapsed_at": utc_now()}
    await connection.execute(_FREE_OTHER_PLACES, kept)
    if standing.coach_id is not None:
        await connection.execute(_CONFIRM_PLACE, {"idea_id": standing.idea_id, "coach_id": standing.coach_id})


async def project_owner(session: AsyncSession, standing: Standing, _entries: Sequence[Entry]) -> None:
    """The words of an idea belong to whom the idea belongs."""
    idea = update(Idea).where(col(Idea.id) == standing.idea_id, col(Idea.owner_id) != standing.owner_id)
    await session.exec(idea.values(owner_id=standing.owner_id))


async def project_office(session: AsyncSession, standing: Standing, _entries: Sequence[Entry]) -> None:
    await session.exec(update(Idea).where(col(Idea.id) == standing.idea_id).values(office=standing.office))


def may_change_tasks(entry: Entry) -> bool:
    """A message does where it answers a question."""
    return entry.event in MAY_CHANGE_TASKS or "task" in entry.facts


async def project_tasks(session: AsyncSession, standing: Standing, entries: Sequence[Entry]) -> None:
    """Tasks come with plans and questions, if they are still open, or done by one of these entries."""
    finished = {str(entry.facts.get("task")) for entry in entries if entry.event in FINISH_TASKS}
    for entry in entries:
        await _add_tasks(session, standing, entry, finished)
    if any(entry.event in (PLAN, UNDO) for entry in entries):
        await _follow_plan(session, standing)
    for number, task in enumerate(standing.tasks):
        now = {"assignee": task.assignee, "due": task.due, "number": number}
        await session.exec(update(Task).where(col(Task.id) == task.id).values(**now))
    for entry in entries:
        if entry.event in FINISH_TASKS and "task" in entry.facts:
            # A message finishes what it answers, and not what it only speaks of.
            its = update(Task).where(col(Task.id) == entry.facts["task"])
            its = its if entry.event == "finish_task" else its.where(col(Task.asks))
            await session.exec(its.values(done_at=entry.at))
        await _drop_tasks(session, standing, entry)


async def _add_tasks(session: AsyncSession, standing: Standing, entry: Entry, finished: Collection[str] = ()) -> None:
    if entry.event not in (PLAN, "ask") or entry.note_id is None:
        return
    note = await session.get(Note, entry.note_id)
    if note is None:
        return
    asks, wanted = entry.event == "ask", {*finished, *(task.id for task in standing.tasks)}
    ids = str(entry.facts["task" if asks else "tasks"]).split()
    for task_id, title in zip(ids, [""] if asks else read_titles(note.body), strict=False):
        if task_id in wanted:
            task = {"id": task_id, "title": title, "asks": asks, "internal": note.internal, "created_at": entry.at}
            await session.exec(insert(Task).values(idea_id=standing.idea_id, **task).on_conflict_do_nothing())


async def _follow_plan(session: AsyncSession, standing: Standing) -> None:
    """The words of the plan that counts, which after an undo is an earlier one."""
    row = await session.get(TimelineEntry, (standing.idea_id, standing.plan)) if standing.plan else None
    note = await session.get(Note, row.note_id) if row is not None and row.note_id else None
    if row is None or note is None:
        return
    await _add_tasks(session, standing, entry_of(row))
    for task_id, title in zip(row.facts["tasks"].split(), read_titles(note.body), strict=False):
        await session.exec(update(Task).where(col(Task.id) == task_id).values(title=title))


async def _drop_tasks(session: AsyncSession, standing: Standing, entry: Entry) -> None:
    """What a plan drops, and what an undone one has added."""
    if entry.event == UNDO:
        undone = await session.get(TimelineEntry, (standing.idea_id, entry.facts["undone_version"]))
        dropped = undone.facts.get("added", "") if undone is not None else ""
    else:
        dropped = entry.facts.get("dropped", "")
    ids = set(str(dropped).split()) - {task.id for task in standing.tasks}
    if ids:
        await session.exec(delete(Task).where(col(Task.id).in_(ids), col(Task.done_at).is_(None)))


async def withdraw_notices(session: AsyncSession, standing: Standing, entries: Sequence[Entry]) -> None:
    """Nobody is told of a step that was undone. Its notices have been held back until that was sure."""
    versions = [entry.facts["undone_version"] for entry in entries if entry.event == UNDO]
    undone = [f"{key}{version}" for version in versions for key in ("v", REMINDER_KEY)]
    if undone:
        notices = delete(NoticeRow).where(col(NoticeRow.idea_id) == standing.idea_id, col(NoticeRow.key).in_(undone))
        await session.exec(notices.where(col(NoticeRow.settled_at).is_(None)))


def _records_of(rows: Sequence[TimelineEntry], standing: Standing) -> list[tuple[Standing, list[Entry]]]:
    """The timeline as it was recorded: each record ends with the entry that keeps the standing."""
    records: list[tuple[Standing, list[Entry]]] = []
    entries: list[Entry] = []
    for row in rows:
        entries.append(entry_of(row))
        if row.snapshot is not None:
            records.append((Standing.model_validate(row.snapshot), entries))
            entries = []
    return [*records, (standing, entries)] if entries else records


async def _keep_place_for_second_thoughts(session: AsyncSession, standing: Standing) -> None:
    """While an end can still be undone, its coach's place is kept."""
    if standing.outcome is None or standing.undo is None or standing.coach_id is None:
        return
    until = standing.undo.until + KEPT_AFTER_UNDO
    if until > utc_now():
        place = {"idea_id": standing.idea_id, "coach_id": standing.coach_id, "reserved_until": until}
        await session.exec(insert(Place).values(place).on_conflict_do_nothing())
