"""The two cookies: one for a session, one for a browser in which nobody is signed in and that has a form open.

Over https their names begin with __Host-: then a browser takes them from this host alone, and for it alone. At this
very machine there is http, for which browsers keep no such names.
"""

from starlette.requests import Request
from starlette.responses import Response

from models.settings import Settings
from models.tables import AccessToken, SessionRow

SESSION = "ideenweg_session"
BROWSER = "ideenweg_browser"


def read_cookie(request: Request, settings: Settings, name: str) -> str | None:
    return request.cookies.get(name_of(settings, name)) or None


def session_of(request: Request) -> SessionRow | None:
    """The session of whoever asks, once somebody has looked for it; None for nobody, and for a token."""
    found = getattr(request.state, "session", None)
    return found if isinstance(found, SessionRow) else None


def renewed_secret(request: Request) -> str | None:
    """What the cookie of the session will be, where this very request has renewed it."""
    found = getattr(request.state, "renewed", None)
    return found if isinstance(found, str) else None


def set_cookie(response: Response, settings: Settings, name: str, secret: str) -> None:
    """It ends with the browser at the latest; how long it counts is decided here, not there."""
    response.set_cookie(
        name_of(settings, name), secret, path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    response.delete_cookie(name_of(settings, name), path="/", secure=settings.is_https, httponly=True, samesite="lax")


def name_of(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.is_https else name


def token_of(request: Request) -> AccessToken | None:
    """The token of whoever asks the API; None for everybody else."""
    found = getattr(request.state, "token", None)
    return found if isinstance(found, AccessToken) else None
