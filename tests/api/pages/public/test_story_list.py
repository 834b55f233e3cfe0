"""The stories are found: by words, place, theme and effort, and on a map that counts as the list does."""

import re

import pytest

from models.policy import parse_policy
from models.queries.stories import STORIES_A_PAGE
from tests.api.conftest import Web
from tests.cast import POLICY
from tests.html import mistakes_in
from tests.public_stories import copy_elsewhere, publish, take_down

NO_STORY = "Die ersten Ideen sind unterwegs"
NO_MATCH = "Keine Geschichte passt zu dieser Auswahl"


async def titles(web: Web, query: str = "") -> set[str]:
    page = (await web.nobody.get(f"/geschichten{query}")).text
    return set(re.findall(r'<h3><a href="/geschichten/[^"]+">([^<]+)</a></h3>', page))


async def test_before_the_first_story_the_list_says_so_and_afterwards_that_filters_hide_them(still_web: Web) -> None:
    empty = (await still_web.nobody.get("/geschichten?thema=youth")).text
    assert NO_STORY in empty
    assert not {"filters", "karte"} & set(re.findall(r'(?:id|class)="(\w+)"', empty)), "there is nothing to choose from"
    await publish(still_web.database, "Lotsen")
    page = (await still_web.nobody.get("/geschichten?thema=youth")).text
    assert NO_MATCH in page
    assert NO_STORY not in page
    assert 'href="/geschichten">Alle Geschichten zeigen' in page
    assert NO_STORY not in (await still_web.nobody.get("/geschichten?seite=9")).text


async def test_filters_narrow_the_list_and_the_map_counts_what_they_find(still_web: Web) -> None:
    database = still_web.database
    lotsen = await publish(database, "Bücherlotsen", themes=["care"], district="DED21", parts={"effort": "evenings"})
    await publish(database, "Lesebank", themes=["youth"], district="DED51", words={"title_en": "Reading bench"})
    await publish(database, "Schutzraum", themes=["care"], told={"district": None})
    gone = await publish(database, "Zurückgezogen", themes=["care"])
    await take_down(database, gone)
    await copy_elsewhere(database, lotsen)
    assert await titles(still_web) == {"Bücherlotsen", "Lesebank", "Schutzraum"}
    for query, found in {
        "?text=BUECHER": {"Bücherlotsen"},
        "?thema=care": {"Bücherlotsen", "Schutzraum"},
        "?ort=DED51": {"Lesebank"},
        "?aufwand=evenings": {"Bücherlotsen"},
        "?nachgemacht=ja": {"Bücherlotsen"},
        "?thema=care&ort=DED51": set(),
        "?thema=colour&ort=x&aufwand=y&seite=z": {"Bücherlotsen", "Lesebank", "Schutzraum"},
    }.items():
        assert await titles(still_web, query) == found, query
    page = (await still_web.nobody.get("/geschichten?thema=care&ort=DED21")).text
    assert mistakes_in(page) == []
    assert "1 Geschichte<" in page
    assert "1 Ort macht es nach" in page
    assert 'aria-label="DD: Dresden, 1 Geschichte" aria-current="true"' in page
    assert 'aria-label="L: Leipzig, 0 Geschichten"' in page, "the map knows the other filters"
    assert '<th scope="row">Ohne Ortsangabe</th><td class="number">1</td>' in page
    assert page.count("<rect") == len(POLICY.region.districts) == page.count('<th scope="row">') - 1
    without = re.findall(r'<li><a href="([^"]+)">[^<]+<svg', page)
    assert without == ["/geschichten?thema=care", "/geschichten?ort=DED21"]
    english = (await still_web.nobody.get("/geschichten?lang=en")).text
    assert "Reading bench" in english
    assert re.search(r'<li class="card tile" lang="de">\s*<h3><a href="/geschichten/buecherlotsen">', english)


async def test_a_long_list_has_pages_and_keeps_the_filters(still_web: Web) -> None:
    for number in range(STORIES_A_PAGE + 1):
        await publish(still_web.database, f"Lesebank {number}")
    page = (await still_web.nobody.get("/geschichten?thema=care")).text
    assert re.search(rf'id="anzahl"[^>]*>{STORIES_A_PAGE + 1}\sGeschichten<', page)
    assert 'href="/geschichten?thema=care&amp;seite=2">Weitere anzeigen' in page
    last = (await still_web.nobody.get("/geschichten?thema=care&seite=2")).text
    assert last.count('class="card tile"') == 1
    assert 'href="/geschichten?thema=care">Vorherige anzeigen' in last


async def test_who_has_the_list_already_is_not_sent_it_again_until_it_changes(still_web: Web) -> None:
    idea = await publish(still_web.database, "Lotsen")
    first = await still_web.nobody.get("/geschichten")
    known = {"If-None-Match": first.headers["etag"]}
    again = await still_web.nobody.get("/geschichten", headers=known)
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")
    assert (await still_web.nobody.get("/geschichten?ort=DED51", headers=known)).status_code == 200
    assert (await still_web.alma.get("/geschichten")).headers["cache-control"] == "no-store"
    await take_down(still_web.database, idea)
    assert (await still_web.nobody.get("/geschichten", headers=known)).status_code == 200


@pytest.mark.parametrize("kept", [0, 3])
def test_a_region_without_a_layout_has_no_map(kept: int) -> None:
    raw = POLICY.model_dump(mode="json")
    for code in list(raw["region"]["districts"])[kept:]:
        del raw["region"]["districts"][code]["tile"]
    assert len(parse_policy(raw).region.tiles) == kept
