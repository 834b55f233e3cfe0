"""A team that comes and goes while an idea is on its way: the workflow decides, and SQL shows what it knows."""

import pytest

from activities.idea_projection import IdeaProjection
from activities.ports.ideas import CommandRefused
from models.messages.commands import ENGINE, Actor, RefusalCode
from models.vocabulary import NoticeKind, Role, Share
from tests.factories import ALMA, BEN, BRUNO, DORA, alma, ben, carla
from tests.workflows.conftest import World

dora = Actor(role=Role.INNOVATOR, account_id=DORA)


@pytest.mark.replayed
async def test_somebody_joins_works_on_the_idea_is_refused_what_is_the_owners_and_leaves(world: World) -> None:
    idea = await world.bring_to("working")
    due = (await world.state(idea)).standing.clock
    await world.ask(idea, "join_team", ENGINE, member_id=DORA, share=Share.COLLABORATOR)
    receipt = await world.ask(idea, "join_team", ENGINE, member_id=BRUNO, share=Share.OBSERVER)
    shown = await world.until_shown(idea, receipt.version)
    assert shown.team == {DORA: "collaborator", BRUNO: "observer"}
    standing = (await world.state(idea)).standing
    assert standing.clock == due
    assert not IdeaProjection().differs(shown, standing)
    for actor, event in ((dora, "withdraw"), (Actor(role=Role.INNOVATOR, account_id=BRUNO), "submit_work")):
        with pytest.raises(CommandRefused) as refused:
            await world.ask(idea, event, actor)
        assert refused.value.refusal.code is RefusalCode.FORBIDDEN
    await world.ask(idea, "submit_work", dora)
    await world.ask(idea, "request_changes", ben)
    await world.ask(idea, "leave_team", dora, member_id=DORA)
    receipt = await world.ask(idea, "leave_team", alma, member_id=BRUNO)
    assert (await world.until_shown(idea, receipt.version)).team == {}
    told = [(notice.account_id, notice.kind) for notice in await world.notices(idea)]
    assert [kind for who, kind in told if who == ALMA].count(NoticeKind.TEAM_JOINED) == 2
    assert {kind for who, kind in told if who == DORA} == {NoticeKind.TEAM_TURN}
    assert {kind for who, kind in told if who == BRUNO} == set()


async def test_nobody_gets_on_two_sides_of_an_idea(world: World) -> None:
    idea = await world.bring_to("planning")
    await world.ask(idea, "join_team", ENGINE, member_id=BRUNO, share=Share.OBSERVER)
    for actor, event, fields in (
        (carla, "assign_coach", {"coach_id": BRUNO}),
        (ENGINE, "join_team", {"member_id": BEN, "share": Share.COLLABORATOR}),
    ):
        with pytest.raises(CommandRefused) as refused:
            await world.ask(idea, event, actor, **fields)
        assert refused.value.refusal.code is RefusalCode.INVALID
