"""Where one lands after a proof or a redirect: an address that can be opened, and never one that only takes forms."""

import re
from collections.abc import Sequence
from functools import cache

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.datastructures import URL

from api.use_cases.return_path import own_path

DEVICES = "/einstellungen/geraete"
SECOND = "/anmelden/zweiter-faktor"
"""Where a sign-in that lacks something goes on."""


def wanted_path(request: Request, text: str | None) -> str | None:
    """Where somebody wanted to go; None for what leads elsewhere, and for what a browser cannot open."""
    path = own_path(text)
    if path is None or only_takes_forms(request.app, URL(path).path):
        return None
    return path


def only_takes_forms(app: FastAPI, path: str) -> bool:
    opened, sent = _ways_of(app)
    return not opened.fullmatch(path) and bool(sent.fullmatch(path))


@cache
def _ways_of(app: FastAPI) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What the addresses look like that can be opened, and those that take a form."""
    contexts = [context for context in iter_route_contexts(app.routes) if context.path]
    ways = [(method, str(context.path)) for context in contexts for method in context.methods or ()]
    opened, sent = ([path for method, path in ways if method == wanted] for wanted in ("GET", "POST"))
    return _any_of(opened), _any_of(sent)


def _any_of(templates: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)) for template in templates))
