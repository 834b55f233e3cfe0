"""Choosing a time that was offered by mail, without signing in: the link is the proof.

The id of the command derives from the notice, so a link chooses once, and knows afterwards what stands.
"""

from dataclasses import dataclass
from datetime import datetime

from activities.mails.appointment import find_appointment
from activities.mails.links import Question
from api.runtime.services import Services
from api.use_cases.appointments import AppointmentForm, see_appointments, send_appointment_command
from api.use_cases.command_sender import Done
from api.use_cases.errors import NotFound
from api.use_cases.idea_text import IdeaNotFound
from models.queries.appointments import AppointmentView
from models.tables import Account, Idea, NoticeRow
from models.vocabulary import NoticeKind

CHOOSE = "choose"


@dataclass(frozen=True)
class Offered:
    """Times that are offered, as their link finds them now."""

    notice_id: str
    account: Account
    idea: Idea
    view: AppointmentView
    is_open: bool

    @property
    def is_agreed(self) -> bool:
        return self.view.standing.is_agreed


async def find_offered(services: Services, question: Question) -> Offered | None:
    """None where the notice of the link offers no times, or its idea is not its reader's to see any more."""
    async with services.database.reading() as session:
        notice = await session.get(NoticeRow, question.notice_id)
        if notice is None or notice.kind != NoticeKind.APPOINTMENT_PROPOSED or notice.account_id != question.account_id:
            return None
        account = await session.get(Account, question.account_id)
        standing = await find_appointment(session, notice)
        if account is None or standing is None or not account.can_come_in:
            return None
        try:
            seen = await see_appointments(session, account, question.idea_id)
            view = seen.get(standing.number)
        except (IdeaNotFound, NotFound):
            return None
    return Offered(notice.id, account, seen.view.idea, view, is_open=CHOOSE in seen.allowed(view))


async def choose_time(services: Services, offered: Offered, start: datetime) -> Done:
    """Raises IdeaNotFound, NotFound, CommandRefused, EngineAway."""
    form, number = AppointmentForm(event=CHOOSE, start=start), offered.view.row.number
    key = f"notice/{offered.notice_id}/{start.isoformat()}"
    return await send_appointment_command(services, offered.account, offered.idea.id, form, number, key)
