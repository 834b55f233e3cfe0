"""Who sees what, and that every page is protected."""

import re
from uuid import uuid4

import pytest

from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, events_on, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, write_idea

PUBLIC = ["/", "/geschichten", "/einreichen", "/einreichen/weiter"]
FOR_ROLES = {
    "/ideen": {ALMA, BEN, BRUNO, CARLA, DORA},
    "/arbeit": {BEN, BRUNO},
    "/angebote": {BEN, BRUNO},
    "/leitung": {CARLA},
    "/haengt-fest": {CARLA},
    "/menschen": {CARLA},
    "/mitteilungen": {ALMA, BEN, BRUNO, CARLA, DORA},
    "/einstellungen": {ALMA, BEN, BRUNO, CARLA, DORA},
    "/meine-daten": {ALMA, BEN, BRUNO, CARLA, DORA},
    "/loeschwuensche": {CARLA},
    "/zustellung": {CARLA},
}


@pytest.mark.parametrize("path", PUBLIC)
async def test_everybody_reads_the_public_pages(still_web: Web, path: str) -> None:
    for client in still_web.clients.values():
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "Geschichten" in answer.text


@pytest.mark.parametrize("path", FOR_ROLES)
async def test_each_page_opens_for_its_roles_only(still_web: Web, path: str) -> None:
    for who, client in still_web.clients.items():
        answer = await client.get(path)
        expected = 401 if not who else 200 if who in FOR_ROLES[path] else 403
        assert answer.status_code == expected, (path, who)
        assert "<h1>" in answer.text


async def test_who_is_not_signed_in_reads_why(still_web: Web) -> None:
    answer = await still_web.nobody.get("/ideen")
    assert answer.status_code == 401
    assert "Diese Seite ist persönlich" in words_of(answer.text)
    assert 'href="/anmelden?weiter=%2Fideen"' in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_stranger_finds_nothing_where_an_idea_is(web: Web) -> None:
    idea = await web.hand_in()
    for path in (f"/ideen/{idea}", f"/ideen/{idea}/bearbeiten"):
        answer = await web.dora.get(path)
        assert answer.status_code == 404
        assert "Pflegelotsen" not in answer.text
    # An idea that does not exist looks just the same.
    nothing = await web.dora.get(f"/ideen/{uuid4()}")
    assert nothing.status_code == 404
    assert words_of(nothing.text) == words_of((await web.dora.get(f"/ideen/{idea}")).text)
    assert "Pflegelotsen" not in (await web.dora.get("/ideen")).text
    assert (await web.ben.get(f"/ideen/{idea}")).status_code == 404


async def test_a_stranger_takes_no_step(web: Web) -> None:
    idea = await web.hand_in()
    step = {"event": "withdraw", "schluessel": "x"}
    answer = await web.dora.post(f"/ideen/{idea}/schritte", data=step, headers=OWN_SITE)
    assert answer.status_code == 404
    assert (await web.read(idea))["state"] == "screening"


async def test_a_step_of_another_role_is_refused_in_words(web: Web) -> None:
    idea = await web.hand_in()
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "shortlist" not in events_on(page)
    answer = await web.alma.post(f"/ideen/{idea}/schritte", data={"event": "shortlist"}, headers=OWN_SITE)
    assert answer.status_code == 403
    assert "Dieser Schritt liegt nicht bei Ihnen" in words_of(answer.text)


@pytest.mark.parametrize("path", ["/gibt-es-nicht", "/ideen/keine-kennung", "/static/../base.html", "/static/x.css"])
async def test_what_is_not_there_is_told_kindly(still_web: Web, path: str) -> None:
    answer = await still_web.alma.get(path)
    assert answer.status_code == 404
    assert "Diese Seite finden wir nicht" in answer.text


async def test_a_wrong_method_is_told_kindly(still_web: Web) -> None:
    answer = await still_web.alma.get(f"/ideen/{uuid4()}/schritte")
    assert answer.status_code == 405
    assert "<h1>" in answer.text


async def test_pages_forbid_everything_but_their_own(still_web: Web) -> None:
    for path in ("/", "/ideen", "/gibt-es-nicht"):
        headers = (await still_web.alma.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


async def test_pages_need_no_script_and_nothing_from_elsewhere(web: Web) -> None:
    idea = await web.hand_in()
    for path in ("/", "/einreichen", f"/ideen/{idea}", "/leitung", "/haengt-fest", "/menschen", "/einstellungen"):
        page = (await web.carla.get(path)).text
        assert not re.search(
            r"<script(?! src=./static/)|\sstyle=|<style|\son\w+=|https?://(?!localhost)",
            page.replace("http://www.w3.org", ""),
        )


async def test_the_stylesheet_is_kept_for_a_year_under_its_own_address(still_web: Web) -> None:
    page = (await still_web.nobody.get("/")).text
    address = re.search(r'href="(/static/\w+/app\.css)"', page)
    assert address is not None
    style = await still_web.nobody.get(address[1])
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert "no-cache" in (await still_web.nobody.get("/static/old/app.css")).headers["cache-control"]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://boese.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["origin", "fetch-site", "null"],
)
async def test_a_form_from_another_site_is_refused(demo_web: Web, headers: dict[str, str]) -> None:
    idea = await write_idea(demo_web.database)
    await demo_web.nobody.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
    assert (await demo_web.nobody.get(f"/ideen/{idea}")).status_code == 200
    for path in (f"/ideen/{idea}/schritte", f"/ideen/{idea}/bearbeiten", "/einreichen", "/abmelden", "/demo/anmelden"):
        answer = await demo_web.nobody.post(path, data={"event": "submit", "konto": DORA}, headers=headers)
        assert answer.status_code == 403, path
        assert "von einer anderen Seite" in answer.text
    assert (await demo_web.nobody.get(f"/ideen/{idea}")).status_code == 200


async def test_the_menu_shows_what_a_role_may_see(still_web: Web) -> None:
    for who, shown, hidden in (
        (ALMA, "/einreichen", "/leitung"),
        (BEN, "/arbeit", "/haengt-fest"),
        (CARLA, "/haengt-fest", "/arbeit"),
    ):
        page = (await still_web.clients[who].get("/")).text
        assert f'<a href="{shown}"' in page
        assert f'<a href="{hidden}"' not in page


async def test_somebody_who_reads_english_reads_english(still_web: Web) -> None:
    page = (await still_web.nobody.get("/?lang=en")).text
    assert '<html lang="en">' in page
    assert "Good ideas need a path" in page
    # The browser remembers it, until somebody asks for another one; what is no language is no wish.
    assert '<html lang="en">' in (await still_web.nobody.get("/?lang=xx")).text
    assert '<html lang="de">' in (await still_web.nobody.get("/?lang=de")).text
    assert '<html lang="de">' in (await still_web.nobody.get("/")).text


async def test_a_mistake_of_ours_is_told_without_its_inside(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("api.pages.idea.mine.list_own_cases", fail)
    answer = await still_web.alma.get("/ideen")
    assert answer.status_code == 500
    assert "Der Fehler liegt bei uns" in words_of(answer.text)
    assert "Alma" in answer.text
    assert "secret" not in answer.text
