"""The rules under which the simulated people live."""

from pathlib import Path

from models.policy import Policy, load_policy


def read_policy(path: Path) -> Policy:
    """`pipeline.toml` without the time in which a decision can be taken back: nobody here ever does.

    Raises PolicyError.
    """
    policy = load_policy(path)
    return policy.model_copy(update={"engine": policy.engine.model_copy(update={"undo_seconds": 0})})
