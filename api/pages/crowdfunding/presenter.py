"""A crowdfunding hand-off in plain words: how far it is, who is on turn, what the campaign does and how we know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from api.pages.crowdfunding.package_forms import SLUGS, words_of
from api.pages.kit.timeline_presenter import Line, tell_who
from api.pages.kit.turn_presenter import Badge, Position, Turn, TurnPresenter
from models.i18n import Texts
from models.lifecycles.crowdfunding import OVER, CrowdfundingLifecycle
from models.messages.cases import WakeUp
from models.messages.crowdfunding import CampaignStanding
from models.messages.package import Finding, Section, Severity
from models.messages.rulebook import Rulebook
from models.queries.account_names import Person
from models.queries.crowdfunding import CampaignLine, CampaignView, ObservationLine
from models.queries.idea import IdeaView
from models.queries.my_work import Case
from models.rules.crowdfunding import HAND_OFFS
from models.rules.crowdfunding_times import phase_of, watches_alone
from models.rules.money import write_euros
from models.vocabulary import CampaignStatus, CrowdfundingState, Role

STEPS: dict[str, tuple[CrowdfundingState, ...]] = {
    "write": (CrowdfundingState.NOT_READY, CrowdfundingState.READY),
    "confirm": (CrowdfundingState.PACKAGED,),
    "enter": (CrowdfundingState.CONFIRMED, CrowdfundingState.AWAITING_ENTRY),
    "run": (CrowdfundingState.LINKED,),
    "end": (CrowdfundingState.CLOSED,),
}
"""The hand-off as five steps. What was given up has ended in one of them."""

WORTH_SAYING = frozenset(CrowdfundingLifecycle.event_names()) - {"edit", "observe"}
"""Events of which the words stand before what is decided next. What the campaign does has a card of its own."""

STALE_AFTER = timedelta(days=7)
OBSERVATIONS_SHOWN = 8
GOOD = frozenset({CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.PAID_OUT, CampaignStatus.REALISING})
BAD = frozenset({CampaignStatus.ENDED_FAILED, CampaignStatus.CANCELLED})


@dataclass(frozen=True)
class SectionLine:
    """A section of the package in the overview."""

    name: Section
    slug: str
    badge: Badge | None
    done: bool


@dataclass(frozen=True)
class Sight:
    """What was seen of a campaign at one moment."""

    status: str
    badge: Badge
    how: str
    at: str
    sums: str = ""
    percent: int | None = None
    by: str = ""


@dataclass(frozen=True)
class CrowdfundingPresenter:
    """Tells of one hand-off in a visitor's language."""

    speaker: TurnPresenter
    idea: IdeaView
    view: CampaignView
    now: datetime

    @property
    def t(self) -> Texts:
        return self.speaker.t

    @property
    def standing(self) -> CampaignStanding:
        return self.view.standing

    # -- how far, and who is on turn --------------------------------------------------------------------------

    @property
    def place(self) -> int:
        """In which of the five steps it is, from 0; of what was given up, in which it was."""
        states = [self.standing.state, *(line.from_state for line in self.view.timeline)]
        found = (at for state in states for at, its in enumerate(STEPS.values()) if state in its)
        return next(found, 0)

    def tell_place(self) -> str:
        """ "Bestätigen · Wird bestätigt" """
        t, name = self.t, list(STEPS)[self.place]
        return f"{t(f'page.crowdfunding.step.{name}')} · {t(f'crowdfunding.state.{self.standing.state}')}"

    def turn(self) -> Turn:
        position, mine = self.position(), self.is_mine()
        badge = self.badge(position)
        tone = "rest" if self.is_over or self.standing.pause else "late" if badge.tone == "late" else ""
        return Turn(self.sentence(position), badge, mine, tone)

    def position(self) -> Position:
        """The hand-off's turn in the form in which ideas tell theirs."""
        return Position.of_case(Case(self.idea.idea, self.view.row, self.idea.row, self.holder))

    @property
    def holder(self) -> Person | None:
        if self.standing.turn is Role.COACH:
            return self.idea.cover or self.idea.coach
        return self.idea.owner if self.standing.turn is Role.INNOVATOR else None

    @property
    def is_over(self) -> bool:
        return self.standing.turn is None

    def is_mine(self) -> bool:
        by_people = self.standing.turn not in (None, Role.ENGINE)
        return by_people and self.speaker.is_mine(self.position())

    def sentence(self, position: Position) -> str:
        t, zone = self.t, self.speaker.zone
        since = t.short_day(self.standing.entered_at.astimezone(zone).date())
        if self.is_over:
            return t("page.crowdfunding.turn.over", since=since, why=self.why())
        if self.standing.turn is Role.ENGINE:
            return t("page.turn.open", who=t("page.crowdfunding.turn.engine"), since=since, why=self.why())
        who = self.speaker.who(position)
        if position.paused_until is not None:
            return t("page.turn.paused", until=t.short_day(position.paused_until), who=who)
        return self.speaker.say(who, self.standing.entered_at, position.holder_until, self.why())

    def why(self) -> str:
        phase = phase_of(self.standing) or self.standing.state
        if phase == "funding" and watches_alone(self.standing):
            phase = "watching"
        return self.t(f"crowdfunding.why.{phase}")

    def badge(self, position: Position) -> Badge:
        if self.is_over or self.standing.turn is Role.ENGINE:
            return self.status_badge() if self.standing.link else self.state_badge()
        return self.speaker.badge(position)

    def state_badge(self) -> Badge:
        closed = self.standing.state is CrowdfundingState.CLOSED
        words = self.t(f"crowdfunding.state.{self.standing.state}")
        return Badge(words, "check" if closed else "dot", "good" if closed else "plain")

    def status_badge(self) -> Badge:
        return badge_of(self.standing.status, self.t)

    def upcoming(self, rulebook: Rulebook) -> list[WakeUp]:
        """What the platform will send by itself, each with the person it goes to."""
        coming = HAND_OFFS.upcoming(self.standing, rulebook)
        ids = {Role.INNOVATOR: self.standing.owner_id, Role.COACH: self.coach_id}
        return [wake_up.model_copy(update={"account_id": ids.get(wake_up.to)}) for wake_up in coming]

    @property
    def coach_id(self) -> str | None:
        coach = self.idea.cover or self.idea.coach
        return coach.id if coach else None

    # -- the package -----------------------------------------------------------------------------------------

    def confirmations(self) -> list[tuple[str, bool]]:
        """Both sides, and whether they stand by the package."""
        found = {one.role: one for one in self.standing.confirmations}
        lines = []
        for role in (Role.INNOVATOR, Role.COACH):
            one, name = found.get(role), self.t(f"role.{role}")
            if one is None:
                lines.append((self.t("page.crowdfunding.not_confirmed", role=name), False))
            else:
                day = self.t.short_day(one.at.astimezone(self.speaker.zone).date())
                lines.append((self.t("page.crowdfunding.confirmed_by", role=name, day=day), True))
        return lines

    # -- the campaign ----------------------------------------------------------------------------------------

    def sights(self) -> Iterator[Sight]:
        """What was seen, the newest first; readings that say the same as the one after them are left out."""
        lines = self.view.observations
        for line, older in zip(lines, [*lines[1:], None], strict=False):
            if older is None or _says(line) != _says(older):
                yield self.sight(line)

    def sight(self, line: ObservationLine) -> Sight:
        return Sight(
            status=self.t(f"crowdfunding.status.{line.status}"),
            badge=badge_of(line.status, self.t),
            how=self.t(f"crowdfunding.provenance.{line.provenance}"),
            at=self.t.instant(line.observed_at, self.speaker.zone),
            sums=self.sums(line),
            percent=_percent(line),
            by=self.speaker.name(line.by) if line.by else "",
        )

    def sums(self, line: ObservationLine) -> str:
        if line.funded_cents is None or line.currency != "EUR":
            return ""
        funded = write_euros(line.funded_cents, self.t.language)
        if line.threshold_cents is None:
            return self.t("page.crowdfunding.sum_alone", funded=funded)
        threshold = write_euros(line.threshold_cents, self.t.language)
        return self.t("page.crowdfunding.sum_of", funded=funded, threshold=threshold)

    def seen(self) -> str:
        """How we know the latest, and how old it is."""
        latest = next(iter(self.view.observations), None)
        if latest is None:
            return ""
        how = self.t(f"crowdfunding.provenance.{latest.provenance}")
        return self.t("page.crowdfunding.seen", how=how, age=self.age(latest.observed_at))

    def is_stale(self) -> bool:
        latest = next(iter(self.view.observations), None)
        if latest is None or self.standing.status in OVER or self.is_over:
            return False
        return self.now - latest.observed_at > STALE_AFTER

    def age(self, at: datetime) -> str:
        minutes = max(int((self.now - at).total_seconds()) // 60, 0)
        hours, days = minutes // 60, minutes // (60 * 24)
        if minutes < 2:
            return self.t("page.crowdfunding.age.now")
        if hours == 0:
            return self.t("page.crowdfunding.age.minutes", count=minutes)
        if days == 0:
            return self.t("page.crowdfunding.age.hours", count=hours)
        return self.t("page.crowdfunding.age.days", count=days)

    def trouble(self) -> str:
        """Why the campaign cannot be read just now; empty where nothing is wrong."""
        return words_for_cause(self.standing.trouble, self.t) if self.standing.trouble else ""

    # -- what happened ---------------------------------------------------------------------------------------

    def history(self) -> list[Line]:
        """The newest first. Savings of the package that follow one another are one line."""
        grouped = groupby(self.view.timeline, key=_group_of)
        return [self.tell(lines[0], len(lines)) for lines in (list(group) for _, group in grouped)]

    def cause(self) -> list[Line]:
        """What was said with the latest step on the way that somebody has taken."""
        steps = (
            line for line in self.view.timeline if line.event in WORTH_SAYING and line.actor_role is not Role.ENGINE
        )
        latest = next(steps, None)
        return [self.tell(latest)] if latest is not None and latest.note else []

    def tell(self, line: CampaignLine, times: int = 1) -> Line:
        t = self.t
        is_read = line.event == "observe" and line.actor_role is Role.ENGINE
        moved = line.from_state != line.state or line.version == 1
        return Line(
            version=line.version,
            at=t.instant(line.at, self.speaker.zone),
            who=tell_who(self.speaker, line.actor_role, line.actor),
            what=t(f"crowdfunding.done.{'read' if is_read else line.event}"),
            moved=t(f"crowdfunding.state.{line.state}") if moved else "",
            facts=tuple(self._facts(line, times)),
            note=line.note or "",
        )

    def _facts(self, line: CampaignLine, times: int) -> Iterator[str]:
        if times > 1:
            yield self.t("page.crowdfunding.times", count=times)
        if line.event == "observe":
            yield self.t(f"crowdfunding.status.{line.status}")
        if "cause" in line.facts:
            yield words_for_cause(str(line.facts["cause"]), self.t)


def list_sections(findings: list[Finding], t: Texts, *, open_: bool = True) -> list[SectionLine]:
    """The sections in their order, with what is still to be done in each, as long as it can be done."""
    lines = []
    if not open_:
        return [SectionLine(section, SLUGS[section], None, True) for section in Section]
    for section in Section:
        here = [finding.severity for finding in findings if finding.section is section]
        blockers, hints = here.count(Severity.BLOCKER), here.count(Severity.HINT)
        lines.append(SectionLine(section, SLUGS[section], _section_badge(blockers, hints, t), blockers == 0))
    return lines


def list_missing(findings: list[Finding], t: Texts) -> list[tuple[Section, list[str]]]:
    """Section → what has to be done there before the package is ready."""
    blockers = [finding for finding in findings if finding.severity is Severity.BLOCKER]
    told = ((section, [words_of(one, t) for one in blockers if one.section is section]) for section in Section)
    return [(section, words) for section, words in told if words]


def badge_of(status: CampaignStatus, t: Texts) -> Badge:
    words = t(f"crowdfunding.status.{status}")
    if status in GOOD:
        return Badge(words, "check", "good")
    if status in BAD:
        return Badge(words, "alert", "late")
    return Badge(words, "clock") if status is CampaignStatus.FUNDING else Badge(words, "dot", "plain")


def words_for_cause(cause: str, t: Texts) -> str:
    key = f"crowdfunding.trouble.{cause}"
    return t(key) if t.has(key) else t(f"crowdfunding.cause.{cause}")


def _section_badge(blockers: int, hints: int, t: Texts) -> Badge:
    if blockers:
        return Badge(t("page.crowdfunding.open", count=blockers), "dot", "soon")
    if hints:
        return Badge(t("page.crowdfunding.hints", count=hints), "check", "good")
    return Badge(t("page.crowdfunding.complete"), "check", "good")


def _group_of(line: CampaignLine) -> tuple[object, ...]:
    """What is told as one line: the same person saves the package again and again."""
    if line.event != "edit" or line.from_state != line.state:
        return (line.version,)
    return line.actor_role, line.actor and line.actor.id


def _percent(line: ObservationLine) -> int | None:
    if line.funded_cents is None or not line.threshold_cents:
        return None
    return min(line.funded_cents * 100 // line.threshold_cents, 100)


def _says(line: ObservationLine) -> tuple[object, ...]:
    return line.status, line.provenance, line.funded_cents, line.threshold_cents, line.by
