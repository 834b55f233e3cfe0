"""What the reviews of a jury come to."""

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.scoring import (
    Criterion,
    Figures,
    Leniency,
    Numbers,
    Ranked,
    Review,
    compare_jurors,
    differs_from_numbers,
    needs_discussion,
    rank_applications,
    score_review,
    sum_up,
)
from tests.cast import BEN, BRUNO, DORA

EFFECT, EFFORT, MONEY = (
    Criterion("effect", weight=2, least=1, most=5),
    Criterion("effort", weight=1, least=1, most=5),
    Criterion("money", weight=1, least=0, most=10),
)
CRITERIA = [EFFECT, EFFORT, MONEY]
JURORS = [BEN, BRUNO, DORA, "juror-4"]
APPLICATIONS = ["garden", "kitchen", "stage", "workshop"]

points = st.fixed_dictionaries({one.key: st.none() | st.integers(one.least, one.most) for one in CRITERIA})
reviews = st.lists(
    st.builds(
        Review, st.sampled_from(APPLICATIONS), st.sampled_from(JURORS), points, st.sampled_from([True, False, None])
    ),
    max_size=12,
    unique_by=lambda review: (review.application_id, review.juror_id),
)


def review(application_id: str, juror_id: str, *given_points: int | None, vote: bool | None = None) -> Review:
    return Review(application_id, juror_id, dict(zip(("effect", "effort", "money"), given_points, strict=True)), vote)


def numbers_of(*handed_in: Review) -> list[Numbers]:
    return sum_up(score_review(one, CRITERIA) for one in handed_in)


def rank_of(application_id: str, handed_in: list[Review]) -> float:
    ranks = {one.application_id: one.rank for one in rank_applications(numbers_of(*handed_in), wanted=2)}
    return ranks[application_id] or len(ranks)


BENS_GARDEN = review("garden", BEN, 5, 3, 5, vote=True)
"""(2 x 4/4 + 1 x 2/4 + 1 x 5/10) / 4 = 0.75"""
BRUNOS_GARDEN = review("garden", BRUNO, 3, 1, None, vote=False)
"""(2 x 2/4 + 1 x 0) / 3 = 1/3"""
BENS_STAGE = review("stage", BEN, 3, 5, 10)
"""(2 x 2/4 + 1 x 1 + 1 x 1) / 4 = 0.75"""
BRUNOS_STAGE = review("stage", BRUNO, 5, 1, 0)
"""(2 x 1 + 0 + 0) / 4 = 0.5"""
ALL = [BENS_GARDEN, BRUNOS_GARDEN, BENS_STAGE, BRUNOS_STAGE]


def test_what_bruno_cannot_judge_is_left_out_and_it_is_said() -> None:
    score = score_review(BRUNOS_GARDEN, CRITERIA)
    assert score.mean == pytest.approx(1 / 3)
    assert (score.answered, score.asked) == (2, 3)
    assert score.shares == {"effect": 0.5, "effort": 0.0}


def test_a_review_without_a_judgement_has_no_mean_and_counts_as_handed_in() -> None:
    empty = review("garden", DORA, None, None, None)
    assert score_review(empty, CRITERIA).mean is None
    assert score_review(replace(empty, points={}), CRITERIA).mean is None
    (numbers,) = numbers_of(empty)
    assert (numbers.reviews, numbers.overall, numbers.criteria) == (1, None, {})


