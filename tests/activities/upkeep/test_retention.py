"""What has had its time goes, what has not stays, and a dry run says beforehand what would go."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from activities.credentials import sign_everybody_out
from activities.ports.ideas import IdeaGone
from activities.projection import notice_values
from activities.upkeep.rebuild import Rebuilder
from activities.upkeep.retention import NOBODY, Retention, months_before
from models.database import Database
from models.messages.commands import ENGINE, Actor
from models.messages.upkeep import RetentionCounts, RetentionRequest
from models.policy import RetentionSection
from models.tables import (
    AuditEntry,
    CommandTry,
    Draft,
    Invitation,
    MailboxMessage,
    MailRow,
    Note,
    NoticeRow,
    Offer,
    PersonChange,
    RetentionRun,
    SessionLogRow,
    SessionRow,
    SetUpLink,
    SignIn,
    StaffInvitation,
    Task,
    TimelineEntry,
)
from models.tables.columns import new_id
from models.vocabulary import AttachedTo, NoticeKind, Outcome, Role, SecretMailKind, Share
from tests.activities.upkeep.conftest import dump, run_sql
from tests.cast import POLICY
from tests.factories import (
    ALMA,
    BEN,
    CARLA,
    DORA,
    alma,
    file_of,
    invite_cast,
    secret_mail,
    write_feedback,
    write_idea,
    write_session,
)
from tests.staff import write_staff_invitation
from tests.teams import write_invitation
from tests.workflows.conftest import World

NOW = datetime(2026, 11, 2, 3, 30, tzinfo=UTC)
YEAR = timedelta(days=366)


class NoCases:
    """Stands in for the workflows where none is asked: an erasure that came back is another test's matter."""

    async def command(self, idea_id: str, command: object) -> None:
        raise IdeaGone

    async def skip_coach(self, idea_id: str, n: int, coach_id: str) -> None:
        raise IdeaGone

    async def case_command(self, workflow_id: str, command: object) -> None:
        raise IdeaGone


async def retain(database: Database, *, dry_run: bool = False, now: datetime = NOW, **rules: Any) -> RetentionCounts:
    policy = POLICY.model_copy(update={"retention": RetentionSection(**rules)})
    retention = Retention(database, NoCases(), policy)  # type: ignore[arg-type]
    return await retention.run(RetentionRequest(run_id=new_id(), dry_run=dry_run), now)


async def write_ended(database: Database, outcome: Outcome, ended: datetime, *, coached: bool = False) -> str:
    """An ended idea of Alma's with a note, a task, and a mail to Ben that names it."""
    idea = await write_idea(database)
    await run_sql(
        database,
        "UPDATE standing SET version = 3, outcome = :outcome, state = :outcome, ended_at = :ended, coach_id = :coach,"
        " snapshot = jsonb_build_object('owner_id', owner_id) WHERE idea_id = :idea",
        outcome=str(outcome),
        ended=ended,
        coach=BEN if coached else None,
        idea=idea,
    )
    mail = MailRow(id=new_id(), account_id=BEN, recipient_id=BEN, state="sent", changed_at=NOW)
    async with database.transaction() as session:
        session.add(Note(id=new_id(), idea_id=idea, author_id=CARLA, event="write_note", body="Alma ist umgezogen."))
        session.add(Task(id=new_id(), idea_id=idea, title="Alma anrufen"))
        session.add(mail)
        session.add(
            MailboxMessage(
                id=mail.id, account_id=BEN, recipient="ben@example.org", subject="Neuigkeiten", body="…", sent_at=NOW
            )
        )
        for version, actor, stage in ((1, ALMA, "identify"), (2, CARLA, "develop" if coached else "identify")):
            session.add(
                TimelineEntry(
                    case_id=idea,
                    idea_id=idea,
                    version=version,
                    at=ended,
                    event="step",
                    command_id=new_id(),
                    actor_role="innovator" if actor == ALMA else "lead",
                    actor_id=actor,
                    from_stage="identify",
                    from_state="screening",
                    stage=stage,
                    state="screening",
                    holder_role="innovator",
                    holder_id=ALMA,
                    snapshot={"owner_id": ALMA, "holder": {"account_id": ALMA}},
                )
            )
        await session.flush()
        session.add(NoticeRow(**notice_values(idea, "v1", ALMA, NoticeKind.ENDED)))
        session.add(NoticeRow(**notice_values(idea, "v1", BEN, NoticeKind.ENDED), mail_id=mail.id))
    return idea


