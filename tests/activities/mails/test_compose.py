"""One mail tells one person of everything, in their language, and its subject gives nothing away."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from activities.campaign_projection import CampaignProjection
from activities.ports.mailer import Mail
from models.database import Database
from models.i18n import texts_in
from models.lifecycles import BESIDE
from models.messages.cases import Holder
from models.messages.crowdfunding import CampaignStanding
from models.tables import Note, Offer, StandingRow
from models.tables.columns import new_id
from models.vocabulary import CrowdfundingState, NoticeGroup, NoticeKind, Role
from tests.activities.mails.conftest import LINKS, Desk
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, alma, ben, carla, write_idea
from tests.languages import one_more_language, unmarked

TITLE = "Pflegelotsen im Quartier"
GERMAN = texts_in("de")


def events_of(mail: Mail) -> list[dict[str, str]]:
    """The entries that the attached calendar brings along."""
    (file,) = mail.attachments
    calendar = Calendar.from_ical(file.content)
    assert calendar["METHOD"] == "PUBLISH"
    written = [event.to_ical().decode().splitlines() for event in calendar.walk("VEVENT")]
    return [{re.split("[;:]", line)[0]: line.partition(":")[2] for line in lines} for lines in written]


def links_in(text: str) -> set[str]:
    """Where links lead in the end: those to a page go there by a door that knows their reader."""
    found, door = re.findall(r"https?://[^\s\"<>#]+", text), LINKS.page("aus-der-mail/")
    return {
        LINKS.page(LINKS.read_way(url.removeprefix(door))[0].path[1:]) if url.startswith(door) else url for url in found
    }


# -- what it says ------------------------------------------------------------------------------------------------


async def test_it_tells_what_happened_who_is_on_turn_until_when_and_where_it_goes_on(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    mail = await desk.write(ALMA)
    assert (mail.recipient, mail.language, mail.subject) == ("alma@example.org", "de", "Sie sind am Zug")
    for form in (mail.text, mail.html):
        for said in ("Guten Tag Alma,", TITLE, "Sie sind am Zug", "Finden, Rückfragen", GERMAN.day(case.due)):
            assert said in form
        assert links_in(form) >= {LINKS.page(f"ideen/{case.id}"), LINKS.page("einstellungen")}
        assert "Kofinanziert von der Europäischen Union" in form
    assert mail.unsubscribe_url is None


async def test_notices_of_one_idea_stand_together_and_those_of_another_apart(desk: Desk) -> None:
    case, other = await desk.hand_in(), await desk.hand_in(title="Offene Werkstatt")
    await desk.forget()
    await case.find_coach()
    await other.take(carla, "request_clarification")
    await case.take(ben, "agree_plan")
    mail = await desk.write(ALMA)
    assert mail.text.count(TITLE) == 1
    assert mail.text.count("Offene Werkstatt") == 1
    of_the_first = mail.text.partition(TITLE)[2].partition("Zur Idee")[0]
    assert of_the_first.index("Ein Coach ist gefunden") < of_the_first.index("Sie sind am Zug")
    assert mail.subject == "Sie sind am Zug – und 2 weitere Nachrichten"


async def test_what_waits_for_the_reader_comes_first_by_its_deadline(desk: Desk) -> None:
    news = await desk.hand_in(title="Nur Neuigkeiten")
    late = await desk.hand_in(title="Später dran")
    soon = await desk.hand_in(title="Bald dran")
    await desk.forget()
    await news.find_coach()
    await late.find_coach()
    await late.take(ben, "agree_plan")
    await soon.take(carla, "request_clarification")
    text = (await desk.write(ALMA)).text
    assert text.index("Bald dran") < text.index("Später dran") < text.index("Nur Neuigkeiten")


async def test_it_tells_where_the_idea_stands_now_and_not_where_it_stood(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    await case.take(alma, "clarify")
    mail = await desk.write(ALMA)
    assert "Leitung (Büro Dresden)" in mail.text
    assert mail.attachments == []


async def test_somebody_who_reads_english_gets_english(desk: Desk) -> None:
    await desk.change(ALMA, language="en")
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    mail = await desk.write(ALMA)
    assert (mail.language, mail.subject) == ("en", texts_in("en")("notice.your_turn.subject"))
    assert '<html lang="en">' in mail.html
    assert texts_in("en")("mail.greeting", name="Alma") in mail.text


async def test_a_language_with_three_forms_is_counted_in_all_of_them(desk: Desk, tmp_path: Path) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    with one_more_language(tmp_path) as texts:
        await desk.change(ALMA, language=texts.language)
        for more, said in ((1, "one: {} – und 1"), (1, "few: {} – und 2"), (3, "many: {} – und 5")):
            for _ in range(more):
                await desk.note(ALMA, NoticeKind.MESSAGE, case.id)
            mail = await desk.write(ALMA)
            assert mail.subject == f"⟦{said.format('⟦Sie sind am Zug⟧')} weitere Nachrichten⟧"
    assert mail.language == texts.language
    known = {TITLE, POLICY.region.funding_note, *unmarked(texts.day(case.due))}
    assert unmarked(re.sub(r"IW-[0-9-]+", "", mail.text)) - known == set()


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "Kaffee & Kuchen <b>", "{{ 7 * 7 }} {title}"])
async def test_words_of_people_stay_words(desk: Desk, title: str) -> None:
    case = await desk.hand_in(title=title)
    await desk.forget()
    await case.take(carla, "request_clarification")
    mail = await desk.write(ALMA)
    assert title in mail.text
    assert "<script" not in mail.html
    assert "<b>" not in mail.html
    assert "49" not in mail.html.partition("<h2")[2].partition("</h2>")[0]


async def test_every_kind_of_notice_can_be_told_in_every_language(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    for language in ("de", "en"):
        await desk.change(CARLA, language=language)
        for kind in NoticeKind:
            idea_id = None if kind in (NoticeKind.MAIL_FAILED, NoticeKind.LEAD_DIGEST) else case.id
            about = kind.partition("_")[0]
            key = {"key": f"{about}/1/2"} if about in BESIDE else {}
            await desk.note(CARLA, kind, idea_id, **key)
            mail = await desk.write(CARLA)
            assert mail.subject == texts_in(language)(f"notice.{kind}.subject")
            assert mail.subject in mail.text
            await desk.forget()


async def test_an_idea_that_rests_or_has_ended_names_no_turn(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    pause_end = (case.now + timedelta(days=20)).date()
    await case.take(carla, "pause", until=pause_end, note_id=new_id())
    text = (await desk.write(ALMA)).text
    assert f"Pause bis: {GERMAN.day(pause_end)}" in text
    assert "Am Zug:" not in text
    await case.take(carla, "close", outcome="closed", note_id=new_id())
    text = (await desk.write(ALMA)).text
    assert "Stand: Begleitung beendet" in text
    assert "Am Zug:" not in text


async def test_a_duplicate_is_told_kindly_and_led_to_the_other_where_one_may_read_it(desk: Desk) -> None:
    for owner, is_seen in ((ALMA, True), (DORA, False)):
        twin = await write_idea(desk.database, owner_id=owner)
        case = await desk.hand_in()
        await desk.forget()
        await case.take(carla, "close", outcome="closed", note_id=new_id(), duplicate_of=twin)
        mail = await desk.write(ALMA)
        assert "Das ist kein Urteil über Ihre Idee" in mail.text.replace("\n", " ")
        assert ("Zur ähnlichen Idee" in mail.text, "Zur ähnlichen Idee" in mail.html) == (is_seen, is_seen)


# -- whom it tells what ------------------------------------------------------------------------------------------


async def test_a_coach_who_has_left_hears_so_and_learns_nothing_more(desk: Desk) -> None:
    case = await desk.hand_in()
    await case.find_coach()
    await desk.forget()
    await case.take(carla, "change_coach", note_id=new_id())
    mail = await desk.write(BEN)
    assert "Der Coach wechselt" in mail.text
    assert "Stand:" not in mail.text
    assert case.id not in mail.text + mail.html


async def test_an_offer_says_until_when_and_nothing_of_the_path(desk: Desk, database: Database) -> None:
    case = await desk.hand_in()
    await case.take(carla, "shortlist")
    await desk.forget()
    offer = Offer(
        id=new_id(), idea_id=case.id, search=1, rank=1, coach_id=BEN, expires_on=date(2031, 3, 7), status="open"
    )
    async with database.transaction() as session:
        session.add(offer)
    await desk.note(BEN, NoticeKind.OFFER, case.id, key=f"offer-{offer.id}")
    mail = await desk.write(BEN)
    assert mail.subject == "Möchten Sie eine Idee begleiten?"
    assert "Antwort bis: Freitag, 7. März 2031" in mail.text
    assert "Stand:" not in mail.text
    assert LINKS.page("angebote") in links_in(mail.text)
    (event,) = events_of(mail)
    assert event["DTSTART"] == "20310307"


async def test_the_crowdfunding_of_an_idea_has_a_turn_of_its_own(desk: Desk, database: Database) -> None:
    case = await desk.hand_in()
    await case.find_coach()
    await desk.forget()
    now = case.now
    standing = CampaignStanding(
        idea_id=case.id,
        owner_id=ALMA,
        office="dresden",
        attempt=2,
        version=7,
        state=CrowdfundingState.READY,
        entered_at=now,
    )
    standing.holder = Holder(role=Role.INNOVATOR, account_id=ALMA, since=now, until=date(2031, 3, 7))
    campaign = StandingRow(**CampaignProjection().row_values(standing, []))
    async with database.transaction() as session:
        session.add(campaign)
    await desk.note(ALMA, NoticeKind.CROWDFUNDING_TURN, case.id, key="crowdfunding/2/7")
    await desk.note(ALMA, NoticeKind.COACH_FOUND, case.id)
    mail = await desk.write(ALMA)
    of_campaign, of_idea = mail.text.split("Zum Crowdfunding:")
    assert GERMAN("crowdfunding.state.ready") in of_campaign
    assert "Am Zug: Sie\nBis: Freitag, 7. März 2031" in of_campaign
    assert "Am Zug: Ben (Coach)" in of_idea
    assert LINKS.page(f"ideen/{case.id}/crowdfunding") in links_in(mail.html)
    assert [event["DTSTART"] for event in events_of(mail)] == ["20310307"]


async def test_a_deputy_reads_for_whom_they_stand_in(desk: Desk) -> None:
    case = await desk.hand_in()
    await case.find_coach()
    await desk.forget()
    await case.take(ben, "agree_plan")
    await case.take(alma, "submit_work")
    mail = await desk.write(BRUNO, of=BEN)
    assert mail.recipient == "bruno@example.org"
    assert mail.subject == "In Vertretung: Sie sind am Zug"
    assert "Guten Tag Bruno," in mail.text
    assert "In Vertretung für Ben" in mail.text
    assert "Am Zug: Ben (Coach)" in mail.text
    assert len(events_of(mail)) == 1


async def test_a_lead_is_on_turn_where_the_leads_are(desk: Desk) -> None:
    case = await desk.hand_in()
    mail = await desk.write(CARLA)
    assert mail.subject == "Sie sind am Zug"
    assert "Leitung (Büro Dresden)" in mail.text
    assert [event["SEQUENCE"] for event in events_of(mail)] == [str(case.state.standing.version)]


# -- subjects ----------------------------------------------------------------------------------------------------


async def test_subjects_give_away_neither_people_nor_ideas(desk: Desk) -> None:
    case = await desk.hand_in()
    await case.find_coach()
    await case.take(ben, "agree_plan")
    for account_id, deputy_of in ((ALMA, None), (BEN, None), (CARLA, None), (BRUNO, BEN)):
        subject = (await desk.write(account_id, of=deputy_of)).subject
        assert not any(name in subject for name in ("Alma", "Ben", "Bruno", "Carla", TITLE, "Pflege"))


async def test_news_alone_are_counted(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    for kind in (NoticeKind.COACH_FOUND, NoticeKind.STAGE_REACHED, NoticeKind.TASK_ADDED):
        await desk.note(ALMA, kind, case.id)
        if kind is NoticeKind.STAGE_REACHED:
            assert (await desk.write(ALMA)).subject == "2 Neuigkeiten zu Ihren Ideen"
    assert (await desk.write(ALMA)).subject == "Neues im Plan – und 2 weitere Nachrichten"


# -- what may be refused -----------------------------------------------------------------------------------------


async def test_news_can_be_refused_with_one_click(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await desk.note(ALMA, NoticeKind.COACH_FOUND, case.id)
    mail = await desk.write(ALMA)
    assert mail.unsubscribe_url is not None
    assert mail.unsubscribe_url in mail.text
    assert mail.unsubscribe_url in mail.html
    refused = LINKS.read_refused(mail.unsubscribe_url.rpartition("/")[2])
    assert refused == (ALMA, NoticeGroup.NEWS)


@pytest.mark.parametrize("kind", [NoticeKind.YOUR_TURN, NoticeKind.ESCALATION])
async def test_what_needs_the_reader_cannot_be_refused_nor_what_comes_along_with_it(
    desk: Desk, kind: NoticeKind
) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await desk.note(CARLA, kind, case.id)
    assert (await desk.write(CARLA)).unsubscribe_url is None
    await desk.note(CARLA, NoticeKind.COACH_FOUND, case.id)
    assert (await desk.write(CARLA)).unsubscribe_url is None


async def test_a_deputy_cannot_refuse_for_somebody_else(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await desk.note(BEN, NoticeKind.COACH_FOUND, case.id)
    assert (await desk.write(BRUNO, of=BEN)).unsubscribe_url is None


# -- questions ---------------------------------------------------------------------------------------------------


async def test_a_check_in_brings_its_answers_along(desk: Desk) -> None:
    case = await desk.hand_in()
    await case.walk_to_piloting()
    await desk.forget()
    await case.ring_next()
    mail = await desk.write(ALMA)
    assert mail.subject == "Wie läuft es mit Ihrer Idee?"
    for form in (mail.text, mail.html):
        for answer in ("on_track", "needs_help", "done", "later"):
            assert GERMAN(f"answer.{answer}") in form
        (link,) = {found for found in links_in(form) if "/antwort/" in found}
        question = LINKS.read_question(link.rpartition("/")[2], timedelta(days=30))
        assert question[1:] == (ALMA, case.id, case.state.standing.version)


async def test_an_answered_question_and_a_deputy_get_no_answers_to_click(desk: Desk) -> None:
    case = await desk.hand_in()
    await case.walk_to_piloting()
    await desk.forget()
    await case.ring_next()
    assert "/antwort/" not in (await desk.write(DORA, of=ALMA)).text
    await case.take(alma, "check_in", answer="on_track")
    assert case.state.standing.state == "piloting"
    assert "/antwort/" not in (await desk.write(ALMA)).text


async def test_who_let_the_deadline_pass_is_asked_again(desk: Desk) -> None:
    case = await desk.hand_in()
    await case.walk_to_piloting()
    await case.ring_next()
    await desk.forget()
    await case.ring_next()
    mail = await desk.write(ALMA)
    assert mail.subject == GERMAN("notice.overdue.subject")
    assert "/antwort/" in mail.text


# -- deadlines ---------------------------------------------------------------------------------------------------


async def test_the_deadline_comes_as_an_entry_for_ones_own_calendar_that_names_nothing(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    mail = await desk.write(ALMA)
    (event,) = events_of(mail)
    assert event["DTSTART"] == case.due.strftime("%Y%m%d")
    assert event["DTEND"] == (case.due + timedelta(days=1)).strftime("%Y%m%d")
    assert (event["SUMMARY"], event["URL"]) == ("Ideenweg: Frist", LINKS.page(f"ideen/{case.id}"))
    written = mail.attachments[0].content.decode()
    assert not any(word in written for word in ("Alma", "Pflege", "alma@"))
    assert mail.attachments[0].name == "Frist.ics"


async def test_a_moved_deadline_moves_its_entry_and_another_state_has_another(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    (first,) = events_of(await desk.write(ALMA))
    assert events_of(await desk.write(ALMA)) == [first]
    await case.take(carla, "extend_deadline", days=5, note_id=new_id())
    (moved,) = events_of(await desk.write(ALMA))
    assert (moved["UID"], moved["DTSTART"] > first["DTSTART"]) == (first["UID"], True)
    assert int(moved["SEQUENCE"]) > int(first["SEQUENCE"])
    await case.take(alma, "clarify")
    await case.find_coach()
    await case.take(ben, "agree_plan")
    (other,) = events_of(await desk.write(ALMA))
    assert other["UID"] != first["UID"]


async def test_a_deadline_that_has_passed_is_no_entry(desk: Desk, database: Database) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    async with database.transaction() as session:
        row = await session.get_one(StandingRow, case.id)
        row.holder_until = date(2020, 1, 7)
    mail = await desk.write(ALMA)
    assert mail.attachments == []
    assert "Fällig war: Dienstag, 7. Januar 2020" in mail.text


async def test_a_mail_needs_nothing_from_elsewhere(desk: Desk) -> None:
    """No picture, style sheet or script of another server tells that it was opened."""
    case = await desk.hand_in()
    await desk.forget()
    await case.take(carla, "request_clarification")
    html = (await desk.write(ALMA)).html
    assert not re.search(r"<(img|link|script|iframe|object|form)\b|@import|url\(", html)
    assert {link.split("/")[2] for link in links_in(html)} == {"ideen.example.org"}


async def test_a_turn_that_comes_back_quotes_what_was_asked(desk: Desk, database: Database) -> None:
    case, question = await desk.hand_in(), new_id()
    async with database.transaction() as session:
        words = "Für wen genau ist das?"
        session.add(Note(id=question, idea_id=case.id, author_id=CARLA, event="request_clarification", body=words))
    await case.take(carla, "request_clarification", note_id=question)
    await case.take(carla, "pause", until=case.due + timedelta(days=9), note_id=new_id())
    await desk.forget()
    await case.take(carla, "resume")
    mail = await desk.write(ALMA)
    assert mail.subject == GERMAN("notice.your_turn.subject")
    assert words in mail.text
