"""`[retention]` and `[upkeep]` in `pipeline.toml`: what is written is what counts, and errors name their key."""

import copy
import tomllib
from datetime import date, time
from typing import Any

import pytest

from models.policy import Policy, PolicyError, RetentionSection, UpkeepSection, parse_policy
from tests.cast import PIPELINE

RAW = tomllib.loads(PIPELINE.read_text(encoding="utf-8"))


def policy_with(section: str, **values: Any) -> Policy:
    raw = copy.deepcopy(RAW)
    raw.setdefault(section, {}).update(values)
    return parse_policy(raw)


def test_an_operator_may_leave_them_out() -> None:
    raw = {name: section for name, section in RAW.items() if name not in ("retention", "upkeep")}
    policy = parse_policy(raw)
    shipped = parse_policy(RAW)
    assert (policy.retention, policy.upkeep) == (shipped.retention, shipped.upkeep)


def test_what_is_written_counts() -> None:
    assert policy_with("retention", evidence_until=date(2034, 12, 31)).retention == RetentionSection(
        evidence_until=date(2034, 12, 31)
    )
    assert policy_with("upkeep", reconcile_at="01:15", reconcile_repairs=True).upkeep == UpkeepSection(
        reconcile_at=time(1, 15), reconcile_repairs=True
    )


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("retention", "draft_days", 3),
        ("retention", "ended_months", 0),
        ("retention", "completed_years", "ten"),
        ("retention", "evidence_until", "soon"),
        ("retention", "forever", True),
        ("upkeep", "reconcile_at", "25:00"),
        ("upkeep", "jitter_minutes", 61),
        ("upkeep", "reconcile_repairs", "perhaps"),
    ],
)
def test_an_error_names_its_key(section: str, key: str, value: object) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_with(section, **{key: value})
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [f"{section}.{key}"]


def test_the_rules_of_an_idea_do_not_depend_on_them() -> None:
    day = date(2026, 1, 1)
    changed = policy_with("retention", draft_days=30), policy_with("upkeep", jitter_minutes=0)
    assert {policy.rulebook(day).digest for policy in changed} == {parse_policy(RAW).rulebook(day).digest}
