"""What people ask of appointments. Pages, API and links in mails come through here.

Where it takes place, and why times were turned down, are words: they are stored first and travel as the ids of notes.
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused, IdeaGone
from api.runtime.services import Services
from api.use_cases.command_sender import CaseForm, Done, refused, wrong_field
from api.use_cases.crowdfunding import see_idea_to_act
from api.use_cases.errors import NotFound
from api.use_cases.plain_sender import PlainSender
from models.cases.calendar import Calendar, calendar_of
from models.lifecycles.appointment import AppointmentLifecycle
from models.messages.appointment import AppointmentCommand, AppointmentStanding, AppointmentState
from models.messages.cases import Taken
from models.messages.commands import Actor, Receipt, RefusalCode
from models.queries.appointments import AppointmentView, list_appointments
from models.queries.idea import IdeaView
from models.rules.appointment import APPOINTMENTS, MOST_SLOTS, side_of
from models.rules.permissions import coaches_of
from models.tables import Account, CommandTry, StandingRow, TimelineEntry
from models.tables.columns import new_id
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
        return APPOINTMENTS.allowed_events(one.standing, self.account_id, self.roles)

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
    number: int | None = None,
    key: str | None = None,
    expected_version: int | None = None,
) -> tuple[int, Done]:
    """Propose an appointment, or ask one event of the one with this number; returns the number. `key` makes a repeat
    harmless.

    Raises IdeaNotFound, NotFound, CommandRefused, EngineAway.
    """
    command_id = str(uuid5(NAMESPACE_URL, f"{account.id}/{idea_id}/appointment/{key or new_id()}"))
    sender = AppointmentSender(services, account, command_id, idea_id, form, expected_version)
    sender.number = number
    done = await sender.send()
    return sender.row.number, done


class AppointmentSender(PlainSender[AppointmentForm, AppointmentCommand]):
    """One event of one appointment. One that is proposed gets the next free number of its idea."""

    number: int | None = None
    """None where it is proposed."""
    taken = 0
    """A number that somebody else has taken a moment ago, before SQL shows it."""

    @property
    def row(self) -> StandingRow:
        return self.seen

    async def look(self) -> Receipt | None:
        async with self.services.database.reading() as session:
            self.view, self.roles = await see_idea_to_act(session, self.account, self.idea_id)
            number = self.number or await self._find_number(session)
            row = await session.get(StandingRow, case_id(APPOINTMENT, self.idea_id, number))
        if row is None and self.number is not None:
            raise NotFound("there is no such appointment")
        self.seen = row or self._not_there_yet(number)
        return await self.find_receipt()

    async def prepare(self) -> AppointmentCommand:
        form, calendar = self.form, calendar_of(self.services.rulebook(APPOINTMENT))
        if form.event == PROPOSE and not may_propose(self.view, self.roles):
            raise refused(RefusalCode.NOT_ALLOWED, "there is nobody to meet, or the path has ended", self.row.version)
        standing = self._begin().standing if self.number is None else self.row.read()
        role = APPOINTMENTS.acting_role(standing, self.account.id, self.roles, form.event) or Role.INNOVATOR
        rulebook, owner_id = self.services.rulebook(APPOINTMENT), self.view.row.owner_id
        return AppointmentCommand(
            id=self.command_id,
            event=form.event,
            actor=Actor(role=role, account_id=self.account.id),
            fingerprint=form.fingerprint(),
            expected_version=self.expected_version,
            searched_to=self.row.version,
            note_id=self.name("note") if form.note else None,
            slots=tuple(self._instant(slot, "slots", calendar) for slot in form.slots),
            minutes=form.minutes,
            place=form.place,
            start=self._instant(form.start, "start", calendar) if form.start is not None else None,
            days=form.days,
            until=form.until,
            owner_id=owner_id if owner_id != standing.owner_id else None,
            rulebook=rulebook if rulebook.digest != standing.rulebook_digest else None,
        )

    async def ask(self, command: AppointmentCommand) -> Taken:
        if self.number is not None:
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
        role = next(iter(self.roles), Role.INNOVATOR)
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

    def _not_there_yet(self, number: int) -> StandingRow:
        of, now = self.view.row, datetime.now(UTC)
        return StandingRow(
            case_id=case_id(APPOINTMENT, self.idea_id, number),
            kind=APPOINTMENT,
            idea_id=self.idea_id,
            number=number,
            version=0,
            stage=APPOINTMENT,
            state=AppointmentLifecycle.first_state(),
            owner_id=of.owner_id,
            office=of.office,
            entered_at=now,
            last_entry_at=now,
        )

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
