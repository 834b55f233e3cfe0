"""The activities as workflows see them: names, arguments, results."""

from abc import ABC, abstractmethod
from datetime import datetime

from temporalio import activity

from models.messages.cases import Record
from models.messages.coaching import Leave, OfferAnswer, OfferClosing, OfferMade, OfferToMake, OfferVerdict
from models.messages.crowdfunding import (
    CampaignOpening,
    DraftOutcome,
    DraftToSubmit,
    ReadingOutcome,
    ReadingToTake,
)
from models.messages.inbox import InboxLook, InboxPlan, MailOrder
from models.messages.upkeep import ReconcileReport, ReconcileRequest, RetentionCounts, RetentionRequest
from models.vocabulary import MailState


class Recording(ABC):
    """What happened, written to SQL."""

    @activity.defn(name="record")
    @abstractmethod
    async def record(self, record: Record) -> bool:
        """Project entries and standing in one transaction. A repeat, or an older one after a newer, changes nothing.

        Then tell the inboxes of those who have a new notice. False where they could not be told: that is left to
        `deliver_notices`.
        """


class Delivery(ABC):
    """Notices on their way to people."""

    @activity.defn(name="deliver_notices")
    @abstractmethod
    async def deliver_notices(self, idea_id: str) -> int:
        """Hand this idea's new notices over to the inboxes of their readers; returns how many."""


class Gathering(ABC):
    """The inbox of one person."""

    @activity.defn(name="plan_inbox")
    @abstractmethod
    async def plan_inbox(self, look: InboxLook) -> InboxPlan:
        """What waits in an inbox, and when the next mail is due."""

    @activity.defn(name="prepare_mail")
    @abstractmethod
    async def prepare_mail(self, order: MailOrder) -> bool:
        """Gather the notices that are due into one mail; False where there are none any more."""


class Mailing(ABC):
    """Mails of every kind on their way out."""

    @activity.defn(name="send_mail")
    @abstractmethod
    async def send_mail(self, mail_id: str) -> MailState:
        """Write a mail and send it, or find out that it cannot be sent. Asks for another attempt by failing."""


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


class Upkeep(ABC):
    """The platform looks after itself."""

    @activity.defn(name="reconcile")
    @abstractmethod
    async def reconcile(self, request: ReconcileRequest) -> ReconcileReport:
        """Compare SQL with the workflows, and write down what differs."""

    @activity.defn(name="apply_retention")
    @abstractmethod
    async def apply_retention(self, request: RetentionRequest) -> RetentionCounts:
        """Delete and pseudonymise what has had its time."""

    @activity.defn(name="write_lead_digests")
    @abstractmethod
    async def write_lead_digests(self, at: datetime) -> int:
        """Put the overview of the week of `at` into the inbox of every lead; returns how many are new."""

    @activity.defn(name="nudge_ideas")
    @abstractmethod
    async def nudge_ideas(self) -> int:
        """Wake what rests on a former version of the worker; returns how many."""


class Crowdfunding(ABC):
    """The way of a package to a platform, and what is seen of the campaign there."""

    @activity.defn(name="open_package")
    @abstractmethod
    async def open_package(self, idea_id: str, attempt: int) -> CampaignOpening:
        """Lay out the package of an attempt, as a copy of the last one where there was one. Twice is once."""

    @activity.defn(name="submit_draft")
    @abstractmethod
    async def submit_draft(self, draft: DraftToSubmit) -> DraftOutcome:
        """Hand the confirmed package to the platform, if it is still the one that was confirmed."""

    @activity.defn(name="read_campaign")
    @abstractmethod
    async def read_campaign(self, reading: ReadingToTake) -> ReadingOutcome:
        """Ask the platform how the campaign stands, and keep what it said."""


class Pacing(ABC):
    """How fast ideas go."""

    @activity.defn(name="measure_pace")
    @abstractmethod
    async def measure_pace(self) -> int:
        """Measure how long ideas stayed in each state over the past year; returns for how many states."""


class InBulk(ABC):
    """One step for many cases."""

    @activity.defn(name="carry_out_bulk")
    @abstractmethod
    async def carry_out_bulk(self, run_id: str) -> int:
        """Ask the step of every case of a run that was not asked yet; returns how many have taken it in all.

        Twice is once: the ids of the commands derive from the run.
        """
