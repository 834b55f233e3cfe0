"""A coach's profile: changed on its page with the checks of the API, and told to those whom they coach."""

import pytest

from models.tables import CoachProfile
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import BEN

PROFILE = {
    "themes": ["care", "youth"],
    "districts": ["DED21"],
    "languages": ["de"],
    "capacity": "7",
    "about": "Ich bin gelernte Pflegerin.",
}


async def test_a_coach_says_what_they_offer(still_web: Web) -> None:
    web = still_web
    answer = await web.ben.post("/profil", data=PROFILE, headers=OWN_SITE, follow_redirects=True)
    assert "Ihr Profil ist gespeichert." in answer.text
    assert 'value="care" checked' in answer.text
    async with web.database.session() as session:
        profile = await session.get_one(CoachProfile, BEN)
    assert (profile.themes, profile.capacity, profile.languages) == (["care", "youth"], 7, ["de"])
    idea = await web.plant("working")
    assert "Ich bin gelernte Pflegerin." in words_of((await web.alma.get(f"/ideen/{idea}")).text)
    kept = {"districts": [], "themes": [], "languages": ["de"], "capacity": 1}
    assert (await web.ben.put(f"/api/v1/coaches/{BEN}/profile", json=kept)).status_code == 200
    page = (await web.ben.get("/profil")).text
    assert "Ich bin gelernte Pflegerin." in page
    assert 'name="capacity" type="number" value="1"' in page


async def test_what_the_region_does_not_have_is_refused_and_the_rest_stays(
    still_web: Web, subtests: pytest.Subtests
) -> None:
    web = still_web
    for field, value in (
        ("capacity", "-1"),
        ("capacity", "101"),
        ("capacity", "viele"),
        ("languages", []),
        ("languages", ["tlh"]),
        ("themes", ["astrology"]),
        ("districts", ["Paris"]),
        ("about", "x" * 1001),
    ):
        with subtests.test(field=field, value=str(value)[:20]):
            answer = await web.ben.post("/profil", data=PROFILE | {field: value}, headers=OWN_SITE)
            assert answer.status_code == 422
            assert f'<a href="#profil-{field}">' in answer.text
            assert f'id="profil-{field}"' in answer.text
            assert field == "about" or "gelernte Pflegerin" in answer.text
    async with web.database.session() as session:
        assert (await session.get_one(CoachProfile, BEN)).about == ""
    for client in (web.alma, web.carla):
        assert (await client.get("/profil")).status_code == 403
        assert (await client.post("/profil", data=PROFILE, headers=OWN_SITE)).status_code == 403
