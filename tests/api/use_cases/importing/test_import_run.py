"""Drafts and workflows out of rows: each once, whatever happened before."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.use_cases.drafts import Holder, save_words, send_draft, throw_away
from api.use_cases.importing.import_run import Fate, ServicesAway, ask_for_more, compare, find_owner
from api.use_cases.importing.problems import ImportImpossible
from models.database import Database
from models.tables import Account, Draft, TimelineEntry
from models.vocabulary import NoticeKind
from tests.api.use_cases.importing.conftest import MAP, Intake
from tests.factories import ALMA, CARLA, DORA
from workflows.client import EngineClient

pytestmark = pytest.mark.services

FILE = b"id,title,summary\n1,Pflegelotsen,Nachbarn helfen\n2,Dorfladen,\n3,Lesecafe,Alle lesen\n"


async def test_complete_rows_are_handed_in_and_others_become_drafts(intake: Intake) -> None:
    run = await intake.import_all(FILE)
    assert run.fates == Counter({Fate.SUBMITTED: 2, Fate.DRAFT: 1})
    await intake.timeline(2)
    shown = await intake.shown()
    assert {ref: (standing.state, standing.version) for ref, standing in shown.items()} == {
        "1": ("screening", 1),
        "3": ("screening", 1),
    }
    (draft,) = await intake.unsent()
    assert (draft.account_id, draft.source_ref, draft.words["summary"]) == (ALMA, "2", "")
    assert await intake.secret_mails() == [], "whoever sends many is not told of each"


async def test_a_second_run_changes_nothing(intake: Intake) -> None:
    await intake.import_all(FILE)
    before = await intake.timeline(2)
    again = await intake.import_all(FILE)
    assert again.fates == Counter({Fate.ALREADY: 3})
    assert again.findings == []
    assert await intake.timeline() == before
    assert list((await intake.workflow_runs(2)).values()) == [1, 1]


async def test_two_imports_at_the_same_time_are_one(intake: Intake) -> None:
    runs = await asyncio.gather(intake.import_all(FILE), intake.import_all(FILE))
    assert sum(run.fates[Fate.DRAFT] for run in runs) == 1
    assert (len(await intake.shown()), len(await intake.unsent())) == (2, 1)
    assert sorted(entry.event for entry in await intake.timeline(2)) == ["submit", "submit"]


async def test_drafts_of_a_run_that_ended_early_are_handed_in_by_the_next(intake: Intake) -> None:
    first = await intake.begin()
    await first.write_drafts(intake.check(FILE).rows)
    assert (len(await intake.shown()), len(await intake.unsent())) == (0, 3)
    found = await compare(intake.services, intake.source, intake.check(FILE).rows)
    assert (found.there, found.waiting, found.findings) == (3, 2, [])
    second = await intake.import_all(FILE)
    assert second.fates == Counter({Fate.SUBMITTED: 2, Fate.ALREADY: 1})


async def test_a_draft_that_its_owner_has_touched_is_left_alone(intake: Intake) -> None:
    first = await intake.begin()
    rows = intake.check(FILE).rows
    await first.write_drafts(rows)
    await save_words(intake.services, Holder(first.owner), rows[0].idea_id, {"title": "Meine Lotsen"})
    await send_draft(intake.services, Holder(first.owner), first.owner, rows[2].idea_id)
    second = await intake.import_all(FILE)
    assert second.fates == Counter({Fate.ALREADY: 3})
    assert [draft.words["title"] for draft in await intake.unsent()] == ["Meine Lotsen", "Dorfladen"]
    assert set(await intake.shown()) == {"3"}


async def test_a_summary_that_the_file_gains_completes_the_draft(intake: Intake) -> None:
    await intake.import_all(FILE)
    run = await intake.import_all(FILE.replace(b"Dorfladen,", b"Dorfladen,Alles vor Ort"))
    assert run.fates == Counter({Fate.SUBMITTED: 1, Fate.ALREADY: 2})
    assert [(finding.line, finding.code) for finding in run.findings] == [(3, "updated")]
    assert (await intake.ideas())["2"].summary == "Alles vor Ort"
    await intake.timeline(3)
    assert (await intake.shown())["2"].state == "screening"


async def test_rows_that_say_something_else_than_what_is_there_are_told(intake: Intake) -> None:
    await intake.import_all(FILE)
    other = FILE.replace(b"Nachbarn helfen", b"Nachbarinnen helfen")
    found = await compare(intake.services, intake.source, intake.check(other).rows)
    run = await intake.import_all(other)
    assert run.fates == Counter({Fate.ALREADY: 3})
    assert [(finding.line, finding.code) for finding in run.findings] == [(2, "differs")]
    assert found.findings == run.findings
    assert (await intake.ideas())["1"].summary == "Nachbarn helfen"


AUTHORS = (
    b"id,title,summary,mail,name\n1,Lotsen,helfen,nora@example.org,Nora Neu\n2,Laden,kaufen,Nora@Example.org,\n"
    b"3,Cafe,lesen,alma@example.org,\n4,Garten,graben,dora@example.org,\n"
)


async def test_an_author_is_told_once_and_hands_in_or_not(intake: Intake) -> None:
    checked = intake.check(AUTHORS, maps=f"{MAP},email=mail,name=name")
    run = await intake.begin()
    await run.hand_in(await run.write_drafts(checked.rows))
    assert run.fates == Counter({Fate.SUBMITTED: 1, Fate.INVITED: 3})
    assert await run.invite_authors() == 0
    assert set(await intake.ideas()) == {"3"}, "only what is Alma's own"
    drafts = await intake.unsent()
    assert {draft.email for draft in drafts} == {"nora@example.org", "dora@example.org"}
    assert all(draft.account_id is None and draft.invited_at and not draft.waits_since for draft in drafts)
    assert [mail.secret_kind for mail in await intake.secret_mails()] == ["imported", "imported"]
    async with intake.database.session() as session:
        nora = select(Account).where(Account.email == "nora@example.org")
        assert (await session.exec(nora)).first() is None, "invited, not signed up"
    again = await intake.begin()
    await again.hand_in(await again.write_drafts(checked.rows))
    assert await again.invite_authors() == 0
    assert again.fates == Counter({Fate.ALREADY: 4})
    assert len(await intake.secret_mails()) == 2


async def test_the_mail_to_an_author_holds_no_word_of_the_table(intake: Intake) -> None:
    run = await intake.begin()
    await run.write_drafts(intake.check(AUTHORS, maps=f"{MAP},email=mail,name=name").rows)
    await run.invite_authors()
    while len(mails := await intake.mails()) < 2:
        await asyncio.sleep(0.05)
    for mail in mails:
        assert "/einreichen/weiter/" in mail.body
        assert not any(word in mail.body + mail.html + mail.subject for word in ("Lotsen", "Laden", "helfen", "Nora"))


async def test_mails_that_are_held_back_are_left_for_a_later_run(
    idle_intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.secret_mails.posting.MOST_IN_ALL", 1)
    rows = idle_intake.check(AUTHORS + b"5,Bad,baden,otto@example.org,\n", maps=f"{MAP},email=mail,name=name").rows
    run = await idle_intake.begin()
    await run.write_drafts(rows)
    assert await run.invite_authors() == 1
    monkeypatch.undo()
    assert await (await idle_intake.begin()).invite_authors() == 0


async def test_a_draft_that_its_author_throws_away_does_not_come_back(idle_intake: Intake) -> None:
    rows = idle_intake.check(AUTHORS, maps=f"{MAP},email=mail,name=name").rows
    await (await idle_intake.begin()).write_drafts(rows)
    (theirs,) = [draft for draft in await idle_intake.drafts() if draft.email == "dora@example.org"]
    async with idle_intake.database.session() as session:
        dora = await session.get_one(Account, DORA)
    await throw_away(idle_intake.services, Holder(account=dora), theirs.id)
    run = await idle_intake.begin()
    await run.write_drafts(rows)
    assert run.fates[Fate.INVITED] == 0
    (mark,) = [draft for draft in await idle_intake.drafts() if draft.id == theirs.id]
    assert (mark.words, mark.email, mark.name) == ({}, None, "")


async def test_an_imported_draft_becomes_an_idea_of_its_author(intake: Intake) -> None:
    data = AUTHORS.replace(b"name\n", b"name,day\n", 1).replace(
        b"graben,dora@example.org,", b"graben,dora@example.org,,2.11.2025"
    )
    rows = intake.check(
        data.replace(b",\n", b",,\n").replace(b"Neu\n", b"Neu,\n"), maps=f"{MAP},email=mail,name=name,date=day"
    ).rows
    await (await intake.begin()).write_drafts(rows)
    async with intake.database.session() as session:
        dora = await session.get_one(Account, DORA)
    (theirs,) = [draft for draft in await intake.drafts() if draft.email == "dora@example.org"]
    await send_draft(intake.services, Holder(account=dora), dora, theirs.id)
    idea = (await intake.ideas())["4"]
    assert (idea.owner_id, idea.source, str(idea.written_on)) == (DORA, intake.source, "2025-11-02")
    run = await intake.begin()
    await run.write_drafts(rows)
    assert run.fates[Fate.INVITED] == 0


async def test_ideas_of_somebody_else_stay_theirs(intake: Intake) -> None:
    await (await intake.begin()).write_drafts(intake.check(FILE).rows)
    run = await intake.import_all(FILE, owner=DORA)
    assert run.fates == Counter({Fate.ALREADY: 3})
    assert {draft.account_id for draft in await intake.unsent()} == {ALMA}


async def test_an_import_needs_no_worker(idle_intake: Intake) -> None:
    """A start carries its first step, and whoever asked has recorded it."""
    run = await idle_intake.begin()
    await run.hand_in(await run.write_drafts(idle_intake.check(FILE).rows))
    assert run.fates == Counter({Fate.SUBMITTED: 2, Fate.DRAFT: 1})
    assert len(await idle_intake.timeline(2)) == 2


async def test_an_engine_that_stays_away_ends_the_run_and_the_next_completes_it(
    idle_intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.client.ATTEMPT_TIMEOUT", timedelta(seconds=0.1))
    run, engine = await idle_intake.begin(patience=0.5), idle_intake.services.engine
    nowhere = await Client.connect("127.0.0.1:1", data_converter=pydantic_data_converter, lazy=True)
    object.__setattr__(run.services, "engine", EngineClient(nowhere))
    await run.hand_in(await run.write_drafts(idle_intake.check(FILE).rows))
    assert isinstance(run.away, ServicesAway)
    assert run.fates == Counter({Fate.DRAFT: 1, Fate.LEFT: 2})
    monkeypatch.undo()
    object.__setattr__(run.services, "engine", engine)
    assert (await idle_intake.import_all(FILE)).fates == Counter({Fate.SUBMITTED: 2, Fate.ALREADY: 1})
    assert len(await idle_intake.timeline(2)) == 2


async def test_a_database_that_is_away_ends_the_run(idle_intake: Intake) -> None:
    run = await idle_intake.begin(patience=0.1)
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    object.__setattr__(run.services, "database", nowhere)
    assert await run.write_drafts(idle_intake.check(FILE).rows) == []
    assert str(run.away) == "PostgreSQL cannot be reached"
    assert run.fates == Counter({Fate.LEFT: 3})


async def test_a_stop_leaves_the_rest_for_the_next_run(intake: Intake) -> None:
    run = await intake.begin()
    run.in_flight = 1
    pending = await run.write_drafts(intake.check(FILE).rows)
    run.on_handed_in = lambda count: run.stop.set()
    await run.hand_in(pending)
    assert run.fates == Counter({Fate.SUBMITTED: 1, Fate.LEFT: 1, Fate.DRAFT: 1})
    assert (await intake.import_all(FILE)).fates == Counter({Fate.SUBMITTED: 1, Fate.ALREADY: 2})


async def test_one_mail_asks_for_all_that_is_missing_and_never_twice(idle_intake: Intake) -> None:
    rows = idle_intake.check(FILE + b"4,Werkstatt,-\n").rows
    for _ in range(2):
        run = await idle_intake.begin()
        await run.write_drafts(rows)
        assert await ask_for_more(run, rows)
    assert not await ask_for_more(run, rows[:1])
    (notice,) = await idle_intake.notices()
    assert (notice.account_id, notice.kind, notice.idea_id) == (ALMA, NoticeKind.DRAFT_INCOMPLETE, None)


async def test_the_mail_names_what_is_missing_when_it_is_sent(intake: Intake) -> None:
    rows = intake.check(FILE + b"4,Werkstatt,-\n").rows
    run = await intake.begin()
    await run.write_drafts(rows)
    assert await ask_for_more(run, rows)
    while not (mails := await intake.mails()):
        await asyncio.sleep(0.05)
    (mail,) = mails
    assert (mail.account_id, mail.subject) == (ALMA, "Ihren Ideen fehlt noch etwas")
    incomplete = {row.words.title for row in rows if not row.complete}
    assert len(incomplete) == 2
    for form in (mail.body, mail.html):
        assert {title for title in (row.words.title for row in rows) if title in form} == incomplete


async def test_the_owner_must_be_clear(idle_intake: Intake) -> None:
    async with idle_intake.database.transaction() as session:
        assert (await find_owner(session, None)).id == CARLA
        assert (await find_owner(session, " Alma@Example.org ")).id == ALMA
        with pytest.raises(ImportImpossible, match=r'no account "nobody@example\.org"'):
            await find_owner(session, "nobody@example.org")
        session.add(Account(email="second@example.org", name="Zweite", roles=["lead"]))
        await session.flush()
        with pytest.raises(ImportImpossible, match="more than one lead"):
            await find_owner(session, None)


async def test_more_than_a_batch_is_written(idle_intake: Intake) -> None:
    table = idle_intake.check(b"id,title,summary\n" + b"".join(b"%d,Idee %d,\n" % (n, n) for n in range(450)))
    run = await idle_intake.begin()
    assert await run.write_drafts(table.rows) == []
    assert run.fates == Counter({Fate.DRAFT: 450})
    async with idle_intake.database.session() as session:
        assert len((await session.exec(select(col(Draft.id)))).all()) == 450
        assert (await session.exec(select(TimelineEntry))).first() is None
