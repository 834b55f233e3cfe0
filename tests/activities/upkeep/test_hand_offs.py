"""Crowdfunding hand-offs are compared, mended and built again as ideas are."""

import pytest

from activities.upkeep.rebuild import Rebuilder
from models.messages.crowdfunding import CampaignState
from models.vocabulary import CampaignStatus, DriftKind
from models.workflow_ids import CROWDFUNDING
from tests.activities.upkeep.conftest import dump, find_drift, reconcile, run_sql, until_listed
from tests.factories import alma
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import World


@pytest.fixture
async def hand_off(real_world: World) -> HandOff:
    """A hand-off of an idea in piloting, whose package is ready."""
    found = await HandOff.start(real_world, await real_world.bring_to("piloting"))
    await found.save()
    return found


async def campaigns(world: World) -> list[dict[str, object]]:
    rows = (await dump(world.database, "standing"))["standing"]
    return [row for row in rows if row["kind"] == CROWDFUNDING]


async def earlier_state(hand_off: HandOff) -> CampaignState:
    return await hand_off.state()


async def test_what_is_shown_wrongly_is_shown_again(hand_off: HandOff) -> None:
    world = hand_off.world
    before = await campaigns(world)
    for changes, kind in (("state = 'packaged'", DriftKind.DIFFERS), ("version = 1", DriftKind.BEHIND)):
        await run_sql(world.database, f"UPDATE standing SET {changes} WHERE kind = 'crowdfunding'")
        report = await find_drift(world)
        assert (report.found, report.repaired) == ({kind: 1}, 0)
        assert (await find_drift(world, fix=True)).repaired == 1
        assert await campaigns(world) == before


async def test_a_lost_hand_off_goes_on(hand_off: HandOff) -> None:
    world = hand_off.world
    await world.client.get_workflow_handle(f"crowdfunding/{hand_off.idea}/1").terminate()
    report = await find_drift(world, fix=True)
    assert (report.found, report.repaired) == ({DriftKind.NO_WORKFLOW: 1}, 1)
    assert (await hand_off.ask("pack", alma)).state == "packaged"


async def test_a_hand_off_that_was_set_back_takes_over_what_sql_knows(hand_off: HandOff) -> None:
    earlier = await earlier_state(hand_off)
    packed = await hand_off.ask("pack", alma)
    await hand_off.world.ideas.start_from(earlier, replace=True)
    assert (await find_drift(hand_off.world, fix=True)).found == {DriftKind.AHEAD: 1}
    assert (await earlier_state(hand_off)).standing.version == packed.version


async def test_hand_offs_are_built_again_open_and_ended(hand_off: HandOff) -> None:
    world = hand_off.world
    await hand_off.ask("withdraw", alma)

    async def idea_has_heard() -> bool:
        return (await world.state(hand_off.idea)).standing.crowdfunding is None

    await world.until(idea_has_heard)
    second = await HandOff.start(world, hand_off.idea, attempt=2)
    await second.link()
    await second.say(CampaignStatus.FUNDING, funded_cents=100_000)
    other = await HandOff.start(world, await world.bring_to("assessing"))
    await other.save()
    before = await campaigns(world)
    assert sorted(str(row["state"]) for row in before) == ["linked", "ready", "withdrawn"]
    await run_sql(world.database, "DELETE FROM standing WHERE kind = 'crowdfunding'")
    await until_listed(world, f"crowdfunding/{hand_off.idea}/2", f"crowdfunding/{other.idea}/1")
    assert (await find_drift(world)).found == {DriftKind.ORPHAN: 2}
    assert await Rebuilder(world.database, world.ideas).run() == []
    assert await campaigns(world) == before
    assert (await reconcile(world)).found == {}


async def test_a_hole_in_its_timeline_is_told(hand_off: HandOff) -> None:
    await run_sql(hand_off.world.database, "DELETE FROM timeline_entry WHERE kind = 'crowdfunding' AND version = 1")
    assert (await find_drift(hand_off.world)).found == {DriftKind.GAP: 1}
