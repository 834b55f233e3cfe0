"""At the start: keys that an edited pipeline.toml has lost, and that data still use, are told; the process goes on."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database, is_unreachable
from models.policy import RegionSection
from models.queries.region_keys import find_missing_keys

log = structlog.get_logger()


async def warn_of_lost_keys(database: Database, region: RegionSection) -> None:
    """Their ideas stay in the overview of every lead, so nothing has to stop for them."""
    try:
        async with database.reading() as session:
            missing = await find_missing_keys(session, region)
    except Exception as error:
        if not is_unreachable(error) and not isinstance(error, SQLAlchemyError):
            raise
        return
    for lost in missing:
        log.warning("key in use, but not in pipeline.toml", kind=lost.kind, key=lost.key, **lost.counts)
