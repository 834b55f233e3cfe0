"""Mails about appointments: times to choose from, an entry for the calendar, and what takes it out again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar
from sqlmodel import select

from activities.ports.mailer import Mail
from activities.record import write_record
from models.messages.cases import Record
from models.messages.commands import Actor
from models.tables import Note, StandingRow
from tests.activities.mails.conftest import LINKS, Desk
from tests.appointments import AppointmentStory, begin
from tests.factories import ALMA, BEN, alma, ben

WHERE = "11111111-1111-4111-8111-111111111111"


class Meeting:
    """An appointment whose every step is recorded at once."""

    def __init__(self, desk: Desk, idea_id: str) -> None:
        self.desk, self.story = desk, AppointmentStory(datetime.now(UTC))
        self.story.appointment = begin(idea_id, ben, self.story.now, owner_id=ALMA)

    async def do(self, actor: Actor, event: str, **fields: Any) -> None:
        self.story.do(actor, event, **fields)
        state = self.story.appointment
        await write_record(self.desk.database, Record(standing=state.standing, entries=list(state.outbox)))
        state.outbox.clear()


async def arrange(desk: Desk) -> Meeting:
    case = await desk.hand_in()
    await case.find_coach()
    await desk.forget()
    async with desk.database.transaction() as session:
        session.add(Note(id=WHERE, idea_id=case.id, author_id=BEN, event="appointment", body="Rathaus, Raum 4"))
    return Meeting(desk, case.id)


def entry_in(mail: Mail) -> tuple[Any, str]:
    (file,) = mail.attachments
    calendar = Calendar.from_ical(file.content)
    (event,) = calendar.walk("VEVENT")
    assert f"method={calendar['METHOD']}" in file.media_type
    return event, str(calendar["METHOD"])


async def test_times_that_are_offered_are_each_a_button_and_what_is_agreed_is_an_entry(desk: Desk) -> None:
    meeting = await arrange(desk)
    await meeting.do(ben, "propose", note_id=WHERE)
    offered = await desk.write(ALMA)
    assert offered.subject == "Terminvorschläge für Sie"
    assert offered.attachments == []
    for form in (offered.text, offered.html):
        assert "Telefon, 60 Minuten" in form
        assert "Rathaus, Raum 4" in form
        assert [form.count(f"?wahl={n}") for n in (1, 2, 3)] == [1, 1, 0]
    await meeting.do(alma, "choose")
    agreed, start = await desk.write(BEN), meeting.story.standing.start
    event, method = entry_in(agreed)
    assert (event["DTSTART"].dt, event["SEQUENCE"], method) == (start, 1, "PUBLISH")
    assert event["LOCATION"] == "Telefon: Rathaus, Raum 4"
    await desk.forget()
    await meeting.do(ben, "move")
    gone, method = entry_in(await desk.write(ALMA))
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"], method) == (event["UID"], 2, "CANCELLED", "CANCEL")
    await meeting.do(alma, "choose")
    await desk.forget()
    await meeting.do(alma, "withdraw")
    gone, method = entry_in(await desk.write(BEN))
    assert (gone["UID"], gone["SEQUENCE"], method) == (event["UID"], 4, "CANCEL")
    assert LINKS.base_url in gone["URL"]


async def test_the_end_of_an_appointment_asks_the_coach_how_long_it_was(desk: Desk) -> None:
    meeting = await arrange(desk)
    await meeting.do(ben, "propose")
    await meeting.do(alma, "choose")
    await desk.forget()
    story = meeting.story
    story.now += timedelta(days=9)
    story.go_to(story.calendar.today(story.now))
    state = story.appointment
    await write_record(desk.database, Record(standing=state.standing, entries=list(state.outbox)))
    async with desk.database.session() as session:
        row = (await session.exec(select(StandingRow).where(StandingRow.kind == "appointment"))).one()
        assert row.state == "noting"
    mail = await desk.write(BEN)
    assert mail.subject == "Wie lange hat der Termin gedauert?"
    assert mail.attachments == []
