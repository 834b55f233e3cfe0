"""What people ask of appointments. Pages, API and links in mails come through here.

Where it takes place, and why times were turned down, are words: they are stored first and travel as the ids of notes.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused, IdeaGone
from api.runtime.services import Services
from api.use_cases.command_sender import CaseForm, Done, refused, wrong_field
from api.use_cases.crowdfunding import see_idea_to_act
from api.use_cases.errors import NotFound
from api.use_cases.plain_case_sender import PlainSender, name_command
from api.use_cases.plain_cases import SeenCase, allowed_in
from models.cases.calendar import Calendar, calendar_of
from models.lifecycles.appointment import AppointmentLifecycle
from models.messages.appointment import AppointmentCommand, AppointmentStanding, AppointmentState
from models.messages.cases import Taken
from models.messages.commands import Receipt, RefusalCode
from models.queries.appointments import AppointmentView, list_appointments
from models.queries.idea import IdeaView
from models.rules.appointment import APPOINTMENTS, MOST_SLOTS, side_of
from models.rules.permissions import coaches_of
from models.tables import Account, CommandTry, StandingRow, TimelineEntry
from models.vocabulary import Role, SessionKind
from models.workflow_ids import APPOINTMENT, case_id, read_case

PROPOSE = "propose"

Minutes = Annotated[int, Field(ge=0, le=10_000)]


class AppointmentForm(CaseForm):
    """An event of an appointment and its own fields, as a person gives them. `note` says with an offer where it takes
    place, and else why.
    """

    slots: tuple[datetime, ...] = Field(default=(), max_length=MOST_SLOTS)
    """When it could begin. A time without an offset is what the region's clocks show."""
    minutes: Minutes | None = None
    place: SessionKind | None = None
    start: datetime | None = None
    """With `choose`: one of the slots."""


class SeenAppointments:
    """The appointments of an idea as one account may see them, and what it may do."""

    def __init__(self, view: IdeaView, roles: list[Role], account_id: str, found: list[AppointmentView]) -> None:
        self.view = view
        self.roles = roles
        self.account_id = account_id
        self.found = found

    @property
    def may_propose(self) -> bool:
        return may_propose(self.view, self.roles)

    def allowed(self, one: AppointmentView) -> list[str]:
        return allowed_in(APPOINTMENTS, one.standing, self.account_id, self.roles)

    def get(self, number: int) -> AppointmentView:
        """Raises NotFound."""
        found = next((one for one in self.found if one.row.number == number), None)
        if found is None:
            raise NotFound("there is no such appointment")
        return found


async def see_appointments(session: AsyncSession, account: Account, idea_id: str) -> SeenAppointments:
    """Raises IdeaNotFound, for whoever only observes as well."""
    view, roles = await see_idea_to_act(session, account, idea_id)
    return SeenAppointments(view, roles, account.id, await list_appointments(session, idea_id))


def may_propose(view: IdeaView, roles: list[Role]) -> bool:
    """As long as the path goes on, and there is somebody to meet."""
    is_open = view.row.outcome is None and view.row.version > 0
    return is_open and (Role.INNOVATOR not in roles or bool(coaches_of(view.row.standing())))


async def send_appointment_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: AppointmentForm,
    number: int = 0,
    key: str | None = None,
    expected_version: int | None = None,
) -> Done:
    """Ask one event of the appointment with this number; 0: propose one. Raises as `send_plain_command`."""
    command_id = name_command(account, APPOINTMENTS, idea_id, number, key)
    sender = AppointmentSender(services, account, command_id, idea_id, form, expected_version)
    return await sender.of(APPOINTMENTS, number).send()


