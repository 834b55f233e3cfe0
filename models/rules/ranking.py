"""Which coach fits an idea best, with the reasons, and who cannot be asked, with the reasons why."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from models.messages.coaching import RankedCoach
from models.vocabulary import RankReason

LANGUAGE_WEIGHT = 120
"""Without a common language there is no coaching, so it outweighs everything below together."""

OFFICE_WEIGHT = 40
"""The office in charge knows the local partners and keeps the case."""

DISTRICT_WEIGHT = 20
"""A short way makes visits likely; less than the office, because many meetings are calls."""

THEME_WEIGHT = 15
"""Each shared theme counts, so that two of them outweigh the district."""

MOST_THEMES = 3
"""More shared themes than this say more about a long profile than about expertise."""

PLACE_WEIGHT = 2
"""Free places tip the scale between coaches who fit alike; they never outweigh a shared theme."""

MOST_PLACES = 5
"""From here on everybody has time enough."""


@dataclass(frozen=True)
class CoachFacts:
    """What is known of a coach on the day of the search. `taken` counts ideas and standing offers."""

    coach_id: str
    office: str
    districts: Collection[str]
    themes: Collection[str]
    languages: Collection[str]
    capacity: int
    taken: int
    absent: bool = False
    left: bool = False

    @property
    def free_places(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def load(self) -> float:
        """The share of places taken; 1.0 for a coach without places."""
        return self.taken / self.capacity if self.capacity > 0 else 1.0


@dataclass(frozen=True)
class IdeaFacts:
    """What a search asks of an idea."""

    owner_id: str
    office: str
    district: str | None
    themes: Collection[str]
    language: str
    team: Collection[str] = ()
    """Who is on the innovator's side beside the owner, or looks on."""


def rank_coaches(idea: IdeaFacts, coaches: Iterable[CoachFacts], exclude: Collection[str] = ()) -> list[RankedCoach]:
    """Everybody who can be asked, best first; then those who cannot (`score` None), by id.

    Equal scores are ordered by free places, then by the share of places taken, then by id.
    """
    suited: list[CoachFacts] = []
    unsuited: list[RankedCoach] = []
    for coach in coaches:
        reasons = _reasons_against(idea, coach, exclude)
        if reasons:
            unsuited.append(_ranked(idea, coach, None, reasons))
        else:
            suited.append(coach)
    suited.sort(key=lambda coach: _order(idea, coach))
    best = [_ranked(idea, coach, _score(idea, coach), _reasons(idea, coach)) for coach in suited]
    return best + sorted(unsuited, key=lambda ranked: ranked.coach_id)


def find_best(idea: IdeaFacts, coaches: Iterable[CoachFacts], exclude: Collection[str] = ()) -> RankedCoach | None:
    """The first of them alone; None where nobody can be asked."""
    # Most have no free place, which is seen at once.
    free = (coach for coach in coaches if coach.free_places)
    suited = (coach for coach in free if not _reasons_against(idea, coach, exclude))
    best = min(suited, key=lambda coach: _order(idea, coach), default=None)
    return None if best is None else _ranked(idea, best, _score(idea, best), _reasons(idea, best))


def propose_successors(
    ideas: Mapping[str, IdeaFacts], coaches: Iterable[CoachFacts], leaving: str
) -> dict[str, list[RankedCoach]]:
    """Idea → everybody who could take it over from somebody who leaves, best first.

    Each place that is proposed for one idea is taken for those after it, so that all proposals fit together.
    """
    there = {coach.coach_id: coach for coach in coaches if coach.coach_id != leaving}
    proposals: dict[str, list[RankedCoach]] = {}
    for idea_id, facts in ideas.items():
        ranked = rank_coaches(facts, there.values())
        proposals[idea_id] = [one for one in ranked if one.score is not None]
        if proposals[idea_id]:
            best = proposals[idea_id][0].coach_id
            there[best] = replace(there[best], taken=there[best].taken + 1)
    return proposals


def _order(idea: IdeaFacts, coach: CoachFacts) -> tuple[int, int, float, str]:
    return -_score(idea, coach), -coach.free_places, coach.load, coach.coach_id


def _score(idea: IdeaFacts, coach: CoachFacts) -> int:
    return (
        LANGUAGE_WEIGHT * (idea.language in coach.languages)
        + OFFICE_WEIGHT * (coach.office == idea.office)
        + DISTRICT_WEIGHT * _same_district(idea, coach)
        + THEME_WEIGHT * min(_shared_themes(idea, coach), MOST_THEMES)
        + PLACE_WEIGHT * min(coach.free_places, MOST_PLACES)
    )


def _reasons(idea: IdeaFacts, coach: CoachFacts) -> list[RankReason]:
    """What speaks for, or merely against, the coach; the weightiest reason first."""
    speaks_it, same_office = idea.language in coach.languages, coach.office == idea.office
    reasons = [RankReason.SAME_LANGUAGE if speaks_it else RankReason.OTHER_LANGUAGE]
    reasons.append(RankReason.SAME_OFFICE if same_office else RankReason.OTHER_OFFICE)
    if _same_district(idea, coach):
        reasons.append(RankReason.SAME_DISTRICT)
    if _shared_themes(idea, coach):
        reasons.append(RankReason.SHARED_THEMES)
    return [*reasons, RankReason.FREE_CAPACITY]


def _same_district(idea: IdeaFacts, coach: CoachFacts) -> bool:
    return idea.district is not None and idea.district in coach.districts


def _reasons_against(idea: IdeaFacts, coach: CoachFacts, exclude: Collection[str]) -> list[RankReason]:
    against = {
        RankReason.LEFT: coach.left,
        RankReason.ABSENT: coach.absent,
        RankReason.NO_CAPACITY: coach.free_places == 0,
        RankReason.ALREADY_ASKED: coach.coach_id in exclude,
        RankReason.OWN_IDEA: coach.coach_id == idea.owner_id,
        RankReason.IN_TEAM: coach.coach_id in idea.team,
    }
    return [reason for reason, holds in against.items() if holds]


def _shared_themes(idea: IdeaFacts, coach: CoachFacts) -> int:
    return len(set(idea.themes) & set(coach.themes))


def _ranked(idea: IdeaFacts, coach: CoachFacts, score: int | None, reasons: list[RankReason]) -> RankedCoach:
    return RankedCoach(
        coach_id=coach.coach_id,
        score=score,
        reasons=reasons,
        shared_themes=_shared_themes(idea, coach),
        free_places=coach.free_places,
    )
