"""Who the caller is."""

from pydantic import BaseModel

from api.sign_in.dependencies import ApiAccount
from api.web.dependencies import ServicesHere
from api.web.routers import api_router
from models.queries.coaches import CoachLine, read_coach
from models.tables import roles_of
from models.vocabulary import Role

router = api_router("/me", "me")


class Me(BaseModel):
    """The caller's account; `coaching` for coaches."""

    id: str
    name: str
    email: str
    language: str
    roles: list[Role]
    office: str | None
    coaching: CoachLine | None


@router.get("", summary="The caller's account")
async def get_me(services: ServicesHere, account: ApiAccount) -> Me:
    coaching = None
    if Role.COACH in roles_of(account):
        async with services.database.reading() as session:
            coaching = await read_coach(session, account.id, services.today())
    return Me(
        id=account.id,
        name=account.name,
        email=account.email,
        language=account.language,
        roles=roles_of(account),
        office=account.office,
        coaching=coaching,
    )
