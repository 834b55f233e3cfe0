"""Whether anybody leads. Until somebody does, the platform is being set up and takes no ideas."""

from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.staff import find_leads


class LeadPresence:
    """Remembered in the process once it is so: the last lead cannot go, so nothing asks again."""

    def __init__(self) -> None:
        self.is_seen = False

    async def look(self, session: AsyncSession) -> bool:
        if not self.is_seen:
            self.is_seen = bool(await find_leads(session))
        return self.is_seen
