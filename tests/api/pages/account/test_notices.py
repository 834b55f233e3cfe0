"""Pages about mail: settings, what was told, what did not arrive, and the demo's mailbox."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from activities.projection import notice_values
from models.i18n import languages, texts_in
from models.tables import MailboxMessage, NoticeRow, NoticeSettings
from models.tables.columns import new_id, utc_now
from models.vocabulary import MailState, NoticeGroup, NoticeKind, SecretMailKind
from tests.api.conftest import Web, in_days, until
from tests.api.pages.conftest import OWN_SITE, forms_of, words_of
from tests.api.use_cases.test_mail_preferences import ERIC, invite_eric, write_mail
from tests.factories import ALMA, BEN, CARLA, DORA, secret_mail, write_idea


async def read_settings(web: Web, account: str) -> NoticeSettings | None:
    async with web.database.session() as session:
        return await session.get(NoticeSettings, account)


async def test_alma_chooses_when_her_mail_comes(still_web: Web) -> None:
    page = (await still_web.alma.get("/einstellungen")).text
    form = next(form for form in forms_of(page) if form.action == "/einstellungen")
    assert {name: form.values.get(name) for name in NoticeGroup} == {
        "turn": "at_once",
        "news": "at_once",
        "talk": "at_once",
        "lead": None,
        "digest": None,
    }
    assert "Vertretung" not in words_of(page)
    values = form.values | {"news": "weekly"}
    answer = await still_web.alma.post("/einstellungen", data=values, headers=OWN_SITE, follow_redirects=True)
    assert "Ihre Einstellungen sind gespeichert" in words_of(answer.text)
    settings = await read_settings(still_web, ALMA)
    assert settings is not None
    assert (settings.turn, settings.news) == ("at_once", "weekly")


async def test_carla_names_a_deputy_and_reads_who_reads_today(still_web: Web) -> None:
    await invite_eric(still_web.database)
    values = {"lead": "daily", "vertretung": ERIC, "von": in_days(0), "bis": in_days(2)}
    answer = await still_web.carla.post("/einstellungen", data=values, headers=OWN_SITE, follow_redirects=True)
    assert "geht heute an Eric" in words_of(answer.text)
    form = next(form for form in forms_of(answer.text) if form.action == "/einstellungen")
    assert (form.values["lead"], form.values["bis"]) == ("daily", in_days(2))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"turn": "off"}, "Diese Antwort gibt es hier nicht"),
        ({"vertretung": ERIC, "von": in_days(3), "bis": in_days(1)}, "Bitte nennen Sie beide Tage"),
        ({"vertretung": ERIC, "von": "morgen", "bis": in_days(1)}, "Bitte nennen Sie den ersten Tag"),
        ({"vertretung": ALMA, "von": in_days(0), "bis": in_days(1)}, "Bitte wählen Sie aus der Liste"),
    ],
)
async def test_a_mistake_is_told_beside_what_was_entered(still_web: Web, values: dict[str, str], words: str) -> None:
    await invite_eric(still_web.database)
    answer = await still_web.carla.post("/einstellungen", data=values, headers=OWN_SITE)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    if "bis" in values:
        form = next(form for form in forms_of(answer.text) if form.action == "/einstellungen")
        assert form.values["bis"] == values["bis"]
    assert await read_settings(still_web, CARLA) is None


async def test_what_a_forged_form_adds_is_left_out(still_web: Web) -> None:
    values = {"news": "daily", "account_id": CARLA, "updated_at": "1"}
    assert (await still_web.alma.post("/einstellungen", data=values, headers=OWN_SITE)).status_code == 303
    assert await read_settings(still_web, CARLA) is None


async def test_everybody_reads_what_was_told_and_what_is_to_come(still_web: Web) -> None:
    await write_mail(still_web.database, MailState.SENT, sent_at=utc_now())
    await write_mail(still_web.database, MailState.UNCERTAIN, next_attempt_at=utc_now())
    idea = await write_idea(still_web.database)
    async with still_web.database.transaction() as session:
        session.add(NoticeRow(**notice_values(idea, new_id(), ALMA, NoticeKind.STAGE_REACHED)))
    page = words_of((await still_web.alma.get("/mitteilungen")).text)
    assert re.search(r"Gesendet am \d\d\.\d\d\.\d{4}", page)
    assert re.search(r"Geht am \d\d\.\d\d\.\d{4}, \d\d:\d\d raus", page)
    assert "Vielleicht nicht angekommen" in page
    assert "Es gibt noch keine Mitteilungen" in words_of((await still_web.dora.get("/mitteilungen")).text)


@pytest.mark.inboxes
async def test_carla_has_a_mail_sent_again(web: Web) -> None:
    assert "/zustellung" not in (await web.carla.get("/leitung")).text
    mail = await write_mail(web.database, MailState.FAILED, cause="550", attempts=3)
    assert "/zustellung" in (await web.carla.get("/leitung")).text
    page = (await web.carla.get("/zustellung")).text
    assert "kennt die Adresse nicht" in words_of(page)
    assert "Versuche: 3" in words_of(page)
    (again,) = (form for form in forms_of(page) if mail in form.action)
    answer = await web.carla.post(again.action, headers=OWN_SITE, follow_redirects=True)
    assert "Die Mail wird noch einmal gesendet" in words_of(answer.text)

    async def has_arrived() -> bool:
        return "Alle Mails kamen an" in words_of((await web.carla.get("/zustellung")).text)

    await until(has_arrived)
    answer = await web.carla.post(again.action, headers=OWN_SITE, follow_redirects=True)
    assert "schon wieder unterwegs oder angekommen" in words_of(answer.text)
    assert (await web.ben.post(again.action, headers=OWN_SITE)).status_code == 403


@pytest.mark.parametrize(
    ("cause", "words"),
    [("interrupted", "Damit niemand sie zweimal bekommt"), ("421", "mit 421 abgelehnt"), ("KeyError", "(KeyError)")],
)
async def test_every_cause_is_told_in_words(still_web: Web, cause: str, words: str) -> None:
    await write_mail(still_web.database, MailState.UNCERTAIN, cause=cause)
    assert words in words_of((await still_web.carla.get("/zustellung")).text)


async def test_the_mailbox_shows_a_mail_as_it_looks_and_its_attachments(demo_web: Web) -> None:
    file = {"name": "frist.ics", "media_type": "text/calendar", "content": "QkVHSU46VkNBTEVOREFS"}
    mail = MailboxMessage(
        account_id=ALMA,
        recipient="alma@example.org",
        subject="Sie sind am Zug",
        body="Text",
        html="<!doctype html><style>p{color:red}</style><p>So sieht es aus",
        attachments=[file],
        sent_at=utc_now(),
    )
    async with demo_web.database.transaction() as session:
        session.add(mail)
    page = (await demo_web.nobody.get("/mailbox", params={"konto": ALMA})).text
    assert f'href="/mailbox/{mail.id}"' in page
    shown = await demo_web.nobody.get(f"/mailbox/{mail.id}")
    assert shown.text == mail.html
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    opened = await demo_web.nobody.get(f"/mailbox/{mail.id}/0")
    assert (opened.text, opened.headers["content-type"]) == ("BEGIN:VCALENDAR", "text/calendar; charset=utf-8")
    assert opened.headers["content-disposition"] == 'attachment; filename="frist.ics"'
    assert (await demo_web.nobody.get(f"/mailbox/{mail.id}/1")).status_code == 404
    assert (await demo_web.nobody.get(f"/mailbox/{new_id()}")).status_code == 404


async def test_nobody_reads_a_mail_outside_of_demo_mode(still_web: Web) -> None:
    mail = MailboxMessage(
        account_id=ALMA, recipient="alma@example.org", subject="S", body="T", html="<p>H", sent_at=utc_now()
    )
    async with still_web.database.transaction() as session:
        session.add(mail)
    for path in ("/mailbox", f"/mailbox/{mail.id}", f"/mailbox/{mail.id}/0"):
        assert (await still_web.carla.get(path)).status_code == 404


async def test_the_mailbox_tells_what_is_still_to_come(demo_web: Web) -> None:
    idea = await write_idea(demo_web.database)
    async with demo_web.database.transaction() as session:
        session.add(NoticeRow(**notice_values(idea, new_id(), ALMA, NoticeKind.STAGE_REACHED)))
    page = words_of((await demo_web.nobody.get("/mailbox", params={"konto": ALMA})).text)
    assert "Noch unterwegs" in page
    assert re.search(r"Pflegelotsen im Quartier · Geht am .* raus", page)


async def test_carla_sees_mails_that_were_given_up_and_what_helps(still_web: Web) -> None:
    failed, waiting = {"state": MailState.FAILED}, {"email": "dora@example.org", "to_unproved": True}
    async with still_web.database.transaction() as session:
        session.add(secret_mail(SecretMailKind.SIGN_IN, ALMA, cause="550", **failed))
        session.add(secret_mail(SecretMailKind.RESUME_DRAFT, cause="expired", **failed))
        session.add(secret_mail(SecretMailKind.NEW_ADDRESS, DORA, **waiting))
    shown = (await still_web.carla.get("/zustellung")).text
    assert "noch-einmal" not in shown
    page = words_of(shown)
    assert "Anmeldung (Alma)" in page
    assert "kennt die Adresse nicht" in page
    assert "Wer sich anmelden möchte, kann jederzeit eine neue Mail anfordern" in page
    assert "Link zum Weiterschreiben (an jemanden ohne Konto)" in page
    assert "solange der Schlüssel galt" in page
    assert "Neue Adresse" not in page
    assert "@example.org" not in page
    menu = words_of((await still_web.carla.get("/leitung")).text)
    assert "Nicht zugestellte Mails 2 offen" in menu
    assert (await still_web.ben.get("/zustellung")).status_code == 403


async def test_every_kind_of_mail_has_a_name_and_a_remedy() -> None:
    for language in languages():
        texts = texts_in(language)
        assert all(texts.has(f"secret_mail.{what}.{kind}") for kind in SecretMailKind for what in ("kind", "remedy"))


# -- what is unread ------------------------------------------------------------------------------------------------


async def unread(web: Web, who: str, path: str = "/einstellungen") -> int:
    """As the bell of a page tells it."""
    found = re.search(r"(\d+) ungelesene Mitteilung", words_of((await web.clients[who].get(path)).text))
    return int(found[1]) if found else 0


async def test_what_was_told_is_unread_until_the_case_is_opened_on_whatever_device(web: Web) -> None:
    first, second = await web.bring_to("working"), await web.bring_to("working")
    for path in (f"/ideen/{first}", f"/ideen/{second}", "/angebote"):
        await web.ben.get(path)
    assert await unread(web, BEN) == 0
    await web.ask(ALMA, first, "write_note", note="Wort.")
    await web.ask(ALMA, first, "write_note", note="Noch eins.")
    await web.ask(ALMA, second, "write_note", note="Hier auch.", mentioned=[BEN])
    assert await unread(web, BEN) == 3
    page = (await web.ben.get("/mitteilungen")).text
    assert page.count('class="unread"') == 3, "to look at the list is not to read"
    assert re.search(rf'<h2><a href="/ideen/{second}">', page)
    assert "Sie wurden auf eine Nachricht hingewiesen" in words_of(page)
    note = next(line["note_id"] for line in await web.timeline(first) if line["note"] == "Wort.")
    await web.carla.post(f"/ideen/{first}/notizen/{note}/entfernen", headers=OWN_SITE)
    assert await unread(web, BEN) == 3, "that words were taken away changes nothing of what was told"
    assert await unread(web, BEN, f"/ideen/{first}") == 1, "the page that is read counts itself"
    assert await unread(web, BEN) == 1
    await web.ben.post("/mitteilungen/gelesen", headers=OWN_SITE)
    assert await unread(web, BEN) == 0


async def test_what_can_still_be_taken_back_is_told_to_nobody(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    held = notice_values(idea, key="v3", account_id=ALMA, kind=NoticeKind.STAGE_REACHED)
    told = notice_values(idea, key="v4", account_id=ALMA, kind=NoticeKind.MESSAGE)
    gone = notice_values(None, key="digest", account_id=ALMA, kind=NoticeKind.DRAFT_INCOMPLETE)
    async with still_web.database.transaction() as session:
        session.add(NoticeRow(**held, not_before=utc_now() + timedelta(minutes=1)))
        session.add_all([NoticeRow(**told), NoticeRow(**gone)])
    assert await unread(still_web, ALMA) == 2
    page = (await still_web.alma.get("/mitteilungen")).text
    assert "Ein Schritt weiter" not in words_of(page)
    assert await unread(still_web, ALMA) == 1, "what leads to no page is read in the list"
    await still_web.alma.get(f"/ideen/{idea}")
    async with still_web.database.session() as session:
        rows = (await session.exec(select(NoticeRow).where(NoticeRow.account_id == ALMA))).all()
    assert {row.kind: row.read_at is not None for row in rows} == {
        NoticeKind.STAGE_REACHED: False,
        NoticeKind.MESSAGE: True,
        NoticeKind.DRAFT_INCOMPLETE: True,
    }
