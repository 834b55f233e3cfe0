"""Coaches who can be asked for an idea. They are ranked when somebody wants to choose one, not whenever it is shown."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.coaching import rank_for_idea
from api.pages.kit.fields import Choice
from api.pages.kit.page import AnyPage
from models.i18n import Texts
from models.lifecycles.events import EVENTS
from models.messages.coaching import RankedCoach
from models.queries.account_names import Person, read_names
from models.tables import StandingRow

CHOOSES_COACH = frozenset(event for event, spec in EVENTS.items() if spec.chooses_coach)

MOST_CHOICES = 60
MOST_OTHERS = 20
"""More names than this are no help to anybody; how many there are is told."""


@dataclass(frozen=True)
class Candidates:
    """The best first, each with the reasons. `about`: who cannot be asked, and why; and how many are not listed."""

    choices: tuple[Choice, ...] = ()
    about: str = ""


NONE = Candidates()


async def rank_candidates(page: AnyPage, session: AsyncSession, row: StandingRow) -> Candidates:
    ranked = await rank_for_idea(session, row.idea_id, set(), page.services.today())
    others = [coach for coach in ranked if coach.coach_id != row.coach_id]
    suited = [coach for coach in others if coach.score is not None]
    unsuited = [coach for coach in others if coach.score is None]
    named = [*suited[:MOST_CHOICES], *unsuited[:MOST_OTHERS]]
    names = await read_names(session, {coach.coach_id for coach in named})
    return Candidates(
        tuple(write_choice(coach, names, page.t) for coach in suited[:MOST_CHOICES]),
        tell_others(suited, unsuited, names, page.t),
    )


def write_choice(coach: RankedCoach, names: dict[str, Person], t: Texts) -> Choice:
    places = t("page.places", count=coach.free_places)
    reasons = tell_reasons(coach, t).replace(t("rank.free_capacity"), places)
    return Choice(coach.coach_id, name_of(coach, names, t), reasons)


def tell_others(suited: list[RankedCoach], unsuited: list[RankedCoach], names: dict[str, Person], t: Texts) -> str:
    lines = []
    if len(suited) > MOST_CHOICES:
        lines.append(t("page.candidates.best", count=MOST_CHOICES, all=len(suited)))
    if unsuited:
        told = [f"{name_of(coach, names, t)} ({tell_reasons(coach, t)})" for coach in unsuited[:MOST_OTHERS]]
        if len(unsuited) > MOST_OTHERS:
            told.append(t("page.candidates.others", count=len(unsuited) - MOST_OTHERS))
        lines.append(t("page.unavailable", names=", ".join(told)))
    return " ".join(lines)


def tell_reasons(coach: RankedCoach, t: Texts) -> str:
    return ", ".join(t(f"rank.{reason}") for reason in coach.reasons)


def name_of(coach: RankedCoach, names: dict[str, Person], t: Texts) -> str:
    found = names.get(coach.coach_id)
    return found.name if found is not None else t("page.somebody")
