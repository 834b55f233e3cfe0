"""Contributions that wait for leads: ticked, looked at once more, decided together; and what was reported."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import Response
from sqlalchemy import Text, cast
from sqlmodel import col

from activities.ports.ideas import CommandRefused
from api.pages.idea.contribution_steps import FORMS, ContributionStepWriter
from api.pages.kit.fields import Entered, WrongFields, new_key
from api.pages.kit.forms import read_text, read_texts
from api.pages.kit.page import LeadPage
from api.pages.kit.rendering import see_other
from api.use_cases.contributions import AT_ONCE, decide_report, send_contribution_command
from api.use_cases.errors import NotFound
from api.use_cases.idea_text import IdeaNotFound
from api.web.routers import page_router
from models.queries.contributions import ContributionView, list_open_reports, list_received
from models.tables import Contribution
from models.tables.contribution import LONGEST_CONTRIBUTION

router = page_router()

DECISIONS = ("show", "pass_on", "refuse")
FIELDS = ("reason", "note")
SAID = frozenset({"contributions_decided", "contributions_left", "report_decided", "choose_some", "not_waiting"})


@router.get("/beitraege")
async def show_queue(page: LeadPage) -> Response:
    return await render_queue(page)


@router.post("/beitraege")
async def decide(page: LeadPage) -> Response:
    """The first time a preview, which says what each author will be told; then it is done."""
    sent = await page.form()
    ids, event = [str(one) for one in sent.getlist("beitrag")][:AT_ONCE], read_text(sent, "event")
    async with page.services.database.reading() as session:
        chosen = await list_received(session, page.person.id, cast(col(Contribution.id), Text).in_(ids))
    if not chosen or event not in DECISIONS:
        return see_other("/beitraege", meldung="not_waiting" if ids and not chosen else "choose_some")
    if "sicher" not in sent:
        return preview(page, chosen, event)
    values = {name: text for name, text in read_texts(sent, FIELDS).items() if text}
    try:
        form = FORMS.read_form(page, event, values)
        if event == "refuse" and form.reason is None:
            raise WrongFields({"reason": page.t("refusal.field.contribution_reason")})
    except WrongFields as wrong:
        return preview(page, chosen, event, Entered(event, values, wrong.errors))
    key, left = read_text(sent, "schluessel")[:80], 0
    for one in chosen:
        own_key = f"{key}/{one.words.id}"
        try:
            await send_contribution_command(page.services, page.person, one.row.idea_id, form, one.row.number, own_key)
        except (CommandRefused, NotFound, IdeaNotFound):
            left += 1
    return see_other("/beitraege", meldung="contributions_left" if left else "contributions_decided")


@router.post("/beitraege/meldungen/{report_id}")
async def decide_on_report(page: LeadPage, report_id: UUID) -> Response:
    """Never without a reason: both sides read it."""
    sent = await page.form()
    said, decision = read_text(sent, "text"), sent.get("entscheidung")
    if not 0 < len(said) <= LONGEST_CONTRIBUTION or decision not in ("weg", "bleibt"):
        return await render_queue(page, (str(report_id), said), 422)
    await decide_report(page.services, page.person, str(report_id), take_away=decision == "weg", said=said)
    return see_other("/beitraege", meldung="report_decided")


async def render_queue(page: LeadPage, entered: tuple[str, str] | None = None, status: int = 200) -> Response:
    """`entered`: of which report the decision lacks its reason, or has too long a one."""
    async with page.services.database.reading() as session:
        waiting = await list_received(session, page.person.id)
        reports = await list_open_reports(session, page.person.id)
    return page.render(
        "contributions/queue.html",
        status,
        waiting=[(one, page.speaker.due(one.row.holder_until)) for one in waiting],
        reports=reports,
        entered=entered,
        told=page.flash(SAID),
        zone=page.services.policy.zone,
    )


def preview(page: LeadPage, chosen: Sequence[ContributionView], event: str, entered: Entered | None = None) -> Response:
    step = ContributionStepWriter(page.t, [event], entered).form(event)
    errors = entered.errors if entered else {}
    return page.render(
        "contributions/preview.html", 422 if entered else 200, chosen=chosen, step=step, errors=errors, key=new_key()
    )
