"""One idea with everybody and everything that belongs to it, and its timeline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Text, and_, bindparam, case, cast, exists, func, or_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.orm import aliased, defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.lifecycles.events import MESSAGES, PLAN
from models.queries.account_names import Contact, Named, Person, person
from models.queries.paging import Key, Page, at_most, go_on_after, read_cursor, write_cursor
from models.queries.stories import slug_of
from models.queries.team import asks_for_an_owner, told_invited, told_joined
from models.rules.permissions import may_see_board
from models.rules.plans import read_said
from models.tables import (
    Attachment,
    CoachProfile,
    Document,
    Idea,
    Invitation,
    Note,
    Offer,
    Opening,
    OwnerRequest,
    SessionLogRow,
    StandingRow,
    Task,
    TimelineEntry,
)
from models.vocabulary import Role, Stage

ORDER = "timeline"


class TaskLine(BaseModel):
    """Something to do for an idea. `open` is false once it is done, or once the path has ended. What `asks` has no
    title: its words are those of the message that asks."""

    id: str
    title: str
    assignee: Role | None
    due: date | None
    done_at: datetime | None
    open: bool
    asks: bool
    internal: bool
    comments: list[int] = Field(description="The versions of the messages about it.")
    among_us: frozenset[int] = Field(default=frozenset(), exclude=True)
    """Those of them that only coaches and leads read."""

    def for_others(self) -> "TaskLine":
        """Without what coaches and leads say of it among themselves."""
        return self.model_copy(update={"comments": [one for one in self.comments if one not in self.among_us]})


@dataclass(frozen=True)
class Twin:
    """An idea of which another is a duplicate, or the other one, with what decides who may see it."""

    id: str
    reference: str | None
    title: str
    owner_id: str
    team: Mapping[str, str]
    coach_id: str | None
    cover_id: str | None
    slug: str | None
    """Of its story, where everybody may read it."""
    """Everybody may read its story."""

    def path_for(self, account_id: str, roles: Collection[Role]) -> str:
        """Where somebody may read of it; empty where they may not."""
        around = {self.owner_id, *self.team, self.coach_id, self.cover_id}
        if may_see_board(roles) or account_id in around:
            return f"ideen/{self.id}"
        return f"geschichten/{self.slug}" if self.slug else ""


@dataclass(frozen=True)
class IdeaView:
    """One idea as a page or the API shows it, before anybody's permissions are looked at."""

    idea: Idea
    row: StandingRow
    owner: Person | None
    coach: Person | None
    cover: Person | None
    holder: Person | None
    tasks: list[TaskLine]
    about_coach: str = ""
    """What the coach says of themselves."""
    joined: Mapping[str, str] = field(default_factory=dict)
    """Account → when it joined the team, also of those who have left it."""
    invited: int = 0
    """How many who were asked into the team have not answered yet."""
    contacts: Mapping[Role, Sequence[Contact]] = field(default_factory=dict)
    """How the owner is reached, and the coach and who stands in. Whom it is shown: `models.rules.contacts`."""
    twin: "Twin | None" = None
    """The idea with which it goes on, where it was a duplicate."""
    doubles: Sequence["Twin"] = ()
    """The ideas that were duplicates of it."""
    heir: OwnerRequest | None = None
    """Somebody in the team who is asked whether they take the idea over, as long as they can say yes."""
    holds: frozenset[str] = frozenset()
    """What belongs to it, by the names of tables and by kinds of cases: what is not there nobody has to look for. Of a
    case that waits there is who is on turn as well, "contribution.lead"."""


class TimelineLine(BaseModel):
    """One version: what happened, by whom, where to, and the words that belong to it."""

    version: int
    at: datetime
    event: str
    actor_role: Role
    actor: Person | None
    from_stage: Stage
    from_state: str
    stage: Stage
    state: str
    holder_role: Role | None
    holder_until: date | None
    facts: dict[str, str | int]
    note: str | None
    internal: bool
    """An internal note; its words are None for those who may not read it."""
    note_id: str | None = None
    redacted_at: datetime | None = None
    """Since then the note has no words any more."""
    redacted_by: str | None = None
    """The account of whoever took them away."""


async def read_idea(session: AsyncSession, idea_id: str) -> IdeaView | None:
    """One idea in one statement; None where there is none. Who may see it the caller asks."""
    found = (await session.exec(_one(), params={"idea_id": idea_id})).one_or_none()
    if found is None:
        return None
    row, idea, owner, coach, cover, holder, *reached, about, joined, invited, heir, twin, doubles, tasks, holds = found
    return IdeaView(
        idea=idea,
        row=row,
        owner=person(row.owner_id, owner),
        coach=person(row.coach_id, coach),
        cover=person(row.cover_id, cover),
        holder=person(row.holder_id, holder),
        tasks=_read_tasks(row, tasks or ()),
        about_coach=about or "",
        joined=joined or {},
        invited=invited,
        contacts=_contacts(row, *reached),
        twin=Twin(**twin) if twin is not None else None,
        doubles=[Twin(**double) for double in doubles or ()],
        heir=heir if heir is not None and row.outcome is None and heir.account_id in row.team else None,
        holds=frozenset(holds),
    )