async def write_draft(database: Database, untouched_for: timedelta) -> str:
    ends, warned = NOW - untouched_for + timedelta(days=90), NOW - timedelta(days=15)
    draft = Draft(id=new_id(), account_id=DORA, words={"title": "Idee"}, expires_at=ends, warned_at=warned)
    async with database.transaction() as session:
        session.add(draft)
    return draft.id


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    return (await dump(database, table))[table]


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database)
    return database


async def test_drafts_that_nobody_has_touched_go(cast: Database) -> None:
    old = await write_draft(cast, timedelta(days=91))
    fresh = await write_draft(cast, timedelta(days=89))
    assert (await retain(cast)).drafts_deleted == 1
    assert [row["id"] for row in await rows(cast, "draft")] == [fresh]
    assert old != fresh


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.WITHDRAWN, Outcome.REFERRED, Outcome.CLOSED])
async def test_ended_cases_name_nobody_after_their_time(cast: Database, outcome: Outcome) -> None:
    idea = await write_ended(cast, outcome, NOW - YEAR)
    fresh = await write_ended(cast, outcome, NOW - timedelta(days=300))
    assert (await retain(cast)).ideas_pseudonymised == 1
    found = {row["id"]: row for row in await rows(cast, "idea")}
    assert (found[idea]["title"], found[idea]["summary"], found[idea]["owner_id"]) == ("Gelöschte Idee", "", NOBODY)
    assert (found[fresh]["title"], found[fresh]["owner_id"]) == ("Pflegelotsen im Quartier", ALMA)
    for table in ("idea", "note", "task", "standing", "timeline_entry", "notice", "mailbox_message"):
        left = [row for row in await rows(cast, table) if idea in (row.get("idea_id"), row.get("id"))]
        assert ALMA not in str(left), table
        assert "Alma" not in str(left), table
    # What happened can be counted still, and who worked for the platform is no secret.
    kept = [row for row in await rows(cast, "timeline_entry") if row["idea_id"] == idea]
    assert [(row["version"], row["actor_role"], row["actor_id"]) for row in kept] == [
        (1, "innovator", None),
        (2, "lead", CARLA),
    ]
    assert len(await rows(cast, "mailbox_message")) == 1


async def test_the_same_night_again_changes_nothing(cast: Database) -> None:
    await write_ended(cast, Outcome.DECLINED, NOW - YEAR)
    await retain(cast)
    before = await dump(cast, "idea", "account", "standing", "timeline_entry", "notice")
    assert await retain(cast) == RetentionCounts()
    assert await dump(cast, "idea", "account", "standing", "timeline_entry", "notice") == before


async def test_completed_ideas_are_kept_for_years(cast: Database) -> None:
    await write_ended(cast, Outcome.COMPLETED, NOW - 3 * YEAR, coached=True)
    assert (await retain(cast)).ideas_pseudonymised == 0
    assert (await retain(cast, completed_years=2)).ideas_pseudonymised == 1


async def test_evidence_is_kept_to_its_day_and_only_what_was_coached(cast: Database) -> None:
    await write_ended(cast, Outcome.CLOSED, NOW - YEAR, coached=True)
    await write_ended(cast, Outcome.DECLINED, NOW - YEAR)
    until = NOW.date()
    assert (await retain(cast, evidence_until=until)).ideas_pseudonymised == 1
    assert (await retain(cast, evidence_until=until - timedelta(days=1))).ideas_pseudonymised == 1


