"""Whether single keys do something on the pages, for one person."""

from api.runtime.services import Services
from models.tables import Account


async def set_shortcuts(services: Services, account: Account, *, is_on: bool) -> None:
    async with services.database.transaction() as session:
        (await session.get_one(Account, account.id)).shortcuts = is_on
