"""A name is found in every place where words are kept, however it is spelled, and can be taken out of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import AutoString, SQLModel, select

from activities.upkeep import redaction
from activities.upkeep.anonymise import erase_person
from activities.upkeep.name_spellings import patterns_of, single_patterns_of
from activities.upkeep.redaction import PLACEHOLDER, find_places, redact_place, seek
from activities.upkeep.stored_text import NO_WORDS, WORDS
from models.database import Database
from models.messages.upkeep import Place
from models.queries.erasures import list_places_left
from models.tables import (
    AccessToken,
    Account,
    BulkItem,
    BulkRun,
    CampaignPackage,
    CoachProfile,
    Contribution,
    ContributionReport,
    Draft,
    Feedback,
    MailboxMessage,
    MailRow,
    Note,
    NoticeRow,
    Opening,
    Passkey,
    PublishedStory,
    SavedView,
    SessionLogRow,
    StaffInvitation,
    Task,
    TimelineEntry,
)
from models.tables.columns import PackedWords, Words, new_id
from tests.activities.upkeep.conftest import dump, run_sql
from tests.activities.upkeep.test_retention import retain
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, concept_of, file_of, invite_cast, story_of, write_idea

NAME = "Alma Müller-Groß"
NOW = datetime.now(UTC)


def text_columns() -> set[str]:
    """Every column that could hold words."""
    return {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, AutoString | Text | JSONB | ARRAY | Words | PackedWords)
    }


def test_of_every_text_column_it_is_said_whether_words_are_in_it() -> None:
    words = {f"{one.table.__tablename__}.{name}" for one in WORDS for name in (*one.texts, *one.packed)}
    others = [
        f"{table}.{name}" for tables in NO_WORDS.values() for table, names in tables.items() for name in names.split()
    ]
    assert len(others) == len({*others}), "one reason each"
    assert words & {*others} == set()
    assert sorted(text_columns() ^ (words | {*others})) == [], "words, or what else?"


async def finds(database: Database, patterns: list[str], said: str) -> bool:
    async with database.session() as session:
        connection = await session.connection()
        matched = text(
            "SELECT bool_or(CAST(:said AS text) ~* pattern) FROM unnest(CAST(:patterns AS text[])) AS pattern"
        )
        return bool((await connection.execute(matched, {"said": said, "patterns": patterns})).scalar_one())


@pytest.mark.parametrize(
    "said",
    [
        "Alma Müller-Groß",
        "ALMA MÜLLER-GROSS",
        "Alma Mueller-Gross rief an",
        "Alma  Muller-Gross",
        "mit alma müller-groß.",
        "Müller-Groß, Alma",
        "Mueller-Gross Alma",
        "Alma Müller-Großs Idee",
        "Frau Müller-Groß",
        "Fr. Dr. Müller-Groß",
        "„Alma Müller-Groß“",
    ],
)
async def test_a_full_name_is_found_however_it_is_written(database: Database, said: str) -> None:
    assert await finds(database, patterns_of(NAME), said)


@pytest.mark.parametrize(
    "said", ["Almas Garten", "Müller-Groß", "Alma Müller", "Salma Müller-Großmann", "Frau Müller", "Alma und Groß"]
)
async def test_what_may_mean_somebody_else_is_no_full_name(database: Database, said: str) -> None:
    assert not await finds(database, patterns_of(NAME), said)


@pytest.mark.parametrize(("name", "said"), [("Zoë Šimková", "Zoe Simkova"), ("Øyvind Åsen", "Oyvind Asen")])
async def test_accents_are_no_hiding_place(database: Database, name: str, said: str) -> None:
    assert await finds(database, patterns_of(name), said)
    assert await finds(database, patterns_of(said), name)


def test_a_name_of_one_word_is_no_full_name_and_a_short_one_is_not_looked_for() -> None:
    assert patterns_of("Nora") == []
    assert len(single_patterns_of("Nora")) == 1
    assert single_patterns_of("Max") == []


def everywhere(idea: str, said: str) -> list[SQLModel]:
    """Words of others that say something, in each place where words are kept."""
    tomorrow = NOW + timedelta(days=1)
    run = BulkRun(id=new_id(), created_by=CARLA, action="close", reason=said)
    written: dict[str, Any] = {"sort": "hint", "body": said, "email": "gustav@example.org", "language": "de"}
    contribution = Contribution(id=new_id(), idea_id=idea, **written)
    story = story_of(idea, words={"changed": said})
    return [
        Note(id=new_id(), idea_id=idea, author_id=BEN, event="write_note", body=said),
        Task(id=new_id(), idea_id=idea, title=said),
        SessionLogRow(idea_id=idea, coach_id=BEN, day=date(2026, 1, 1), minutes=5, kind="phone", note=said),
        file_of(idea, name=said, uploaded_by=BEN),
        concept_of(idea, words={"costs": said}),
        CampaignPackage(idea_id=idea, attempt=1, content={"team": [{"name": said}]}),
        Draft(email="dora@example.org", name=said, words={"summary": said}, expires_at=tomorrow),
        run,
        BulkItem(run_id=run.id, case_id=idea, idea_id=idea, position=0, note=said),
        Feedback(kind="other", body=said, language="de", due_on=date(2026, 1, 1)),
        contribution,
        ContributionReport(contribution_id=contribution.id, reason="insult", body=said, language="de"),
        StaffInvitation(email="neu@example.org", role="coach", greeting=said, expires_at=tomorrow),
        SavedView(owner_id=CARLA, name=said),
        story,
        Opening(idea_id=idea, title=said, teaser="Kurz.", seeks="Räume"),
        PublishedStory(idea_id=idea, slug="lotsen", document_id=story.id, digest="", name=said),
        MailboxMessage(recipient="ben@example.org", subject="Neu", body=said, html=said, sent_at=NOW),
        AccessToken(account_id=CARLA, hash="h", name=said, expires_at=tomorrow),
        Passkey(account_id=CARLA, credential_id=b"1", public_key=b"1", name=said),
    ]


async def settle(database: Database, said: str) -> str:
    """Dora's idea; others have said something everywhere."""
    await invite_cast(database)
    await run_sql(database, "UPDATE account SET name = :name WHERE id = :id", name=NAME, id=ALMA)
    idea = await write_idea(database, owner_id=DORA, summary=said)
    await run_sql(database, "UPDATE coach_profile SET about = :said WHERE account_id = :ben", said=said, ben=BEN)
    rows = everywhere(idea, said)
    async with database.transaction() as session:
        for row in rows:
            session.add(row)
            await session.flush()
    return idea


