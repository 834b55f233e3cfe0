"""Every error as problem details (RFC 9457). Domain errors are translated here, for the API and the pages alike.

Inputs are never echoed: what somebody mistyped may be personal, and error pages end up in logs and tickets.
"""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.ports.ideas import CommandRefused, IdeaGone
from api.use_cases.attachments import FilesRefused
from api.use_cases.crowdfunding import CrowdfundingNotFound
from api.use_cases.drafts import DraftExpired, DraftIncomplete, DraftNotFound, DraftSent, OnItsWay
from api.use_cases.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Unavailable, UseCaseError
from api.use_cases.idea_text import IdeaNotFound, WrongWords
from models.database import is_unreachable
from models.messages.commands import Refusal, RefusalCode
from workflows.client import EngineAway, OfferClosed

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

TITLES: dict[str, str] = {
    "not_found": "There is nothing here, or nothing for you",
    "gone": "This was here and is not any more",
    "not_signed_in": "A valid bearer token is needed",
    "forbidden": "You may not do this",
    "insufficient_scope": "The token may not do this",
    "not_allowed": "The idea does not allow this now",
    "invalid": "Something in the request is missing or out of range",
    "stale": "The idea has moved on",
    "id_reused": "The Idempotency-Key was used for another request",
    "malformed": "The request cannot be read",
    "method_not_allowed": "This method is not supported here",
    "too_large": "The request is too large",
    "wrong_host": "This host is not served here",
    "too_many": "Too many requests from this network",
    "too_many_by_account": "Too many requests of this account",
    "too_many_by_session": "Too many requests in this session",
    "too_many_by_address": "Too many requests for this address from this network",
    "step_up": "Sign in once more for this",
    "halfway": "The second factor is missing",
    "form_expired": "The form is not valid any more",
    "cross_site": "The request comes from another site",
    "offer_closed": "The offer is not open any more",
    "no_place": "The coach has no free place",
    "last_lead": "Nobody would be left to lead",
    "conflict": "This does not fit what is there already",
    "setting_up": "The platform is being set up",
    "unavailable": "A part of the platform cannot be reached",
    "unsigned": "Web and worker do not have the same key",
    "internal": "Something went wrong on our side",
    "failed": "The request cannot be carried out",
}
"""Code → title. The code is what programs compare; `/problems/{code}` is its type."""

STATUS_OF_REFUSAL = {
    RefusalCode.NOT_ALLOWED: 409,
    RefusalCode.FORBIDDEN: 403,
    RefusalCode.INVALID: 422,
    RefusalCode.STALE: 412,
    RefusalCode.ID_REUSED: 422,
    RefusalCode.UNSURE: 503,
    RefusalCode.UNSIGNED: 503,
}

STATUS_OF: dict[type[UseCaseError], int] = {
    NotFound: 404,
    Gone: 410,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 422,
    Unavailable: 503,
}

CODE_OF_STATUS = {
    400: "malformed",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "not_allowed",
    410: "gone",
    412: "stale",
    413: "too_large",
    421: "wrong_host",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}

WRONG_WORDS = {
    "district": "is no district of this region",
    "themes": "is no theme of this region",
    "language": "is no language of this platform",
}


class FieldError(BaseModel):
    """One field that is wrong, and why."""

    field: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457) with our own members after `instance`."""

    model_config = ConfigDict(json_schema_extra={"description": "Problem details as of RFC 9457."})

    type: str = Field(description="A relative reference that names the kind of problem: /problems/{code}.")
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    code: str
    field: str | None = Field(default=None, description="The field that is missing or out of range.")
    errors: list[FieldError] | None = None
    allowed_events: list[str] | None = Field(default=None, description="What the caller may ask of the idea instead.")
    version: int | None = Field(default=None, description="The version that the idea has now.")


class ProblemError(Exception):
    """An error that knows how it is told. Raised by routes and dependencies."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str | None = None,
        *,
        field: str | None = None,
        errors: Sequence[FieldError] | None = None,
        allowed_events: Sequence[str] | None = None,
        version: int | None = None,
        headers: dict[str, str] | None = None,
        hidden: bool = False,
    ) -> None:
        """`hidden`: it is there, and told as if it were not."""
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.errors = list(errors) if errors else None
        self.allowed_events = list(allowed_events) if allowed_events is not None else None
        self.version = version
        self.headers = headers or {}
        self.hidden = hidden
        super().__init__(f"{status} {code}")

    def body(self, instance: str | None = None) -> Problem:
        return Problem(
            type=f"/problems/{self.code}",
            title=TITLES.get(self.code, TITLES["failed"]),
            status=self.status,
            detail=self.detail,
            instance=instance,
            code=self.code,
            field=self.field,
            errors=self.errors,
            allowed_events=self.allowed_events,
            version=self.version,
        )


def invalid(field: str, detail: str) -> ProblemError:
    """One field is missing or out of range."""
    return ProblemError(422, "invalid", detail, field=field, errors=[FieldError(field=field, detail=detail)])


