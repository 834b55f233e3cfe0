"""The package of a campaign as a ZIP to take along. Pages, API and command line come through here."""

import asyncio
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.packaging import describe, render
from activities.ports.crowdfunding import CrowdfundingPlatform, PersonalStep
from api.runtime.services import Services
from api.use_cases.packages import StoredPackage, find_images
from models.messages.package import Package


@dataclass(frozen=True)
class PackageArchive:
    """A ZIP and the name to save it under, which says nothing of the idea."""

    file_name: str
    content: bytes
    media_type: str = "application/zip"

    @property
    def headers(self) -> dict[str, str]:
        """Nobody on the way keeps it: it holds people's words."""
        return {
            "Content-Disposition": f'attachment; filename="{self.file_name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }


async def pack_package(
    services: Services, session: AsyncSession, idea_id: str, attempt: int, kept: StoredPackage
) -> PackageArchive:
    """Make the ZIP beside the event loop. A package that is not ready says so in its checklist."""
    images = await find_images(session, idea_id, kept.package)
    details = describe(
        services.policy,
        kept.package,
        idea_id=idea_id,
        attempt=attempt,
        revision=kept.revision,
        today=services.today(),
        steps=await list_personal_steps(services.platform, kept.package),
    )
    content = await asyncio.to_thread(render, kept.package, kept.findings, details, list(images.values()))
    return PackageArchive(details.file_name, content)


async def list_personal_steps(platform: CrowdfundingPlatform, package: Package) -> tuple[PersonalStep, ...]:
    """What is left to people. A platform that would take a draft is not asked: nothing is handed over here."""
    if platform.capabilities().creates_drafts:
        return ()
    return (await platform.submit_draft(package, key="")).steps
