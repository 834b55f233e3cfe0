"""What is stuck, and why."""

from api.routes.idea_representation import Listing, now
from api.sign_in.dependencies import ApiLead
from api.web.dependencies import ServicesHere
from api.web.parameters import Cursor, Limit, Word
from api.web.problems import invalid, responses
from api.web.routers import api_router
from models.queries.moment import Moment
from models.queries.paging import InvalidCursor
from models.queries.stuck import list_stuck
from models.queries.stuck_lines import StuckCase
from models.vocabulary import StuckCause

router = api_router("/stuck", "leads")


@router.get("", summary="Stuck cases with their causes, for leads", responses=responses(403, 422))
async def get_stuck(
    services: ServicesHere,
    lead: ApiLead,
    office: Word | None = None,
    cause: StuckCause | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[StuckCase]:
    moment = Moment.of(services.policy, now())
    async with services.database.reading() as session:
        try:
            page = await list_stuck(
                session, moment, office=office, cause=cause, reader=lead.id, cursor=cursor, limit=limit
            )
        except InvalidCursor as error:
            raise invalid("cursor", str(error)) from error
    return Listing(items=page.items, next_cursor=page.next_cursor)
