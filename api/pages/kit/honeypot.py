"""Honeypot: a field that people do not see. A program that fills in forms for its owner may fill it in as well."""

from collections.abc import Mapping

from api.web.problems import ProblemError

TRAP = "leer"
"""No name of anything that a browser or a password manager would know to fill in."""


def check_trap(sent: Mapping[str, object]) -> None:
    """Raises a problem with status 422. Its page says so, and has what was sent but for this field, to send it again:
    one more click is nothing to people."""
    if sent.get(TRAP):
        raise ProblemError(422, "trapped")
