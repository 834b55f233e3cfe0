"""Where routes are gathered: pages, pages behind signed links, and the JSON API.

What all routes of a kind have in common they get here, as they are written. FastAPI could add it where routers include
routers, but would go through them several times in every request, and look into each route a second time: a millisecond
of each answer, and a third of a second of each start.
"""

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.params import Depends

from api.web.dependencies import SameOrigin
from api.web.problems import responses

API_PREFIX = "/api/v1"


def page_router(prefix: str = "", dependencies: Sequence[Depends] = ()) -> APIRouter:
    """For pages: a form counts only when it comes from our own."""
    return APIRouter(prefix=prefix, dependencies=[SameOrigin, *dependencies], include_in_schema=False)


def signed_router() -> APIRouter:
    """For what is opened from a mail. The proof is in the address, so it does not matter which site a form is from."""
    return APIRouter(include_in_schema=False)


def api_router(path: str, tag: str) -> APIRouter:
    """For one noun of the JSON API."""
    return APIRouter(prefix=f"{API_PREFIX}{path}", tags=[tag], responses=responses(400, 401, 403, 503))
