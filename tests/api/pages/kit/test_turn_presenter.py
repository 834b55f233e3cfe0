"""The sentence of whose turn it is speaks to its reader: what they are asked for, or that they may wait."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from api.pages.kit.turn_presenter import Position, TurnPresenter
from api.pages.kit.visitors import Visitor
from models.i18n import texts_in
from models.lifecycles import LIFECYCLES
from models.queries.account_names import Person
from models.tables import Account
from models.vocabulary import Role, Stage, Why
from tests.cast import OPEN_PLACES, POLICY, Place, place_name

TODAY = date(2026, 12, 1)
ALMA, BEN, NORA, OTTO = (Person(id=name, name=name.title()) for name in ("alma", "ben", "nora", "otto"))
ROLES = {"carla": Role.LEAD, "ben": Role.COACH}
ASKED = {"innovator": {"alma", "nora"}, "coach": {"ben"}, "lead": {"carla"}}
READERS = ("alma", "nora", "otto", "ben", "carla")


def position(place: Place, *, days: int = 3) -> Position:
    stage, state = place
    role = LIFECYCLES[stage].on_turn[state]
    holder = {Role.INNOVATOR: ALMA, Role.COACH: BEN}.get(role)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    own, working = frozenset({"alma", "nora", "otto"}), frozenset({"alma", "nora"})
    due = TODAY + timedelta(days=days)
    return Position(
        stage, state, None, "dresden", at, role, holder, at, due, Why.STATE, None, own=own, working=working, owner=ALMA
    )


def say(reader: str, where: Position, language: str = "de") -> str:
    roles = [str(ROLES.get(reader, Role.INNOVATOR))]
    account = Account(id=reader, email=f"{reader}@example.org", name=reader.title(), roles=roles)
    return TurnPresenter(texts_in(language), POLICY, TODAY, Visitor(account)).sentence(where)


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_reader_is_asked_or_may_wait(place: Place, language: str) -> None:
    where, wait = position(place), texts_in(language)("turn.wait")
    asked = ASKED.get(str(where.holder_role), set())
    for reader in READERS:
        told = say(reader, where, language)
        assert told.startswith(wait) is (reader not in asked), (reader, told)
        assert "{" not in told
        if place[1] != "matching":
            assert texts_in(language).day(TODAY + timedelta(days=3)) in told


def test_who_is_spoken_of_is_named_and_whoever_reads_it_is_spoken_to() -> None:
    planning = position((Stage.DEVELOP, "planning"))
    assert say("ben", planning) == "Vereinbaren Sie mit Alma bis Freitag, 4. Dezember 2026 die ersten Schritte."
    assert "Ben (Coach) meldet sich bis Freitag, 4. Dezember 2026 und vereinbart mit Ihnen" in say("alma", planning)
    assert "vereinbart mit Alma die" in say("carla", planning)
    english = say("ben", planning, "en")
    assert english == "Agree the first steps with Alma by Friday, 4 December 2026."


def test_what_is_late_says_so_and_does_not_ask_for_a_day_that_is_over() -> None:
    late = position((Stage.IDENTIFY, "clarification"), days=-2)
    assert "so bald wie möglich (die Frist war Sonntag, 29. November 2026)" in say("alma", late)


def test_a_stand_in_and_whoever_has_to_find_a_coach_hear_why() -> None:
    planning = position((Stage.DEVELOP, "planning"))
    assert say("ben", replace(planning, holder_why=Why.COACH_ABSENT)).startswith("Sie vertreten den Coach. Vereinbaren")
    alone = replace(planning, holder_role=Role.LEAD, holder=None, holder_why=Why.NO_COACH)
    assert "hat gerade keinen Coach. Bitte ordnen Sie" in say("carla", alone)
    assert "Die Leitung (Büro Dresden) kümmert sich" in say("alma", alone)
