"""The web application: JSON API under /api/v1, pages beside it. The composition root of a web process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import Scope

import api.pages
import api.routes
from activities.ports.ideas import CommandRefused, IdeaGone
from activities.upkeep.lost_keys import warn_of_lost_keys
from activities.upkeep.rules_in_force import note_rules_in_time
from api.pages.kit.errors import render_error, show_error
from api.routes import health, metrics
from api.routes.description import describe_api
from api.runtime.services import Services, open_services
from api.use_cases.attachments import FilesRefused
from api.use_cases.crowdfunding import CrowdfundingNotFound
from api.use_cases.drafts import DraftProblem
from api.use_cases.errors import UseCaseError
from api.use_cases.idea_text import IdeaNotFound, WrongWords
from api.use_cases.importing.browser_import import keep_importing
from api.use_cases.staff.first_lead import announce_set_up
from api.use_cases.submission_retry import keep_handing_in
from api.web import static
from api.web.compression import Compress
from api.web.front_end import REMEDY, what_is_missing
from api.web.head_requests import HeadAsGet
from api.web.hosts import ForwardedFrom, OwnHost
from api.web.htmx import FragmentRedirect
from api.web.load_shedding import ConcurrencyLimit
from api.web.middleware import BodyLimit, RequestLog, log, route_of
from api.web.problems import ProblemError, answer_problem, describe, problem_response, unavailable
from api.web.refused_requests import note_refusal
from api.web.request_checks import StrictRequests
from api.web.routers import API_PREFIX
from api.web.security_headers import SafeHeaders
from api.web.timeout import RequestTimeout
from models.database import UNREACHABLE
from models.migrations import find_pending
from models.running_services import find_running
from models.settings import Settings, load_settings
from models.telemetry.redaction import places_of
from workflows.client import EngineAway, OfferClosed
from workflows.telemetry import tell

JSON_PATHS = ("/api/", "/healthz", "/readyz", "/metrics")

OUR_ERRORS: tuple[type[Exception], ...] = (
    ProblemError,
    FilesRefused,
    IdeaNotFound,
    CrowdfundingNotFound,
    DraftProblem,
    CommandRefused,
    IdeaGone,
    WrongWords,
    OfferClosed,
    EngineAway,
    RequestValidationError,
    HTTPException,
    DBAPIError,
    UseCaseError,
    *UNREACHABLE,
)
"""What is told as a problem or an error page. Anything else is a mistake of ours and ends in `RequestLog`."""


class NotServing(RuntimeError):
    """The settings do not allow to serve. Its text says what to mend."""


def create_app(services: Services | None = None) -> FastAPI:
    """The application on the given services, or on its own ones, opened at the start and closed at the end."""
    settings = services.settings if services is not None else load_settings()
    app = FastAPI(
        title="Ideenweg",
        version="1",
        description="The path of an idea: hand in, move on, see who is on turn.",
        openapi_url=f"{API_PREFIX}/openapi.json",
        # Its redirect would repeat scheme and host of the request.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        # Spans and log records of the framework would carry queries and error messages, so people's words.
        telemetry={"tracing": False, "logs": False},
        lifespan=_lifespan(services, settings),
        middleware=_middleware(settings),
    )
    app.state.services = services
    app.state.settings = settings
    health.add_routes(app)
    metrics.add_routes(app)
    app.router.routes += [*api.routes.routes, *static.router.routes, *api.pages.routes]
    describe_api(app)
    for kind in OUR_ERRORS:
        app.add_exception_handler(kind, tell_error)
    return app


async def tell_error(request: Request, error: Exception) -> Response:
    """Problem details for the API, an error page for people."""
    problem = describe(error)
    if isinstance(services := request.app.state.services, Services):
        await note_refusal(request, services, problem)
    if problem.status >= 500:
        log.warning("refused", route=route_of(request.scope), error=type(error).__name__, at=places_of(error))
    if request.url.path.startswith(JSON_PATHS):
        return problem_response(request, problem)
    page = await show_error(request, problem)
    page.headers.update(problem.headers)
    return page


def tell_failure(scope: Scope) -> Response:
    """A mistake of ours, told without its inside."""
    return tell_problem(scope, ProblemError(500, "internal"))


def tell_lateness(scope: Scope) -> Response:
    """Something that we depend on does not answer."""
    return tell_problem(scope, unavailable("it takes too long just now; asking again with the same key is safe"))


def tell_crowd(scope: Scope) -> Response:
    """More than this process can carry."""
    return tell_problem(scope, unavailable("too many ask at once just now; asking again with the same key is safe"))


def tell_problem(scope: Scope, problem: ProblemError) -> Response:
    """Where even the error page fails, the problem details remain."""
    if not scope["path"].startswith(JSON_PATHS):
        try:
            page = render_error(Request(scope), problem)
            page.headers.update(problem.headers)
            return page
        except Exception as error:
            log.error("no error page", error=type(error).__name__, at=places_of(error))
    return answer_problem(scope["path"], problem)


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(SafeHeaders, https=settings.is_https, subdomains=settings.hsts_subdomains),
        Middleware(RequestLog, tell=tell_failure),
        Middleware(OwnHost, settings=settings),
        Middleware(ForwardedFrom),
        Middleware(HeadAsGet),
        Middleware(FragmentRedirect),
        Middleware(Compress),
        Middleware(BodyLimit, tell=tell_problem),
        Middleware(StrictRequests, tell=tell_problem),
        # After the body has been read: somebody with a slow line takes no place and is not late.
        Middleware(ConcurrencyLimit, tell=tell_crowd),
        Middleware(RequestTimeout, tell=tell_lateness),
    ]


def _lifespan(services: Services | None, settings: Settings) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if services is not None:
            yield
            return
        missing = what_is_missing()
        if problems := settings.problems_before_serving() + ([f"{missing}. {REMEDY}"] if missing else []):
            raise NotServing("Not serving:\n  " + "\n  ".join(problems))
        if behind := await asyncio.to_thread(find_pending, settings):
            raise NotServing(f"Not serving: the database lacks {behind}. Run `ideenweg migrate`, then start again.")
        with tell(settings, "web"):
            opened = await open_services(settings)
            app.state.services = opened
            beside = [
                asyncio.create_task(opened.read_model.listen()),
                asyncio.create_task(keep_handing_in(opened)),
                asyncio.create_task(keep_importing(opened)),
                asyncio.create_task(note_rules_in_time(opened.database, opened.policy)),
                asyncio.create_task(warn_of_lost_keys(opened.database, opened.policy.region)),
            ]
            if find_running(settings.var) is None:
                # Under `ideenweg up` it is shown on the terminal, and stays out of the log.
                beside.append(asyncio.create_task(announce_set_up(opened)))
            try:
                yield
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)
                await opened.close()

    return lifespan
