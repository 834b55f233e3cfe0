"""What citizens have written to the story of an idea, for whoever acts on it: answered here, one by one."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from api.pages.idea.contribution_steps import FORMS, ContributionStepWriter
from api.pages.kit.fields import Entered
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken
from api.use_cases.contributions import see_contributions
from api.use_cases.plain_cases import allowed_in
from api.use_cases.read_marks import read_notices_of_idea
from api.web.routers import page_router
from models.case_names import page_of
from models.rules.contribution import CONTRIBUTIONS
from models.vocabulary import Role
from models.workflow_ids import CONTRIBUTION

router = page_router()


@router.get("/ideen/{idea_id}/beitraege")
async def show_contributions(page: SignedInPage, idea_id: UUID) -> Response:
    answer = await render_contributions(page, str(idea_id))
    await read_notices_of_idea(page.services, page.person.id, str(idea_id))
    return answer


@router.post("/ideen/{idea_id}/beitraege/{number}")
async def decide(page: SignedInPage, idea_id: UUID, number: Annotated[int, Path(ge=1, le=10_000)]) -> Response:
    done = await FORMS.take(page, str(idea_id), number)
    if isinstance(done, NotTaken):
        return await render_contributions(page, str(idea_id), done.entered, done.status)
    return see_other(f"/{page_of(CONTRIBUTION, str(idea_id))}", meldung="contribution_done")


async def render_contributions(
    page: SignedInPage, idea_id: str, entered: Entered | None = None, status: int = 200
) -> Response:
    async with page.services.database.reading() as session:
        roles, found = await see_contributions(session, page.person, idea_id)
    views = []
    for one in found:
        allowed = allowed_in(CONTRIBUTIONS, one.standing, page.person.id, roles)
        reach = page.person.email if one.standing.may_contact and Role.INNOVATOR in roles else ""
        writer = ContributionStepWriter(page.t, allowed, entered, f"{FORMS.at}{one.row.number}-", reach=reach)
        steps = writer.write(mine=True)
        views.append((one, steps.next, page.speaker.due(one.row.holder_until)))
    return page.render(
        "contributions/idea.html",
        status,
        idea_id=idea_id,
        views=views,
        refused=entered.list_wrong(page.t) if entered else {},
        anchors=entered.list_anchors() if entered else {},
        told=page.flash({"contribution_done"}),
        zone=page.services.policy.zone,
    )