def _contacts(row: StandingRow, owner: Any, coach: Any, cover: Any) -> dict[Role, list[Contact]]:
    theirs = [told for there, told in ((row.coach_id, coach), (row.cover_id, cover)) if there is not None]
    return {Role.INNOVATOR: [Contact(**owner)], Role.COACH: [Contact(**told) for told in theirs]}


@cache
def _one() -> Any:
    """An idea with where it stands and whoever has to do with it. Built once."""
    people = [
        Named(col(column))
        for column in (StandingRow.owner_id, StandingRow.coach_id, StandingRow.cover_id, StandingRow.holder_id)
    ]
    names = [named.name for named in people]
    reached = [named.contact for named in people[:3]]
    about: list[Any] = [CoachProfile.about, told_joined(), told_invited(), OwnerRequest]
    beside: list[Any] = [_told_twin(), _told_doubles(), _told_tasks(), _holds()]
    columns: list[Any] = [StandingRow, Idea, *names, *reached, *about, *beside]
    statement: Any = select(*columns).join(Idea, col(Idea.id) == col(StandingRow.case_id))
    statement = statement.outerjoin(CoachProfile, col(CoachProfile.account_id) == col(StandingRow.coach_id))
    asked = and_(col(OwnerRequest.idea_id) == col(StandingRow.case_id), asks_for_an_owner())
    statement = statement.outerjoin(OwnerRequest, asked)
    for named in people:
        statement = named.join(statement)
    return statement.where(StandingRow.case_id == bindparam("idea_id"))


PARTS: tuple[Any, ...] = (Offer, SessionLogRow, Attachment, Document, Invitation, Opening)
"""What an idea may have and often has not."""


def _holds() -> Any:
    """The names of what is there, told with the idea itself: an index answers that at once."""
    its = aliased(StandingRow)
    names: list[Any] = [
        case((exists().where(col(part.idea_id) == col(StandingRow.case_id)), part.__tablename__)) for part in PARTS
    ]
    waits = case((col(its.outcome).is_(None), func.concat(its.kind, ".", its.holder_role)))
    told = func.array_cat(func.array_agg(col(its.kind)), func.array_agg(waits))
    kinds = select(told).where(col(its.idea_id) == col(StandingRow.case_id))
    found = func.array_cat(array(names, type_=Text), cast(kinds.correlate(StandingRow).scalar_subquery(), ARRAY(Text)))
    return func.array_remove(found, None, type_=ARRAY(Text))


def _told_doubles() -> Any:
    double, row = aliased(Idea), aliased(StandingRow)
    found = select(func.jsonb_agg(_twin(double, row))).select_from(row).join(double, col(double.id) == col(row.case_id))
    return found.where(col(row.duplicate_of) == col(StandingRow.case_id)).correlate(StandingRow).scalar_subquery()


def _told_twin() -> Any:
    twin, row = aliased(Idea), aliased(StandingRow)
    found = select(_twin(twin, row)).select_from(row).join(twin, col(twin.id) == col(row.case_id))
    return found.where(col(row.case_id) == col(StandingRow.duplicate_of)).correlate(StandingRow).scalar_subquery()


def _twin(idea: Any, row: Any) -> Any:
    """As a `Twin`."""
    told: dict[str, Any] = {
        **{name: getattr(idea, name) for name in ("id", "reference", "title")},
        **{name: getattr(row, name) for name in ("owner_id", "team", "coach_id", "cover_id")},
        "slug": slug_of(row.idea_id),
    }
    return func.jsonb_build_object(*(part for pair in told.items() for part in pair))


