"""From nothing to an office that works: without demo data and SQL, with the link on the screen and the pages alone."""

import re

from sqlmodel import select

from api.operations.doctor import Level, check_people
from api.use_cases.staff.first_lead import open_set_up
from models.tables import Account, MailboxMessage
from tests.api.conftest import Web, until
from tests.api.pages.conftest import OWN_SITE, words_of

COACHES = {"ben.bauer@example.org": ("Ben Bauer", "dresden"), "bea.blum@example.org": ("Bea Blum", "leipzig")}


async def find_account(web: Web, email: str) -> Account:
    async with web.database.session() as session:
        return (await session.exec(select(Account).where(Account.email == email))).one()


async def find_link(web: Web, email: str) -> str:
    """In the newest mail to an address, as soon as it has come."""
    found: list[str] = []

    async def has_come() -> bool:
        async with web.database.session() as session:
            mails = (await session.exec(select(MailboxMessage).where(MailboxMessage.recipient == email))).all()
        found[:] = [match[1] for mail in mails if (match := re.search(r"http://\S+(/mitarbeit/\S+)", mail.body))]
        return bool(found)

    await until(has_come)
    return found[-1]


async def test_an_office_begins_with_nothing_and_invites_its_people(empty_web: Web) -> None:
    web = empty_web
    (finding,) = await check_people(web.services.settings)
    assert finding.level is Level.FAIL
    address = await open_set_up(web.services)
    assert address is not None
    path = address.removeprefix(web.services.settings.base_url)
    carla = {"name": "Carla Clausen", "email": "carla@example.org", "office": "dresden"}
    assert (await web.nobody.post(path, data=carla, headers=OWN_SITE)).status_code == 303
    lead = (await find_account(web, "carla@example.org")).id
    # A second factor is asked for here; its own tests go through that.
    await web.invite(lead, "")
    page = words_of((await web.clients[lead].get("/menschen?meldung=first_lead")).text)
    assert "Sie sind die erste Leitung" in page
    for email, (name, office) in COACHES.items():
        form = {"email": email, "name": name, "role": "coach", "office": office, "absicht": "senden"}
        sent = await web.clients[lead].post("/menschen/einladen", data=form, headers=OWN_SITE)
        assert sent.headers["location"] == "/menschen?meldung=invited"
    for email, (name, _office) in COACHES.items():
        link = await find_link(web, email)
        await web.invite("")
        answer = {"antwort": "ja", "name": name}
        assert (await web.nobody.post(link, data=answer, headers=OWN_SITE)).status_code == 303
        coach = (await find_account(web, email)).id
        await web.invite(coach)
        steps = {
            "themen": {"themes": "care", "languages": "de"},
            "plaetze": {"capacity": "2"},
            "ueber-sie": {"about": ""},
        }
        for step, fields in steps.items():
            done = await web.clients[coach].post(f"/erste-schritte/{step}", data=fields, headers=OWN_SITE)
            assert done.status_code == 303, done.text
        assert "Ihr Profil ist eingerichtet" in words_of((await web.clients[coach].get(done.headers["location"])).text)
    told = {(finding.level, finding.text) for finding in await check_people(web.services.settings)}
    assert Level.FAIL not in {level for level, _ in told}
    assert (Level.WARN, "office leipzig has no coach") not in told
    coaches = (await web.clients[lead].get("/api/v1/coaches")).json()["items"]
    assert {one["name"]: (one["capacity"], one["has_profile"]) for one in coaches} == {
        "Ben Bauer": (2, True),
        "Bea Blum": (2, True),
    }
    await web.invite("")
    assert (await web.nobody.get("/einreichen")).status_code == 200
