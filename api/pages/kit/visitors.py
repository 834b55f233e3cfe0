"""Who looks at a page, and what they must be to see it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.runtime.services import Services
from api.sign_in.bearer import find_visitor
from api.sign_in.dependencies import not_signed_in
from api.sign_in.fresh_proof import is_fresh
from api.sign_in.sessions import Lacking
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from models.queries.menu_counts import NOTHING, Waiting
from models.tables import Account, is_staff, roles_of
from models.vocabulary import Role


@dataclass(frozen=True)
class Visitor:
    """A signed-in account, or somebody unknown."""

    account: Account | None = None
    waiting: Waiting = NOTHING
    """What waits for them, as the menu counts it."""

    @property
    def id(self) -> str | None:
        return self.account.id if self.account else None

    @property
    def roles(self) -> list[Role]:
        return roles_of(self.account) if self.account else []

    def has(self, role: Role) -> bool:
        return role in self.roles

    @property
    def is_half(self) -> bool:
        """Whether they have signed in, but for the second factor."""
        return False

    @property
    def has_staff_role(self) -> bool:
        return self.account is not None and is_staff(self.account)


NOBODY = Visitor()


@dataclass(frozen=True)
class Member(Visitor):
    """A visitor who is signed in."""

    @property
    def person(self) -> Account:
        assert self.account is not None
        return self.account


@dataclass(frozen=True)
class Halfway(Visitor):
    """Somebody whose sign-in lacks the second factor. To pages they are nobody, but for those on which they go on."""

    half: Account | None = None
    lacking: Lacking | None = None

    @property
    def is_half(self) -> bool:
        return True

    @property
    def person(self) -> Account:
        assert self.half is not None
        return self.half


async def see_visitor(request: Request, services: ServicesHere) -> Visitor:
    """Anybody. Remembered with the request, so that an error page knows its reader too."""
    visitor = NOBODY
    async with services.database.reading() as session:
        found = await find_visitor(session, request, services)
        if found is not None:
            whole = Member(found.account, found.waiting)
            visitor = Halfway(half=found.account, lacking=found.lacking) if found.lacking else whole
    request.state.visitor = visitor
    return visitor


AnyVisitor = Annotated[Visitor, Depends(see_visitor)]


async def see_member(request: Request, visitor: AnyVisitor) -> Member:
    """Somebody who is signed in. Raises a problem with status 401 for everybody else, and 403 where the second factor
    is still to come: its page leads there."""
    if isinstance(visitor, Halfway):
        raise ProblemError(403, "halfway")
    if not isinstance(visitor, Member):
        raise not_signed_in(request)
    return visitor


SignedIn = Annotated[Member, Depends(see_member)]


async def see_owner(request: Request, visitor: AnyVisitor) -> Member | Halfway:
    """Somebody who may look after their own proofs: signed in, or about to set up the second factor that they need."""
    if isinstance(visitor, Halfway) and visitor.lacking is Lacking.SET_UP:
        return visitor
    return await see_member(request, visitor)


Owner = Annotated[Member | Halfway, Depends(see_owner)]


def must_be(role: Role) -> Callable[[Member], Coroutine[Any, Any, Member]]:
    """Somebody with a platform role. Raises a problem with status 403 for everybody else."""

    async def see_role(member: SignedIn) -> Member:
        if not member.has(role):
            raise ProblemError(403, "forbidden")
        return member

    return see_role


see_coach = must_be(Role.COACH)
see_lead = must_be(Role.LEAD)


async def see_staff(member: SignedIn) -> Member:
    """Somebody who coaches or leads. Raises a problem with status 403 for everybody else."""
    if not member.has_staff_role:
        raise ProblemError(403, "forbidden")
    return member


def check_fresh(request: Request, services: Services) -> None:
    """Raises a problem with status 403 where it is too long ago that somebody proved who they are.

    Its page shows how to do it again.
    """
    row = session_of(request)
    if row is None or not is_fresh(row, services):
        raise ProblemError(403, "step_up")


async def see_fresh(request: Request, services: ServicesHere, member: SignedIn) -> Member:
    """Somebody who has just proved who they are: for what takes data out of here, or ends something for good."""
    check_fresh(request, services)
    return member


async def see_fresh_lead(
    request: Request, services: ServicesHere, lead: Annotated[Member, Depends(see_lead)]
) -> Member:
    check_fresh(request, services)
    return lead


async def see_fresh_owner(request: Request, services: ServicesHere, owner: Owner) -> Member | Halfway:
    """Half of the way lasts minutes, and whoever has come by an invitation has no other way on."""
    if isinstance(owner, Member):
        check_fresh(request, services)
    return owner
