"""What goes wrong and when: a plan made from a seed, so that the same trouble can be had again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

CALM_AT_FIRST = 2.0
CALM_AT_LAST = 3.0


class Blow(StrEnum):
    """What can happen to a part, or to the link between two."""

    KILL = "kill"
    """SIGKILL; it is started again."""
    STOP = "stop"
    """Asked to stop, as for a deployment; it is started again."""
    FREEZE = "freeze"
    """SIGSTOP, and later on as if nothing had been: the rest of the world has not waited."""
    SLOW = "slow"
    SILENCE = "silence"
    CUT = "cut"
    REFUSE = "refuse"
    """The mail server takes nothing for now."""
    HANG_UP = "hang up"
    """The mail server takes a mail and hangs up before it says so."""


TO_PARTS = (Blow.KILL, Blow.KILL, Blow.KILL, Blow.STOP, Blow.FREEZE)
TO_LINKS = (Blow.SLOW, Blow.SILENCE, Blow.CUT)
TO_MAIL = (Blow.REFUSE, Blow.HANG_UP)

LONGEST = {Blow.KILL: 3.0, Blow.STOP: 5.0, Blow.FREEZE: 12.0, Blow.SLOW: 10.0, Blow.SILENCE: 12.0, Blow.CUT: 6.0}
LONGEST_MAIL = 6.0
SHORTEST = 0.2
SLOWEST = 0.3
"""Seconds of delay for each piece that passes a slow link."""

NEVER_FROZEN = "postgres"
"""Its backends are processes of their own and would go on without it."""


@dataclass(frozen=True)
class Attack:
    """One blow: when (in seconds from the beginning), at what, for how long; `delay` for a slow link."""

    at: float
    blow: Blow
    target: str
    seconds: float
    delay: float = 0.0

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.blow} {self.target} for {self.seconds:.1f} s"


def plan_trouble(
    seed: int, seconds: float, parts: Sequence[str], links: Sequence[str], *, pause: float = 2.5
) -> list[Attack]:
    """One blow after the other, about `pause` seconds apart, so that they overlap. The first kill every part once."""
    dice = random.Random(f"trouble-{seed}")
    attacks: list[Attack] = []
    must = [(Blow.KILL, part) for part in parts]
    dice.shuffle(must)
    at = CALM_AT_FIRST
    blows = _blows(dice, parts, links)
    while at < seconds - CALM_AT_LAST:
        # Every other one is from the list, so that links are tried early too.
        blow, target = must.pop() if must and len(attacks) % 2 == 0 else next(blows)
        longest = min(LONGEST.get(blow, LONGEST_MAIL), seconds - CALM_AT_LAST - at)
        lasts = dice.uniform(SHORTEST, max(longest, SHORTEST))
        delay = dice.uniform(0.01, SLOWEST) if blow is Blow.SLOW else 0.0
        attacks.append(Attack(round(at, 2), blow, target, round(lasts, 2), round(delay, 3)))
        at += dice.expovariate(1 / pause)
    return attacks


def _blows(dice: random.Random, parts: Sequence[str], links: Sequence[str]) -> Iterator[tuple[Blow, str]]:
    while True:
        kind = dice.random()
        if kind < 0.5:
            part = dice.choice(parts)
            blow = dice.choice(TO_PARTS)
            yield (Blow.STOP if blow is Blow.FREEZE and part == NEVER_FROZEN else blow), part
        elif kind < 0.92:
            yield dice.choice(TO_LINKS), dice.choice(links)
        else:
            yield dice.choice(TO_MAIL), "mail"
