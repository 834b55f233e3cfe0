"""Who looks at a page, and what they must be to see it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.dependencies import ServicesHere, get_visitor, not_signed_in, roles_of
from api.problems import ProblemError
from models.queries.deliveries import count_undelivered
from models.queries.my_work import count_open_offers
from models.tables import Account
from models.vocabulary import Role


@dataclass(frozen=True)
class Visitor:
    """A signed-in account, or somebody unknown."""

    account: Account | None = None
    open_offers: int = 0
    undelivered: int = 0

    @property
    def id(self) -> str | None:
        return self.account.id if self.account else None

    @property
    def roles(self) -> list[Role]:
        return roles_of(self.account) if self.account else []

    def has(self, role: Role) -> bool:
        return role in self.roles


NOBODY = Visitor()


@dataclass(frozen=True)
class Member(Visitor):
    """A visitor who is signed in."""

    @property
    def person(self) -> Account:
        assert self.account is not None
        return self.account


async def see_visitor(
    request: Request, services: ServicesHere, account: Annotated[Account | None, Depends(get_visitor)]
) -> Visitor:
    """Anybody. Remembered with the request, so that an error page knows its reader too."""
    visitor = NOBODY
    if account is not None:
        offers = undelivered = 0
        async with services.database.session() as session:
            if Role.COACH in roles_of(account):
                offers = await count_open_offers(session, account.id)
            if Role.LEAD in roles_of(account):
                undelivered = await count_undelivered(session)
        visitor = Member(account, offers, undelivered)
    request.state.visitor = visitor
    return visitor


AnyVisitor = Annotated[Visitor, Depends(see_visitor)]


async def see_member(request: Request, visitor: AnyVisitor) -> Member:
    """Somebody who is signed in. Raises a problem with status 401 for everybody else."""
    if not isinstance(visitor, Member):
        raise not_signed_in(request)
    return visitor


SignedIn = Annotated[Member, Depends(see_member)]


def must_be(role: Role) -> Callable[[Member], Coroutine[Any, Any, Member]]:
    """Somebody with a platform role. Raises a problem with status 403 for everybody else."""

    async def see_role(member: SignedIn) -> Member:
        if not member.has(role):
            raise ProblemError(403, "forbidden")
        return member

    return see_role


SignedInCoach = Annotated[Member, Depends(must_be(Role.COACH))]
SignedInLead = Annotated[Member, Depends(must_be(Role.LEAD))]
