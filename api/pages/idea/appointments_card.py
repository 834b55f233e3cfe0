"""Appointments on the page of an idea: what is agreed, what is to be chosen, and the form that offers times."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from activities.mails.appointment import tell_start
from api.pages.kit.fields import Choice, Entered, Field, WrongFields
from api.pages.kit.forms import FormWriter, write_choices
from api.pages.kit.page import AnyPage, SignedInPage
from api.pages.kit.plain_case_page import PlainForms
from api.pages.kit.plain_case_steps import PlainStepWriter
from api.pages.kit.step_forms import StepForm
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from api.runtime.services import Services
from api.use_cases.appointments import PROPOSE, AppointmentForm, SeenAppointments, send_appointment_command
from models.cases.calendar import calendar_of
from models.i18n import Texts
from models.messages.appointment import AppointmentStanding
from models.queries.appointments import AppointmentView
from models.rules.appointment import APPOINTMENTS, LONGEST, LONGEST_HELD, MOST_SLOTS, OFFERS, PLACES, SHORTEST
from models.rules.days import read_day, read_time
from models.vocabulary import Role
from models.workflow_ids import APPOINTMENT

MAIN = {"choosing": "choose", "proposing": "move", "noting": "note_held"}
"""What whoever is on turn does first; all else is folded."""

FOLDED = ("decline_times", "move", "note_missed", "withdraw")
"""In this order. Deadlines of appointments are not put off on this page: they are moved."""

APPOINTMENT_EVENTS = (PROPOSE, "choose", "note_held", *FOLDED)
"""All that can be asked on the page."""

AT = "termin-"
"""With its number it tells the forms of an appointment from those of others."""

ROWS = range(1, MOST_SLOTS + 1)
ROW_FIELDS = tuple(f"{name}{n}" for n in ROWS for name in ("day", "time"))
FARTHEST_YEARS = 11
"""Days near the ends of the calendar cannot be counted with."""


@dataclass(frozen=True)
class AppointmentLine:
    """One appointment in words, with what the visitor can do about it."""

    when: str
    state: str
    badge: Badge | None
    place: str
    where: str
    said: str
    hint: str
    slots: tuple[str, ...]
    ics: str
    path: str
    at: str
    main: StepForm | None
    folded: tuple[StepForm, ...]


@dataclass(frozen=True)
class AppointmentsCard:
    """Those that are open, those that are over, and the form for another."""

    open: Sequence[AppointmentLine]
    past: Sequence[AppointmentLine]
    path: str
    proposal: StepForm | None

    def list_forms(self) -> set[str]:
        """What the forms on the page are told apart by."""
        proposal = {f"{AT}0-{PROPOSE}"} if self.proposal is not None else set()
        forms = {line.at: [line.main, *line.folded] for line in self.open}
        return proposal | {f"{at}{form.event}" for at, found in forms.items() for form in found if form is not None}


@dataclass(frozen=True)
class AppointmentPresenter:
    """Tells one visitor of the appointments of one idea. `entered`: a form that was refused, by `at`."""

    speaker: TurnPresenter
    seen: SeenAppointments
    entered: Entered | None = None

    @property
    def t(self) -> Texts:
        return self.speaker.t

    @property
    def path(self) -> str:
        return f"/ideen/{self.seen.view.idea.id}/termine"

    def tell(self) -> AppointmentsCard:
        lines = [(one.row.outcome is None, self._tell_one(one)) for one in self.seen.found]
        proposal = self._writer(None).form(PROPOSE) if self.seen.may_propose else None
        found = {is_open: [line for its, line in lines if its == is_open] for is_open in (True, False)}
        return AppointmentsCard(found[True], found[False], self.path, proposal)

    def _tell_one(self, one: AppointmentView) -> AppointmentLine:
        t, standing, writer = self.t, one.standing, self._writer(one)
        mine = standing.turn is not None and standing.turn in self._sides()
        main = MAIN.get(standing.state) if mine else None
        until = standing.holder.until if standing.holder is not None and standing.state != "agreed" else None
        return AppointmentLine(
            when=tell_start(self.t, standing.start, self.speaker.zone)
            if standing.is_agreed and standing.start is not None
            else "",
            state=t(f"{APPOINTMENT}.state.{standing.state}"),
            badge=self.speaker.due(until) if until is not None else None,
            place=t("page.appointment.place", place=t(f"session.kind.{standing.place}"), minutes=standing.minutes),
            where=one.where,
            said=one.said,
            hint=t(f"page.appointment.{standing.state}.{'act' if mine else 'wait'}") if standing.turn else "",
            slots=() if main == "choose" or standing.state != "choosing" else self._slots(one),
            ics=f"{self.path}/{standing.number}.ics" if standing.start is not None else "",
            path=f"{self.path}/{standing.number}",
            at=writer.at,
            main=writer.form(main) if main is not None and main in writer.allowed else None,
            folded=tuple(writer.form(event) for event in FOLDED if event in writer.allowed and event != main),
        )

    def _sides(self) -> set[Role]:
        """A lead acts for the coach, and is not waited for."""
        roles = set(self.seen.roles)
        return roles if self.seen.view.row.coach_id else roles | ({Role.COACH} if Role.LEAD in roles else set())

    def _slots(self, one: AppointmentView) -> tuple[str, ...]:
        return tuple(tell_start(self.t, slot, self.speaker.zone) for slot in one.standing.slots)

    def _writer(self, one: AppointmentView | None) -> "AppointmentStepWriter":
        """Of a new one, where there is none."""
        number, allowed, standing = 0, [PROPOSE], None
        if one is not None:
            number, allowed, standing = one.row.number, self.seen.allowed(one), one.standing
        at = f"{AT}{number}-"
        return AppointmentStepWriter(self.t, allowed, self.entered, at, speaker=self.speaker, standing=standing)


@dataclass(frozen=True, kw_only=True)
class AppointmentStepWriter(PlainStepWriter):
    """Writes the forms of one appointment, or the one that proposes another."""

    speaker: TurnPresenter
    standing: AppointmentStanding | None

    kind = APPOINTMENT
    forward = frozenset({"choose", "note_held", PROPOSE})

    def known(self, event: str) -> Mapping[str, object]:
        standing = self.standing
        return (
            {"minutes": standing.minutes, "place": standing.place} if standing else {"minutes": 60, "place": PLACES[0]}
        )

    def pairs(self, event: str, form: FormWriter) -> Iterator[tuple[Field, Field]]:
        t, today = self.t, self.speaker.today.isoformat()
        for n in ROWS if event in OFFERS else ():
            yield (
                form.write(f"day{n}", "date", t("field.appointment_day", n=n), required=n == 1, least=today),
                form.write(f"time{n}", "time", t("field.appointment_time", n=n), required=n == 1),
            )

    def fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        t = self.t
        if event in OFFERS:
            places = write_choices(t, PLACES, "session.kind")
            yield form.write("minutes", "number", required=True, least=str(SHORTEST), most=str(LONGEST))
            yield form.write("place", "radio", t("field.appointment_place"), required=True, choices=places)
            yield form.write("note", "text", t("field.appointment_where"), t("field.appointment_where.help"))
        elif event == "choose" and self.standing is not None:
            slots = [Choice(at.isoformat(), tell_start(t, at, self.speaker.zone)) for at in self.standing.slots]
            yield form.write("start", "radio", t("field.appointment_start"), required=True, choices=slots)
        elif event == "note_held":
            yield form.write("minutes", "number", required=True, least="1", most=str(LONGEST_HELD))
        else:
            yield form.write("note", "text", t("field.appointment_note"), required=event == "decline_times")


def describe_appointments(page: AnyPage, seen: SeenAppointments | None, entered: Entered | None) -> dict[str, Any]:
    """What the page of an idea shows of them, and what is wrong with a form that was refused."""
    if seen is None:
        return {"appointments": None}
    card = AppointmentPresenter(page.speaker, seen, entered).tell()
    told: dict[str, Any] = {"appointments": card}
    if entered is not None:
        # Meanwhile the appointment may have gone on: then the form is not there any more.
        names = entered.errors if entered.event in card.list_forms() else ()
        told |= {"refused": entered.list_wrong(page.t), "anchors": {name: f"{entered.event}-{name}" for name in names}}
    return told


# -- what was sent -----------------------------------------------------------------------------------------------


def read_fields(page: SignedInPage, event: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Raises WrongFields."""
    t = page.t
    given: dict[str, Any] = {"note": values.get("note")}
    errors: dict[str, str] = {}
    if event in OFFERS:
        given["slots"], errors = read_slots(page.services, values, t)
        given["place"] = values.get("place")
        if given["place"] not in PLACES:
            errors["place"] = t("refusal.field.appointment_place")
    if event in OFFERS or event == "note_held":
        minutes = values.get("minutes", "")
        given["minutes"] = int(minutes) if minutes.isdecimal() and len(minutes) < 5 else 0
    if event == "choose":
        try:
            given["start"] = datetime.fromisoformat(values.get("start", ""))
        except ValueError:
            errors["start"] = t("refusal.field.appointment_start")
    if errors:
        raise WrongFields(errors)
    return given