async def still_says(database: Database, said: str) -> set[str]:
    return {table for table, rows in (await dump(database)).items() if said.casefold() in str(rows).casefold()}


@pytest.mark.parametrize("said", [f"Telefonat mit {NAME}, sie ist krank", "Mueller-Gross, Alma ist umgezogen"])
async def test_every_place_that_names_somebody_is_told_and_emptied_where_that_is_wanted(
    database: Database, said: str
) -> None:
    await settle(database, said)
    async with database.transaction() as session:
        _, places = await erase_person(session, await session.get_one(Account, ALMA))
    assert {place.name for place in places} == {words.name for words in WORDS}
    assert "krank" not in str(places)
    assert await still_says(database, said), "what others wrote is not changed by machine"
    async with database.transaction() as session:
        await run_account_back(session)
        _, left = await erase_person(session, await session.get_one(Account, ALMA), replace_names=True)
    assert left == []
    assert await still_says(database, said) == set()


async def run_account_back(session: Any) -> None:
    """As a restored backup brings it back."""
    account = await session.get_one(Account, ALMA)
    account.name, account.erased_at, account.email = NAME, None, "alma.neu@example.org"
    await session.flush()


async def test_a_name_of_one_word_is_looked_for_where_its_bearer_was_at_work(database: Database) -> None:
    idea = await settle(database, "Bruno war hier")
    await run_sql(database, "UPDATE account SET name = 'Bruno' WHERE id = :id", id=BRUNO)
    async with database.session() as session:
        assert await find_places(session, await seek(session, await session.get_one(Account, BRUNO))) == []
    await run_sql(database, "UPDATE standing SET coach_id = :bruno WHERE idea_id = :idea", bruno=BRUNO, idea=idea)
    async with database.session() as session:
        places = await find_places(session, await seek(session, await session.get_one(Account, BRUNO)))
    assert {place.idea_id for place in places} == {idea}
    assert {"note", "task", "session", "idea"} <= {place.name for place in places}


