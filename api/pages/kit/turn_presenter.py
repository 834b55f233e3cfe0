"""Who is on turn, since when, until when and why: one sentence and one badge, the same wherever an idea appears."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.pages.kit.visitors import Member, Visitor
from api.runtime.services import Services
from models.case_names import tell_state
from models.i18n import Texts
from models.policy import Policy
from models.queries.account_names import Person
from models.queries.board import Card
from models.queries.my_work import Case
from models.region_names import RegionNames
from models.rules.permissions import works_on
from models.tables import StandingRow
from models.vocabulary import Outcome, Role, Stage, Why
from models.workflow_ids import IDEA

SOON = 3
"""A deadline this many days ahead is marked."""


@dataclass(frozen=True)
class Badge:
    """Words, an icon and a colour that says the same. `tone` is late, soon, good, plain or empty."""

    text: str
    icon: str
    tone: str = ""


@dataclass(frozen=True)
class Turn:
    """What a page says of an idea's turn."""

    sentence: str
    badge: Badge
    mine: bool
    tone: str = ""
    who: str = ""
    """ "Sie sind am Zug"; empty where nobody is."""


@dataclass(frozen=True)
class Position:
    """Where an idea stands, as lists and pages read it in different ways."""

    stage: str
    state: str
    outcome: str | None
    office: str
    entered_at: datetime
    holder_role: str | None
    holder: Person | None
    holder_since: datetime | None
    holder_until: date | None
    holder_why: str | None
    paused_until: date | None
    is_twin: bool = False
    """Whether it has ended as a duplicate of another."""
    own: frozenset[str] = frozenset()
    """Whose idea it is, as far as the list knows: on their own idea nobody decides, be they a lead."""
    working: frozenset[str] = frozenset()
    """Those of them who may take the team's steps."""
    owner: Person | None = None
    """Who has handed it in, where a sentence names them."""
    kind: str = IDEA

    @property
    def place(self) -> int:
        """Of its phase on the path, from 0."""
        return Stage(self.stage).position

    @classmethod
    def of(cls, row: StandingRow | Card, holder: Person | None, owner: Person | None = None) -> "Position":
        return cls(
            stage=row.stage,
            state=row.state,
            outcome=row.outcome,
            office=row.office,
            entered_at=row.entered_at,
            holder_role=row.holder_role,
            holder=holder,
            holder_since=row.holder_since,
            holder_until=row.holder_until,
            holder_why=row.holder_why,
            paused_until=row.paused_until,
            is_twin=row.duplicate_of is not None,
            own=_own(row),
            working=_working(row),
            owner=owner,
        )

    @classmethod
    def of_case(cls, case: Case) -> "Position":
        """Of a case of whatever kind. It rests with its idea, and where it waits for a coach that is not there, the
        leads look after it."""
        position, rests = cls.of(case.row, case.holder), case.paused_until
        if case.row.holder_role == Role.COACH and case.holder is None:
            position = replace(position, holder_role=Role.LEAD)
        kind, own, working = case.row.kind, _own(case.of), _working(case.of)
        return replace(position, kind=kind, office=case.of.office, paused_until=rests, own=own, working=working)


def _working(row: StandingRow | Card) -> frozenset[str]:
    if isinstance(row, StandingRow):
        return frozenset(account for account in _own(row) if works_on(row, account))
    return _own(row)


def _own(row: StandingRow | Card) -> frozenset[str]:
    if isinstance(row, StandingRow):
        return frozenset({row.owner_id, *row.team})
    return frozenset({row.owner.id} if row.owner is not None else ())


