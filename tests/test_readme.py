"""The README is current."""

import re
from pathlib import Path

from api.cli import app
from models.lifecycles.diagram import readme_section
from models.policy import load_policy
from models.settings import variable_names
from workflows import names
from workflows.schedules import jobs_of

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_shows_the_machines_as_they_are() -> None:
    hint = "run: python -m models.lifecycles.diagram README.md"
    assert readme_section() in README.read_text(encoding="utf-8"), hint


def test_every_variable_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    for name in variable_names():
        shortened = "…_" + name.rpartition("_")[2]
        assert f"`{name}" in text or (name.startswith("IDEENWEG_STARTNEXT_") and shortened in text), name


def test_every_figure_to_watch_is_told() -> None:
    root = README.parent
    told = "".join(
        (root / source).read_text(encoding="utf-8")
        for source in ("models/telemetry/figures.py", "models/queries/figures.py", "api/routes/metrics.py")
    )
    named = set(re.findall(r"`(ideenweg_\w+)", README.read_text(encoding="utf-8")))
    assert len(named) > 8
    for figure in named:
        assert f'"{figure.removesuffix("_total")}"' in told, figure


def test_every_command_and_schedule_exists() -> None:
    text = README.read_text(encoding="utf-8")
    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    named = set(re.findall(r"(?:`|^)ideenweg ([a-z]+)", text, re.MULTILINE))
    assert named <= known
    schedules = {names.schedule(job.name) for job in jobs_of(load_policy(README.parent / "pipeline.toml"))}
    assert schedules == set(re.findall(r"`(upkeep/[a-z-]+)`", text))
