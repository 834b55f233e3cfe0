"""`ideenweg erase`: afterwards a person is nowhere, and everything else is where it was."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import SQLModel, col, select
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from typer.testing import CliRunner

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.inbox import InboxActivities
from activities.mail_sending import MailingActivities
from activities.ports.mailer import Mail
from activities.projection import notice_values
from activities.upkeep import erasure
from activities.upkeep.anonymise import TREATMENT, erase_rows, hold_mails, lock_subject
from activities.upkeep.close_cases import CannotErase, plan_erasure
from api.cli import app
from models.database import Database
from models.messages.commands import ENGINE
from models.messages.inbox import MailOrder
from models.messages.upkeep import Erasure
from models.tables import (
    Account,
    AddressChange,
    CampaignAddressRow,
    CampaignImage,
    CampaignPackage,
    CoachProfile,
    Document,
    Draft,
    ErasureRow,
    Idea,
    MailRow,
    NoticeRow,
    NoticeSettings,
    StandingRow,
)
from models.tables.columns import new_id, utc_now
from models.vocabulary import MailState, NoticeKind, Role, Share
from tests.activities.attachments.samples import PDF
from tests.activities.upkeep.conftest import Doorbell, dump, run_sql
from tests.api.conftest import KEY, Web, make_services, open_web, until
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, command, invite_cast, write_idea
from tests.teams import NORA, OTTO, gather_team, new_innovator, write_invitation
from tests.workflows.conftest import LETTERHEAD

CANARY = "Zaunkönig"
"""Stands in everything that Alma writes, and in her name and address. Nobody else writes it."""

ADDRESS = "alma.zaunkoenig@example.org"


@dataclass(frozen=True)
class Ended:
    """What a command has answered."""

    code: int
    out: str


@dataclass(frozen=True)
class Town:
    """The application with its worker, and the command line beside it."""

    web: Web
    database_url: str

    async def run(self, *arguments: str, given: str = "", pipeline: Path | None = None) -> Ended:
        """`ideenweg …` in a thread with its own loop, while the worker works on in this one."""
        settings = self.web.services.settings
        environment = {
            "DATABASE_URL": self.database_url,
            "TEMPORAL_ADDRESS": settings.temporal_address or "",
            "IDEENWEG_TASK_QUEUE": settings.task_queue,
            "IDEENWEG_VAR": str(settings.var),
            "IDEENWEG_SECRET_KEY": KEY,
            "IDEENWEG_PIPELINE": str(pipeline or settings.pipeline),
        }
        ended = await asyncio.to_thread(CliRunner().invoke, app, arguments, input=given, env=environment)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return Ended(ended.exit_code, ended.output)

    async def find(self, word: str) -> set[str]:
        """The tables in which a word stands, in any of its rows and columns."""
        found = await dump(self.web.database)
        return {table for table, rows in found.items() if word.casefold() in str(rows).casefold()}


@pytest.fixture
async def town(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Town]:
    await invite_cast(database)
    async with open_town(database, database_url, client, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def open_town(database: Database, database_url: str, client: Client, var: Path) -> AsyncIterator[Town]:
    async with open_web(make_services(database, database_url, client, var, policy=POLICY)) as web:
        async with database.transaction() as session:
            await session.exec(
                update(Account).where(col(Account.id) == ALMA).values(name=f"Alma {CANARY}", email=ADDRESS)
            )
        yield Town(web, database_url)


async def write_everything(town: Town) -> str:
    """Alma has an open idea with everything that an idea can have, an ended one, and a draft. Returns the open one."""
    web = town.web
    words = {"title": f"{CANARY} im Quartier", "summary": f"{CANARY} baut", "problem": CANARY, "solution": CANARY}
    idea = await web.bring_to("working", **words)
    await web.ask(ALMA, idea, "write_note", note=f"Ein {CANARY} fliegt.")
    await web.ask(BEN, idea, "write_note", note=f"{CANARY} ist fleißig.", internal=True)
    await web.ask(ALMA, idea, "plan", tasks=[{"title": f"{CANARY} füttern"}])
    sent = {"file": (f"{CANARY}.pdf", PDF, "application/pdf")}
    assert (await web.alma.post(f"/api/v1/ideas/{idea}/attachments", files=sent)).status_code == 201
    ended = await web.hand_in(**words)
    # A mail about an idea that has ended would not be sent any more.
    await mails_are_out(town)
    await web.ask(ALMA, ended, "withdraw")
    draft = await web.alma.post("/api/v1/drafts", json={"title": f"{CANARY}, ein Entwurf"})
    assert draft.status_code == 201, draft.text
    async with web.database.transaction() as session:
        key: dict[str, Any] = {"idea_id": idea, "attempt": 1}
        session.add(CampaignPackage(**key, content={"title": CANARY, "team": [{"name": CANARY}]}, updated_by=ALMA))
        await session.exec(update(Document).where(col(Document.idea_id) == idea).values(words={"costs": CANARY}))
        session.add(CampaignImage(**key, media_type="image/png", width=1, height=1, content=CANARY.encode()))
        session.add(
            CampaignAddressRow(**key, platform="sandbox", campaign_key=CANARY, url=f"https://{CANARY}", created_by=ALMA)
        )
        tomorrow = utc_now() + timedelta(days=1)
        session.add(waiting := Idea(id=new_id(), owner_id=ALMA, title=CANARY, office="dresden"))
        await session.flush()
        session.add(Draft(account_id=ALMA, idea_id=waiting.id, words={"title": CANARY}, expires_at=tomorrow))
        session.add(Draft(account_id=ALMA, words={"title": CANARY}, expires_at=tomorrow))
        session.add(Draft(email=ADDRESS, name=CANARY, words={"summary": CANARY}, expires_at=tomorrow))
        session.add(Draft(email="dora@example.org", words={"summary": f"Mit {ADDRESS}."}, expires_at=tomorrow))
        session.add(AddressChange(account_id=ALMA, email=f"neu.{ADDRESS}", expires_at=tomorrow))
        session.add(NoticeSettings(account_id=ALMA))
        days: dict[str, Any] = {"deputy_from": date(2026, 1, 1), "deputy_until": date(2026, 1, 2)}
        session.add(NoticeSettings(account_id=DORA, deputy_id=ALMA, **days))
    return idea


async def mails_are_out(town: Town) -> None:
    async def nobody_waits() -> bool:
        found = await dump(town.web.database, "notice", "mail")
        return all(row["settled_at"] for row in found["notice"]) and all(row["sent_at"] for row in found["mail"])

    await until(nobody_waits)


async def all_histories(town: Town) -> bytes:
    """Everything that Temporal has kept of this town."""
    client, queue = town.web.services.engine.client, town.web.services.settings.task_queue
    kept = b""
    async for run in client.list_workflows(f"TaskQueue = '{queue}'"):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        kept += b"".join(event.SerializeToString() for event in history.events)
    return kept


async def test_whoever_is_erased_is_nowhere(town: Town) -> None:
    dora_writes = {"title": "Ein anderer Garten", "summary": f"Fragen Sie {ADDRESS.upper()}, bitte."}
    other = await town.web.dora.post("/api/v1/ideas", json=dora_writes)
    assert other.status_code == 201, other.text
    idea = await write_everything(town)
    await mails_are_out(town)
    assert await town.find(CANARY) >= {
        "account",
        "idea",
        "attachment",
        "document",
        "note",
        "task",
        "mailbox_message",
        "campaign_package",
        "campaign_address",
    }
    before = await dump(town.web.database, "timeline_entry", "account")

    answer = await town.run("erase", ADDRESS.title(), "--yes")
    assert answer.code == 0, answer.out
    assert "Erased." in answer.out
    await mails_are_out(town)
    assert await town.find(CANARY) == set()
    assert CANARY.encode() not in await all_histories(town)
    assert b"working" in await all_histories(town)
    left = await dump(town.web.database)
    assert [left[name] for name in ("campaign_package", "campaign_image", "campaign_address")] == [[], [], []]

    async with town.web.database.session() as session:
        row = await session.get_one(StandingRow, idea)
        account = await session.get_one(Account, ALMA)
        kept = (await session.exec(select(Idea).where(Idea.owner_id == ALMA))).all()
    assert (row.outcome, row.owner_id) == ("withdrawn", ALMA)
    assert (account.name, account.roles, account.email) == ("", [], f"{ALMA}@erased.invalid")
    assert [(idea.title, idea.summary) for idea in kept] == [("Gelöschte Idee", "")] * 2
    # The others are as they were, and so is the timeline: the draft had none, one idea was withdrawn.
    others = {row["id"]: row for row in before["account"] if row["id"] != ALMA}
    assert {row["id"]: row for row in left["account"] if row["id"] != ALMA} == others
    assert len(left["timeline_entry"]) == len(before["timeline_entry"]) + 1
    [garden] = [row for row in left["idea"] if row["owner_id"] == DORA]
    assert garden["summary"] == "Fragen Sie …, bitte."
    [settings] = left["notice_settings"]
    assert (settings["account_id"], settings["deputy_id"]) == (DORA, None)

    [line] = left["erasure"]
    assert line["fingerprint"] == erasure.fingerprint_of(ADDRESS, KEY)
    assert line["counts"]["ideas"] == 2
    assert erasure.read_erasures(town.web.services.settings.var / erasure.LIST_NAME) == [
        Erasure(account_id=ALMA, fingerprint=line["fingerprint"], erased_at=line["erased_at"])
    ]
    assert (await town.web.alma.get("/api/v1/me")).status_code == 401
    # There is nothing left that could be taken up again.
    assert (await town.web.read(idea))["allowed_events"] == []
    reopened = await town.web.try_to(CARLA, idea, "reopen", reason="Schade drum.")
    assert (reopened.status_code, reopened.json()["code"]) == (409, "not_allowed")
    assert (await town.run("erase", ADDRESS, "--yes")).code == 2


async def test_a_coach_who_is_erased_leaves_nobody_alone(town: Town) -> None:
    idea = await town.web.bring_to("working")
    await town.web.ask(BEN, idea, "write_note", note="Ein Gedanke von Ben.")
    waiting = await town.web.bring_to("matching")
    offer = await town.web.open_offer(waiting)
    assert offer["coach"]["id"] == BEN
    answer = await town.run("erase", "ben@example.org", "--yes")
    assert answer.code == 0, answer.out
    for its_id in (idea, waiting):
        # Ben's offer is taken back by a signal, which his erasure does not wait for.
        assert (await town.web.open_offer(its_id, BRUNO))["coach"]["id"] == BRUNO
    shown = await town.web.read(idea)
    assert (shown["outcome"], shown["coach"]) == (None, None)
    assert await town.find("Gedanke von Ben") == set()
    assert await town.find("ben@example.org") == set()
    async with town.web.database.session() as session:
        assert await session.get(CoachProfile, BEN) is None
        assert "Pflegelotsen" in (await session.get_one(Idea, idea)).title


async def test_whoever_is_erased_is_in_no_team_and_was_never_asked(town: Town) -> None:
    web, nora = town.web, "nora@example.org"
    idea, ended = await web.bring_to("working"), await web.bring_to("working")
    for its_id in (idea, ended):
        await gather_team(web.database, web.services.engine, its_id)
    await web.ask(CARLA, ended, "close", outcome="closed", reason="Es passt nicht.")
    await write_invitation(web.database, idea, nora)
    await write_invitation(web.database, idea, "bleibt@example.org")
    asked = await town.run("erase", nora, "--dry-run")
    assert "1 open ideas lose them from their team" in asked.out
    answer = await town.run("erase", nora, "--yes")
    assert answer.code == 0, answer.out
    shown = await web.alma.get(f"/api/v1/ideas/{idea}/team")
    assert [one["person"]["name"] for one in shown.json()["members"]] == ["Otto"]
    assert [one["email"] for one in shown.json()["invitations"]] == ["bleibt@example.org"]
    assert await town.find(nora) == set()
    assert (await town.run("erase", ADDRESS, "--yes")).code == 0
    assert await town.find("bleibt@example.org") == set(), "what is asked into an idea goes with it"


async def test_a_dry_run_and_a_no_change_nothing(town: Town) -> None:
    await write_everything(town)
    await mails_are_out(town)
    before = await dump(town.web.database)
    dry = await town.run("erase", ADDRESS, "--dry-run")
    assert (dry.code, "Dry run" in dry.out) == (0, True)
    assert "1 open ideas will be withdrawn" in dry.out
    refused = await town.run("erase", ADDRESS, given="n\n")
    assert refused.code == 1, refused.out
    assert await dump(town.web.database) == before
    assert not (town.web.services.settings.var / erasure.LIST_NAME).exists()


async def test_who_cannot_be_erased_yet_and_why(town: Town, tmp_path: Path) -> None:
    lead = await town.run("erase", "carla@example.org", "--yes")
    assert (lead.code, "only lead" in lead.out) == (2, True)
    nobody = await town.run("erase", "nobody@example.org", "--yes")
    assert (nobody.code, "no account" in nobody.out) == (2, True)

    await town.web.bring_to("planning")
    pipeline = tmp_path / "pipeline.toml"
    rules = town.web.services.settings.pipeline.read_text(encoding="utf-8")
    tomorrow = town.web.services.today() + timedelta(days=1)
    pipeline.write_text(rules.replace("[retention]", f"[retention]\nevidence_until = {tomorrow}"), encoding="utf-8")
    kept = await town.run("erase", ADDRESS, "--yes", pipeline=pipeline)
    assert (kept.code, "evidence until" in kept.out) == (2, True), kept.out
    assert "Traceback" not in kept.out
    assert await town.find(CANARY) >= {"account"}
    done = await town.run("erase", ADDRESS, "--yes", "--despite-evidence", pipeline=pipeline)
    assert done.code == 0, done.out
    assert await town.find(CANARY) == set()


async def test_of_two_leads_who_are_erased_at_once_one_stays(database: Database, tmp_path: Path) -> None:
    await invite_cast(database)
    async with database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == BEN).values(roles=[str(Role.LEAD)]))
        for lead in (BEN, CARLA):
            await plan_erasure(session, await session.get_one(Account, lead), date(2026, 9, 1), None)
    now, path = datetime.now(UTC), tmp_path / erasure.LIST_NAME
    erasing = [erasure.erase(database, lead, KEY, now, path) for lead in (BEN, CARLA)]
    first, second = await asyncio.gather(*erasing, return_exceptions=True)
    refused = first if isinstance(first, CannotErase) else second
    assert isinstance(refused, CannotErase)
    assert "only lead" in str(refused)
    assert len(erasure.read_erasures(path)) == 1


async def test_evidence_is_what_was_coached_until_its_day(town: Town) -> None:
    coached = await town.web.bring_to("planning")
    await town.web.hand_in()
    today = town.web.services.today()
    async with town.web.database.session() as session:
        account = await session.get_one(Account, ALMA)
        assert (await plan_erasure(session, account, today, today)).evidence == [coached]
        assert (await plan_erasure(session, account, today, today - timedelta(days=1))).evidence == []
        assert (await plan_erasure(session, account, today, None)).evidence == []


async def test_mentions_by_others_are_told_and_never_changed_by_machine(town: Town) -> None:
    idea = (await town.web.dora.post("/api/v1/ideas", json={"title": "Hof", "summary": "Mit Alma  Zaunkönig."})).json()
    await town.web.hand_in(summary=f"Alma {CANARY}s Zaun")
    answer = await town.run("erase", ADDRESS, "--yes")
    assert answer.code == 0, answer.out
    assert f"look at idea:{idea['id']} of the idea {idea['id']}" in answer.out
    assert await town.find(CANARY) == {"idea"}


async def test_the_idea_of_a_team_goes_to_whoever_has_worked_on_it_for_longest(town: Town) -> None:
    web = town.web
    alone = await web.bring_to("working")
    idea = await web.bring_to("working", summary=f"Alma {CANARY} und Nora bauen.")
    await gather_team(web.database, web.services.engine, idea)
    ivo = await join_later(web, idea)
    dry = await town.run("erase", ADDRESS, "--dry-run")
    assert "1 open ideas will be withdrawn" in dry.out
    assert "1 open ideas go to whoever has worked on them for longest" in dry.out
    answer = await town.run("erase", ADDRESS, "--yes")
    assert answer.code == 0, answer.out
    async with web.database.session() as session:
        row, left = await session.get_one(StandingRow, idea), await session.get_one(StandingRow, alone)
        kept = await session.get_one(Idea, idea)
        told = select(NoticeRow.kind).where(NoticeRow.account_id == NORA, NoticeRow.idea_id == idea)
        assert NoticeKind.OWNER_BECOME in (await session.exec(told)).all()
    assert (row.owner_id, row.outcome, kept.owner_id) == (NORA, None, NORA)
    assert row.team == {OTTO: "observer", ivo: "collaborator"}
    assert left.outcome == "withdrawn"
    assert kept.summary == "… und Nora bauen.", "the words are the team's, the name is hers"
    assert await town.find(CANARY) == set()


async def join_later(web: Web, idea: str) -> str:
    """Ivo works on it, too, for not so long."""
    ivo = new_id()
    async with web.database.transaction() as session:
        session.add(new_innovator(ivo, "ivo"))
    joins = command("join_team", ENGINE, member_id=ivo, share=Share.COLLABORATOR)
    receipt = await web.services.engine.command(idea, joins)
    await web.services.read_model.wait(idea, receipt.version, 20)
    return ivo


async def test_an_observer_or_somebody_blocked_inherits_nothing(town: Town) -> None:
    web = town.web
    idea = await web.bring_to("working")
    await gather_team(web.database, web.services.engine, idea)
    await run_sql(web.database, "UPDATE account SET blocked_at = now() WHERE id = :nora", nora=NORA)
    answer = await town.run("erase", ADDRESS, "--yes")
    assert answer.code == 0, answer.out
    async with web.database.session() as session:
        assert (await session.get_one(StandingRow, idea)).outcome == "withdrawn"


async def test_what_erase_points_at_goes_by_redact_or_at_once_with_the_name(town: Town) -> None:
    web = town.web
    idea = (await web.dora.post("/api/v1/ideas", json={"title": "Hof", "summary": f"Mit Alma {CANARY}."})).json()["id"]
    dry = await town.run("erase", ADDRESS, "--dry-run", "--replace-name")
    assert "Please look" not in dry.out
    answer = await town.run("erase", ADDRESS, "--yes")
    assert f"Please look at idea:{idea}" in answer.out
    assert CANARY not in answer.out
    whole = await town.run("redact", f"idea:{idea}", "--yes")
    assert (whole.code, "no such place" in whole.out) == (2, True), "an idea keeps its words"
    assert (await town.run("redact", f"idea:{idea}", "--name", f"Alma {CANARY}", given="n\n")).code == 1
    assert await town.find(CANARY) == {"idea"}
    assert (await town.run("redact", f"idea:{idea}", "--name", f"Alma {CANARY}", "--yes")).code == 0
    assert await town.find(CANARY) == set()
    kept = await dump(web.database, "audit_entry", "erasure")
    assert [line["event"] for line in kept["audit_entry"] if line["event"] in ("erasure", "redaction")] == [
        "erasure",
        "redaction",
    ]
    assert kept["erasure"][0]["places"] == [{"name": "idea", "key": idea, "idea_id": idea}]


async def test_an_open_case_that_does_not_end_keeps_the_words(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from activities.upkeep import close_cases

    monkeypatch.setattr(close_cases, "SHOWN_WITHIN_SECONDS", 0.4)
    idea = await town.web.bring_to("screening", title=CANARY)
    services = town.web.services
    await services.engine.client.get_workflow_handle(f"idea/{idea}").terminate()
    with pytest.raises(CannotErase, match="reconcile --fix"):
        await close_cases.end_open_cases(services.database, services.engine, ALMA)
    assert "idea" in await town.find(CANARY)


# -- mails that are under way -----------------------------------------------------------------------------------


async def end_quietly(database: Database) -> str:
    """Alma has an ended idea, and Ben has not been told of it."""
    await invite_cast(database)
    idea = await write_idea(database, title=CANARY)
    ended = "UPDATE standing SET version = 1, outcome = 'withdrawn', state = 'withdrawn', ended_at = now()"
    await run_sql(database, ended)
    async with database.transaction() as session:
        session.add(NoticeRow(**notice_values(idea, "v1", BEN, NoticeKind.ENDED)))
    return idea


async def erase_alma(database: Database, var: Path) -> None:
    await erasure.erase(database, ALMA, KEY, datetime.now(UTC), var / erasure.LIST_NAME)


class InterruptedMailer:
    """A mailer in whose hands a mail is written when Alma is erased."""

    def __init__(self, database: Database, var: Path) -> None:
        self.database = database
        self.var = var
        self.written: list[str] = []
        self.sent: list[str] = []

    async def send(self, mail: Mail, giving: Callable[[], Awaitable[None]]) -> None:
        self.written.append(mail.text)
        if len(self.written) == 1:
            await erase_alma(self.database, self.var)
        await giving()
        self.sent.append(mail.text)


async def test_a_mail_that_is_being_written_is_written_anew(database: Database, tmp_path: Path) -> None:
    await end_quietly(database)
    mailer = InterruptedMailer(database, tmp_path)
    mailing = MailingActivities(database, Doorbell(), mailer, LETTERHEAD)
    order = MailOrder(account_id=BEN, mail_id=new_id(), now=datetime.now(UTC) + timedelta(hours=1))
    assert await InboxActivities(database, LETTERHEAD.policy).prepare_mail(order)
    with pytest.raises(ApplicationError, match="overtaken"):
        await mailing.send_mail(order.mail_id)
    assert (CANARY in mailer.written[0], mailer.sent) == (True, [])
    assert await mailing.send_mail(order.mail_id) is MailState.SENT
    [sent] = mailer.sent
    assert CANARY not in sent
    assert "Gelöschte Idee" in sent


async def test_a_mail_that_is_begun_during_an_erasure_waits_for_its_end(database: Database) -> None:
    await end_quietly(database)
    mailing = MailingActivities(database, Doorbell(), LocalMailbox(database), LETTERHEAD)
    order = MailOrder(account_id=BEN, mail_id=new_id(), now=datetime.now(UTC) + timedelta(hours=1))
    async with database.session() as erasing:
        account = await lock_subject(erasing, ALMA)
        assert await hold_mails(erasing, ALMA)
        assert await InboxActivities(database, LETTERHEAD.policy).prepare_mail(order)
        await erase_rows(erasing, account)
        sending = asyncio.create_task(mailing.send_mail(order.mail_id))
        await until_somebody_waits(database)
        await erasing.commit()
    assert await sending is MailState.SENT
    [mail] = (await dump(database, "mailbox_message"))["mailbox_message"]
    assert CANARY not in str(mail)


async def test_nobody_writes_to_a_reader_who_is_being_erased(database: Database) -> None:
    await end_quietly(database)
    mailing = MailingActivities(database, Doorbell(), LocalMailbox(database), LETTERHEAD)
    order = MailOrder(account_id=BEN, mail_id=new_id(), now=datetime.now(UTC) + timedelta(hours=1))
    assert await InboxActivities(database, LETTERHEAD.policy).prepare_mail(order)
    async with database.session() as erasing:
        account = await lock_subject(erasing, BEN)
        sending = asyncio.create_task(mailing.send_mail(order.mail_id))
        await until_somebody_waits(database)
        await erase_rows(erasing, account)
        await erasing.commit()
    assert await sending is MailState.FAILED
    assert (await dump(database, "mailbox_message"))["mailbox_message"] == []


async def test_an_erasure_that_meets_a_mail_in_the_making_lets_it_go_first(database: Database) -> None:
    """Each has what the other wants, and PostgreSQL ends the one that has waited longer."""
    await end_quietly(database)
    async with database.session() as preparing:
        connection = await preparing.connection()
        await connection.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        preparing.add(MailRow(id=new_id(), account_id=BEN, recipient_id=BEN))
        await preparing.flush()
        counting = asyncio.create_task(erasure.count_erasure(database, BEN))
        await until_somebody_waits(database)
        await connection.execute(text("UPDATE notice SET settled_at = now() WHERE account_id = :ben"), {"ben": BEN})
        await preparing.commit()
    counts, _ = await counting
    assert counts.notices > 0


async def until_somebody_waits(database: Database) -> None:
    """Until another transaction waits for a lock."""

    async def somebody_waits() -> bool:
        async with database.session() as session:
            connection = await session.connection()
            waiting = text("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted")
            return bool((await connection.execute(waiting)).scalar_one())

    await until(somebody_waits)


async def test_a_mail_that_is_with_a_server_is_waited_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "MAIL_LOOKS", 2)
    monkeypatch.setattr(erasure, "MAIL_PAUSE_SECONDS", 0.01)
    await end_quietly(database)
    async with database.transaction() as session:
        session.add(MailRow(id=new_id(), account_id=ALMA, recipient_id=ALMA, state=MailState.HANDING_OVER))
    before = await dump(database)
    with pytest.raises(CannotErase, match="mail server"):
        await erase_alma(database, tmp_path)
    assert await dump(database) == before
    assert erasure.read_erasures(tmp_path / erasure.LIST_NAME) == []
    await run_sql(database, "UPDATE mail SET state = 'sent'")
    await erase_alma(database, tmp_path)
    assert CANARY not in str(await dump(database))


# -- after a restore --------------------------------------------------------------------------------------------


async def test_a_restored_backup_is_erased_again(town: Town) -> None:
    """The backup was made while Alma's idea was open; she was erased after it."""
    idea = await write_everything(town)
    await mails_are_out(town)
    since = datetime.now(UTC) + timedelta(seconds=1)
    known = [Erasure(account_id=ALMA, fingerprint=erasure.fingerprint_of(ADDRESS, KEY), erased_at=since)]
    database = town.web.database
    assert await erasure.replay_erasures(database, KEY, known) == 1
    assert await erasure.replay_erasures(database, KEY, known) == 0
    assert await town.find(CANARY) == set()
    async with database.session() as session:
        assert len((await session.exec(select(ErasureRow))).all()) == 1
        assert (await session.get_one(StandingRow, idea)).outcome is None
    # By night her open case comes to its end.
    answer = await town.run("retention")
    assert answer.code == 0, answer.out
    async with database.session() as session:
        assert (await session.get_one(StandingRow, idea)).outcome == "withdrawn"
    assert await town.find(CANARY) == set()