async def read_timeline(
    session: AsyncSession,
    idea_id: str,
    *,
    with_internal: bool,
    newest_first: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[TimelineLine]:
    """What happened, version by version. Without `with_internal`, what coaches and leads say to each other, and what
    becomes of their questions, is left out; other steps keep their internal words to themselves."""
    order = f"-{ORDER}" if newest_first else ORDER
    keys = (Key(col(TimelineEntry.version), "number", newest_first),)
    statement = _told().where(TimelineEntry.case_id == idea_id)
    if not with_internal:
        statement = statement.where(is_for_all())
    if cursor is not None:
        statement = statement.where(go_on_after(keys, read_cursor(cursor, order, keys)))
    statement = statement.order_by(*(key.ordered() for key in keys)).limit(at_most(limit + 1))
    rows = (await session.exec(statement)).all()
    lines = [_line(row, with_internal) for row in rows[:limit]]
    return Page(lines, write_cursor(order, [lines[-1].version]) if len(rows) > limit else None)


async def read_question(session: AsyncSession, idea_id: str, task_id: str) -> TimelineLine | None:
    """The message that asked a question, with its words. Who may read it is for the caller to ask."""
    its: Any = TimelineEntry.facts
    asked = _told().where(TimelineEntry.case_id == idea_id, TimelineEntry.event == "ask")
    row = (await session.exec(asked.where(its["task"].astext == task_id))).first()
    return None if row is None else _line(row, with_internal=True)


@cache
def is_for_all() -> ColumnElement[bool]:
    """Whether those read an entry whose idea it is. The statement must be joined with `Note`. Of a message of the staff
    whose words went with their author nobody can tell any more for whom it was."""
    its: Any = TimelineEntry.facts
    by_staff = col(TimelineEntry.actor_role).in_((Role.COACH, Role.LEAD))
    is_gone = and_(by_staff, col(TimelineEntry.note_id).is_not(None), col(Note.id).is_(None))
    among_us = and_(or_(col(Note.internal), is_gone), col(TimelineEntry.event).in_(sorted(MESSAGES)))
    asked = select(Task.id).where(col(Task.idea_id) == col(TimelineEntry.idea_id), col(Task.internal))
    asked = asked.where(cast(col(Task.id), Text) == its["task"].astext).correlate(TimelineEntry)
    return and_(among_us.is_not(True), ~asked.exists())


@cache
def _told() -> Any:
    """Entries with their words and who did them, without what a timeline does not tell. Built once."""
    actor = Named(col(TimelineEntry.actor_id))
    columns: list[Any] = [TimelineEntry, Note, actor.name]
    statement: Any = select(*columns).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    return actor.join(statement).options(defer(TimelineEntry.snapshot))  # type: ignore[arg-type]


def _read_tasks(row: StandingRow, told: Sequence[Mapping[str, Any]]) -> list[TaskLine]:
    # The tasks of an ended path are kept for where it is reopened; until then they are nobody's.
    kept = (row.snapshot or {}).get("tasks", []) if row.outcome is None else []
    open_ids = {task["id"] for task in kept}
    return [
        TaskLine.model_validate(
            {
                **task,
                "open": task["id"] in open_ids,
                "comments": sorted(version for version, _ in task["said"] or ()),
                "among_us": frozenset(version for version, internal in task["said"] or () if internal),
            }
        )
        for task in told
    ]


def _told_tasks() -> Any:
    """In the order of the plan, each with the messages about it: version and whether it is internal."""
    said: Any = select(func.jsonb_agg(func.jsonb_build_array(TimelineEntry.version, Note.internal)))
    about = (col(TimelineEntry.case_id) == col(Task.idea_id), TimelineEntry.event == "write_note")
    its = col(TimelineEntry.facts)["task"].astext == cast(col(Task.id), Text)
    said = said.join_from(TimelineEntry, Note, col(Note.id) == col(TimelineEntry.note_id)).where(*about, its)
    told = {name: getattr(Task, name) for name in ("id", "title", "assignee", "due", "done_at", "asks", "internal")}
    told["said"] = said.correlate(Task).scalar_subquery()
    line = func.jsonb_build_object(*(part for pair in told.items() for part in pair))
    in_order = aggregate_order_by(line, col(Task.number), col(Task.created_at), col(Task.id))
    found = select(func.jsonb_agg(in_order)).select_from(Task).where(col(Task.idea_id) == col(StandingRow.case_id))
    return found.correlate(StandingRow).scalar_subquery()


def _words(entry: TimelineEntry, note: Note) -> str | None:
    """What tasks say stands with the tasks."""
    return note.body if entry.event != PLAN else read_said(note.body) or None


def _line(row: Sequence[Any], with_internal: bool) -> TimelineLine:
    entry, note, actor = row
    internal = note is not None and note.internal
    shown = note if with_internal or not internal else None
    return TimelineLine(
        version=entry.version,
        at=entry.at,
        event=entry.event,
        actor_role=entry.actor_role,
        actor=person(entry.actor_id, actor),
        from_stage=entry.from_stage,
        from_state=entry.from_state,
        stage=entry.stage,
        state=entry.state,
        holder_role=entry.holder_role,
        holder_until=entry.holder_until,
        facts=entry.facts,
        note=_words(entry, shown) if shown is not None and shown.redacted_at is None else None,
        internal=internal,
        note_id=shown.id if shown is not None else None,
        redacted_at=shown.redacted_at if shown is not None else None,
        redacted_by=shown.redacted_by if shown is not None else None,
    )
