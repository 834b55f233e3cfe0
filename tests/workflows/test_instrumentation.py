"""Every command is told and counted by what became of it; what somebody made up is no label."""

from contextlib import nullcontext

import pytest
from structlog.testing import capture_logs

from activities.ports.ideas import CommandRefused
from models.messages.commands import Refusal, RefusalCode
from models.telemetry.metrics import REGISTRY
from workflows.client import EngineAway
from workflows.instrumentation import KNOWN_EVENTS, watch_command


def counted(command: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("ideenweg_commands_total", {"command": command, "outcome": outcome}) or 0


@pytest.mark.parametrize(
    ("event", "error", "command", "outcome"),
    [
        ("agree_plan", None, "agree_plan", "accepted"),
        ("agree_plan", CommandRefused(Refusal(code=RefusalCode.STALE)), "agree_plan", "stale"),
        ("crowdfunding:pack", EngineAway("canary"), "crowdfunding_pack", "EngineAway"),
        ("canary", CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, detail="canary")), "other", "not_allowed"),
    ],
)
def test_a_command_is_counted_by_its_outcome(event: str, error: Exception | None, command: str, outcome: str) -> None:
    before = counted(command, outcome)
    passed_on = pytest.raises(type(error)) if error is not None else nullcontext()
    kind, _, name = event.rpartition(":")
    with capture_logs() as logs, passed_on, watch_command(f"{kind or 'idea'}/an-idea", name):
        if error is not None:
            raise error
    (line,) = logs
    assert (line["command"], line["outcome"], line[kind or "idea"]) == (command, outcome, "an-idea")
    assert "canary" not in str(logs)
    assert counted(command, outcome) == before + 1


def test_every_machine_has_its_events_known() -> None:
    assert {
        "submit",
        "reopen",
        "undo",
        "withdraw",
        "approve_concept",
        "consent",
        "crowdfunding_observe",
    } <= KNOWN_EVENTS
