"""What a coach search does next: pure decisions, which its workflow carries out and the simulation plays through.

They change the given `SearchState` in place and know no time but `now`, as `models.rules.steps` for ideas.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from models.cases.calendar import calendar_of
from models.cases.clocks import reminder_day
from models.messages.coaching import OfferAnswer, OfferClosing, OfferMade, OfferVerdict, SearchState
from models.messages.commands import News
from models.messages.rulebook import Rulebook
from models.vocabulary import SearchNews


class Deed(StrEnum):
    """What is next."""

    ASK = "ask"
    """Offer the idea to the best coach who was not asked."""
    WAIT = "wait"
    """An offer is open: wait as `next_wait` says, then end it."""
    FOUND = "found"
    EXHAUSTED = "exhausted"
    END = "end"
    """Nobody waits for a coach any more."""


class Wait(NamedTuple):
    """Until when an open offer waits for its answer, and which reminder goes out then; None: it ends."""

    at: datetime
    reminder: int | None = None


def next_deed(search: SearchState) -> Deed:
    if search.offer is not None:
        return Deed.WAIT
    if search.stopped:
        return Deed.END
    if search.found is not None:
        return Deed.FOUND
    return Deed.EXHAUSTED if search.exhausted else Deed.ASK


def begin_offer(search: SearchState, rulebook: Rulebook, now: datetime) -> None:
    calendar = calendar_of(rulebook)
    search.rank += 1
    search.reminded = 0
    search.passed_on = False
    search.until = calendar.deadline(calendar.today(now), rulebook.offer.limit)


def not_to_ask(search: SearchState) -> list[str]:
    return [*search.asked, *sorted(search.unavailable)]


def note_offer(search: SearchState, made: OfferMade | None) -> None:
    """Somebody is asked; None: nobody is left."""
    search.offer = made
    search.exhausted = made is None
    if made is not None:
        search.asked.append(made.coach_id)


def next_wait(search: SearchState, rulebook: Rulebook, now: datetime) -> Wait:
    """For the first reminder that lies ahead, or for the end of the offer."""
    assert search.until is not None
    calendar = calendar_of(rulebook)
    for number, step in enumerate(rulebook.offer.remind):
        at = calendar.send_time(reminder_day(search.until, step, calendar))
        if number >= search.reminded and at > now:
            return Wait(at, number)
    return Wait(calendar.end_of(search.until))


def note_answer(search: SearchState, answer: OfferAnswer, verdict: OfferVerdict) -> None:
    """A "no" that comes again, when somebody else is asked already, says nothing of their offer."""
    if verdict is OfferVerdict.ACCEPTED:
        search.found = answer.coach_id
    elif verdict is OfferVerdict.DECLINED and search.offer is not None and search.offer.offer_id == answer.offer_id:
        search.passed_on = True


def is_settled(search: SearchState) -> bool:
    """Whether the open offer waits for nothing any more."""
    return search.stopped or search.passed_on or search.found is not None or _is_coach_unavailable(search)


def end_offer(search: SearchState) -> OfferClosing | None:
    """The offer is over. None where its coach has said so; a yes does not count where the search was stopped."""
    offer, is_cancelled = search.offer, search.stopped or _is_coach_unavailable(search)
    assert offer is not None
    search.offer = None
    if search.passed_on or (search.found is not None and not search.stopped):
        return None
    return OfferClosing(offer_id=offer.offer_id, cancelled=is_cancelled)


def news_of(search: SearchState, n: int, kind: SearchNews) -> News:
    return News(n=n, kind=kind, seq=search.rank, coach_id=search.found, until=search.until)


def _is_coach_unavailable(search: SearchState) -> bool:
    return search.offer is not None and search.offer.coach_id in search.unavailable