async def test_open_ideas_are_never_touched(cast: Database) -> None:
    idea = await write_ended(cast, Outcome.CLOSED, NOW - YEAR)
    await run_sql(cast, "UPDATE standing SET outcome = NULL, ended_at = NULL, last_entry_at = :at", at=NOW - 5 * YEAR)
    before = await dump(cast)
    assert await retain(cast) == RetentionCounts()
    after = await dump(cast)
    assert idea in str(after["idea"])
    assert {name: table for name, table in after.items() if name != "retention_run"} == {
        name: table for name, table in before.items() if name != "retention_run"
    }


async def test_an_innovator_without_an_idea_is_forgotten_and_staff_is_not(cast: Database) -> None:
    await run_sql(cast, "UPDATE account SET created_at = :at, proved_at = :at", at=NOW - YEAR)
    await write_ended(cast, Outcome.WITHDRAWN, NOW - timedelta(days=30))
    assert (await retain(cast)).accounts_erased == 1
    names = {row["id"]: row["name"] for row in await rows(cast, "account")}
    assert names[DORA] == ""
    assert all(names[its_id] for its_id in (ALMA, BEN, CARLA))


async def test_whoever_is_in_a_team_is_not_forgotten_as_long_as_the_idea_is_not(cast: Database) -> None:
    await run_sql(cast, "UPDATE account SET created_at = :at, proved_at = :at", at=NOW - YEAR)
    idea = await write_idea(cast)
    await run_sql(cast, f'UPDATE standing SET team = \'{{"{DORA}": "observer"}}\' WHERE idea_id = :idea', idea=idea)
    assert (await retain(cast, draft_days=3650)).accounts_erased == 0


async def test_invitations_go_when_their_owner_has_had_time_to_ask_again(cast: Database) -> None:
    idea = await write_idea(cast)
    for days in (-1, 29, 32):
        over = NOW - timedelta(days=days)
        await write_invitation(cast, idea, f"{days}@example.org", expires_at=over, asked_at=over)
    await retain(cast, draft_days=3650)
    assert {row["email"] for row in await rows(cast, "invitation")} == {"-1@example.org", "29@example.org"}


async def test_demo_accounts_and_newcomers_stay(cast: Database) -> None:
    await run_sql(cast, "UPDATE account SET created_at = :at", at=NOW - timedelta(days=200))
    assert (await retain(cast)).accounts_erased == 0
    await run_sql(cast, "UPDATE account SET demo = TRUE, created_at = :at", at=NOW - YEAR)
    assert (await retain(cast)).accounts_erased == 0


async def test_old_copies_of_mails_and_old_reports_go(cast: Database) -> None:
    await write_ended(cast, Outcome.CLOSED, NOW - timedelta(days=1))
    assert (await retain(cast)).mails_deleted == 0
    await run_sql(cast, "UPDATE mailbox_message SET sent_at = :at", at=NOW - timedelta(days=181))
    await run_sql(cast, "UPDATE retention_run SET started_at = :at", at=NOW - timedelta(days=366))
    counts = await retain(cast)
    assert (counts.mails_deleted, counts.reports_deleted) == (1, 1)


