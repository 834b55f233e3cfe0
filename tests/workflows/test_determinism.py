"""Workflow code and the rules it runs know no time, no chance and no outside of their own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN_IN_WORKFLOWS = [
    *(ROOT / "workflows").glob("*.py"),
    *(ROOT / "models" / "rules").glob("*.py"),
    *(ROOT / "models" / "lifecycles").glob("*.py"),
    *(ROOT / "models" / "messages").glob("*.py"),
]
OUTSIDE = {"client.py", "temporal_status.py", "worker.py", "telemetry.py", "diagram.py"}
FORBIDDEN_CALLS = {"now", "utcnow", "today", "time", "monotonic", "uuid1", "uuid4", "urandom", "getenv"}
FORBIDDEN_MODULES = {"random", "secrets", "os", "socket", "time", "uuid", "requests", "httpx", "sqlalchemy", "sqlmodel"}


def find_faults(source: str) -> list[str]:
    faults = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_CALLS:
            owner = ast.unparse(node.func.value)
            if owner in ("datetime", "date", "time", "uuid", "os", "datetime.datetime", "datetime.date"):
                faults.append(f"line {node.lineno}: {owner}.{node.func.attr}")
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        faults += [f"import {name}" for name in modules if name.partition(".")[0] in FORBIDDEN_MODULES]
    return faults


@pytest.mark.parametrize(
    "path",
    [path for path in RUN_IN_WORKFLOWS if path.name not in OUTSIDE],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_workflow_code_asks_nobody_but_the_workflow(path: Path) -> None:
    assert find_faults(path.read_text()) == []


def test_the_check_finds_what_it_looks_for() -> None:
    assert find_faults("import random\nfrom datetime import datetime\nat = datetime.now()") == [
        "import random",
        "line 3: datetime.now",
    ]
