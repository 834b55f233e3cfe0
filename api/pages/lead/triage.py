"""Triage: what is new, one idea after the other. The list on the left, the idea and the decision beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.idea.case_view import describe, render_idea, see_idea
from api.pages.kit.fields import Entered
from api.pages.kit.latest_step import find_latest
from api.pages.kit.office import Office
from api.pages.kit.page import LeadPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from api.use_cases.read_marks import begin_reading
from api.web.routers import page_router
from models.lifecycles.events import UNDO
from models.queries.board import BoardFilter, Card, Sort, list_ideas
from models.queries.cases import own_ideas, put_off
from models.queries.moment import Moment
from models.vocabulary import Stage

router = page_router()

MOST_NEW = 200
"""Longer is no queue that somebody goes through in one sitting; what is left comes up as the first ones go."""

LONGEST_GLIMPSE = 140
"""Characters of the first sentence in the list."""


@dataclass(frozen=True)
class Waiting:
    """One line of the queue: what tells ideas apart before they are opened."""

    id: str
    title: str
    glimpse: str
    facts: str
    age: str
    badge: Badge | None


@router.get("/neu")
async def show_first(page: LeadPage) -> Response:
    return await render_triage(page)


@router.get("/neu/{idea_id}")
async def show_one(page: LeadPage, idea_id: UUID) -> Response:
    return await render_triage(page, str(idea_id))


@router.post("/neu/{idea_id}")
async def decide(page: LeadPage, idea_id: UUID) -> Response:
    """Take the step and open the next idea; or say why not, with nothing lost."""
    idea = str(idea_id)
    async with page.services.database.reading() as session:
        office = await Office.of(page, session)
        queue = await list_new(page, session, office)
    taken = await take_from_form(page, idea, await page.form())
    if isinstance(taken, NotTaken):
        is_new = any(card.id == idea for card in queue)
        render = render_triage if is_new else render_idea
        return await render(page, idea, entered=taken.entered, status=taken.status)
    goes_on = idea if taken.event == UNDO else find_next(queue, idea)
    address = f"/neu/{goes_on}" if goes_on else "/neu"
    return see_other(address, **office.query, meldung=taken.event, zuletzt=idea)


async def list_new(page: LeadPage, session: AsyncSession, office: Office) -> Sequence[Card]:
    """What waits for its first decision, the one that came first at the top, and what was put off after the others; on
    one's own ideas others decide."""
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    wanted = BoardFilter(stage=Stage.IDENTIFY, state="screening", office=office.wanted, open=True)
    found = await list_ideas(
        session, page.person.id, page.visitor.roles, moment, wanted, sort=Sort.SUBMITTED, limit=MOST_NEW
    )
    own = {*(await session.exec(own_ideas(page.person.id))).all()}
    later = {*(await session.exec(put_off(moment.today))).all()}
    new = (card for card in found.items if card.paused_until is None and card.id not in own)
    return sorted(new, key=lambda card: card.id in later)


def find_next(queue: Sequence[Card], idea_id: str) -> str | None:
    """Which one comes after an idea that leaves the queue; the first one after the last."""
    ids = [card.id for card in queue]
    if idea_id not in ids:
        return ids[0] if ids else None
    others = [*ids[ids.index(idea_id) + 1 :], *ids[: ids.index(idea_id)]]
    return others[0] if others else None


async def render_triage(
    page: LeadPage, idea_id: str | None = None, entered: Entered | None = None, *, status: int = 200
) -> Response:
    opened = page.query.get("oeffne", "")
    async with page.services.database.reading() as session:
        office = await Office.of(page, session)
        queue = await list_new(page, session, office)
        latest = await find_latest(page, session)
        ids = [card.id for card in queue]
        chosen = idea_id or (ids[0] if ids else None)
        if chosen is not None and chosen not in ids:
            return see_other("/neu", **office.query)
        seen = await see_idea(page, session, chosen, whole=False, chooses=False) if chosen else None
    shown: dict[str, Any] = {}
    if seen is not None:
        await begin_reading(page.services, seen.view, page.person)
        shown = describe(page, seen, entered, opened) | {"along": ""}
    number = ids.index(chosen) if chosen is not None else 0
    return page.render(
        "lead/triage.html",
        status,
        **shown,
        queue=[write_line(page.speaker, card) for card in queue],
        chosen=chosen,
        number=number + 1,
        before=ids[number - 1] if number > 0 else None,
        after=ids[number + 1] if number + 1 < len(ids) else None,
        latest=latest,
        office=office,
        query=f"?{urlencode(office.query)}" if office.query else "",
    )


def write_line(speaker: TurnPresenter, card: Card) -> Waiting:
    t, names = speaker.t, speaker.names
    facts = [names.district(card.district)] if card.district else []
    facts += [names.themes(card.themes)] if card.themes else []
    facts += [card.organisation] if card.organisation else []
    since = card.submitted_at or card.entered_at
    days = (speaker.today - since.astimezone(speaker.zone).date()).days
    badge = speaker.due(card.holder_until)
    urgent = badge if badge.tone in ("late", "soon") else None
    age = t("page.triage.age", count=days) if days else t("page.triage.today")
    return Waiting(card.id, card.title, shorten(card.summary), " · ".join(facts), age, urgent)


def shorten(text: str) -> str:
    """The first sentence, or as much of it as fits; cut between words.

    >>> shorten("Nachbarn lesen vor. Jeden Dienstag.")
    'Nachbarn lesen vor.'
    """
    first = " ".join(text.split())
    for end in (". ", "! ", "? "):
        first = first.partition(end)[0] + (end.strip() if end in first else "")
    return first if len(first) <= LONGEST_GLIMPSE else first[:LONGEST_GLIMPSE].rpartition(" ")[0] + " …"
