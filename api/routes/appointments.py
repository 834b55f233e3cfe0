"""The appointments of an idea: offered, chosen, moved, cancelled, noted."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, Field

from api.sign_in.dependencies import ApiAccount
from api.use_cases.appointments import (
    PROPOSE,
    AppointmentForm,
    Minutes,
    SeenAppointments,
    see_appointments,
    send_appointment_command,
)
from api.use_cases.command_sender import Done
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId, IdempotencyKey, IfMatch, etag, read_if_match
from api.web.problems import responses
from api.web.routers import api_router
from models.queries.appointments import AppointmentView
from models.rules.appointment import MOST_SLOTS
from models.typed_text import Text
from models.vocabulary import Role, SessionKind

router = api_router("/ideas/{idea_id}/appointments", "appointments")

Number = Annotated[int, Path(ge=1, le=10_000, description="Which appointment of the idea, counted from 1.")]


class NewAppointment(BaseModel):
    """Times that are offered. Without an offset they are what the region's clocks show."""

    slots: tuple[datetime, ...] = Field(min_length=1, max_length=MOST_SLOTS)
    minutes: Minutes
    place: SessionKind = Field(description="phone, video or in_person.")
    note: Text | None = Field(default=None, max_length=10_000, description="Where, or under which number or link.")


class AppointmentResource(BaseModel):
    """An appointment with everything that the caller may know and do."""

    number: int
    version: int
    state: str
    on_turn: Role | None
    until: date | None
    proposed_by: Role
    slots: tuple[datetime, ...]
    minutes: int
    place: SessionKind
    where: str
    said: str = Field(description="Why the latest times were turned down, or why it was cancelled.")
    start: datetime | None
    sequence: int = Field(description="Grows with each change that a calendar has to know of.")
    allowed_events: list[str]


class AppointmentReceiptResource(BaseModel):
    """The step is taken, durably."""

    idea_id: str
    number: int
    version: int
    state: str
    shown: bool = Field(description="false: lists and pages show the step in a moment.")


@router.get("", summary="The appointments of an idea, the latest first", responses=responses(404, 422))
async def get_appointments(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[AppointmentResource]:
    async with services.database.reading() as session:
        seen = await see_appointments(session, account, str(idea_id))
    return [show(seen, one) for one in seen.found]


@router.post("", status_code=201, summary="Propose an appointment", responses=responses(403, 404, 409, 413, 422))
async def post_appointment(
    idea_id: IdeaId,
    new: NewAppointment,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> AppointmentReceiptResource:
    form = AppointmentForm(event=PROPOSE, **new.model_dump())
    number, done = await send_appointment_command(services, account, str(idea_id), form, key=idempotency_key)
    return receipt(response, str(idea_id), number, done)


@router.post(
    "/{number}/commands",
    summary="Ask one event of an appointment",
    responses=responses(403, 404, 409, 412, 413, 422),
)
async def post_appointment_command(
    idea_id: IdeaId,
    number: Number,
    form: AppointmentForm,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> AppointmentReceiptResource:
    expected = read_if_match(if_match)
    _, done = await send_appointment_command(services, account, str(idea_id), form, number, idempotency_key, expected)
    return receipt(response, str(idea_id), number, done)


def show(seen: SeenAppointments, one: AppointmentView) -> AppointmentResource:
    told = set(AppointmentResource.model_fields) - {"allowed_events", "where", "said", "number", "on_turn", "until"}
    standing = one.standing
    return AppointmentResource(
        **standing.model_dump(include=told),
        number=standing.number,
        on_turn=standing.turn,
        until=standing.holder.until if standing.holder is not None else None,
        where=one.where,
        said=one.said,
        allowed_events=seen.allowed(one),
    )


def receipt(response: Response, idea_id: str, number: int, done: Done) -> AppointmentReceiptResource:
    response.headers.update(etag(done.receipt.version))
    told = done.receipt.model_dump(include={"version", "state"})
    return AppointmentReceiptResource(idea_id=idea_id, number=number, **told, shown=done.shown)
