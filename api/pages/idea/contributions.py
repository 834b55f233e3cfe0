"""What citizens have written to the story of an idea, for whoever acts on it: answered here, one by one."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import new_key
from api.pages.kit.forms import list_wrong, read_text
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.contributions import ContributionForm, allowed, see_contributions, send_contribution_command
from api.use_cases.read_marks import read_notices_of_idea
from api.web.problems import STATUS_OF_REFUSAL
from api.web.routers import page_router
from models.vocabulary import Unfit
from workflows.client import EngineAway

router = page_router()


@router.get("/ideen/{idea_id}/beitraege")
async def show_contributions(page: SignedInPage, idea_id: UUID) -> Response:
    answer = await render_contributions(page, str(idea_id))
    await read_notices_of_idea(page.services, page.person.id, str(idea_id))
    return answer


@router.post("/ideen/{idea_id}/beitraege/{number}")
async def decide(page: SignedInPage, idea_id: UUID, number: Annotated[int, Path(ge=1, le=10_000)]) -> Response:
    """One event, or the page again with what was typed."""
    sent = await page.form()
    values = {name: read_text(sent, name) for name in ("event", "note", "reason")}
    key, path = read_text(sent, "schluessel")[:80], f"/ideen/{idea_id}/beitraege"
    try:
        form = ContributionForm.model_validate({name: value for name, value in values.items() if value})
        await send_contribution_command(page.services, page.person, str(idea_id), number, form, key)
    except ValidationError as error:
        wrong, status = f"refusal.field.{next(iter(list_wrong(error)))}", 422
    except CommandRefused as why:
        field, status = why.refusal.field, STATUS_OF_REFUSAL[why.refusal.code]
        wrong = f"refusal.field.{field}" if field else f"refusal.{why.refusal.code}"
    except EngineAway:
        wrong, status = "refusal.engine_away", 503
    else:
        return see_other(path, meldung="contribution_done")
    told = page.t(wrong) if page.t.has(wrong) else page.t("refusal.invalid")
    return await render_contributions(page, str(idea_id), (number, values, told), status)


async def render_contributions(
    page: SignedInPage, idea_id: str, entered: tuple[int, dict[str, str], str] | None = None, status: int = 200
) -> Response:
    async with page.services.database.reading() as session:
        roles, views = await see_contributions(session, page.person, idea_id)
    return page.render(
        "contributions/idea.html",
        status,
        idea_id=idea_id,
        views=[(one, allowed(one, page.person, roles), page.speaker.due(one.row.holder_until)) for one in views],
        entered=entered,
        reasons=list(Unfit),
        key=new_key(),
        told=page.flash({"contribution_done"}),
        zone=page.services.policy.zone,
    )
