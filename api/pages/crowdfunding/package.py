"""The sections of a campaign package, one a page: written, saved also when unfinished, with images."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from activities.packaging.images import ImageRefused
from activities.ports.ideas import CommandRefused
from api.pages.crowdfunding.package_forms import (
    ROWS,
    SECTIONS,
    SLUGS,
    Filled,
    SectionWriter,
    anchor_of,
    blockers,
    read_section,
)
from api.pages.crowdfunding.presenter import list_sections
from api.pages.kit.fields import Field
from api.pages.kit.flash import FlashMessage
from api.pages.kit.forms import read_text
from api.pages.kit.page import AnyPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.crowdfunding import CrowdfundingNotFound, HandOffSeen, refuse_edit, save_package, see_hand_off
from api.use_cases.packages import StoredPackage, image_row, with_image
from api.web.dependencies import check_csrf_token
from api.web.middleware import is_upload
from api.web.parameters import AttemptOfPage
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.i18n import Texts
from models.messages.package import FIELDS, Package, PackageImage, Section
from models.rules.money import write_euros
from models.rules.readiness import fee_on_level
from models.tables import CampaignImage
from workflows.client import EngineAway

router = page_router()

FILE = "datei"
NEW_IMAGE = "images.new"
STAY = "bleiben"
SAID = frozenset({"saved", "saved.and_rest", "saved.away"})


class SectionMovedOn(Exception):
    """Somebody else has changed the section since the form was opened."""


@dataclass(frozen=True)
class Upload:
    """An image that was sent along with its words."""

    row: CampaignImage
    image: PackageImage


@dataclass(frozen=True)
class Refused:
    """What was entered and not saved: the section with its errors, and those of an image."""

    filled: Filled
    errors: Mapping[str, str] = field(default_factory=dict)
    words: str = ""

    @property
    def all(self) -> dict[str, str]:
        return {**self.filled.errors, **self.errors} or {"form": self.words}


@router.get("/ideen/{idea_id}/crowdfunding/{slug}")
async def show_section(page: SignedInPage, idea_id: UUID, slug: str, attempt: AttemptOfPage = None) -> Response:
    return await render_section(page, str(idea_id), section_of(slug), attempt=attempt)


@router.post("/ideen/{idea_id}/crowdfunding/{slug}")
async def write_section(page: SignedInPage, idea_id: UUID, slug: str) -> Response:
    """Save what was entered, finished or not; what cannot be read is told beside its field, with nothing lost."""
    section, t = section_of(slug), page.t
    seen = await _see(page, str(idea_id), None)
    if is_upload(page.request.scope):
        try:
            refuse_edit(seen)
        except CommandRefused as error:
            refused = Refused(Filled({}, None), words=t(f"refusal.{error.refusal.code}"))
            return await render_section(page, str(idea_id), section, refused=refused, status=409)
    sent = await page.form()
    check_csrf_token(page.request, page.services, sent)
    filled, said = read_section(sent, section, seen.kept.package, t), "saved"
    upload, wrong = await _read_upload(page, sent, section, seen)
    if filled.package is None or wrong:
        lost = {FILE: t("page.crowdfunding.file.again")} if upload and not wrong else {}
        return await render_section(page, str(idea_id), section, refused=Refused(filled, {**wrong, **lost}), status=422)
    try:
        kept = await _save(page, seen, section, sent, upload)
    except SectionMovedOn:
        refused, status = Refused(filled, words=t("page.crowdfunding.moved_on")), 409
    except ValidationError:
        refused, status = Refused(filled, {FILE: t("page.crowdfunding.file.too_many")}), 422
    except CommandRefused as error:
        refused, status = Refused(filled, words=t(f"refusal.{error.refusal.code}")), 409
    except EngineAway:
        return _go_on(str(idea_id), section, sent, "saved.away")
    else:
        if blockers(kept.findings, section):
            said = "saved.and_rest"
        return _go_on(str(idea_id), section, sent, said)
    return await render_section(page, str(idea_id), section, refused=refused, status=status)


async def render_section(
    page: SignedInPage,
    idea_id: str,
    section: Section,
    *,
    attempt: int | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    seen = await _see(page, idea_id, attempt)
    context = describe_section(page, seen, section, refused, editable=attempt is None)
    context["told"] = read_told(page)
    return page.render("crowdfunding/section.html", status, **context)


def describe_section(
    page: AnyPage, seen: HandOffSeen, section: Section, refused: Refused | None, *, editable: bool
) -> dict[str, Any]:
    """Everything the template of a section shows."""
    kept, rules, today = seen.kept, page.services.policy.crowdfunding, page.services.today()
    writer = SectionWriter(
        page.t, rules, today, kept.package, tuple(kept.findings), refused.filled if refused else None
    )
    parts = writer.write(section)
    errors, may_edit = refused.all if refused else {}, editable and "edit" in seen.allowed
    return {
        "idea": seen.idea.idea,
        "attempt": seen.attempt,
        "attempt_query": "" if editable else f"?versuch={seen.attempt}",
        "section": section,
        "slug": SLUGS[section],
        "following": next_section(section),
        "parts": parts,
        "new_image": new_image_fields(page.t, refused) if section is Section.MEDIA else [],
        "may_edit": may_edit,
        "stand": stand_of(kept.package, section),
        "computed": list(add_up(page, kept)) if section is Section.MONEY else [],
        "sections": list_sections(kept.findings, page.t, open_=may_edit),
        "errors": errors,
        "anchors": {name: anchor_of(name) for name in errors if name != "form"} if may_edit else {},
        "anchor": anchor_of,
    }


def new_image_fields(t: Texts, refused: Refused | None) -> list[Field]:
    """The fields with which an image is added: the file, then the same words as for those that are there."""
    values, errors = (refused.filled.values, refused.errors) if refused else ({}, {})
    found = [
        Field(
            FILE,
            "file",
            t("page.crowdfunding.file"),
            t("page.crowdfunding.file.help"),
            required=True,
            error=errors.get(FILE, ""),
        )
    ]
    for name, kind in ROWS["images"].items():
        help_ = f"package.help.images.{name}"
        found.append(
            Field(
                f"{NEW_IMAGE}.{name}",
                kind,
                t(f"package.ask.images.{name}"),
                t(help_) if t.has(help_) else "",
                required=True,
                value=values.get(f"{NEW_IMAGE}.{name}", ""),
                longest=300,
            )
        )
    return found


def add_up(page: AnyPage, kept: StoredPackage) -> list[tuple[str, str]]:
    """The budget with the platform's fee, as the readiness check counts it."""
    budget = sum(line.cents for line in kept.package.budget)
    fee = fee_on_level(kept.package, page.services.policy.crowdfunding, page.services.today())
    if not budget:
        return []
    sums = {
        "page.crowdfunding.sum": budget,
        "page.crowdfunding.fee": fee,
        "page.crowdfunding.needed": budget + fee,
    }
    return [(page.t(name), write_euros(cents, page.t.language)) for name, cents in sums.items()]


