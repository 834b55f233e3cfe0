"""What the API shows of ideas: the read models with their texts, for one caller."""

from datetime import UTC, date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from api.runtime.services import Services
from api.use_cases.commands import allowed_for
from api.use_cases.rules import find_carried
from models.cases.calendar import calendar_of
from models.i18n import Texts
from models.lifecycles.event_spec import FILLED_IN
from models.lifecycles.events import ASK, COMMON_EVENTS, EVENTS
from models.queries.account_names import Contact, Person
from models.queries.board import Card, why_of
from models.queries.idea import IdeaView, TaskLine
from models.rules.contacts import contacts_for
from models.rules.deadlines import upcoming
from models.rules.idea_refusals import required_fields
from models.rules.permissions import acting_role, may_read_internal
from models.tables import Account, roles_of
from models.vocabulary import Outcome, Role, Stage, WakeUpKind, Why

Item = TypeVar("Item")

WORDS_OF_A_STEP = ("note",)
"""Every step may carry a note."""


class Listing(BaseModel, Generic[Item]):
    """A page of a list. `next_cursor` is given back as `cursor` for the next one; null on the last page."""

    items: list[Item]
    next_cursor: str | None = None


class HolderResource(BaseModel):
    """Who is on turn, since when, until when and why."""

    role: Role
    account: Person | None = Field(description="null where a group is on turn: the leads, or the coach search.")
    since: datetime | None
    until: date | None
    why: Why
    why_text: str = Field(description="One sentence in the language of Accept-Language.")


class EventResource(BaseModel):
    """An event that the caller may ask for, with the fields it needs and those it may carry."""

    event: str
    required: list[str]
    optional: list[str]
    common: bool = Field(description="Known in every open state, beside the events of this state alone.")


class UpcomingResource(BaseModel):
    """What the platform will do by itself if nobody does anything."""

    kind: WakeUpKind
    key: str
    at: datetime
    to: Role
    account_id: str | None


class ListedIdea(BaseModel):
    """An idea in a list."""

    id: str
    reference: str | None = Field(description="What people say on the phone, such as IW-2026-0417.")
    title: str
    summary: str
    district: str | None
    themes: list[str]
    office: str
    stage: Stage
    state: str
    outcome: Outcome | None
    holder: HolderResource | None
    owner: Person | None
    coach: Person | None
    cover: Person | None
    paused_until: date | None
    chased_until: date | None
    submitted_at: datetime | None
    entered_at: datetime
    last_entry_at: datetime
    version: int


class ContactResource(Contact):
    """How somebody on the other side of the idea is reached, as far as they show it."""

    role: Role


class IdeaResource(ListedIdea):
    """One idea with everything that the caller may know and do."""

    problem: str
    solution: str
    target_group: str
    language: str
    partner: str | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    tasks: list[TaskLine]
    allowed_events: list[str]
    events: list[EventResource]
    upcoming: list[UpcomingResource]
    contacts: list[ContactResource] = Field(description="Of the other side, from the day a coach has said yes.")
    shown: bool = Field(default=True, description="false: the last step is saved, and still being shown.")


def list_idea(card: Card, texts: Texts) -> ListedIdea:
    holder = None
    if card.holder_role is not None:
        holder = HolderResource(
            role=card.holder_role,
            account=card.holder,
            since=card.holder_since,
            until=card.holder_until,
            why=card.holder_why,
            why_text=why_text(texts, card.holder_why, card.stage, card.state),
        )
    return ListedIdea(holder=holder, **card.model_dump(include=set(ListedIdea.model_fields) - {"holder"}))


async def show_idea(services: Services, account: Account, view: IdeaView, texts: Texts) -> IdeaResource:
    idea, row = view.idea, view.row
    standing = row.standing()
    calendar = calendar_of(await find_carried(services, row))
    with_internal = may_read_internal(standing, account.id, roles_of(account))
    coming = upcoming(standing, calendar, with_internal=with_internal)
    return IdeaResource(
        id=idea.id,
        reference=idea.reference,
        title=idea.title,
        summary=idea.summary,
        problem=idea.problem,
        solution=idea.solution,
        target_group=idea.target_group,
        district=idea.district,
        themes=idea.themes,
        language=idea.language,
        office=row.office,
        stage=Stage(row.stage),
        state=row.state,
        outcome=Outcome(row.outcome) if row.outcome else None,
        holder=show_holder(view, texts),
        owner=view.owner,
        coach=view.coach,
        cover=view.cover,
        partner=row.partner,
        paused_until=row.paused_until,
        chased_until=row.chased_until,
        created_at=idea.created_at,
        updated_at=idea.updated_at,
        submitted_at=row.submitted_at,
        entered_at=row.entered_at,
        last_entry_at=row.last_entry_at,
        ended_at=row.ended_at,
        version=row.version,
        tasks=view.tasks if with_internal else [task.for_others() for task in view.tasks if not task.internal],
        allowed_events=allowed_for(row, idea, account),
        events=show_events(view, account),
        contacts=[
            ContactResource(role=role, **contact.model_dump())
            for role in contacts_for(standing, account.id, roles_of(account))
            for contact in view.contacts[role]
        ],
        upcoming=[UpcomingResource(**wake_up.model_dump()) for wake_up in coming],
    )


def show_holder(view: IdeaView, texts: Texts) -> HolderResource | None:
    row = view.row
    if row.holder_role is None:
        return None
    why = why_of(row.outcome, row.holder_why)
    return HolderResource(
        role=Role(row.holder_role),
        account=view.holder,
        since=row.holder_since,
        until=row.holder_until,
        why=why,
        why_text=why_text(texts, why, Stage(row.stage), row.state),
    )


def show_events(view: IdeaView, account: Account) -> list[EventResource]:
    """Each allowed event with its fields as `POST …/commands` takes them."""
    standing = view.row.standing()
    found = []
    for event in allowed_for(view.row, view.idea, account):
        role = acting_role(standing, account.id, roles_of(account), event) or Role.INNOVATOR
        required = [field for field in required_fields(standing, event, role) if field not in FILLED_IN]
        if event == ASK:
            required.remove("task_id")
        optional = [*EVENTS[event].optional, *WORDS_OF_A_STEP]
        found.append(
            EventResource(
                event=event,
                required=required,
                optional=[field for field in optional if field not in required],
                common=event in COMMON_EVENTS,
            )
        )
    return found


def why_text(texts: Texts, why: Why, stage: Stage, state: str) -> str:
    """One sentence: the state's own, or the reason that stands above it."""
    own = f"state.{stage}.{state}.why"
    return texts(own) if why is Why.STATE and texts.has(own) else texts(f"why.{why}")


def now() -> datetime:
    return datetime.now(UTC)
