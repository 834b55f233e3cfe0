"""The activities of a hand-off may run twice, out of order, and again after a crash that followed their commit."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.exceptions import ApplicationError

from activities.crowdfunding import CrowdfundingActivities
from activities.ports.crowdfunding import Cause, PlatformError
from activities.record import RecordActivities
from models.database import Database
from models.messages.cases import Record
from models.messages.commands import Actor
from models.messages.crowdfunding import (
    CampaignCommand,
    CampaignOpening,
    CampaignRequest,
    CampaignState,
    DraftOutcome,
    DraftToSubmit,
    ReadingToTake,
)
from models.messages.idea import Cover
from models.messages.package import Package, PackageFacts
from models.rules import crowdfunding, readiness
from models.rules.crowdfunding import HAND_OFFS
from models.rules.steps import IDEAS
from models.tables import (
    CampaignAddressRow,
    CampaignObservation,
    CampaignPackage,
    NoticeRow,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import new_id
from models.vocabulary import CampaignStatus, NoticeKind
from models.workflow_ids import CROWDFUNDING
from tests.cast import POLICY
from tests.factories import (
    ALMA,
    BEN,
    BRUNO,
    CARLA,
    alma,
    ben,
    command,
    good_package,
    invite_cast,
    new_state,
    write_idea,
)
from tests.fakes import Doors, FakePlatform

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
RULEBOOK = POLICY.rulebook(NOW.date(), CROWDFUNDING)


def activities(database: Database, platform: FakePlatform | None = None) -> CrowdfundingActivities:
    return CrowdfundingActivities(database, platform or FakePlatform(), POLICY, lambda: NOW)


async def write_package(
    database: Database, idea: str, package: Package, *, attempt: int = 1, revision: int = 1
) -> None:
    async with database.transaction() as session:
        row = await session.get(CampaignPackage, (idea, attempt)) or CampaignPackage(idea_id=idea, attempt=attempt)
        row.revision, row.digest = revision, readiness.digest(package)
        row.content = package.model_dump(mode="json")
        session.add(row)


class Journal:
    """A hand-off's steps as the records its workflow would have sent, one for each version."""

    def __init__(self, idea: str, attempt: int = 1) -> None:
        request = CampaignRequest(idea_id=idea, attempt=attempt, owner_id=ALMA, office="dresden", actor=alma)
        self.facts = PackageFacts(revision=1, digest="d1", ready=True)
        self.records: list[Record] = []
        self.campaign: CampaignState = crowdfunding.begin(
            request, CampaignOpening(package=self.facts, rulebook=RULEBOOK), NOW
        )
        self._write()

    def take(self, event: str, actor: Actor, **fields: Any) -> None:
        asked = CampaignCommand(id=new_id(), event=event, actor=actor, package=self.facts, **fields)
        assert HAND_OFFS.refusal(self.campaign, asked, NOW) is None
        HAND_OFFS.take(self.campaign, asked, NOW)
        self._write()

    def _write(self) -> None:
        standing = self.campaign.standing.model_copy(deep=True)
        self.records.append(Record(standing=standing, entries=list(self.campaign.outbox)))
        self.campaign.outbox.clear()


async def write_journal(database: Database) -> Journal:
    await invite_cast(database)
    journal = Journal(await write_idea(database))
    journal.take("pack", alma)
    journal.take("confirm", alma)
    journal.take("withdraw", alma)
    return journal


async def everything(database: Database) -> list[object]:
    async with database.session() as session:
        rows: list[Any] = [
            *(await session.exec(select(StandingRow).where(StandingRow.kind == CROWDFUNDING))).all(),
            *(await session.exec(select(TimelineEntry).order_by(col(TimelineEntry.version)))).all(),
        ]
        notices = (await session.exec(select(NoticeRow.key, NoticeRow.account_id, NoticeRow.kind))).all()
    return [*(row.model_dump(exclude={"snapshot"}) for row in rows), sorted(notices)]


async def told(database: Database) -> set[tuple[str, str, str]]:
    async with database.session() as session:
        return set((await session.exec(select(NoticeRow.key, NoticeRow.account_id, NoticeRow.kind))).all())


# -- the record ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
async def test_any_order_and_any_repetition_leave_the_same_behind(database: Database, order: Sequence[int]) -> None:
    journal = await write_journal(database)
    recording = RecordActivities(database, Doors())
    for index in (*order, *reversed(order)):
        await recording.record(journal.records[index])
    shown = await everything(database)
    for record in journal.records:
        await recording.record(record)
    assert await everything(database) == shown
    async with database.session() as session:
        row = (await session.exec(select(StandingRow).where(StandingRow.kind == CROWDFUNDING))).one()
        versions = (await session.exec(select(TimelineEntry.version))).all()
    assert (row.version, row.state, row.outcome, row.holder_role) == (4, "withdrawn", "withdrawn", None)
    assert row.snapshot == journal.campaign.standing.model_dump(mode="json")
    assert sorted(versions) == [1, 2, 3, 4]


