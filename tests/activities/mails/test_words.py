"""What people write to each other stands in mails to proved addresses, as far as the operator lets it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from activities.mails.letterhead import Letterhead
from activities.mails.notice_details import shorten
from activities.upkeep.anonymise import erase_rows
from models.database import Database
from models.i18n import texts_in
from models.messages.commands import PlannedTask
from models.tables import Account, CoachProfile, MailboxMessage, Note, NoticeRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, Role
from tests.activities.mails import conftest
from tests.activities.mails.conftest import LINKS, Case, Desk
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, alma, ben, carla

WORDS = "Guten Tag Alma,\nwann passt Ihnen ein Telefonat?"
GERMAN = texts_in("de")


async def write_to(desk: Desk, case: Case, event: str = "write_note", **fields: Any) -> str:
    """Ben or Carla takes a step with words."""
    of_note = {name: fields.pop(name) for name in ("internal", "redacted_at") if name in fields}
    note = Note(id=new_id(), idea_id=case.id, author_id=BEN, event=event, body=WORDS, **of_note)
    async with desk.database.transaction() as session:
        session.add(note)
    who = ben if event in ("write_note", "ask") else carla
    await case.take(who, event, note_id=note.id, **fields)
    return note.id


@pytest.fixture
async def case(desk: Desk) -> Case:
    case = await desk.hand_in()
    await case.find_coach()
    await desk.forget()
    return case


@pytest.mark.parametrize(
    ("words", "shown", "hidden"),
    [
        ("full", "wann passt Ihnen", ""),
        ("first_line", "Guten Tag Alma, …", "wann passt"),
        ("none", "", "Guten Tag Alma, …"),
    ],
)
async def test_a_message_carries_its_words(
    desk: Desk, case: Case, words: Any, shown: str, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = POLICY.model_copy(update={"notices": POLICY.notices.model_copy(update={"words": words})})
    monkeypatch.setattr(conftest, "LETTERHEAD", Letterhead(policy, LINKS))
    await write_to(desk, case)
    mail = await desk.write(ALMA)
    assert mail.subject == "Eine neue Nachricht"
    for form in (mail.text, mail.html):
        assert shown in form
        assert not hidden or hidden not in form
        assert "Ben" in form
        assert LINKS.page("aus-der-mail/") in form
    async with desk.database.session() as session:
        assert await session.get(Account, BEN)
    await desk.change(ALMA, proved_at=None)
    unproved = await desk.write(ALMA)
    assert "Guten Tag Alma,\n    wann" not in unproved.text
    assert "Ben" not in unproved.text


async def test_a_question_and_a_reason_stand_in_the_mail_that_tells_of_them(desk: Desk) -> None:
    asked, declined = await desk.hand_in(), await desk.hand_in(title="Offene Werkstatt")
    await desk.forget()
    await write_to(desk, asked, "request_clarification")
    await write_to(desk, declined, "decline")
    assert (await desk.write(ALMA)).text.count("wann passt Ihnen") == 2


async def test_words_that_were_taken_away_or_are_internal_are_told_to_nobody(desk: Desk, case: Case) -> None:
    await write_to(desk, case, redacted_at=utc_now())
    await write_to(desk, case, internal=True)
    assert "Telefonat" not in (await desk.write(ALMA)).text


async def test_whoever_may_not_see_the_idea_any_more_reads_nothing_of_it(desk: Desk, case: Case) -> None:
    async with desk.database.transaction() as session:
        note = Note(id=new_id(), idea_id=case.id, author_id=ALMA, event="write_note", body=WORDS)
        session.add(note)
    await case.take(alma, "write_note", note_id=note.id)
    assert "Telefonat" in (await desk.write(BEN)).text
    await case.take(carla, "change_coach", note_id=new_id())
    assert "Telefonat" not in (await desk.write(BEN)).text


async def test_it_says_who_coaches_and_until_when_they_are_in_touch(desk: Desk) -> None:
    case = await desk.hand_in()
    await desk.forget()
    await case.find_coach()
    text = " ".join((await desk.write(ALMA)).text.split())
    assert f"Ben begleitet Ihre Idee und meldet sich bis {GERMAN.day(case.due)}." in text


async def test_a_task_is_named_with_its_day(desk: Desk, case: Case) -> None:
    note = Note(id=new_id(), idea_id=case.id, event="plan", body="Wirt fragen\n\nWie besprochen.")
    due = case.due + timedelta(days=9)
    async with desk.database.transaction() as session:
        session.add(note)
    task = PlannedTask(id=new_id(), assignee=Role.INNOVATOR, due=due, is_new=True)
    await case.take(ben, "plan", note_id=note.id, tasks=(task,))
    mail = await desk.write(ALMA)
    for form in (mail.text, mail.html):
        assert "Wirt fragen" in form
        assert f"Bis {GERMAN.day(due)}" in form
        assert "Wie besprochen." in form


@pytest.mark.parametrize(("words", "way"), [("full", "antwort/"), ("none", "aus-der-mail/")])
async def test_a_question_stands_in_its_mail_with_its_day_and_is_answered_by_its_link(
    desk: Desk, case: Case, words: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = POLICY.model_copy(update={"notices": POLICY.notices.model_copy(update={"words": words})})
    monkeypatch.setattr(conftest, "LETTERHEAD", Letterhead(policy, LINKS))
    due = case.due + timedelta(days=9)
    await write_to(desk, case, "ask", task_id=new_id(), assignee=Role.INNOVATOR, until=due)
    mail = await desk.write(ALMA)
    assert mail.subject == "Eine Frage an Sie"
    for form in (mail.text, mail.html):
        assert ("wann passt Ihnen" in form) is (words == "full")
        assert GERMAN.day(due) in form
        assert LINKS.page(way) in form


@pytest.mark.parametrize("event", ["change_coach", "cover_coach"])
async def test_who_takes_an_idea_over_hears_of_the_questions_that_wait_for_them(
    desk: Desk, case: Case, event: str
) -> None:
    due = case.due + timedelta(days=9)
    for role in (Role.COACH, Role.COACH, Role.INNOVATOR):
        await case.take(carla, "ask", note_id=new_id(), task_id=new_id(), assignee=role, until=due)
    await desk.forget()
    fields: dict[str, Any] = {"until": due} if event == "cover_coach" else {"note_id": new_id()}
    await case.take(carla, event, coach_id=BRUNO, **fields)
    mail = await desk.write(BRUNO)
    for form in (mail.text, mail.html):
        assert "warten 2 Fragen auf Ihre Antwort" in " ".join(form.split())
        assert "telefonat" not in form.lower()


async def test_copies_that_quote_somebody_go_with_them(desk: Desk, case: Case, database: Database) -> None:
    await write_to(desk, case)
    mail = await desk.write(ALMA)
    async with database.transaction() as session:
        [notice] = (await session.exec(select(NoticeRow).where(NoticeRow.account_id == ALMA))).all()
        await conftest.keep_mail(session, mail, notice)
        counts = await erase_rows(session, await session.get_one(Account, BEN))
    assert counts.mails == 1
    async with database.session() as session:
        assert await session.get(MailboxMessage, mail.id) is None


def test_a_first_line_is_short() -> None:
    assert shorten("Kurz.") == "Kurz."
    assert shorten("a" * 200) == "a" * 160 + " …"


async def test_a_coach_whose_stand_in_said_no_reads_of_themselves_and_goes_to_their_work(desk: Desk) -> None:
    kind, first, last = NoticeKind.STAND_IN_REFUSED, date(2031, 3, 3), date(2031, 3, 7)
    async with desk.database.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.absent_from, profile.absent_until = first, last
        session.add_all(
            [NoticeRow(id=new_id(), account_id=who, kind=kind, key=f"{kind}-{BEN}-1") for who in (BEN, CARLA)]
        )
    to_ben, to_carla = await desk.write(BEN), await desk.write(CARLA)
    assert "Sie sind vom Montag, 3. März 2031 bis zum Freitag, 7. März 2031" in " ".join(to_ben.text.split())
    assert "Ben ist vom Montag, 3. März 2031" in " ".join(to_carla.text.split())
    for mail, label, other in (
        (to_ben, "mail.open.work", "mail.open.people"),
        (to_carla, "mail.open.people", "mail.open.work"),
    ):
        assert f"\n\n{GERMAN(label)}:\n" in mail.text
        assert GERMAN(other) not in mail.text, "it would be closed to them"
