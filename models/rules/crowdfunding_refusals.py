"""Who may do what with a crowdfunding hand-off, and what is refused before it enters a history.

Whether somebody is the idea's coach, a lead or a collaborator is known to whoever asks (`models.rules.permissions`),
since coaches and teams change; here it is only made sure that nobody speaks for both sides.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from models.cases.calendar import calendar_of
from models.cases.refusals import EXTEND, SNOOZE, Refusals
from models.lifecycles.crowdfunding import PERSONS, STATUS_MOVES, CrowdfundingLifecycle
from models.messages.commands import Actor, Refusal, RefusalCode
from models.messages.crowdfunding import (
    CampaignCommand,
    CampaignStanding,
    CampaignState,
    Observation,
)
from models.rules.crowdfunding_times import has_confirmed
from models.rules.permissions import ACTING_ORDER
from models.vocabulary import CampaignStatus, Provenance, Role

REQUIRED_FIELDS: dict[str, tuple[str, ...]] = {
    "edit": ("package",),
    "pack": ("package",),
    "confirm": ("package",),
    "link": ("package", "link_id"),
    "confirm_link": ("package",),
    "observe": ("observation",),
}
"""Event → what it cannot do without."""

FARTHEST_END_DAYS = 3650
"""A campaign does not end later than this: dates near the end of the calendar cannot be counted on from."""

DECIDES_ON_THE_PACKAGE = frozenset({"pack", "confirm", "link", "confirm_link"})
NEEDS_A_READY_PACKAGE = frozenset({"pack", "confirm"})
TAKES_TWO = frozenset({"confirm", "confirm_link"})
"""The starter's side and the coach's each do their part."""

STARTER_ALONE = TAKES_TWO | {"withdraw", SNOOZE}
"""Of the innovator's side: who collaborates prepares the package, and neither gives the starter's
word nor puts off the starter's reminders."""

PROVENANCES: dict[Role, frozenset[Provenance]] = {
    Role.INNOVATOR: frozenset({Provenance.SELF_REPORTED}),
    Role.COACH: frozenset({Provenance.COACH_ATTESTED}),
    Role.LEAD: frozenset({Provenance.COACH_ATTESTED}),
    Role.ENGINE: frozenset({Provenance.API, Provenance.SIMULATED}),
}


def side_of(role: Role) -> Role:
    """A lead stands in for the coach."""
    return Role.COACH if role is Role.LEAD else role


def known_events(standing: CampaignStanding) -> dict[str, frozenset[Role]]:
    """Event → roles, for everything that makes sense where the hand-off stands now."""
    found = {}
    for event in CrowdfundingLifecycle.events_in(standing.state):
        roles = frozenset(role for role in CrowdfundingLifecycle.actors[event] if _makes_sense(event, role, standing))
        if roles:
            found[event] = roles
    if standing.clock is not None and standing.pause is None and standing.turn in PERSONS:
        found |= {EXTEND: frozenset({Role.COACH, Role.LEAD}), SNOOZE: frozenset({standing.turn, Role.LEAD})}
    return found


def allowed_events(standing: CampaignStanding, account_id: str | None, roles: Collection[Role]) -> list[str]:
    """What somebody with these roles toward the idea may fire now; the buttons on the page."""
    return [
        event for event, allowed in known_events(standing).items() if allowed & _own(standing, account_id, roles, event)
    ]


def acting_role(standing: CampaignStanding, account_id: str, roles: Collection[Role], event: str) -> Role | None:
    """The role in which an account would fire the event. Where none of its roles may, the closest, so that the
    refusal can be told; None for a stranger."""
    allowed = known_events(standing).get(event, frozenset()) & _own(standing, account_id, roles, event)
    mine = [role for role in ACTING_ORDER if role in roles]
    return next((role for role in mine if role in allowed), mine[0] if mine else None)


def may_follow(status: CampaignStatus, seen: Observation) -> bool:
    """Whether what was seen can be true after what is known."""
    if seen.status not in STATUS_MOVES[status] or contradicts_itself(seen):
        return False
    return seen.status is not CampaignStatus.PAID_OUT or seen.provenance is not Provenance.API


def contradicts_itself(seen: Observation) -> bool:
    """Successful means: ended, and at least the threshold was reached."""
    if seen.funded_cents is None or seen.threshold_cents is None:
        return False
    reached = seen.funded_cents >= seen.threshold_cents
    return seen.status is (CampaignStatus.ENDED_FAILED if reached else CampaignStatus.ENDED_SUCCESSFUL)


