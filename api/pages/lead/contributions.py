"""Contributions that wait for leads: ticked, looked at once more, decided together; and what was reported."""

from uuid import UUID

from fastapi import Response
from sqlalchemy import Text, cast
from sqlmodel import col

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import new_key
from api.pages.kit.forms import FormWriter, read_text, write_choices
from api.pages.kit.page import LeadPage
from api.pages.kit.rendering import see_other
from api.use_cases.contributions import AT_ONCE, ContributionForm, decide_report, send_contribution_command
from api.use_cases.errors import NotFound
from api.use_cases.idea_text import IdeaNotFound
from api.web.routers import page_router
from models.queries.contributions import list_contributions, list_open_reports
from models.tables import Contribution, StandingRow
from models.vocabulary import Unfit

router = page_router()

DECISIONS = ("show", "pass_on", "refuse")


@router.get("/beitraege")
async def show_queue(page: LeadPage) -> Response:
    async with page.services.database.reading() as session:
        waiting = await list_contributions(session, StandingRow.state == "received")
        reports = await list_open_reports(session)
    told = page.flash({"contributions_decided", "contributions_left", "report_decided", "choose_some"})
    return page.render(
        "contributions/queue.html",
        waiting=[(one, page.speaker.due(one.row.holder_until)) for one in waiting],
        reports=reports,
        told=told,
        zone=page.services.policy.zone,
    )


@router.post("/beitraege")
async def decide(page: LeadPage) -> Response:
    """The first time a preview, which says what each author will be told; then it is done."""
    sent = await page.form()
    ids, event = [str(one) for one in sent.getlist("beitrag")][:AT_ONCE], read_text(sent, "event")
    async with page.services.database.reading() as session:
        which = (StandingRow.state == "received", cast(col(Contribution.id), Text).in_(ids))
        chosen = await list_contributions(session, *which)
    if not chosen or event not in DECISIONS:
        return see_other("/beitraege", meldung="choose_some")
    reason, note = read_text(sent, "grund"), read_text(sent, "text")
    is_sure, is_wrong = "sicher" in sent, event == "refuse" and reason not in list(Unfit)
    if not is_sure or is_wrong:
        wrong = {"grund": page.t("page.contributions.no_reason")} if is_sure else {}
        form = FormWriter(page.t, {"grund": reason, "text": note}, wrong)
        fields = [
            form.write(
                "grund",
                "radio",
                page.t("page.contributions.reason"),
                required=True,
                choices=write_choices(page.t, Unfit, "unfit"),
            ),
            form.write("text", "text", page.t("page.contributions.words")),
        ]
        return page.render(
            "contributions/preview.html",
            422 if wrong else 200,
            chosen=chosen,
            event=event,
            fields=fields if event == "refuse" else [],
            errors=wrong,
            key=new_key(),
        )
    asked = ContributionForm(event=event, reason=Unfit(reason) if event == "refuse" else None, note=note or None)
    left, key = 0, read_text(sent, "schluessel")[:80]
    for one in chosen:
        try:
            await send_contribution_command(
                page.services, page.person, one.row.idea_id, one.row.number, asked, f"{key}/{one.words.id}"
            )
        except (CommandRefused, NotFound, IdeaNotFound):
            left += 1
    return see_other("/beitraege", meldung="contributions_left" if left else "contributions_decided")


@router.post("/beitraege/meldungen/{report_id}")
async def decide_on_report(page: LeadPage, report_id: UUID) -> Response:
    sent = await page.form()
    said, decision = read_text(sent, "text"), sent.get("entscheidung")
    if not said or decision not in ("weg", "bleibt"):
        return see_other("/beitraege", meldung="choose_some")
    await decide_report(page.services, page.person, str(report_id), take_away=decision == "weg", said=said)
    return see_other("/beitraege", meldung="report_decided")