class AppointmentSender(PlainSender[AppointmentForm]):
    """One event of one appointment. One that is proposed, which has no number, gets the next free one of its idea."""

    taken = 0
    """A number that somebody else has taken a moment ago, before SQL shows it."""

    async def look(self) -> Receipt | None:
        if self.number:
            return await super().look()
        async with self.services.database.reading() as session:
            view, roles = await see_idea_to_act(session, self.account, self.idea_id)
            number = await self._find_number(session)
            row = await session.get(StandingRow, case_id(APPOINTMENT, self.idea_id, number))
        row = row or _not_there_yet(view.row, number)
        self.seen = SeenCase(self.rules, row, view, {}, roles, self.account.id)
        return await self.find_receipt()

    async def prepare(self) -> AppointmentCommand:
        form, seen, calendar = self.form, self.seen, calendar_of(self.services.rulebook(APPOINTMENT))
        if form.event == PROPOSE and not may_propose(seen.idea, seen.roles):
            raise refused(RefusalCode.NOT_ALLOWED, "there is nobody to meet, or the path has ended", self.row.version)
        standing = seen.standing if self.number else self._begin().standing
        slots = tuple(self._instant(slot, "slots", calendar) for slot in form.slots)
        start = self._instant(form.start, "start", calendar) if form.start is not None else None
        command: AppointmentCommand = self.write(standing, seen.idea.row.owner_id, seen.roles, slots=slots, start=start)
        return command

    async def ask(self, command: AppointmentCommand) -> Taken:
        if self.number:
            return await super().ask(command)
        try:
            return await self.services.engine.submit(self._begin(), command)
        except IdeaGone as gone:
            raise self._number_is_taken() from gone
        except CommandRefused as why:
            if why.refusal.code is RefusalCode.NOT_ALLOWED:
                raise self._number_is_taken() from why
            raise

    # -- a new one -------------------------------------------------------------------------------------------

    def _begin(self) -> AppointmentState:
        role = next(iter(self.seen.roles), Role.INNOVATOR)
        standing = AppointmentStanding(
            idea_id=self.idea_id,
            n=self.row.number,
            owner_id=self.row.owner_id,
            office=self.row.office,
            entered_at=self.row.entered_at,
            proposed_by=side_of(role),
        )
        return AppointmentState(standing=standing, rulebook=self.services.rulebook(APPOINTMENT))

    async def _find_number(self, session: AsyncSession) -> int:
        """Of the same command earlier, be it shown or still on its way; else the next."""
        on_its_way = await session.get(CommandTry, self.command_id)
        case = read_case(on_its_way.workflow_id) if on_its_way is not None else None
        if case is not None:
            return case[2]
        mine = (TimelineEntry.idea_id == self.idea_id, TimelineEntry.kind == APPOINTMENT)
        same = select(TimelineEntry.number).where(*mine, TimelineEntry.command_id == self.command_id)
        if (found := (await session.exec(same)).first()) is not None:
            return found
        theirs = (StandingRow.idea_id == self.idea_id, StandingRow.kind == APPOINTMENT)
        last = (await session.exec(select(func.max(col(StandingRow.number))).where(*theirs))).one()
        return max(last or 0, self.taken) + 1

    def _number_is_taken(self) -> CommandRefused:
        self.taken = self.row.number
        return refused(RefusalCode.UNSURE, "another appointment has this number: look again")

    def _instant(self, given: datetime, field: str, calendar: Calendar) -> datetime:
        """Raises CommandRefused for a time that clocks never show, or that no calendar knows."""
        try:
            instant = given.astimezone(UTC) if given.tzinfo else calendar.instant(given.date(), given.time())
        except OverflowError:
            raise wrong_field(field, "is too far away", self.row.version) from None
        if instant is None:
            raise wrong_field(field, f"{given} does not exist: the clocks go forward over it", self.row.version)
        return instant


def _not_there_yet(of: StandingRow, number: int) -> StandingRow:
    """Its row before its first step. `of`: of its idea."""
    now = datetime.now(UTC)
    return StandingRow(
        case_id=case_id(APPOINTMENT, of.idea_id, number),
        kind=APPOINTMENT,
        idea_id=of.idea_id,
        number=number,
        version=0,
        stage=APPOINTMENT,
        state=AppointmentLifecycle.first_state(),
        owner_id=of.owner_id,
        office=of.office,
        entered_at=now,
        last_entry_at=now,
    )
