"""People and the tokens they act with."""

from datetime import datetime

from sqlalchemy import ColumnElement, Index, and_, literal_column
from sqlmodel import Field, SQLModel, col

from models.tables.columns import (
    INSTANT,
    created_column,
    holds_address,
    id_column,
    instant,
    reference,
    texts,
    words_column,
)
from models.vocabulary import STAFF, Role

LONGEST_POST = 300


class Account(SQLModel, table=True):
    """A person. `roles` are platform roles: innovator, coach, lead."""

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_oidc", "oidc_issuer", "oidc_subject", unique=True),
        holds_address("account"),
    )

    id: str = id_column()
    email: str = Field(unique=True, max_length=254)
    """Canonical, see `models.addresses`."""
    name: str = words_column(longest=200)
    phone: str = Field(default="", max_length=40)
    reach: str = words_column("", 200)
    """How they are reached best, in their own words: "mail, or by phone after six"."""
    held: bool = False
    """The address is read by the office for them: what arrives there is passed on by letter or by telephone."""
    post: str = words_column("", LONGEST_POST)
    """Where a letter goes, for whom the address is held; empty for everybody else."""
    shows_mail: bool = True
    shows_phone: bool = True
    """What their contact card shows to the other side of an idea, see `models.rules.contacts`."""
    language: str = Field(default="de", max_length=8)
    shortcuts: bool = True
    """Whether single keys do something on the pages: whoever speaks to their computer switches them off."""
    first_steps_over_at: datetime | None = instant()
    """Since then their page shows the first steps no more: all are done, or they are not wanted."""
    roles: list[str] = texts()
    office: str | None = Field(default=None, max_length=40)
    demo: bool = False
    """May be signed in with one click in demo mode."""
    created_at: datetime = created_column()
    proved_at: datetime | None = instant()
    """Since then it is known that whoever has the account reads the mail to its address."""
    signed_in_at: datetime | None = instant()
    """The latest sign-in; None for who never was here."""
    blocked_at: datetime | None = instant()
    """Since then nothing proves this person any more: no mail, no provider, no passkey, no token."""
    oidc_issuer: str | None = Field(default=None, max_length=300)
    oidc_subject: str | None = Field(default=None, max_length=255)
    """Who they are at the staff's provider, from their first sign-in there on. OpenID Connect Core 1.0, section 2."""
    proofs_from: datetime | None = instant()
    """What we signed for them before that counts no more, such as the links in their mails that answer a question."""
    erased_at: datetime | None = instant()
    """Since then the row names nobody; it stays because the timelines point at it."""

    @property
    def can_come_in(self) -> bool:
        """Whether anything proves this person. Of who was blocked nobody learns more than of an unknown address."""
        return self.erased_at is None and self.blocked_at is None


def can_come_in() -> ColumnElement[bool]:
    """The accounts that anything proves, for every look-up by a proof or by an address that somebody gives."""
    return and_(col(Account.erased_at).is_(None), col(Account.blocked_at).is_(None))


def is_staff(account: Account) -> bool:
    """Whether somebody coaches or leads: they have rights over the ideas of others."""
    return not STAFF.isdisjoint(account.roles)


def is_given(role: Role) -> ColumnElement[bool]:
    """The accounts with a platform role, written out as in the index of coaches, so that it is used."""
    return col(Account.roles).contains(literal_column(f"'{{{role}}}'"))


def has_role(role: Role) -> ColumnElement[bool]:
    """The accounts that act in a platform role: who is blocked keeps it, and is asked and told nothing."""
    return and_(is_given(role), col(Account.blocked_at).is_(None))


class AccessToken(SQLModel, table=True):
    """A bearer token. Only its SHA-256 is stored; a revoked one stays as a record."""

    __tablename__ = "access_token"

    id: str = id_column()
    account_id: str = reference("account.id", index=True)
    hash: str = Field(unique=True, max_length=64)
    name: str = words_column("", 80)
    """What it is for, in the words of whoever made it."""
    scopes: list[str] = texts()
    """What it may be used for, see `TokenScope`."""
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False)
    last_used_at: datetime | None = instant()
    """Written at most every few minutes."""
    revoked_at: datetime | None = instant()


def roles_of(account: Account) -> list[Role]:
    return [Role(role) for role in account.roles]
