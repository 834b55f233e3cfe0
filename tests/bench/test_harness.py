"""The parts of the benches that only compute: ratios, targets, turns, the report, and what limits."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import __main__ as harness
from bench.figures import (
    Figure,
    Ground,
    Result,
    Table,
    Target,
    at_most,
    percentile,
    ratio_at_least,
    ratio_at_most,
    show,
    take_turns,
)
from bench.report import Section, describe_machine, render_report
from bench.scaling import name_limit

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def section(number: int, *figures: Figure, failure: str = "") -> Section:
    result = None if failure else Result(list(figures), [Table(("what", "ms"), [["one idea", "3.1"]])], ["A note."])
    return Section(number, f"Question {number}?", AT, 12.3, 0.4, result=result, failure=failure)


@pytest.mark.parametrize(
    ("value", "baseline", "target", "is_met"),
    [
        (70, 100, ratio_at_least(0.7), True),
        (69, 100, ratio_at_least(0.7), False),
        (15, 10, ratio_at_most(1.5), True),
        (16, 10, ratio_at_most(1.5), False),
        (8, 4, at_most(8), True),
        (9, 100, at_most(8), False),
        (9, 100, None, None),
        (9, None, ratio_at_most(1.5), None),
        (9, 0, ratio_at_most(1.5), None),
    ],
)
def test_a_target_is_for_the_value_or_for_its_ratio(
    value: float, baseline: float | None, target: Target | None, is_met: bool | None
) -> None:
    assert Figure("a figure", value, "ms", baseline, target).is_met is is_met


async def test_the_sides_take_turns_and_each_has_its_median() -> None:
    order: list[str] = []
    values = {"a": iter([1.0, 50.0, 3.0]), "b": iter([20.0, 10.0, 30.0])}

    def side(name: str) -> Callable[[], Awaitable[float]]:
        async def measure() -> float:
            order.append(name)
            return next(values[name])

        return measure

    assert await take_turns(3, side("a"), side("b")) == [3.0, 20.0]
    assert order == ["a", "b", "a", "b", "a", "b"]


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_numbers_have_about_three_digits() -> None:
    assert [show(1234.4, "/s"), show(12.345, "ms"), show(0.1234)] == ["1,234 /s", "12.3 ms", "0.12"]


def test_the_report_shows_each_figure_with_its_baseline_ratio_and_target() -> None:
    missed = Figure("commands", 60.0, "/s", 100.0, ratio_at_least(0.7))
    met, plain = Figure("events", 7.5, "", None, at_most(8)), Figure("memory", 170.0, "MiB")
    text = render_report([section(1, missed, met, plain)], ["2 cores"])
    assert "| commands | 60.0 /s | 100 /s | 0.60 | ratio ≥ 0.7 | **no** |" in text
    assert "| events | 7.50 |  |  | ≤ 8 | yes |" in text
    assert "| memory | 170 MiB |  |  |  |  |" in text
    assert "| one idea | 3.1 |" in text
    assert "- A note." in text
    assert "Measured 2026-11-03 09:30 UTC in 12 s" in text


def test_a_section_that_is_measured_again_replaces_its_own_and_no_other() -> None:
    earlier = render_report(
        [section(1, Figure("old", 1.0, "s")), section(2, Figure("kept", 2.0, "s"))], ["old machine"]
    )
    text = render_report(
        [section(1, Figure("new", 3.0, "s")), section(3, failure="OSError: away")], ["2 cores"], earlier
    )
    assert "| new |" in text
    assert "| old |" not in text
    assert "old machine" not in text
    assert "| kept |" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        f"## {n}. Question {n}?" for n in (1, 2, 3)
    ]
    assert "Failed: OSError: away" in text
    assert render_report([], ["2 cores"], text) == text


def test_a_bench_that_fails_becomes_part_of_the_report() -> None:
    seen: list[Path] = []

    async def fail(ground: Ground) -> Result:
        seen.append(ground.home)
        (ground.home / "data").mkdir()
        raise ExceptionGroup("several", [OSError("no disk"), ValueError("the consequence")])

    found = harness.run(harness.Bench("broken", 9, "Why?", fail), small=True)
    assert (found.result, found.failure) == (None, "OSError: no disk")
    assert not seen[0].exists()


def test_every_bench_asks_a_question_and_has_a_number_of_its_own() -> None:
    benches = harness.find_benches()
    assert len(benches) > 5
    assert all(bench.question.endswith("?") for bench in benches)
    numbers = [bench.number for bench in benches]
    assert numbers == sorted(set(numbers))


def test_a_bench_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        harness.main(["nonsense"])
    assert "there is no nonsense; there are commands" in capsys.readouterr().err


def test_the_machine_is_described_with_what_counts() -> None:
    machine, software = describe_machine()
    assert "cores" in machine
    assert "temporalio" in software


@pytest.mark.parametrize(
    ("busy", "limit"),
    [
        ({"temporal": 1.2, "web": 0.7}, "the machine is full (1.9 of 2 cores); temporal"),
        ({"temporal": 0.4, "web": 0.95}, "web is full (0.9"),
        ({"temporal": 0.6, "web": 0.5}, "nobody is full (1.1 of 2 cores; temporal 0.6)"),
    ],
)
def test_what_limits_is_read_from_who_is_busy(busy: dict[str, float], limit: str) -> None:
    assert name_limit(busy, cores=2).startswith(limit)
