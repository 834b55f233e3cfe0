"""One step of a crowdfunding hand-off: a command, the engine's own time, the platform's answer, or news of the idea.

All change the given `CampaignState` in place and append to its outbox; what may be taken is decided before, in
`models.rules.crowdfunding_refusals`. They run inside workflows, so they know no time but `now`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from models.cases.calendar import Calendar, calendar_of
from models.cases.plain_case import PlainStep
from models.lifecycles.crowdfunding import PERSONS
from models.messages.cases import Clock, Entry, Notice, Pause, WakeUp
from models.messages.crowdfunding import (
    CampaignCommand,
    CampaignLink,
    CampaignOpening,
    CampaignRequest,
    CampaignStanding,
    CampaignState,
    Confirmation,
    DraftOutcome,
    DraftToSubmit,
    Observation,
    ReadingOutcome,
)
from models.messages.idea import CampaignNews, IdeaNews
from models.messages.package import PackageFacts
from models.messages.rulebook import Duration, Rulebook
from models.rules import crowdfunding_times as times
from models.rules.crowdfunding_refusals import CampaignRefusals, may_follow, side_of
from models.vocabulary import (
    CampaignStatus,
    CrowdfundingResult,
    CrowdfundingState,
    IdeaNewsKind,
    NoticeKind,
    Role,
    WakeUpKind,
)

FAILURES_BEFORE_TROUBLE = 8
"""So often a platform may be out of reach in a row, about half a day, before people are told."""

MAY_BECOME_UNREADY = frozenset({CrowdfundingState.NOT_READY, CrowdfundingState.READY, CrowdfundingState.PACKAGED})

RESULTS = {
    CampaignStatus.ENDED_SUCCESSFUL: CrowdfundingResult.FUNDED,
    CampaignStatus.ENDED_FAILED: CrowdfundingResult.FAILED,
    CampaignStatus.CANCELLED: CrowdfundingResult.CANCELLED,
}


def begin(request: CampaignRequest, opening: CampaignOpening, now: datetime) -> CampaignState:
    """A new hand-off, with the package that it begins with."""
    standing = CampaignStanding(
        idea_id=request.idea_id,
        attempt=request.attempt,
        owner_id=request.owner_id,
        office=request.office,
        entered_at=now,
    )
    campaign = CampaignState(standing=standing, rulebook=opening.rulebook)
    step = HAND_OFFS.begin_step(campaign, now, "start", f"start-{request.attempt}", request.actor)
    standing.package = opening.package
    standing.state = CrowdfundingState.READY if opening.package.ready else CrowdfundingState.NOT_READY
    step.finish()
    return campaign


def hear_idea(campaign: CampaignState, news: IdeaNews, now: datetime) -> bool:
    """Follow what has become of the idea. An ended hand-off does nothing but answer. True where something is to do."""
    standing = campaign.standing
    over = standing.turn is None
    if news.kind is IdeaNewsKind.REOPENED and (over or standing.result is not None):
        # It may have been told when nobody was there to hear it.
        result = None if over else standing.result
        campaign.news.append(CampaignNews(attempt=standing.attempt, over=over, result=result))
    if over:
        return bool(campaign.news)
    command_id = f"idea-{news.kind}-{standing.version}"
    if news.kind is IdeaNewsKind.ENDED and standing.state is not CrowdfundingState.LINKED:
        HAND_OFFS.begin_step(campaign, now, "withdraw", command_id).end(CrowdfundingResult.WITHDRAWN).finish()
    elif news.kind is IdeaNewsKind.PAUSED and standing.pause is None and news.until is not None:
        step = HAND_OFFS.begin_step(campaign, now, "pause", command_id)
        standing.pause = Pause(since=step.today, until=news.until)
        step.finish()
    elif news.kind is IdeaNewsKind.OWNER:
        if news.owner_id is not None and news.owner_id != standing.owner_id:
            HAND_OFFS.begin_step(campaign, now, "change_owner", command_id).change_owner(news.owner_id).finish()
    elif news.kind is not IdeaNewsKind.PAUSED and standing.pause is not None:
        step = HAND_OFFS.begin_step(campaign, now, "resume", command_id)
        step.resume()
        step.finish()
    return True


def take_draft_outcome(campaign: CampaignState, asked: DraftToSubmit, outcome: DraftOutcome, now: datetime) -> bool:
    """Go on with what the platform made of a package, unless it was edited meanwhile. True where something was done."""
    standing = campaign.standing
    if standing.state is not CrowdfundingState.CONFIRMED or asked.package.digest != standing.package.digest:
        return False
    if outcome.package.digest != asked.package.digest:
        if not _is_news(standing, outcome.package):
            return False
        step = HAND_OFFS.begin_step(campaign, now, "edit", f"edit-{outcome.package.revision}-{standing.version}")
        step.adopt(outcome.package)
        step.finish()
        return True
    step = HAND_OFFS.begin_step(campaign, now, "await_entry", f"await-entry-{standing.version}")
    step.fire()
    if outcome.steps:
        step.facts["steps"] = " ".join(outcome.steps)
    if outcome.trouble is not None:
        standing.trouble = outcome.trouble
        step.facts["cause"] = outcome.trouble
    step.finish()
    return True


def take_reading(campaign: CampaignState, link_id: str, outcome: ReadingOutcome, now: datetime) -> bool:
    """Follow what the platform has told. Most readings tell nothing new; True where one has."""
    standing = campaign.standing
    if standing.state is not CrowdfundingState.LINKED or standing.link is None or standing.link.link_id != link_id:
        return False
    seen = outcome.observation
    if seen is not None:
        return _follow(campaign, seen, now)
    if outcome.cause == times.NOT_SUPPORTED:
        return standing.automatic and _stop_reading(campaign, now)
    patient = outcome.retryable and campaign.readings.failed + 1 < FAILURES_BEFORE_TROUBLE
    if patient or outcome.cause is None or standing.trouble == outcome.cause:
        return False
    _note_trouble(campaign, outcome.cause, now)
    return True


def notices_of(before: CampaignStanding, after: CampaignStanding, entry: Entry) -> list[Notice]:
    """Who is told what of one step. Nobody is told what they did themselves, and nobody twice of one step."""
    wanted: list[Notice] = []
    if entry.event == "trouble" and after.trouble is not None:
        if after.trouble in times.FOR_PEOPLE_TO_ANSWER:
            wanted.append(_to(NoticeKind.CROWDFUNDING_QUESTION, Role.INNOVATOR, after))
        else:
            wanted += [_to(NoticeKind.CROWDFUNDING_TROUBLE, role, after) for role in (Role.INNOVATOR, Role.LEAD)]
    idea_has_ended = entry.event == "withdraw" and entry.actor.role is Role.ENGINE
    if after.result != before.result and not idea_has_ended:
        wanted += [_to(NoticeKind.CROWDFUNDING_RESULT, role, after) for role in (Role.INNOVATOR, Role.COACH)]
        if after.result is CrowdfundingResult.EXPIRED:
            wanted.append(_to(NoticeKind.CROWDFUNDING_RESULT, Role.LEAD, after))
    turn_is_new = (times.phase_of(before), before.turn) != (times.phase_of(after), after.turn)
    goes_on = before.pause is not None
    if (turn_is_new or goes_on) and after.turn in PERSONS and after.pause is None:
        asks = goes_on and after.state is CrowdfundingState.LINKED
        kind = NoticeKind.CROWDFUNDING_QUESTION if asks else NoticeKind.CROWDFUNDING_TURN
        wanted.append(_to(kind, after.turn, after))
    chosen: dict[Role, Notice] = {}
    for notice in wanted:
        if notice.account_id is None or notice.account_id != entry.actor.account_id:
            chosen.setdefault(notice.to, notice)
    return list(chosen.values())


# -- the parts of a step -----------------------------------------------------------------------------------------


class _Step(PlainStep[CampaignState]):
    """One version of a hand-off in the making."""

    standing: CampaignStanding
    before: CampaignStanding

    # -- the package ----------------------------------------------------------------------------------------

    def adopt(self, package: PackageFacts) -> None:
        """The package was edited: what somebody has confirmed is not what is there now."""
        self.fire(ready=package.ready)
        self.standing.package = package
        self.standing.confirmations = []
        self.standing.trouble = None
        self.facts["revision"] = package.revision

    def confirm(self) -> None:
        standing = self.standing
        assert self.actor.account_id is not None
        confirmation = Confirmation(
            role=side_of(self.actor.role),
            account_id=self.actor.account_id,
            digest=standing.package.digest,
            at=self.now,
        )
        standing.confirmations.append(confirmation)
        self.fire(agreed={Role.INNOVATOR, Role.COACH} <= {each.role for each in standing.confirmations})

    def change_owner(self, owner_id: str) -> "_Step":
        """The starter is somebody else: a word that the former one gave, and that has led to nothing yet, is void."""
        standing = self.standing
        standing.owner_id = owner_id
        if standing.state in (CrowdfundingState.NOT_READY, CrowdfundingState.READY, CrowdfundingState.PACKAGED):
            standing.confirmations = [each for each in standing.confirmations if each.role is not Role.INNOVATOR]
        return self

    # -- the campaign ---------------------------------------------------------------------------------------

    def drop_link(self) -> None:
        """An address that nobody has confirmed is given up."""
        link = self.standing.link
        if link is not None and link.confirmed_by is None:
            self.facts["rejected_link"] = link.link_id
            self.standing.link = None

    def observe(self, seen: Observation) -> None:
        standing = self.standing
        self.fire(status=seen.status)
        standing.status = seen.status
        standing.seen = seen
        standing.ends_on = seen.ends_on or standing.ends_on
        standing.result = RESULTS.get(seen.status, standing.result)
        self.facts |= {"status": seen.status, "provenance": seen.provenance, "observation": seen.id}

    def end(self, result: CrowdfundingResult) -> "_Step":
        """End before the campaign has ended by itself. One that has its result is closed with it."""
        self.fire(result=self.standing.result)
        self.standing.result = self.standing.result or result
        self.drop_link()
        return self

    # -- the clock ------------------------------------------------------------------------------------------

    def resume(self) -> None:
        standing = self.standing
        assert standing.pause is not None
        if standing.progress_on is not None:
            paused = self.calendar.between(standing.pause.since, self.today, "d")
            standing.progress_on = self.calendar.add(standing.progress_on, Duration(paused, "d"))
        super().resume()

    # -- the end of a step ----------------------------------------------------------------------------------

    def settle(self) -> None:
        standing = self.standing
        if self.actor.role is not Role.ENGINE or standing.status != self.before.status:
            standing.progress_on = self.today
        super().settle()
        over = standing.turn is None
        if over or standing.result != self.before.result:
            news = CampaignNews(attempt=standing.attempt, over=over, result=standing.result)
            self.case.news.append(news)


class HandOffs(CampaignRefusals):
    """Hand-offs as a kind of case."""

    state = CampaignState
    command = CampaignCommand
    restarts_clock = frozenset({"start", "edit", "observe", "trouble"})

    def begin_step(self, *told: Any) -> _Step:
        return _Step(self, *told)

    def carry_out(self, step: _Step, command: CampaignCommand) -> None:
        standing = step.standing
        match command.event:
            case "edit":
                assert command.package is not None
                step.adopt(command.package)
            case "confirm":
                step.confirm()
            case "link":
                assert command.link_id is not None
                step.fire()
                standing.link = CampaignLink(link_id=command.link_id, by=command.actor.role)
                step.facts["link"] = command.link_id
            case "confirm_link":
                assert standing.link is not None
                step.fire()
                standing.link = standing.link.model_copy(update={"confirmed_by": command.actor.role})
                standing.trouble = None
                step.facts["link"] = standing.link.link_id
                step.case.readings.next_at = step.now
            case "reject_link":
                step.fire()
                step.drop_link()
            case "observe":
                assert command.observation is not None
                if standing.trouble == times.NO_RESULT:
                    standing.trouble = None
                step.observe(command.observation)
            case "withdraw":
                step.end(CrowdfundingResult.WITHDRAWN)
            case _:
                super().carry_out(step, command)

    def is_news(self, standing: CampaignStanding, command: CampaignCommand) -> bool:
        return command.event != "edit" or _is_news(standing, command.package)

    def start_clock(
        self, standing: CampaignStanding, rulebook: Rulebook, today: date, calendar: Calendar
    ) -> Clock | None:
        return times.start_clock(standing, rulebook, today, calendar)

    def upcoming(self, standing: CampaignStanding, rulebook: Rulebook) -> list[WakeUp]:
        """Where nobody goes on with it for long, it comes to its end."""
        plan, calendar = super().upcoming(standing, rulebook), calendar_of(rulebook)
        if standing.turn is None or standing.pause is not None:
            return plan
        if rulebook.expire_after is not None and standing.progress_on is not None:
            day = calendar.deadline(standing.progress_on, rulebook.expire_after)
            plan.append(WakeUp(kind=WakeUpKind.EXPIRY, key="expiry", at=calendar.send_time(day), to=Role.ENGINE))
        return sorted(plan, key=lambda wake_up: wake_up.at)

    def ring_alone(self, campaign: CampaignState, wake_up: WakeUp, now: datetime) -> None:
        if wake_up.kind is WakeUpKind.EXPIRY:
            step = self.begin_step(campaign, now, "expire", f"expire-{campaign.standing.version}")
            step.end(CrowdfundingResult.EXPIRED).finish()
        else:
            super().ring_alone(campaign, wake_up, now)

    def tell(self, campaign: CampaignState, rung: Sequence[WakeUp], now: datetime) -> None:
        if campaign.standing.turn is Role.ENGINE:
            _note_trouble(campaign, times.NO_RESULT, now)
        else:
            super().tell(campaign, rung, now)

    def notices(self, before: CampaignStanding, after: CampaignStanding, entry: Entry) -> list[Notice]:
        return notices_of(before, after, entry)

    def notice_of(self, wake_up: WakeUp, standing: CampaignStanding) -> NoticeKind:
        if wake_up.kind is WakeUpKind.ESCALATION:
            return NoticeKind.CROWDFUNDING_ESCALATION
        if wake_up.kind is WakeUpKind.OVERDUE:
            return NoticeKind.CROWDFUNDING_OVERDUE
        asks = standing.state is CrowdfundingState.LINKED
        return NoticeKind.CROWDFUNDING_QUESTION if asks else NoticeKind.CROWDFUNDING_REMINDER


HAND_OFFS = HandOffs()


def _follow(campaign: CampaignState, seen: Observation, now: datetime) -> bool:
    standing = campaign.standing
    same = seen.status is standing.status
    if not same and not may_follow(standing.status, seen):
        # Not a word that we know, or not one that can be true: people are asked, once.
        if standing.automatic and standing.trouble == times.STATUS_UNKNOWN:
            return False
        standing.automatic = True
        _note_trouble(campaign, times.STATUS_UNKNOWN, now)
        return True
    trouble = standing.trouble if same and standing.trouble == times.NO_RESULT else None
    ends_on = seen.ends_on or standing.ends_on
    if same and standing.automatic and (trouble, ends_on) == (standing.trouble, standing.ends_on):
        return False
    standing.automatic = True
    standing.trouble = trouble
    step = HAND_OFFS.begin_step(campaign, now, "observe", f"reading-{campaign.readings.taken}")
    step.observe(seen)
    step.finish()
    return True


def _note_trouble(campaign: CampaignState, cause: str, now: datetime) -> None:
    step = HAND_OFFS.begin_step(campaign, now, "trouble", f"trouble-{campaign.standing.version}")
    step.standing.trouble = cause
    step.facts["cause"] = cause
    step.finish()


def _stop_reading(campaign: CampaignState, now: datetime) -> bool:
    """The operator has switched the reading off: people tell how it stands from now on."""
    step = HAND_OFFS.begin_step(campaign, now, "trouble", f"trouble-{campaign.standing.version}")
    step.standing.automatic = False
    step.standing.trouble = None
    step.facts["cause"] = times.NOT_SUPPORTED
    step.finish()
    return True


def _to(kind: NoticeKind, role: Role, standing: CampaignStanding) -> Notice:
    """Only the starter is known by account; who coaches or leads at the moment is found out when it is recorded."""
    return Notice(kind=kind, to=role, account_id=standing.owner_id if role is Role.INNOVATOR else None)


def _is_news(standing: CampaignStanding, package: PackageFacts | None) -> bool:
    """Revisions never go backwards. The same words may have become unready by the passing of time, which counts until
    both have confirmed them: a campaign whose first day has come is not edited for that."""
    known = standing.package
    if package is None or package.revision < known.revision or package == known:
        return False
    return package.digest != known.digest or standing.state in MAY_BECOME_UNREADY