@dataclass(frozen=True)
class TurnPresenter:
    """Tells of turns in a visitor's language."""

    t: Texts
    policy: Policy
    today: date
    visitor: Visitor

    @property
    def zone(self) -> ZoneInfo:
        return self.policy.zone

    @property
    def names(self) -> RegionNames:
        return RegionNames(self.policy.region, self.t)

    def turn(self, row: Position) -> Turn:
        """Where the idea stands in one sentence."""
        badge, mine = self.badge(row), self.is_mine(row)
        tone = "rest" if row.outcome or row.paused_until else "late" if badge.tone == "late" else ""
        is_open = row.outcome is None and row.paused_until is None
        return Turn(self.sentence(row), badge, mine, tone, self.who(row) if is_open else "")

    def sentence(self, row: Position) -> str:
        t = self.t
        if row.outcome is not None:
            since = t.short_day(row.entered_at.astimezone(self.zone).date())
            about = t(f"outcome.{'duplicate' if row.is_twin else row.outcome}.about")
            return t("page.turn.ended", since=since, state=t(f"state.{row.stage}.{row.state}"), about=about)
        if row.paused_until is not None:
            return t("page.turn.paused", until=t.short_day(row.paused_until), who=self.who(row))
        return self.tell(row)

    def tell(self, row: Position) -> str:
        """A turn as its reader has to do with it: what they are asked for and until when, or that they may wait."""
        t, acts = self.t, self.acts(row)
        own = f"turn.{row.holder_why}"
        place = own if row.holder_why in (Why.NO_COACH, Why.SEARCHING) else f"turn.{row.stage}.{row.state}"
        told = t(
            f"{place}.{'act' if acts else 'wait'}",
            by=self.by(row.holder_until),
            who=self.holder(row),
            owner=self.owner(row),
        )
        stands_in = row.holder_why == Why.COACH_ABSENT and acts
        return " ".join(filter(None, (t("turn.stands_in") if stands_in else "", "" if acts else t("turn.wait"), told)))

    def acts(self, row: Position) -> bool:
        """Whether the turn is the reader's: also a collaborator's, where it is the team's."""
        is_teams = row.holder_role == Role.INNOVATOR and self.visitor.id in row.working
        return self.is_mine(row) or (is_teams and row.outcome is None)

    def by(self, until: date | None) -> str:
        """ "bis Freitag, 4. Dezember 2026" """
        if until is None:
            return self.t("turn.by.none")
        return self.t("turn.by.overdue" if until < self.today else "turn.by", until=self.t.day(until))

    def holder(self, row: Position) -> str:
        """Who is on turn, as the subject of a sentence."""
        t, role = self.t, row.holder_role or Role.LEAD
        if role == Role.ORIGINAL:
            # Whoever tells a story may do so without a name.
            return t("role.original")
        if row.holder is None:
            return t("turn.who.lead", office=self.names.office(row.office))
        is_cover = row.holder_why == Why.COACH_ABSENT
        return t("turn.who", name=self.name(row.holder), role=t("turn.role.cover" if is_cover else f"role.{role}"))

    def owner(self, row: Position) -> str:
        """Those behind the idea, as they are spoken with or waited for."""
        if self.visitor.id in row.own:
            return self.t("turn.you")
        return self.name(row.owner) if row.owner is not None else self.t("turn.team")

    def say(self, who: str, since: datetime, until: date | None, why: str) -> str:
        """A turn in one sentence. A deadline that has passed may be older than the turn: it is told as past."""
        t, began = self.t, self.t.short_day(since.astimezone(self.zone).date())
        if until is None:
            return t("page.turn.open", who=who, since=began, why=why)
        name = "page.turn.overdue" if until < self.today else "page.turn.sentence"
        return t(name, who=who, since=began, until=t.short_day(until), why=why)

    def who(self, row: Position) -> str:
        """ "Sie sind am Zug", "Ben Bauer (Coach) ist am Zug", …"""
        t, role = self.t, row.holder_role or Role.LEAD
        if row.holder is not None and row.holder.id == self.visitor.id:
            return t("page.turn.you")
        if role == Role.COACH_SEARCH:
            return t("page.turn.search")
        if role == Role.ORIGINAL:
            return t("page.turn.original")
        if row.holder is None:
            office = self.names.office(row.office)
            return t("page.turn.you_as_lead" if self.is_mine(row) else "page.turn.lead", office=office)
        if row.holder_why == Why.COACH_ABSENT:
            return t("page.turn.cover", name=self.name(row.holder))
        return t("page.turn.named", name=self.name(row.holder), role=t(f"role.{role}"))

    def short_who(self, row: Position) -> str:
        """Who is on turn, for a list: a name, or the group."""
        if row.outcome is not None:
            return ""
        if self.is_mine(row):
            return self.t("page.turn.you")
        role = self.t(f"role.{row.holder_role or Role.LEAD}")
        is_named = row.holder is not None and row.holder_role != Role.ORIGINAL
        return f"{self.name(row.holder)} ({role})" if is_named else role

    def is_mine(self, row: Position) -> bool:
        """Whether the visitor is on turn, in person or as a lead of the office."""
        if row.outcome is not None or self.visitor.account is None:
            return False
        if row.holder is not None:
            return row.holder.id == self.visitor.id
        leads_here = self.visitor.account.office in (None, row.office)
        return row.holder_role == Role.LEAD and self.leads(row) and leads_here

    def leads(self, row: Position) -> bool:
        """Whether the visitor is a lead toward the idea: not where it is their own."""
        return self.visitor.has(Role.LEAD) and self.visitor.id not in row.own

    def badge(self, row: Position) -> Badge:
        t = self.t
        if row.outcome is not None:
            good = row.outcome == Outcome.COMPLETED
            state = tell_state(t, row.kind, row.stage, row.state)
            return Badge(state, "check" if good else "dot", "good" if good else "plain")
        if row.paused_until is not None:
            return Badge(t("page.due.paused", day=t.short_day(row.paused_until)), "pause", "plain")
        return self.due(row.holder_until)

    def due(self, until: date | None) -> Badge:
        """How a deadline stands today."""
        t = self.t
        if until is None:
            return Badge(t("page.due.none"), "clock", "plain")
        days = (until - self.today).days
        if days < -1:
            return Badge(t("page.due.late", count=-days), "alert", "late")
        if days == -1:
            return Badge(t("page.due.yesterday"), "alert", "late")
        if days == 0:
            return Badge(t("page.due.today"), "clock", "soon")
        if days == 1:
            return Badge(t("page.due.tomorrow"), "clock", "soon")
        return Badge(t("page.due.left", count=days), "clock", "soon" if days <= SOON else "")

    def name(self, person: Person | None) -> str:
        """The name; somebody whose account was erased has none any more."""
        return person.name if person is not None and person.name else self.t("page.somebody")


def speak(services: Services, t: Texts, member: Member) -> TurnPresenter:
    return TurnPresenter(t, services.policy, services.today(), member)


def name_idea(reference: str | None, title: str) -> str:
    """ "IW-2026-0417 · Ein Garten für alle" """
    return " · ".join(filter(None, (reference, title)))
