"""What people ask of a crowdfunding hand-off. Pages and API come through here.

Words, addresses and observations are stored first and travel as ids; the hand-off decides; the read model follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.crowdfunding import CampaignAddress, WrongAddress
from activities.ports.ideas import CommandRefused
from api.runtime.services import Services
from api.use_cases.command_sender import (
    CaseForm,
    Done,
    Keep,
    reused,
    show,
    wrong_field,
)
from api.use_cases.engine_commands import ask_case
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.packages import Change, StoredPackage, drop_unused_images, put_back, read_package, write_package
from api.use_cases.plain_case_sender import PlainSender
from models.messages.commands import Actor, Receipt, Refusal, RefusalCode
from models.messages.crowdfunding import CampaignCommand, CampaignStanding, Observation
from models.queries.crowdfunding import is_campaign
from models.queries.idea import IdeaView, read_idea
from models.rules.crowdfunding import HAND_OFFS
from models.rules.money import MOST_CENTS
from models.rules.permissions import roles_toward
from models.tables import (
    Account,
    CampaignAddressRow,
    CampaignImage,
    CampaignObservation,
    Note,
    StandingRow,
)
from models.tables.columns import new_id
from models.typed_text import Text
from models.vocabulary import CampaignStatus, Provenance, Role

SAID_OF_CAMPAIGNS = tuple(status for status in CampaignStatus if status is not CampaignStatus.UNKNOWN)
"""What people can say of a campaign."""


class CampaignForm(CaseForm):
    """An event of a hand-off and its own fields, as a person gives them."""

    digest: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """The package that is packed or confirmed: nobody stands by what they have not seen."""
    address: Text | None = Field(default=None, max_length=1000)
    """Of the campaign on its platform, as it was pasted."""
    status: CampaignStatus | None = None
    funded_cents: int | None = Field(default=None, ge=0, le=MOST_CENTS)
    threshold_cents: int | None = Field(default=None, ge=0, le=MOST_CENTS)
    ends_on: date | None = None

    def unsaid(self) -> set[str]:
        return {"note", "address"}


class CrowdfundingNotFound(Exception):
    """Crowdfunding was never started for this idea, or not so often."""


@dataclass(frozen=True)
class HandOffSeen:
    """A hand-off as one account may see it: where it stands, the package, and what they may do."""

    idea: IdeaView
    row: StandingRow
    kept: StoredPackage
    roles: list[Role]
    allowed: list[str]

    @property
    def standing(self) -> CampaignStanding:
        standing: CampaignStanding = self.row.read()
        return standing

    @property
    def attempt(self) -> int:
        return self.row.number


async def see_hand_off(
    session: AsyncSession, services: Services, account: Account, idea_id: str, attempt: int | None = None
) -> HandOffSeen:
    """The running attempt, or the one that is asked for. Raises IdeaNotFound, CrowdfundingNotFound."""
    view, roles = await see_idea_to_act(session, account, idea_id)
    wanted = select(StandingRow).where(is_campaign(idea_id))
    if attempt is not None:
        wanted = wanted.where(StandingRow.number == attempt)
    row = (await session.exec(wanted.order_by(col(StandingRow.number).desc()).limit(1))).one_or_none()
    if row is None:
        raise CrowdfundingNotFound
    kept = await read_package(session, services, idea_id, row.number)
    standing = row.read()
    return HandOffSeen(view, row, kept, roles, HAND_OFFS.allowed_events(standing, account.id, roles))


# -- the package -------------------------------------------------------------------------------------------------


async def save_package(
    services: Services,
    account: Account,
    idea_id: str,
    change: Change,
    images: Sequence[CampaignImage] = (),
    expected: int | None = None,
) -> StoredPackage:
    """Change the package of the running attempt and let the hand-off know. `expected` is the revision it must have.

    The change is kept also where the engine is away: the next command brings it along. Raises IdeaNotFound,
    CrowdfundingNotFound, PackageMovedOn, CommandRefused, EngineAway and whatever `change` raises.
    """
    async with services.database.reading() as session:
        seen = await see_hand_off(session, services, account, idea_id)
    refuse_edit(seen)
    before, after = await write_package(services, account, idea_id, seen.attempt, change, images, expected)
    try:
        await _tell_of_package(services, account, seen, after)
    except CommandRefused:
        await put_back(services, account, idea_id, seen.attempt, before, after)
        raise
    if len(after.package.images) < len(before.package.images):
        await drop_unused_images(services, idea_id)
    return after


def refuse_edit(seen: HandOffSeen) -> None:
    """Raises CommandRefused for whoever may not change the package now."""
    if "edit" in seen.allowed:
        return
    may_ever = bool({Role.INNOVATOR, Role.COACH, Role.LEAD} & set(seen.roles))
    code = RefusalCode.NOT_ALLOWED if may_ever else RefusalCode.FORBIDDEN
    detail = f"the package can not be changed any more: {seen.row.state}"
    raise CommandRefused(Refusal(code=code, detail=detail, allowed_events=seen.allowed, version=seen.row.version))


async def _tell_of_package(services: Services, account: Account, seen: HandOffSeen, kept: StoredPackage) -> None:
    """The hand-off hears of each revision once, whoever tells it."""
    idea_id, attempt = seen.row.idea_id, seen.attempt
    command_id = str(uuid5(NAMESPACE_URL, f"package/{idea_id}/{attempt}/{kept.revision}/{kept.facts.ready}"))

    actor = _actor(seen.standing, account, seen.roles, "edit")
    command = CampaignCommand(id=command_id, event="edit", actor=actor, package=kept.facts)
    await show(services, await ask_case(services, seen.row.case_id, command))


# -- commands ----------------------------------------------------------------------------------------------------


async def send_campaign_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: CampaignForm,
    key: str | None = None,
    expected_version: int | None = None,
) -> Done:
    """Ask one event of the running hand-off. `key` makes a repeat harmless.

    Raises IdeaNotFound, CrowdfundingNotFound, CommandRefused, EngineAway.
    """
    command_id = str(uuid5(NAMESPACE_URL, f"{account.id}/{idea_id}/crowdfunding/{key or new_id()}"))
    return await CampaignSender(services, account, command_id, idea_id, form, expected_version).send()


class CampaignSender(PlainSender[CampaignForm]):
    """One event of the running hand-off of an idea."""

    rules = HAND_OFFS
    address: CampaignAddress | None = None

    async def look(self) -> Receipt | None:
        async with self.services.database.reading() as session:
            self.seen = await see_hand_off(session, self.services, self.account, self.idea_id)
        return await self.find_receipt()

    async def prepare(self) -> CampaignCommand:
        """The command with the ids alone of what it speaks of."""
        services, seen, form = self.services, self.seen, self.form
        _check_form(seen, form)
        self.address = _read_address(services, seen, form)
        actor = _actor(seen.standing, self.account, seen.roles, form.event)
        if form.event != "edit" and seen.standing.package != seen.kept.facts:
            await _catch_up(services, self.account, seen)
        command: CampaignCommand = self.write(
            seen.standing,
            seen.standing.owner_id,
            seen.roles,
            package=seen.kept.facts,
            link_id=self.name("address") if self.address else None,
            observation=_observe(form, actor, self.name("observation")) if form.status is not None else None,
        )
        return command

    def kept_beside(self, command: CampaignCommand) -> list[Keep[CampaignCommand]]:
        beside = {self._keep_address: command.link_id, self._keep_observation: command.observation}
        return [keep for keep, told in beside.items() if told is not None]

    async def _keep_address(self, session: AsyncSession, command: CampaignCommand) -> None:
        """An address belongs to one campaign for ever, unless it was taken back."""
        address, version = self.address, self.seen.row.version
        if address is None or command.link_id is None:
            return
        # The same command may come several times at once: the first is kept, and the others see what it said. Naming
        # one unique index here would make the other one fail for whoever came second.
        row = insert(CampaignAddressRow).values(
            id=command.link_id,
            idea_id=self.idea_id,
            attempt=self.seen.attempt,
            platform=address.platform,
            campaign_key=address.reference,
            url=address.url,
            created_by=self.account.id,
            created_at=datetime.now(UTC),
        )
        await session.exec(row.on_conflict_do_nothing())
        stored = await session.get(CampaignAddressRow, command.link_id)
        if stored is None:
            raise wrong_field("address", "belongs to another campaign already", version)
        if stored.url != address.url:
            raise reused(version)

    async def _keep_observation(self, session: AsyncSession, command: CampaignCommand) -> None:
        if command.observation is None:
            return
        row = insert(CampaignObservation).values(
            idea_id=self.idea_id,
            attempt=self.seen.attempt,
            account_id=self.account.id,
            raw_status="",
            currency="EUR",
            **command.observation.model_dump(),
        )
        await session.exec(row.on_conflict_do_nothing())

    async def forget(self, session: AsyncSession, command: CampaignCommand) -> None:
        observation_id = command.observation.id if command.observation else None
        kept = ((Note, command.note_id), (CampaignAddressRow, command.link_id), (CampaignObservation, observation_id))
        for table, its_id in kept:
            row = await session.get(table, its_id) if its_id else None
            if row is not None:
                await session.delete(row)


def _check_form(seen: HandOffSeen, form: CampaignForm) -> None:
    """The fields that only this side of the boundary can check."""
    version = seen.row.version
    if form.digest is not None and form.digest != seen.kept.facts.digest:
        raise CommandRefused(
            Refusal(code=RefusalCode.STALE, field="package", detail="the package has changed", version=version)
        )
    needed = {"confirm": "digest", "link": "address", "observe": "status"}.get(form.event)
    if needed is not None and getattr(form, needed) is None:
        detail = f"{form.event} needs {needed}"
        raise wrong_field(needed, detail, version)
    if form.status is CampaignStatus.UNKNOWN:
        detail = "say what you know, or nothing"
        raise wrong_field("status", detail, version)


def _read_address(services: Services, seen: HandOffSeen, form: CampaignForm) -> CampaignAddress | None:
    """The address in its normal form; only a link has one."""
    if form.event != "link" or form.address is None:
        return None
    try:
        return services.platform.read_address(form.address)
    except WrongAddress as wrong:
        raise WrongCampaignAddress(wrong.key, seen.row.version) from wrong


class WrongCampaignAddress(CommandRefused):
    """The text is no address of a campaign. `key` names its words in the catalogues."""

    def __init__(self, key: str, version: int) -> None:
        self.key = key
        detail = f"is no address of a campaign: {key.rpartition('.')[2]}"
        super().__init__(Refusal(code=RefusalCode.INVALID, field="address", detail=detail, version=version))


def _actor(standing: CampaignStanding, account: Account, roles: list[Role], event: str) -> Actor:
    return Actor(
        role=HAND_OFFS.acting_role(standing, account.id, roles, event) or Role.INNOVATOR, account_id=account.id
    )


async def _catch_up(services: Services, account: Account, seen: HandOffSeen) -> None:
    """The package was saved while the engine was away, or a day has passed that it counted on: it is told first."""
    if "edit" in seen.allowed:
        await _tell_of_package(services, account, seen, seen.kept)


def _observe(form: CampaignForm, actor: Actor, its_id: str) -> Observation:
    assert form.status is not None
    own = actor.role is Role.INNOVATOR
    return Observation(
        id=its_id,
        status=form.status,
        provenance=Provenance.SELF_REPORTED if own else Provenance.COACH_ATTESTED,
        observed_at=datetime.now(UTC),
        funded_cents=form.funded_cents,
        threshold_cents=form.threshold_cents,
        ends_on=form.ends_on,
    )


async def see_idea_to_act(session: AsyncSession, account: Account, idea_id: str) -> tuple[IdeaView, list[Role]]:
    """Whoever only observes an idea has no part in its crowdfunding. Raises IdeaNotFound."""
    view = await read_idea(session, idea_id)
    platform_roles = [Role(role) for role in account.roles]
    roles = roles_toward(view.row.standing(), account.id, platform_roles) if view is not None else []
    if view is None or not roles:
        raise IdeaNotFound(hidden=view is not None)
    return view, roles
