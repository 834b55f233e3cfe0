"""Hand-offs as pages read them: the latest attempt, its timeline and observations."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from activities.campaign_projection import CampaignProjection
from models.database import Database
from models.messages.cases import Holder
from models.messages.commands import Actor
from models.messages.crowdfunding import CampaignLink, CampaignStanding
from models.messages.package import PackageImage
from models.queries.board import BoardFilter, count_ideas
from models.queries.crowdfunding import MOST_OBSERVATIONS, read_campaign
from models.queries.idea import read_idea
from models.queries.moment import Moment
from models.queries.my_work import list_own_cases
from models.rules import readiness
from models.rules.crowdfunding import HAND_OFFS
from models.tables import (
    CampaignAddressRow,
    CampaignImage,
    CampaignObservation,
    CampaignPackage,
    Note,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import new_id
from models.vocabulary import CampaignStatus, CrowdfundingState, Provenance, Role
from models.workflow_ids import CROWDFUNDING
from tests.cast import POLICY
from tests.factories import ALMA, CARLA, alma, ben, good_package, invite_cast, write_idea

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


async def write_campaign(database: Database, idea: str, attempt: int = 1, **fields: Any) -> CampaignStanding:
    """A hand-off as the recording activity would have written it."""
    standing = CampaignStanding(
        **{
            "idea_id": idea,
            "attempt": attempt,
            "owner_id": ALMA,
            "office": "dresden",
            "version": 1,
            "holder": Holder(role=Role.INNOVATOR, account_id=ALMA, since=NOW),
            "entered_at": NOW,
            **fields,
        }
    )
    standing.holder = HAND_OFFS.find_holder(standing, standing.turn)
    async with database.transaction() as session:
        session.add(StandingRow(**CampaignProjection().row_values(standing, [])))
    return standing


def entry(idea: str, version: int, event: str, actor: Actor, **fields: Any) -> TimelineEntry:
    place = {"stage": CampaignStatus.UNKNOWN, "state": CrowdfundingState.NOT_READY}
    before = {f"from_{name}": value for name, value in place.items()}
    values: dict[str, Any] = place | before | {"at": NOW} | fields
    return TimelineEntry(
        case_id=CampaignStanding.id_of(idea, 1),
        kind=CROWDFUNDING,
        idea_id=idea,
        number=1,
        version=version,
        event=event,
        command_id=new_id(),
        actor_role=actor.role,
        actor_id=actor.account_id,
        **values,
    )


def observation(idea: str, minutes: int, **fields: Any) -> CampaignObservation:
    values: dict[str, Any] = {"status": CampaignStatus.FUNDING, "provenance": Provenance.API} | fields
    return CampaignObservation(idea_id=idea, attempt=1, observed_at=NOW + timedelta(minutes=minutes), **values)


async def add(database: Database, *rows: object) -> None:
    async with database.transaction() as session:
        session.add_all(rows)


async def test_an_idea_that_never_went_for_crowdfunding_has_none(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    async with database.session() as session:
        assert await read_campaign(session, idea) is None


async def test_the_latest_attempt_is_shown_and_every_other_can_be_asked_for(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await write_campaign(database, idea, state=CrowdfundingState.CLOSED, holder=None)
    await write_campaign(database, idea, attempt=2)
    async with database.session() as session:
        latest, first = await read_campaign(session, idea), await read_campaign(session, idea, 1)
        assert await read_campaign(session, idea, 3) is None
    assert latest is not None
    assert first is not None
    assert (latest.standing.attempt, latest.attempts) == (2, [1, 2])
    assert (first.standing.state, first.row.number) == (CrowdfundingState.CLOSED, 1)


async def test_everything_that_belongs_to_it_comes_along(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    link, note, image, unused = new_id(), new_id(), new_id(), new_id()
    await write_campaign(database, idea, link=CampaignLink(link_id=link, by=Role.INNOVATOR))
    package = good_package(images=[PackageImage(id=image), PackageImage(id=new_id())])
    await add(
        database,
        CampaignPackage(
            idea_id=idea,
            attempt=1,
            revision=4,
            digest=readiness.digest(package),
            content=package.model_dump(mode="json"),
        ),
        *(
            CampaignImage(id=its_id, idea_id=idea, attempt=1, media_type="image/png", width=4, height=3, content=b"png")
            for its_id in (image, unused)
        ),
        CampaignAddressRow(id=link, idea_id=idea, attempt=1, platform="startnext", campaign_key="x", url="https://x"),
        Note(id=note, idea_id=idea, author_id=ALMA, event="crowdfunding", body="Wir fangen an."),
    )
    await add(
        database,
        entry(idea, 1, "start", alma, note_id=note),
        entry(idea, 2, "edit", ben, facts={"revision": 4}),
        observation(idea, 0, raw_status="active", account_id=None),
        observation(idea, 5, provenance=Provenance.SELF_REPORTED, account_id=ALMA, ends_on=date(2026, 7, 1)),
    )
    async with database.session() as session:
        view = await read_campaign(session, idea)
    assert view is not None
    assert (view.package, view.revision) == (package, 4)
    assert [(line.event, line.actor.name if line.actor else "", line.note) for line in view.timeline] == [
        ("edit", "Ben", None),
        ("start", "Alma", "Wir fangen an."),
    ]
    newest, oldest = view.observations
    assert (newest.provenance, newest.by.name if newest.by else "", newest.ends_on) == (
        *(Provenance.SELF_REPORTED, "Alma"),
        date(2026, 7, 1),
    )
    assert (oldest.raw_status, oldest.by) == ("active", None)
    assert view.address is not None
    assert view.address.url == "https://x"
    assert [(shown.id, shown.width) for shown in view.images] == [(image, 4)], "those the package shows, without bytes"


async def test_a_campaign_that_is_read_every_hour_shows_its_newest_readings(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await write_campaign(database, idea)
    await add(database, *(observation(idea, minute, funded_cents=minute) for minute in range(MOST_OBSERVATIONS + 5)))
    async with database.session() as session:
        view = await read_campaign(session, idea)
    assert view is not None
    assert len(view.observations) == MOST_OBSERVATIONS
    assert view.observations[0].funded_cents == MOST_OBSERVATIONS + 4


async def test_ideas_are_read_and_counted_once_whatever_hand_offs_they_have(database: Database) -> None:
    """Two hand-offs stand beside an idea, and beside the one that it is a duplicate of."""
    await invite_cast(database)
    twin, idea = [await write_idea(database) for _ in range(2)]
    for its_id in (twin, idea):
        await write_campaign(database, its_id, state=CrowdfundingState.CLOSED, holder=None)
        await write_campaign(database, its_id, attempt=2)
    async with database.transaction() as session:
        row = await session.get_one(StandingRow, idea)
        row.version, row.stage, row.state, row.outcome, row.duplicate_of = 2, "identify", "closed", "closed", twin
    async with database.session() as session:
        views = [await read_idea(session, its_id) for its_id in (twin, idea)]
        own = await list_own_cases(session, ALMA)
        moment = Moment.of(POLICY, NOW)
        assert await count_ideas(session, ALMA, [Role.INNOVATOR], moment, BoardFilter()) == 2
        assert await count_ideas(session, CARLA, [Role.LEAD], moment, BoardFilter()) == 2
    assert [view.row.case_id for view in views if view is not None] == [twin, idea]
    assert sorted(case.idea.id for case in own if case.is_idea) == sorted([twin, idea])
    assert sorted(case.row.number for case in own if not case.is_idea) == [2, 2], "what has ended is not on the way"
