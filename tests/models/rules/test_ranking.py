"""The rank of coaches, with its reasons."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import ranking
from models.rules.ranking import CoachFacts, IdeaFacts, propose_successors, rank_coaches
from models.vocabulary import RankReason
from tests.cast import ALMA, BEN, BRUNO, NORA

IDEA = IdeaFacts(
    owner_id=ALMA, office="dresden", district="DED2C", themes=("care", "ageing"), language="de", team=(NORA,)
)

BEN_FACTS = CoachFacts(
    coach_id=BEN,
    office="dresden",
    districts=("DED21", "DED2C"),
    themes=("care", "ageing", "housing"),
    languages=("de", "en"),
    capacity=4,
    taken=1,
)
BRUNO_FACTS = CoachFacts(
    coach_id=BRUNO, office="leipzig", districts=("DED51",), themes=("culture",), languages=("de",), capacity=4, taken=0
)


def order(*coaches: CoachFacts, idea: IdeaFacts = IDEA) -> list[str]:
    return [ranked.coach_id for ranked in rank_coaches(idea, coaches)]


def test_ben_in_dresden_comes_before_bruno_in_leipzig_and_it_is_said_why() -> None:
    first, second = rank_coaches(IDEA, [BRUNO_FACTS, BEN_FACTS])
    assert (first.coach_id, first.shared_themes, first.free_places) == (BEN, 2, 3)
    assert first.reasons == [
        RankReason.SAME_LANGUAGE,
        RankReason.SAME_OFFICE,
        RankReason.SAME_DISTRICT,
        RankReason.SHARED_THEMES,
        RankReason.FREE_CAPACITY,
    ]
    assert (second.coach_id, second.shared_themes) == (BRUNO, 0)
    assert second.reasons == [RankReason.SAME_LANGUAGE, RankReason.OTHER_OFFICE, RankReason.FREE_CAPACITY]
    assert first.score is not None
    assert second.score is not None
    assert first.score > second.score


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"taken": 4}, RankReason.NO_CAPACITY),
        ({"taken": 5}, RankReason.NO_CAPACITY),
        ({"capacity": 0, "taken": 0}, RankReason.NO_CAPACITY),
        ({"absent": True}, RankReason.ABSENT),
        ({"left": True}, RankReason.LEFT),
        ({"coach_id": ALMA}, RankReason.OWN_IDEA),
        ({"coach_id": NORA}, RankReason.IN_TEAM),
    ],
)
def test_whoever_cannot_be_asked_comes_last_with_the_reason(change: dict[str, object], reason: RankReason) -> None:
    unsuited = replace(BEN_FACTS, **change)  # type: ignore[arg-type]
    first, last = rank_coaches(IDEA, [unsuited, BRUNO_FACTS])
    assert first.coach_id == BRUNO
    assert (last.score, last.reasons) == (None, [reason])


def test_whoever_was_asked_already_is_not_asked_again() -> None:
    first, last = rank_coaches(IDEA, [BEN_FACTS, BRUNO_FACTS], exclude=[BEN])
    assert first.coach_id == BRUNO
    assert (last.coach_id, last.score, last.reasons) == (BEN, None, [RankReason.ALREADY_ASKED])


def test_all_reasons_against_are_given() -> None:
    gone = replace(BEN_FACTS, taken=4, absent=True, left=True)
    (ranked,) = rank_coaches(IDEA, [gone], exclude=[BEN])
    assert ranked.reasons == [
        RankReason.LEFT,
        RankReason.ABSENT,
        RankReason.NO_CAPACITY,
        RankReason.ALREADY_ASKED,
    ]


def test_a_common_language_outweighs_everything_else() -> None:
    best_without = replace(BEN_FACTS, themes=("care", "ageing", "x"), languages=("en",), capacity=99)
    idea = replace(IDEA, themes=("care", "ageing", "x"))
    assert order(best_without, BRUNO_FACTS, idea=idea) == [BRUNO, BEN]
    assert RankReason.OTHER_LANGUAGE in rank_coaches(idea, [best_without])[0].reasons
    everything_else = (
        ranking.OFFICE_WEIGHT
        + ranking.DISTRICT_WEIGHT
        + ranking.THEME_WEIGHT * ranking.MOST_THEMES
        + ranking.PLACE_WEIGHT * ranking.MOST_PLACES
    )
    assert everything_else < ranking.LANGUAGE_WEIGHT


def test_the_office_weighs_more_than_the_district_and_free_places_less_than_a_theme() -> None:
    plain = replace(BRUNO_FACTS, themes=(), districts=())
    here = replace(plain, coach_id="here", office="dresden")
    near = replace(plain, coach_id="near", districts=("DED2C",))
    expert = replace(plain, coach_id="expert", themes=("care",), taken=3)
    free = replace(plain, coach_id="free", capacity=50)
    assert order(free, expert, near, here) == ["here", "near", "expert", "free"]


def test_an_idea_without_a_district_favours_nobody_for_theirs() -> None:
    (ranked,) = rank_coaches(replace(IDEA, district=None), [BEN_FACTS])
    assert RankReason.SAME_DISTRICT not in ranked.reasons


def test_ties_go_to_more_free_places_then_the_lighter_load_then_the_id() -> None:
    wide = replace(BRUNO_FACTS, coach_id="wide", capacity=9, taken=1)
    light = replace(BRUNO_FACTS, coach_id="light", capacity=7, taken=0)
    loaded = replace(BRUNO_FACTS, coach_id="loaded", capacity=14, taken=7)
    same = [replace(light, coach_id="light-2"), light]
    assert order(loaded, *same, wide) == ["wide", "light", "light-2", "loaded"]


def test_proposals_for_a_coach_who_leaves_fit_together() -> None:
    leaving, ben = replace(BEN_FACTS, coach_id="leaving"), replace(BEN_FACTS, capacity=2, taken=1)
    bruno = replace(BRUNO_FACTS, capacity=1)
    found = propose_successors(dict.fromkeys(("a", "b", "c"), IDEA), [leaving, ben, bruno], "leaving")
    best = {idea: [one.coach_id for one in ranked][:1] for idea, ranked in found.items()}
    assert best == {"a": [BEN], "b": [BRUNO], "c": []}, "each place is proposed once, and nobody to whom they belong"
    assert [one.coach_id for one in found["a"]] == [BEN, BRUNO]


def test_nobody_there_is_no_error() -> None:
    assert rank_coaches(IDEA, []) == []


@st.composite
def coaches(draw: st.DrawFn) -> list[CoachFacts]:
    words = st.lists(st.sampled_from(["care", "ageing", "DED2C", "de", "en"]), max_size=4)
    ids = draw(st.lists(st.sampled_from([f"coach-{n}" for n in range(12)]), unique=True))
    return [
        CoachFacts(
            coach_id=coach_id,
            office=draw(st.sampled_from(["dresden", "leipzig"])),
            districts=draw(words),
            themes=draw(words),
            languages=draw(words),
            capacity=draw(st.integers(0, 6)),
            taken=draw(st.integers(0, 6)),
            absent=draw(st.booleans()),
        )
        for coach_id in ids
    ]


@given(field=coaches(), data=st.data())
def test_the_order_of_the_question_does_not_matter_and_nobody_is_lost(
    field: list[CoachFacts], data: st.DataObject
) -> None:
    ranked = rank_coaches(IDEA, field)
    assert rank_coaches(IDEA, data.draw(st.permutations(field))) == ranked
    assert sorted(r.coach_id for r in ranked) == sorted(c.coach_id for c in field)
    scores = [r.score for r in ranked if r.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert [r.score is None for r in ranked] == sorted(r.score is None for r in ranked)
    assert all(r.reasons for r in ranked)
    assert all(r.free_places > 0 for r in ranked if r.score is not None)
