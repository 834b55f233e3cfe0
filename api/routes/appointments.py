"""The appointments of an idea: offered, chosen, moved, cancelled, noted."""

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, Field

from api.routes.plain_cases import NumberedReceiptResource, NumberedResource, add_commands, tell_case, tell_receipt
from api.sign_in.dependencies import ApiAccount
from api.use_cases.appointments import (
    PROPOSE,
    AppointmentForm,
    Minutes,
    see_appointments,
    send_appointment_command,
)
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId, IdempotencyKey
from api.web.problems import responses
from api.web.routers import api_router
from models.rules.appointment import MOST_SLOTS
from models.typed_text import Text
from models.vocabulary import Role, SessionKind

router = api_router("/ideas/{idea_id}/appointments", "appointments")


class NewAppointment(BaseModel):
    """Times that are offered. Without an offset they are what the region's clocks show."""

    slots: tuple[datetime, ...] = Field(min_length=1, max_length=MOST_SLOTS)
    minutes: Minutes
    place: SessionKind = Field(description="phone, video or in_person.")
    note: Text | None = Field(default=None, max_length=10_000, description="Where, or under which number or link.")


class AppointmentResource(NumberedResource):
    """An appointment with everything that the caller may know and do."""

    proposed_by: Role
    slots: tuple[datetime, ...]
    minutes: int
    place: SessionKind
    where: str
    said: str = Field(description="Why the latest times were turned down, or why it was cancelled.")
    start: datetime | None
    sequence: int = Field(description="Grows with each change that a calendar has to know of.")


@router.get("", summary="The appointments of an idea, the latest first", responses=responses(404, 422))
async def get_appointments(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[AppointmentResource]:
    async with services.database.reading() as session:
        seen = await see_appointments(session, account, str(idea_id))
    return [
        AppointmentResource(**tell_case(one.standing, seen.allowed(one)), where=one.where, said=one.said)
        for one in seen.found
    ]


@router.post("", status_code=201, summary="Propose an appointment", responses=responses(403, 404, 409, 413, 422))
async def post_appointment(
    idea_id: IdeaId,
    new: NewAppointment,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> NumberedReceiptResource:
    form = AppointmentForm(event=PROPOSE, **new.model_dump())
    done = await send_appointment_command(services, account, str(idea_id), form, key=idempotency_key)
    receipt: NumberedReceiptResource = tell_receipt(response, str(idea_id), done)
    return receipt


add_commands(router, "an appointment", AppointmentForm, send_appointment_command, numbered=True)
