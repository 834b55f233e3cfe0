"""What citizens have written to the story of an idea, for whoever acts on it: answered here, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import Path, Response

from api.pages.kit.fields import Entered, Field
from api.pages.kit.forms import FormWriter, write_choices
from api.pages.kit.page import SignedInPage
from api.pages.kit.plain_pages import PlainForms
from api.pages.kit.plain_steps import PlainStepWriter
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken
from api.use_cases.contributions import ContributionForm, see_contributions, send_contribution_command
from api.use_cases.plain_cases import allowed_in
from api.use_cases.read_marks import read_notices_of_idea
from api.web.routers import page_router
from models.case_names import page_of
from models.rules.contribution import CONTRIBUTIONS
from models.vocabulary import Role, Unfit
from models.workflow_ids import CONTRIBUTION

router = page_router()


@dataclass(frozen=True, kw_only=True)
class ContributionStepWriter(PlainStepWriter):
    reach: str = ""
    """The visitor's own address, where they may exchange it for that of the author."""

    kind = CONTRIBUTION
    order = ("answer", "show", "pass_on", "refuse")
    forward = frozenset({"answer", "show"})
    aside: ClassVar = {}

    def fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        t = self.t
        if event == "refuse":
            reasons = write_choices(t, Unfit, "unfit")
            yield form.write("reason", "select", t("page.contributions.reason"), required=True, choices=reasons)
            yield form.write("note", "text", t("page.contributions.words"))
        elif event == "answer":
            yield form.write("note", "text", t("page.contribution.your_answer"), required=True)
            if self.reach:
                yield form.write("contact", "check", t("contribution.field.contact", mail=self.reach))


FORMS = PlainForms(CONTRIBUTIONS, ContributionForm, send=send_contribution_command, at="beitrag-")


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
