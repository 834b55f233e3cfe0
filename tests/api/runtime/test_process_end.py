"""A process ends with its code and all that it has written, and takes nothing apart before."""

import subprocess
import sys

import pytest

from models.settings import PROJECT_ROOT

ENDING = """
import atexit, sys
from api.runtime.process_end import end_process

class Stays:
    def __del__(self):
        print("taken apart")

stays = Stays()
atexit.register(print, "said goodbye")
print("worked")
end_process({code})
"""


@pytest.mark.parametrize(
    ("code", "ends_with", "told"), [("None", 0, ""), ("3", 3, ""), ("'It is away.'", 1, "It is away.")]
)
def test_it_leaves_with_all_it_has_said_and_takes_nothing_apart(code: str, ends_with: int, told: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDING.format(code=code)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.split("\n"), ended.stderr.strip()) == (
        ends_with,
        ["worked", "said goodbye", ""],
        told,
    )


@pytest.mark.parametrize(("arguments", "ends_with"), [(["--help"], 0), (["no-such-command"], 2)])
def test_commands_end_that_way(arguments: list[str], ends_with: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == ends_with
    assert "Usage" in ended.stdout + ended.stderr
