"""The package of a campaign, in its owner's words: read, written, with its images. Pages and API come through here.

It is written to SQL first; the hand-off then hears of it as a revision, a digest, and whether it is ready. Where the
engine is away nothing is lost: every later command brings the same facts along.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.packaging.images import EXTENSIONS, CleanImage
from api.runtime.services import Services
from models.messages.package import Finding, Package, PackageFacts, PackageImage
from models.rules import readiness
from models.tables import Account, CampaignImage, CampaignPackage
from models.tables.columns import new_id, utc_now

Change = Callable[[Package], Package]


@dataclass(frozen=True)
class StoredPackage:
    """A package as SQL has it, what the readiness check says of it, and what the hand-off may know."""

    package: Package
    revision: int
    updated_at: datetime
    findings: list[Finding]
    facts: PackageFacts


class PackageMovedOn(Exception):
    """Somebody else has saved the package since the caller looked."""

    def __init__(self, kept: StoredPackage) -> None:
        self.kept = kept
        super().__init__(str(kept.revision))


async def read_package(session: AsyncSession, services: Services, idea_id: str, attempt: int) -> StoredPackage:
    """The package of an attempt; the hand-off has laid it out at its beginning."""
    row = await session.get_one(CampaignPackage, (idea_id, attempt))
    return keep(services, Package.model_validate(row.content), row.revision, row.updated_at)


def keep(services: Services, package: Package, revision: int, updated_at: datetime) -> StoredPackage:
    rules, today = services.policy.crowdfunding, services.today()
    findings = readiness.check(package, rules, today)
    return StoredPackage(package, revision, updated_at, findings, readiness.facts(package, revision, rules, today))


async def write_package(
    services: Services,
    account: Account,
    idea_id: str,
    attempt: int,
    change: Change,
    images: Sequence[CampaignImage] = (),
    expected: int | None = None,
) -> tuple[StoredPackage, StoredPackage]:
    """Change the package under its lock; returns it before and after. What `change` raises leaves all as it was.

    A change that changes nothing makes no new revision, and is fine whatever revision was expected: it is a repeat.
    Raises PackageMovedOn.
    """
    async with services.database.transaction() as session:
        row = await session.get_one(CampaignPackage, (idea_id, attempt), with_for_update=True)
        before = keep(services, Package.model_validate(row.content), row.revision, row.updated_at)
        package = change(before.package)
        if package == before.package:
            return before, before
        if expected not in (None, before.revision):
            raise PackageMovedOn(before)
        after = keep(services, package, before.revision + 1, utc_now())
        row.revision, row.digest = after.revision, after.facts.digest
        row.content = package.model_dump(mode="json")
        row.updated_at, row.updated_by = utc_now(), account.id
        session.add_all(images)
    return before, after


async def put_back(
    services: Services, account: Account, idea_id: str, attempt: int, before: StoredPackage, after: StoredPackage
) -> None:
    """The hand-off did not take a change: undo it, unless somebody has gone on from it. Revisions only ever grow."""

    def undo(package: Package) -> Package:
        return before.package if package == after.package else package

    await write_package(services, account, idea_id, attempt, undo)


async def drop_unused_images(services: Services, idea_id: str) -> None:
    """Images that no package of the idea shows any more are deleted."""
    async with services.database.transaction() as session:
        packages = (await session.exec(select(CampaignPackage).where(CampaignPackage.idea_id == idea_id))).all()
        used = {image["id"] for package in packages for image in package.content["images"]}
        for image in (await session.exec(select(CampaignImage).where(CampaignImage.idea_id == idea_id))).all():
            if image.id not in used:
                await session.delete(image)


async def find_image(session: AsyncSession, idea_id: str, image_id: str) -> CampaignImage | None:
    """An image of any attempt of this idea: a new attempt shows those of the last one."""
    found = select(CampaignImage).where(CampaignImage.idea_id == idea_id, CampaignImage.id == image_id)
    return (await session.exec(found)).one_or_none()


async def find_images(session: AsyncSession, idea_id: str, package: Package) -> dict[str, CampaignImage]:
    """Id → image, for those that the package shows."""
    wanted = [image.id for image in package.images]
    found = select(CampaignImage).where(CampaignImage.idea_id == idea_id, col(CampaignImage.id).in_(wanted))
    return {image.id: image for image in (await session.exec(found)).all()}


def headers_of(image: CampaignImage) -> dict[str, str]:
    """An image is shown as the type that it was encoded in anew, under a name of ours."""
    return {"Content-Disposition": f'inline; filename="bild-{image.id}.{EXTENSIONS[image.media_type]}"'}


def image_row(idea_id: str, attempt: int, clean: CleanImage, key: str | None = None) -> CampaignImage:
    """A row for an image. The same key gives the same id, so that a repeated upload is one image."""
    return CampaignImage(
        id=str(uuid5(NAMESPACE_URL, f"image/{idea_id}/{attempt}/{key}")) if key else new_id(),
        idea_id=idea_id,
        attempt=attempt,
        media_type=clean.media_type,
        width=clean.width,
        height=clean.height,
        content=clean.content,
    )


def with_image(package: Package, image: PackageImage) -> Package:
    """The package with one more image. Raises ValidationError where it has too many."""
    return Package.model_validate(
        {**package.model_dump(), "images": [*package.model_dump()["images"], image.model_dump()]}
    )


def without_image(package: Package, image_id: str) -> Package:
    return package.model_copy(update={"images": [image for image in package.images if image.id != image_id]})
