"""How people want their mail, what became of it, and what did not arrive."""

from typing import Any

import pytest

from activities.projection import notice_values
from models.database import Database
from models.tables import Account, MailRow, NoticeRow, NoticeSettings
from models.tables.columns import new_id, utc_now
from models.vocabulary import MailState, NoticeKind, Role, SecretMailKind
from tests.api.conftest import Web, in_days, until
from tests.factories import ALMA, BEN, BRUNO, CARLA, secret_mail, write_idea
from workflows.client import EngineAway, EngineClient

SETTINGS = "/api/v1/me/notice-settings"
ERIC = new_id()


async def invite_eric(database: Database) -> None:
    """Leads in Leipzig."""
    async with database.transaction() as session:
        roles, email = [str(Role.LEAD)], "eric@example.org"
        session.add(Account(id=ERIC, email=email, name="Eric", roles=roles, office="leipzig"))


async def write_mail(
    database: Database, state: MailState, *, to: str = ALMA, idea: str | None = None, **fields: Any
) -> str:
    """A mail with one notice about an idea of Alma's, another one where none is named."""
    idea, mail_id = idea or await write_idea(database), new_id()
    async with database.transaction() as session:
        session.add(MailRow(id=mail_id, account_id=ALMA, recipient_id=to, state=state, **fields))
        await session.flush()
        notice = notice_values(idea, new_id(), ALMA, NoticeKind.TASK_ADDED)
        session.add(NoticeRow(**notice, mail_id=mail_id, handed_over_at=utc_now(), settled_at=utc_now()))
    return mail_id


async def rhythms(web: Web, who: str) -> dict[str, str]:
    answer = await web.clients[who].get(SETTINGS)
    return {chosen["group"]: chosen["rhythm"] for chosen in answer.json()["rhythms"]}


# -- settings -------------------------------------------------------------------------------------------------


async def test_who_never_chose_gets_mail_at_once(still_web: Web) -> None:
    assert await rhythms(still_web, ALMA) == {"turn": "at_once", "news": "at_once", "talk": "at_once"}
    assert await rhythms(still_web, CARLA) == {
        "turn": "at_once",
        "news": "at_once",
        "talk": "at_once",
        "lead": "at_once",
        "digest": "weekly",
    }


async def test_what_is_chosen_is_kept_for_this_account_alone(still_web: Web) -> None:
    answer = await still_web.alma.put(SETTINGS, json={"turn": "daily", "news": "off"})
    assert answer.status_code == 200, answer.text
    assert await rhythms(still_web, ALMA) == {"turn": "daily", "news": "off", "talk": "at_once"}
    assert (await rhythms(still_web, BEN))["news"] == "at_once"
    # It replaces what was there.
    await still_web.alma.put(SETTINGS, json={"news": "weekly"})
    assert await rhythms(still_web, ALMA) == {"turn": "at_once", "news": "weekly", "talk": "at_once"}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"turn": "off"}, "turn"),
        ({"lead": "weekly"}, "lead"),
        ({"news": "sometimes"}, "news"),
        ({"colour": "green"}, "colour"),
        ({"deputy_id": ERIC, "deputy_from": in_days(0)}, "deputy_until"),
        ({"deputy_id": ERIC, "deputy_from": in_days(2), "deputy_until": in_days(1)}, "deputy_until"),
        ({"deputy_id": ERIC, "deputy_from": in_days(-9), "deputy_until": in_days(-1)}, "deputy_until"),
        ({"deputy_id": ERIC, "deputy_from": in_days(0), "deputy_until": in_days(400)}, "deputy_until"),
        ({"deputy_id": CARLA, "deputy_from": in_days(0), "deputy_until": in_days(1)}, "deputy_id"),
        ({"deputy_id": BEN, "deputy_from": in_days(0), "deputy_until": in_days(1)}, "deputy_id"),
        ({"deputy_from": in_days(0), "deputy_until": in_days(1)}, "deputy_id"),
    ],
)
async def test_what_cannot_be_chosen_is_refused_by_its_field(still_web: Web, form: dict[str, str], field: str) -> None:
    await invite_eric(still_web.database)
    answer = await still_web.carla.put(SETTINGS, json=form)
    assert answer.status_code == 422, answer.text
    assert field in (answer.json()["field"], *(one["field"] for one in answer.json().get("errors") or []))
    async with still_web.database.session() as session:
        assert await session.get(NoticeSettings, CARLA) is None


async def test_a_lead_reads_for_those_who_work_here_and_for_nobody_else(still_web: Web) -> None:
    await invite_eric(still_web.database)
    form = {"deputy_id": ERIC, "deputy_from": in_days(0), "deputy_until": in_days(3)}
    for client in (still_web.carla, still_web.ben):
        found = (await client.put(SETTINGS, json=form)).json()
        assert (found["deputy"]["name"], found["reads_today"]["name"]) == ("Eric", "Eric")
    answer = await still_web.alma.put(SETTINGS, json=form)
    assert (answer.status_code, answer.json()["field"]) == (422, "deputy_id")


async def test_the_cover_of_an_absent_coach_reads_today(web: Web) -> None:
    absence = {"from": in_days(0), "until": in_days(3), "cover_id": BRUNO}
    assert (await web.ben.post(f"/api/v1/coaches/{BEN}/absence", json=absence)).status_code == 200
    found = (await web.ben.get(SETTINGS)).json()
    assert (found["deputy"], found["reads_today"]["name"]) == (None, "Bruno")


