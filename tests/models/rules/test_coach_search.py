"""What a coach search does next, with plain values. That its workflow does so is told in `tests/workflows`."""

from datetime import UTC, datetime, time, timedelta

import pytest

from models.messages.coaching import OfferAnswer, OfferClosing, OfferMade, OfferVerdict, SearchState
from models.messages.rulebook import Duration
from models.rules import coach_search
from models.rules.coach_search import Deed
from models.vocabulary import SearchNews
from tests.cast import BEN, BERLIN, BRUNO, POLICY

MONDAY = datetime(2027, 1, 4, 9, tzinfo=UTC)
RULES = POLICY.rulebook(MONDAY.date())
TWICE = RULES.model_copy(
    update={"offer": RULES.offer.model_copy(update={"remind": (Duration(3, "wd"), Duration(1, "wd"))})}
)


def ask(coach_id: str = BEN, search: SearchState | None = None) -> SearchState:
    search = search or SearchState()
    coach_search.begin_offer(search, TWICE, MONDAY)
    coach_search.note_offer(search, OfferMade(offer_id=f"offer-{search.rank}", coach_id=coach_id))
    return search


def answer(offer_id: str, coach_id: str, *, accepted: bool) -> OfferAnswer:
    return OfferAnswer(offer_id=offer_id, coach_id=coach_id, accepted=accepted)


def test_a_no_that_comes_again_says_nothing_of_the_next_offer() -> None:
    search, no = ask(BEN), answer("offer-1", BEN, accepted=False)
    coach_search.note_answer(search, no, OfferVerdict.DECLINED)
    assert coach_search.end_offer(search) is None
    ask(BRUNO, search)
    coach_search.note_answer(search, no, OfferVerdict.DECLINED)
    assert not coach_search.is_settled(search)
    coach_search.note_answer(search, answer("offer-2", BRUNO, accepted=False), OfferVerdict.DECLINED)
    assert coach_search.is_settled(search)


def test_a_search_asks_and_waits_until_somebody_has_time() -> None:
    search = SearchState(asked=[BRUNO])
    assert coach_search.next_deed(search) is Deed.ASK
    ask(BEN, search)
    assert coach_search.next_deed(search) is Deed.WAIT
    coach_search.note_answer(search, answer("offer-1", BEN, accepted=True), OfferVerdict.ACCEPTED)
    assert coach_search.is_settled(search)
    assert coach_search.end_offer(search) is None, "it has been answered"
    assert coach_search.next_deed(search) is Deed.FOUND
    news = coach_search.news_of(search, 3, SearchNews.FOUND)
    assert (news.n, news.seq, news.coach_id, news.until) == (3, 1, BEN, search.until)


def test_an_offer_is_reminded_of_step_by_step_and_then_ends_at_midnight() -> None:
    search, now, told = ask(), MONDAY, []
    while (wait := coach_search.next_wait(search, TWICE, now)).reminder is not None:
        told.append(wait.at.astimezone(BERLIN).date().isoformat())
        search.reminded, now = wait.reminder + 1, wait.at
    last_day = MONDAY.date() + timedelta(days=7)
    assert (search.until, told) == (last_day, ["2027-01-06", "2027-01-08"])
    assert wait.at.astimezone(BERLIN) == datetime(2027, 1, 12, tzinfo=BERLIN)
    late = datetime.combine(last_day, time(12), tzinfo=UTC)
    assert coach_search.next_wait(ask(), TWICE, late).reminder is None, "what lies behind is not sent"


@pytest.mark.parametrize(
    ("happened", "closing", "then"),
    [
        ({}, OfferClosing(offer_id="offer-1", cancelled=False), Deed.ASK),
        ({"passed_on": True}, None, Deed.ASK),
        ({"unavailable": [BEN]}, OfferClosing(offer_id="offer-1", cancelled=True), Deed.ASK),
        ({"stopped": True}, OfferClosing(offer_id="offer-1", cancelled=True), Deed.END),
        ({"stopped": True, "passed_on": True}, None, Deed.END),
        ({"stopped": True, "found": BEN}, OfferClosing(offer_id="offer-1", cancelled=True), Deed.END),
        ({"found": BEN, "unavailable": [BEN]}, None, Deed.FOUND),
    ],
)
def test_how_an_offer_ends_tells_what_is_next(
    happened: dict[str, object], closing: OfferClosing | None, then: Deed
) -> None:
    search = ask().model_copy(update=happened)
    assert coach_search.is_settled(search) == bool(happened)
    assert coach_search.end_offer(search) == closing
    assert coach_search.next_deed(search) is then


def test_nobody_is_asked_twice_and_at_the_end_the_search_says_so() -> None:
    search = ask(BRUNO, ask(BEN, SearchState(unavailable=["zoe", "ada"])))
    assert coach_search.not_to_ask(search) == [BEN, BRUNO, "ada", "zoe"]
    coach_search.end_offer(search)
    coach_search.begin_offer(search, TWICE, MONDAY)
    coach_search.note_offer(search, None)
    assert coach_search.next_deed(search) is Deed.EXHAUSTED
    search.stopped = True
    assert coach_search.next_deed(search) is Deed.END


def test_a_search_of_before_goes_on_with_what_it_carried() -> None:
    """As a run of an earlier release has left it."""
    old = {"schema_version": 1, "rank": 2, "asked": [BEN, BRUNO], "unavailable": [], "until": "2027-01-11"}
    search = SearchState.model_validate(old | {"offer": {"offer_id": "o", "coach_id": BRUNO}})
    assert coach_search.next_deed(search) is Deed.WAIT
    assert coach_search.next_wait(search, TWICE, MONDAY).reminder == 0
