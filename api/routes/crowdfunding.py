"""The crowdfunding of an idea: its package, its images, its steps, and what is known of the campaign."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile

from activities.packaging.images import ImageProblem, ImageRefused
from api.runtime.services import Services
from api.sign_in.dependencies import ApiAccount
from api.use_cases.crowdfunding import (
    CampaignForm,
    HandOffSeen,
    refuse_edit,
    save_package,
    see_hand_off,
    send_campaign_command,
)
from api.use_cases.package_archive import list_personal_steps, pack_package
from api.use_cases.packages import (
    Change,
    PackageMovedOn,
    StoredPackage,
    find_image,
    headers_of,
    image_row,
    with_image,
    without_image,
)
from api.use_cases.rules import find_carried
from api.web.dependencies import ServicesHere
from api.web.parameters import Attempt, IdeaId, IdempotencyKey, IfMatch, etag, read_if_match, takes_parts
from api.web.problems import ProblemError, describe, invalid, responses
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import api_router
from models.messages.package import Finding, Package, PackageImage
from models.queries.crowdfunding import CampaignLine, CampaignView, ImageLine, ObservationLine, read_campaign
from models.rules.crowdfunding import HAND_OFFS
from models.tables import Account, CampaignImage
from models.vocabulary import CampaignStatus, CrowdfundingResult, CrowdfundingState, Role, WakeUpKind

router = api_router("/ideas/{idea_id}/crowdfunding", "crowdfunding")

ImageId = Annotated[UUID, Path(description="The id of an image of the package.")]
IMAGE = {"content": {"image/jpeg": {}, "image/png": {}}, "description": "The image, without anything hidden in it."}
ARCHIVE = {"content": {"application/zip": {}}, "description": "The package."}
REFUSED_IMAGES = {
    ImageProblem.EMPTY: "is empty",
    ImageProblem.TOO_LARGE: "is larger than 10 MB",
    ImageProblem.TOO_MANY_PIXELS: "has more than 50 million pixels",
    ImageProblem.NO_IMAGE: "is no JPEG, PNG or WebP",
    ImageProblem.TOO_COSTLY: "takes too much time or memory to decode",
    ImageProblem.BROKEN: "is damaged",
}
UPLOAD = takes_parts(
    file={"type": "string", "format": "binary", "description": "JPEG, PNG or WebP, 10 MB."},
    alt={"type": "string", "maxLength": 300},
    credit={"type": "string", "maxLength": 300},
    rights_confirmed={"type": "boolean", "default": False},
)


class CampaignHolder(BaseModel):
    """Who is on turn: a role toward the idea, or the engine."""

    role: Role
    since: datetime
    until: date | None


class CampaignAddressResource(BaseModel):
    """Where the campaign is; confirmed once the other side has looked."""

    platform: str
    reference: str
    url: str
    by: Role
    confirmed_by: Role | None


class CampaignWakeUp(BaseModel):
    """What the platform will do by itself if nobody does anything."""

    kind: WakeUpKind
    key: str
    at: datetime
    to: Role


class PersonalStepResource(BaseModel):
    """What only a person can do on the platform."""

    key: str
    url: str


class HandOffResource(BaseModel):
    """A crowdfunding hand-off with everything that the caller may know and do."""

    idea_id: str
    attempt: int
    attempts: list[int]
    version: int
    state: CrowdfundingState
    status: CampaignStatus
    result: CrowdfundingResult | None
    holder: CampaignHolder | None
    trouble: str | None
    automatic: bool = Field(description="The platform is read by itself.")
    allowed_events: list[str]
    confirmed_by: list[Role]
    address: CampaignAddressResource | None
    ends_on: date | None
    revision: int
    digest: str = Field(description="Of the package; sent along when it is confirmed.")
    ready: bool
    findings: list[Finding]
    package: Package
    images: list[ImageLine]
    observations: list[ObservationLine]
    upcoming: list[CampaignWakeUp]
    personal_steps: list[PersonalStepResource]
    timeline: list[CampaignLine]


class PackageResource(BaseModel):
    """The package as it is kept now, and what is still to be done."""

    revision: int
    digest: str
    ready: bool
    findings: list[Finding]
    package: Package


class CampaignReceiptResource(BaseModel):
    """The step is taken, durably."""

    idea_id: str
    version: int
    state: CrowdfundingState
    status: CampaignStatus = Field(validation_alias="stage")
    shown: bool = Field(description="false: lists and pages show the step in a moment.")


@router.get("", summary="Where the crowdfunding of an idea stands", responses=responses(404, 422))
async def get_crowdfunding(
    idea_id: IdeaId, services: ServicesHere, account: ApiAccount, response: Response, attempt: Attempt = None
) -> HandOffResource:
    shown = await load_hand_off(services, account, str(idea_id), attempt)
    response.headers.update(etag(shown.version))
    return shown


@router.put(
    "/package",
    summary="Write the package; If-Match is the revision that the caller has seen",
    responses=responses(403, 404, 409, 412, 413, 422),
)
async def put_package(
    idea_id: IdeaId,
    package: Package,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    if_match: IfMatch = None,
) -> PackageResource:
    expected = read_if_match(if_match)

    def change(current: Package) -> Package:
        """Images are uploaded on their own; the package sorts them, describes them or leaves them out."""
        known = {image.id for image in current.images}
        if not known >= {image.id for image in package.images}:
            raise invalid("images", "upload an image before the package shows it")
        return package

    return _answer(response, await _save(services, account, str(idea_id), change, expected=expected))


@router.post(
    "/images",
    status_code=201,
    summary="Add an image to the package; it is encoded anew, so that nothing hidden travels with it",
    responses=responses(403, 404, 409, 413, 422),
    openapi_extra=UPLOAD,
)
async def post_image(
    idea_id: IdeaId,
    request: Request,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> PackageResource:
    async with services.database.reading() as session:
        seen = await see_hand_off(session, services, account, str(idea_id))
    refuse_edit(seen)
    sent = await request.form(max_files=1, max_fields=10)
    file = sent.get("file")
    if not isinstance(file, UploadFile):
        raise invalid("file", "send an image as the part `file` of multipart/form-data")
    await limit_rate(request, services, Limited.UPLOAD, account.id)
    try:
        clean = await services.images.read(file.read)
    except ImageRefused as refused:
        raise invalid("file", REFUSED_IMAGES[refused.problem]) from refused
    key = f"{account.id}/{idempotency_key}" if idempotency_key else None
    row = image_row(str(idea_id), seen.attempt, clean, key)
    try:
        image = PackageImage(
            id=row.id,
            alt=str(sent.get("alt") or ""),
            credit=str(sent.get("credit") or ""),
            rights_confirmed=str(sent.get("rights_confirmed")).lower() == "true",
        )
    except ValidationError as error:
        raise describe(error) from error

    def change(current: Package) -> Package:
        return current if any(one.id == image.id for one in current.images) else with_image(current, image)

    try:
        kept = await _save(services, account, str(idea_id), change, [row])
    except ValidationError as error:
        raise invalid("file", "the package shows no more images; leave one out first") from error
    response.headers["Location"] = f"/api/v1/ideas/{idea_id}/crowdfunding/images/{row.id}"
    return _answer(response, kept)


@router.get(
    "/images/{image_id}",
    summary="An image of the package",
    responses={**responses(404), 200: IMAGE},
    response_class=Response,
)
async def get_image(idea_id: IdeaId, image_id: ImageId, services: ServicesHere, account: ApiAccount) -> Response:
    async with services.database.reading() as session:
        await see_hand_off(session, services, account, str(idea_id))
        image = await find_image(session, str(idea_id), str(image_id))
    if image is None:
        raise ProblemError(404, "not_found")
    return Response(image.content, media_type=image.media_type, headers=headers_of(image))


@router.delete(
    "/images/{image_id}", summary="Take an image out of the package", responses=responses(403, 404, 409, 413)
)
async def delete_image(
    idea_id: IdeaId, image_id: ImageId, services: ServicesHere, account: ApiAccount, response: Response
) -> PackageResource:
    def change(current: Package) -> Package:
        return without_image(current, str(image_id))

    return _answer(response, await _save(services, account, str(idea_id), change))


@router.get(
    "/package.zip",
    summary="The package as files: texts for copying, tables, images, a checklist",
    responses={**responses(404, 422), 200: ARCHIVE},
    response_class=Response,
)
async def get_files(idea_id: IdeaId, services: ServicesHere, account: ApiAccount, attempt: Attempt = None) -> Response:
    async with services.database.reading() as session:
        seen = await see_hand_off(session, services, account, str(idea_id), attempt)
        packed = await pack_package(services, session, str(idea_id), seen.attempt, seen.kept)
    return Response(packed.content, media_type=packed.media_type, headers=packed.headers)


@router.post(
    "/commands",
    summary="Ask one event of the running hand-off",
    responses=responses(403, 404, 409, 412, 413, 422),
)
async def post_campaign_command(
    idea_id: IdeaId,
    form: CampaignForm,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CampaignReceiptResource:
    expected = read_if_match(if_match)
    done = await send_campaign_command(services, account, str(idea_id), form, idempotency_key, expected)
    response.headers.update(etag(done.receipt.version))
    return CampaignReceiptResource(idea_id=str(idea_id), **done.receipt.model_dump(), shown=done.shown)


async def load_hand_off(
    services: Services, account: Account, idea_id: str, attempt: int | None = None
) -> HandOffResource:
    """Raises IdeaNotFound, NoHandOff."""
    async with services.database.reading() as session:
        seen = await see_hand_off(session, services, account, idea_id, attempt)
        view = await read_campaign(session, idea_id, seen.attempt)
    assert view is not None
    return await show_hand_off(services, seen, view)


async def show_hand_off(services: Services, seen: HandOffSeen, view: CampaignView) -> HandOffResource:
    standing, row, kept = view.standing, view.row, seen.kept
    latest = seen.attempt == view.attempts[-1]
    personal = await list_personal_steps(services.platform, kept.package)
    coming = HAND_OFFS.upcoming(standing, await find_carried(services, row))
    return HandOffResource(
        idea_id=row.idea_id,
        attempt=seen.attempt,
        attempts=view.attempts,
        version=row.version,
        state=standing.state,
        status=standing.status,
        result=standing.result,
        holder=_show_holder(view),
        trouble=standing.trouble,
        automatic=standing.automatic,
        allowed_events=seen.allowed if latest else [],
        confirmed_by=[one.role for one in standing.confirmations],
        address=_show_address(view),
        ends_on=standing.ends_on,
        revision=kept.revision,
        digest=kept.facts.digest,
        ready=kept.facts.ready,
        findings=kept.findings,
        package=kept.package,
        images=view.images,
        observations=view.observations,
        upcoming=[CampaignWakeUp(**one.model_dump(exclude={"account_id"})) for one in coming],
        personal_steps=[PersonalStepResource(**step.model_dump()) for step in personal],
        timeline=view.timeline,
    )


def _show_holder(view: CampaignView) -> CampaignHolder | None:
    holder = view.standing.holder
    return CampaignHolder(role=holder.role, since=holder.since, until=holder.until) if holder is not None else None


def _show_address(view: CampaignView) -> CampaignAddressResource | None:
    address, link = view.address, view.standing.link
    if address is None or link is None:
        return None
    return CampaignAddressResource(
        platform=address.platform,
        reference=address.campaign_key,
        url=address.url,
        by=link.by,
        confirmed_by=link.confirmed_by,
    )


async def _save(
    services: Services,
    account: Account,
    idea_id: str,
    change: Change,
    images: Sequence[CampaignImage] = (),
    expected: int | None = None,
) -> StoredPackage:
    try:
        return await save_package(services, account, idea_id, change, images, expected)
    except PackageMovedOn as moved:
        revision = moved.kept.revision
        raise ProblemError(412, "stale", f"the package is at revision {revision} now", version=revision) from moved


def _answer(response: Response, kept: StoredPackage) -> PackageResource:
    response.headers.update(etag(kept.revision))
    return PackageResource(
        revision=kept.revision,
        digest=kept.facts.digest,
        ready=kept.facts.ready,
        findings=kept.findings,
        package=kept.package,
    )
