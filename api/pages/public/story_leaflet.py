"""A story as a leaflet: the recipe that somebody takes along to a council meeting."""

import re
from collections.abc import Iterator

import segno
from fastapi import Response

from activities.packaging.images import LARGE
from activities.story_leaflet import (
    LeafletFigure,
    LeafletLicence,
    LeafletLink,
    LeafletPicture,
    LeafletSection,
    StoryLeaflet,
    Told,
)
from api.pages.kit.page import AnyPage
from api.pages.public.press_contact import PressContact
from api.use_cases.pictures import read_shown
from api.web.downloads import name_file
from api.web.etags import KEPT, is_known
from api.web.public_stories import Slug, open_story
from api.web.routers import page_router
from models.i18n import Texts, texts_in
from models.licences import deed_of
from models.policy import Policy
from models.queries.stories import PublicStory, StoryText
from models.region_names import RegionNames

router = page_router()

NEEDS = ("people", "money", "room", "permission", "partners")
UNBROKEN = re.compile(r"(\S{36})(?=\S)")


@router.get("/geschichten/{slug}/pdf")
async def print_story(page: AnyPage, slug: Slug) -> Response:
    services = page.services
    async with services.database.reading() as session:
        story = await open_story(session, slug)
    told = story.told_in(page.t.language, services.policy.region.default_language)
    address = f"{services.settings.base_url}/geschichten/{story.slug}"
    leaflet = lay_out(story, told, services.policy, address)
    headers = {
        "ETag": f'"{leaflet.digest[:32]}"',
        "Cache-Control": KEPT,
        "Vary": "Cookie, Accept-Language",
        "Link": f'<{address}>; rel="canonical"',
    }
    if is_known(page.request, headers["ETag"]):
        return Response(status_code=304, headers=headers)

    async def read_picture(picture_id: str) -> bytes:
        async with services.database.reading() as session:
            return await read_shown(session, picture_id, LARGE)

    content = await services.leaflets.print(leaflet, story.revised_at or story.published_at, read_picture)
    headers["Content-Disposition"] = name_file("inline", f"{story.slug}.pdf")
    return Response(content, media_type="application/pdf", headers=headers)


def lay_out(story: PublicStory, told: StoryText, policy: Policy, address: str) -> StoryLeaflet:
    """All of it in the language in which the story is told."""
    t, region = texts_in(told.language), policy.region
    names = RegionNames(region, t)
    credit = story.name or region.platform
    return StoryLeaflet(
        language=told.language,
        title=breakable(told.title),
        teaser=paragraphs(told.teaser),
        picture=picture_of(story, t, region.default_language),
        facts=[(name, paragraphs(said)) for name, said in facts_of(story, t, names)],
        sections=[*sections_of(story, told, t, policy, address)],
        closing=[*closing_of(story, t, policy, names)],
        licence=licence_of(story, t, credit),
        credit=credit,
        house=f"{region.platform} · {names.own}",
        funding_note=region.funding_note,
        address=address,
        code=segno.make(address, micro=False, error="m").svg_inline(scale=4, light="#fff"),
        words={"recipe": t("leaflet.recipe"), "code": t("leaflet.code", address=address)},
    )


def facts_of(story: PublicStory, t: Texts, names: RegionNames) -> Iterator[tuple[str, str]]:
    region = names.region
    if story.district in region.districts:
        yield t("page.stories.place"), names.district(story.district)
    if themes := [theme for theme in story.themes if theme in region.themes]:
        yield t("page.stories.themes"), names.themes(themes)
    if story.effort:
        yield t("field.effort"), t(f"effort.{story.effort}")
    if story.copies:
        yield t("page.stories.spread"), t("page.stories.copies", count=story.copies)


def sections_of(
    story: PublicStory, told: StoryText, t: Texts, policy: Policy, address: str
) -> Iterator[LeafletSection]:
    """In the order of the page."""
    words = told.words
    if "problem" in words:
        yield LeafletSection(t("story.problem"), said=paragraphs(words["problem"]))
    if told.steps:
        yield LeafletSection(t("story.steps"), "steps", lines=[breakable(step) for step in told.steps])
    if needs := [(t(f"story.{name}"), paragraphs(words[name])) for name in NEEDS if name in words]:
        yield LeafletSection(t("story.needs"), "facts", rows=needs)
    if "went_wrong" in words:
        yield LeafletSection(t("story.went_wrong"), said=paragraphs(words["went_wrong"]))
    if "changed" in words or story.outcomes:
        said = paragraphs(words.get("changed", ""))
        yield LeafletSection(t("story.changed"), said=said, figures=[*figures_of(story, t)])
    if "easy_language" in story.words and told.language == policy.region.default_language:
        yield LeafletSection(t("story.easy_language"), said=paragraphs(story.words["easy_language"]))
    if story.materials:
        at = f"{address.rpartition('/')[0]}/materialien"
        links = [LeafletLink(breakable(one.title), f"{at}/{one.attachment_id}") for one in story.materials]
        yield LeafletSection(t("story.materials"), links=links)


def figures_of(story: PublicStory, t: Texts) -> Iterator[LeafletFigure]:
    for one in story.outcomes:
        how = t("story.outcome.as_of", day=t.day(one.as_of), how=t(f"evidence.{one.provenance}"))
        yield LeafletFigure(f"{t.number(one.value)} {one.unit}".strip(), breakable(one.what), how)


def picture_of(story: PublicStory, t: Texts, own: str) -> LeafletPicture | None:
    if not story.pictures:
        return None
    first = story.pictures[0]
    licence = f" · {t(f'licence.{first.licence}')}" if first.licence else ""
    alt, spoken = first.alt_in(t.language, own)
    return LeafletPicture(first.id, alt, spoken, t("story.picture.by", who=first.credit or "–") + licence)


def licence_of(story: PublicStory, t: Texts, credit: str) -> LeafletLicence | None:
    if story.licence is None:
        return None
    name, address = t(f"licence.{story.licence}"), deed_of(story.licence, t.language)
    return LeafletLicence(t("page.story.text_by", who=credit), name, address)


def closing_of(story: PublicStory, t: Texts, policy: Policy, names: RegionNames) -> Iterator[str]:
    day = t.day(story.published_at.astimezone(policy.zone).date())
    told_by = [t("page.story.told_by", name=story.name)] if story.name else []
    yield " · ".join([*told_by, t("page.story.published", day=day)])
    contact = PressContact.of(policy, story, names)
    if contact.is_reached:
        yield f"{t('page.press.contact')} {', '.join(filter(None, contact))}"


def paragraphs(text: str) -> Told:
    """As somebody has typed it: an empty line begins a paragraph."""
    parts = re.split(r"\n\s*\n", text.strip())
    return [[breakable(line.strip()) for line in part.splitlines() if line.strip()] for part in parts if part.strip()]


def breakable(line: str) -> str:
    """A word as long as an address may be broken, so that it does not run off the paper."""
    return UNBROKEN.sub("\\1\u200b", line)
