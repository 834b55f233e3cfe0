"""Scores of a jury: what reviews come to, how far they are apart, and in which order that puts applications.

All numbers are shares from 0 to 1, never points: criteria may have scales of different lengths, and a mean of points
would let the longest decide. `Criterion.points_at` leads back to points for whoever reads. What is not judged is left
out of every mean: a gap in somebody's knowledge is no zero.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, inf

LEAST_SHARED = 2
"""Applications that somebody has to share with others before their leniency is told: of one alone it is an opinion."""

DECIMALS = 9
"""To which all means are rounded: finer than any points, coarser than what a float loses, so that equal is equal."""


@dataclass(frozen=True)
class Criterion:
    """What is judged, with points from `least` to `most` and its weight among the others, both whole numbers."""

    key: str
    weight: int
    least: int
    most: int

    def __post_init__(self) -> None:
        if self.weight < 1 or self.least >= self.most:
            raise ValueError(f"criterion {self.key}: weight {self.weight}, points {self.least} to {self.most}")

    def share_of(self, points: int) -> float:
        if not self.least <= points <= self.most:
            raise ValueError(f"criterion {self.key}: {points} points, {self.least} to {self.most} are possible")
        return (points - self.least) / (self.most - self.least)

    def points_at(self, share: float) -> float:
        """A share as points of this criterion, for people."""
        return self.least + share * (self.most - self.least)


@dataclass(frozen=True)
class Review:
    """What one juror has handed in on one application. Points None, or none at all: not judged."""

    application_id: str
    juror_id: str
    points: Mapping[str, int | None]
    vote: bool | None = None
    """For it, against it, or neither."""


@dataclass(frozen=True)
class Score:
    """What a review comes to. `mean`: weighted, over what was answered; None where nothing was."""

    application_id: str
    juror_id: str
    mean: float | None
    shares: Mapping[str, float]
    """Criterion → share, of those that were answered alone."""
    asked: int
    vote: bool | None = None

    @property
    def answered(self) -> int:
        """As in "3 of 5 answered"."""
        return len(self.shares)


@dataclass(frozen=True)
class Figures:
    """Some shares in four numbers. `spread`: the highest less the lowest."""

    count: int
    median: float
    mean: float
    spread: float


@dataclass(frozen=True)
class Numbers:
    """What the reviews of one application come to. Each juror counts the same, however many criteria they answered."""

    application_id: str
    reviews: int
    """Handed in, whether or not anything was judged."""
    overall: Figures | None
    """Over the means of the reviews; None where nobody has judged anything."""
    criteria: Mapping[str, Figures]
    """Those that somebody has answered."""
    votes_for: int
    votes_against: int


@dataclass(frozen=True)
class Leniency:
    """How much higher somebody judges than the others do on the same applications.

    Shown to people, never applied: whoever differs may be the one who is right.
    """

    juror_id: str
    shared: int
    difference: float | None
    """From -1, stricter, to 1; None below `LEAST_SHARED`."""


@dataclass(frozen=True)
class Ranked:
    """The place of an application by its numbers. Equal means share a rank: 1, 2, 2, 4."""

    application_id: str
    rank: int | None
    """None: nobody has judged it."""
    mean: float | None
    reviews: int
    """Those that have judged something."""
    has_too_few: bool
    """Fewer than wanted: its place says less."""


def score_review(review: Review, criteria: Collection[Criterion]) -> Score:
    """By the criteria of the version under which it was written."""
    shares: dict[str, float] = {}
    weights, weighted = 0, []
    for criterion in criteria:
        points = review.points.get(criterion.key)
        if points is not None:
            share = shares[criterion.key] = criterion.share_of(points)
            weights += criterion.weight
            weighted.append(criterion.weight * share)
    mean = round(fsum(weighted) / weights, DECIMALS) if weights else None
    return Score(review.application_id, review.juror_id, mean, shares, len(criteria), review.vote)


def sum_up(scores: Iterable[Score]) -> list[Numbers]:
    """Numbers of each application that has a review, by id."""
    by_application: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_application[score.application_id].append(score)
    return [_numbers(application_id, by_application[application_id]) for application_id in sorted(by_application)]


def compare_jurors(scores: Iterable[Score]) -> list[Leniency]:
    """Everybody who has judged something, by id.

    The differences of all who share applications sum to zero, each counted as often as its juror shares one.
    """
    by_application: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for score in scores:
        if score.mean is not None:
            by_application[score.application_id].append((score.juror_id, score.mean))
    differences: dict[str, list[float]] = {}
    for means in by_application.values():
        total, others = fsum(mean for _, mean in means), len(means) - 1
        for juror_id, mean in means:
            own = differences.setdefault(juror_id, [])
            if others:
                own.append(mean - (total - mean) / others)
    return [_leniency(juror_id, differences[juror_id]) for juror_id in sorted(differences)]


def rank_applications(numbers: Iterable[Numbers], wanted: int) -> list[Ranked]:
    """By the mean, best first; whoever has none comes last; equals by id.

    By the mean and not by the median: of three to five reviews the median is the word of one or two people, makes many
    ties, and does not move when somebody else changes their mind. That one zero can sink an application is what the
    spread shows, and what the jury then talks about.
    """
    ordered = sorted(numbers, key=lambda one: (-_mean(one), one.application_id))
    ranked: list[Ranked] = []
    for place, one in enumerate(ordered, start=1):
        above = ranked[-1] if ranked else None
        mean = one.overall.mean if one.overall else None
        rank = above.rank if above and above.mean == mean else place
        judged = one.overall.count if one.overall else 0
        ranked.append(
            Ranked(one.application_id, None if mean is None else rank, mean, judged, has_too_few=judged < wanted)
        )
    return ranked


def needs_discussion(numbers: Numbers, spread_limit: float) -> bool:
    """Whether jurors are far apart: further than the limit, or with votes on both sides."""
    is_wide = numbers.overall is not None and numbers.overall.spread > spread_limit
    return is_wide or (numbers.votes_for > 0 and numbers.votes_against > 0)


def differs_from_numbers(by_hand: Sequence[str], ranking: Iterable[Ranked]) -> list[str]:
    """The applications whose place by hand needs a reason, in that order.

    They are the fewest that somebody has to have moved: whoever lifts one from the fortieth place to the fifth owes one
    reason, and none for those that have made room. Of two that have changed places it is the one that profits. Equal
    ranks may stand in any order; what nobody has judged belongs to the end.
    """
    ranks = {one.application_id: inf if one.rank is None else one.rank for one in ranking}
    if unknown := [application_id for application_id in by_hand if application_id not in ranks]:
        raise ValueError(f"not in the ranking: {unknown}")
    unmoved = _longest_ascent([ranks[application_id] for application_id in by_hand])
    return [application_id for place, application_id in enumerate(by_hand) if place not in unmoved]


def _numbers(application_id: str, scores: list[Score]) -> Numbers:
    by_criterion: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        for key, share in score.shares.items():
            by_criterion[key].append(share)
    means = [score.mean for score in scores if score.mean is not None]
    return Numbers(
        application_id,
        reviews=len(scores),
        overall=_figures(means) if means else None,
        criteria={key: _figures(shares) for key, shares in by_criterion.items()},
        votes_for=sum(score.vote is True for score in scores),
        votes_against=sum(score.vote is False for score in scores),
    )


def _figures(shares: list[float]) -> Figures:
    ordered, count = sorted(shares), len(shares)
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    mean, spread = fsum(ordered) / count, ordered[-1] - ordered[0]
    return Figures(count, round(middle, DECIMALS), round(mean, DECIMALS), round(spread, DECIMALS))


def _leniency(juror_id: str, differences: list[float]) -> Leniency:
    shared = len(differences)
    mean = round(fsum(differences) / shared, DECIMALS) if shared >= LEAST_SHARED else None
    return Leniency(juror_id, shared, mean)


def _mean(numbers: Numbers) -> float:
    return -inf if numbers.overall is None else numbers.overall.mean


def _longest_ascent(ranks: Sequence[float]) -> set[int]:
    """Places of a longest subsequence that nowhere falls; of several, the one that ends, and goes on, furthest back.

    Patience sorting: `lengths` says of each place how long such a one is that ends there.
    """
    lowest_ends: list[float] = []
    lengths: list[int] = []
    for rank in ranks:
        length = bisect_right(lowest_ends, rank)
        lowest_ends[length : length + 1] = [rank]
        lengths.append(length + 1)
    places: set[int] = set()
    # Of those that are as long, the last has the lowest rank: it stands under whatever was chosen after it.
    wanted = len(lowest_ends)
    for place in reversed(range(len(ranks))):
        if lengths[place] == wanted:
            places.add(place)
            wanted -= 1
    return places
