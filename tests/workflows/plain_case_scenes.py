"""What happens in the replay corpus to cases beside an idea: each of their events, and what comes by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.cases.plain_case import PlainKind
from models.messages.appointment import AppointmentState
from models.messages.cases import CaseState
from models.messages.commands import ENGINE, Actor
from models.messages.contribution import ContributionState
from models.messages.replication import ReplicationState
from models.rules.appointment import APPOINTMENTS
from models.rules.contribution import CONTRIBUTIONS
from models.rules.replication import REPLICATIONS
from models.tables.columns import new_id
from models.vocabulary import Answer, CarryOver, ContributionSort, Ingredient, SessionKind, Unfit
from tests import appointments, contributions, replications
from tests.factories import alma, ben, carla
from tests.replications import otto
from tests.workflows.conftest import World, patiently


@dataclass
class Beside:
    """One case that somebody has begun."""

    world: World
    rules: PlainKind[Any, Any]
    workflow_id: str

    @classmethod
    async def begin(
        cls, world: World, rules: PlainKind[Any, Any], state: CaseState, who: Actor, **fields: Any
    ) -> "Beside":
        first = rules.command(id=new_id(), event=rules.begins_with, actor=who, **fields)
        await patiently(lambda: world.ideas.submit(state, first))
        return cls(world, rules, state.standing.workflow_id)

    async def ask(self, event: str, who: Actor, **fields: Any) -> None:
        command = self.rules.command(id=new_id(), event=event, actor=who, **fields)
        await patiently(lambda: self.world.ideas.case_command(self.workflow_id, command))

    async def until_in(self, state: str) -> None:
        """Let days pass until it has come there by itself."""
        while (await self.world.ideas.case_state(self.workflow_id)).standing.state != state:
            await self.world.sleep(1)


async def offered_chosen_held_and_missed(world: World) -> str:
    idea = await world.bring_to("planning")

    async def offer(n: int, who: Actor = ben) -> Beside:
        state: AppointmentState = appointments.begin(idea, who, await world.now(), n, owner_id=alma.account_id or "")
        return await Beside.begin(world, APPOINTMENTS, state, who, **times(await world.now()))

    held, missed, given_up = await offer(1), await offer(2, alma), await offer(3)
    await held.ask("decline_times", alma, note_id=idea)
    await held.ask("extend_deadline", ben, days=3, note_id=idea)
    offered = times(await world.now())
    await held.ask("move", ben, **offered)
    await held.ask("choose", alma, start=offered["slots"][0])
    offered = times(await world.now())
    await missed.ask("move", alma, **offered)
    await missed.ask("choose", ben, start=offered["slots"][1])
    await given_up.ask("withdraw", alma, note_id=idea)
    await held.until_in("noting")
    await held.ask("note_held", ben, minutes=45)
    await missed.until_in("noting")
    await world.sleep(30)
    await missed.ask("note_missed", ben)
    return idea


async def tried_elsewhere(world: World) -> str:
    """With help, without, after a no, and after nobody had answered. A replication is the only one of its idea."""
    ways = {"agree": True, "decline": True, "lapse": True, "alone": False}
    for way, asks in ways.items():
        idea, now = await world.bring_to("planning"), await world.now()
        state: ReplicationState = replications.begin(now, idea, owner_id=alma.account_id or "", asks=asks)
        copy = await Beside.begin(world, REPLICATIONS, state, ENGINE)
        match way:
            case "agree":
                await copy.ask("agree", otto)
                await copy.ask("hand_on", otto, note_id=idea)
                await copy.ask("check_in", alma, answer=Answer.ON_TRACK)
                await copy.ask("check_in", alma, answer=Answer.DONE)
                await copy.ask("report", alma, carried={Ingredient.STEPS: CarryOver.ADAPTED}, note_id=idea)
            case "decline":
                await copy.ask("decline", otto)
                await copy.ask("snooze", alma, until=(await world.today()) + timedelta(days=5))
                await copy.ask("report", alma, carried={Ingredient.MONEY: CarryOver.TAKEN})
            case "lapse":
                await copy.until_in("trying")
                await copy.ask("withdraw", alma)
            case _:
                await world.sleep(200)
                await copy.ask("check_in", alma, answer=Answer.DONE)
        await world.until_quiet(idea, 0)
    return idea


async def said_shown_and_answered(world: World) -> str:
    idea = await world.bring_to("planning")

    async def write(n: int, sort: ContributionSort = ContributionSort.HINT) -> Beside:
        state: ContributionState = contributions.begin(idea, await world.now(), n, sort, alma.account_id or "")
        return await Beside.begin(world, CONTRIBUTIONS, state, ENGINE)

    question, support, offer = (
        await write(1),
        await write(2, ContributionSort.SUPPORT),
        await write(3, ContributionSort.OFFER),
    )
    unfit, taken_back = await write(4), await write(5)
    await question.ask("show", carla)
    await question.ask("extend_deadline", carla, days=2, note_id=idea)
    await world.sleep(40)
    await question.ask("answer", alma, note_id=idea)
    await support.ask("show", carla)
    await offer.ask("pass_on", carla)
    await unfit.ask("refuse", carla, reason=Unfit.INSULT, note_id=idea)
    await taken_back.ask("withdraw", ENGINE)
    return idea


def times(now: datetime) -> dict[str, Any]:
    """What is offered at a time."""
    soon = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    return {"slots": (soon, soon + timedelta(hours=2)), "minutes": 60, "place": SessionKind.PHONE}


PLAIN_SCENES = [offered_chosen_held_and_missed, tried_elsewhere, said_shown_and_answered]
