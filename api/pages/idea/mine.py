"""My ideas: what somebody has handed in or begun, and what is on the way beside it."""

from fastapi import Response

from api.pages.hand_in.drafts import holder_of
from api.pages.kit.case_lines import CaseLine, first_question, write_case
from api.pages.kit.page import SignedInPage
from api.pages.kit.step_forms import next_event
from api.pages.kit.turn_presenter import Position, TurnPresenter
from api.use_cases.drafts import list_open_drafts, typed_words
from api.web.routers import page_router
from models.case_names import tell_event
from models.i18n import Texts
from models.queries.my_work import Case, list_own_cases
from models.rules.permissions import works_on
from models.tables import StandingRow, Task
from models.vocabulary import Role

router = page_router()


@router.get("/ideen")
async def show_my_ideas(page: SignedInPage) -> Response:
    async with page.services.database.reading() as session:
        cases = await list_own_cases(session, page.person.id, with_teams=True)
        begun = await list_open_drafts(session, holder_of(page))
    return page.render(
        "ideas/mine.html",
        sections=sort_own(page.speaker, cases),
        told=page.flash({"team_left"}),
        begun=[(draft.id, typed_words(draft).title) for draft in begun],
    )


def sort_own(speaker: TurnPresenter, cases: list[Case]) -> list[tuple[str, list[CaseLine]]]:
    """What waits for the owner first, then what waits for others, then what has ended. Ideas in whose team somebody is
    say so."""
    sections: dict[str, list[CaseLine]] = {f"page.mine.{name}": [] for name in ("turn", "others", "paused", "ended")}
    for case in cases:
        is_turn, question = speaker.is_mine(Position.of_case(case)), find_question(speaker, case)
        name = _section_of(case, mine=is_turn or question is not None)
        next_ = next_step(speaker.t, case.row, Role.INNOVATOR) if case.is_idea and name == "turn" and is_turn else ""
        if name == "turn" and question is not None and not is_turn:
            next_ = speaker.t("page.task.question")
        sections[f"page.mine.{name}"].append(write_case(speaker, case, next_=next_))
    sections["page.mine.turn"].sort(key=lambda line: str(line.row.holder_until or "9999"))
    return [(name, lines) for name, lines in sections.items() if lines]


def find_question(speaker: TurnPresenter, case: Case) -> Task | None:
    """The first question to those who work on the idea, where the visitor does."""
    works = case.is_idea and works_on(case.row, speaker.visitor.id)
    return first_question(case, Role.INNOVATOR) if works else None


def next_step(t: Texts, row: StandingRow, role: Role) -> str:
    """The step along the path that somebody in this role can take now; empty where there is none."""
    event = next_event(row, role)
    return tell_event(t, row.stage, event) if event else ""


def _section_of(case: Case, *, mine: bool) -> str:
    row = case.row
    if row.outcome is not None:
        return "ended"
    if case.paused_until is not None:
        return "paused"
    return "turn" if mine else "others"
