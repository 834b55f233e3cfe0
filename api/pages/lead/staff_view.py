"""The people who work here, as pages tell of them: rows, states, proposals, changes."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.page import AnyPage, SignedInPage
from models.i18n import Texts
from models.queries.staff import ChangeLine, OfficeGap, find_gaps, list_asked_for
from models.queries.staff_list import InvitedLine, StaffLine, StaffState
from models.region_names import RegionNames
from models.rules.staff_roles import STAFF_ROLES, WhyNot
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
    places: tuple[int, int] | None
    """Taken, and how many they have; None for who has no profile."""
    ideas: int | None
    seen_at: datetime | None
    state: StaffState
    state_told: str
    id: str = ""
    """Of the account; empty for who has none yet."""

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


def write_row(page: AnyPage, line: StaffLine | InvitedLine) -> PersonRow:
    return write_person(page, line) if isinstance(line, StaffLine) else write_invited(page, line)


def write_person(page: AnyPage, line: StaffLine) -> PersonRow:
    return PersonRow(
        f"/menschen/{line.id}",
        line.name or line.email,
        line.email,
        tuple(role for role in line.roles if role in STAFF_ROLES),
        name_office(page, line.office),
        (line.taken, line.capacity) if line.has_profile and line.left_on is None else None,
        line.ideas if line.has_profile else None,
        line.signed_in_at,
        line.state,
        tell_state(page.t, line),
        line.id,
    )


def tell_state(t: Texts, line: StaffLine) -> str:
    day, state = line.left_on, line.state
    if state is StaffState.ABSENT and line.absence is not None:
        day = line.absence.last_day
    return t(f"page.people.state.{state}", day=t.short_day(day)) if day is not None else t(f"page.people.state.{state}")


def name_office(page: AnyPage, key: str | None) -> str:
    return RegionNames(page.services.policy.region, page.t).office(key) if key else ""


def write_invited(page: AnyPage, line: InvitedLine) -> PersonRow:
    asked = line.asked
    return PersonRow(
        f"/menschen/einladungen/{asked.id}",
        asked.name or asked.email,
        asked.email,
        (asked.role,),
        name_office(page, asked.office),
        None,
        None,
        None,
        line.state,
        page.t(f"page.people.state.{line.state}"),
    )


def write_proposal(page: SignedInPage, line: ChangeLine) -> ProposalLine:
    change = line.change
    assert change.proposed_until is not None
    until = page.t.short_day(change.proposed_until.astimezone(page.services.policy.zone).date())
    return ProposalLine(change.id, tell_proposal(page.t, line), until, change.by_id == page.visitor.id)


def tell_proposal(t: Texts, line: ChangeLine) -> str:
    role = line.change.facts.get("role")
    values = {"by": line.by or t("page.somebody"), "name": line.about or t("page.somebody")}
    return t(f"page.people.proposal.{line.change.kind}", **values, role=t(f"role.{role}") if role else t("role.lead"))


async def read_gaps(page: AnyPage, session: AsyncSession) -> list[str]:
    """Which office has no lead or no coach, in words, and where somebody is invited already."""
    gaps = await find_gaps(session, page.services.policy.region.offices, page.services.today())
    asked = await list_asked_for(session) if gaps else set()
    return [tell_gap(page, gap, gap in asked) for gap in gaps]


def tell_gap(page: AnyPage, gap: OfficeGap, is_asked: bool) -> str:
    office = RegionNames(page.services.policy.region, page.t).office(gap.office)
    told = page.t(f"page.people.gap.{gap.role}", office=office)
    return page.t("page.people.gap.asked", gap=told) if is_asked else told


def tell_why(t: Texts, why: WhyNot) -> str:
    """Why somebody was not changed, for a person."""
    return t(f"page.people.not.{why}")


def tell_change(page: AnyPage, change: PersonChange) -> str:
    facts = dict(change.facts)
    values = {
        "role": page.t(f"role.{facts['role']}") if facts.get("role") else "",
        "office": name_office(page, facts.get("office")) or "–",
        "first": tell_day(page.t, facts.get("from")),
        "last": tell_day(page.t, facts.get("until")),
        "day": tell_day(page.t, facts.get("on")),
        "was": tell_day(page.t, facts.get("was")) if change.kind == PersonChangeKind.DEPARTURE else "",
    }
    return page.t(f"page.person.change.{key_of(change.kind, facts)}", **values)


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