async def test_what_was_written_for_a_step_that_nobody_took_goes_after_a_month(cast: Database) -> None:
    idea, long_ago, lately = await write_idea(cast), NOW - timedelta(days=32), NOW - timedelta(days=29)
    said, declined, unsaid, new = (
        Note(id=new_id(), idea_id=idea, author_id=ALMA, event="write_note", body="Wort", created_at=at)
        for at in (long_ago, long_ago, long_ago, lately)
    )
    tries = [CommandTry(command_id=new_id(), workflow_id="idea/x", tries=1, begun_at=at) for at in (long_ago, lately)]
    async with cast.transaction() as session:
        session.add_all((said, declined, unsaid, new, *tries))
        files = [file_of(idea, AttachedTo.MESSAGE, note.id, created_at=note.created_at) for note in (said, unsaid)]
        session.add_all(files)
        session.add(
            TimelineEntry(
                case_id=idea,
                idea_id=idea,
                version=1,
                at=long_ago,
                event="write_note",
                command_id=new_id(),
                actor_role="innovator",
                from_stage="identify",
                from_state="screening",
                stage="identify",
                state="screening",
                holder_role="lead",
                note_id=said.id,
            )
        )
        offer = Offer(id=new_id(), idea_id=idea, search=1, rank=1, coach_id=BEN, expires_on=long_ago.date())
        offer.note_id = declined.id
        session.add(offer)
        kept = ({said.id, declined.id, new.id}, {tries[1].command_id})
    # From a backup, or after a long standstill, it may have been taken and be recorded only now.
    await retain(cast, now=NOW - timedelta(days=1))
    assert unsaid.id in {row["id"] for row in await rows(cast, "note")}
    await retain(cast, dry_run=True)
    await retain(cast)
    assert {row["id"] for row in await rows(cast, "note")} == kept[0]
    assert {row["of_id"] for row in await rows(cast, "attachment")} == {said.id}
    assert {row["command_id"] for row in await rows(cast, "command_try")} == kept[1]


async def test_feedback_goes_a_year_after_its_answer_and_never_before_it(cast: Database) -> None:
    lately, long_ago = NOW - timedelta(days=364), NOW - timedelta(days=367)
    open_for_years = await write_feedback(cast, created_at=NOW - 5 * YEAR)
    answered_lately = await write_feedback(cast, created_at=NOW - 5 * YEAR, answered_at=lately, answered_by=CARLA)
    await write_feedback(cast, answered_at=long_ago, answered_by=CARLA)
    await retain(cast)
    assert {row["id"] for row in (await dump(cast, "feedback"))["feedback"]} == {open_for_years, answered_lately}


async def test_a_dry_run_tells_what_the_next_run_does_and_changes_nothing(cast: Database) -> None:
    await run_sql(cast, "UPDATE account SET created_at = :at, proved_at = :at", at=NOW - YEAR)
    await write_draft(cast, timedelta(days=400))
    await write_ended(cast, Outcome.DECLINED, NOW - YEAR)
    before = await dump(cast)
    announced = await retain(cast, dry_run=True)
    # All that Dora has is an old draft, and Alma's only idea is long declined: both would go with that.
    assert (announced.drafts_deleted, announced.ideas_pseudonymised, announced.accounts_erased) == (1, 1, 2)
    after = await dump(cast)
    [run] = after.pop("retention_run")
    before.pop("retention_run")
    assert after == before
    assert (run["dry_run"], run["counts"]) == (True, announced.model_dump())
    assert await retain(cast) == announced


async def test_a_run_that_was_cut_off_counts_on(cast: Database) -> None:
    await write_draft(cast, timedelta(days=400))
    request = RetentionRequest(run_id=new_id())
    retention = Retention(cast, NoCases(), POLICY)  # type: ignore[arg-type]
    await retention.run(request, NOW)
    await write_draft(cast, timedelta(days=400))
    assert (await retention.run(request, NOW)).drafts_deleted == 2
    async with cast.session() as session:
        assert len((await session.exec(select(RetentionRun))).all()) == 1


