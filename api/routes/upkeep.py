"""What upkeep has found."""

from api.sign_in.dependencies import ApiLead
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError, responses
from api.web.routers import api_router
from models.queries.drift import DriftReport, read_drift

router = api_router("/upkeep", "leads")


@router.get(
    "/drift", summary="The latest comparison of SQL with the workflows, for leads", responses=responses(403, 404)
)
async def get_drift(services: ServicesHere, _lead: ApiLead) -> DriftReport:
    async with services.database.reading() as session:
        report = await read_drift(session)
    if report is None:
        raise ProblemError(404, "not_found", "nothing was compared yet; it happens every night")
    return report
