"""The newest stories for feed readers, and all of them for search engines."""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from markupsafe import Markup

from activities.packaging.images import LARGE
from api.runtime.services import Services
from api.use_cases.pictures import WEBP
from api.web.dependencies import ServicesHere
from api.web.etags import open_to_all
from api.web.routers import page_router
from models.i18n import texts_in
from models.licences import ADDRESSES
from models.queries.stories import PublicStory, list_stories

router = page_router()

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWEST = 50
MOST_ADDRESSES = 40_000
"""A sitemap may name 50,000."""

IMAGE = Markup('<p><img src="{address}" width="{width}" height="{height}" alt="{alt}"> {credit}</p>')

NO_STORY_YET = "1970-01-01T00:00:00+00:00"

PAGES = ("/", "/geschichten", "/unterwegs", "/so-funktioniert-es", "/leichte-sprache", "/offene-daten")
NOT_FOR_ROBOTS = ("/api/", "/anmelden", "/einreichen/", "/rueckmeldung", "/suche")


@router.get("/geschichten/feed.atom")
async def read_atom(request: Request, services: ServicesHere) -> Response:
    """RFC 4287."""
    feed = write_atom(services, await newest(services))
    return open_to_all(request, Response(feed, media_type="application/atom+xml; charset=utf-8"))


@router.get("/geschichten/feed.json")
async def read_json_feed(request: Request, services: ServicesHere) -> Response:
    """https://www.jsonfeed.org/version/1.1/"""
    stories, base, region = await newest(services), services.settings.base_url, services.policy.region
    items = [
        {
            "id": address_of(services, story),
            "url": address_of(services, story),
            "title": story.title,
            "summary": story.teaser,
            "content_html": as_html(services, story),
            "image": picture_of(services, story) or f"{address_of(services, story)}/karte.png",
            **enclosed(services, story),
            "date_published": story.published_at.isoformat(),
            "date_modified": changed_at(story).isoformat(),
            "language": region.default_language,
            **licence_of(services, story),
            "tags": [region.themes[theme] for theme in story.themes if theme in region.themes],
        }
        for story in stories
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title_of(services),
        "home_page_url": f"{base}/geschichten",
        "feed_url": f"{base}/geschichten/feed.json",
        "language": region.default_language,
        "items": items,
    }
    return open_to_all(request, JSONResponse(feed, media_type="application/feed+json"))


@router.get("/sitemap.xml")
async def read_sitemap(request: Request, services: ServicesHere) -> Response:
    async with services.database.reading() as session:
        stories = await list_stories(session, limit=MOST_ADDRESSES)
    root = Element("urlset", xmlns=SITEMAP)
    for path in PAGES:
        SubElement(SubElement(root, "url"), "loc").text = services.settings.base_url + path
    for story in stories:
        place = SubElement(root, "url")
        SubElement(place, "loc").text = address_of(services, story)
        SubElement(place, "lastmod").text = changed_at(story).date().isoformat()
    content = tostring(root, "utf-8", xml_declaration=True)
    return open_to_all(request, Response(content, media_type="application/xml"))


@router.get("/robots.txt")
async def read_robots(services: ServicesHere) -> Response:
    """RFC 9309. Nothing is found of a demo, whose people are made up."""
    hidden = ("/",) if services.settings.demo else NOT_FOR_ROBOTS
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in hidden)]
    where = [] if services.settings.demo else [f"Sitemap: {services.settings.base_url}/sitemap.xml"]
    return PlainTextResponse("\n".join([*lines, *where, ""]))


async def newest(services: Services) -> list[PublicStory]:
    async with services.database.reading() as session:
        return await list_stories(session, limit=NEWEST)


def address_of(services: Services, story: PublicStory) -> str:
    return f"{services.settings.base_url}/geschichten/{story.slug}"


def picture_of(services: Services, story: PublicStory) -> str:
    """Where its first picture is; empty where it has none."""
    at = f"{services.settings.base_url}/geschichten/bilder"
    return f"{at}/{story.pictures[0].id}-{LARGE}.webp" if story.pictures else ""


def enclosed(services: Services, story: PublicStory) -> dict[str, list[dict[str, str]]]:
    address = picture_of(services, story)
    return {"attachments": [{"url": address, "mime_type": WEBP, "title": story.pictures[0].alt}]} if address else {}


def as_html(services: Services, story: PublicStory) -> str:
    """The teaser, with the picture before it, described and in its size."""
    shown = Markup("")
    if address := picture_of(services, story):
        first = story.pictures[0]
        sizes = {"width": first.width, "height": first.height}
        shown = IMAGE.format(address=address, alt=first.alt, credit=first.credit, **sizes)
    return str(shown + Markup("<p>{}</p>").format(story.teaser))


def licence_of(services: Services, story: PublicStory) -> dict[str, dict[str, str]]:
    """An extension, as JSON Feed names them: nothing where none was granted."""
    if story.licence is None:
        return {}
    who = story.name or services.policy.region.platform
    return {"_licence": {"url": ADDRESSES[story.licence], "credit": who}}


def changed_at(story: PublicStory) -> datetime:
    return story.revised_at or story.published_at


def title_of(services: Services) -> str:
    region = services.policy.region
    return texts_in(region.default_language)("page.feed.title", platform=region.platform, region=region.name)


def write_atom(services: Services, stories: list[PublicStory]) -> bytes:
    base, region = services.settings.base_url, services.policy.region
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": region.default_language})
    SubElement(feed, "id").text = f"{base}/geschichten"
    SubElement(feed, "title").text = title_of(services)
    SubElement(feed, "updated").text = max((changed_at(one).isoformat() for one in stories), default=NO_STORY_YET)
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{base}/geschichten/feed.atom")
    SubElement(feed, "link", rel="alternate", type="text/html", href=f"{base}/geschichten")
    SubElement(SubElement(feed, "author"), "name").text = region.platform
    for story in stories:
        entry = SubElement(feed, "entry")
        SubElement(entry, "id").text = address_of(services, story)
        SubElement(entry, "title").text = story.title
        SubElement(entry, "summary").text = story.teaser
        SubElement(entry, "link", rel="alternate", type="text/html", href=address_of(services, story))
        SubElement(entry, "published").text = story.published_at.isoformat()
        SubElement(entry, "updated").text = changed_at(story).isoformat()
        SubElement(entry, "content", type="html").text = as_html(services, story)
        if address := picture_of(services, story):
            SubElement(entry, "link", rel="enclosure", type=WEBP, href=address, title=story.pictures[0].alt)
        if story.licence is not None:
            # RFC 4946.
            SubElement(entry, "link", rel="license", href=ADDRESSES[story.licence])
        for theme in story.themes:
            if theme in region.themes:
                SubElement(entry, "category", term=theme, label=region.themes[theme])
    return bytes(tostring(feed, "utf-8", xml_declaration=True))