async def test_settings_are_kept_also_while_the_engine_is_away(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_away(*_: object) -> None:
        raise EngineAway

    monkeypatch.setattr(EngineClient, "knock", is_away)
    assert (await still_web.alma.put(SETTINGS, json={"news": "off"})).status_code == 200
    assert (await rhythms(still_web, ALMA))["news"] == "off"


# -- what became of notices -----------------------------------------------------------------------------------


async def test_everybody_sees_what_became_of_their_own_notices(still_web: Web) -> None:
    await invite_eric(still_web.database)
    await write_mail(still_web.database, MailState.SENT, to=BRUNO, sent_at=utc_now())
    await write_mail(still_web.database, MailState.FAILED)
    idea = await write_idea(still_web.database)
    async with still_web.database.transaction() as session:
        for kind in (NoticeKind.STAGE_REACHED, NoticeKind.YOUR_TURN):
            session.add(NoticeRow(**notice_values(idea, new_id(), ALMA, kind)))
    found = (await still_web.alma.get("/api/v1/me/notices")).json()["items"]
    by_fate = {one["fate"]: one for one in found if one["about"]["kind"] != NoticeKind.YOUR_TURN}
    assert set(by_fate) == {"sent", "failed", "waiting"}
    assert by_fate["sent"]["read_by"]["name"] == "Bruno"
    assert by_fate["failed"]["at"] is None
    assert by_fate["waiting"]["at"] is not None
    assert {one["about"]["idea_title"] for one in found} == {"Pflegelotsen im Quartier"}
    assert (await still_web.dora.get("/api/v1/me/notices")).json()["items"] == []


async def test_an_idea_that_is_theirs_no_more_is_not_named(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    async with still_web.database.transaction() as session:
        for reader in (BEN, CARLA):
            session.add(NoticeRow(**notice_values(idea, new_id(), reader, NoticeKind.COACH_LEFT)))
    for client, title in ((still_web.ben, None), (still_web.carla, "Pflegelotsen im Quartier")):
        (line,) = (await client.get("/api/v1/me/notices")).json()["items"]
        assert line["about"]["idea_title"] == title


# -- what did not arrive --------------------------------------------------------------------------------------


async def test_leads_see_what_did_not_arrive_and_why(still_web: Web) -> None:
    failed = await write_mail(still_web.database, MailState.FAILED, cause="550", attempts=1)
    tried = await write_mail(still_web.database, MailState.WAITING, cause="451", attempts=4, to=BRUNO)
    await write_mail(still_web.database, MailState.WAITING)
    await write_mail(still_web.database, MailState.SENT)
    found = {one["id"]: one for one in (await still_web.carla.get("/api/v1/deliveries")).json()["items"]}
    assert set(found) == {failed, tried}
    assert (found[failed]["cause"], found[failed]["attempts"], found[failed]["on_behalf_of"]) == ("550", 1, None)
    assert found[failed]["about"][0]["kind"] == NoticeKind.TASK_ADDED
    assert (found[tried]["reader"]["name"], found[tried]["on_behalf_of"]["name"]) == ("Bruno", "Alma")
    for client in (still_web.alma, still_web.ben):
        assert (await client.get("/api/v1/deliveries")).status_code == 403


@pytest.mark.inboxes
@pytest.mark.parametrize("state", [MailState.FAILED, MailState.UNCERTAIN])
async def test_a_lead_has_a_mail_sent_again(web: Web, state: MailState) -> None:
    mail = await write_mail(web.database, state, cause="550")
    assert (await web.carla.post(f"/api/v1/deliveries/{mail}/resend")).status_code == 202

    async def is_sent() -> bool:
        async with web.database.session() as session:
            return (await session.get_one(MailRow, mail)).state == MailState.SENT

    await until(is_sent)
    again = await web.carla.post(f"/api/v1/deliveries/{mail}/resend")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_nothing_else_is_sent_again(still_web: Web) -> None:
    waiting = await write_mail(still_web.database, MailState.WAITING)
    secret = secret_mail(SecretMailKind.TEAM_INVITATION, state=MailState.UNCERTAIN, cause="interrupted")
    async with still_web.database.transaction() as session:
        session.add(secret)
    (line,) = (await still_web.carla.get("/api/v1/deliveries")).json()["items"]
    assert (line["id"], line["secret_kind"], line["reader"]) == (secret.id, "team_invitation", None)
    assert (await still_web.carla.post(f"/api/v1/deliveries/{waiting}/resend")).status_code == 409
    for one in (secret.id, new_id()):
        assert (await still_web.carla.post(f"/api/v1/deliveries/{one}/resend")).status_code == 404
    assert (await still_web.ben.post(f"/api/v1/deliveries/{waiting}/resend")).status_code == 403
    async with still_web.database.session() as session:
        assert (await session.get_one(MailRow, waiting)).state == MailState.WAITING


async def test_the_button_stays_while_the_engine_is_away(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = await write_mail(still_web.database, MailState.FAILED, cause="550")

    async def is_away(*_: object) -> None:
        raise EngineAway

    monkeypatch.setattr(EngineClient, "knock", is_away)
    assert (await still_web.carla.post(f"/api/v1/deliveries/{mail}/resend")).status_code == 503
    (line,) = (await still_web.carla.get("/api/v1/deliveries")).json()["items"]
    assert (line["id"], line["state"]) == (mail, "failed")