def read_slots(services: Services, values: Mapping[str, str], t: Texts) -> tuple[tuple[datetime, ...], dict[str, str]]:
    """The instants of all rows that are filled in, and what is wrong, by field."""
    slots: list[datetime] = []
    errors: dict[str, str] = {}
    for name, slot in _list_slots(services, values):
        if isinstance(slot, str):
            errors[name] = t(f"refusal.field.appointment_{slot}")
        else:
            slots.append(slot)
    if not slots and not errors:
        errors["day1"] = t("refusal.field.appointment_day")
    return tuple(slots), errors


def _list_slots(services: Services, values: Mapping[str, str]) -> Iterator[tuple[str, datetime | str]]:
    """Field → its instant, or what is wrong with it."""
    calendar, now = calendar_of(services.rulebook(APPOINTMENT)), datetime.now(services.policy.zone)
    seen: set[datetime] = set()
    for n in ROWS:
        day, time = values.get(f"day{n}", ""), values.get(f"time{n}", "")
        if not day and not time:
            continue
        on, at = read_day(day), read_time(time)
        if on is None:
            yield f"day{n}", "day"
        elif at is None:
            yield f"time{n}", "time"
        elif not now.year <= on.year <= now.year + FARTHEST_YEARS:
            yield f"day{n}", "past"
        elif (instant := calendar.instant(on, at)) is None:
            yield f"time{n}", "no_such_time"
        elif instant <= now or instant > now + timedelta(days=services.policy.engine.longest_pause_days):
            yield f"day{n}", "past"
        elif instant in seen:
            yield f"time{n}", "twice"
        else:
            seen.add(instant)
            yield f"day{n}", instant


FORMS = PlainForms(
    APPOINTMENTS,
    AppointmentForm,
    names=ROW_FIELDS,
    read=read_fields,
    shown_at={"slots": "day1", "note_id": "note"},
    send=send_appointment_command,
    at=AT,
)
