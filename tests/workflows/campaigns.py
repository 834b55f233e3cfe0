"""A hand-off of Alma's as the workflow tests see it: what people ask of it, and what SQL shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from models import workflow_ids
from models.messages.commands import Actor, Receipt
from models.messages.crowdfunding import CampaignCommand, CampaignStanding, CampaignState, Observation
from models.messages.package import Package, PackageFacts
from models.rules import readiness
from models.tables import (
    CampaignAddressRow,
    CampaignObservation,
    CampaignPackage,
    NoticeRow,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import new_id
from models.vocabulary import CampaignStatus, Provenance, Role
from tests.cast import POLICY
from tests.factories import alma, ben, good_package
from tests.workflows.conftest import World, patiently

SAYS = {
    Role.INNOVATOR: Provenance.SELF_REPORTED,
    Role.COACH: Provenance.COACH_ATTESTED,
    Role.LEAD: Provenance.COACH_ATTESTED,
}


class HandOff:
    """One attempt of one idea."""

    def __init__(self, world: World, idea: str, attempt: int = 1) -> None:
        self.world = world
        self.idea = idea
        self.attempt = attempt
        self.case_id = CampaignStanding.id_of(idea, attempt)

    @classmethod
    async def start(cls, world: World, idea: str, actor: Actor = alma, attempt: int = 1) -> "HandOff":
        """Ask the idea for crowdfunding, and wait until the hand-off is there."""
        await world.ask(idea, "start_crowdfunding", actor)
        hand_off = cls(world, idea, attempt)
        await world.until(hand_off.is_there)
        return hand_off

    # -- what people do -------------------------------------------------------------------------------------

    async def save(self, **fields: Any) -> Receipt:
        """Alma saves her package, and the hand-off hears of it."""
        start_on = (datetime.now(UTC) + timedelta(days=90)).date()
        facts = await self.write(good_package(**({"start_on": start_on} | fields)))
        return await self.ask("edit", alma, package=facts)

    async def write(self, package: Package) -> PackageFacts:
        """Write a package as its next revision, without telling anybody."""
        async with self.world.database.transaction() as session:
            row = await session.get_one(CampaignPackage, (self.idea, self.attempt))
            row.content = package.model_dump(mode="json")
            row.digest = readiness.digest(package)
            row.revision += 1
        return await self.facts()

    async def ask(self, event: str, actor: Actor, **fields: Any) -> Receipt:
        """Ask as a patient person would, with the package as SQL has it, and wait until the step is shown."""
        receipt = await self.send(await self.command(event, actor, **fields))
        await self.until_version(receipt.version)
        return receipt

    async def command(self, event: str, actor: Actor, **fields: Any) -> CampaignCommand:
        values = {"id": new_id(), "package": await self.facts()} | fields
        return CampaignCommand(event=event, actor=actor, **values)

    async def send(self, command: CampaignCommand) -> Receipt:
        return await patiently(
            lambda: self.world.ideas.case_command(workflow_ids.crowdfunding(self.idea, self.attempt), command)
        )

    async def confirm(self) -> None:
        """Both stand by the package, and a person is asked to enter it."""
        await self.save()
        await self.ask("pack", alma)
        await self.ask("confirm", alma)
        await self.ask("confirm", ben)
        await self.until_in("awaiting_entry")

    async def link(self, reference: str = "pflegelotsen") -> None:
        """All the way to a linked campaign."""
        await self.confirm()
        await self.ask("link", alma, link_id=await self.paste(reference))
        await self.ask("confirm_link", ben)

    async def paste(self, reference: str, platform: str = "fake") -> str:
        """The address that somebody has found, as a row."""
        row = CampaignAddressRow(
            idea_id=self.idea,
            attempt=self.attempt,
            platform=platform,
            campaign_key=reference,
            url=f"https://fake.example/{reference}",
        )
        async with self.world.database.transaction() as session:
            session.add(row)
        return row.id

    async def say(self, status: CampaignStatus, actor: Actor = alma, **fields: Any) -> Receipt:
        """Somebody says how the campaign stands."""
        seen = Observation(
            id=new_id(), status=status, provenance=SAYS[actor.role], observed_at=await self.world.now(), **fields
        )
        return await self.ask("observe", actor, observation=seen)

    # -- what is to be seen ---------------------------------------------------------------------------------

    async def state(self) -> CampaignState:
        return await patiently(lambda: self.world.ideas.case_state(workflow_ids.crowdfunding(self.idea, self.attempt)))

    async def facts(self) -> PackageFacts:
        row, today = await self._package_row(), datetime.now(UTC).date()
        return readiness.facts(Package.model_validate(row.content), row.revision, POLICY.crowdfunding, today)

    async def package(self) -> Package:
        return Package.model_validate((await self._package_row()).content)

    async def _package_row(self) -> CampaignPackage:
        async with self.world.database.session() as session:
            return await session.get_one(CampaignPackage, (self.idea, self.attempt))

    async def is_there(self) -> bool:
        async with self.world.database.session() as session:
            return await session.get(StandingRow, self.case_id) is not None

    async def shown(self) -> StandingRow:
        async with self.world.database.session() as session:
            return await session.get_one(StandingRow, self.case_id)

    async def standing(self) -> CampaignStanding:
        """Where it stands as SQL shows it."""
        standing: CampaignStanding = (await self.shown()).read()
        return standing

    async def timeline(self) -> list[TimelineEntry]:
        mine = select(TimelineEntry).where(TimelineEntry.case_id == self.case_id)
        async with self.world.database.session() as session:
            return list((await session.exec(mine.order_by(col(TimelineEntry.version)))).all())

    async def events(self) -> list[str]:
        return [entry.event for entry in await self.timeline()]

    async def observations(self) -> list[CampaignObservation]:
        async with self.world.database.session() as session:
            found = select(CampaignObservation).where(CampaignObservation.idea_id == self.idea)
            return list((await session.exec(found)).all())

    async def told(self, account: str) -> list[str]:
        """What somebody was told of this hand-off, in its order."""
        mine = select(NoticeRow).where(
            NoticeRow.idea_id == self.idea,
            NoticeRow.account_id == account,
            col(NoticeRow.key).startswith(f"crowdfunding/{self.attempt}/"),
        )
        async with self.world.database.session() as session:
            found = (await session.exec(mine)).all()
        return [notice.kind for notice in sorted(found, key=lambda notice: int(notice.key.rpartition("/")[2]))]

    async def until_version(self, version: int) -> None:
        async def is_shown() -> bool:
            return (await self.shown()).version >= version

        await self.world.until(is_shown)

    async def until_in(self, state: str) -> None:
        async def is_in() -> bool:
            return (await self.shown()).state == state

        await self.world.until(is_in)

    async def until_event(self, event: str, times: int = 1) -> None:
        async def has_happened() -> bool:
            return (await self.events()).count(event) >= times

        await self.world.until(has_happened)

    async def until_idea_heard(self, event: str) -> None:
        async def has_heard() -> bool:
            return event in await self.world.events(self.idea)

        await self.world.until(has_heard)