def unavailable(detail: str) -> ProblemError:
    return ProblemError(503, "unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def describe(error: Exception) -> ProblemError:
    """Any error as a problem; one that nobody foresaw becomes a 500 that says nothing of its inside."""
    match error:
        case ProblemError():
            return error
        case UseCaseError():
            return from_use_case(error)
        case IdeaNotFound():
            return ProblemError(
                404, "not_found", "there is no such idea, or it is not yours to see", hidden=error.hidden
            )
        case CrowdfundingNotFound():
            return ProblemError(404, "not_found", "there is no such crowdfunding of this idea")
        case DraftNotFound():
            return ProblemError(404, "not_found", "there is no such draft, or it is not yours")
        case DraftExpired():
            return ProblemError(410, "gone", "nobody has gone on with this draft for long")
        case DraftSent():
            return ProblemError(409, "not_allowed", "it is handed in: its words are those of the idea")
        case DraftIncomplete():
            return from_gaps(error.fields)
        case OnItsWay():
            return from_waiting(error.draft_id)
        case CommandRefused():
            return from_refusal(error.refusal)
        case IdeaGone():
            return ProblemError(409, "not_allowed", "the path of this idea has ended", allowed_events=[])
        case FilesRefused():
            return invalid("files", f"not taken: {error}")
        case WrongWords():
            return invalid(error.field, WRONG_WORDS.get(error.field, "is not known here"))
        case OfferClosed():
            return ProblemError(409, "offer_closed", "it was answered, has expired, or was withdrawn")
        case EngineAway():
            return unavailable("the workflow engine does not answer; asking again with the same key is safe")
        case RequestValidationError():
            return from_validation(error.errors())
        case ValidationError():
            return from_validation(error.errors(include_input=False, include_url=False), body=False)
        case HTTPException():
            return from_http(error)
    if is_unreachable(error):
        return unavailable("the database does not answer; asking again with the same key is safe")
    return ProblemError(500, "internal")


def status_of(error: UseCaseError) -> int:
    """The status of a page that says why something was not done."""
    return STATUS_OF[type(error)]


def from_use_case(error: UseCaseError) -> ProblemError:
    """What was asked for and not done."""
    if isinstance(error, Unavailable):
        return unavailable(error.detail or "")
    field = error.field
    errors = [FieldError(field=field, detail=error.detail or "")] if field and isinstance(error, Invalid) else None
    return ProblemError(status_of(error), error.code, error.detail, field=field, errors=errors)


def from_gaps(fields: Sequence[str]) -> ProblemError:
    """A draft that cannot be handed in as it is."""
    errors = [FieldError(field=field, detail="is missing, or is not known here") for field in fields]
    return ProblemError(422, "invalid", "the draft is not complete", field=fields[0], errors=errors)


def from_waiting(draft_id: str) -> ProblemError:
    problem = unavailable("the idea is kept, and its path begins as soon as the engine is back; asking again is safe")
    problem.headers["Location"] = f"/api/v1/drafts/{draft_id}"
    return problem


def from_refusal(refusal: Refusal) -> ProblemError:
    """A command that the idea does not take."""
    status = STATUS_OF_REFUSAL[refusal.code]
    wrong = refusal.fields or ((refusal.field,) if refusal.field else ())
    return ProblemError(
        status,
        str(refusal.code),
        refusal.detail or None,
        field=refusal.field,
        errors=[FieldError(field=name, detail=refusal.detail) for name in wrong] or None,
        allowed_events=refusal.allowed_events if status in (403, 409) else None,
        version=refusal.version,
    )


def from_validation(found: Sequence[Any], *, body: bool = True) -> ProblemError:
    """What a schema refuses. `body`: the first part of each place names where it was: path, query, header, body."""
    places = [tuple(item["loc"]) for item in found]
    if body and any(place[:1] == ("path",) for place in places):
        return ProblemError(404, "not_found")
    if any(item["type"] == "json_invalid" for item in found):
        return ProblemError(400, "malformed", "the body is not valid JSON")
    errors = [
        FieldError(field=_field_name(place[1:] if body else place), detail=_reason(item))
        for place, item in zip(places, found, strict=True)
    ]
    first = errors[0]
    return ProblemError(422, "invalid", first.detail, field=first.field, errors=errors)


def from_http(error: HTTPException) -> ProblemError:
    """What Starlette raises itself: unknown routes, wrong methods, unreadable bodies."""
    code = CODE_OF_STATUS.get(error.status_code, "failed" if error.status_code < 500 else "internal")
    return ProblemError(error.status_code, code, headers=dict(error.headers or {}))


def problem_response(request: Request, problem: ProblemError) -> JSONResponse:
    """The problem as an answer. `instance` is the path alone, since a query may hold personal words."""
    return answer_problem(request.url.path, problem)


def answer_problem(path: str, problem: ProblemError) -> JSONResponse:
    content = problem.body(_clean(path, 300)).model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route declares the problems it may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[CODE_OF_STATUS[status]], "content": content} for status in statuses}


def _field_name(place: Sequence[object]) -> str:
    """ "themes.2"; a name that the caller made up is shortened and cleaned."""
    return _clean(".".join(str(part) for part in place), 80) or "body"


def _reason(item: Any) -> str:
    """Pydantic's own sentence, except where it would repeat what came in."""
    if item["type"] in ("enum", "literal_error"):
        return f"must be {item['ctx']['expected']}"
    if item["type"] == "value_error":
        return str(item["ctx"]["error"]) if "ctx" in item else "is not valid"
    return str(item["msg"])


def _clean(text: str, longest: int) -> str:
    """Text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")[:longest]
