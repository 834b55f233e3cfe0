"""What people tell us about the platform: the form, which needs no account, and the list that leads answer from."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import URL

from api.pages.kit.fields import Choice, Field
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.page import AnyPage, LeadPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turns import Badge
from api.use_cases.feedback import FeedbackForm, answer_until, mark_answered, take_feedback, take_on_feedback
from api.web.rate_limits import Limited, limit_rate
from models.i18n import Texts
from models.queries.feedback import FeedbackLine, list_answered_feedback, list_open_feedback
from models.vocabulary import FeedbackKind

router = APIRouter()

NAMES = {"art": "kind", "nachricht": "body", "mail": "email", "seite": "page"}
"""Name on the page → name of the field."""
SAID = frozenset({"feedback_taken", "feedback_answered"})


@dataclass(frozen=True)
class Refused:
    """What was entered, and the fields that are wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """A message in the leads' list, in words."""

    line: FeedbackLine
    badge: Badge
    who: str
    mine: bool


@router.get("/rueckmeldung")
async def show_form(page: AnyPage) -> Response:
    query = page.query
    given = {"page": page_before(page.request), "kind": query.get("art", "")}
    until = None
    with suppress(ValueError):
        until = date.fromisoformat(query.get("bis", ""))
    return render_form(page, Refused(given), until=until)


@router.post("/rueckmeldung")
async def send_feedback(page: AnyPage) -> Response:
    await limit_rate(page.request, page.services, Limited.FEEDBACK, page.visitor.id)
    entered = {name: str(value) for name, value in (await page.form()).items()}
    values = {name: entered.get(sent, "") for sent, name in NAMES.items()}
    check_trap(entered)
    try:
        form = FeedbackForm.model_validate(values)
    except ValidationError as error:
        wrong = tuple(dict.fromkeys(str(line["loc"][0]) for line in error.errors()))
        return render_form(page, Refused(values, wrong), status=422)
    due_on = await take_feedback(page.services, form, page.t.language, page.visitor.account)
    return see_other("/rueckmeldung", bis=due_on.isoformat())


@router.get("/rueckmeldungen")
async def show_feedback(page: LeadPage) -> Response:
    async with page.services.database.reading() as session:
        waiting, answered = await list_open_feedback(session), await list_answered_feedback(session)
    speaker = page.speaker
    return page.render(
        "public/messages.html",
        told=page.flash(SAID),
        waiting=[
            Message(
                line,
                speaker.due(line.due_on),
                speaker.name(line.by) if line.by else page.t("page.feedback.nobody"),
                line.by is not None and line.by.id == page.visitor.id,
            )
            for line in waiting
        ],
        answered=[(line, speaker.name(line.by)) for line in answered],
        zone=page.services.policy.zone,
    )


@router.post("/rueckmeldungen/{feedback_id}/uebernehmen")
async def take_it_on(page: LeadPage, feedback_id: UUID) -> Response:
    await take_on_feedback(page.services, str(feedback_id), page.person)
    return see_other("/rueckmeldungen", meldung="feedback_taken")


@router.post("/rueckmeldungen/{feedback_id}/beantwortet")
async def say_answered(page: LeadPage, feedback_id: UUID) -> Response:
    await mark_answered(page.services, str(feedback_id), page.person)
    return see_other("/rueckmeldungen", meldung="feedback_answered")


def page_before(request: Request) -> str:
    """The page of ours that somebody comes from, which is what they may write about. Empty for any other."""
    try:
        referer = URL(request.headers.get("referer", ""))
        return referer.path if referer.netloc == request.url.netloc else ""
    except ValueError:
        return ""


def render_form(
    page: AnyPage,
    refused: Refused,
    *,
    until: date | None = None,
    status: int = 200,
) -> Response:
    values = dict(refused.values)
    if page.visitor.account is not None and not refused.wrong:
        values.setdefault("email", page.visitor.account.email)
    fields = list_fields(page.t, values, refused.wrong)
    return page.render(
        "public/feedback.html",
        status,
        fields=fields,
        page=values.get("page", ""),
        trap=TRAP,
        promised=until,
        limit=page.t.day(answer_until(page.services)),
        errors={one.name: one.error for one in fields if one.error},
    )


def list_fields(t: Texts, values: Mapping[str, str], wrong: tuple[str, ...]) -> list[Field]:
    def error_of(name: str) -> str:
        return t(f"page.feedback.wrong.{name}") if name in wrong else ""

    return [
        Field(
            "art",
            "radio",
            t("page.feedback.kind"),
            required=True,
            choices=tuple(Choice(kind, t(f"feedback.{kind}")) for kind in FeedbackKind),
            value=values.get("kind", ""),
            error=error_of("kind"),
        ),
        Field(
            "nachricht",
            "text",
            t("page.feedback.body"),
            t("page.feedback.body.help"),
            required=True,
            value=values.get("body", ""),
            error=error_of("body"),
        ),
        Field(
            "mail",
            "email",
            t("page.feedback.email"),
            t("page.feedback.email.help"),
            value=values.get("email", ""),
            error=error_of("email"),
            longest=254,
            autocomplete="email",
        ),
    ]