def test_two_reviews_of_two_applications_come_to_what_a_hand_comes_to() -> None:
    garden, stage = numbers_of(*ALL)
    assert garden == Numbers(
        "garden",
        reviews=2,
        overall=Figures(2, median=0.541666667, mean=0.541666667, spread=0.416666667),
        criteria={
            "effect": Figures(2, median=0.75, mean=0.75, spread=0.5),
            "effort": Figures(2, median=0.25, mean=0.25, spread=0.5),
            "money": Figures(1, median=0.5, mean=0.5, spread=0.0),
        },
        votes_for=1,
        votes_against=1,
    )
    assert stage.overall == Figures(2, median=0.625, mean=0.625, spread=0.25)
    assert EFFECT.points_at(garden.criteria["effect"].mean) == 4.0
    assert rank_applications([garden, stage], wanted=3) == [
        Ranked("stage", 1, 0.625, 2, has_too_few=True),
        Ranked("garden", 2, 0.541666667, 2, has_too_few=True),
    ]
    # Ben is (0.75 - 1/3 + 0.75 - 0.5) / 2 above Bruno.
    bens, brunos = compare_jurors(score_review(one, CRITERIA) for one in ALL)
    assert [(one.juror_id, one.shared) for one in (bens, brunos)] == [(BEN, 2), (BRUNO, 2)]
    assert bens.difference == pytest.approx(1 / 3)
    assert brunos.difference == pytest.approx(-1 / 3)


def test_the_median_of_three_is_the_one_in_the_middle() -> None:
    (numbers,) = numbers_of(
        *(review("garden", who, effect, None, None) for who, effect in zip(JURORS[:3], (5, 4, 1), strict=True))
    )
    assert numbers.overall == Figures(3, median=0.75, mean=0.583333333, spread=1.0)


def test_points_that_a_criterion_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="effect: 6 points"):
        score_review(review("garden", BEN, 6, None, None), CRITERIA)
    for weight, most in ((0, 5), (1, 1)):
        with pytest.raises(ValueError, match="criterion effect"):
            replace(EFFECT, weight=weight, most=most)


def test_equals_share_a_rank_and_whoever_has_too_few_is_marked_and_whoever_has_none_comes_last() -> None:
    handed_in = [
        review("workshop", BEN, 5, 5, 10),
        review("garden", BEN, 3, 3, 5),
        review("garden", BRUNO, 3, 3, 5),
        review("kitchen", BEN, 1, 1, 0),
        review("kitchen", BRUNO, 5, 5, 10),
        review("stage", BEN, 2, 2, 0),
        review("stage", BRUNO, 1, None, None),
        review("attic", BEN, None, None, None),
    ]
    ranked = rank_applications(numbers_of(*handed_in), wanted=2)
    assert [(one.application_id, one.rank, one.has_too_few) for one in ranked] == [
        ("workshop", 1, True),
        ("garden", 2, False),
        ("kitchen", 2, False),
        ("stage", 4, False),
        ("attic", None, True),
    ]


def test_of_one_shared_application_nobody_is_called_lenient() -> None:
    alone = review("workshop", DORA, 5, 5, 10)
    told = compare_jurors(score_review(one, CRITERIA) for one in [BENS_GARDEN, BRUNOS_GARDEN, alone])
    assert told == [Leniency(BEN, 1, None), Leniency(BRUNO, 1, None), Leniency(DORA, 0, None)]


def test_a_jury_talks_where_it_is_far_apart_or_votes_on_both_sides() -> None:
    garden, stage = numbers_of(*ALL)
    assert needs_discussion(garden, spread_limit=1.0), "Ben is for it and Bruno against"
    assert not needs_discussion(replace(garden, votes_against=0), spread_limit=0.5)
    assert needs_discussion(stage, spread_limit=0.2)
    assert not needs_discussion(stage, spread_limit=0.25), "over the limit, not at it"
    assert not needs_discussion(replace(stage, overall=None), spread_limit=0.0)


def ranking_of(*ranks: int | None) -> list[Ranked]:
    return [Ranked(name, rank, None, 2, has_too_few=False) for name, rank in zip("abcdefgh", ranks, strict=False)]


@pytest.mark.parametrize(
    ("by_hand", "moved"),
    [
        ("abcde", ""),
        ("eabcd", "e"),
        ("bcdea", "a"),
        ("abdce", "d"),
        ("badce", "bd"),
        ("edcba", "edcb"),
        ("bce", ""),
        ("", ""),
    ],
)
def test_only_what_was_moved_needs_a_reason(by_hand: str, moved: str) -> None:
    assert differs_from_numbers(list(by_hand), ranking_of(1, 2, 3, 4, 5)) == list(moved)


