"""The README is current."""

from pathlib import Path

from models.lifecycles.diagram import readme_section

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_shows_the_machines_as_they_are() -> None:
    hint = "run: python -m models.lifecycles.diagram README.md"
    assert readme_section() in README.read_text(encoding="utf-8"), hint