async def test_the_coach_is_whoever_the_idea_has_when_it_is_recorded(database: Database) -> None:
    """Nobody yet: the leads. Ben is the coach: Ben. Bruno stands in for him: Bruno."""
    await invite_cast(database)
    idea = await write_idea(database)
    state = new_state(idea, entered_at=NOW)
    IDEAS.take(state, command("submit", alma), NOW)
    kind = NoticeKind.CROWDFUNDING_TURN
    for version, (coach, cover, told_is) in enumerate(
        [(None, None, CARLA), (BEN, None, BEN), (BEN, Cover(until=date(2026, 7, 1), account_id=BRUNO), BRUNO)], start=1
    ):
        state.standing.version, state.standing.coach_id, state.standing.cover = version, coach, cover
        entry = state.outbox[0].model_copy(update={"version": version, "command_id": new_id(), "notices": []})
        await RecordActivities(database, Doors()).record(Record(standing=state.standing, entries=[entry]))
        journal = Journal(idea, attempt=version)
        journal.take("pack", alma)
        journal.take("confirm", alma)
        for record in journal.records:
            await RecordActivities(database, Doors()).record(record)
        assert {row for row in await told(database) if row[0].startswith(f"crowdfunding/{version}/")} == {
            (f"crowdfunding/{version}/3", told_is, kind)
        }


async def test_an_address_that_is_turned_down_is_free_for_others(database: Database) -> None:
    await invite_cast(database)
    idea, other = await write_idea(database), await write_idea(database)
    links = [await paste(database, idea, f"c-{n}") for n in range(3)]
    journal = Journal(idea)
    to_entry(journal)
    journal.take("link", alma, link_id=links[0])
    journal.take("reject_link", ben)
    journal.take("link", alma, link_id=links[1])
    for record in journal.records:
        await RecordActivities(database, Doors()).record(record)
    assert await rejected(database, links) == [True, False, False]
    await paste(database, other, "c-0")
    journal.take("confirm_link", ben)
    await RecordActivities(database, Doors()).record(journal.records[-1])
    assert await rejected(database, links) == [True, False, True], "nobody needs the third any more"
    journal.take("withdraw", alma)
    await RecordActivities(database, Doors()).record(journal.records[-1])
    assert await rejected(database, links) == [True, False, True], "a checked one stays with its attempt"


