"""The hidden field in every form: it proves that the form was written for the browser that sends it.

Its value is bound to the session, or to the cookie of a browser in which nobody is signed in. It is masked anew in each
answer, so that who measures compressed answers learns nothing of it.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Self

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from api.runtime.services import Services
from api.web.cookies import BROWSER, SESSION, read_cookie, renewed_secret, set_cookie
from models.secrets import new_secret

FIELD = "schutz"
LENGTH = hashlib.sha256().digest_size


class CsrfToken:
    """Writes the field for the answer to one request."""

    def __init__(self, services: Services, bound_to: str | None) -> None:
        self._services = services
        self._bound_to = bound_to
        self._new: str | None = None
        self._field: Markup | None = None

    @classmethod
    def of(cls, request: Request, services: Services) -> Self:
        return cls(services, read_binding(request, services))

    def write(self) -> Markup:
        """The same in all forms of one answer, so that a list of many forms still compresses well."""
        if self._field is None:
            if self._bound_to is None:
                self._bound_to = self._new = new_secret()
            value = mask(digest_of(self._services.signing_key, self._bound_to))
            self._field = Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, value)
        return self._field

    def keep(self, response: Response) -> None:
        """A browser that has got its first form gets its cookie along. Pages without a form set none."""
        if self._new is not None:
            set_cookie(response, self._services.settings, BROWSER, self._new)


_writing: ContextVar[CsrfToken | None] = ContextVar("guard", default=None)


@contextmanager
def guarding(guard: CsrfToken | None) -> Iterator[None]:
    """While a page is written, `guard()` in its templates is this one. Macros see no context, so it is kept here."""
    token = _writing.set(guard)
    try:
        yield
    finally:
        _writing.reset(token)


def write_guard() -> Markup:
    """The field; nothing where even the start has failed."""
    guard = _writing.get()
    return guard.write() if guard is not None else Markup()


def has_csrf_token(request: Request, services: Services, value: object) -> bool:
    """Whether the value of the field was written for the browser that sends it."""
    bound_to = read_binding(request, services)
    sent = unmask(value) if isinstance(value, str) else None
    if bound_to is None or sent is None:
        return False
    return hmac.compare_digest(sent, digest_of(services.signing_key, bound_to))


def read_binding(request: Request, services: Services) -> str | None:
    """What tells this browser from others: its session, or else its own cookie."""
    settings = services.settings
    return renewed_secret(request) or read_cookie(request, settings, SESSION) or read_cookie(request, settings, BROWSER)


def digest_of(key: str, bound_to: str) -> bytes:
    return hmac.new(key.encode(), f"guard/{bound_to}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def mask(digest: bytes) -> str:
    noise = secrets.token_bytes(LENGTH)
    return base64.urlsafe_b64encode(noise + _mix(noise, digest)).decode()


def unmask(value: str) -> bytes | None:
    """None for what was never a value of ours."""
    try:
        both = base64.urlsafe_b64decode(value.encode())
    except (ValueError, binascii.Error):
        return None
    return _mix(both[:LENGTH], both[LENGTH:]) if len(both) == 2 * LENGTH else None


def _mix(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
