"""The weekly overview: what a lead's own office has, as it is when the mail is written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from activities.mails.compose import compose_mail
from activities.ports.mailer import Mail
from activities.upkeep.lead_digest import key_of_week, write_lead_digests
from models.database import Database
from models.queries.lead_digest import LeadDigest, find_offices, read_lead_digest
from models.queries.moment import Moment
from models.tables import Account, NoticeRow
from models.tables.columns import new_id
from models.vocabulary import NoticeKind, Role
from tests.activities.upkeep.conftest import Doorbell, run_sql
from tests.cast import POLICY
from tests.factories import ALMA, BEN, CARLA, invite_cast, write_idea
from tests.languages import one_more_language, unmarked
from tests.workflows.conftest import LETTERHEAD

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(POLICY.zone).date()
OFFICES = list(POLICY.region.offices)


@pytest.fixture
async def office(database: Database) -> Database:
    await invite_cast(database)
    return database


async def place(database: Database, title: str, **shown: Any) -> str:
    """An idea of the Dresden office, in working, that came in long ago and has time; `shown` differs from that."""
    idea = await write_idea(database, title=title, office=shown.get("office", "dresden"))
    values = {
        "version": 5,
        "stage": "develop",
        "state": "working",
        "coach_id": BEN,
        "holder_role": "innovator",
        "holder_id": ALMA,
        "holder_since": NOW - timedelta(days=3),
        "holder_until": TODAY + timedelta(days=30),
        "submitted_at": NOW - timedelta(days=60),
    } | shown
    changes = ", ".join(f"{name} = :{name}" for name in values)
    await run_sql(database, f"UPDATE standing SET {changes} WHERE idea_id = :idea", idea=idea, **values)
    return idea


async def read(database: Database, *offices: str) -> LeadDigest:
    async with database.session() as session:
        return await read_lead_digest(session, Moment.of(POLICY, NOW), offices, CARLA)


async def write_mail(database: Database, language: str = "de") -> Mail:
    """The mail in which Carla reads her overview."""
    await run_sql(database, "UPDATE account SET language = :language WHERE id = :carla", language=language, carla=CARLA)
    await write_lead_digests(database, Doorbell(), POLICY.zone, NOW)
    async with database.session() as session:
        notices = (await session.exec(select(NoticeRow).where(NoticeRow.kind == NoticeKind.LEAD_DIGEST))).all()
        return await compose_mail(session, new_id(), await session.get_one(Account, CARLA), notices, LETTERHEAD)


async def test_it_tells_what_is_new_stuck_and_due(office: Database) -> None:
    await place(office, "Alles gut")
    late = await place(office, "Überfällig", holder_until=TODAY - timedelta(days=4))
    soon = await place(office, "Bald fällig", holder_until=TODAY + timedelta(days=7))
    today = await place(office, "Heute fällig", holder_until=TODAY)
    await place(office, "Danach fällig", holder_until=TODAY + timedelta(days=8))
    await place(office, "In Pause", holder_until=TODAY, paused_until=TODAY)
    fresh = await place(office, "Frisch", submitted_at=NOW - timedelta(days=6))
    digest = await read(office, "dresden")
    assert [idea.id for idea in digest.stuck] == [late]
    assert [idea.id for idea in digest.due] == [today, soon]
    assert [idea.id for idea in digest.new] == [fresh]
    assert (digest.stuck_count, digest.due_count, digest.new_count) == (1, 2, 1)
    assert [(coach.name, coach.taken, coach.ideas) for coach in digest.coaches] == [("Ben", 0, 7)]
    assert not digest.is_quiet


async def test_it_is_about_the_leads_own_offices(office: Database) -> None:
    await place(office, "Leipzig", office="leipzig", submitted_at=NOW)
    assert (await read(office, "dresden")).is_quiet
    assert (await read(office, "dresden", "leipzig")).new_count == 1
    async with office.session() as session:
        carla = await session.get_one(Account, CARLA)
        # Nobody leads Leipzig and Chemnitz, so their ideas are Carla's to know of.
        assert await find_offices(session, carla, OFFICES) == OFFICES
    async with office.transaction() as session:
        session.add(Account(email="cem@example.org", name="Cem", roles=[str(Role.LEAD)], office="leipzig"))
    async with office.session() as session:
        assert await find_offices(session, carla, OFFICES) == ["dresden", "chemnitz"]
        carla.office = None
        assert await find_offices(session, carla, OFFICES) == OFFICES


async def test_long_lists_are_cut_and_counted(office: Database) -> None:
    for n in range(10):
        await place(office, f"Neu {n}", submitted_at=NOW - timedelta(minutes=n))
    digest = await read(office, "dresden")
    assert (digest.new_count, [idea.title for idea in digest.new]) == (10, [f"Neu {n}" for n in range(8)])


async def test_the_mail_says_it_in_both_forms_and_nothing_in_its_subject(office: Database) -> None:
    idea = await place(office, "Garten <für> alle", holder_until=TODAY - timedelta(days=4))
    mail = await write_mail(office)
    assert mail.subject == "Ihre Woche im Überblick"
    assert "Garten &lt;für&gt; alle" in mail.html
    assert "Garten <für> alle" in mail.text
    for form in (mail.text, mail.html):
        for said in ("Stockende Fälle: 1", "Über der Frist", "Ben", "0 von 3 Plätzen belegt", "Büro Dresden"):
            assert said in form, said
        assert LETTERHEAD.links.page(f"ideen/{idea}") in form
        assert "/aus-der-mail/" in form
    assert mail.unsubscribe_url is not None


async def test_it_speaks_the_leads_language_and_says_so_when_all_is_quiet(office: Database) -> None:
    mail = await write_mail(office, "en")
    assert mail.subject == "Your week at a glance"
    assert "Nothing is new, and nothing is stuck." in mail.text
    assert "To the list of what is stuck" not in mail.html


async def test_a_language_with_three_forms_is_spoken_throughout(office: Database, tmp_path: Path) -> None:
    await place(office, "Apfelgarten", holder_until=TODAY - timedelta(days=4))
    with one_more_language(tmp_path) as texts:
        mail = await write_mail(office, texts.language)
    assert "⟦few: 0 von 3 Plätzen belegt⟧" in mail.text
    names = {"Apfelgarten", "Ben", "Bruno", ", ".join(POLICY.region.offices.values()), POLICY.region.funding_note}
    assert unmarked(mail.text) == names


async def test_one_a_lead_and_week_and_a_knock_for_each_new_one(office: Database) -> None:
    bell = Doorbell()
    assert await write_lead_digests(office, bell, POLICY.zone, NOW) == 1
    assert await write_lead_digests(office, bell, POLICY.zone, NOW) == 0
    await run_sql(office, "UPDATE notice SET settled_at = now()")  # it went out
    assert await write_lead_digests(office, bell, POLICY.zone, NOW + timedelta(days=7)) == 1
    assert bell.rung == [CARLA, CARLA]


async def test_a_lead_who_was_erased_gets_none(office: Database) -> None:
    await run_sql(office, "UPDATE account SET roles = '{}' WHERE id = :carla", carla=CARLA)
    assert await write_lead_digests(office, Doorbell(), POLICY.zone, NOW) == 0


@pytest.mark.parametrize(
    ("at", "key"),
    [
        (datetime(2026, 11, 15, 22, 59, tzinfo=UTC), "digest-2026-W46"),
        (datetime(2026, 11, 15, 23, 0, tzinfo=UTC), "digest-2026-W47"),  # Monday has begun in Berlin
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "digest-2026-W53"),
        (datetime(2024, 12, 30, 12, 0, tzinfo=UTC), "digest-2025-W01"),
    ],
)
def test_weeks_are_those_of_the_region(at: datetime, key: str) -> None:
    assert key_of_week(at, ZoneInfo("Europe/Berlin")) == key
