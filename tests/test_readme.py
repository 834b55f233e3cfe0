"""The README is current."""

import re
from pathlib import Path

from api.cli import app
from models import workflow_ids
from models.lifecycles.diagram import readme_section
from models.policy import load_policy
from models.settings import variable_names
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
        for source in ("models/telemetry/metrics.py", "models/queries/metrics.py", "api/routes/metrics.py")
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
    schedules = {workflow_ids.schedule(job.name) for job in jobs_of(load_policy(README.parent / "pipeline.toml"))}
    assert schedules == set(re.findall(r"`(upkeep/[a-z-]+)`", text))


def test_what_security_names_as_its_proof_is_there() -> None:
    """Each test that it names stands in the file that it names before, and each of its links leads to something."""
    root, shown = README.parent, (README.parent / "SECURITY.md").read_text(encoding="utf-8")
    file, named = "", 0
    for path, test in re.findall(r"`(tests/[\w/]+\.py)`|`(test_\w+)`", shown):
        file = path or file
        if test:
            assert f"def {test}(" in (root / file).read_text(encoding="utf-8"), f"{file}: {test}"
            named += 1
    assert named > 100
    for target in re.findall(r"\]\(([^)#]+)\)", shown):
        assert (root / target).exists(), target


def test_every_finding_and_requirement_has_a_row_with_its_proof() -> None:
    rows = re.findall(
        r"^\| (\S.*?) \| (.*?) \| (.*?) \| (.*?) \|$", (README.parent / "SECURITY.md").read_text(), re.MULTILINE
    )
    rows = [row for row in rows if row[0] not in ("id", "no.", ":--")]
    findings = {row[0] for row in rows if re.fullmatch(r"[HML]\d+", row[0])}
    assert findings == {*(f"H{n}" for n in range(1, 6)), *(f"M{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9))} | {
        f"L{n}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12)
    }
    for first, what, state, proof in rows:
        assert "`test_" in proof or "**not applicable**" in state, (first, what)
        if first not in findings:
            kind, _, reason = state.removeprefix("**").partition("**")
            assert kind in ("met", "partly", "not met", "not applicable"), first
            assert reason or kind == "met", f"{first}: say why"
