"""What happens in the replay corpus: together the scenes come through every state and fire every event."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from activities.ports.crowdfunding import Cause, PlatformError
from models import workflow_ids
from models.messages.coaching import Leave, OfferAnswer, OfferVerdict
from models.messages.commands import ENGINE, Actor, PlannedTask
from models.messages.idea import IdeaState, Standing
from models.vocabulary import Answer, CampaignStatus, Role, Share, Shown, Stage
from tests.cast import SHIPPED_RULEBOOK
from tests.factories import BEN, BRUNO, CARLA, DORA, alma, ben, carla, command
from tests.fakes import FakePlatform
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import World, patiently
from tests.workflows.plain_case_scenes import PLAIN_SCENES


async def whole_path(world: World) -> str:
    return await world.walk_to("published")


async def whole_path_of_schema_two(world: World) -> str:
    """Nothing marks these runs: what they began with says that `record` tells the inboxes."""
    return await world.walk_to("published")


async def late_and_extended(world: World) -> str:
    idea = await world.walk_to("working")
    await world.sleep(45)
    await world.ask(idea, "extend_deadline", ben, days=10, note_id=idea)
    await world.ask(idea, "submit_work", alma)
    return idea


async def paused_and_withdrawn(world: World) -> str:
    idea = await world.walk_to("piloting")
    await world.ask(idea, "pause", alma, until=await world.today() + timedelta(days=30), note_id=idea)
    await world.sleep(31)
    await world.ask(idea, "withdraw", alma)
    return idea


async def expired_offer_and_sent_back(world: World) -> str:
    idea = await world.walk_to("matching")
    offer = await world.open_offer(idea)
    await world.sleep((offer.expires_on - await world.today()).days + 1.1)
    await world.accept(idea)
    await world.until_in(idea, "planning")
    await world.ask(idea, "send_back", carla, stage=Stage.IDENTIFY, note_id=idea)
    return idea


async def coach_changed_and_closed(world: World) -> str:
    idea = await world.walk_to("assessing")
    await world.ask(idea, "change_coach", carla, note_id=idea)
    await world.open_offer(idea, 2)
    await world.ask(idea, "close", carla, outcome="closed", note_id=idea)
    return idea


async def decided_and_undone(world: World) -> str:
    idea = await world.walk_to("reviewing", rulebook=SHIPPED_RULEBOOK)
    await world.ask(idea, "approve_concept", ben)
    await world.ask(idea, "undo", ben)
    await world.ask(idea, "close", carla, outcome="closed", note_id=idea)
    await world.ask(idea, "undo", carla)
    await world.ask(idea, "withdraw", alma)
    await world.sleep(0.1)
    return idea


async def coach_on_leave(world: World) -> str:
    idea = await world.walk_to("planning")
    today, rulebook = await world.today(), await world.rulebook()
    until = today + timedelta(days=20)
    await world.ideas.start_leave(Leave(coach_id=BEN, n=1, start=today, until=until, cover_id=BRUNO, rulebook=rulebook))
    await world.sleep(25)
    await world.ask(idea, "agree_plan", ben)
    return idea


async def funded_by_a_crowd(world: World) -> str:
    idea = await world.walk_to("assessing")
    hand_off = await HandOff.start(world, idea)
    await hand_off.link()
    await world.sleep(30)
    for status in (CampaignStatus.FUNDING, CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.PAID_OUT):
        await hand_off.say(status)
    await world.until_in(idea, "piloting")
    return idea


async def failed_and_tried_again(world: World) -> str:
    idea = await world.walk_to("piloting")
    hand_off = await HandOff.start(world, idea)
    await hand_off.link()
    await hand_off.say(CampaignStatus.FUNDING)
    await hand_off.say(CampaignStatus.ENDED_FAILED)
    await world.until_in(idea, "planning")
    for event, actor in (("agree_plan", ben), ("submit_work", alma), ("approve_concept", ben)):
        await world.ask(idea, event, actor)
    await HandOff.start(world, idea, attempt=2)
    await world.ask(idea, "withdraw", alma)
    return idea


async def read_by_itself(world: World) -> str:
    READABLE.says(PlatformError(Cause.UNAVAILABLE), CampaignStatus.FUNDING)
    hand_off = await HandOff.start(world, await world.walk_to("assessing"))
    await hand_off.link()
    await world.sleep(0.5)
    await hand_off.until_event("observe")
    until = await world.today() + timedelta(days=3)
    await world.ask(hand_off.idea, "pause", alma, until=until, note_id=hand_off.idea)
    await world.ask(hand_off.idea, "resume", alma)
    READABLE.says(CampaignStatus.ENDED_FAILED)
    await world.sleep(0.2)
    await hand_off.until_idea_heard("crowdfunding_failed")
    return hand_off.idea


async def asked_and_declined(world: World) -> str:
    idea = await world.walk_to("clarification")
    for event, actor in (("clarify", alma), ("request_clarification", carla)):
        await world.ask(idea, event, actor)
    await world.ask(idea, "decline", carla, note_id=idea)
    return idea


async def screened_and_declined(world: World) -> str:
    idea = await world.hand_in()
    await world.ask(idea, "decline", carla, note_id=idea)
    return idea


async def put_right_and_written_to(world: World) -> str:
    idea = await world.hand_in()
    await world.ask(idea, "correct", carla, corrected=("district", "office"), office="leipzig")
    await world.ask(idea, "write_note", alma, note_id=idea)
    await world.ask(idea, "write_note", carla, note_id=idea, internal=True)
    await world.ask(idea, "decline", carla, note_id=idea, partner="caritas")
    return idea


async def asked_and_answered(world: World) -> str:
    idea, tomorrow = await world.hand_in(), await world.today() + timedelta(days=1)
    question = {"note_id": idea, "assignee": Role.INNOVATOR, "until": tomorrow}
    await world.ask(idea, "ask", carla, task_id=CARLA, **question)
    await world.sleep(9)
    await world.ask(idea, "write_note", alma, note_id=idea, task_id=CARLA)
    await world.ask(idea, "refer", carla)
    return idea


async def reopened_and_referred(world: World) -> str:
    idea = await screened_and_declined(world)
    await world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).result()
    standing = Standing.model_validate((await world.shown(idea)).snapshot)
    state = IdeaState(standing=standing, rulebook=await world.rulebook())
    receipt = await patiently(lambda: world.ideas.reopen(state, command("reopen", carla, note_id=idea)))
    await world.until_quiet(idea, receipt.version)
    await world.ask(idea, "refer", carla, note_id=idea)
    return idea


async def nobody_has_time(world: World) -> str:
    idea = await world.walk_to("matching")
    await everybody_declines(world, idea, 1)
    await world.ask(idea, "search_again", carla)
    await everybody_declines(world, idea, 2)
    await world.ask(idea, "assign_coach", carla, coach_id=BRUNO)
    return idea


async def nobody_has_time_ever(world: World) -> str:
    idea = await world.walk_to("matching")
    await everybody_declines(world, idea, 1)
    await world.ask(idea, "decline", carla, note_id=idea)
    return idea


async def tasks_notes_and_a_partner(world: World) -> str:
    idea = await world.walk_to("planning")
    today = await world.today()
    task = PlannedTask(id=CARLA, assignee=Role.INNOVATOR, due=today + timedelta(days=20), is_new=True)
    await world.ask(idea, "plan", ben, tasks=(task,))
    await world.ask(idea, "snooze", ben, until=today + timedelta(days=3))
    await world.ask(idea, "agree_plan", ben)
    await world.ask(idea, "finish_task", alma, task_id=CARLA)
    await world.ask(idea, "write_note", carla, note_id=idea)
    await world.ask(idea, "mark_chased", carla)
    await world.ask(idea, "hand_over", ben, partner="caritas")
    for event, actor in (("submit_work", alma), ("request_changes", ben), ("submit_work", alma)):
        await world.ask(idea, event, actor)
    await world.ask(idea, "approve_concept", ben)
    for event, actor in (("request_support", ben), ("cannot_arrange", carla), ("no_support_needed", ben)):
        await world.ask(idea, event, actor)
    return idea


async def helped_sent_back_and_told(world: World) -> str:
    idea = await world.walk_to("piloting")
    await world.ask(idea, "check_in", alma, answer=Answer.ON_TRACK)
    await world.ask(idea, "check_in", alma, answer=Answer.NEEDS_HELP)
    await world.ask(idea, "send_back", ben)
    for event, actor in (("agree_plan", ben), ("submit_work", alma), ("approve_concept", ben)):
        await world.ask(idea, event, actor)
    await world.ask(idea, "no_support_needed", ben)
    await world.ask(idea, "check_in", alma, answer=Answer.NEEDS_HELP)
    await world.ask(idea, "give_help", ben)
    await world.ask(idea, "check_in", alma, answer=Answer.DONE)
    await world.ask(idea, "request_more", ben)
    await world.ask(idea, "check_in", alma, answer=Answer.DONE)
    await world.ask(idea, "conclude", ben)
    for event, actor in (("submit_story", alma), ("request_changes", carla), ("submit_story", alma)):
        await world.ask(idea, event, actor)
    await world.ask(idea, "approve_story", carla)
    await world.ask(idea, "refuse_consent", alma)
    for event, actor in (("submit_story", alma), ("approve_story", carla), ("consent", alma)):
        await world.ask(idea, event, actor)
    return idea


async def wrong_address_and_given_up(world: World) -> str:
    hand_off = await HandOff.start(world, await world.walk_to("assessing"))
    await hand_off.confirm()
    await hand_off.ask("link", alma, link_id=await hand_off.paste("pflegelotse"))
    await hand_off.ask("reject_link", ben)
    await hand_off.ask("link", alma, link_id=await hand_off.paste("pflegelotsen"))
    await hand_off.ask("confirm_link", ben)
    await hand_off.ask("withdraw", alma)
    await hand_off.until_idea_heard("crowdfunding_withdrawn")
    hand_off = await HandOff.start(world, hand_off.idea, attempt=2)
    await hand_off.link("pflegelotsen-2")
    await hand_off.say(CampaignStatus.CANCELLED)
    await hand_off.until_idea_heard("crowdfunding_cancelled")
    return hand_off.idea


async def forgotten_and_expired(world: World) -> str:
    READABLE.says(PlatformError(Cause.KEY_REVOKED))
    hand_off = await HandOff.start(world, await world.walk_to("assessing"))
    await hand_off.link()
    await hand_off.until_event("trouble")
    await hand_off.ask("withdraw", alma)
    await hand_off.until_idea_heard("crowdfunding_withdrawn")
    hand_off = await HandOff.start(world, hand_off.idea, attempt=2)
    await world.sleep(183)
    await hand_off.until_idea_heard("crowdfunding_expired")
    return hand_off.idea


async def team_comes_and_goes(world: World) -> str:
    """Dora works on the idea for a while, and Bruno looks on."""
    idea = await world.walk_to("working")
    dora = Actor(role=Role.INNOVATOR, account_id=DORA)
    await world.ask(idea, "join_team", ENGINE, member_id=DORA, share=Share.OBSERVER)
    await world.ask(idea, "join_team", ENGINE, member_id=DORA, share=Share.COLLABORATOR)
    await world.ask(idea, "join_team", ENGINE, member_id=BRUNO, share=Share.OBSERVER)
    await world.ask(idea, "submit_work", dora)
    await world.ask(idea, "leave_team", alma, member_id=BRUNO)
    await world.ask(idea, "leave_team", dora, member_id=DORA)
    await world.ask(idea, "approve_concept", ben)
    return idea


async def handed_to_another(world: World) -> str:
    """Dora takes the idea over while a crowdfunding is being prepared, and goes on with both."""
    idea = await world.walk_to("assessing")
    dora = Actor(role=Role.INNOVATOR, account_id=DORA)
    await world.ask(idea, "join_team", ENGINE, member_id=DORA, share=Share.COLLABORATOR)
    hand_off = await HandOff.start(world, idea)
    await world.ask(idea, "change_owner", ENGINE, member_id=DORA, share=Share.COLLABORATOR)
    await hand_off.until_event("change_owner")
    await hand_off.ask("withdraw", dora)
    await hand_off.until_idea_heard("crowdfunding_withdrawn")
    await world.ask(idea, "withdraw", dora)
    return idea


async def told_as_a_story(world: World) -> str:
    """With a document, as it is written on pages: each step names the version that it is about."""
    idea = await world.walk_to("drafting")
    await world.ask(idea, "submit_story", alma, document_id=idea)
    await world.ask(idea, "request_changes", carla, note_id=idea)
    await world.ask(idea, "submit_story", alma, document_id=idea)
    await world.ask(idea, "approve_story", carla, document_id=idea)
    await world.ask(idea, "consent", alma, document_id=idea, shows=(Shown.NAME, Shown.CONTACT))
    return idea


async def everybody_declines(world: World, idea: str, search: int) -> None:
    async def decline() -> OfferVerdict:
        offer = await world.open_offer(idea, search)
        no = OfferAnswer(offer_id=offer.id, coach_id=offer.coach_id, accepted=False)
        return await world.ideas.answer_offer(idea, search, no)

    for _ in (BEN, BRUNO):
        await patiently(decline)
    await world.until_in(idea, "unmatched")


SCENES: list[Callable[[World], Awaitable[str]]] = [
    whole_path,
    whole_path_of_schema_two,
    late_and_extended,
    paused_and_withdrawn,
    expired_offer_and_sent_back,
    coach_changed_and_closed,
    decided_and_undone,
    coach_on_leave,
    funded_by_a_crowd,
    failed_and_tried_again,
    read_by_itself,
    asked_and_declined,
    screened_and_declined,
    put_right_and_written_to,
    asked_and_answered,
    reopened_and_referred,
    nobody_has_time,
    nobody_has_time_ever,
    tasks_notes_and_a_partner,
    helped_sent_back_and_told,
    wrong_address_and_given_up,
    forgotten_and_expired,
    team_comes_and_goes,
    handed_to_another,
    told_as_a_story,
    *PLAIN_SCENES,
]

READABLE = FakePlatform(reads_status=True)
PLATFORMS: dict[Callable[[World], Awaitable[str]], FakePlatform] = {
    read_by_itself: READABLE,
    forgotten_and_expired: READABLE,
}
"""Where a scene needs one that can be read."""
