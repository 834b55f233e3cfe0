"""Appointments on the page of an idea: what is agreed, what is to be chosen, and the form that offers times."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.datastructures import FormData

from activities.mails.appointment import tell_start
from api.pages.kit.fields import Choice, Entered, Field, WrongFields, new_key
from api.pages.kit.forms import FormWriter, list_wrong, read_texts, write_choices
from api.pages.kit.page import AnyPage
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from api.runtime.services import Services
from api.use_cases.appointments import PROPOSE, AppointmentForm, SeenAppointments
from models.cases.calendar import calendar_of
from models.i18n import Texts
from models.queries.appointments import AppointmentView
from models.rules.appointment import LONGEST, LONGEST_HELD, MOST_SLOTS, OFFERS, PLACES, SHORTEST
from models.rules.days import read_day, read_time
from models.vocabulary import Role
from models.workflow_ids import APPOINTMENT

MAIN = {"choosing": "choose", "proposing": "move", "noting": "note_held"}
"""What whoever is on turn does first; all else is folded."""

FOLDED = ("decline_times", "move", "note_missed", "withdraw")
"""In this order. Deadlines of appointments are not put off on this page: they are moved."""

APPOINTMENT_EVENTS = (PROPOSE, "choose", "note_held", *FOLDED)
"""All that can be asked on the page."""

LOOKS = {"choose": "primary", "note_held": "primary", PROPOSE: "primary", "withdraw": "grave"}

FIELDS = ("minutes", "place", "start", "note")
ROWS = range(1, MOST_SLOTS + 1)
FARTHEST_YEARS = 11
"""Days near the ends of the calendar cannot be counted with."""
AT_FIELD = {"slots": "day1", "note_id": "note"}
"""Which field of the page shows what the kernel refuses under another name."""


@dataclass(frozen=True)
class AppointmentStep:
    """One event as a form. `rows` are the pairs of day and time."""

    at: str
    """Tells its fields from those of other forms on the page."""
    event: str
    label: str
    action: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Field, Field], ...]
    look: str
    key: str
    open: bool = False
    error: str = ""


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
    main: AppointmentStep | None
    folded: tuple[AppointmentStep, ...]


@dataclass(frozen=True)
class AppointmentsCard:
    """Those that are open, those that are over, and the form for another."""

    open: Sequence[AppointmentLine]
    past: Sequence[AppointmentLine]
    proposal: AppointmentStep | None

    def list_forms(self) -> set[str]:
        """What the forms on the page are told apart by."""
        forms = [self.proposal, *(form for line in self.open for form in (line.main, *line.folded))]
        return {form.at for form in forms if form is not None}


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
        proposal = self._write(PROPOSE, None) if self.seen.may_propose else None
        return AppointmentsCard(
            [line for is_open, line in lines if is_open], [line for is_open, line in lines if not is_open], proposal
        )

    def _tell_one(self, one: AppointmentView) -> AppointmentLine:
        t, standing, allowed = self.t, one.standing, self.seen.allowed(one)
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
            main=self._write(main, one) if main in allowed and main is not None else None,
            folded=tuple(self._write(event, one) for event in FOLDED if event in allowed and event != main),
        )

    def _sides(self) -> set[Role]:
        """A lead acts for the coach, and is not waited for."""
        roles = set(self.seen.roles)
        return roles if self.seen.view.row.coach_id else roles | ({Role.COACH} if Role.LEAD in roles else set())

    def _slots(self, one: AppointmentView) -> tuple[str, ...]:
        return tuple(tell_start(self.t, slot, self.speaker.zone) for slot in one.standing.slots)

    def _write(self, event: str, one: AppointmentView | None) -> AppointmentStep:
        number = one.row.number if one is not None else 0
        at = f"termin-{number}-{event}"
        entered = self.entered if self.entered is not None and self.entered.event == at else None
        return AppointmentStep(
            at=at,
            event=event,
            label=self.t(f"page.appointment.do.{event}"),
            action=f"{self.path}/{number}" if one is not None else self.path,
            fields=self._fields(event, one, entered),
            rows=self._rows(event, entered),
            look=LOOKS.get(event, ""),
            key=entered.key if entered and entered.key else new_key(),
            open=entered is not None,
            error=entered.error if entered else "",
        )

    def _fields(self, event: str, one: AppointmentView | None, entered: Entered | None) -> tuple[Field, ...]:
        t, standing = self.t, one.standing if one is not None else None
        known = {"minutes": standing.minutes if standing else 60, "place": standing.place if standing else PLACES[0]}
        form = FormWriter(t, entered.values if entered else known, entered.errors if entered else {})
        if event in OFFERS:
            places = write_choices(t, PLACES, "session.kind")
            return (
                form.write("minutes", "number", required=True, least=str(SHORTEST), most=str(LONGEST)),
                form.write("place", "radio", t("field.appointment_place"), required=True, choices=places),
                form.write("note", "text", t("field.appointment_where"), t("field.appointment_where.help")),
            )
        if event == "choose" and one is not None:
            slots = write_slots(self.t, one, self.speaker.zone)
            return (form.write("start", "radio", t("field.appointment_start"), required=True, choices=slots),)
        if event == "note_held":
            return (form.write("minutes", "number", required=True, least="1", most=str(LONGEST_HELD)),)
        return (form.write("note", "text", t("field.appointment_note"), required=event == "decline_times"),)

    def _rows(self, event: str, entered: Entered | None) -> tuple[tuple[Field, Field], ...]:
        if event not in OFFERS:
            return ()
        t, today = self.t, self.speaker.today.isoformat()
        form = FormWriter(t, entered.values if entered else {}, entered.errors if entered else {})
        return tuple(
            (
                form.write(f"day{n}", "date", t("field.appointment_day", n=n), required=n == 1, least=today),
                form.write(f"time{n}", "time", t("field.appointment_time", n=n), required=n == 1),
            )
            for n in ROWS
        )


def write_slots(t: Texts, one: AppointmentView, zone: ZoneInfo) -> tuple[Choice, ...]:
    """The times that are offered, as answers."""
    return tuple(Choice(slot.isoformat(), tell_start(t, slot, zone)) for slot in one.standing.slots)


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


def read_values(sent: FormData) -> dict[str, str]:
    names = (*FIELDS, *(f"{name}{n}" for n in ROWS for name in ("day", "time")))
    return read_texts(sent, names)


def read_form(services: Services, event: str, values: Mapping[str, str], t: Texts) -> AppointmentForm:
    """Raises WrongFields."""
    given: dict[str, Any] = {"event": event, "note": values["note"] or None}
    errors: dict[str, str] = {}
    if event in OFFERS:
        given["slots"], errors = read_slots(services, values, t)
        given["place"] = values["place"] if values["place"] in PLACES else None
        if given["place"] is None:
            errors["place"] = t("refusal.field.appointment_place")
    if event in OFFERS or event == "note_held":
        given["minutes"] = int(values["minutes"]) if values["minutes"].isdecimal() and len(values["minutes"]) < 5 else 0
    if event == "choose":
        try:
            given["start"] = datetime.fromisoformat(values["start"])
        except ValueError:
            errors["start"] = t("refusal.field.appointment_start")
    if errors:
        raise WrongFields(errors)
    try:
        return AppointmentForm.model_validate(given)
    except ValidationError as wrong:
        raise WrongFields({"note": t("page.too_long")} if "note" in list_wrong(wrong) else {}) from None


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
        day, time = values[f"day{n}"], values[f"time{n}"]
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
