"""Trouble is planned: the same seed brings the same."""

from tests.chaos.trouble import LONGEST, TO_LINKS, TO_MAIL, Blow, plan_trouble

PARTS = ("postgres", "temporal", "worker-1", "worker-2", "web-1")
LINKS = ("door-1", "web-database", "worker-engine")


def test_the_same_seed_brings_the_same_trouble() -> None:
    assert plan_trouble(7, 60, PARTS, LINKS) == plan_trouble(7, 60, PARTS, LINKS)
    assert plan_trouble(7, 60, PARTS, LINKS) != plan_trouble(8, 60, PARTS, LINKS)


def test_every_part_is_killed_within_a_minute() -> None:
    for seed in range(20):
        killed = {attack.target for attack in plan_trouble(seed, 60, PARTS, LINKS) if attack.blow is Blow.KILL}
        assert killed == set(PARTS)


def test_every_blow_falls_in_time_and_where_it_can() -> None:
    seen = set()
    for seed in range(20):
        for attack in plan_trouble(seed, 120, PARTS, LINKS):
            seen.add(attack.blow)
            assert attack.at + attack.seconds <= 118
            assert attack.seconds <= LONGEST.get(attack.blow, 60)
            known = LINKS if attack.blow in TO_LINKS else ("mail",) if attack.blow in TO_MAIL else PARTS
            assert attack.target in known
            assert (attack.blow, attack.target) != (Blow.FREEZE, "postgres")
            assert (attack.delay > 0) == (attack.blow is Blow.SLOW)
    assert seen == set(Blow)