async def test_what_ends_without_a_campaign_gives_up_its_addresses(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    links = [await paste(database, idea, f"c-{n}") for n in range(2)]
    journal = Journal(idea)
    to_entry(journal)
    journal.take("link", alma, link_id=links[0])
    journal.take("withdraw", alma)
    for record in journal.records:
        await RecordActivities(database, Doors()).record(record)
    assert await rejected(database, links) == [True, True]


def to_entry(journal: Journal) -> None:
    journal.take("pack", alma)
    journal.take("confirm", alma)
    journal.take("confirm", ben)
    asked = DraftToSubmit(idea_id="", attempt=1, package=journal.facts)
    crowdfunding.take_draft_outcome(journal.campaign, asked, DraftOutcome(package=journal.facts), NOW)
    journal._write()


async def paste(database: Database, idea: str, reference: str, platform: str = "fake") -> str:
    row = CampaignAddressRow(idea_id=idea, attempt=1, platform=platform, campaign_key=reference, url="")
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def rejected(database: Database, links: list[str]) -> list[bool]:
    async with database.session() as session:
        return [(await session.get_one(CampaignAddressRow, link)).rejected_at is not None for link in links]


# -- the package ---------------------------------------------------------------------------------------------------


async def test_the_first_package_begins_with_the_words_of_the_idea(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database, problem="Niemand weiß Bescheid.", solution="Wir schon.")
    opening = await activities(database).open_package(idea, 1)
    assert (opening.package.revision, opening.package.ready) == (1, False)
    assert opening.rulebook == RULEBOOK
    async with database.session() as session:
        row = await session.get_one(CampaignPackage, (idea, 1))
    package = Package.model_validate(row.content)
    assert (package.title, package.about) == ("Pflegelotsen im Quartier", "Niemand weiß Bescheid.\n\nWir schon.")
    assert row.digest == opening.package.digest == readiness.digest(package)


async def test_the_next_attempt_begins_with_the_package_of_the_last(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await write_package(database, idea, good_package(), revision=7)
    opening = await activities(database).open_package(idea, 2)
    assert opening.package == PackageFacts(revision=1, digest=readiness.digest(good_package()), ready=True)
    await write_package(database, idea, good_package(title="Anders"), attempt=2, revision=2)
    again = await activities(database).open_package(idea, 2)
    assert (again.package.revision, again.package.digest) == (2, readiness.digest(good_package(title="Anders")))
    async with database.session() as session:
        first = await session.get_one(CampaignPackage, (idea, 1))
    assert (first.revision, first.digest) == (7, readiness.digest(good_package())), "the last attempt's stays as it was"


# -- handing over --------------------------------------------------------------------------------------------------


async def draft_of(database: Database, package: Package | None = None) -> DraftToSubmit:
    await invite_cast(database)
    idea = await write_idea(database)
    await write_package(database, idea, package or good_package(), revision=3)
    facts = PackageFacts(revision=3, digest=readiness.digest(good_package()), ready=True)
    return DraftToSubmit(idea_id=idea, attempt=1, package=facts)


async def test_what_was_confirmed_is_handed_over_under_one_key(database: Database) -> None:
    platform, draft = FakePlatform(), await draft_of(database)
    outcomes = [await activities(database, platform).submit_draft(draft) for _ in range(2)]
    assert outcomes[0] == outcomes[1]
    assert (outcomes[0].package, outcomes[0].steps, outcomes[0].trouble) == (draft.package, ("account", "draft"), None)
    key = f"crowdfunding/{draft.idea_id}/1/{draft.package.digest}"
    assert platform.submissions == [key, key], "the platform makes one draft of one key"


async def test_what_was_edited_since_is_not_handed_over(database: Database) -> None:
    platform, draft = FakePlatform(), await draft_of(database, good_package(title="Anders"))
    outcome = await activities(database, platform).submit_draft(draft)
    assert outcome.package.digest == readiness.digest(good_package(title="Anders"))
    assert platform.submissions == []


async def test_a_package_that_is_not_saved_yet_is_waited_for(database: Database) -> None:
    draft = await draft_of(database)
    ahead = draft.model_copy(update={"package": draft.package.model_copy(update={"revision": 4})})
    for early in (ahead, draft.model_copy(update={"attempt": 2})):
        with pytest.raises(ApplicationError) as waits:
            await activities(database).submit_draft(early)
        assert (waits.value.type, waits.value.non_retryable) == ("PackageNotThereYet", False)


async def test_a_platform_that_is_away_is_tried_again_when_it_says_and_others_leave_it_to_people(
    database: Database,
) -> None:
    platform, draft = FakePlatform(), await draft_of(database)
    platform.draft_errors.extend([PlatformError(Cause.RATE_LIMITED, 90), PlatformError(Cause.CONSENT_MISSING)])
    with pytest.raises(ApplicationError) as later:
        await activities(database, platform).submit_draft(draft)
    assert (later.value.type, later.value.next_retry_delay) == ("rate_limited", timedelta(seconds=90))
    outcome = await activities(database, platform).submit_draft(draft)
    assert outcome.trouble == Cause.CONSENT_MISSING


# -- reading -------------------------------------------------------------------------------------------------------


async def reading_of(database: Database, platform: str = "fake") -> ReadingToTake:
    await invite_cast(database)
    idea = await write_idea(database)
    return ReadingToTake(idea_id=idea, attempt=1, link_id=await paste(database, idea, "pflegelotsen", platform), n=1)


async def test_a_reading_is_kept_once_however_often_it_is_taken(database: Database) -> None:
    platform = FakePlatform(reads_status=True)
    platform.says(CampaignStatus.FUNDING, CampaignStatus.ENDED_SUCCESSFUL)
    reading = await reading_of(database)
    first = await activities(database, platform).read_campaign(reading)
    again = await activities(database, platform).read_campaign(reading)
    assert first == again
    assert first.observation is not None
    assert (first.observation.status, first.observation.funded_cents) == (CampaignStatus.FUNDING, 250_00)
    assert platform.readings == ["pflegelotsen"]
    second = await activities(database, platform).read_campaign(reading.model_copy(update={"n": 2}))
    assert second.observation is not None
    assert second.observation.status is CampaignStatus.ENDED_SUCCESSFUL
    async with database.session() as session:
        rows = (await session.exec(select(CampaignObservation))).all()
    assert {(row.raw_status, row.provenance, row.account_id) for row in rows} == {
        ("funding", "api", None),
        ("ended_successful", "api", None),
    }


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (PlatformError(Cause.RATE_LIMITED, 30), True),
        (PlatformError(Cause.UNAVAILABLE), True),
        (PlatformError(Cause.KEY_REVOKED), False),
        (PlatformError(Cause.CONTRACT_DRIFT), False),
    ],
    ids=lambda value: str(value),
)
async def test_why_nothing_was_read_is_told_and_nothing_is_kept(
    database: Database, error: PlatformError, retryable: bool
) -> None:
    platform = FakePlatform(reads_status=True)
    platform.says(error)
    outcome = await activities(database, platform).read_campaign(await reading_of(database))
    assert (outcome.cause, outcome.retryable) == (error.cause, retryable)
    assert (outcome.retry_after, outcome.observation) == (error.retry_after, None)
    async with database.session() as session:
        assert (await session.exec(select(CampaignObservation))).all() == []


async def test_what_cannot_be_read_is_not_asked_for(database: Database) -> None:
    blind, other = FakePlatform(), FakePlatform(reads_status=True)
    reading = await reading_of(database)
    elsewhere = reading.model_copy(update={"link_id": await paste(database, reading.idea_id, "x", "another")})
    erased = reading.model_copy(update={"link_id": new_id()})
    assert (await activities(database, blind).read_campaign(reading)).cause == Cause.NOT_SUPPORTED
    assert (await activities(database, other).read_campaign(elsewhere)).cause == Cause.NOT_SUPPORTED
    assert (await activities(database, other).read_campaign(erased)).cause == Cause.NOT_FOUND
    assert blind.readings == other.readings == []
