"""The activities as workflows see them: names, arguments, results."""

from abc import ABC, abstractmethod

from temporalio import activity

from models.messages.coaching import Leave, OfferAnswer, OfferClosing, OfferMade, OfferToMake, OfferVerdict
from models.messages.idea import Record


class Recording(ABC):
    """What happened, written to SQL."""

    @activity.defn(name="record")
    @abstractmethod
    async def record(self, record: Record) -> None:
        """Project entries and standing in one transaction. A repeat, or an older one after a newer, changes nothing."""


class Delivery(ABC):
    """Notices on their way to people."""

    @activity.defn(name="deliver_notices")
    @abstractmethod
    async def deliver_notices(self, idea_id: str) -> int:
        """Send what waits for this idea; returns how many went out."""


class Coaching(ABC):
    """Offers and places."""

    @activity.defn(name="make_offer")
    @abstractmethod
    async def make_offer(self, offer: OfferToMake) -> OfferMade | None:
        """Offer the idea to the best coach who was not asked in this search; None where nobody is left."""

    @activity.defn(name="remind_of_offer")
    @abstractmethod
    async def remind_of_offer(self, offer_id: str) -> None:
        """Tell the coach that an open offer is about to expire."""

    @activity.defn(name="answer_offer")
    @abstractmethod
    async def answer_offer(self, answer: OfferAnswer) -> OfferVerdict:
        """Take a coach's answer; an acceptance takes a place under the coach's lock, or none."""

    @activity.defn(name="close_offer")
    @abstractmethod
    async def close_offer(self, closing: OfferClosing) -> None:
        """End an offer that is still open, and tell the coach."""


class Leaving(ABC):
    """A coach is away or gone."""

    @activity.defn(name="find_ideas_of_coach")
    @abstractmethod
    async def find_ideas_of_coach(self, coach_id: str) -> list[str]:
        """The open ideas that have this coach and no cover, or a place reserved with them."""

    @activity.defn(name="relieve_coach")
    @abstractmethod
    async def relieve_coach(self, idea_id: str, leave: Leave) -> None:
        """Give one idea cover, or start its search for another coach."""

    @activity.defn(name="withdraw_offers_to")
    @abstractmethod
    async def withdraw_offers_to(self, coach_id: str) -> int:
        """Tell the searches that wait for this coach to go on; returns how many."""
