"""The engine room, for leads: does the platform work, and if not, what does it wait for? Nothing personal."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fastapi import Response

from api.pages.kit.page import LeadPage
from api.runtime.lost_keys import read_lost_keys
from api.runtime.services import Services
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.drift import DriftReport, read_drift
from models.queries.erasures import list_places_left
from models.queries.failing_tasks import list_trouble
from models.telemetry.redaction import idea_of
from workflows.client import EngineAway
from workflows.temporal_status import EngineSight, look_at_engine

router = page_router()

WAITS_LONG = 60
"""Seconds after which a task that nobody takes is worth a word."""


@router.get("/maschinenraum")
async def show_engine(page: LeadPage) -> Response:
    now = datetime.now(UTC)
    try:
        sight: EngineSight | None = await look_at_engine(page.services.engine.client, page.services.engine.task_queue)
    except EngineAway:
        sight = None
    async with page.services.database.reading() as session:
        trouble = await list_trouble(session, now)
        drift = await read_drift(session)
        places = await list_places_left(session)
    return page.render(
        "lead/engine.html",
        sight=sight,
        health=judge(page.t, sight, troubled=bool(trouble)),
        trouble=[(one, idea_of(one.workflow_id), link_to(page.services, one.workflow_id)) for one in trouble],
        failed=[(one, link_to(page.services, one.workflow_id)) for one in (sight.failed if sight else [])],
        drift=drift,
        findings=list_findings(page.services, drift),
        undelivered=page.visitor.waiting.undelivered,
        ui=page.services.settings.temporal_ui,
        places=places,
        missing=await read_lost_keys(page.services),
        zone=page.services.policy.zone,
        now=now,
    )


def judge(t: Texts, sight: EngineSight | None, *, troubled: bool) -> tuple[str, str]:
    """How it goes in one sentence, and its tone."""
    if sight is None:
        return t("page.engine.away"), "wrong"
    if not sight.workers:
        return t("page.engine.no_worker"), "wrong"
    if sight.waiting_seconds > WAITS_LONG:
        return t("page.engine.slow"), "wait"
    return (t("page.engine.troubled"), "wait") if troubled or sight.failed else (t("page.engine.fine"), "")


def list_findings(services: Services, drift: DriftReport | None) -> list[dict[str, Any]]:
    """What the last comparison has found and not repaired."""
    if drift is None:
        return []
    left = [line for line in drift.items if not line.repaired]
    return [{"line": one, "idea": idea_of(one.subject), "url": link_to(services, one.subject)} for one in left]


def link_to(services: Services, workflow_id: str) -> str:
    """The workflow in Temporal's own pages; empty where their address is not known."""
    ui = services.settings.temporal_ui
    namespace = services.engine.client.namespace
    return f"{ui}/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}" if ui else ""
