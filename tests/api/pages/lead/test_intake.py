"""An idea that somebody has told: it waits for its address, and remembers who heard the consent."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from models.tables import Account, Draft, Idea, MailRow, NoticeRow, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import MailChannel, MailState, NoticeKind
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, form_with, words_of
from tests.api.routes.test_lists import place
from tests.e2e.people import link_in, read_mail
from tests.factories import ALMA, BEN, BRUNO

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


async def write_letter(web: Web, idea: str) -> str:
    """A mail to Alma, whose address the office reads, that tells of an idea."""
    mail = new_id()
    async with web.database.transaction() as session:
        alma = await session.get_one(Account, ALMA)
        alma.held, alma.post, alma.proved_at = True, "Am Bahnhof 1\n04758 Oschatz", utc_now()
        values: dict[str, Any] = {
            "account_id": ALMA,
            "recipient_id": ALMA,
            "channel": MailChannel.LETTER,
            "state": MailState.SENT,
        }
        session.add(MailRow(id=mail, sent_at=utc_now(), **values))
        await session.flush()
        told: dict[str, Any] = {
            "idea_id": idea,
            "account_id": ALMA,
            "kind": NoticeKind.COACH_FOUND,
            "settled_at": utc_now(),
        }
        session.add(NoticeRow(key="v3", version=3, mail_id=mail, **told))
    return mail


async def test_a_letter_is_printed_passed_on_once_and_remembers_by_whom(still_web: Web) -> None:
    web = still_web
    idea = await place(web.database, title="Bank am Bahnhof")
    assert 'href="/briefe"' not in (await web.ben.get("/arbeit")).text
    mail = await write_letter(web, idea)
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
    async with web.database.transaction() as session:
        theirs = update(StandingRow).where(col(StandingRow.case_id) == idea)
        await session.exec(theirs.values(coach_id=BRUNO))
    assert (await web.ben.get(f"/briefe/{mail}")).status_code == 404, "the idea is another coach's"
