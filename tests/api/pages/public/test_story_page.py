"""A story's page is a recipe, in the reader's language, and tells those who pass it on what it is about."""

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from api.pages.public.press_contact import PressContact
from api.pages.public.story_leaflet import closing_of
from models.i18n import texts_in
from models.policy import OfficeContact
from models.region_names import RegionNames
from tests.api.conftest import Web
from tests.cast import SHIPPED
from tests.html import mistakes_in
from tests.public_stories import OUTCOME, RECIPE, publish, slug_of

ORDER = (
    "Das Problem",
    "So läuft es ab",
    "Was es braucht",
    "Was schiefging",
    "Was es bewirkt hat",
    "In Leichter Sprache",
)


def linked_data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    return dict(json.loads(found[1]))


async def test_a_story_is_a_recipe_with_its_figures(still_web: Web) -> None:
    parts = {"outcomes": [OUTCOME], "effort": "evenings"}
    idea = await publish(still_web.database, "Lotsen </script>", words=RECIPE, parts=parts)
    await publish(still_web.database, "Lesebank")
    await publish(still_web.database, "Jugendbus", themes=["youth"])
    slug = await slug_of(still_web.database, idea)
    page = (await still_web.nobody.get(f"/geschichten/{slug}")).text
    assert mistakes_in(page) == []
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    assert headings == list(ORDER)
    for said in ("140 im Jahr", "Haushalte", "31. Mai 2026, gezählt", "Ein paar Abende", "Menschen helfen"):
        assert said in page.replace("\xa0", " "), said
    data = linked_data(page)
    assert (data["@type"], data["name"]) == ("HowTo", "Lotsen </script>")
    assert [step["text"] for step in data["step"]] == ["Fragen", "Losgehen"]
    assert data["contentLocation"]["name"] == "Dresden"
    for name, content in {
        "description": "Nachbarn begleiten.",
        "og:description": "Nachbarn begleiten.",
        "og:image": f"{still_web.services.settings.base_url}/geschichten/{slug}/karte.png",
        "twitter:card": "summary_large_image",
    }.items():
        assert re.search(rf'<meta (name|property)="{name}" content="{re.escape(content)}">', page), name
    assert '<h3><a href="/geschichten/lesebank">' in page
    assert "jugendbus" not in page
    assert re.search(r"Haushalte: 140 im Jahr \(Stand [^)]*31. Mai 2026\)\.", page.replace("\xa0", " "))


async def test_a_story_is_told_in_english_where_somebody_has_written_it(still_web: Web) -> None:
    english = {"title_en": "Guides", "teaser_en": "Neighbours help."}
    both = await publish(still_web.database, "Lotsen", words=RECIPE | english)
    german = await publish(still_web.database, "Lesebank", words=RECIPE)
    page = (await still_web.nobody.get(f"/geschichten/{await slug_of(still_web.database, both)}?lang=en")).text
    assert "<h1>Guides</h1>" in page
    assert linked_data(page)["inLanguage"] == "en"
    page = (await still_web.nobody.get(f"/geschichten/{await slug_of(still_web.database, german)}")).text
    assert re.search(r'<article class="story" lang="de">\s*<h1>Lesebank</h1>', page)
    assert '<h2 lang="en">The problem</h2>' in page
    assert linked_data(page)["inLanguage"] == "de"
    assert mistakes_in(page) == []


async def test_its_picture_goes_along_described_in_the_readers_language(still_web: Web) -> None:
    english = {"title_en": "Guides", "teaser_en": "Neighbours help."}
    both = await publish(still_web.database, "Lotsen", words=english, picture={"alt_en": "Signs at a door"})
    german = await publish(still_web.database, "Lesebank", words=english, picture={"licence": "permission"})
    page = (await still_web.nobody.get(f"/geschichten/{await slug_of(still_web.database, both)}?lang=en")).text
    assert mistakes_in(page) == []
    assert page.index("<h1>Guides</h1>") < page.index("/geschichten/lotsen/starten") < page.index('<img class="shot"')
    assert page.count('alt="Signs at a door"') == 2, "in the story, and in the box for the press"
    assert re.search(r'og:image:alt" content="Card with the title “Guides”. Signs at a door"', page)
    assert re.search(r"/geschichten/bilder/[^/]+-1600.webp", linked_data(page)["image"])
    press = page.partition("Three sentences")[2].partition("</section>")[0]
    for said in ("1200 × 800", "Alma Beispiel", "CC BY 4.0"):
        assert said in press
    page = (await still_web.nobody.get(f"/geschichten/{await slug_of(still_web.database, german)}?lang=en")).text
    assert '<img lang="de" class="shot"' in page, "nobody has described it in English"
    assert "that you may show" not in page, "it may be shown with this story alone"


@pytest.mark.parametrize(
    ("district", "told"),
    [("DED21", ("Büro Dresden", "dd@example.org")), ("DED51", ("Wir", "wir@example.org")), (None, ("Wir", ""))],
)
def test_the_press_reaches_the_office_of_the_district_where_it_says_how(district: Any, told: tuple[str, str]) -> None:
    region = SHIPPED.region.model_copy(update={"contacts": {"dresden": OfficeContact(email="dd@example.org")}})
    operator = SHIPPED.operator.model_copy(update={"name": "Wir", "email": told[1] if district else ""})
    policy = SHIPPED.model_copy(update={"region": region, "operator": operator})
    story: Any = SimpleNamespace(district=district)
    names = RegionNames(region, texts_in("de"))
    assert PressContact.of(policy, story, names)[:2] == told
    story = SimpleNamespace(district=district, name="", published_at=datetime(2026, 6, 1, tzinfo=UTC))
    [_, *asked] = closing_of(story, texts_in("de"), policy, names)
    assert asked == ([f"Fragen beantwortet gern: {', '.join(told)}"] if told[1] else []), "nobody is named for nothing"


async def test_who_has_a_story_already_is_not_sent_it_again(still_web: Web) -> None:
    slug = await slug_of(still_web.database, await publish(still_web.database, "Lotsen"))
    first = await still_web.nobody.get(f"/geschichten/{slug}")
    again = await still_web.nobody.get(f"/geschichten/{slug}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
