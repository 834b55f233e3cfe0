"""Conflicts of interest between a jury and the applications before it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.interests import (
    ApplicationFacts,
    JurorFacts,
    bound_until,
    forbidden_pairs,
    interests_of,
    is_excluded,
    organisation_key,
)
from models.vocabulary import Interest
from tests.cast import ALMA, BEN, BRUNO, DORA, IDEA, NORA

TODAY = date(2026, 6, 15)
LAST_DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
NAMES = st.sampled_from(["", "  ", "e.V.", "Nachbarn e.V.", "NACHBARN", "Nachbarn Gorbitz gGmbH", "Kulturhof", "---"])
PARTNERS = st.sampled_from([None, "", "caritas", "sinn"])
PEOPLE = st.sampled_from([ALMA, BEN, BRUNO, DORA, NORA])

jurors = st.builds(JurorFacts, account_id=PEOPLE, organisation=NAMES, partner=PARTNERS)
applications = st.builds(
    ApplicationFacts,
    idea_id=st.just(IDEA),
    owner_id=PEOPLE,
    team=st.frozensets(PEOPLE, max_size=2),
    coach_ids=st.frozensets(PEOPLE, max_size=2),
    coached=st.dictionaries(PEOPLE, LAST_DAYS, max_size=2),
    organisation=NAMES,
    partner=PARTNERS,
    declared=st.frozensets(PEOPLE, max_size=2),
)

dora = JurorFacts(DORA, "Nachbarn e.V.", "caritas")
almas = ApplicationFacts(IDEA, ALMA, organisation="Kulturhof", partner="sinn")


def test_dora_has_nothing_to_do_with_almas_idea_and_judges_it() -> None:
    assert interests_of(dora, almas, TODAY) == frozenset()
    assert not is_excluded(dora, almas, TODAY)


@pytest.mark.parametrize(
    ("change", "interest"),
    [
        ({"owner_id": DORA}, Interest.OWN),
        ({"team": frozenset({NORA, DORA})}, Interest.TEAM),
        ({"coach_ids": frozenset({BEN, DORA})}, Interest.COACH),
        ({"coached": {DORA: date(2025, 1, 31)}}, Interest.COACHED),
        ({"organisation": "NACHBARN, eingetragener Verein"}, Interest.ORGANISATION),
        ({"partner": "caritas"}, Interest.PARTNER),
        ({"declared": frozenset({DORA})}, Interest.DECLARED),
    ],
)
def test_one_tie_is_enough_and_is_named(change: dict[str, object], interest: Interest) -> None:
    tied = replace(almas, **change)  # type: ignore[arg-type]
    assert interests_of(dora, tied, TODAY) == {interest}
    assert is_excluded(dora, tied, TODAY)


def test_every_tie_is_named_and_every_kind_of_tie_is_known() -> None:
    everybody = frozenset({DORA})
    tied = ApplicationFacts(
        IDEA, DORA, everybody, everybody, {DORA: TODAY}, dora.organisation, dora.partner, declared=everybody
    )
    assert interests_of(dora, tied, TODAY) == frozenset(Interest)


@pytest.mark.parametrize(
    ("last_day", "until"),
    [
        (date(2024, 6, 15), date(2026, 6, 15)),
        (date(2024, 2, 29), date(2026, 2, 28)),
        (date(2022, 2, 28), date(2024, 2, 28)),
        (date(2024, 12, 31), date(2026, 12, 31)),
    ],
)
def test_ben_judges_what_he_has_coached_on_the_day_after_24_months(last_day: date, until: date) -> None:
    ben, coached = JurorFacts(BEN), ApplicationFacts(IDEA, ALMA, coached={BEN: last_day})
    assert bound_until(last_day) == until
    assert interests_of(ben, coached, until) == {Interest.COACHED}
    assert interests_of(ben, coached, until + timedelta(days=1)) == frozenset()


@given(LAST_DAYS, LAST_DAYS)
def test_whoever_has_coached_longer_is_bound_as_long_at_least(one: date, other: date) -> None:
    assert (bound_until(one) <= bound_until(other)) or one > other
    assert timedelta(days=730) <= bound_until(one) - one <= timedelta(days=731)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bürgerhaus Gorbitz e.V.", "  buergerhaus   GORBITZ e. V. "),
        ("Bürger-Haus Gorbitz", "Bürgerhaus Gorbitz eV"),
        ("Stadtgrün gGmbH", "Stadtgrün gemeinnützige GmbH"),
        ("Stadtgrün GmbH & Co. KG", "Stadtgrün"),
        ("Kunst & Kultur", "Kunst und Kultur e.V."),
        ("SINN gUG (haftungsbeschränkt)", "Sinn"),
        ("Wohnen eG i. G.", "„Wohnen“, eingetragene Genossenschaft"),
    ],
)
def test_one_organisation_is_itself_however_it_is_written(one: str, other: str) -> None:
    assert organisation_key(one) == organisation_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nachbarn e.V.", "Nachbarn Gorbitz e.V."),
        ("AG Stadtgrün", "Stadtgrün"),
        ("Ev. Kirche", "Kirche"),
        ("e.V.", "gGmbH"),
        ("", ""),
        ("", "  "),
        ("---", "…"),
    ],
)
def test_what_is_another_organisation_or_none_ties_nobody(one: str, other: str) -> None:
    juror, application = JurorFacts(DORA, one), ApplicationFacts(IDEA, ALMA, organisation=other)
    assert not is_excluded(juror, application, TODAY)


@given(NAMES, NAMES, PARTNERS, PARTNERS)
def test_what_is_shared_is_shared_from_both_sides(one: str, other: str, first: str | None, second: str | None) -> None:
    there = interests_of(
        JurorFacts(DORA, one, first), ApplicationFacts(IDEA, ALMA, organisation=other, partner=second), TODAY
    )
    back = interests_of(
        JurorFacts(DORA, other, second), ApplicationFacts(IDEA, ALMA, organisation=one, partner=first), TODAY
    )
    assert there == back


@given(jurors, applications, applications)
def test_to_know_more_never_lifts_a_conflict(
    juror: JurorFacts, known: ApplicationFacts, more: ApplicationFacts
) -> None:
    later = {id_: max(day, known.coached.get(id_, day)) for id_, day in more.coached.items()}
    both = replace(
        known,
        team=known.team | more.team,
        coach_ids=known.coach_ids | more.coach_ids,
        coached={**known.coached, **later},
        organisation=known.organisation if known.organisation_key else more.organisation,
        partner=known.partner or more.partner,
        declared=known.declared | more.declared,
    )
    assert interests_of(juror, known, TODAY) <= interests_of(juror, both, TODAY)


@given(st.lists(jurors, max_size=3, unique_by=lambda one: one.account_id), applications)
def test_the_assignment_is_told_of_exactly_those_who_are_excluded(
    jury: list[JurorFacts], application: ApplicationFacts
) -> None:
    told = forbidden_pairs(jury, [application], TODAY)
    assert told == {(IDEA, one.account_id) for one in jury if interests_of(one, application, TODAY)}
