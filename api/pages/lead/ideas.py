"""The lead's list: all ideas, filtered by what stands in the address. The board has the same filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from fastapi import Response

from api.pages.kit.case_lines import CaseLine, tell_beside, write_card
from api.pages.kit.page import LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.tables import MOST_ROWS, Cell, Column, Table, write_cells, write_column
from api.pages.kit.turn_presenter import Badge, Position, TurnPresenter
from api.pages.lead.filters import (
    COLUMNS,
    MOST_COACHES,
    Filters,
    address_of,
    count_list,
    describe_filters,
    read_filters,
)
from api.runtime.lost_keys import list_lost_offices
from api.runtime.services import Services
from api.web.routers import page_router
from models.case_names import tell_event, tell_place
from models.i18n import Texts
from models.lifecycles import LIFECYCLES
from models.lifecycles.events import next_step
from models.queries.board import Card, count_ideas, list_ideas
from models.queries.coaches import name_coaches
from models.queries.drafts import count_unconfirmed
from models.queries.moment import Moment
from models.queries.paging import InvalidCursor, read_whole
from models.queries.saved_views import list_views
from models.vocabulary import Role
from models.workflow_ids import IDEA

router = page_router()

IDEAS_A_PAGE = 30


@dataclass(frozen=True)
class ListLine:
    """One idea of the list: the case as elsewhere, and its cells. The columns that hold a badge or a path are drawn."""

    case: CaseLine
    cells: Mapping[str, str]
    """Column → its words, for those that are chosen."""
    beside: Badge | None
    next: str


@router.get("/leitung")
async def show_ideas(page: LeadPage) -> Response:
    filters = read_filters(page.query)
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    cursor = page.query.get("weiter")
    async with page.services.database.reading() as session:
        views = await list_views(session, page.person.id, page.person.office)
        begins = next((view for view in views if view.default), None)
        if begins is not None and not page.query:
            return see_other(address_of(begins))
        viewer = (page.person.id, page.visitor.roles)
        listed = partial(list_ideas, session, *viewer, moment, filters.wanted, sort=filters.sort, limit=IDEAS_A_PAGE)
        try:
            answer = await listed(cursor=cursor)
        except InvalidCursor:
            cursor, answer = None, await listed()
        is_whole = cursor is None and answer.next_cursor is None
        all_ = None if is_whole else await count_ideas(session, *viewer, moment, filters.wanted)
        coaches = await name_coaches(session, filters.wanted.coach_id, MOST_COACHES)
    speaker = page.speaker
    return page.render(
        "lead/ideas.html",
        unconfirmed=tell_unconfirmed(speaker.t, await count_on_their_way(page.services)),
        ideas=[write_list_line(speaker, card, filters.columns) for card in answer.items],
        columns=write_columns(speaker.t, filters),
        all_columns=COLUMNS,
        count=count_list(speaker.t, len(answer.items), is_whole=is_whole, all_=all_),
        further=filters.address(weiter=answer.next_cursor) if answer.next_cursor else None,
        first=filters.address() if cursor else None,
        **describe_filters(page, filters, coaches, views, await list_lost_offices(page.services)),
    )


async def read_table(page: SignedInPage) -> Table:
    """What is seen of the list that the address names, with the number that an idea is known by."""
    filters, speaker = read_filters(page.query), page.speaker
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    async with page.services.database.reading() as session:
        viewer = (page.person.id, page.visitor.roles)
        cards = await read_whole(
            partial(list_ideas, session, *viewer, moment, filters.wanted, sort=filters.sort), MOST_ROWS
        )
    header = [page.t("page.reference"), *(column.label for column in write_columns(page.t, filters))]
    return Table(
        header,
        [[card.reference, card.title, *list_cells(speaker, card, filters.columns).values()] for card in cards],
    )


async def count_on_their_way(services: Services) -> int:
    """As it was a minute ago at most: the list is opened often, and this changes seldom."""

    async def look() -> int:
        async with services.database.reading() as session:
            return await count_unconfirmed(session)

    return await services.unconfirmed.get((), look)


def tell_unconfirmed(t: Texts, count: int) -> str:
    """How many are on their way in. Nobody reads them before, so there is nothing to open."""
    return t("page.lead.unconfirmed", count=count) if count else ""


SORTED_BY = {"frist": "frist", "seit": "alt", "eingang": "-neu", "bewegt": "-bewegt"}
"""Column → the order in which its dates ascend."""


def write_columns(t: Texts, filters: Filters) -> list[Column]:
    """The title, which is always there, and the columns that were chosen."""
    now = filters.values.get("sortierung", "frist")

    def address(sort: str) -> str:
        return filters.address(sortierung=None if sort == "frist" else sort)

    columns = [Column("titel", t("field.title"))]
    for name in filters.columns:
        label = t(f"page.lead.column.{name}")
        up = SORTED_BY.get(name)
        columns.append(write_column(name, label, up, now, address) if up else Column(name, label))
    return columns


def write_list_line(speaker: TurnPresenter, card: Card, columns: Sequence[str]) -> ListLine:
    cells = write_cells(speaker.t, list_cells(speaker, card, columns))
    # In one line: the coach has a column of their own.
    told = " · ".join(filter(None, (card.reference, speaker.name(card.owner))))
    case = replace(write_card(speaker, card), notes=(told,))
    return ListLine(case, cells, tell_beside(speaker, card), next_action(speaker, card))


def list_cells(speaker: TurnPresenter, card: Card, columns: Sequence[str]) -> dict[str, Cell]:
    """What a line says in the columns that are chosen. A page draws three of them in its own way."""
    t, names = speaker.t, speaker.names
    tell: dict[str, Callable[[], Cell]] = {
        "stand": lambda: tell_place(t, IDEA, card.stage, card.state),
        "amzug": lambda: ": ".join(
            filter(None, (speaker.short_who(Position.of(card, card.holder)), next_action(speaker, card)))
        ),
        "frist": lambda: card.holder_until,
        "seit": lambda: day_of(speaker, card.entered_at),
        "eingang": lambda: day_of(speaker, card.submitted_at),
        "bewegt": lambda: day_of(speaker, card.last_entry_at),
        "coach": lambda: speaker.name(card.coach) if card.coach else None,
        "ort": lambda: names.district(card.district) if card.district else None,
        "themen": lambda: names.themes(card.themes) if card.themes else None,
        "buero": lambda: names.office(card.office),
        "person": lambda: speaker.name(card.owner),
    }
    return {name: tell[name]() for name in columns}


def day_of(speaker: TurnPresenter, at: datetime | None) -> date | None:
    return at.astimezone(speaker.zone).date() if at is not None else None


def next_action(speaker: TurnPresenter, card: Card) -> str:
    """The step along the path that whoever is on turn can take; empty where nobody is."""
    if card.outcome is not None or card.paused_until is not None or card.holder_role is None:
        return ""
    event = next_step(LIFECYCLES[card.stage], card.state, Role(card.holder_role))
    return tell_event(speaker.t, card.stage, event) if event else ""