def section_of(slug: str) -> Section:
    if slug not in SECTIONS:
        raise ProblemError(404, "not_found")
    return SECTIONS[slug]


def next_section(section: Section) -> Section | None:
    order = list(Section)
    return next(iter(order[order.index(section) + 1 :]), None)


def stand_of(package: Package, section: Section) -> str:
    """Tells whether a section is still as it was when its form was opened."""
    content = package.model_dump_json(include=set(FIELDS[section]))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def read_told(page: AnyPage) -> FlashMessage | None:
    if page.said not in SAID:
        return None
    tone, icon = ("wait", "clock") if page.said == "saved.away" else ("", "check")
    return FlashMessage(page.t(f"page.crowdfunding.{page.said}"), tone, icon)


async def _see(page: SignedInPage, idea_id: str, attempt: int | None) -> HandOffSeen:
    async with page.services.database.reading() as session:
        try:
            return await see_hand_off(session, page.services, page.person, idea_id, attempt)
        except CrowdfundingNotFound as error:
            raise ProblemError(404, "not_found") from error


async def _save(
    page: SignedInPage, seen: HandOffSeen, section: Section, sent: FormData, upload: Upload | None
) -> StoredPackage:
    """Read the form once more against the package as it is under its lock, so that other sections stay as they are."""

    def change(package: Package) -> Package:
        if sent.get("stand") not in (None, stand_of(package, section)):
            raise SectionMovedOn
        changed = read_section(sent, section, package, page.t).package or package
        return with_image(changed, upload.image) if upload else changed

    images = [upload.row] if upload else []
    return await save_package(page.services, page.person, seen.row.idea_id, change, images)


async def _read_upload(
    page: SignedInPage, sent: FormData, section: Section, seen: HandOffSeen
) -> tuple[Upload | None, dict[str, str]]:
    """The image that came along, encoded anew, or why it is not taken."""
    file = sent.get(FILE)
    if section is not Section.MEDIA or not isinstance(file, UploadFile) or not file.filename:
        return None, {}
    try:
        await limit_rate(page.request, page.services, Limited.UPLOAD, page.person.id)
        image = await page.services.images.read(file.read)
    except ImageRefused as refused:
        return None, {FILE: page.t(refused.key)}
    row = image_row(seen.row.idea_id, seen.attempt, image)
    words = {name: read_text(sent, f"{NEW_IMAGE}.{name}") for name in ("alt", "credit")}
    if any(len(value) > 300 for value in words.values()):
        return None, {FILE: page.t("page.too_long")}
    confirmed = bool(sent.get(f"{NEW_IMAGE}.rights_confirmed"))
    return Upload(row, PackageImage(id=row.id, rights_confirmed=confirmed, **words)), {}


def _go_on(idea_id: str, section: Section, sent: FormData, said: str) -> Response:
    """Stay, or go to the next section; after the last one to the overview."""
    following = next_section(section)
    base = f"/ideen/{idea_id}/crowdfunding"
    if sent.get("absicht") == STAY:
        return see_other(f"{base}/{SLUGS[section]}", meldung=said)
    if following is None:
        return see_other(base, meldung="saved")
    return see_other(f"{base}/{SLUGS[following]}", meldung=said if said == "saved.away" else "saved")
