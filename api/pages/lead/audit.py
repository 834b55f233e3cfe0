"""The audit log for leads: who signed in, took data out, was refused. A sheet of it is behind a fresh proof."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from api.pages.kit.fields import Choice
from api.pages.kit.page import FreshLeadPage, LeadPage
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.web.downloads import download
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.audit import DONE, AuditFilter, AuditLine, list_audit
from models.rules.days import read_day
from models.spreadsheet import SheetWriter
from models.typed_text import clean
from models.vocabulary import AuditEvent

router = page_router()

LOG = "/leitung/protokoll"
SHOWN = 100
MOST_IN_SHEET = 50_000
NAMES = ("person", "ereignis", "ausgang", "von", "bis")
OUTCOMES = {"getan": False, "abgelehnt": True}
LONGEST = 200


@dataclass(frozen=True)
class Asked:
    """The filters of an address; what means nothing is left out."""

    values: Mapping[str, str]
    wanted: AuditFilter
    after: int | None = None

    def address(self, path: str = LOG, **changed: str) -> str:
        query = urlencode({**self.values, **changed})
        return f"{path}?{query}" if query else path


@router.get(LOG)
async def show_log(page: LeadPage) -> Response:
    asked, t = read_filters(page.query, page.services), page.t
    async with page.services.database.reading() as session:
        lines = await list_audit(session, asked.wanted, after=asked.after, limit=SHOWN + 1)
    further = str(lines[SHOWN - 1].id) if len(lines) > SHOWN else ""
    return page.render(
        "lead/audit.html",
        lines=lines[:SHOWN],
        tell=lambda line: tell_facts(t, line),
        asked=asked,
        events=[Choice(event, t(f"audit.{event}")) for event in AuditEvent],
        outcomes=[Choice(name, t(f"page.audit.outcome.{name}")) for name in OUTCOMES],
        further=asked.address(weiter=further) if further else "",
        days=page.services.policy.retention.audit_days,
        zone=page.services.policy.zone,
        done=DONE,
    )


@router.get(LOG + ".csv")
async def download_log(page: FreshLeadPage) -> Response:
    """What the filters show, for a spreadsheet. That it was taken out is noted as well."""
    asked = read_filters(page.query, page.services)
    async with page.services.database.transaction() as session:
        lines = await list_audit(session, asked.wanted, limit=MOST_IN_SHEET)
        await audit(session, page.caller, AuditEvent.EXPORT, what="audit", count=len(lines))
    sink = io.StringIO()
    sheet = SheetWriter(sink)
    columns = ("at", "event", "outcome", "who", "whom", "network", "facts")
    sheet.write([page.t(f"page.audit.{column}") for column in columns])
    for line in lines:
        people = [one.name or one.id if one else "" for one in (line.who, line.whom)]
        sheet.write([line.at.isoformat(), line.event, line.outcome, *people, line.network, tell_facts(page.t, line)])
    return download(sink.getvalue(), "ideenweg-protokoll.csv")


def tell_facts(t: Texts, line: AuditLine) -> str:
    """Codes, counts and ids, as they are: who reads a log compares."""
    return ", ".join(f"{name}: {_tell(value)}" for name, value in sorted(line.facts.items()) if value not in (None, ""))


def _tell(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def read_filters(query: Mapping[str, str], services: Services) -> Asked:
    given = {name: clean(query.get(name, ""))[:LONGEST] for name in NAMES}
    known = {
        "person": bool(given["person"]),
        "ereignis": given["ereignis"] in set(AuditEvent),
        "ausgang": given["ausgang"] in OUTCOMES,
        "von": _day(given["von"]) is not None,
        "bis": _day(given["bis"]) is not None,
    }
    values = {name: given[name] for name, holds in known.items() if holds}
    first, last = _day(values.get("von", "")), _day(values.get("bis", ""))
    zone, after = services.policy.zone, query.get("weiter", "")
    wanted = AuditFilter(
        person=values.get("person"),
        event=AuditEvent(values["ereignis"]) if "ereignis" in values else None,
        refused=OUTCOMES.get(values.get("ausgang", "")),
        since=datetime.combine(first, time(), tzinfo=zone) if first else None,
        before=datetime.combine(last + timedelta(days=1), time(), tzinfo=zone) if last else None,
    )
    return Asked(values, wanted, int(after) if after.isdecimal() and len(after) < 18 else None)


def _day(text: str) -> date | None:
    day = read_day(text)
    return day if day is not None and 1970 < day.year < 9000 else None
