"""Parameters that many routes share."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Path, Query
from pydantic import AfterValidator

from api.web.problems import ProblemError, invalid
from models.tables import Account
from models.vocabulary import Role

LARGEST_PAGE = 100

_ETAG = re.compile(r'^(?:W/)?"?(\d{1,9})"?$')


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    return value


IdeaId = Annotated[UUID, Path(description="The id of an idea.")]
OpeningId = Annotated[UUID, Path(description="The id of a card, as its address has it.")]
Attempt = Annotated[int | None, Query(ge=1, le=10_000, description="An earlier attempt; without it, the latest.")]
AttemptOfPage = Annotated[int | None, Query(alias="versuch", ge=1, le=10_000)]
"""The same in the address of a page."""
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many items a page has at most.")]
Word = Annotated[str, Query(max_length=40), AfterValidator(_no_nul)]
Search = Annotated[str, Query(max_length=200), AfterValidator(_no_nul)]

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same request again gives the same answer and changes nothing.",
    ),
]

IfMatch = Annotated[
    str | None, Header(max_length=100, description='The version that the caller has seen, such as "7"; or *.')
]


def takes_parts(**parts: Mapping[str, Any]) -> dict[str, Any]:
    """What the description of a route says of the form that it takes: the part `file`, and whatever else there is."""
    form = {"type": "object", "required": ["file"], "properties": parts}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


def read_if_match(header: str | None) -> int | None:
    """The version that the caller expects; None where any will do. Raises a problem for what is no version."""
    if header is None or header.strip() == "*":
        return None
    found = _ETAG.match(header.strip())
    if found is None:
        raise ProblemError(400, "malformed", 'If-Match must be a version such as "7", or *')
    return int(found[1])


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def read_person(value: str, account: Account, field: str) -> str:
    """ "me", or the id of an account."""
    if value == "me":
        return account.id
    try:
        return str(UUID(value))
    except ValueError:
        raise invalid(field, "must be the id of an account, or me") from None


def read_holder(value: str, account: Account) -> tuple[Role | None, str | None]:
    """A role, or a person: the filter `holder` takes either."""
    if value in list(Role):
        return Role(value), None
    try:
        return None, read_person(value, account, "holder")
    except ProblemError:
        raise invalid("holder", f"must be an id, me, or one of {', '.join(Role)}") from None
