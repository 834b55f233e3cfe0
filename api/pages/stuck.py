"""What is stuck: each idea with its causes in words and what helps."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter, Request, Response

from api.dependencies import ServicesHere
from api.pages.ideas import speak
from api.pages.rendering import render, texts_for
from api.pages.turns import Badge, Speaker
from api.pages.visitors import SignedInLead
from models.queries.paging import InvalidCursor
from models.queries.stuck import Cause, Moment, StuckIdea, list_stuck
from models.vocabulary import StuckCause

router = APIRouter()

IDEAS_A_PAGE = 40

REMEDIES: dict[StuckCause, tuple[str, ...]] = {
    StuckCause.OVER_LIMIT: ("mark_chased", "extend_deadline", "pause"),
    StuckCause.NO_COACH: ("assign_coach", "search_again"),
    StuckCause.COACH_ABSENT: ("cover_coach", "change_coach"),
    StuckCause.NO_ACTIVITY: ("mark_chased", "write_note", "pause"),
    StuckCause.WAITING_FOR_US: (),
    StuckCause.NOT_STARTED: (),
}
"""Cause → the steps that help, each a link to its form on the idea's page."""


@dataclass(frozen=True)
class StuckLine:
    """One idea of the list, in words."""

    idea: StuckIdea
    who: str
    badge: Badge
    causes: list[tuple[str, str]]
    remedies: list[str]


@router.get("/haengt-fest")
async def show_stuck(request: Request, services: ServicesHere, member: SignedInLead) -> Response:
    query = request.query_params
    office = query.get("buero") if query.get("buero") in services.policy.region.offices else None
    cause = StuckCause(query["grund"]) if query.get("grund") in set(StuckCause) else None
    moment = Moment.of(services.policy, datetime.now(UTC))
    async with services.database.session() as session:
        listed = partial(list_stuck, session, moment, office=office, cause=cause, limit=IDEAS_A_PAGE)
        try:
            page = await listed(cursor=query.get("weiter"))
        except InvalidCursor:
            page = await listed()
    speaker = speak(services, texts_for(request, member), member)
    lines = [describe(speaker, idea) for idea in page.items]
    return render(
        request,
        member,
        "lead/stuck.html",
        urgent=[line for line in lines if not line.idea.chased],
        chased=[line for line in lines if line.idea.chased],
        office=office,
        cause=cause,
        causes=[cause for cause in StuckCause if cause is not StuckCause.NOT_STARTED],
        further=page.next_cursor,
    )


def describe(speaker: Speaker, idea: StuckIdea) -> StuckLine:
    t = speaker.t
    role = t(f"role.{idea.holder_role}")
    who = f"{speaker.name(idea.holder)} ({role})" if idea.holder else role
    remedies = dict.fromkeys(event for cause in idea.causes for event in REMEDIES[cause.cause])
    causes = [(tell_cause(speaker, cause), t(f"stuck.{cause.cause}.help")) for cause in idea.causes]
    return StuckLine(idea, who, speaker.due(idea.holder_until), causes, list(remedies))


def tell_cause(speaker: Speaker, cause: Cause) -> str:
    """ "Ohne Coach, seit 12 Tagen". A deadline is counted from its own day, as the badge beside it does."""
    t, days = speaker.t, cause.days
    since = {0: t("page.stuck.today"), 1: t("page.stuck.one")}.get(days) or t("page.stuck.days", days=days)
    return f"{t(f'stuck.{cause.cause}')}, {since}"
