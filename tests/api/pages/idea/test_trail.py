"""From a list to an idea, on to the next one, and back."""

from datetime import date

from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, form_for, words_of
from tests.api.routes.test_lists import place
from tests.factories import write_beside


async def test_carla_leafs_through_the_list_she_came_from(still_web: Web) -> None:
    web = still_web
    ideas = [await web.plant("arranging", title=title) for title in ("Lesebank", "Chor", "Garten")]
    listed = "http://localhost/leitung?phase=support&sortierung=alt"
    page = (await web.carla.get(f"/ideen/{ideas[1]}", headers={"Referer": listed})).text
    around = "?aus=%2Fleitung%3Fphase%3Dsupport%26sortierung%3Dalt"
    assert "2 von 3" in words_of(page)
    assert f'href="/ideen/{ideas[0]}{around}" rel="prev"' in page
    assert f'href="/ideen/{ideas[2]}{around}" rel="next"' in page
    assert 'href="/leitung?phase=support&amp;sortierung=alt">Alle Ideen</a>' in page
    last = (await web.carla.get(f"/ideen/{ideas[2]}{around}")).text
    assert 'rel="next"' not in last
    assert form_for(last, "arrange").action.endswith(around), "the list comes along with a step"


async def test_carla_leafs_through_what_is_stuck_as_she_has_sorted_it(still_web: Web) -> None:
    web, late = still_web, date.fromisoformat(in_days(-4))
    chor, garten, lesebank = [
        await place(web.database, title=title, stage="support", state="assessing", holder_until=until)
        for title, until in (("Chor", late), ("Garten", date.fromisoformat(in_days(9))), ("Lesebank", late))
    ]
    await write_beside(web.database, garten, holder_until=late)
    around = "?aus=%2Fhaengt-fest%3Fbuero%3Ddresden%26grund%3Dover_limit%26sortierung%3D-fall"
    page = (await web.carla.get(f"/ideen/{chor}{around}")).text
    assert "3 von 3" in words_of(page)
    assert f'href="/ideen/{garten}/crowdfunding{around}" rel="prev"' in page, "what is stuck there is no idea"
    first = (await web.carla.get(f"/ideen/{lesebank}{around.replace('-fall', 'fall')}")).text
    assert "3 von 3" in words_of(first)


async def test_a_list_that_is_none_of_ours_or_not_theirs_leads_nowhere(still_web: Web) -> None:
    web = still_web
    idea = await web.plant("planning")
    for wrong in ("https://example.org/leitung", "http://localhost/einreichen", "http://localhost//example.org"):
        assert 'class="crumbs trail"' not in (await web.carla.get(f"/ideen/{idea}", headers={"Referer": wrong})).text
    for wrong in ("//example.org", "https://example.org", "/leitung\\x", "javascript:alert(1)", "%00"):
        assert 'class="crumbs trail"' not in (await web.carla.get(f"/ideen/{idea}", params={"aus": wrong})).text
    page = (await web.alma.get(f"/ideen/{idea}?aus=/leitung")).text
    assert " von 1" not in words_of(page), "how many there are is not hers to know"
    sent = {"event": "write_note", "note": "Hallo", "schluessel": "k"}
    answer = await web.alma.post(f"/ideen/{idea}/schritte?aus=https://example.org", data=sent, headers=OWN_SITE)
    assert "example.org" not in answer.headers.get("location", "")
