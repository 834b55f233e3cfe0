"""Durations as they are written in `pipeline.toml`."""

import pytest
from pydantic import TypeAdapter

from models.messages.rulebook import Duration

ADAPTER = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("10wd", Duration(10, "wd")),
        ("14d", Duration(14, "d")),
        ("0d", Duration(0, "d")),
        ("9999wd", Duration(9999, "wd")),
    ],
)
def test_a_duration_is_read_and_written_the_same(text: str, duration: Duration) -> None:
    assert Duration.parse(text) == duration
    assert str(duration) == text
    assert ADAPTER.validate_python(text) == duration
    assert ADAPTER.validate_json(ADAPTER.dump_json(duration)) == duration
    assert ADAPTER.dump_json(duration) == f'"{text}"'.encode()


@pytest.mark.parametrize("text", ["", "10", "wd", "-1d", "1.5d", "10 wd", "10wd ", "10w", "2 weeks", "10000d"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="10wd"):
        Duration.parse(text)
