"""The lead's board: phases side by side, or the states of one. A menu on each card moves an idea."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Response

from activities.ports.ideas import CommandRefused
from api.pages.kit.case_lines import CaseLine, tell_beside, write_card
from api.pages.kit.fields import new_key
from api.pages.kit.page import LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_forms import ANSWERS
from api.pages.kit.turn_presenter import Badge, Position, TurnPresenter
from api.pages.lead.filters import MOST_COACHES, Filters, describe_filters, read_filters
from api.runtime.lost_keys import list_lost_offices
from api.use_cases.commands import CommandForm, send_command
from api.web.problems import STATUS_OF_REFUSAL, ProblemError
from api.web.routers import page_router
from models.case_names import tell_event
from models.i18n import Texts
from models.lifecycles import LIFECYCLES
from models.lifecycles.events import EVENTS
from models.queries.board import Card, count_states, read_board
from models.queries.coaches import name_coaches
from models.queries.moment import Moment
from models.queries.saved_views import list_views
from models.vocabulary import Role, Stage
from workflows.client import EngineAway

router = page_router()

CARDS_OF_STATE = 12
CARDS_AMONG_ALL = 5
"""Of a state, where all phases stand side by side."""

Place = tuple[Stage, str]
"""A stage and one of its states."""


@dataclass(frozen=True)
class Move:
    """Where an idea can go on the board. `address` where the step needs words, so that it is taken on its page."""

    event: str
    label: str
    address: str = ""


@dataclass(frozen=True)
class BoardCard:
    """One idea on the board."""

    case: CaseLine
    age: str
    beside: Badge | None
    version: int
    moves: list[Move]
    key: str


@dataclass(frozen=True)
class Pile:
    """The ideas of one state, the longest in it first."""

    name: str
    count: int
    cards: Sequence[BoardCard]
    rest: int
    """So many are in the list alone, at this address."""
    address: str


@dataclass(frozen=True)
class BoardColumn:
    """A phase with the states that hold something, or one state."""

    key: str
    name: str
    count: int
    piles: Sequence[Pile]


@router.get("/leitung/tafel")
async def show_board(page: LeadPage) -> Response:
    return await render_board(page)


@router.post("/leitung/tafel/{idea_id}")
async def move(page: LeadPage, idea_id: UUID) -> Response:
    """A step that needs no words, taken from the board; its filters stand in the address."""
    sent = await page.form()
    event, seen = str(sent.get("event", "")), str(sent.get("fassung", ""))
    if not moves_at_once(event):
        raise ProblemError(422, "invalid", "is no step that can be taken from the board", field="event")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else None
    key = str(sent.get("schluessel") or new_key())[:80]
    try:
        await send_command(page.services, page.person, str(idea_id), CommandForm(event=event), key, version)
    except CommandRefused as refused:
        code = refused.refusal.code
        wrong, status = page.t(f"refusal.{code}"), STATUS_OF_REFUSAL[code]
    except EngineAway:
        wrong, status = page.t("refusal.engine_away"), 503
    else:
        return see_other(read_filters(page.query, board=True).address(meldung=event))
    return await render_board(page, wrong, status=status)


async def render_board(page: SignedInPage, wrong: str = "", *, status: int = 200) -> Response:
    filters = read_filters(page.query, board=True)
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    viewer, wanted = (page.person.id, page.visitor.roles), replace(filters.wanted, open=True, ended=None)
    places, most = list_places(filters), CARDS_OF_STATE if wanted.stage else CARDS_AMONG_ALL
    async with page.services.database.reading() as session:
        there = await count_states(session, *viewer, moment, wanted)
        cards = await read_board(session, *viewer, moment, wanted, places, most)
        coaches = await name_coaches(session, wanted.coach_id, MOST_COACHES)
        views = await list_views(session, page.person.id, page.person.office)
    speaker = page.speaker
    counts = {one: sum(there.get((one, state), 0) for state in LIFECYCLES[one].open_states()) for one in Stage}
    moved = moves_at_once(page.said) and speaker.t.has(f"done.{page.said}")
    context = describe_filters(page, filters, coaches, views, await list_lost_offices(page.services))
    if moved:
        context["told"] = speaker.t("page.said.done", what=speaker.t(f"done.{page.said}"))
    piles = {place: write_pile(speaker, place, there.get(place, 0), cards[place], filters) for place in places}
    return page.render(
        "lead/board.html",
        status,
        wrong=wrong,
        stage=wanted.stage,
        count=count_board(speaker.t, counts, wanted.stage),
        phases=[(one, counts[one], filters.address(phase=one, stand=None)) for one in Stage],
        every=filters.address(phase=None, stand=None),
        columns=list_columns(speaker.t, piles, wanted.stage),
        **context,
    )


def list_places(filters: Filters) -> list[Place]:
    """The states that are shown; one that the phase does not have is none of them, and then all of the phase are."""
    wanted = filters.wanted
    stages = [wanted.stage] if wanted.stage else list(Stage)
    places = [(stage, state) for stage in stages for state in LIFECYCLES[stage].open_states()]
    return [place for place in places if wanted.state in (None, place[1])] or places


def list_columns(t: Texts, piles: Mapping[Place, Pile], stage: Stage | None) -> list[BoardColumn]:
    if stage is not None:
        return [BoardColumn(state, pile.name, pile.count, [pile]) for (_, state), pile in piles.items()]
    columns = []
    for one in dict.fromkeys(phase for phase, _ in piles):
        its = [pile for (phase, _), pile in piles.items() if phase is one and pile.count]
        columns.append(BoardColumn(one, t(f"stage.{one}"), sum(pile.count for pile in its), its))
    return columns


def write_pile(speaker: TurnPresenter, place: Place, count: int, cards: Sequence[Card], filters: Filters) -> Pile:
    stage, state = place
    address = "/leitung" + filters.query(phase=stage, stand=state, sortierung="alt")
    shown = [write_board_card(speaker, card) for card in cards]
    return Pile(speaker.t(f"state.{stage}.{state}"), count, shown, count - len(shown), address)


def count_board(t: Texts, counts: Mapping[Stage, int], stage: Stage | None) -> str:
    whole = t("page.lead.count", count=sum(counts.values()))
    if stage is None:
        return whole
    return t("page.board.count", whole=whole, here=t.number(counts[stage]), stage=t(f"stage.{stage}"))


def write_board_card(speaker: TurnPresenter, card: Card) -> BoardCard:
    age, beside = tell_age(speaker, card), tell_beside(speaker, card)
    return BoardCard(write_card(speaker, card), age, beside, card.version, list_moves(speaker, card), new_key())


def tell_age(speaker: TurnPresenter, card: Card) -> str:
    """How long it has been in its state."""
    days = (speaker.today - card.entered_at.astimezone(speaker.zone).date()).days
    key = {0: "page.lead.age.today", 1: "page.lead.age.yesterday"}.get(days, "page.lead.age")
    return speaker.t(key, count=days)


def list_moves(speaker: TurnPresenter, card: Card) -> list[Move]:
    """The steps of its state that a lead may take, each named by where it leads."""
    if card.outcome is not None or card.paused_until is not None or not speaker.leads(Position.of(card, card.holder)):
        return []
    lifecycle, t = LIFECYCLES[card.stage], speaker.t
    moves = []
    for event in lifecycle.events_in(card.state):
        if Role.LEAD not in lifecycle.actors[event]:
            continue
        (target, *_) = lifecycle.targets(card.state, event)
        leads_to = lifecycle.leads_to.get(target)
        if isinstance(leads_to, Stage):
            where = t(f"stage.{leads_to}")
        else:
            where = t(f"outcome.{leads_to}") if leads_to else t(f"state.{card.stage}.{target}")
        label = t("page.board.move", where=where, step=tell_event(speaker.t, card.stage, event))
        address = "" if moves_at_once(event) else f"/ideen/{card.id}?oeffne={event}#schritt-{event}"
        moves.append(Move(event, label, address))
    return moves


def moves_at_once(event: str) -> bool:
    """Whether a step of a state's own machine can be taken without filling in anything."""
    known = any(event in lifecycle.event_names() for lifecycle in LIFECYCLES.values())
    return known and not EVENTS[event].required and event != ANSWERS
