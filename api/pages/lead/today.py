"""A lead's day: figures that lead to what is new, waits for a decision or is stuck, and what is due first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import Response

from api.pages.kit.case_lines import answer_path, write_card
from api.pages.kit.first_steps import FirstStep, is_reachable, list_first_steps
from api.pages.kit.office import Office
from api.pages.kit.page import LeadPage
from api.web.routers import page_router
from models.queries.board import BoardFilter, list_ideas
from models.queries.coaches import is_there_a_coach
from models.queries.moment import Moment
from models.queries.questions import list_questions_to_leads
from models.queries.today import Today, count_today, was_an_idea_read
from models.vocabulary import Role

router = page_router()

SHOWN = 12
"""So much of what is due first; the list has the others."""


@dataclass(frozen=True)
class Counter:
    """A figure and where what it counts can be done."""

    name: str
    count: int
    address: str


@router.get("/heute")
async def show_today(page: LeadPage) -> Response:
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    async with page.services.database.reading() as session:
        office = await Office.of(page, session)
        wanted = BoardFilter(holder_role=Role.LEAD, office=office.wanted, open=True)
        counts = await count_today(session, moment, page.person.id, office.wanted)
        asked = await list_questions_to_leads(session, page.person.id, office.wanted)
        is_begun = page.person.first_steps_over_at is not None
        has_coach = is_begun or await is_there_a_coach(session)
        # That nothing is new has been read by nobody as long as nothing came.
        has_read = is_begun or (counts.new == 0 and await was_an_idea_read(session, page.person.created_at))
        due = await list_ideas(session, page.person.id, page.visitor.roles, moment, wanted, limit=SHOWN)
    steps = [
        FirstStep("invite", "/menschen/einladen?role=coach", has_coach),
        FirstStep("contact", "/kontakt", is_reachable(page.person)),
        FirstStep("new", "/neu", has_read),
    ]
    return page.render(
        "lead/today.html",
        first_steps_left=await list_first_steps(page, steps),
        office=office,
        counters=list_counters(counts, office, page.visitor.waiting.contributions),
        questions=[(one.title, answer_path(one.idea_id, one.task_id), page.speaker.due(one.due)) for one in asked],
        ideas=[write_card(page.speaker, card) for card in due.items if card.paused_until is None],
        further=address("/leitung", office, amzug=Role.LEAD) if due.next_cursor else None,
    )


def list_counters(counts: Today, office: Office, contributions: int) -> list[Counter]:
    """What is written to stories is for the leads of all offices, and told of where something waits."""
    found = [
        Counter("new", counts.new, address("/neu", office)),
        Counter("ours", counts.ours, address("/leitung", office, amzug=Role.LEAD)),
        Counter("stuck", counts.stuck, address("/haengt-fest", office)),
        Counter("unmatched", counts.unmatched, address("/leitung", office, phase="identify", stand="unmatched")),
    ]
    name = "contribution" if contributions == 1 else "contributions"
    return [*found, Counter(name, contributions, "/beitraege")] if contributions else found


def address(path: str, office: Office, **filters: str) -> str:
    """A list with these filters, of the office that is shown. Triage knows the own office by itself."""
    values = office.query if path == "/neu" else {**filters, **({"buero": office.wanted} if office.wanted else {})}
    return f"{path}?{urlencode(values)}" if values else path
