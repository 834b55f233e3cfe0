"""The books that PostgreSQL keeps otherwise: the places of coaches, what is offered to them, what they are told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from activities.coaching import coach_facts
from api.use_cases.simulation.people import SimulatedCoach
from models.messages.cases import Entry
from models.messages.idea import Standing
from models.rules.ranking import CoachFacts, IdeaFacts, find_best
from models.vocabulary import OfferStatus


@dataclass(eq=False)
class Offered:
    """An idea is offered to a coach."""

    id: str
    idea: int
    coach_id: str
    status: OfferStatus = OfferStatus.OPEN
    reminded: bool = False


class Books:
    """As the activities of `activities.coaching` and `activities.record` would write them."""

    def __init__(self, coaches: Sequence[SimulatedCoach]) -> None:
        self._coaches = coaches
        self._facts: dict[str, CoachFacts] = {}
        """Coach → what is known of them today."""
        self._places: dict[int, str] = {}
        """Idea → the coach with whom it has a place."""
        self._taken: Counter[str] = Counter()
        self._offered: Counter[str] = Counter()
        self.offers: dict[str, Offered] = {}
        self.open_offers: dict[str, Offered] = {}
        self.told: Counter[str] = Counter()
        """Coach → how many notices."""

    def turn_to(self, today: date) -> None:
        """Who is away depends on the day."""
        self._facts = {
            one.id: coach_facts(one.profile, one.office, self._taken[one.id] + self._offered[one.id], today)
            for one in self._coaches
        }

    def find_best(self, idea: IdeaFacts, exclude: Sequence[str]) -> str | None:
        best = find_best(idea, self._facts.values(), exclude)
        return None if best is None else best.coach_id

    def count_free(self, office: str | None = None) -> int:
        """Places that are neither taken nor offered, of those who are there; of one office, or of all."""
        there = [coach for coach in self._facts.values() if not coach.absent and not coach.left]
        return sum(coach.free_places for coach in there if office in (None, coach.office))

    def offer(self, offer: Offered) -> None:
        self.offers[offer.id] = self.open_offers[offer.id] = offer
        self._count(self._offered, offer.coach_id, 1)
        self.told[offer.coach_id] += 1

    def remind(self, offer_id: str) -> None:
        self.offers[offer_id].reminded = True
        self.told[self.offers[offer_id].coach_id] += 1

    def close(self, offer_id: str, status: OfferStatus) -> None:
        """Its coach knows what they have answered, and is told of all else."""
        offer = self.open_offers.pop(offer_id)
        offer.status = status
        self._count(self._offered, offer.coach_id, -1)
        self.told[offer.coach_id] += status not in (OfferStatus.ACCEPTED, OfferStatus.DECLINED)

    def has_place(self, coach_id: str) -> bool:
        """Offers count while coaches are compared, though not when one accepts."""
        coach = self._facts.get(coach_id)
        if coach is None or coach.absent or coach.left:
            return False
        return self._taken[coach_id] < coach.capacity

    def settle(self, idea: int, standing: Standing) -> None:
        """The coach of an open idea has a place, and nobody else."""
        before, now = self._places.get(idea), None if standing.outcome else standing.coach_id
        if before == now:
            return
        if before is not None:
            self._count(self._taken, self._places.pop(idea), -1)
        if now is not None:
            self._places[idea] = now
            self._count(self._taken, now, 1)

    def tell(self, entry: Entry) -> None:
        """Leads are told as a group, which nobody counts."""
        told = {notice.account_id for notice in entry.notices if notice.account_id != entry.actor.account_id}
        self.told.update(account_id for account_id in told if account_id is not None)

    def _count(self, what: Counter[str], coach_id: str, change: int) -> None:
        what[coach_id] += change
        if coach_id in self._facts:  # who is a coach no more may still have an idea
            taken = self._taken[coach_id] + self._offered[coach_id]
            self._facts[coach_id] = replace(self._facts[coach_id], taken=taken)
