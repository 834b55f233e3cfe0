"""One search for everything that somebody may see: ideas, people, stories."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import Response

from api.pages.kit.case_lines import CaseLine, write_card
from api.pages.kit.page import SignedInPage
from api.pages.kit.turn_presenter import TurnPresenter
from api.web.routers import page_router
from models.addresses import show_address
from models.i18n import Texts
from models.queries.global_search import (
    IDEAS_SHOWN,
    PEOPLE_SHOWN,
    STORIES_SHOWN,
    Found,
    FoundPerson,
    find_all,
)
from models.queries.moment import Moment
from models.queries.paging import MOST_COUNTED
from models.typed_text import clean
from models.vocabulary import STAFF, Role

router = page_router()

LONGEST = 200


@dataclass(frozen=True)
class PersonLine:
    """Somebody who was found, with their latest ideas and where all of them are."""

    name: str
    address: str
    about: str
    page: str
    """Of who works here; empty for others, and for who may not open it."""
    ideas: tuple[tuple[str, str], ...]
    further: str
    """The list of all of their ideas, for a lead; empty where all are told already."""


@router.get("/suche")
async def search(page: SignedInPage) -> Response:
    typed = clean(page.query.get("text", ""))[:LONGEST]
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    async with page.services.database.reading() as session:
        found = await find_all(session, page.person.id, page.visitor.roles, moment, typed)
    ideas: list[CaseLine] = [write_card(page.speaker, card) for card in found.ideas.cards]
    return page.render(
        "search/found.html",
        searched=typed,
        found=found,
        ideas=ideas,
        counts=tell_counts(page.t, found),
        people=[write_person(page.speaker, person) for person in found.people[:PEOPLE_SHOWN]],
        more_people=len(found.people) > PEOPLE_SHOWN,
        further=list_of(typed) if found.ideas.count > IDEAS_SHOWN and page.visitor.has(Role.LEAD) else "",
    )


def tell_counts(t: Texts, found: Found) -> dict[str, str]:
    """How many there are of each kind; of many only that there are many."""
    sizes = {"ideas": found.ideas.count, "people": len(found.people), "stories": len(found.stories)}
    most = {"ideas": MOST_COUNTED, "people": PEOPLE_SHOWN, "stories": STORIES_SHOWN}
    return {
        kind: t("page.search.many", count=most[kind]) if size > most[kind] else str(size)
        for kind, size in sizes.items()
    }


def write_person(speaker: TurnPresenter, person: FoundPerson) -> PersonLine:
    t, leads = speaker.t, speaker.visitor.has(Role.LEAD)
    works_here = not STAFF.isdisjoint(person.roles)
    roles = [t(f"role.{role}") for role in person.roles if role in STAFF or not works_here]
    return PersonLine(
        name=person.name,
        address=show_address(person.email) if person.email else "",
        about=" · ".join([*roles, *([t("page.lead.count", count=person.count)] if person.count else [])]),
        page=f"/menschen/{person.id}" if leads and works_here else "",
        ideas=tuple(
            (idea["id"], " · ".join(filter(None, (idea["reference"], idea["title"])))) for idea in person.ideas
        ),
        further=list_of(person.email) if leads and person.count > len(person.ideas) else "",
    )


def list_of(typed: str) -> str:
    """The lead's list of all ideas with these words."""
    return "/leitung?" + urlencode({"zeige": "all", "text": typed})
