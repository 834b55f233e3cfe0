"""The assignment of reviews: who of a jury reads which application.

Greedy and stable: the same facts give the same assignment in whatever order they come, and a second one adds to the
first and takes nothing away. It is no optimum: a swap may close a gap that it leaves, and would take a review from
somebody who has begun to read. 2,000 applications with five reviews each among 60 jurors take 0.2 seconds.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from models.vocabulary import GapReason


class Pair(NamedTuple):
    """One application before one juror: a review."""

    application_id: str
    juror_id: str


@dataclass(frozen=True)
class Applicant:
    """An application as far as it says who would understand it."""

    application_id: str
    themes: Collection[str] = ()
    district: str | None = None


@dataclass(frozen=True)
class Juror:
    """What somebody of the jury knows, and how many reviews they take at `most`, those they have included."""

    juror_id: str
    themes: Collection[str] = ()
    districts: Collection[str] = ()
    most: int = 0


@dataclass(frozen=True)
class Gap:
    """An application that is short of reviews. `full` and `barred` count the jurors it could not get."""

    application_id: str
    missing: int
    full: int
    barred: int

    @property
    def reason(self) -> GapReason:
        """What would help: more room, other people, more people."""
        if self.full:
            return GapReason.FULL
        return GapReason.CONFLICTED if self.barred else GapReason.NO_JUROR


@dataclass(frozen=True)
class Assignment:
    """What is added, and what is missing still; both ordered by application."""

    new: tuple[Pair, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Candidate:
    """Who could take a review that is missing. `room`: how many more they take; 0: only if they are asked for more."""

    juror_id: str
    shares_theme: bool
    same_district: bool
    load: int
    room: int


@dataclass(frozen=True)
class Jury:
    """The jury with the reviews it has.

    `kept`: who has an application before them or has handed its review in. `forbidden`: who must not judge it, has
    declined or was replaced. What is both is no review any more: it counts neither here nor there, and whoever declares
    a conflict late makes room for somebody else.
    """

    jurors: Collection[Juror]
    kept: Collection[tuple[str, str]] = ()
    forbidden: Collection[tuple[str, str]] = ()

    @cached_property
    def barred(self) -> dict[str, set[str]]:
        """Application → who must not judge it."""
        return _by_application(self.forbidden)

    @cached_property
    def held(self) -> dict[str, set[str]]:
        """Application → who judges it."""
        return {id_: ids - self.barred.get(id_, set()) for id_, ids in _by_application(self.kept).items()}

    @cached_property
    def loads(self) -> dict[str, int]:
        """Juror → how many reviews they have."""
        loads = {juror.juror_id: 0 for juror in self.jurors}
        for juror_ids in self.held.values():
            for juror_id in juror_ids & loads.keys():
                loads[juror_id] += 1
        return loads

    def may_take(self, application_id: str) -> list[Juror]:
        """Who neither has it nor is barred from it, whatever their load, by id."""
        out = self.held.get(application_id, set()) | self.barred.get(application_id, set())
        return [juror for juror in self._by_id if juror.juror_id not in out]

    @cached_property
    def _by_id(self) -> list[Juror]:
        return sorted(self.jurors, key=lambda juror: juror.juror_id)


def assign(applications: Iterable[Applicant], jury: Jury, wanted: int) -> Assignment:
    """As many reviews for each application as are `wanted`, where the jury has them."""
    return _Dealing(sorted(applications, key=lambda one: one.application_id), jury, wanted).run()


def replacements(application: Applicant, jury: Jury) -> list[Candidate]:
    """Everybody who could take one more review of it, best first, in the order of `assign`; who is full comes last."""
    candidates = [
        Candidate(
            juror.juror_id,
            _shares_theme(application, juror),
            application.district in juror.districts,
            jury.loads[juror.juror_id],
            max(0, juror.most - jury.loads[juror.juror_id]),
        )
        for juror in jury.may_take(application.application_id)
    ]
    return sorted(
        candidates, key=lambda one: (not one.room, not one.shares_theme, not one.same_district, one.load, one.juror_id)
    )


class _Dealing:
    """One run: applications come one by one and take one juror each time.

    Next is whoever needs all that are left for it; among others whoever has the fewest reviews, so that a small jury
    leaves every application short by as much; then the scarcest, whoever has the fewest to choose from; then by id.
    Only what this run has given out is moved again.
    """

    def __init__(self, applications: list[Applicant], jury: Jury, wanted: int) -> None:
        self.jury = jury
        self.wanted = wanted
        self.loads = dict(jury.loads)
        self.room = {juror.juror_id: juror.most - jury.loads[juror.juror_id] for juror in jury.jurors}
        self.have = {one.application_id: len(jury.held.get(one.application_id, ())) for one in applications}
        self.new: dict[str, set[str]] = {id_: set() for id_ in self.have}
        self.fit = {one.application_id: _tiers(one, jury.may_take(one.application_id)) for one in applications}
        """Application → who may take it, in tiers of equal fit, best first."""
        self.open: dict[str, list[list[str]]] = {}
        """The same, without those who have it by now and those who are full."""

    def run(self) -> Assignment:
        self._deal()
        while self._level():
            # Somebody who was full has room again.
            self._deal()
        new = sorted(Pair(id_, juror_id) for id_, juror_ids in self.new.items() for juror_id in juror_ids)
        gaps = (self._gap(id_) for id_, have in self.have.items() if have < self.wanted)
        return Assignment(tuple(new), tuple(gaps))

    def _deal(self) -> None:
        self.open = {id_: [self._open(id_, tier) for tier in tiers] for id_, tiers in self.fit.items()}
        queue = self._queue()
        while queue:
            *_, application_id = heappop(queue)
            juror_id = self._best(application_id)
            self._give(application_id, juror_id)
            if self.room[juror_id] == 0:
                self._close(juror_id)
                queue = self._queue()
            elif self._is_short(application_id):
                heappush(queue, self._place(application_id))

    def _level(self) -> bool:
        """Hand new reviews on to others who fit as well and have two fewer at least: who was there first is chance."""
        moved = False
        for id_, tiers in self.fit.items():
            for tier in tiers:
                for juror_id in sorted(self.new[id_].intersection(tier)):
                    other = min(self._open(id_, tier), key=self.loads.__getitem__, default=juror_id)
                    if self.loads[other] + 2 <= self.loads[juror_id]:
                        self._take_back(id_, juror_id)
                        self._give(id_, other)
                        moved = True
        return moved

    def _queue(self) -> list[tuple[bool, int, int, str]]:
        queue = [self._place(id_) for id_ in self.open if self._is_short(id_)]
        heapify(queue)
        return queue

    def _place(self, application_id: str) -> tuple[bool, int, int, str]:
        have = self.have[application_id]
        spare = self._choice(application_id) - (self.wanted - have)
        return spare > 0, have, spare, application_id

    def _choice(self, application_id: str) -> int:
        return sum(map(len, self.open[application_id]))

    def _is_short(self, application_id: str) -> bool:
        """Whether it wants a review that somebody could take."""
        return self.have[application_id] < self.wanted and any(self.open[application_id])

    def _best(self, application_id: str) -> str:
        """The least loaded of those who fit best; of these the first by id."""
        tier = next(filter(None, self.open[application_id]))
        return min(tier, key=self.loads.__getitem__)

    def _open(self, application_id: str, tier: list[str]) -> list[str]:
        new = self.new[application_id]
        return [juror_id for juror_id in tier if self.room[juror_id] > 0 and juror_id not in new]

    def _give(self, application_id: str, juror_id: str) -> None:
        self._count(application_id, juror_id, 1)
        self.new[application_id].add(juror_id)
        _strike(self.open[application_id], juror_id)

    def _take_back(self, application_id: str, juror_id: str) -> None:
        self._count(application_id, juror_id, -1)
        self.new[application_id].remove(juror_id)

    def _count(self, application_id: str, juror_id: str, more: int) -> None:
        self.have[application_id] += more
        self.loads[juror_id] += more
        self.room[juror_id] -= more

    def _close(self, juror_id: str) -> None:
        """Somebody is full: all have one fewer to choose from."""
        for tiers in self.open.values():
            _strike(tiers, juror_id)

    def _gap(self, application_id: str) -> Gap:
        """Whoever may take it and has not got it by now is full."""
        full = sum(map(len, self.fit[application_id])) - len(self.new[application_id])
        barred = len(self.jury.barred.get(application_id, set()) & self.room.keys())
        return Gap(application_id, self.wanted - self.have[application_id], full, barred)


def _tiers(application: Applicant, jurors: list[Juror]) -> list[list[str]]:
    """Jurors by how they fit: theme and district, theme, district, neither.

    One shared theme says that somebody knows the field; more of them say how long a profile is.
    """
    tiers: list[list[str]] = [[], [], [], []]
    for juror in jurors:
        tiers[2 * (not _shares_theme(application, juror)) + (application.district not in juror.districts)].append(
            juror.juror_id
        )
    return tiers


def _strike(tiers: list[list[str]], juror_id: str) -> None:
    for tier in tiers:
        if juror_id in tier:
            tier.remove(juror_id)
            return


def _shares_theme(application: Applicant, juror: Juror) -> bool:
    return any(theme in juror.themes for theme in application.themes)


def _by_application(pairs: Collection[tuple[str, str]]) -> dict[str, set[str]]:
    by_application: dict[str, set[str]] = {}
    for application_id, juror_id in pairs:
        by_application.setdefault(application_id, set()).add(juror_id)
    return by_application
