"""What people tell us about the platform: the form, which needs no account, and the list that leads answer from."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.datastructures import URL

from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, list_wrong, read_texts, write_choices
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.page import AnyPage, LeadPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turn_presenter import Badge
from api.use_cases.feedback import FeedbackForm, answer_until, mark_answered, take_feedback, take_on_feedback
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.queries.feedback import FeedbackLine, list_answered_feedback, list_open_feedback
from models.vocabulary import FeedbackKind

router = page_router()

NAMES = {"art": "kind", "nachricht": "body", "mail": "email", "seite": "page"}
"""Name on the page → name of the field."""
SAID = frozenset({"feedback_taken", "feedback_answered"})


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
    given = {"seite": page_before(page.request), "art": query.get("art", "")}
    if page.visitor.account is not None:
        given["mail"] = page.visitor.account.email
    until = None
    with suppress(ValueError):
        until = date.fromisoformat(query.get("bis", ""))
    return render_form(page, given, until=until)


@router.post("/rueckmeldung")
async def send_feedback(page: AnyPage) -> Response:
    await limit_rate(page.request, page.services, Limited.FEEDBACK, page.visitor.id)
    sent = await page.form()
    entered = read_texts(sent, NAMES)
    check_trap(sent)
    try:
        form = FeedbackForm.model_validate({name: entered[sent] for sent, name in NAMES.items()})
    except ValidationError as error:
        return render_form(page, entered, list_wrong(error), status=422)
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
    entered: Mapping[str, str],
    wrong: Collection[str] = (),
    *,
    until: date | None = None,
    status: int = 200,
) -> Response:
    errors = {sent: page.t(f"page.feedback.wrong.{name}") for sent, name in NAMES.items() if name in wrong}
    return page.render(
        "public/feedback.html",
        status,
        fields=write_fields(FormWriter(page.t, entered, errors)),
        page=entered.get("seite", ""),
        trap=TRAP,
        promised=until,
        limit=page.t.day(answer_until(page.services)),
        errors=errors,
    )


def write_fields(form: FormWriter) -> list[Field]:
    t = form.t
    return [
        form.write(
            "art", "radio", t("page.feedback.kind"), required=True, choices=write_choices(t, FeedbackKind, "feedback")
        ),
        form.write("nachricht", "text", t("page.feedback.body"), t("page.feedback.body.help"), required=True),
        form.write(
            "mail", "email", t("page.feedback.email"), t("page.feedback.email.help"), longest=254, autocomplete="email"
        ),
    ]
