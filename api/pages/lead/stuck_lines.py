"""A stuck case in words: the line of the table, and the row that is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.fields import Entered
from api.pages.kit.page import SignedInPage
from api.pages.kit.tables import NOTHING, Cell, write_cells
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from api.pages.lead.stuck_plain_cases import write_chase_beside
from api.pages.lead.stuck_remedies import Helping, list_remedies, write_helping
from api.use_cases.idea_text import IdeaNotFound
from models.case_names import page_of, tell_event, tell_place
from models.i18n import Texts
from models.queries.idea import read_idea
from models.queries.stuck_causes import HARDEST
from models.queries.stuck_lines import Cause, StuckCase
from models.vocabulary import StuckCause
from models.workflow_ids import IDEA


@dataclass(frozen=True)
class StuckLine:
    """One case of the list, in words."""

    case: StuckCase
    path: str
    place: str
    badge: Badge
    cells: Mapping[str, str]
    causes: list[tuple[str, str]]
    remedies: list[str]
    likeliest: str
    """What helps most likely, on the button that opens the forms."""
    is_ours: bool
    """It waits for a decision of the leads: that is what helps, on the page of the case."""
    is_letter: bool
    """A letter waits to be passed on: that is what helps, on its own page."""
    may_remind: bool
    helping: Helping | None = None
    is_back: bool = False
    """It was just closed: whoever did so goes on here."""


def describe(speaker: TurnPresenter, case: StuckCase) -> StuckLine:
    t, worst = speaker.t, worst_first(case.causes)
    remedies = list_remedies([cause.cause for cause in worst])
    return StuckLine(
        case=case,
        path=page_of(case.kind, case.id),
        place=tell_place(t, case.kind, case.stage, case.state),
        badge=speaker.due(case.holder_until),
        cells=write_cells(t, list_cells(speaker, case)) | {"seit": tell_since(t, case.causes)},
        causes=[(tell_cause(speaker, cause), tell_help(t, case.kind, cause)) for cause in worst],
        remedies=remedies,
        is_ours=bool(worst) and worst[0].cause is StuckCause.WAITING_FOR_US,
        is_letter=bool(worst) and worst[0].cause is StuckCause.LETTER_WAITING,
        likeliest=tell_event(t, case.stage, remedies[0]) if remedies else t("page.stuck.help"),
        may_remind=case.kind == IDEA and case.holder is not None and case.holder.id != speaker.visitor.id,
    )


async def describe_opened(
    page: SignedInPage, session: AsyncSession, case: StuckCase, entered: Entered | None = None
) -> StuckLine:
    """The row with what helps, where the idea allows it; what is no idea is helped on its own page, but for asking."""
    view, line = await read_idea(session, case.id), describe(page.speaker, case)
    if view is None:
        raise IdeaNotFound
    if case.kind != IDEA:
        return replace(line, helping=await write_chase_beside(page, session, case, entered))
    helping = await write_helping(page, session, case, view, line.remedies, entered)
    return replace(line, helping=helping)


def worst_first(causes: Sequence[Cause]) -> list[Cause]:
    """Where nobody cares for an idea that comes first, and then where it waits for us, whatever else is late."""
    return sorted(causes, key=lambda one: HARDEST.index(one.cause) if one.cause in HARDEST else len(HARDEST))


def tell_help(t: Texts, kind: str, cause: Cause) -> str:
    """What helps; a kind whose people cannot do all that has words of its own."""
    general = f"stuck.{cause.cause}.help"
    own = f"{general}.{kind}"
    return t(own if t.has(own) else general)


def tell_cause(speaker: TurnPresenter, cause: Cause) -> str:
    """ "Ohne Coach, seit 12 Tagen". A deadline is counted from its own day, as the badge beside it does."""
    return f"{speaker.t(f'stuck.{cause.cause}')}, {tell_since(speaker.t, [cause])}"


def tell_since(t: Texts, causes: Sequence[Cause]) -> str:
    """How long the longest of them holds."""
    if not causes:
        return NOTHING
    days = max(cause.days for cause in causes)
    return {0: t("page.stuck.today"), 1: t("page.stuck.yesterday")}.get(days) or t("page.stuck.days", count=days)


def list_cells(speaker: TurnPresenter, case: StuckCase) -> dict[str, Cell]:
    """What its line says, in the page and in a file."""
    t, causes = speaker.t, worst_first(case.causes)
    role = t(f"role.{case.holder_role}")
    return {
        "fall": case.title
        if case.kind == IDEA
        else f"{case.title}, {tell_place(t, case.kind, case.stage, case.state)}",
        "grund": name_cause(t, causes[0].cause) if causes else t("page.stuck.solved"),
        "seit": min((cause.since for cause in causes), default=None),
        "amzug": f"{speaker.name(case.holder)} ({role})" if case.holder else role,
        "buero": speaker.names.office(case.office),
        "stand": tell_place(t, case.kind, case.stage, case.state),
        "frist": case.holder_until,
        "person": speaker.name(case.owner),
    }


def name_cause(t: Texts, cause: StuckCause) -> str:
    """In few words; what it means stands in the row that is opened."""
    short = f"stuck.{cause}.short"
    return t(short if t.has(short) else f"stuck.{cause}")
