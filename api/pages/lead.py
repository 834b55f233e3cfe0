"""The lead's list: all ideas, filtered by what stands in the address, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.dependencies import ServicesHere
from api.pages.cases import write_card
from api.pages.fields import Choice
from api.pages.ideas import speak
from api.pages.rendering import render, texts_for
from api.pages.turns import Speaker
from api.pages.visitors import SignedInLead
from models.lifecycles import LIFECYCLES
from models.queries.board import BoardFilter, Sort, list_ideas
from models.queries.coaches import CoachLine, list_coaches
from models.queries.paging import InvalidCursor
from models.queries.stuck import Moment
from models.vocabulary import DRAFT, Outcome, Role, Stage

router = APIRouter()

IDEAS_A_PAGE = 30
LONGEST_TEXT = 200
NAMES = ("text", "phase", "stand", "amzug", "coach", "buero", "zeige", "sortierung")
SHOWS = ("open", "stuck", "drafts", "ended", "all")
SORTS: dict[str, Sort] = {
    "frist": Sort.DUE,
    "neu": Sort.SUBMITTED_LATEST,
    "alt": Sort.ENTERED,
    "bewegt": Sort.LAST_LATEST,
}


@dataclass(frozen=True)
class Filters:
    """The filters of an address, as far as they mean something. `values` is what the form shows again."""

    values: Mapping[str, str]
    wanted: BoardFilter
    sort: Sort

    def address(self, **changes: str | None) -> str:
        """The list with these filters and some changed; None takes one away."""
        values = {**self.values, **changes}
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/leitung?{query}" if query else "/leitung"


@router.get("/leitung")
async def show_ideas(request: Request, services: ServicesHere, member: SignedInLead) -> Response:
    filters = read_filters(request.query_params)
    moment = Moment.of(services.policy, datetime.now(UTC))
    cursor = request.query_params.get("weiter")
    async with services.database.session() as session:
        viewer = (member.person.id, member.roles)
        listed = partial(list_ideas, session, *viewer, moment, filters.wanted, sort=filters.sort, limit=IDEAS_A_PAGE)
        try:
            page = await listed(cursor=cursor)
        except InvalidCursor:
            cursor, page = None, await listed()
        coaches = await list_coaches(session, services.today())
    speaker = speak(services, texts_for(request, member), member)
    choices = list_choices(speaker, coaches)
    return render(
        request,
        member,
        "lead/ideas.html",
        ideas=[write_card(speaker, card) for card in page.items],
        filters=filters,
        choices=choices,
        chips=list_chips(filters, choices, speaker),
        further=filters.address(weiter=page.next_cursor) if page.next_cursor else None,
        first=filters.address() if cursor else None,
    )


def read_filters(query: Mapping[str, str]) -> Filters:
    """What means nothing is left out, so that a mistyped address shows a list and not an error."""
    given = {name: query.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT] for name in NAMES}
    holder = given["amzug"]
    known = {
        "text": bool(given["text"]),
        "phase": given["phase"] in set(Stage),
        "stand": given["stand"] in set(state_names()),
        "amzug": holder in set(Role) - {Role.ENGINE},
        "coach": _is_id(given["coach"]),
        "buero": bool(given["buero"]),
        "zeige": given["zeige"] in SHOWS and given["zeige"] != "open",
        "sortierung": given["sortierung"] in SORTS,
    }
    values = {name: given[name] for name, holds in known.items() if holds}
    shows = values.get("zeige", "open")
    state = values.get("stand") or (DRAFT if shows == "drafts" else None)
    wanted = BoardFilter(
        stage=Stage(values["phase"]) if "phase" in values else None,
        state=state,
        holder_role=Role(values["amzug"]) if "amzug" in values else None,
        coach_id=values.get("coach"),
        office=values.get("buero"),
        open=True if shows in ("open", "stuck") else None,
        ended=True if shows == "ended" else None,
        stuck=True if shows == "stuck" else None,
        text=values.get("text"),
    )
    return Filters(values, wanted, SORTS[values.get("sortierung", "frist")])


def state_names() -> list[str]:
    """All open states in the order of the path, then the endings."""
    states = [state for lifecycle in LIFECYCLES.values() for state in lifecycle.open_states()]
    return [*states, *(str(outcome) for outcome in Outcome), "published"]


def list_choices(speaker: Speaker, coaches: list[CoachLine]) -> dict[str, list[Choice]]:
    t, region = speaker.t, speaker.policy.region
    states = [
        Choice(state, f"{t(f'stage.{stage}')}: {t(f'state.{stage}.{state}')}")
        for stage, lifecycle in LIFECYCLES.items()
        for state in lifecycle.open_states()
    ]
    holders = (Role.LEAD, Role.COACH, Role.INNOVATOR, Role.COACH_SEARCH)
    return {
        "zeige": [Choice(name, t(f"page.lead.show.{name}")) for name in SHOWS],
        "phase": [Choice(stage, t(f"stage.{stage}")) for stage in Stage],
        "stand": states,
        "amzug": [Choice(role, t(f"role.{role}")) for role in holders],
        "coach": [Choice(coach.id, coach.name) for coach in coaches],
        "buero": [Choice(key, name) for key, name in region.offices.items()],
        "sortierung": [Choice(name, t(f"page.lead.sort.{name}")) for name in SORTS],
    }


def list_chips(filters: Filters, choices: dict[str, list[Choice]], speaker: Speaker) -> list[dict[str, Any]]:
    """Every active filter in words, with the address of the list without it."""
    chips = []
    for name, value in filters.values.items():
        if name == "sortierung":
            continue
        named = {choice.value: choice.label for choice in choices.get(name, [])}
        label = f"{speaker.t(f'page.lead.{name}')}: {named.get(value, value)}"
        chips.append({"label": label, "without": filters.address(**{name: None})})
    return chips


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
