"""Who may be given or lose a role, be blocked or let in again: pure, so that pages, commands and tests ask the same.

An installation never loses its last lead, and where there are two, no lead is made or unmade by one alone.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from models.vocabulary import PersonChangeKind, Role

STAFF_ROLES = (Role.COACH, Role.LEAD)
"""What somebody can be given here. Handing in ideas is open to everybody."""

PROPOSAL_LASTS = timedelta(days=14)
"""A second lead who has not answered by then is asked anew."""


class WhyNot(StrEnum):
    """Why a person is not changed. Pages have words for each: `page.people.not.…`."""

    NO_CHANGE = "no_change"
    LAST_LEAD = "last_lead"
    NOBODY_AGREES = "nobody_agrees"
    """A second lead has to agree, and the only other one is whom it is about."""
    HAS_IDEAS = "has_ideas"
    """Open ideas or offers would lose their coach."""
    BLOCKED = "blocked"
    CONFIRM = "confirm"
    """It is about oneself, or opens an account by mail alone, and was not said twice."""
    IS_STAFF = "is_staff"
    """Whoever is invited works here already: their page gives them another role."""
    INVITED = "invited"
    """An invitation to this address is open."""
    TOO_OFTEN = "too_often"
    NOT_A_LEAD = "not_a_lead"
    """Whoever asks leads no more."""
    WAITS = "waits"
    """The same is proposed already."""
    OVER = "over"
    """The proposal was answered, withdrawn, or has lapsed."""
    OWN_PROPOSAL = "own_proposal"
    ABOUT_YOU = "about_you"


class Way(StrEnum):
    """How a change is carried out that is allowed."""

    NOW = "now"
    PROPOSED = "proposed"
    """It waits for a second lead's yes."""


@dataclass(frozen=True)
class Staff:
    """A person as the rules see them. `work` counts open ideas that they coach or cover, and offers to them."""

    id: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    blocked: bool = False
    work: int = 0

    @property
    def leads(self) -> bool:
        return Role.LEAD in self.roles and not self.blocked


@dataclass(frozen=True)
class Wish:
    """What somebody wants to change. `by` None is the operator, at the command line of the installation."""

    kind: PersonChangeKind
    by: str | None
    role: Role | None = None
    confirmed: bool = False


def judge_change(wish: Wish, person: Staff, leads: frozenset[str]) -> Way | WhyNot:
    """How a change goes, or why it cannot be. `leads` are all who lead now and are not blocked."""
    if not _changes_something(wish, person):
        return WhyNot.NO_CHANGE
    if wish.kind == PersonChangeKind.ROLE_GIVEN and person.blocked:
        return WhyNot.BLOCKED
    if _unmakes_lead(wish, person) and leads <= {person.id}:
        return WhyNot.LAST_LEAD
    if wish.kind == PersonChangeKind.ROLE_TAKEN and wish.role is Role.COACH and person.work:
        return WhyNot.HAS_IDEAS
    if wish.by is not None and _is_grave(wish, person) and not wish.confirmed:
        return WhyNot.CONFIRM
    if wish.by is None or len(leads) < 2 or not _is_about_leading(wish, person):
        return Way.NOW
    return Way.PROPOSED if leads - {wish.by, person.id} else WhyNot.NOBODY_AGREES


def judge_invitation(role: Role, by: str | None, leads: frozenset[str]) -> Way:
    """Asking somebody to lead is giving the role."""
    return Way.PROPOSED if role is Role.LEAD and by is not None and leads - {by} else Way.NOW


def judge_answer(by: str, proposed_by: str | None, about: str | None) -> WhyNot | None:
    """Why somebody cannot agree to a proposal or refuse it; None where they can."""
    if by == proposed_by:
        return WhyNot.OWN_PROPOSAL
    return WhyNot.ABOUT_YOU if by == about else None


def _changes_something(wish: Wish, person: Staff) -> bool:
    has_role = wish.role in person.roles
    changes = {
        PersonChangeKind.ROLE_GIVEN: not has_role,
        PersonChangeKind.ROLE_TAKEN: has_role,
        PersonChangeKind.BLOCKED: not person.blocked,
        PersonChangeKind.UNBLOCKED: person.blocked,
    }
    return changes.get(wish.kind, True)


def _is_about_leading(wish: Wish, person: Staff) -> bool:
    """Whoever resets a lead's proofs and reads their mail would be that lead."""
    if wish.kind == PersonChangeKind.PROOFS_RESET:
        return Role.LEAD in person.roles
    return _makes_lead(wish, person) or _unmakes_lead(wish, person)


def _makes_lead(wish: Wish, person: Staff) -> bool:
    if wish.kind == PersonChangeKind.UNBLOCKED:
        return Role.LEAD in person.roles
    return wish.kind == PersonChangeKind.ROLE_GIVEN and wish.role is Role.LEAD


def _unmakes_lead(wish: Wish, person: Staff) -> bool:
    """Blocking takes the lead away as well: else one lead could block all others."""
    if not person.leads:
        return False
    if wish.kind == PersonChangeKind.ROLE_TAKEN:
        return wish.role is Role.LEAD
    return wish.kind == PersonChangeKind.BLOCKED


def _is_grave(wish: Wish, person: Staff) -> bool:
    """Whether it is to be said twice: what one takes from oneself, and what makes the mail alone open an account."""
    if wish.kind == PersonChangeKind.PROOFS_RESET:
        return True
    return wish.by == person.id and wish.kind in (PersonChangeKind.ROLE_TAKEN, PersonChangeKind.BLOCKED)