async def test_a_case_that_really_ended_can_be_pseudonymised_and_built_again(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    await real_world.ask(idea, "join_team", ENGINE, member_id=DORA, share=Share.COLLABORATOR)
    await real_world.ask(idea, "write_note", Actor(role=Role.INNOVATOR, account_id=DORA), note_id=idea)
    # The idea changes hands and back: whoever had it meanwhile stands in each version since.
    await real_world.ask(idea, "change_owner", ENGINE, member_id=DORA, share=Share.COLLABORATOR)
    await real_world.ask(idea, "change_owner", ENGINE, member_id=ALMA)
    await real_world.ask(idea, "withdraw", alma)
    later = datetime.now(UTC) + YEAR
    counts = await retain(real_world.database, now=later)
    assert (counts.ideas_pseudonymised, counts.accounts_erased) == (1, 2)
    shown = await dump(real_world.database, "standing")
    told = str(shown) + str(await dump(real_world.database, "timeline_entry"))
    assert ALMA not in told
    assert DORA not in told, "nor who was in the team"
    await run_sql(real_world.database, "TRUNCATE standing, place")
    assert await Rebuilder(real_world.database, real_world.ideas).run() == []
    assert await dump(real_world.database, "standing") == shown


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 15), 12, date(2025, 1, 15)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 6, date(2026, 6, 30)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
    ],
)
def test_months_are_counted_as_people_do(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


async def test_a_session_that_was_taken_out_can_be_brought_back_for_a_week(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    kept = await write_session(database, idea, BEN)
    lately = await write_session(database, idea, BEN, removed_at=NOW - timedelta(days=6))
    await write_session(database, idea, BEN, removed_at=NOW - timedelta(days=9))
    await retain(database)
    async with database.session() as session:
        assert set((await session.exec(select(SessionLogRow.id))).all()) == {kept, lately}


async def test_mails_and_sessions_go_when_their_time_is_over(database: Database) -> None:
    await invite_cast(database)
    async with database.transaction() as session:
        for name, expires in (("old", NOW - timedelta(days=1)), ("new", NOW + timedelta(hours=1))):
            created = expires - timedelta(days=2)
            mail = secret_mail(SecretMailKind.SIGN_IN, address_hash=name, created_at=created, expires_at=expires)
            session.add(mail)
            session.add(SignIn(account_id=ALMA, browser_hash=name, expires_at=expires))
            session.add(SessionRow(hash=name, account_id=ALMA, method="code", expires_at=expires))
    await write_invitation(database, await write_idea(database), "nora@example.org", expires_at=NOW + timedelta(days=9))
    await retain(database)
    async with database.transaction() as session:
        assert (await session.exec(select(MailRow.address_hash))).all() == ["new"]
        assert (await session.exec(select(SignIn.browser_hash))).all() == ["new"]
        assert (await session.exec(select(SessionRow.hash))).all() == ["new"]
        # A restored backup signs nobody in.
        await sign_everybody_out(session)
        assert (await session.exec(select(SignIn))).all() == []
        assert (await session.exec(select(SessionRow))).all() == []
        # Nor does it show as open what no link leads to any more.
        asked = (await session.exec(select(Invitation))).one()
        assert asked.hashes == []
        assert not asked.is_open


async def test_invitations_to_work_here_go_a_month_after_their_time_and_histories_stay(cast: Database) -> None:
    for days, answered in ((31, None), (31, NOW), (29, None)):
        over = NOW - timedelta(days=days)
        await write_staff_invitation(cast, expires_at=over, name=f"Frieda, seit {days} Tagen", accepted_at=answered)
    async with cast.transaction() as session:
        session.add(PersonChange(account_id=BEN, by_id=CARLA, kind="invited", facts={"role": "coach"}))
        for name, expires in (("old", NOW - timedelta(days=1)), ("new", NOW + timedelta(hours=1))):
            session.add(SetUpLink(hash=name, expires_at=expires))
    await retain(cast)
    async with cast.session() as session:
        left = (await session.exec(select(StaffInvitation.name))).all()
        changes = (await session.exec(select(PersonChange.account_id))).all()
        assert (await session.exec(select(SetUpLink.hash))).all() == ["new"]
    assert (left, sorted(changes, key=str)) == (["Frieda, seit 29 Tagen"], [None, BEN])


async def test_the_audit_log_goes_after_its_own_time(cast: Database) -> None:
    async with cast.transaction() as session:
        for days in (89, 91):
            session.add(AuditEntry(event="sign_in", outcome="done", at=NOW - timedelta(days=days)))
    await retain(cast)
    async with cast.session() as session:
        [left] = (await session.exec(select(AuditEntry))).all()
    assert left.at == NOW - timedelta(days=89)
