"""Who is on turn in a crowdfunding hand-off, until when, and when the platform is asked again."""

from datetime import date, datetime, timedelta

from models.cases import clocks
from models.cases.calendar import Calendar
from models.lifecycles.crowdfunding import ENDED_WELL, OVER, CrowdfundingLifecycle
from models.messages.cases import Clock
from models.messages.crowdfunding import CampaignStanding, CampaignState, ReadingOutcome
from models.messages.rulebook import Duration, Rulebook
from models.vocabulary import CampaignStatus, CrowdfundingState, Role

WHILE_FUNDING = timedelta(hours=1)
ON_THE_LAST_DAY = timedelta(minutes=15)
OTHERWISE = timedelta(hours=6)
JITTER = 0.1
"""Readings are spread over a tenth of their interval, so that not all campaigns are looked up at once."""

FIRST_RETRY = timedelta(minutes=5)
WHERE_PEOPLE_MUST_HELP = timedelta(days=1)
"""A key that was revoked may be replaced: it is tried again, but not often."""

NOT_SUPPORTED = "not_supported"
LOOK_AGAIN_FOR_SUPPORT = timedelta(days=7)
"""An operator may get leave to read while a campaign runs."""

RESULT_EXPECTED_WITHIN = Duration(2, "d")
"""How long after the last day the platform may take to say how it ended, before people are asked."""

NO_RESULT = "no_result"
STATUS_UNKNOWN = "status_unknown"
FOR_PEOPLE_TO_ANSWER = frozenset({NO_RESULT, STATUS_UNKNOWN})
"""Troubles that the next answer ends; the platform can be read as ever."""


# -- who is on turn, and until when ------------------------------------------------------------------------------


def phase_of(standing: CampaignStanding) -> str | None:
    """What is waited for: one of `CrowdfundingLifecycle.phases`, or None where the engine works or all is over."""
    match standing.state:
        case CrowdfundingState.NOT_READY | CrowdfundingState.READY | CrowdfundingState.PACKAGED:
            return str(standing.state)
        case CrowdfundingState.AWAITING_ENTRY:
            return "awaiting_entry" if standing.link is None else "checking_link"
        case CrowdfundingState.LINKED if standing.status is CampaignStatus.FUNDING:
            return "funding"
        case CrowdfundingState.LINKED:
            return "paying" if standing.status in ENDED_WELL else "linked"
        case _:
            return None


def find_turn(standing: CampaignStanding) -> Role | None:
    """Who has to act; None only where the hand-off has ended."""
    if standing.state not in CrowdfundingLifecycle.on_turn:
        return None
    match phase_of(standing):
        case "packaged":
            return Role.COACH if has_confirmed(standing, Role.INNOVATOR) else Role.INNOVATOR
        case "checking_link":
            assert standing.link is not None
            return Role.COACH if standing.link.by is Role.INNOVATOR else Role.INNOVATOR
        case "funding" if watches_alone(standing):
            return Role.ENGINE
        case _:
            return CrowdfundingLifecycle.on_turn[standing.state]


def has_confirmed(standing: CampaignStanding, role: Role) -> bool:
    return any(confirmation.role is role for confirmation in standing.confirmations)


def watches_alone(standing: CampaignStanding) -> bool:
    """The platform is read, and nothing is wrong: people need not be asked while money is collected."""
    return standing.automatic and standing.trouble is None


def start_clock(standing: CampaignStanding, rulebook: Rulebook, today: date, calendar: Calendar) -> Clock | None:
    """The clock of the present phase. The end of a campaign is asked for on the day after it, where that is known."""
    phase = phase_of(standing)
    if phase is None:
        return None
    clock = clocks.start_clock(rulebook.limit_of(standing.kind, phase), today, calendar)
    if phase == "funding":
        ends_on = standing.ends_on
        if watches_alone(standing):
            if ends_on is None:
                return None
            due = calendar.deadline(max(ends_on, today), RESULT_EXPECTED_WITHIN)
            return Clock(unit=RESULT_EXPECTED_WITHIN.unit, due=due)
        if ends_on is not None and ends_on >= today:
            clock.due = calendar.deadline(ends_on, clocks.ONE_DAY)
    return clock


# -- asking the platform -----------------------------------------------------------------------------------------


def reads_now(campaign: CampaignState, now: datetime) -> bool:
    at = next_reading(campaign)
    return at is not None and at <= now


def next_reading(campaign: CampaignState) -> datetime | None:
    """When the platform is asked again; None where there is no campaign to ask for."""
    standing = campaign.standing
    if standing.state is not CrowdfundingState.LINKED or standing.status in OVER:
        return None
    return campaign.readings.next_at


def plan_reading(
    campaign: CampaignState, outcome: ReadingOutcome, chance: float, calendar: Calendar, now: datetime
) -> None:
    """Note how a reading went and when the next one is due. `chance` lies between 0 and 1."""
    readings = campaign.readings
    readings.taken += 1
    readings.failed = 0 if outcome.cause is None else readings.failed + 1
    if outcome.cause is None:
        pause = _interval(campaign.standing, calendar, now)
    elif outcome.cause == NOT_SUPPORTED:
        pause = LOOK_AGAIN_FOR_SUPPORT
    elif outcome.retryable:
        grown = min(FIRST_RETRY * 2 ** min(readings.failed - 1, 10), OTHERWISE)
        pause = max(grown, timedelta(seconds=outcome.retry_after or 0))
    else:
        pause = WHERE_PEOPLE_MUST_HELP
    readings.next_at = now + pause * (1 + JITTER * chance)


def _interval(standing: CampaignStanding, calendar: Calendar, now: datetime) -> timedelta:
    if standing.status is not CampaignStatus.FUNDING:
        return OTHERWISE
    if standing.ends_on is None:
        return WHILE_FUNDING
    today = calendar.today(now)
    if today > standing.ends_on:
        return OTHERWISE
    if today == standing.ends_on:
        return ON_THE_LAST_DAY
    # Not over the beginning of the last day: from then on every quarter of an hour counts.
    return min(WHILE_FUNDING, max(calendar.start_of(standing.ends_on) - now, ON_THE_LAST_DAY))
