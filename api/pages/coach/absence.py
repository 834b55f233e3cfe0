"""An absence as forms ask for it, and why one cannot be entered."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self
from uuid import UUID

from api.pages.kit.forms import read_texts
from api.pages.kit.page import SignedInPage
from api.use_cases.coaches import start_absence
from api.use_cases.errors import Conflict, Invalid
from api.web.problems import status_of
from models.i18n import Texts
from models.queries.coaches import Absence
from models.rules.days import read_day


@dataclass(frozen=True)
class AbsenceForm:
    """An absence as it was entered, and what is wrong with it."""

    first_day: str = ""
    last_day: str = ""
    cover: str = ""
    error: str = ""
    status: int = 200

    @classmethod
    def of(cls, absence: Absence | None) -> Self:
        """The one that is written down, to be changed; empty where there is none."""
        if absence is None:
            return cls()
        cover = absence.cover.id if absence.cover else ""
        return cls(absence.first_day.isoformat(), absence.last_day.isoformat(), cover)


async def take_absence(page: SignedInPage, coach_id: str) -> AbsenceForm | None:
    """Write the absence down that was sent; where that is refused, what was entered with the reason."""
    entered = read_texts(await page.form(), ("von", "bis", "vertretung"))
    form = AbsenceForm(entered["von"], entered["bis"], entered["vertretung"])
    try:
        first_day, last_day, cover_id = read_absence(form)
        await start_absence(page.services, page.caller, coach_id, first_day, last_day, cover_id)
    except (Conflict, Invalid) as refusal:
        return replace(form, error=explain_absence(refusal, page.t), status=status_of(refusal))
    return None


def read_absence(form: AbsenceForm) -> tuple[date, date, str | None]:
    """Raises Invalid."""
    first_day, last_day = read_day(form.first_day), read_day(form.last_day)
    if first_day is None or last_day is None:
        raise Invalid("from", "is no day", code="format")
    try:
        cover_id = str(UUID(form.cover)) if form.cover else None
    except ValueError:
        raise Invalid("cover_id", "is no id") from None
    return first_day, last_day, cover_id


def explain_absence(refusal: Conflict | Invalid, t: Texts) -> str:
    if refusal.code in ("leaves", "format"):
        return t("page.absence.leaves" if refusal.code == "leaves" else "page.day.format")
    if isinstance(refusal, Conflict):
        return t("page.absence.conflict")
    return t("page.absence.cover" if refusal.field == "cover_id" else "page.absence.days")
