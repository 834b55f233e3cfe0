"""A coach's day: a line for each idea, by the day of what is theirs to do first, and the way to where it is done."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.pages.coach.work import SHOWN, WorkRow, sort_work, write_rows
from api.pages.coach.work_filter import WorkFilter, list_chips
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from api.pages.kit.visitors import Visitor
from models.i18n import texts_in
from models.messages.appointment import AppointmentStanding
from models.queries.account_names import Person
from models.queries.my_work import Case
from models.tables import Account, Idea, StandingRow, Task
from models.tables.columns import utc_now
from models.vocabulary import Role
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.api.routes.test_lists import place
from tests.cast import POLICY
from tests.factories import BEN, BRUNO, write_beside, write_session

TODAY = date(2026, 12, 2)
"""A Wednesday."""
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
SPEAKER = TurnPresenter(
    texts_in("de"), POLICY, TODAY, Visitor(Account(id="ben", email="b@example.org", name="Ben", roles=["coach"]))
)


def due(days: int | None) -> date | None:
    return TODAY + timedelta(days=days) if days is not None else None


def case_of(idea: str = "i", kind: str = "idea", holder: str = "alma", days: int | None = 20, **fields: Any) -> Case:
    """A case of an idea that Ben coaches."""
    role = "coach" if holder == "ben" else "innovator"
    values: dict[str, Any] = {"stage": "develop", "state": "working", "case_id": f"{idea}-{kind}"} | {
        name: value for name, value in fields.items() if name in StandingRow.model_fields
    }
    row = StandingRow(
        **values, kind=kind, idea_id=idea, number=int(kind != "idea"), version=3, owner_id="alma", office="dresden",
        coach_id="ben", holder_role=role, holder_id=holder, holder_until=due(days), entered_at=AT, last_entry_at=AT,
    )  # fmt: skip
    words = Idea(id=idea, owner_id="alma", title=f"Idee {idea}", office="dresden")
    rest = {name: value for name, value in fields.items() if name not in StandingRow.model_fields}
    of = row if kind == "idea" else case_of(idea).row
    return Case(words, row, of, Person(id=holder, name=holder.title()), Person(id="alma", name="Alma"), **rest)


def task(days: int | None, **fields: Any) -> Task:
    values = {"id": "t", "idea_id": "i", "title": "Raum ansehen", "assignee": Role.COACH} | fields
    return Task(**values, due=due(days))


def appointment(state: str, holder: str, days: int) -> Case:
    start = datetime(2026, 12, 4, 9, tzinfo=UTC)
    standing = AppointmentStanding(
        idea_id="i",
        owner_id="alma",
        office="dresden",
        entered_at=AT,
        n=1,
        state=state,
        proposed_by=Role.COACH,
        start=start,
    )
    fields: dict[str, Any] = {"stage": "appointment", "state": state, "snapshot": standing.model_dump(mode="json")}
    return case_of(kind="appointment", holder=holder, days=days, **fields)


@pytest.mark.parametrize(
    ("cases", "section", "label", "path"),
    [
        ([case_of(holder="ben", state="planning", days=1)], "week", "Plan vereinbaren", "/ideen/i#schritte"),
        ([case_of(holder="ben", state="planning", days=-1)], "overdue", "Plan vereinbaren", "/ideen/i#schritte"),
        ([case_of(holder="ben", state="planning", days=5, tasks=[task(0)])], "today", "Raum ansehen", "/ideen/i#plan"),
        ([case_of(tasks=[task(None)])], "later", "Raum ansehen", "/ideen/i#plan"),
        ([case_of(tasks=[task(4, asks=True)])], "week", "Antworten", "/ideen/i?antwort=t#gespraech"),
        ([case_of(tasks=[task(1, assignee=Role.INNOVATOR)])], "others", "", ""),
        ([case_of(), appointment("agreed", "", 2)], "week", "Termin um 10:00 Uhr", "/ideen/i#termine"),
        ([case_of(paused_until=due(9)), appointment("agreed", "", 5)], "later", "Termin um", "/ideen/i#termine"),
        ([case_of(), appointment("noting", "ben", 0)], "today", "Termin ansehen", "/ideen/i#termine"),
        ([case_of(paused_until=due(9), holder="ben", tasks=[task(0)])], "paused", "", ""),
    ],
)
def test_what_is_mine_to_do_first_decides_where_an_idea_stands(
    cases: list[Case], section: str, label: str, path: str
) -> None:
    (row,) = write_rows(SPEAKER, cases)
    assert row.section == section
    assert (row.thing.path if row.thing else "") == path
    assert label in (row.thing.label if row.thing else "")
    assert bool(row.waits_for) is (row.thing is None)


def test_a_line_says_what_else_waits_and_when_they_last_had_to_do_with_each_other() -> None:
    told: dict[str, dict[str, Any]] = {
        "noch kein Kontakt": {},
        "zuletzt heute": {"spoken_on": due(-8), "wrote_at": datetime(2026, 12, 1, 23, 30, tzinfo=UTC)},
        "zuletzt gestern": {"spoken_on": due(-1), "wrote_at": AT},
        "zuletzt vor 9 Tagen": {"spoken_on": due(-9)},
    }
    for words, known in told.items():
        (row,) = write_rows(
            SPEAKER, [case_of(holder="ben", state="planning", tasks=[task(0), task(3, asks=True)], **known)]
        )
        assert (row.contact, row.person, row.more) == (words, "Alma", 2)


def test_lines_come_by_their_day_and_fold_where_they_are_too_many() -> None:
    rows = write_rows(SPEAKER, [case_of(str(n), holder="ben", state="planning", days=40 - n) for n in range(45)])
    assert [row.id for row in rows] == [str(n) for n in reversed(range(45))]
    sections = sort_work(rows)
    assert [section.name for section in sections] == ["overdue", "today", "week", "later"]
    assert sum(len(section.rows) for section in sections) == SHOWN
    assert sum(section.count for section in sections) == 45


def test_filters_count_what_they_lead_to() -> None:
    plain = WorkRow("1", "", "", "", "", "overdue", "develop", "dresden", Badge("", ""))
    rows = [plain, replace(plain, section="others", stage="support"), replace(plain, section="later", office="leipzig")]
    wanted = WorkFilter.of({"zeige": "dran", "phase": "develop", "buero": "<b>"})
    assert not any(map(wanted.takes, rows))
    turn, stages, offices = list_chips(SPEAKER, WorkFilter.of({"zeige": "dran", "phase": "x"}), rows)
    assert [(chip.count, chip.here) for chip in turn] == [(3, False), (2, True), (1, False), (1, False), (0, False)]
    assert [(chip.label, chip.count) for chip in stages] == [("Alle Phasen", 2), ("Entwickeln", 2), ("Unterstützen", 0)]
    assert offices[-1].address == "/arbeit?zeige=dran&buero=leipzig"
    assert list_chips(SPEAKER, WorkFilter(), []) == []


async def test_the_page_shows_each_idea_once_with_what_is_beside_it(still_web: Web) -> None:
    mine = await place(still_web.database, title="Lesebank", holder_role="coach", holder_id=None, state="planning")
    beside = await place(still_web.database, title="Werkstatt", stage="support", state="assessing")
    await write_beside(still_web.database, beside, holder_until=still_web.services.today() - timedelta(days=1))
    await write_session(still_web.database, beside, BEN)
    page = await still_web.ben.get("/arbeit")
    words = words_of(page.text)
    assert words.index("Überfällig") < words.index("Werkstatt") < words.index("Zum Crowdfunding")
    assert f'href="/ideen/{beside}/crowdfunding"' in page.text
    assert page.text.count(f'href="/ideen/{beside}"') == 1
    assert "zuletzt" in words
    late = words_of((await still_web.ben.get("/arbeit?zeige=ueberfaellig&phase=support")).text)
    assert "Werkstatt" in late
    assert "Lesebank" not in late
    assert "Alles andere steht unter „Alle“" in words_of((await still_web.ben.get("/arbeit?zeige=pause")).text)
    assert mine not in (await still_web.bruno.get("/arbeit")).text
    for client in (still_web.alma, still_web.dora, still_web.carla):
        assert (await client.get("/arbeit")).status_code == 403
        assert (await client.post("/arbeit/abwesenheit", data={}, headers=OWN_SITE)).status_code == 403


async def test_first_steps_go_when_they_are_done_or_hidden(still_web: Web) -> None:
    page = (await still_web.ben.get("/arbeit")).text
    assert 'href="/kontakt">Sagen, wie man Sie erreicht' in page
    assert "Eine Anfrage annehmen" in page
    hidden = await still_web.ben.post("/erste-schritte-ausblenden", headers=OWN_SITE)
    assert hidden.headers["location"] == "/arbeit"
    assert "Ihre ersten Schritte" not in (await still_web.ben.get("/arbeit")).text
    assert 'href="/neu">Neue Ideen lesen' in (await still_web.carla.get("/heute")).text, "nothing has come to be read"
    idea = await place(still_web.database, coach_id=BRUNO)
    async with still_web.database.transaction() as session:
        (await session.get_one(Idea, idea)).read_at = utc_now()
        (await session.get_one(Account, BRUNO)).reach = "abends"
    assert 'href="/neu">Neue Ideen lesen' not in (await still_web.carla.get("/heute")).text
    assert "Ihre ersten Schritte" not in (await still_web.bruno.get("/arbeit")).text
    async with still_web.database.session() as session:
        assert (await session.get_one(Account, BRUNO)).first_steps_over_at is not None
    assert (await still_web.alma.post("/erste-schritte-ausblenden", headers=OWN_SITE)).status_code == 403
