"""Who sees how somebody is reached, as they want it shown."""

from activities.upkeep.anonymise import empty_account
from models.tables import Account, StandingRow
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, new_state, write_idea


async def write_coached(web: Web) -> str:
    """An idea of Alma's that Ben coaches."""
    idea = await write_idea(web.database)
    standing = new_state(idea, version=4, coach_id=BEN, stage="develop", state="planning").standing
    async with web.database.transaction() as session:
        row = await session.get_one(StandingRow, idea)
        row.version, row.stage, row.state, row.coach_id = 4, "develop", "planning", BEN
        row.snapshot = standing.model_dump(mode="json")
        row.holder_role, row.holder_id = "coach", BEN
    return idea


async def test_coach_and_owner_reach_each_other_as_each_wants_it(still_web: Web) -> None:
    web, idea = still_web, await write_coached(still_web)
    told = {"phone": " 0351  12345 ", "reach": "am liebsten abends", "shows_phone": "true"}
    saved = await web.alma.post("/kontakt", data=told, headers=OWN_SITE)
    assert saved.status_code == 303, saved.text
    seen = (await web.ben.get(f"/ideen/{idea}")).text
    assert 'href="tel:035112345"' in seen
    assert "am liebsten abends" in seen
    assert "alma@example.org" not in seen
    theirs = (await web.alma.get(f"/ideen/{idea}")).text
    assert 'href="mailto:ben@example.org"' in theirs
    assert "tel:" not in theirs
    [contact] = (await web.ben.get(f"/api/v1/ideas/{idea}")).json()["contacts"]
    assert contact == {"role": "innovator", "name": "Alma", "mail": "", "phone": "0351 12345", "reach": told["reach"]}
    assert (await web.bruno.get(f"/ideen/{idea}")).status_code == 404
    own = (await web.alma.get("/kontakt")).text
    assert "0351 12345" in own
    async with web.database.transaction() as session:
        await empty_account(session, await session.get_one(Account, ALMA))
    assert "0351" not in (await web.ben.get(f"/ideen/{idea}")).text
    assert "erased.invalid" not in (await web.ben.get(f"/ideen/{idea}")).text


async def test_a_number_that_nobody_can_dial_is_refused_beside_its_field(still_web: Web) -> None:
    told = {"phone": "ruft an", "reach": "morgens"}
    answer = await still_web.ben.post("/kontakt", data=told, headers=OWN_SITE)
    assert answer.status_code == 422
    assert "Bitte geben Sie eine Telefonnummer an" in words_of(answer.text)
    assert 'value="morgens"' in answer.text
    async with still_web.database.session() as session:
        assert (await session.get_one(Account, BEN)).reach == ""