async def test_an_idea_that_was_handed_on_keeps_its_words_without_the_name(database: Database) -> None:
    idea = await settle(database, f"Idee von {NAME} und Dora")
    async with database.transaction() as session:
        session.add(entry_of(idea, "change_owner", facts={"member": DORA, "former": ALMA}))
    async with database.transaction() as session:
        _, places = await erase_person(session, await session.get_one(Account, ALMA))
    assert {"idea", "package"} & {place.name for place in places} == set()
    [row] = (await dump(database, "idea"))["idea"]
    assert row["summary"] == "Idee von … und Dora"


def entry_of(idea: str, event: str, **fields: Any) -> TimelineEntry:
    place: dict[str, Any] = {"from_stage": "develop", "from_state": "working", "stage": "develop", "state": "working"}
    return TimelineEntry(
        case_id=idea,
        idea_id=idea,
        version=7,
        at=NOW,
        event=event,
        command_id=new_id(),
        actor_role="coach",
        **place,
        **fields,
    )


async def test_a_note_that_is_taken_away_is_in_no_copy_of_a_mail_either(database: Database) -> None:
    idea = await settle(database, "Ohne Namen")
    note = Note(id=new_id(), idea_id=idea, author_id=BEN, event="write_note", body="Alma ist krank.")
    mail = MailRow(id=new_id(), account_id=DORA, recipient_id=DORA, state="sent")
    async with database.transaction() as session:
        session.add_all([note, mail])
        session.add(entry_of(idea, "write_note", note_id=note.id))
        await session.flush()
        told: dict[str, Any] = {"idea_id": idea, "version": 7, "account_id": DORA, "kind": "your_turn"}
        session.add(NoticeRow(key="v7", mail_id=mail.id, **told))
        session.add(
            MailboxMessage(id=mail.id, recipient="d@example.org", subject="Neu", body="Alma ist krank.", sent_at=NOW)
        )
    place = Place(name="note", key=note.id)
    async with database.transaction() as session:
        assert await redact_place(session, place, CARLA)
    assert await still_says(database, "krank") == set()
    async with database.session() as session:
        kept = await session.get_one(Note, note.id)
    assert (kept.body, kept.redacted_by, kept.redacted_at is not None) == (PLACEHOLDER, CARLA, True)


async def test_what_is_not_there_or_only_loses_a_name_is_not_emptied(database: Database) -> None:
    idea = await settle(database, f"Mit {NAME} im Garten")
    async with database.transaction() as session:
        for place in (Place(name="note", key=new_id()), Place(name="nothing", key="1"), Place(name="idea", key=idea)):
            assert not await redact_place(session, place, CARLA)
        assert await redact_place(session, Place(name="idea", key=idea), CARLA, patterns_of(NAME))
    [row] = (await dump(database, "idea"))["idea"]
    assert row["summary"] == "Mit … im Garten"


async def test_what_retention_leaves_behind_stands_in_its_report_and_in_the_audit_log(database: Database) -> None:
    await settle(database, f"Bitte {NAME} fragen")
    for column in ("created_at", "proved_at"):
        await run_sql(database, f"UPDATE account SET {column} = :at", at=NOW - timedelta(days=800))
    await run_sql(database, "UPDATE account SET signed_in_at = :at WHERE id <> :alma", at=NOW, alma=ALMA)
    assert (await retain(database, now=NOW)).accounts_erased == 1
    found = await dump(database, "retention_run", "audit_entry")
    assert {place["name"] for place in found["retention_run"][-1]["places"]} >= {"note", "task", "session"}
    [line] = found["audit_entry"]
    assert (line["event"], line["subject_id"], line["facts"]["places"] > 5) == ("erasure", ALMA, True)
    assert redaction.PLACEHOLDER not in str(found)
    async with database.session() as session:
        left = [str(one.place) for one in await list_places_left(session)]
    note = next(place["key"] for place in found["retention_run"][-1]["places"] if place["name"] == "note")
    assert f"note:{note}" in left
    async with database.transaction() as session:
        assert await redact_place(session, Place(name="note", key=note), CARLA)
    async with database.session() as session:
        assert f"note:{note}" not in [str(one.place) for one in await list_places_left(session)]
        assert (await session.exec(select(CoachProfile.about).where(CoachProfile.account_id == BEN))).one()
