"""The team of an idea: who is in it, and whom its owner has asked. Leaving is an event of the idea: `leave_team`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api.routes.ideas import load_visible
from api.sign_in.dependencies import ApiAccount, TextsHere
from api.use_cases.invitations import Fate
from api.use_cases.team import NoInvitation, NotInvited, WhyNot, ask_again, fate_in_team, invite, withdraw
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId
from api.web.problems import ProblemError, invalid, responses
from api.web.routers import api_router
from models.queries.account_names import Person
from models.queries.team import TeamMember, list_invitations, list_members
from models.tables import Invitation, StandingRow
from models.vocabulary import Share

router = api_router("/ideas", "team")

InvitationId = Annotated[UUID, Path(description="The id of an invitation.")]

REASONS: dict[WhyNot, tuple[int, str, str]] = {
    WhyNot.NOT_YOURS: (403, "forbidden", "only its owner asks others into the team of an idea"),
    WhyNot.NOT_NOW: (409, "not_allowed", "the idea is not handed in yet, or its path has ended"),
    WhyNot.WRONG_ADDRESS: (422, "invalid", "is no mail address"),
    WhyNot.OWN_ADDRESS: (422, "invalid", "is the owner's own"),
    WhyNot.COACH: (422, "invalid", "belongs to whoever coaches this idea"),
    WhyNot.IN_TEAM: (422, "invalid", "belongs to somebody in the team, with this share"),
    WhyNot.DECLINED: (422, "invalid", "has declined"),
    WhyNot.FULL: (409, "not_allowed", "the team is full, or too many invitations wait for an answer"),
    WhyNot.TOO_OFTEN: (429, "too_many", "no more mails to this address today"),
}


class InvitationForm(BaseModel):
    """Whom to ask, and what for. The answer does not tell whether somebody here has the address."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"examples": [{"email": "nora@example.org", "share": "collaborator"}]},
    )

    email: str = Field(max_length=254)
    share: Share


class InvitationResource(BaseModel):
    """Somebody was asked by mail."""

    id: str
    email: str
    share: Share
    state: Fate
    asked_at: datetime
    expires_at: datetime


class TeamResource(BaseModel):
    """Everybody on the innovator's side, and those who look on."""

    owner: Person | None
    members: list[TeamMember]
    invitations: list[InvitationResource] | None = Field(
        description="What waits for an answer, was declined or has run out. null for everybody but the owner."
    )


@router.get("/{idea_id}/team", summary="Who is in the team of an idea", responses=responses(404))
async def get_team(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> TeamResource:
    view = await load_visible(services, account, str(idea_id))
    async with services.database.reading() as session:
        members = await list_members(session, view.row)
        asked = await list_invitations(session, str(idea_id)) if view.row.owner_id == account.id else None
    shown = None if asked is None else [show_invitation(one, view.row) for one in asked]
    return TeamResource(owner=view.owner, members=members, invitations=shown)


@router.post(
    "/{idea_id}/team/invitations",
    status_code=201,
    summary="Ask somebody into the team by mail",
    description="Asking the same address again sends another mail and begins its time anew.",
    responses=responses(403, 404, 409, 413, 422, 429),
)
async def post_invitation(
    idea_id: IdeaId, form: InvitationForm, services: ServicesHere, account: ApiAccount, texts: TextsHere
) -> InvitationResource:
    view = await load_visible(services, account, str(idea_id))
    try:
        asked = await invite(services, account, str(idea_id), form.email, form.share, texts.language)
    except NotInvited as refused:
        raise explain(refused.why) from refused
    return show_invitation(asked, view.row)


@router.post(
    "/{idea_id}/team/invitations/{invitation_id}/resend",
    status_code=204,
    summary="Send an invitation once more",
    responses=responses(403, 404, 409, 413, 422, 429),
)
async def post_resend(
    idea_id: IdeaId, invitation_id: InvitationId, services: ServicesHere, account: ApiAccount
) -> Response:
    try:
        await ask_again(services, account, str(idea_id), str(invitation_id))
    except NotInvited as refused:
        raise explain(refused.why) from refused
    except NoInvitation as missing:
        raise ProblemError(404, "not_found") from missing
    return Response(status_code=204)


@router.delete(
    "/{idea_id}/team/invitations/{invitation_id}",
    status_code=204,
    summary="Withdraw an invitation that nobody has answered",
    responses=responses(403, 404, 409, 413),
)
async def delete_invitation(
    idea_id: IdeaId, invitation_id: InvitationId, services: ServicesHere, account: ApiAccount
) -> Response:
    try:
        await withdraw(services, account, str(idea_id), str(invitation_id))
    except NotInvited as refused:
        raise explain(refused.why) from refused
    except NoInvitation as missing:
        raise ProblemError(404, "not_found") from missing
    return Response(status_code=204)


def show_invitation(asked: Invitation, row: StandingRow) -> InvitationResource:
    return InvitationResource(
        id=asked.id,
        email=asked.email,
        share=Share(asked.share),
        state=fate_in_team(asked, row),
        asked_at=asked.asked_at,
        expires_at=asked.expires_at,
    )


def explain(why: WhyNot) -> ProblemError:
    status, code, detail = REASONS[why]
    return invalid("email", detail) if status == 422 else ProblemError(status, code, detail)
