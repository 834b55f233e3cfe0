"""The demo: every step is one that the rules allow, whatever day it is, and loading twice is loading once."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from api.operations.demo.accounts import BY_KEY, PEOPLE, list_accounts
from api.operations.demo.loader import (
    RealPeopleHere,
    load_idea,
    load_ideas,
    load_people,
    refuse_beside_real_people,
    start_ideas,
)
from api.operations.demo.playback import PlayedStory, StoryRefused, idea_id_of, tell, tell_all
from api.operations.demo.script import Story
from api.operations.demo.stories import STORIES
from models.cases.calendar import calendar_of
from models.database import Database
from models.lifecycles import LIFECYCLES
from models.messages.cases import CaseState
from models.messages.crowdfunding import CampaignState
from models.messages.idea import Chore, IdeaState
from models.messages.package import Package
from models.queries.replications import read_copies
from models.queries.stories import list_stories
from models.rules import readiness
from models.rules.contribution import CONTRIBUTIONS
from models.rules.crowdfunding import HAND_OFFS
from models.rules.deadlines import due
from models.rules.replication import REPLICATIONS
from models.tables import (
    Account,
    CampaignAddressRow,
    CampaignImage,
    CampaignObservation,
    CampaignPackage,
    CoachProfile,
    Contribution,
    Document,
    Draft,
    Idea,
    Note,
    NoticeRow,
    Offer,
    Picture,
    Place,
    PublishedStory,
    StandingRow,
    Task,
    TimelineEntry,
)
from models.vocabulary import (
    CampaignStatus,
    CarryOver,
    CrowdfundingState,
    Ingredient,
    OfferStatus,
    Outcome,
    Role,
    Stage,
    Why,
)
from models.workflow_ids import CONTRIBUTION, REPLICATION
from tests.cast import POLICY

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=POLICY.zone)
DAYS = [
    date(2026, 11, 22),  # a Sunday
    date(2026, 11, 18),  # Buß- und Bettag
    date(2027, 1, 1),
    date(2027, 1, 4),  # the first working day of a year
    date(2026, 12, 28),  # after Christmas
    date(2027, 3, 29),  # Easter Monday, the day after the clocks changed
    date(2026, 10, 26),  # the day after the clocks changed back
    date(2028, 2, 29),
    date(2026, 6, 3),
]
BUS, COPIED, SHELTER = (
    "werkstattbus-fuer-schulen-auf-dem-land",
    "klingelzeichen",
    "schluesselbund",
)
KINDS: dict[str, Any] = {REPLICATION: REPLICATIONS, CONTRIBUTION: CONTRIBUTIONS}
Item = TypeVar("Item")
TABLES = (
    *(Draft, Account, CoachProfile, Idea, Note, Task, Offer, Place, StandingRow, TimelineEntry, NoticeRow),
    *(Contribution, Document, Picture, PublishedStory),
)
CAMPAIGN_TABLES = (
    *(StandingRow, CampaignPackage, CampaignImage),
    *(TimelineEntry, CampaignAddressRow, CampaignObservation),
)


@cache
def told_on(now: datetime) -> dict[str, PlayedStory]:
    return {told.story.key: told for told in tell_all(STORIES, POLICY, now)}


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 7, 30, tzinfo=POLICY.zone)


def overdue(told: PlayedStory, now: datetime) -> bool:
    standing = told.standing
    if standing.holder is None or standing.pause is not None or standing.holder.until is None:
        return False
    return standing.holder.until < now.astimezone(POLICY.zone).date()


class Starter:
    """Stands in for Temporal: remembers what was started."""

    def __init__(self) -> None:
        self.started: list[IdeaState] = []
        self.campaigns: list[CampaignState] = []

    async def is_running(self, workflow_id: str) -> bool:
        return False

    async def start_from(self, state: CaseState, *, replace: bool = False) -> None:
        assert not replace, "one that runs is left alone"
        if isinstance(state, IdeaState):
            self.started.append(state)
        elif isinstance(state, CampaignState):
            self.campaigns.append(state)


async def exhaust(items: AsyncIterator[Item]) -> list[Item]:
    return [item async for item in items]


async def count_rows(database: Database) -> dict[str, int]:
    async with database.session() as session:
        tables = (*TABLES, *CAMPAIGN_TABLES)
        return {str(table.__tablename__): len((await session.exec(select(table))).all()) for table in tables}


# -- the stories -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_every_step_is_allowed_on_whatever_day_the_demo_is_loaded(day: date) -> None:
    now = morning(day)
    for told in told_on(now).values():
        times = [entry.at for entry in told.entries]
        assert all(earlier <= later for earlier, later in pairwise(times)), told.story.key
        assert times[-1] <= now
        assert [entry.version for entry in told.entries] == list(range(1, len(times) + 1))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_stories_end_where_they_are_meant_to_on_every_day(day: date) -> None:
    today, usual = told_on(morning(day)), told_on(NOW)
    for key, told in today.items():
        assert (told.standing.stage, told.standing.state) == (usual[key].standing.stage, usual[key].standing.state)


def test_all_stages_and_most_states_are_there() -> None:
    places = {(told.standing.stage, told.standing.state) for told in told_on(NOW).values()}
    open_places = {(stage, state) for stage, lifecycle in LIFECYCLES.items() for state in lifecycle.open_states()}
    assert {stage for stage, _ in places} == set(Stage)
    assert len(open_places & places) >= 14
    assert open_places - places == {(Stage.SUPPORT, "assessing"), (Stage.MAKE_VISIBLE, "editing")}
    outcomes = [told.standing.outcome for told in told_on(NOW).values()]
    assert outcomes.count(Outcome.COMPLETED) == 5
    assert {Outcome.DECLINED, Outcome.WITHDRAWN} <= set(outcomes)
    assert [story.key for story in STORIES if not story.steps] == ["jugendkueche"]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_some_ideas_are_overdue_and_most_are_not(day: date) -> None:
    now = morning(day)
    late = {key for key, told in told_on(now).items() if overdue(told, now)}
    assert {"rettertopf", "nachtcafe", "dorfladen"} <= late
    assert "repaircafe" not in late
    assert len(late) <= 7


def test_there_is_something_stuck_of_each_kind() -> None:
    whys = {told.standing.holder.why: key for key, told in told_on(NOW).items() if told.standing.holder}
    assert whys[Why.NO_COACH] == "dorfladen"
    assert whys[Why.PAUSED] == "hofvielfalt"
    assert whys[Why.COACH_ABSENT] == "feuerwehrhaus"


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_engine_has_nothing_left_to_do_at_the_moment_of_loading(day: date) -> None:
    now = morning(day)
    for told in told_on(now).values():
        assert due(told.standing, calendar_of(told.idea.rulebook), now) == []
        assert told.idea.outbox == []


def test_the_same_moment_gives_the_same_stories() -> None:
    again = {told.story.key: told for told in tell_all(STORIES, POLICY, NOW)}
    for key, told in told_on(NOW).items():
        assert again[key].idea == told.idea
        assert again[key].entries == told.entries


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_there_is_a_crowdfunding_of_each_interesting_kind_on_every_day(day: date) -> None:
    found = {
        (key, campaign.campaign.standing.attempt): campaign.campaign.standing
        for key, told in told_on(morning(day)).items()
        for campaign in told.campaigns
    }
    states = {where: (standing.state, standing.status) for where, standing in found.items()}
    assert states == {
        ("nachbarschaftslabor", 1): (CrowdfundingState.NOT_READY, CampaignStatus.UNKNOWN),
        ("dreigenerationen", 1): (CrowdfundingState.PACKAGED, CampaignStatus.UNKNOWN),
        ("lernlabor", 1): (CrowdfundingState.LINKED, CampaignStatus.FUNDING),
        ("mitfahrbank", 1): (CrowdfundingState.CLOSED, CampaignStatus.PAID_OUT),
        ("klangspaziergang", 1): (CrowdfundingState.CLOSED, CampaignStatus.ENDED_FAILED),
        ("klangspaziergang", 2): (CrowdfundingState.READY, CampaignStatus.UNKNOWN),
    }
    assert found["dreigenerationen", 1].turn is Role.COACH
    assert [one.role for one in found["dreigenerationen", 1].confirmations] == [Role.INNOVATOR]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_engine_has_nothing_left_to_do_for_any_crowdfunding(day: date) -> None:
    now = morning(day)
    for told in told_on(now).values():
        for campaign in told.campaigns:
            state = campaign.campaign
            assert HAND_OFFS.due(state, now) == []
            assert (state.outbox, state.news) == ([], [])
            versions = [entry.version for entry in campaign.entries]
            assert versions == list(range(1, len(versions) + 1))
            assert all(earlier.at <= later.at <= now for earlier, later in pairwise(campaign.entries))


def test_the_packages_are_those_that_their_hand_offs_know() -> None:
    for told in told_on(NOW).values():
        for campaign in told.campaigns:
            row, standing = campaign.package_row, campaign.campaign.standing
            package = Package.model_validate(row.content)
            assert (row.digest, row.revision) == (standing.package.digest, standing.package.revision)
            assert readiness.digest(package) == row.digest
            on = campaign.saved_at.astimezone(POLICY.zone).date()
            findings = readiness.check(package, POLICY.crowdfunding, on)
            assert readiness.is_ready(findings) == standing.package.ready, told.story.key


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_two_stories_are_copied_and_each_sort_of_answer_to_a_citizen_is_there(day: date) -> None:
    now = morning(day)
    beside = [(key, case) for key, told in told_on(now).items() for case in told.beside]
    assert {(key, case.case.standing.kind, case.case.standing.state) for key, case in beside} == {
        ("gruenbisneun", REPLICATION, "closed"),
        ("bauwagen", REPLICATION, "trying"),
        ("klingelzeichen", CONTRIBUTION, "answered"),
        ("klingelzeichen", CONTRIBUTION, "shown"),
        ("dorfauto", CONTRIBUTION, "received"),
    }
    for key, case in beside:
        kind = KINDS[case.case.standing.kind]
        assert kind.due(case.case, now) == [], key
        assert case.case.outbox == []
        assert case.words is None or case.words.told == case.case.standing.state, "nobody gets a mail about it"
        assert all(earlier.at < later.at <= now for earlier, later in pairwise(case.entries)), key
        originals = [told.standing.idea_id for told in told_on(now).values() if told.standing.outcome is not None]
        assert getattr(case.case.standing, "original_id", originals[0]) in originals


def test_a_copy_that_the_rules_forbid_is_refused() -> None:
    by_key = {story.key: story for story in STORIES}
    copy = by_key["bauwagen"]
    backwards = Story(**{**vars(copy), "copying": copy.copying[::-1]})
    with pytest.raises(StoryRefused, match="hand_on"):
        tell(backwards, POLICY, NOW, by_key["werkstattbus"])


def test_reminders_appear_in_the_histories() -> None:
    events = {entry.event for told in told_on(NOW).values() for entry in told.entries}
    assert {"remind", "overdue", "escalate", "offer_made", "coach_found", "no_coach"} <= events


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_old_steps_tell_nobody_anything_any_more(day: date) -> None:
    now = morning(day)
    for told in told_on(now).values():
        for entry in told.entries:
            assert not entry.notices or (entry.at >= now - timedelta(days=3) and told.standing.outcome is None)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_only_the_search_that_goes_on_is_started(day: date) -> None:
    chores = {key: told.idea.chores for key, told in told_on(morning(day)).items() if told.idea.chores}
    assert list(chores) == ["tabletsprechstunde"]
    assert chores["tabletsprechstunde"] == [Chore(search=1, start=True)]
    assert all(offer.status != OfferStatus.OPEN for told in told_on(morning(day)).values() for offer in told.offers)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_coaches_answer_before_their_offers_run_out(day: date) -> None:
    for told in told_on(morning(day)).values():
        for offer in told.offers:
            assert offer.answered_at is not None
            answered_on = offer.answered_at.astimezone(POLICY.zone).date()
            assert (answered_on <= offer.expires_on) == (offer.status != OfferStatus.EXPIRED), told.story.key


def test_no_coach_has_more_ideas_than_places_and_one_is_nearly_full() -> None:
    free = {}
    for person in PEOPLE:
        if person.coaching is not None:
            taken = [
                told
                for told in told_on(NOW).values()
                if told.standing.coach_id == person.id and told.standing.outcome is None
            ]
            free[person.key] = person.coaching.capacity - len(taken)
    assert min(free.values()) == free["mai"] == 1


def test_people_act_on_working_days_in_office_hours() -> None:
    for told in told_on(NOW).values():
        calendar = calendar_of(told.idea.rulebook)
        for entry in told.entries:
            local = entry.at.astimezone(POLICY.zone)
            if entry.actor.role is not Role.ENGINE:
                assert calendar.is_working_day(local.date())
                assert 8 <= local.hour < 18


def test_the_words_fit_the_region() -> None:
    for story in STORIES:
        assert story.district in POLICY.region.districts
        assert set(story.themes) <= set(POLICY.region.themes)
        assert 1 <= story.summary.count(". ") + story.summary.count("! ") + 1 <= 4, story.key
    assert len({story.key for story in STORIES}) == len(STORIES)
    assert len({story.title for story in STORIES}) == len(STORIES)


def test_a_story_that_the_rules_forbid_is_refused() -> None:
    story = next(story for story in STORIES if story.key == "rettertopf")
    backwards = Story(**{**vars(story), "steps": (story.steps[0], *story.steps)})
    with pytest.raises(StoryRefused, match="submit"):
        tell(backwards, POLICY, NOW)


# -- the people ------------------------------------------------------------------------------------------------


def test_there_are_people_in_each_role_and_a_lead_in_each_office() -> None:
    leads = [person for person in PEOPLE if person.role is Role.LEAD]
    assert {person.office for person in leads} == set(POLICY.region.offices)
    assert leads[0].name == "Carla Leitner"
    assert sum(person.role is Role.COACH for person in PEOPLE) == 6
    assert sum(person.role is Role.INNOVATOR for person in PEOPLE) >= 10
    assert all(person.email.endswith("@example.org") and person.email.isascii() for person in PEOPLE)
    for person in PEOPLE:
        if person.coaching is not None:
            assert set(person.coaching.districts) <= set(POLICY.region.districts)
            assert set(person.coaching.themes) <= set(POLICY.region.themes)


def test_the_accounts_can_be_listed_without_any_service() -> None:
    from api.cli import app

    listed = CliRunner().invoke(app, ["demo", "--accounts", "--json"])
    assert listed.exit_code == 0
    assert json.loads(listed.stdout) == list_accounts()
    assert list_accounts()[0] == {"role": "lead", "name": "Carla Leitner", "email": "carla.leitner@example.org"}


# -- loading ---------------------------------------------------------------------------------------------------


@pytest.mark.services
async def test_loading_twice_changes_nothing(database: Database) -> None:
    await load_people(database, POLICY, NOW)
    assert all(await exhaust(load_ideas(database, POLICY, NOW)))
    once = await count_rows(database)

    later = NOW + timedelta(days=3)
    await load_people(database, POLICY, later)
    assert not any(await exhaust(load_ideas(database, POLICY, later)))
    assert await count_rows(database) == once
    told = sum(bool(story.steps) for story in STORIES)
    assert (once["idea"], once["draft"]) == (told, len(STORIES) - told)
    beside = sum(bool(story.after) + len(story.added) for story in STORIES)
    assert once["standing"] == told + once["campaign_package"] + beside
    assert once["contribution"] == sum(len(story.added) for story in STORIES)


@pytest.mark.services
async def test_a_load_that_was_cut_off_is_completed(database: Database) -> None:
    await load_people(database, POLICY, NOW)
    for story in STORIES[:5]:
        await load_idea(database, POLICY, story, NOW)
    written = await exhaust(load_ideas(database, POLICY, NOW + timedelta(days=1)))
    assert written == [False] * 5 + [True] * (len(STORIES) - 5)


@pytest.mark.services
async def test_what_is_started_is_what_the_story_left(database: Database) -> None:
    await load_people(database, POLICY, NOW)
    await exhaust(load_ideas(database, POLICY, NOW))
    starter: Any = Starter()
    await exhaust(start_ideas(database, POLICY, starter))
    told = {told.standing.idea_id: told.idea for told in told_on(NOW).values()}
    still_open = {idea_id for idea_id, idea in told.items() if idea.standing.outcome is None}
    assert {idea.standing.idea_id for idea in starter.started} == still_open
    for idea in starter.started:
        expected = told[idea.standing.idea_id]
        assert idea.standing == expected.standing
        assert idea.chores == expected.chores
        assert idea.ledger == expected.ledger
        assert idea.rulebook.limits == expected.rulebook.limits
    running = {campaign.standing.idea_id: campaign for campaign in starter.campaigns}
    assert len(running) == len(starter.campaigns)
    for told_idea in told_on(NOW).values():
        number = told_idea.standing.crowdfunding
        assert (number is not None) == (told_idea.standing.idea_id in running)
        if number is not None:
            started, left = running[told_idea.standing.idea_id], told_idea.campaigns[-1].campaign
            assert (started.standing, started.ledger) == (left.standing, left.ledger)
            assert started.rulebook.limits == left.rulebook.limits
            assert (started.readings.next_at is not None) == (started.standing.state is CrowdfundingState.LINKED)


@pytest.mark.services
async def test_the_read_model_shows_the_stories(database: Database) -> None:
    await load_people(database, POLICY, NOW)
    await exhaust(load_ideas(database, POLICY, NOW))
    async with database.session() as session:
        draft = await session.get_one(Draft, idea_id_of(STORIES[0]))
        assert (draft.words["title"], draft.account_id) == (STORIES[0].title, BY_KEY["tom"].id)
        by_key = {story.key: story for story in STORIES}
        working = by_key["pflegegrenze"]
        written = await session.get_one(Idea, idea_id_of(working))
        assert NOW - timedelta(days=75) < written.created_at < NOW - timedelta(days=69)
        all_tasks = (await session.exec(select(Task).where(Task.idea_id == idea_id_of(working)))).all()
        assert sorted(task.done_at is None for task in all_tasks if task.asks) == [False, True], "one is answered"
        tasks = [task for task in all_tasks if not task.asks]
        assert [task.done_at is None for task in sorted(tasks, key=lambda task: task.created_at)] == [
            False,
            False,
            True,
            True,
        ]
        assert all(task.assignee and task.due for task in tasks)
        places = (await session.exec(select(Place))).all()
        assert all(place.reserved_until is None for place in places)
        public = {story.slug: story for story in await list_stories(session)}
        assert len(public) == 5
        assert {slug for slug, story in public.items() if story.copies} == {COPIED, BUS}
        assert all(story.pictures and story.outcomes and story.effort and story.steps for story in public.values())
        assert [slug for slug, story in public.items() if story.district is None] == [SHELTER]
        assert [slug for slug, story in public.items() if story.english is not None] == [COPIED]
        transfer = (await read_copies(session, idea_id_of(by_key["klingelzeichen"]))).transfer
        assert (transfer.tried, transfer.reports) == (1, 1)
        assert transfer.became[Ingredient.PERMISSION] == {CarryOver.FAILED: 1}
        ivana = await session.get_one(CoachProfile, BY_KEY["ivana"].id)
        assert ivana.cover_id == BY_KEY["ben"].id
        demo = (await session.exec(select(Account).where(col(Account.demo).is_(False)))).all()
        assert demo == []


@pytest.mark.services
async def test_made_up_ideas_do_not_mix_with_real_ones_unasked(database: Database) -> None:
    await load_people(database, POLICY, NOW)
    await refuse_beside_real_people(database)
    async with database.transaction() as session:
        session.add(Account(email="dora@example.com", name="Dora", roles=[str(Role.INNOVATOR)]))
    with pytest.raises(RealPeopleHere):
        await refuse_beside_real_people(database)
