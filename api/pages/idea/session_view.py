"""Coaching sessions as pages show and read them: lines, sums, the form, the sheet."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.datastructures import FormData

from api.pages.kit.fields import Entered, Field, WrongFields, new_key
from api.pages.kit.forms import FormWriter, read_texts, write_choices
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.session_log import (
    SessionWords,
)
from models.i18n import Texts
from models.queries.session_log import (
    LoggedSession,
    MonthSum,
    SessionLog,
    SessionSum,
)
from models.rules.days import read_day
from models.rules.permissions import may_correct_session
from models.spreadsheet import SheetWriter
from models.tables.session_log import LONGEST_MINUTES
from models.typed_text import LONGEST_TEXT
from models.vocabulary import SessionKind

EARLIEST = timedelta(days=730)
"""How long ago a session may have been that somebody notes today."""


NEW = "neu"
"""The form for a session that is not noted yet, beside the ids of those that are."""


@dataclass(frozen=True)
class SessionForm:
    """A form as it is shown. `at` tells its fields from those of other forms on the page."""

    at: str
    fields: tuple[Field, ...]
    key: str = ""
    version: int = 0
    open: bool = False
    error: str = ""


@dataclass(frozen=True)
class SessionLine:
    """One session in words, with a form for whoever may correct it."""

    id: str
    day: str
    kind: str
    length: str
    who: str
    note: str
    form: SessionForm | None


def describe_sessions(speaker: TurnPresenter, log: SessionLog) -> dict[str, Any]:
    """What the idea's own page shows of its log: the sum, the latest, and the form for the next."""
    return {
        "total": tell_sum(speaker.t, log.total) if log.total.count else "",
        "lines": [tell_session(speaker, one, None) for one in log.sessions],
        "form": write_form(speaker, NEW, None, None),
    }


def tell_session(speaker: TurnPresenter, one: LoggedSession, entered: Entered | None) -> SessionLine:
    t, row, visitor = speaker.t, one.row, speaker.visitor
    may_correct = visitor.id is not None and may_correct_session(visitor.id, visitor.roles, row.coach_id)
    return SessionLine(
        id=row.id,
        day=t.short_day(row.day),
        kind=t(f"session.kind.{row.kind}"),
        length=tell_minutes(t, row.minutes),
        who=t("page.you") if row.coach_id == visitor.id else speaker.name(one.coach),
        note=row.note,
        form=write_form(speaker, row.id, one, entered) if may_correct else None,
    )


def tell_sum(t: Texts, total: SessionSum) -> str:
    """ "3 Gespräche, 2 h 15 min"."""
    return f"{t('page.session.count', count=total.count)}, {tell_minutes(t, total.minutes)}"


def tell_minutes(t: Texts, minutes: int) -> str:
    """ "2 h 15 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [t("page.hours", hours=hours)] if hours else []
    return " ".join([*parts, t("page.minutes", minutes=rest)] if rest or not hours else parts)


def write_form(speaker: TurnPresenter, at: str, one: LoggedSession | None, entered: Entered | None) -> SessionForm:
    """The form for a new session, or one that corrects; with what was entered where it was refused."""
    t, today = speaker.t, speaker.today
    row = one.row if one else None
    kinds = write_choices(t, SessionKind, "session.kind")
    first, last = (today - EARLIEST).isoformat(), today.isoformat()
    known = {"day": row.day, "minutes": row.minutes, "kind": row.kind, "note": row.note} if row else {}
    is_refused = entered is not None and entered.event == at
    values = entered.values if entered and is_refused else {"day": today, "kind": SessionKind.IN_PERSON, **known}
    form = FormWriter(t, values, entered.errors if entered and is_refused else {})
    fields = (
        form.write("day", "date", required=True, least=first, most=last),
        form.write("minutes", "number", required=True, least="1", most=str(LONGEST_MINUTES)),
        form.write("kind", "select", t("field.session_kind"), required=True, choices=kinds),
        form.write("note", "text", t("field.session_note"), t("field.session_note.help")),
    )
    error = entered.error if entered and is_refused else ""
    return SessionForm(at, fields, new_key(), row.version if row else 0, open=is_refused, error=error)


def write_sheet(speaker: TurnPresenter, found: list[MonthSum]) -> bytes:
    t, sink = speaker.t, io.StringIO()
    sheet = SheetWriter(sink)
    names = ("month", "coach", "idea", "sessions", "minutes")
    sheet.write([t(f"sheet.sessions.{name}") for name in names])
    for one in found:
        sheet.write([f"{one.month:%Y-%m}", speaker.name(one.coach), one.idea_id, one.total.count, one.total.minutes])
    return sink.getvalue().encode("utf-8")


def read_values(sent: FormData) -> dict[str, str]:
    """The fields of a session, as they were filled in."""
    return read_texts(sent, ("day", "minutes", "kind", "note"))


def read_session(values: Mapping[str, str], today: date, t: Texts) -> SessionWords:
    """Raises WrongFields."""
    day, minutes, kind = values["day"], values["minutes"], values["kind"]
    on = read_day(day)
    is_number = minutes.isdecimal() and len(minutes) < 6
    wrong = {
        "day": on is None or not today - EARLIEST <= on <= today,
        "minutes": not is_number or not 1 <= int(minutes) <= LONGEST_MINUTES,
        "kind": kind not in set(SessionKind),
        "note": len(values["note"]) > LONGEST_TEXT,
    }
    errors = {name: t(f"refusal.field.session_{name}") for name, is_wrong in wrong.items() if is_wrong}
    if errors or on is None:
        raise WrongFields(errors)
    return SessionWords(on, int(minutes), SessionKind(kind), values["note"])