def _makes_sense(event: str, role: Role, standing: CampaignStanding) -> bool:
    link = standing.link
    match event:
        case "confirm":
            return not has_confirmed(standing, side_of(role))
        case "link":
            return link is None
        case "confirm_link":
            return link is not None and side_of(role) is not side_of(link.by)
        case "reject_link":
            return link is not None
        case "withdraw":
            return standing.result is None
        case _:
            return True


def _own(standing: CampaignStanding, account_id: str | None, roles: Collection[Role], event: str) -> frozenset[Role]:
    """Whoever is on the starter's side, be they a lead as well, does not do the other side's part."""
    own = frozenset(roles)
    if account_id == standing.owner_id:
        return own & {Role.INNOVATOR}
    if event in TAKES_TWO and Role.INNOVATOR in own:
        own &= {Role.INNOVATOR}
    return own if event not in STARTER_ALONE else own - {Role.INNOVATOR}


class CampaignRefusals(Refusals[CampaignState, CampaignCommand]):
    """What a hand-off answers to the questions of `models.cases.refusals`."""

    name = "hand-off"

    def is_who_they_say(self, standing: CampaignStanding, actor: Actor, event: str) -> bool:
        if actor.role is Role.INNOVATOR:
            return actor.account_id == standing.owner_id or event not in STARTER_ALONE
        return actor.role in (Role.COACH, Role.LEAD) and actor.account_id != standing.owner_id

    def known_events(self, standing: CampaignStanding) -> Mapping[str, Collection[Role]]:
        return known_events(standing)

    def tell_place(self, standing: CampaignStanding) -> str:
        return standing.state

    def may_themselves(self, standing: CampaignStanding, actor: Actor, event: str) -> bool:
        return actor.role in _own(standing, actor.account_id, [actor.role], event)

    def allowed_events(self, standing: CampaignStanding, account_id: str | None, roles: Collection[Role]) -> list[str]:
        return allowed_events(standing, account_id, roles)

    def refuse_fields(self, campaign: CampaignState, command: CampaignCommand, now: datetime) -> Refusal | None:
        standing, event = campaign.standing, command.event
        rulebook = command.rulebook or campaign.rulebook
        today = calendar_of(rulebook).today(now)
        if why := self.refuse_times(campaign, command, today, rulebook, names_a_day=event == SNOOZE):
            return why

        for field in REQUIRED_FIELDS.get(event, ()):
            if getattr(command, field) is None:
                return self.invalid(campaign, command, field, f"{event} needs {field}")
        if event in DECIDES_ON_THE_PACKAGE and command.package is not None:
            if command.package.digest != standing.package.digest:
                return self.refuse(campaign, command, RefusalCode.STALE, "the package has changed", "package")
            if event in NEEDS_A_READY_PACKAGE and not command.package.ready:
                return self.invalid(campaign, command, "package", "is not ready any more")
        if event == "observe" and command.observation is not None:
            return self._refuse_observation(campaign, command, command.observation)
        return None

    def _refuse_observation(
        self, campaign: CampaignState, command: CampaignCommand, seen: Observation
    ) -> Refusal | None:
        status = campaign.standing.status
        if seen.provenance not in PROVENANCES[command.actor.role]:
            detail = f"{command.actor.role} cannot vouch for {seen.provenance}"
            return self.invalid(campaign, command, "provenance", detail)
        if seen.ends_on is not None and abs(seen.ends_on - seen.observed_at.date()).days > FARTHEST_END_DAYS:
            detail = f"must be within {FARTHEST_END_DAYS} days"
            return self.invalid(campaign, command, "ends_on", detail)
        if contradicts_itself(seen):
            detail = f"{seen.status} does not fit the sums"
            return self.invalid(campaign, command, "funded_cents", detail)
        if not may_follow(status, seen):
            return self.invalid(campaign, command, "status", f"{seen.status} cannot follow {status}")
        return None


REFUSALS = CampaignRefusals()


def refusal(campaign: CampaignState | None, command: CampaignCommand, now: datetime) -> Refusal | None:
    """Why a command cannot be carried out; None where it can, or was already. Without a state, it is not there yet."""
    if campaign is None:
        return Refusal(code=RefusalCode.NOT_ALLOWED, detail="the hand-off is being prepared")
    return REFUSALS.refusal(campaign, command, now)
