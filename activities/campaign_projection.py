"""What SQL shows of crowdfunding hand-offs beside their standing: which addresses are taken."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.projection import FollowUps, Projection
from models.messages.cases import Entry
from models.messages.crowdfunding import CampaignStanding
from models.tables import CampaignAddressRow

ENDED_WITHOUT_CAMPAIGN = frozenset({"withdraw", "expire"})
FREES_ADDRESSES = ENDED_WITHOUT_CAMPAIGN | {"reject_link", "confirm_link"}


class CampaignProjection(Projection[CampaignStanding]):
    """Hand-offs on PostgreSQL."""

    def follow_ups(self, standing: CampaignStanding, entries: Sequence[Entry]) -> FollowUps:
        decides = any(entry.event in FREES_ADDRESSES for entry in entries)
        return FollowUps(of_entries=[settle_addresses] if decides else [])


async def settle_addresses(session: AsyncSession, standing: CampaignStanding, entries: Sequence[Entry]) -> None:
    """An address that was turned down, or that nobody stood by when it counted, is free for others again."""
    for entry in entries:
        mine = (
            col(CampaignAddressRow.idea_id) == standing.idea_id,
            col(CampaignAddressRow.attempt) == standing.attempt,
        )
        free = update(CampaignAddressRow).where(*mine, col(CampaignAddressRow.rejected_at).is_(None))
        if entry.event == "reject_link":
            free = free.where(col(CampaignAddressRow.id) == entry.facts["rejected_link"])
        elif entry.event == "confirm_link":
            free = free.where(col(CampaignAddressRow.id) != entry.facts["link"])
        elif entry.event in ENDED_WITHOUT_CAMPAIGN:
            confirmed = standing.link.link_id if standing.link is not None else None
            free = free.where(col(CampaignAddressRow.id).is_distinct_from(confirmed))
        else:
            continue
        await session.exec(free.values(rejected_at=entry.at))
