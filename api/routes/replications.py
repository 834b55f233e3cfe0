"""The replication of an idea that was handed in after a story: whether help comes, how it goes, what carried over."""

from functools import partial

from pydantic import Field

from api.routes.plain_cases import CaseResource, add_commands, tell_case
from api.sign_in.dependencies import ApiAccount
from api.use_cases.plain_case_sender import send_plain_command
from api.use_cases.plain_cases import see_case
from api.use_cases.replications import ReplicationForm
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId
from api.web.problems import responses
from api.web.routers import api_router
from models.rules.replication import REPLICATIONS
from models.vocabulary import CarryOver, Help, Ingredient

router = api_router("/ideas/{idea_id}/replication", "replications")


class ReplicationResource(CaseResource):
    """A replication with what the caller may know and do. Neither side is named."""

    help: Help = Field(description="What the team of the story does for it.")
    carried: dict[Ingredient, CarryOver] = Field(description="What became of each ingredient, once it was reported.")


@router.get("", summary="How an idea that came after a story goes on", responses=responses(404, 422))
async def get_replication(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> ReplicationResource:
    async with services.database.reading() as session:
        seen = await see_case(session, account, REPLICATIONS, str(idea_id))
    return ReplicationResource(**tell_case(seen.standing, seen.allowed))


add_commands(router, "a replication", ReplicationForm, partial(send_plain_command, rules=REPLICATIONS), numbered=False)
