"""Stories leave the platform as feeds, frames, cards and open data; and are gone from all of them at once."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageFont

from api.pages.public.story_card import FONTS, HEIGHT, WIDTH, draw_card, wrap
from tests.api.conftest import Web
from tests.html import mistakes_in
from tests.public_stories import OUTCOME, RECIPE, copy_elsewhere, publish, slug_of, take_down

LISTS = (
    "/",
    "/geschichten",
    "/geschichten/feed.atom",
    "/geschichten/feed.json",
    "/sitemap.xml",
    "/offene-daten/geschichten.csv",
    "/offene-daten/geschichten.json",
    "/api/v1/stories",
)
ITS_OWN = (
    "/geschichten/{slug}",
    "/geschichten/{slug}/einbetten",
    "/geschichten/{slug}/karte.png",
    "/geschichten/{slug}/pdf",
    "/api/v1/stories/{slug}",
)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


async def test_a_story_is_everywhere_and_taken_down_it_is_nowhere(still_web: Web) -> None:
    idea = await publish(still_web.database, "Lotsen & Co", words=RECIPE)
    slug = await slug_of(still_web.database, idea)
    tags = {}
    for path in LISTS:
        answer = await still_web.nobody.get(path)
        assert f"/geschichten/{slug}" in answer.text, path
        tags[path] = answer.headers.get("etag", "")
    for path in ITS_OWN:
        assert (await still_web.nobody.get(path.format(slug=slug))).status_code == 200, path
    await take_down(still_web.database, idea)
    for path in LISTS:
        answer = await still_web.nobody.get(path, headers={"If-None-Match": tags[path]})
        assert answer.status_code == 200, path
        assert slug not in answer.text, path
    for path in ITS_OWN:
        assert (await still_web.nobody.get(path.format(slug=slug))).status_code == 410, path
        assert (await still_web.nobody.get(path.format(slug="nie-gewesen"))).status_code == 404, path


async def test_feeds_tell_the_same_and_the_sitemap_names_it(still_web: Web) -> None:
    base = still_web.services.settings.base_url
    await publish(still_web.database, "Lotsen & Co", picture={"alt": "Schilder & mehr"})
    atom = await still_web.nobody.get("/geschichten/feed.atom")
    assert atom.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(atom.text)
    (entry,) = root.findall("a:entry", ATOM)
    feed = (await still_web.nobody.get("/geschichten/feed.json")).json()
    (item,) = feed["items"]
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert entry.findtext("a:title", "", ATOM) == item["title"] == "Lotsen & Co"
    assert entry.findtext("a:id", "", ATOM) == item["id"] == f"{base}/geschichten/lotsen-co"
    assert root.findtext("a:updated", "", ATOM) == item["date_modified"]
    enclosed = entry.find("a:link[@rel='enclosure']", ATOM)
    assert enclosed is not None
    assert (enclosed.get("href"), enclosed.get("title")) == (item["image"], "Schilder & mehr")
    assert entry.findtext("a:content", "", ATOM) == item["content_html"]
    assert 'width="1200" height="800" alt="Schilder &amp; mehr"' in item["content_html"]
    assert (await still_web.nobody.get(item["image"].removeprefix(base))).status_code == 200
    assert f"<loc>{item['url']}</loc>" in (await still_web.nobody.get("/sitemap.xml")).text
    assert f"Sitemap: {base}/sitemap.xml" in (await still_web.nobody.get("/robots.txt")).text
    page = (await still_web.nobody.get("/geschichten")).text
    for kind, path in (("atom+xml", "feed.atom"), ("feed+json", "feed.json")):
        assert f'<link rel="alternate" type="application/{kind}" href="/geschichten/{path}"' in page


async def test_only_the_small_page_may_stand_in_a_frame_and_it_has_neither_script_nor_cookie(still_web: Web) -> None:
    idea = await publish(still_web.database, 'Lotsen "für alle"')
    slug = await slug_of(still_web.database, idea)
    page = (await still_web.nobody.get(f"/geschichten/{slug}")).text
    snippet = re.search(r"<textarea[^>]*>(.*?)</textarea>", page)
    assert snippet is not None
    assert f"/geschichten/{slug}/einbetten" in snippet[1]
    small = await still_web.alma.get(f"/geschichten/{slug}/einbetten?lang=en")
    assert "frame-ancestors *" in small.headers["content-security-policy"]
    assert not {"x-frame-options", "set-cookie"} & set(small.headers)
    assert "<script" not in small.text
    assert "Alma" not in small.text
    assert mistakes_in(small.text) == []
    await take_down(still_web.database, idea)
    gone = await still_web.nobody.get(f"/geschichten/{slug}/einbetten")
    assert (gone.status_code, "zurückgenommen" in gone.text) == (410, True)
    assert "frame-ancestors *" in gone.headers["content-security-policy"]
    assert "x-frame-options" not in gone.headers
    assert mistakes_in(gone.text) == []
    others = await still_web.nobody.get(f"/geschichten/{slug}")
    assert others.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in others.headers["content-security-policy"]


async def test_a_card_is_a_picture_of_the_size_that_networks_ask_for(still_web: Web) -> None:
    slug = await slug_of(still_web.database, await publish(still_web.database, "Lotsen"))
    answer = await still_web.nobody.get(f"/geschichten/{slug}/karte.png")
    with Image.open(io.BytesIO(answer.content)) as card:
        assert (card.format, card.size) == ("PNG", (WIDTH, HEIGHT))
    slug = await slug_of(still_web.database, await publish(still_web.database, "Bank", picture={}))
    beside = await still_web.nobody.get(f"/geschichten/{slug}/karte.png")
    with Image.open(io.BytesIO(beside.content)) as card:
        assert card.size == (WIDTH, HEIGHT)
        assert card.convert("RGB").getpixel((WIDTH - 10, HEIGHT - 10)) == (0, 128, 128), (
            "its picture is beside the title"
        )
    slug = "lotsen"
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await still_web.nobody.get(f"/geschichten/{slug}/karte.png", headers=known)).status_code == 304


@pytest.mark.parametrize("title", ["", "Lotsen", "Wort " * 80, "x" * 10_000, "Ein\nZeilenumbruch\x00", "Идея 😀"])
def test_a_card_holds_any_title(title: str) -> None:
    assert draw_card(title, title, title, "SINN") == draw_card.__wrapped__(title, title, title, "SINN")
    font = ImageFont.truetype(FONTS / "fira-sans-semibold.woff2", 68)
    lines = wrap(title, font, 900, 3)
    assert len(lines) <= 3
    assert all(font.getlength(line) <= 900 for line in lines)


async def test_open_data_says_what_the_api_says_and_every_column_is_explained(still_web: Web) -> None:
    words = RECIPE | {"title_en": "Guides"}
    parts = {"outcomes": [OUTCOME], "effort": "weeks"}
    idea = await publish(still_web.database, "=Lotsen", words=words, parts=parts)
    await publish(still_web.database, "Lesebank", told={"district": None})
    await copy_elsewhere(still_web.database, idea)
    table = (await still_web.nobody.get("/offene-daten/geschichten.csv")).text
    rows = {row["slug"]: row for row in csv.DictReader(io.StringIO(table))}
    assert rows["lotsen"]["title"] == "'=Lotsen", "no cell computes"
    assert rows["lotsen"]["steps"] == "Fragen | Losgehen"
    assert (rows["lotsen"]["outcome_value"], rows["lotsen"]["copies"], rows["lotsen"]["effort"]) == (
        "140",
        "1",
        "weeks",
    )
    assert (rows["lotsen"]["district_name"], rows["lesebank"]["district"]) == ("Dresden", "")
    page = (await still_web.nobody.get("/offene-daten")).text
    assert mistakes_in(page) == []
    for column in next(csv.reader(io.StringIO(table))):
        assert f"<code>{column}</code>" in page
    whole = (await still_web.nobody.get("/offene-daten/geschichten.json")).json()
    first = (await still_web.nobody.get("/api/v1/stories", params={"limit": 1})).json()
    rest = (await still_web.nobody.get("/api/v1/stories", params={"cursor": first["next_cursor"]})).json()
    assert [*first["items"], *rest["items"]] == whole
    assert rest["next_cursor"] is None
    assert (await still_web.nobody.get("/api/v1/stories", params={"copied": True})).json()["items"][0][
        "slug"
    ] == "lotsen"
    one = (await still_web.nobody.get("/api/v1/stories/lotsen")).json()
    assert one["english"] == {"title": "Guides"}
    assert one["outcomes"][0] == OUTCOME
    assert "owner" not in str(one)
    record = (await still_web.nobody.get("/api/v1/open-data")).json()
    assert record["@type"] == "dcat:Catalog"
    addresses = [each["dcat:downloadURL"]["@id"] for each in record["dcat:dataset"]["dcat:distribution"]]
    assert addresses == [
        f"{still_web.services.settings.base_url}/offene-daten/geschichten.{form}" for form in ("csv", "json")
    ]


async def test_a_licence_is_claimed_where_it_was_granted_and_nowhere_else(still_web: Web) -> None:
    by = "https://creativecommons.org/licenses/by/4.0/"
    await publish(still_web.database, "Lotsen", told={"licence": "cc_by", "name": "Alma"})
    record = (await still_web.nobody.get("/api/v1/open-data")).text
    assert record.count("licence/CC_BY_4_0") == 2, "all that is in both files has it"
    await publish(still_web.database, "Lesebank")
    assert "CC_BY_4_0" not in (await still_web.nobody.get("/api/v1/open-data")).text
    whole = (await still_web.nobody.get("/offene-daten/geschichten.json")).json()
    assert {one["slug"]: (one["licence"], one["credit"]) for one in whole} == {
        "lotsen": (by, "Alma"),
        "lesebank": (None, "SINN"),
    }
    items = (await still_web.nobody.get("/geschichten/feed.json")).json()["items"]
    assert {one["title"]: one.get("_licence") for one in items} == {
        "Lotsen": {"url": by, "credit": "Alma"},
        "Lesebank": None,
    }
    atom = ElementTree.fromstring((await still_web.nobody.get("/geschichten/feed.atom")).text)
    assert len(atom.findall("a:entry/a:link[@rel='license']", ATOM)) == 1
    assert f'"license": "{by}"' in (await still_web.nobody.get("/geschichten/lotsen")).text
    assert "license" not in (await still_web.nobody.get("/geschichten/lesebank")).text
