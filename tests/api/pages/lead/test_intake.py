"""An idea that somebody has told: it waits for its address, and remembers who heard the consent."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from models.tables import Account, Draft, DraftLink, Idea, StandingRow
from models.tables.columns import utc_now
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, form_with, forms_of, words_of
from tests.api.routes.test_lists import place
from tests.e2e.people import link_in, read_mail
from tests.factories import BEN, BRUNO
from tests.letters import write_letter

GIVEN: dict[str, Any] = {
    "way": "phone",
    "whose": "own",
    "name": "Gerda Groß",
    "email": "gerda@example.org",
    "phone": "0351 12345",
    "title": "Bank am Bahnhof",
    "summary": "Wer wartet, soll sitzen.",
    "language": "de",
    "agreed": "true",
    "heard_on": in_days(0),
}


async def test_an_idea_told_by_telephone_belongs_to_whoever_proves_the_address(web: Web) -> None:
    form = form_with((await web.ben.get("/aufnehmen")).text, "/aufnehmen")
    held = {"whose": "held", "post": "Am Bahnhof 1\n04758 Oschatz"}
    for _ in range(2):
        answer = await web.ben.post("/aufnehmen", data=form.values | GIVEN | held, headers=OWN_SITE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/aufnehmen?meldung=taken_in")
    page = words_of((await web.ben.get(answer.headers["location"])).text)
    assert "Eine Mail ist unterwegs" in page
    assert "Bank am Bahnhof" in page
    assert "Bank am Bahnhof" not in (await web.carla.get("/aufnehmen")).text
    mail = await read_mail(web, "gerda@example.org", "Bitte bestätigen Sie Ihre Adresse")
    for word in ("Bank", "Bahnhof", "Gerda", "Ben"):
        assert word not in mail.body + mail.subject
    async with web.database.session() as session:
        assert (await session.exec(select(Idea))).all() == []
        (draft,) = (await session.exec(select(Draft))).all()
    link = link_in(mail, "/einreichen/bestaetigen/")
    shown = await web.nobody.get(link)
    confirm = form_with(shown.text, link)
    assert (await web.nobody.post(confirm.action, data=confirm.values, headers=OWN_SITE)).status_code == 303
    async with web.database.session() as session:
        idea = await session.get_one(Idea, draft.id)
    assert idea.taken_in == {"by": BEN, "way": "phone", "heard_on": in_days(0), "held": True}
    async with web.database.session() as session:
        gerda = await session.get_one(Account, idea.owner_id)
    assert (gerda.held, gerda.post) == (True, held["post"])
    told = words_of((await web.carla.get(f"/ideen/{idea.id}")).text)
    assert "am Telefon, aufgeschrieben von Ben. Einverständnis gehört am" in told
    assert "Die E-Mail-Adresse liest das Büro für die Person." in told
    assert "0351 12345" in told


async def test_nothing_is_taken_in_without_consent_or_with_what_is_wrong(still_web: Web) -> None:
    web = still_web
    for wrong, words in (
        ({"agreed": ""}, "Ohne Einverständnis"),
        ({"heard_on": in_days(1)}, "in den letzten zwölf Monaten"),
        ({"heard_on": "bald"}, "in den letzten zwölf Monaten"),
        ({"way": "pigeon"}, "auf welchem Weg"),
        ({"whose": ""}, "wer die Adresse liest"),
        ({"email": "gerda"}, "E-Mail"),
        ({"title": " "}, "Titel"),
        ({"name": "www.example.org"}, "Name"),
    ):
        answer = await web.carla.post("/aufnehmen", data=GIVEN | wrong, headers=OWN_SITE)
        assert answer.status_code == 422, wrong
        assert words in words_of(answer.text)
        assert "Wer wartet, soll sitzen." in answer.text
    for client in (web.alma, web.dora):
        assert (await client.get("/aufnehmen")).status_code == 403
        assert (await client.post("/aufnehmen", data=GIVEN, headers=OWN_SITE)).status_code == 403
    async with web.database.session() as session:
        assert (await session.exec(select(Draft))).all() == []


async def test_a_slip_in_an_address_is_corrected_by_whoever_took_the_idea_in(still_web: Web) -> None:
    web = still_web
    await web.ben.post("/aufnehmen", data=GIVEN | {"email": "grete@example.org"}, headers=OWN_SITE)
    [form] = [form for form in forms_of((await web.ben.get("/aufnehmen")).text) if form.action.endswith("/adresse")]
    assert form.values["email"] == "grete@example.org"
    for slip, words in (("gerda", "Bitte geben Sie eine E-Mail-Adresse an"), ("gerda@gmial.com", "gerda@gmail.com")):
        answer = await web.ben.post(form.action, data=form.values | {"email": slip}, headers=OWN_SITE)
        assert answer.status_code == 422
        assert words in words_of(answer.text)
        assert f'value="{slip}"' in answer.text
    right = form.values | {"email": "gerda@example.org"}
    for client, status in ((web.bruno, 404), (web.carla, 404), (web.alma, 403), (web.nobody, 401)):
        for email in ("gerda@example.org", "gerda"):
            given = {"email": email}
            assert (await client.post(form.action, data=given, headers=OWN_SITE)).status_code == status
    answer = await web.ben.post(form.action, data=right, headers=OWN_SITE)
    assert answer.headers["location"] == "/aufnehmen?meldung=mail_again"
    async with web.database.transaction() as session:
        (draft,) = (await session.exec(select(Draft))).all()
        links = (await session.exec(select(DraftLink).order_by(col(DraftLink.created_at)))).all()
        assert [(link.email, link.email == draft.email) for link in links] == [
            ("grete@example.org", False),
            ("gerda@example.org", True),
        ], "the first link confirms nothing any more"
        draft.waits_since = None
    late = await web.ben.post(form.action, data=right, headers=OWN_SITE)
    assert late.headers["location"] == "/aufnehmen?meldung=no_longer_waiting"
    assert "wartet nicht mehr" in words_of((await web.ben.get(late.headers["location"])).text)


async def test_a_letter_is_printed_passed_on_once_and_remembers_by_whom(still_web: Web) -> None:
    web = still_web
    idea = await place(web.database, title="Bank am Bahnhof")
    assert 'href="/briefe"' not in (await web.ben.get("/arbeit")).text
    mail = await write_letter(web.database, idea, utc_now() - timedelta(days=10))
    assert f'href="/briefe/{mail}"' in (await web.carla.get("/haengt-fest?grund=letter_waiting")).text
    opened = words_of((await web.carla.get(f"/haengt-fest/{idea}")).text)
    assert "Brief nicht weitergegeben, seit 10 Tagen" in opened
    assert 'href="/briefe"' in (await web.ben.get("/arbeit")).text
    assert 'href="/briefe"' not in (await web.bruno.get("/arbeit")).text
    assert f"/briefe/{mail}" in (await web.carla.get("/briefe")).text
    letter = words_of((await web.ben.get(f"/briefe/{mail}")).text)
    for word in ("04758 Oschatz", "Guten Tag Alma", "Bank am Bahnhof", "Antworten Sie uns einfach mit einem Brief"):
        assert word in letter
    for client, status in ((web.bruno, 404), (web.alma, 403), (web.nobody, 401)):
        assert (await client.get(f"/briefe/{mail}")).status_code == status
        assert (await client.post(f"/briefe/{mail}/weitergegeben", headers=OWN_SITE)).status_code == status
    for client in (web.ben, web.carla):
        assert (await client.post(f"/briefe/{mail}/weitergegeben", headers=OWN_SITE)).status_code == 303
    done = words_of((await web.carla.get("/briefe?meldung=passed_on")).text)
    assert "von Ben" in done
    assert "Gerade ist nichts weiterzugeben" in done
    assert f"/briefe/{mail}" not in (await web.carla.get(f"/haengt-fest/{idea}")).text
    async with web.database.transaction() as session:
        theirs = update(StandingRow).where(col(StandingRow.case_id) == idea)
        await session.exec(theirs.values(coach_id=BRUNO))
    assert (await web.ben.get(f"/briefe/{mail}")).status_code == 404, "the idea is another coach's"
