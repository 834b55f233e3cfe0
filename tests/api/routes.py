"""Every route of the application, as "POST /ideen/{idea_id}/schritte"."""

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