@pytest.mark.parametrize(
    ("changes", "erased"),
    [
        ({}, 1),
        ({"email": "alma.neu@example.org"}, 1),  # found by its id
        ({"id": "another"}, 1),  # found by the address
        ({"id": "another", "email": "alma.neu@example.org"}, 0),
        ({"id": "another", "created": timedelta(days=1)}, 0),  # came anew after the erasure
    ],
)
async def test_whom_a_replay_finds(database: Database, changes: dict[str, Any], erased: int) -> None:
    now = datetime.now(UTC)
    its_id = new_id()
    async with database.transaction() as session:
        session.add(
            Account(
                id=new_id() if "id" in changes else its_id,
                email=changes.get("email", "alma@example.org"),
                name="Alma",
                roles=[str(Role.INNOVATOR)],
                created_at=now + changes.get("created", -timedelta(days=1)),
            )
        )
    known = Erasure(account_id=its_id, fingerprint=erasure.fingerprint_of("alma@example.org", KEY), erased_at=now)
    assert await erasure.replay_erasures(database, KEY, [known]) == erased
    assert await erasure.replay_erasures(database, "another key, which finds nobody by address", [known]) == 0


def test_the_list_outside_the_database_is_private_and_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "var" / erasure.LIST_NAME
    assert erasure.read_erasures(path) == []
    lines = [
        Erasure(account_id=new_id(), fingerprint="f" * 64, erased_at=datetime(2026, 6, day, tzinfo=UTC))
        for day in (1, 2)
    ]
    for line in lines:
        erasure.append_erasure(path, line)
    assert erasure.read_erasures(path) == lines
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_table_was_thought_of() -> None:
    assert sorted(TREATMENT) == sorted(SQLModel.metadata.tables)
