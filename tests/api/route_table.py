"""Every route of the application, as "POST /ideen/{idea_id}/schritte"."""

import re
from functools import cache

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def routes_of(app: FastAPI) -> list[str]:
    found = [
        f"{method} {context.path}"
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or ())
        if method != "HEAD"
    ]
    assert len(set(found)) == len(found)
    return found


def pages_that_take_forms(app: FastAPI) -> list[str]:
    """Their paths, those behind signed links too."""
    posts = (route.partition(" ") for route in routes_of(app))
    return [path for method, _, path in posts if method == "POST" and not path.startswith("/api/")]


def route_of(routes: list[str], path: str) -> str:
    """The one of the application's paths that an address leads to; empty for none."""
    for route in routes:
        if pattern_of(route).fullmatch(path):
            return route
    return ""


@cache
def pattern_of(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route)))