def test_equals_stand_in_any_order_and_what_nobody_has_judged_at_the_end() -> None:
    ranking = ranking_of(1, 2, 2, None, None)
    for by_hand in ("abcde", "acbde", "acbed"):
        assert differs_from_numbers(list(by_hand), ranking) == []
    assert differs_from_numbers(list("adbce"), ranking) == ["d"]
    with pytest.raises(ValueError, match="not in the ranking: \\['z'\\]"):
        differs_from_numbers(["a", "z"], ranking)


@given(st.permutations("abcdef"), st.lists(st.integers(1, 4), min_size=6, max_size=6))
def test_reasons_are_the_fewest_that_explain_an_order_by_hand(by_hand: list[str], ranks: list[int]) -> None:
    ranking = ranking_of(*ranks)
    rank = {one.application_id: one.rank or 0 for one in ranking}
    moved = differs_from_numbers(by_hand, ranking)
    stayed = [rank[name] for name in by_hand if name not in moved]
    assert stayed == sorted(stayed)
    rises = [
        sum(bits)
        for bits in _subsets(6)
        if (kept := [rank[n] for n, bit in zip(by_hand, bits, strict=True) if bit]) == sorted(kept)
    ]
    assert len(stayed) == max(rises)


def _subsets(many: int) -> list[tuple[int, ...]]:
    return [tuple(number >> place & 1 for place in range(many)) for number in range(2**many)]


@given(reviews, st.randoms(use_true_random=False))
def test_the_order_in_which_reviews_and_criteria_come_makes_no_difference(
    handed_in: list[Review], random: Random
) -> None:
    mixed, criteria = random.sample(handed_in, len(handed_in)), random.choice(list(permutations(CRITERIA)))
    scores, others = ([score_review(one, c) for one in all_] for all_, c in ((handed_in, CRITERIA), (mixed, criteria)))
    assert sum_up(scores) == sum_up(others)
    assert compare_jurors(scores) == compare_jurors(others)


@given(reviews)
def test_what_nobody_judges_moves_no_mean(handed_in: list[Review]) -> None:
    more = [*CRITERIA, Criterion("beauty", weight=7, least=1, most=3)]
    for one in handed_in:
        score = score_review(one, more)
        assert score.mean == score_review(one, CRITERIA).mean
        assert score.asked == 4
    silent = review("garden", "juror-9", None, None, None)
    before = {one.application_id: one.overall for one in numbers_of(*handed_in)}
    after = {one.application_id: one.overall for one in numbers_of(*handed_in, silent)}
    assert after == {"garden": None} | before


@given(reviews)
def test_all_numbers_are_shares(handed_in: list[Review]) -> None:
    for numbers in numbers_of(*handed_in):
        for figures in [*numbers.criteria.values(), *filter(None, [numbers.overall])]:
            assert all(0 <= share <= 1 for share in (figures.median, figures.mean, figures.spread))


@given(reviews.filter(bool), st.data())
def test_a_point_more_never_lowers_a_rank(handed_in: list[Review], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(handed_in))
    could = [c for c in CRITERIA if (given_ := one.points[c.key]) is not None and given_ < c.most]
    if not could:
        return
    criterion = data.draw(st.sampled_from(could))
    raised = replace(one, points={**one.points, criterion.key: (one.points[criterion.key] or 0) + 1})
    better = [raised if other is one else other for other in handed_in]
    assert rank_of(one.application_id, better) <= rank_of(one.application_id, handed_in)


@given(reviews)
def test_what_some_are_too_lenient_others_are_too_strict(handed_in: list[Review]) -> None:
    told = compare_jurors(score_review(one, CRITERIA) for one in handed_in)
    if all(one.difference is not None for one in told if one.shared):
        assert sum(one.shared * (one.difference or 0) for one in told) == pytest.approx(0, abs=1e-6)
    assert all(-1 <= one.difference <= 1 for one in told if one.difference is not None)
