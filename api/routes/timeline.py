"""What happened to an idea."""

from typing import Literal

from api.routes.idea_representation import Listing
from api.routes.ideas import load_visible
from api.sign_in.dependencies import ApiAccount
from api.web.dependencies import ServicesHere
from api.web.parameters import Cursor, IdeaId, Limit
from api.web.problems import invalid, responses
from api.web.routers import api_router
from models.queries.idea import TimelineLine, read_timeline
from models.queries.paging import InvalidCursor
from models.rules.permissions import may_read_internal
from models.tables import roles_of

router = api_router("/ideas", "ideas")


@router.get("/{idea_id}/timeline", summary="What happened, version by version", responses=responses(404, 422))
async def get_timeline(
    idea_id: IdeaId,
    services: ServicesHere,
    account: ApiAccount,
    sort: Literal["version", "-version"] = "version",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[TimelineLine]:
    view = await load_visible(services, account, str(idea_id))
    with_internal = may_read_internal(view.row.standing(), account.id, roles_of(account))
    async with services.database.reading() as session:
        try:
            page = await read_timeline(
                session,
                str(idea_id),
                with_internal=with_internal,
                newest_first=sort == "-version",
                cursor=cursor,
                limit=limit,
            )
        except InvalidCursor as error:
            raise invalid("cursor", str(error)) from error
    return Listing(items=page.items, next_cursor=page.next_cursor)
