"""What holds for every kind of case, whatever its people and its clock do; a kind passes by being registered."""

import inspect
from datetime import UTC, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from models.cases.ledger import LEDGER_LENGTH
from models.messages.cases import Entry
from models.messages.commands import CaseCommand, Receipt, Refusal, RefusalCode
from tests.cast import MONDAY
from tests.errand import ErrandState
from tests.kinds import SAMPLES, Sample

LIVES, STEPS = 4, 60
ENDING = {"withdraw", "close", "decline", "refer"}
"""Rare, so that lives do not end before anything has happened."""

every_kind = pytest.mark.parametrize("kind", SAMPLES)
seeds = pytest.mark.parametrize("seed", range(LIVES))


class Life:
    """A case that lives by chance; the same seed tells the same life."""

    def __init__(self, kind: str, seed: int) -> None:
        self.chance = Random(f"{kind}-{seed}")
        self.sample: Sample = SAMPLES[kind](MONDAY.astimezone(UTC) + timedelta(hours=self.chance.randrange(24 * 300)))
        self.told: list[Entry] = list(self.sample.case.outbox)
        self.done: list[tuple[CaseCommand, Receipt]] = []

    @property
    def case(self) -> Any:
        return self.sample.case

    @property
    def standing(self) -> Any:
        return self.case.standing

    def likely(self) -> CaseCommand:
        """Mostly what is offered to somebody, sometimes anything."""
        sample, chance = self.sample, self.chance
        offered = [(actor, event) for actor in sample.people for event in self.offered_to(actor)]
        if chance.random() < 0.95:
            offered = [each for each in offered if each[1] not in ENDING]
        if offered and chance.random() < 0.7:
            actor, event = chance.choice(offered)
        else:
            actor, event = chance.choice(sample.people), chance.choice([*sample.events, "no_such_event"])
        command: CaseCommand = sample.story.command(actor, event)
        return command

    def offered_to(self, actor: Any) -> list[str]:
        rules, standing = self.sample.rules, self.standing
        allowed = rules.allowed_events(standing, actor.account_id, [actor.role])
        events = [event for event in self.sample.events if event in allowed]
        return [event for event in events if rules.is_who_they_say(standing, actor, event)]

    def ask(self, command: CaseCommand) -> Receipt | Refusal:
        answer = self.sample.send(command)
        if isinstance(answer, Receipt):
            self.done.append((command, answer))
        self.collect()
        return answer

    def let_time_pass(self) -> None:
        self.sample.story.now += timedelta(hours=self.chance.choice([1, 7, 24, 24 * 6, 24 * 20]))
        for _ in range(9):
            if not self.sample.rules.ring(self.case, self.sample.now):
                break
        self.collect()

    def collect(self) -> None:
        known = {entry.version for entry in self.told}
        self.told += [entry for entry in self.case.outbox if entry.version not in known]

    def live(self, steps: int = STEPS) -> None:
        for _ in range(steps):
            if self.chance.random() < 0.25:
                self.let_time_pass()
            else:
                self.ask(self.likely())
            self.sample.along(self.sample.story)
            self.collect()


@every_kind
@seeds
def test_each_step_is_one_version_with_one_entry_and_the_engine_comes_to_rest(kind: str, seed: int) -> None:
    life = Life(kind, seed)
    for _ in range(STEPS):
        life.live(1)
        standing, rules, now = life.standing, life.sample.rules, life.sample.now
        assert [entry.version for entry in life.told] == list(range(1, standing.version + 1))
        assert (standing.outcome is None) == (standing.holder is not None)
        assert standing.outcome is None or standing.clock is None
        life.let_time_pass()
        assert rules.due(life.case, now) == []
        after = rules.next_at(life.case)
        assert after is None or after > now
        assert standing.outcome is None or after is None, "what has ended is left alone"
    for earlier, later in pairwise(life.told):
        assert (later.from_stage, later.from_state) == (earlier.stage, earlier.state)
        assert later.at >= earlier.at
    for entry in life.told:
        assert entry.actor.account_id is None or entry.actor.account_id not in [one.account_id for one in entry.notices]


@every_kind
@seeds
def test_what_is_offered_is_what_is_not_refused(kind: str, seed: int) -> None:
    """The matrix: in every state that a life comes to, everybody asks everything."""
    life = Life(kind, seed)
    for _ in range(STEPS // 3):
        life.live(3)
        before = life.case.model_dump_json()
        for actor in life.sample.people:
            offered = life.offered_to(actor)
            for event in [*life.sample.events, "no_such_event"]:
                why_not = life.sample.rules.refusal(life.case, life.sample.story.command(actor, event), life.sample.now)
                is_refused = why_not is not None and why_not.code in (RefusalCode.NOT_ALLOWED, RefusalCode.FORBIDDEN)
                # How long a step can be taken back is known to the second, and a lead decides who leaves a team.
                if event not in ("undo", "leave_team"):
                    assert (event in offered) != is_refused, f"{event} by {actor.role}: {why_not}"
        assert life.case.model_dump_json() == before, "to ask is free"


@every_kind
@seeds
def test_the_same_command_counts_once_and_another_under_its_id_is_refused(kind: str, seed: int) -> None:
    life = Life(kind, seed)
    life.live()
    remembered = {line.command_id for line in life.case.ledger}
    before, again = life.case.model_dump_json(), [each for each in life.done if each[0].id in remembered]
    for command, receipt in again:
        assert life.sample.send(command) == receipt
        other = life.sample.send(command.model_copy(update={"fingerprint": "another"}))
        assert isinstance(other, Refusal)
        assert other.code is RefusalCode.ID_REUSED
    assert life.case.model_dump_json() == before
    assert len(life.case.ledger) <= LEDGER_LENGTH


@every_kind
@seeds
def test_who_has_looked_too_long_ago_is_told_so(kind: str, seed: int) -> None:
    life = Life(kind, seed)
    life.live()
    first = life.case.ledger[0].version
    for searched_to in range(-1, life.standing.version + 1):
        command = life.likely().model_copy(update={"searched_to": searched_to})
        answer = life.sample.rules.refusal(life.case, command, life.sample.now)
        is_unsure = answer is not None and answer.code is RefusalCode.UNSURE
        assert is_unsure == (searched_to < first - 1)
    for actor in life.sample.people:
        for event in life.offered_to(actor):
            stale = life.sample.story.command(actor, event, expected_version=life.standing.version - 1)
            refused = life.sample.rules.refusal(life.case, stale, life.sample.now)
            assert refused is not None
            assert refused.code is RefusalCode.STALE


@every_kind
@seeds
def test_a_case_that_travels_at_every_step_comes_to_the_same(kind: str, seed: int) -> None:
    """What goes over to the next run is all there is to it."""
    stays, travels = Life(kind, seed), Life(kind, seed)
    for _ in range(STEPS):
        stays.live(1)
        travels.live(1)
        travels.sample.case = type(travels.case).model_validate_json(travels.case.model_dump_json())
        assert travels.case == stays.case


def test_a_whole_kind_is_declared_in_fewer_than_a_hundred_lines() -> None:
    declared = Path(inspect.getfile(ErrandState)).read_text(encoding="utf-8")
    assert len(declared.splitlines()) < 100
