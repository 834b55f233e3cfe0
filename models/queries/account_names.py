"""Names beside ids, read with the row that they belong to."""

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel
from sqlalchemy import and_, case, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.addresses import WrongAddress, canonical_address
from models.tables import Account, StandingRow, can_come_in, has_role, is_idea, is_own
from models.vocabulary import Role


class Person(BaseModel):
    """Somebody, by id and name. Addresses are for mails alone."""

    id: str
    name: str


class Contact(BaseModel):
    """How somebody is reached, as far as they want it shown. Empty where they do not, or have said nothing."""

    name: str
    mail: str = ""
    phone: str = ""
    reach: str = ""


class Named:
    """An id column whose name is read along. Several in one statement each need their own."""

    def __init__(self, id_column: Any) -> None:
        self.id = id_column
        self.account = aliased(Account)

    @property
    def name(self) -> Any:
        return col(self.account.name)

    @property
    def contact(self) -> Any:
        """A `Contact` as JSON; what somebody does not show does not leave the database."""
        its = self.account
        return func.jsonb_build_object(
            "name",
            col(its.name),
            "mail",
            case((and_(col(its.shows_mail), col(its.erased_at).is_(None)), col(its.email)), else_=""),
            "phone",
            case((col(its.shows_phone), col(its.phone)), else_=""),
            "reach",
            col(its.reach),
        )

    def join(self, statement: Any) -> Any:
        return statement.outerjoin(self.account, col(self.account.id) == self.id)


def person(account_id: str | None, name: str | None) -> Person | None:
    """None where there is nobody. An account that was erased keeps its id and has no name."""
    return None if account_id is None else Person(id=account_id, name=name or "")


async def find_by_address(session: AsyncSession, typed: str) -> Account | None:
    """Whoever has an address, in whatever spelling it was typed; None for nobody, and for what is no address."""
    try:
        theirs = select(Account).where(Account.email == canonical_address(typed), col(Account.erased_at).is_(None))
    except WrongAddress:
        return None
    return (await session.exec(theirs)).one_or_none()


async def has_other_lead(session: AsyncSession, own: Collection[str]) -> bool:
    """Whether a lead is left who can decide on an idea, beside those whose own it is."""
    others = select(Account.id).where(has_role(Role.LEAD), can_come_in(), col(Account.id).not_in(own))
    return (await session.exec(others.limit(1))).first() is not None


async def count_undecidable(session: AsyncSession) -> int:
    """The ideas that wait for a lead while all who lead are in their team: nobody decides on what is their own."""
    others = select(Account.id).where(has_role(Role.LEAD), can_come_in(), ~is_own(col(Account.id)))
    waits = and_(is_idea(), col(StandingRow.holder_role) == Role.LEAD, col(StandingRow.holder_id).is_(None))
    ideas = select(func.count()).select_from(StandingRow).where(waits, ~others.correlate(StandingRow).exists())
    return (await session.exec(ideas)).one()


async def read_names(session: AsyncSession, ids: set[str]) -> dict[str, Person]:
    """Id → person, for all ids that have an account."""
    if not ids:
        return {}
    rows = (await session.exec(select(Account.id, Account.name).where(col(Account.id).in_(ids)))).all()
    return {account_id: Person(id=account_id, name=name) for account_id, name in rows}


async def read_contacts(session: AsyncSession, ids: Collection[str]) -> dict[str, Contact]:
    """Id → how somebody is reached, as far as they want it shown."""
    of = Named(col(Account.id))
    rows = await session.exec(of.join(select(Account.id, of.contact)).where(col(Account.id).in_(ids)))
    return {account_id: Contact.model_validate(told) for account_id, told in rows.all()}


async def read_names_and_leads(
    session: AsyncSession, ids: set[str], office: str
) -> tuple[dict[str, Person], list[Person]]:
    """The same, and the leads of an office by their names, in one statement."""
    leads: Any = and_(has_role(Role.LEAD), can_come_in(), col(Account.office) == office)
    both = select(Account.id, Account.name, leads).where(or_(col(Account.id).in_(ids), leads))
    rows = (await session.exec(both.order_by(col(Account.name), col(Account.id)))).all()
    people = {account_id: Person(id=account_id, name=name) for account_id, name, _ in rows}
    return people, [people[account_id] for account_id, _, is_lead in rows if is_lead]
