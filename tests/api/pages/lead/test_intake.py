"""An idea that somebody has told: it waits for its address, and remembers who heard the consent."""

from typing import Any

from sqlmodel import select

from models.tables import Draft, Idea
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, form_with, words_of
from tests.e2e.people import link_in, read_mail
from tests.factories import BEN

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
    for _ in range(2):
        answer = await web.ben.post("/aufnehmen", data=form.values | GIVEN, headers=OWN_SITE)
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
    assert idea.taken_in == {"by": BEN, "way": "phone", "heard_on": in_days(0), "held": False}
    told = words_of((await web.carla.get(f"/ideen/{idea.id}")).text)
    assert "am Telefon, aufgeschrieben von Ben. Einverständnis gehört am" in told
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
