"""The rules under which the simulated people live."""

from pathlib import Path

from models.policy import Policy, load_policy


def read_policy(path: Path) -> Policy:
    """Raises PolicyError."""
    return without_undo(load_policy(path))


def without_undo(policy: Policy) -> Policy:
    """`pipeline.toml` without the time in which a decision can be taken back: nobody here ever does."""
    return policy.model_copy(update={"engine": policy.engine.model_copy(update={"undo_seconds": 0})})
