"""Errors of use cases: what was not there, not theirs, not now, or not right. They know no HTTP status.

`api.web.problems` translates each once, for the API and the pages alike. Refusals of a running case have types of their
own (`CommandRefused`, `IdeaGone`), and so has whatever a page tells in words that fit nowhere else.
"""


class UseCaseError(Exception):
    """Something was asked for that is not done. `detail` says why, to programs, and repeats nothing that was typed."""

    code = "failed"

    def __init__(self, detail: str | None = None, *, code: str | None = None, field: str | None = None) -> None:
        """`code`: where it is told apart from others of its kind."""
        self.detail = detail
        self.code = code or self.code
        self.field = field
        super().__init__(self.code)


class NotFound(UseCaseError):
    """There is no such thing, or none for them."""

    code = "not_found"


class Gone(UseCaseError):
    """It was there, and is withdrawn."""

    code = "gone"


class Forbidden(UseCaseError):
    """It is there, they may know it, and may not do this."""

    code = "forbidden"


class Conflict(UseCaseError):
    """It does not fit what is there already, or what it has become meanwhile."""

    code = "conflict"


class Invalid(UseCaseError):
    """A field is missing or out of range."""

    code = "invalid"

    def __init__(self, field: str, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code, field=field)


class Unavailable(UseCaseError):
    """Something else is under way just now: asked again, it will be done."""

    code = "unavailable"
