"""The whole path on the time-skipping server, from the first word to the published story."""

import pytest

from models import workflow_ids
from models.messages.coaching import OfferVerdict
from models.vocabulary import NoticeKind
from tests.factories import ALMA, BEN, alma, ben, carla, command
from tests.workflows.conftest import PATH_WITH_BEN, World, patiently
from workflows.client import EngineAway


@pytest.mark.replayed
async def test_an_idea_walks_the_whole_path(world: World) -> None:
    idea = await world.hand_in()
    await world.walk(idea, ("request_clarification", carla, {}), ("clarify", alma, {}), ("shortlist", carla, {}))
    assert await world.accept(idea) is OfferVerdict.ACCEPTED
    await world.until_in(idea, "planning")
    for event, actor, fields, reached in PATH_WITH_BEN:
        receipt = await world.ask(idea, event, actor, **fields)
        assert receipt.state == reached
    shown = await world.until_shown(idea, receipt.version)
    assert (shown.stage, shown.state, shown.outcome, shown.holder_role) == (
        "make_visible",
        "published",
        "completed",
        None,
    )
    timeline = await world.timeline(idea)
    assert [entry.version for entry in timeline] == list(range(1, receipt.version + 1))
    assert [entry.event for entry in timeline][:6] == [
        "submit",
        "request_clarification",
        "clarify",
        "shortlist",
        "offer_made",
        "coach_found",
    ]


async def test_sql_shows_exactly_what_the_workflow_knows(world: World) -> None:
    idea = await world.walk_to("using")
    shown = await world.until_shown(idea)
    assert shown.snapshot == (await world.state(idea)).standing.model_dump(mode="json")


async def test_a_step_is_recorded_and_told_at_once_and_later_where_inboxes_are_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    idea = await world.walk_to("reviewing")
    assert "deliver_notices" not in await activities_of(world, idea)
    # An inbox that is going to look anyway would not be woken.
    await until_settled(world, idea)
    knock, in_vain = world.ideas.knock, [EngineAway()] * 3

    async def knock_again_and_again(account_id: str) -> None:
        if in_vain:
            raise in_vain.pop()
        await knock(account_id)

    monkeypatch.setattr(world.ideas, "knock", knock_again_and_again)
    taken = await patiently(lambda: world.take(idea, command("request_changes", ben)))
    await world.until_quiet(idea, taken.version)
    assert "deliver_notices" in await activities_of(world, idea)
    assert in_vain == []
    await world.ask(idea, "submit_work", alma)


async def until_settled(world: World, idea: str) -> None:
    """Whoever is told of the idea has been."""

    async def all_settled() -> bool:
        return all(notice.settled_at is not None for notice in await world.notices(idea))

    await world.until(all_settled)


async def activities_of(world: World, idea: str) -> set[str]:
    """What the run of an idea that goes on has asked for so far."""
    history = await world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).fetch_history()
    return {
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    }


async def test_everybody_hears_of_their_turn_once(world: World) -> None:
    idea = await world.walk_to("reviewing")
    await world.until_shown(idea)
    notices = [(notice.account_id, notice.kind, notice.key) for notice in await world.notices(idea)]
    assert len(notices) == len(set(notices))
    assert (BEN, NoticeKind.OFFER) in [(account, kind) for account, kind, _ in notices]
    assert [kind for account, kind, _ in notices if account == ALMA] == [NoticeKind.COACH_FOUND, NoticeKind.YOUR_TURN]

    await until_settled(world, idea)
    unmailed = [notice for notice in await world.notices(idea) if notice.mail_id is None]
    # Who took the next step before the mail was written needs no mail any more.
    assert {notice.kind for notice in unmailed} <= {NoticeKind.YOUR_TURN, NoticeKind.OFFER}
    assert not {(notice.account_id, notice.key) for notice in unmailed} & {(BEN, notices[-1][2])}

    async def all_sent() -> bool:
        mailed = {notice.mail_id for notice in await world.notices(idea)} - {None}
        return {mail.id for mail in await world.mails()} == mailed

    await world.until(all_sent)


async def test_the_run_is_named_as_the_stage_and_the_id_stays(world: World) -> None:
    idea = await world.walk_to("assessing")
    description = await world.client.get_workflow_handle(f"idea/{idea}").describe()
    while description.workflow_type != "Support":
        description = await world.client.get_workflow_handle(f"idea/{idea}").describe()
    assert description.id == f"idea/{idea}"
