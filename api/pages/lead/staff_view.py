"""The people who work here, as pages tell of them: rows, states, proposals, changes."""

from dataclasses import dataclass
from datetime import date, datetime

from api.pages.kit.visitors import Member
from api.runtime.services import Services
from models.i18n import Texts
from models.queries.staff import (
    ChangeLine,
    InvitedLine,
    OfficeGap,
    StaffLine,
    StaffState,
    find_gaps,
)
from models.region_names import RegionNames
from models.rules.people import STAFF_ROLES, WhyNot
from models.tables import PersonChange
from models.vocabulary import PersonChangeKind

TONES = {
    StaffState.ACTIVE: "",
    StaffState.INVITED: "",
    StaffState.PROPOSED: "soon",
    StaffState.EXPIRED: "soon",
    StaffState.ABSENT: "soon",
    StaffState.LEAVES: "soon",
    StaffState.LEFT: "plain",
    StaffState.BLOCKED: "late",
}


@dataclass(frozen=True)
class PersonRow:
    """A line of the table: somebody who works here, or was asked to."""

    address: str
    name: str
    email: str
    roles: tuple[str, ...]
    office: str
    """By its name; empty for none."""
    office_key: str
    places: tuple[int, int] | None
    """Taken, and how many they have; None for who has no profile."""
    ideas: int | None
    seen_at: datetime | None
    state: StaffState
    state_told: str

    @property
    def tone(self) -> str:
        return TONES[self.state]


@dataclass(frozen=True)
class ProposalLine:
    """Something that waits for a second lead."""

    id: str
    text: str
    until: str
    is_own: bool


def write_person(services: Services, t: Texts, line: StaffLine) -> PersonRow:
    state = line.state(services.today())
    return PersonRow(
        f"/menschen/{line.id}",
        line.name or line.email,
        line.email,
        tuple(role for role in line.roles if role in STAFF_ROLES),
        name_office(services, t, line.office),
        line.office or "",
        (line.taken, line.capacity) if line.has_profile and line.left_on is None else None,
        line.ideas if line.has_profile else None,
        line.signed_in_at,
        state,
        tell_state(t, line, state),
    )


def tell_state(t: Texts, line: StaffLine, state: StaffState) -> str:
    day = line.left_on
    if state is StaffState.ABSENT and line.absence is not None:
        day = line.absence.last_day
    return t(f"page.people.state.{state}", day=t.short_day(day)) if day is not None else t(f"page.people.state.{state}")


def name_office(services: Services, t: Texts, key: str | None) -> str:
    return RegionNames(services.policy.region, t).office(key) if key else ""


def write_invited(services: Services, t: Texts, line: InvitedLine) -> PersonRow:
    asked = line.asked
    return PersonRow(
        f"/menschen/einladungen/{asked.id}",
        asked.name or asked.email,
        asked.email,
        (asked.role,),
        name_office(services, t, asked.office),
        asked.office or "",
        None,
        None,
        None,
        line.state,
        t(f"page.people.state.{line.state}"),
    )


def write_proposal(services: Services, t: Texts, member: Member, line: ChangeLine) -> ProposalLine:
    change = line.change
    assert change.proposed_until is not None
    until = t.short_day(change.proposed_until.astimezone(services.policy.zone).date())
    return ProposalLine(change.id, tell_proposal(t, line), until, change.by_id == member.id)


def tell_proposal(t: Texts, line: ChangeLine) -> str:
    role = line.change.facts.get("role")
    values = {"by": line.by or t("page.somebody"), "name": line.about or t("page.somebody")}
    return t(f"page.people.proposal.{line.change.kind}", **values, role=t(f"role.{role}") if role else t("role.lead"))


async def read_gaps(services: Services, t: Texts) -> list[str]:
    """Which office has no lead or no coach, in words."""
    async with services.database.reading() as session:
        gaps = await find_gaps(session, services.policy.region.offices, services.today())
    return [tell_gap(services, t, gap) for gap in gaps]


def tell_gap(services: Services, t: Texts, gap: OfficeGap) -> str:
    return t(f"page.people.gap.{gap.role}", office=RegionNames(services.policy.region, t).office(gap.office))


def tell_why(t: Texts, why: WhyNot) -> str:
    """Why somebody was not changed, for a person."""
    return t(f"page.people.not.{why}")


def tell_change(services: Services, t: Texts, change: PersonChange) -> str:
    facts = dict(change.facts)
    values = {
        "role": t(f"role.{facts['role']}") if facts.get("role") else "",
        "office": name_office(services, t, facts.get("office")) or "–",
        "first": tell_day(t, facts.get("from")),
        "last": tell_day(t, facts.get("until")),
        "day": tell_day(t, facts.get("on")),
        "was": tell_day(t, facts.get("was")) if change.kind == PersonChangeKind.DEPARTURE else "",
    }
    return t(f"page.person.change.{key_of(change.kind, facts)}", **values)


def key_of(kind: str, facts: dict[str, object]) -> str:
    """Which sentence tells a change: some kinds have several."""
    if kind == PersonChangeKind.ABSENCE and facts.get("ended"):
        return "absence_ended"
    if kind == PersonChangeKind.DEPARTURE:
        return "departure_back" if facts.get("on") is None else "departure_moved" if facts.get("was") else kind
    if kind == PersonChangeKind.CAME and facts.get("first"):
        return "came_first"
    return "role_left" if facts.get("left") else kind


def tell_day(t: Texts, text: object) -> str:
    try:
        return t.short_day(date.fromisoformat(str(text)))
    except ValueError:
        return ""
