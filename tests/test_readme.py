"""The documents are current: README, the operator's handbook, diagrams, SECURITY.md, and the links of all."""

import inspect
import re
from pathlib import Path

import pytest

from api.cli import app
from models import workflow_ids
from models.i18n import texts_in
from models.lifecycles.diagram import readme_section
from models.policy import load_policy
from models.settings import Settings, variable_names
from workflows.schedules import jobs_of

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
HANDBOOK = ROOT / "api" / "operations" / "README.md"
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(
            path
            for folder in ("models", "activities", "workflows", "api", "tests", "bench")
            for path in (ROOT / folder).rglob("*.md")
        ),
    ]
)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_readme_is_short() -> None:
    assert 7_500 < README.stat().st_size < 9_500, "what is longer stands in a folder's README"


def test_the_machines_are_shown_as_they_are() -> None:
    hint = "run: python -m models.lifecycles.diagram workflows/README.md"
    assert readme_section() in read(ROOT / "workflows" / "README.md"), hint


def test_ids_of_workflows_are_told_as_they_are() -> None:
    told = set(re.findall(r"^\| .* \| `([\w-]+)/[^`]*` \|", read(ROOT / "workflows" / "README.md"), re.MULTILINE))
    of_any_case = {"case", "case_id", "read_case"}
    ours = [one for name, one in vars(workflow_ids).items() if inspect.isfunction(one) and name not in of_any_case]
    named = [make for make in ours if make.__module__ == workflow_ids.__name__]
    assert told == {make(*"ab"[: make.__code__.co_argcount]).partition("/")[0] for make in named}


def slug_of(heading: str) -> str:
    """The anchor that forges give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_something(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(document)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        place = document.parent / path if path else document
        assert place.exists(), target
        if anchor:
            place = place / "README.md" if place.is_dir() else place
            assert anchor in {slug_of(heading) for heading in re.findall(r"^#+ (.*)$", read(place), re.MULTILINE)}, (
                target
            )


@pytest.mark.parametrize("document", [README, HANDBOOK], ids=("README", "handbook"))
def test_pages_are_called_as_they_are_called(document: Path) -> None:
    """What stands in italics with a capital is what a page says."""
    said = set(map(str, texts_in("de").catalogue.values()))
    shown = re.sub(r"^```.*?^```$", "", read(document), flags=re.MULTILINE | re.DOTALL)
    headings = set(re.findall(r"^#+ (.*)$", shown, re.MULTILINE))
    named = set(re.findall(r"(?<![*\w])\*([A-ZÄÖÜ][^*\n]+)\*(?!\*)", shown))
    assert len(named) > 5
    assert named <= said | headings


def rows_of_configuration() -> dict[str, str]:
    """Variable → default, of the handbook's table. A row may name several variables with a default each."""
    table = read(HANDBOOK).partition("\n## Configuration\n")[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for variables, default in re.findall(r"^\| (`.*?) \| (.*?) \| .*? \|$", table, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", variables)
        named = [first, *(name.replace("…", first.rpartition("_")[0]) for name in others)]
        parts = default.split(", ")
        found |= dict(zip(named, parts if len(parts) == len(named) else [default] * len(named), strict=True))
    return found


def test_every_variable_is_explained() -> None:
    rows = rows_of_configuration()
    text = read(HANDBOOK)
    for name in variable_names():
        shortened = "…_" + name.rpartition("_")[2]
        assert f"`{name}" in text or (name.startswith("IDEENWEG_STARTNEXT_") and shortened in text), name
        assert name in rows, name
    unknown = {name for name in rows if name.startswith("IDEENWEG_") and name not in variable_names()}
    assert unknown == set()


def test_every_default_is_told_as_it_is() -> None:
    rows, checked = rows_of_configuration(), 0
    for variable, field in variable_names().items():
        default, told = Settings.model_fields[field].default, rows[variable]
        if isinstance(default, bool | int | str) and not told.startswith("("):
            assert told.strip("`") == str(int(default) if isinstance(default, bool) else default), variable
            checked += 1
    assert checked >= 10


def test_every_figure_to_watch_is_told() -> None:
    told = "".join(
        read(ROOT / source)
        for source in ("models/telemetry/metrics.py", "models/queries/metrics.py", "api/routes/metrics.py")
    )
    named = set(re.findall(r"`(ideenweg_\w+)", read(HANDBOOK)))
    assert len(named) > 8
    for figure in named:
        assert f'"{figure.removesuffix("_total")}"' in told, figure


def test_every_command_and_schedule_exists() -> None:
    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    named = set().union(*(re.findall(r"(?:`|^)ideenweg ([a-z]+)", read(path), re.MULTILINE) for path in DOCUMENTS))
    assert len(named) > 15
    assert named <= known
    schedules = {workflow_ids.schedule(job.name) for job in jobs_of(load_policy(ROOT / "pipeline.toml"))}
    assert schedules == set(re.findall(r"`(upkeep/[a-z-]+)`", read(HANDBOOK)))


def test_what_security_names_as_its_proof_is_there() -> None:
    """Each test that it names stands in the file that it names before, and each of its links leads to something."""
    shown = read(ROOT / "SECURITY.md")
    file, named = "", 0
    for path, test in re.findall(r"`(tests/[\w/]+\.py)`|`(test_\w+)`", shown):
        file = path or file
        if test:
            assert f"def {test}(" in read(ROOT / file), f"{file}: {test}"
            named += 1
    assert named > 100
    for target in re.findall(r"\]\(([^)#]+)\)", shown):
        assert (ROOT / target).exists(), target


def test_every_finding_and_requirement_has_a_row_with_its_proof() -> None:
    rows = re.findall(r"^\| (\S.*?) \| (.*?) \| (.*?) \| (.*?) \|$", read(ROOT / "SECURITY.md"), re.MULTILINE)
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
