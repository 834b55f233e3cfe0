"""A language is a catalogue and its name in pipeline.toml: pages speak it, count in its forms, and mix no other in."""

import html
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from models.database import Database
from models.i18n import Texts, texts_in
from models.tables.columns import utc_now
from tests.activities.upkeep.conftest import run_sql
from tests.api.conftest import GATHERING, Web, make_services, open_web
from tests.api.pages.conftest import words_of
from tests.cast import POLICY
from tests.factories import ALMA, BEN, invite_cast, write_idea
from tests.languages import MARKED, one_more_language, unmarked

SUMMARY = "Nachbarn begleiten Angehörige durch die Pflege"
TODAY = utc_now().astimezone(POLICY.zone).date()
LATE = {"Apfel": (2,), "Birne": (5, -2), "Quitte": (-1, -2, -5, 1, 3)}
"""Title → for each idea of this title, days since its deadline."""

PAGES = {
    "nobody": ["/", "/so-funktioniert-es", "/datenschutz", "/impressum", "/barrierefreiheit", "/einreichen",
               "/anmelden", "/geschichten", "/rueckmeldung"],
    "alma": ["/ideen", "/ideen/{idea}", "/einstellungen", "/mitteilungen", "/meine-daten", "/einstellungen/geraete"],
    "ben": ["/arbeit", "/angebote", "/profil", "/gespraeche"],
    "carla": ["/leitung", "/leitung/tafel", "/haengt-fest", "/menschen", "/ueberblick", "/maschinenraum",
              "/rueckmeldungen", "/leitung/sammel", "/ideen/{idea}"],
}  # fmt: skip


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Texts]:
    with one_more_language(tmp_path_factory.mktemp("locales")) as texts:
        yield texts


@pytest.fixture
async def town(
    marked: Texts, database: Database, database_url: str, client: Client, tmp_path: Path
) -> AsyncIterator[Web]:
    """The cast, who all read it, and ideas with many deadlines. Nobody works."""
    await invite_cast(database)
    await run_sql(database, "UPDATE account SET language = :language", language=marked.language)
    for title, days in LATE.items():
        for since in days:
            idea = await write_idea(database, title=title)
            await run_sql(
                database,
                "UPDATE standing SET version = 5, stage = 'develop', state = 'working', office = 'dresden',"
                " coach_id = :ben, holder_role = 'innovator', holder_id = :alma, submitted_at = now(),"
                " entered_at = now(), holder_since = now(), holder_until = :until WHERE idea_id = :idea",
                **{"ben": BEN, "alma": ALMA, "until": TODAY - timedelta(days=since), "idea": idea},
            )
    region = GATHERING.region.model_copy(update={"languages": (*GATHERING.region.languages, MARKED)})
    services = make_services(
        database, database_url, client, tmp_path, policy=GATHERING.model_copy(update={"region": region})
    )
    async with open_web(services, with_worker=False) as web:
        yield web


def said_by(page: str) -> str:
    """What a page shows and what is read aloud, each on its line."""
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt|data-label)="([^"]*)"', page)
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return "\n".join(html.unescape(text) for text in (*spoken, *re.split(r"<[^>]*>", body)))


def names_of_the_town() -> set[str]:
    """What an installation is called and what people have typed: no catalogue has it."""
    region = POLICY.region
    called = {
        f"{region.platform} · {region.name}",
        region.funding_note,
        " · ".join(region.partners.values()),
        *region.partners.values(),
    }
    called |= {one.short for one in region.districts.values()} | {"Atom", "JSON Feed"}
    called |= {*region.offices.values(), *region.themes.values(), *(one.name for one in region.districts.values())}
    languages = {"Deutsch", "English", "niemiecki", "angielski", "polski"}
    prepared = {one.title for one in POLICY.templates}
    return called | languages | prepared | {"Alma", "Ben", "Bruno", "Carla", *"ABC", *LATE, SUMMARY}


async def test_pages_speak_it_and_no_other(town: Web) -> None:
    idea = re.findall(r"/ideen/([0-9a-f-]{36})", (await town.alma.get("/ideen")).text)[0]
    known, left = names_of_the_town() | unmarked(texts_in(MARKED).short_day(TODAY)), {}
    for who, paths in PAGES.items():
        for path in paths:
            browser = getattr(town, who)
            answer = await browser.get(path.format(idea=idea), params={"lang": MARKED} if who == "nobody" else {})
            assert answer.status_code == 200, path
            assert f'<html lang="{MARKED}">' in answer.text, path
            if fallen := unmarked(said_by(answer.text)) - known:
                left[path] = fallen
    assert left == {}


async def test_one_few_and_many_are_said_in_three_forms(town: Web) -> None:
    for title, said in (("Apfel", "⟦one: 1 Ideen⟧"), ("Birne", "⟦few: 2 Ideen⟧"), ("Quitte", "⟦many: 5 Ideen⟧")):
        assert said in words_of((await town.carla.get("/leitung", params={"text": title})).text)
    page = words_of((await town.carla.get("/leitung")).text)
    assert "⟦few: seit 2 Tagen überfällig⟧" in page
    assert "⟦many: seit 5 Tagen überfällig⟧" in page
    assert "⟦few: noch 2 Tage⟧" in page
    assert "⟦many: noch 5 Tage⟧" in page


async def test_pages_offer_it_in_its_own_words(town: Web) -> None:
    page = (await town.nobody.get("/", params={"lang": "de"})).text
    assert f'<a href="?lang={MARKED}" hreflang="{MARKED}" lang="{MARKED}">Polski</a>' in page
    english = await town.nobody.get("/", params={"lang": "en"}, headers={"Accept-Language": MARKED})
    assert '<html lang="en">' in english.text


async def test_a_language_that_the_region_does_not_name_is_not_offered(marked: Texts, still_web: Web) -> None:
    page = (await still_web.nobody.get("/", params={"lang": MARKED}, headers={"Accept-Language": MARKED})).text
    assert '<html lang="de">' in page
    assert "Polski" not in page
