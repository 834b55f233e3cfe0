"""What citizens have written to the story of an idea: listed, shown, answered, refused."""

from datetime import datetime

from pydantic import Field

from api.routes.plain_cases import NumberedResource, add_commands, tell_case
from api.sign_in.dependencies import ApiAccount
from api.use_cases.contributions import ContributionForm, see_contributions, send_contribution_command
from api.use_cases.plain_cases import allowed_in
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId
from api.web.problems import responses
from api.web.routers import api_router
from models.rules.contribution import CONTRIBUTIONS
from models.vocabulary import ContributionSort, Unfit

router = api_router("/ideas/{idea_id}/contributions", "contributions")


class ContributionResource(NumberedResource):
    """A contribution with everything that the caller may know and do. Its author's address is on no list."""

    sort: ContributionSort
    body: str
    name: str = Field(description="As its author wants to be called; empty: without a name.")
    said: str = Field(description="The answer, or what was said to the reason.")
    reason: Unfit | None
    is_public: bool
    may_contact: bool = Field(description="Its author has said yes to being reached by whoever answers with `contact`.")
    created_at: datetime


@router.get("", summary="The contributions to the story of an idea", responses=responses(404, 422))
async def get_contributions(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[ContributionResource]:
    async with services.database.reading() as session:
        roles, views = await see_contributions(session, account, str(idea_id))
    return [
        ContributionResource(
            **tell_case(one.standing, allowed_in(CONTRIBUTIONS, one.standing, account.id, roles)),
            **one.words.model_dump(include={"body", "name", "created_at"}),
            said=one.said,
            is_public=one.is_public,
        )
        for one in views
    ]


add_commands(router, "a contribution", ContributionForm, send_contribution_command, numbered=True)
