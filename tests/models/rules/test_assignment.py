"""Who of a jury reads which application."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from models.rules.assignment import Applicant, Assignment, Gap, Juror, Jury, Pair, assign, replacements
from models.vocabulary import GapReason
from tests.cast import BEN, BRUNO, CARLA, DORA

CARE = Applicant("care", {"care"}, "DED2C")
ben = Juror(BEN, {"care"}, {"DED2C"}, most=5)
bruno = Juror(BRUNO, {"culture"}, {"DED51"}, most=5)
dora = Juror(DORA, (), {"DED2C"}, most=5)

THEMES, DISTRICTS = st.frozensets(st.sampled_from("xyz"), max_size=2), st.sampled_from(["north", "south"])
WANTED = st.integers(0, 4)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Applicant], Jury]:
    """A round in which some reviews are given out and some pairs must not be; a few are both."""
    applicants = [
        Applicant(f"application-{n:02}", draw(THEMES), draw(st.none() | DISTRICTS))
        for n in range(draw(st.integers(0, 8)))
    ]
    jurors = [
        Juror(f"juror-{n}", draw(THEMES), draw(st.frozensets(DISTRICTS)), draw(st.integers(0, 6)))
        for n in range(draw(st.integers(0, 6)))
    ]
    pairs = [(one.application_id, juror.juror_id) for one in applicants for juror in jurors]
    some = st.frozensets(st.sampled_from(pairs), max_size=8) if pairs else st.just(frozenset())
    return applicants, Jury(jurors, kept=draw(some), forbidden=draw(some))


def juror_of(result: Assignment, application_id: str) -> list[str]:
    return [pair.juror_id for pair in result.new if pair.application_id == application_id]


def add(jury: Jury, result: Assignment) -> Jury:
    return replace(jury, kept={*jury.kept, *result.new})


def test_whoever_knows_the_theme_reads_it_then_whoever_lives_there_then_whoever_has_least() -> None:
    jury = Jury([dora, bruno, ben])
    assert juror_of(assign([CARE], jury, 1), "care") == [BEN]
    assert juror_of(assign([CARE], replace(jury, forbidden=[("care", BEN)]), 1), "care") == [DORA]
    busy = replace(
        jury,
        kept=[("a", BRUNO)],
        forbidden=[("care", BEN), ("care", DORA)],
        jurors=[*jury.jurors, Juror(CARLA, most=5)],
    )
    assert juror_of(assign([CARE], busy, 1), "care") == [CARLA]


def test_an_application_that_only_ben_may_read_gets_him_before_his_last_place_is_gone() -> None:
    first, last = Applicant("a", {"care"}), Applicant("z", {"care"})
    jury = Jury([replace(ben, most=1), bruno], forbidden=[("z", BRUNO)])
    assert assign([first, last], jury, 1) == Assignment((Pair("a", BRUNO), Pair("z", BEN)), ())


def test_a_small_jury_leaves_every_application_short_by_as_much() -> None:
    jury = Jury([Juror(who, most=2) for who in (BEN, BRUNO, CARLA, DORA)])
    result = assign([Applicant(name) for name in "abcd"], jury, 3)
    assert result.gaps == tuple(Gap(name, missing=1, full=2, barred=0) for name in "abcd")
    assert {gap.reason for gap in result.gaps} == {GapReason.FULL}


def test_where_all_read_everything_the_jury_is_too_small() -> None:
    result = assign([CARE], Jury([ben, bruno]), 3)
    assert [(gap.missing, gap.reason) for gap in result.gaps] == [(1, GapReason.NO_JUROR)]


def test_a_place_that_becomes_free_when_work_is_shared_out_goes_to_whoever_lacks_a_review() -> None:
    most = {"a": 1, "b": 1, "c": 2, "d": 1, "e": 3}
    forbidden = [("second", "e"), ("third", "a"), ("third", "e")]
    jury = Jury([Juror(who, most=many) for who, many in most.items()], forbidden=forbidden)
    assert assign([Applicant(name) for name in ("first", "second", "third")], jury, 2).gaps == ()


def test_a_gap_says_whether_people_or_room_are_missing() -> None:
    jury = Jury([replace(ben, most=1), bruno], forbidden=[("a", BEN), ("a", BRUNO), ("b", BRUNO)])
    result = assign([Applicant("a"), Applicant("b"), Applicant("c")], jury, 2)
    assert result.new == (Pair("b", BEN), Pair("c", BRUNO))
    assert [(gap.application_id, gap.missing, gap.reason) for gap in result.gaps] == [
        ("a", 2, GapReason.CONFLICTED),
        ("b", 1, GapReason.CONFLICTED),
        ("c", 1, GapReason.FULL),
    ]


def test_whoever_declares_a_conflict_late_makes_room_for_somebody_else() -> None:
    jury = Jury([replace(ben, most=1), bruno], kept=[("care", BEN)], forbidden=[("care", BEN)])
    other = Applicant("other", {"care"})
    assert assign([CARE, other], jury, 1) == Assignment((Pair("care", BRUNO), Pair("other", BEN)), ())


def test_for_a_gap_the_best_come_first_and_whoever_is_full_last() -> None:
    jury = Jury([replace(ben, most=1), bruno, dora], kept=[("other", BEN), ("other", DORA)])
    found = [
        (one.juror_id, one.shares_theme, one.same_district, one.load, one.room) for one in replacements(CARE, jury)
    ]
    assert found == [(DORA, False, True, 1, 4), (BRUNO, False, False, 0, 5), (BEN, True, True, 1, 0)]
    assert [one.juror_id for one in replacements(CARE, replace(jury, forbidden=[("care", DORA)]))] == [BRUNO, BEN]


@given(rounds(), WANTED)
def test_nobody_gets_what_they_must_not_judge_or_more_than_they_take(
    given_round: tuple[list[Applicant], Jury], wanted: int
) -> None:
    applicants, jury = given_round
    result = assign(applicants, jury, wanted)
    assert len(set(result.new)) == len(result.new)
    assert not set(result.new) & (set(jury.forbidden) | set(jury.kept))
    added = Counter(pair.juror_id for pair in result.new)
    for juror in jury.jurors:
        assert not added[juror.juror_id] or jury.loads[juror.juror_id] + added[juror.juror_id] <= juror.most


@given(rounds(), WANTED)
def test_what_is_missing_is_told_and_nobody_who_has_room_could_have_taken_it(
    given_round: tuple[list[Applicant], Jury], wanted: int
) -> None:
    applicants, jury = given_round
    result = assign(applicants, jury, wanted)
    after, missing = add(jury, result), {gap.application_id: gap.missing for gap in result.gaps}
    for one in applicants:
        have = len(after.held.get(one.application_id, ()))
        assert missing.get(one.application_id, 0) == max(0, wanted - have)
        assert one.application_id not in missing or not any(candidate.room for candidate in replacements(one, after))
        assert have <= max(wanted, len(jury.held.get(one.application_id, ())))


@given(rounds(), WANTED, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_makes_no_difference(
    given_round: tuple[list[Applicant], Jury], wanted: int, random: Random
) -> None:
    applicants, jury = given_round
    mixed, jurors = random.sample(applicants, len(applicants)), random.sample(list(jury.jurors), len(jury.jurors))
    assert assign(mixed, replace(jury, jurors=jurors), wanted) == assign(applicants, jury, wanted)


@given(rounds(), WANTED)
def test_a_second_assignment_finds_nothing_to_do(given_round: tuple[list[Applicant], Jury], wanted: int) -> None:
    applicants, jury = given_round
    first = assign(applicants, jury, wanted)
    assert assign(applicants, add(jury, first), wanted) == Assignment((), first.gaps)


@given(rounds(), WANTED)
def test_a_late_application_changes_nothing_for_those_that_are_given_out(
    given_round: tuple[list[Applicant], Jury], wanted: int
) -> None:
    applicants, jury = given_round
    first = assign(applicants, jury, wanted)
    later = assign([Applicant("admitted late", {"x"}), *applicants], add(jury, first), wanted)
    assert {pair.application_id for pair in later.new} <= {"admitted late"}
    assert first.gaps == tuple(gap for gap in later.gaps if gap.application_id != "admitted late")


@given(st.integers(0, 25), st.integers(1, 7), WANTED)
def test_those_who_fit_alike_have_as_much_to_read_as_each_other(many: int, jurors: int, wanted: int) -> None:
    jury = Jury([Juror(f"juror-{n}", {"x"}, {"north"}, most=100) for n in range(jurors)])
    result = assign([Applicant(f"application-{n:02}", {"x"}, "north") for n in range(many)], jury, wanted)
    loads = add(jury, result).loads.values()
    assert max(loads) - min(loads) <= 1


@given(rounds(), WANTED)
def test_no_new_review_could_go_to_somebody_who_fits_as_well_and_has_two_fewer(
    given_round: tuple[list[Applicant], Jury], wanted: int
) -> None:
    applicants, jury = given_round
    result = assign(applicants, jury, wanted)
    after = add(jury, result)
    by_id = {one.application_id: one for one in applicants}
    for application_id, juror_id in result.new:
        there = replace(after, kept=set(after.kept) - {(application_id, juror_id)})
        candidates = {one.juror_id: one for one in replacements(by_id[application_id], there)}
        chosen = candidates.pop(juror_id)
        fit = (chosen.shares_theme, chosen.same_district)
        alike = [one for one in candidates.values() if one.room and (one.shares_theme, one.same_district) == fit]
        assert all(chosen.load <= one.load for one in alike)


@given(rounds())
def test_the_first_for_a_gap_by_hand_is_whom_the_assignment_would_take(
    given_round: tuple[list[Applicant], Jury],
) -> None:
    applicants, jury = given_round
    for one in applicants:
        wanted = len(jury.held.get(one.application_id, ())) + 1
        with_room = [candidate.juror_id for candidate in replacements(one, jury) if candidate.room]
        assert juror_of(assign([one], jury, wanted), one.application_id) == with_room[:1]
