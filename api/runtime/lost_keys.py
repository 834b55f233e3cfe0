"""What data use of the configuration, compared with what it has, for pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.queries.region_keys import find_missing_keys

if TYPE_CHECKING:
    from api.runtime.services import Services
    from models.queries.region_keys import MissingKey


async def read_lost_keys(services: Services) -> list[MissingKey]:
    """As it was a minute ago at most: filters on many pages ask."""

    async def look() -> list[MissingKey]:
        async with services.database.reading() as session:
            return await find_missing_keys(session, services.policy.region)

    return await services.lost_keys.get((), look)


async def list_lost_offices(services: Services) -> list[str]:
    """Offices that open ideas belong to, and that pages offer beside those of the configuration."""
    lost = await read_lost_keys(services)
    return [one.key for one in lost if one.kind == "office" and one.counts.get("open_ideas")]
