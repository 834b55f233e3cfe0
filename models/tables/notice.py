"""What people are told, and how they want it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, and_, func, or_, text
from sqlmodel import Field, SQLModel, col

from models.tables.columns import INSTANT, UUID_TYPE, created_column, id_column, instant, reference, utc_now
from models.vocabulary import Rhythm


class NoticeRow(SQLModel, table=True):
    """One notice to one person. Written with the step it tells of; the key makes a repeat change nothing."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("idea_id", "key", "account_id", name="uq_notice", postgresql_nulls_not_distinct=True),
        Index("ix_notice_new", "idea_id", postgresql_where=text("handed_over_at IS NULL")),
        Index("ix_notice_waiting", "account_id", postgresql_where=text("settled_at IS NULL")),
        Index("ix_notice_unread", "account_id", postgresql_where=text("read_at IS NULL")),
    )

    id: str = id_column()
    idea_id: str | None = Field(
        default=None, foreign_key="idea.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True
    )
    """None where it is about no single idea: a digest, a mail that failed."""
    key: str = Field(max_length=80)
    """The version, or the offer, that the notice is about."""
    account_id: str = reference("account.id", index=True)
    kind: str = Field(max_length=40)
    version: int | None = None
    """The version of the idea that it tells of, where it is about one."""
    created_at: datetime = created_column()
    not_before: datetime | None = instant()
    """Held back until then: the step it tells of can still be undone."""
    handed_over_at: datetime | None = instant()
    """When the courier told the inbox: of this notice, or of one that takes it along."""
    settled_at: datetime | None = instant()
    """When the inbox was done with it: it went into a mail, or needs none any more."""
    read_at: datetime | None = instant()
    """When its reader opened the page that it is about, here or on another device. Mails do not tell whether they were
    read."""
    mail_id: str | None = Field(
        default=None, foreign_key="mail.id", sa_type=UUID_TYPE, ondelete="SET NULL", nullable=True, index=True
    )


class NoticeSettings(SQLModel, table=True):
    """When somebody wants their mail, and who gets it while they are away. Who never chose has no row."""

    __tablename__ = "notice_settings"
    __table_args__ = (
        CheckConstraint("deputy_id <> account_id", name="ck_deputy_is_somebody_else"),
        CheckConstraint(
            "(deputy_id IS NULL) = (deputy_from IS NULL) AND (deputy_id IS NULL) = (deputy_until IS NULL)",
            name="ck_deputy_has_days",
        ),
    )

    account_id: str = reference("account.id", primary_key=True)
    turn: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    news: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    talk: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    lead: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    digest: str = Field(default=Rhythm.WEEKLY, max_length=8)
    deputy_id: str | None = Field(default=None, foreign_key="account.id", sa_type=UUID_TYPE, nullable=True)
    deputy_from: date | None = None
    deputy_until: date | None = None
    """The last day of the absence."""
    updated_at: datetime = Field(default_factory=utc_now, sa_type=INSTANT, nullable=False)


def is_unread() -> ColumnElement[bool]:
    """Told, and not read: what can still be taken back has been told to nobody."""
    is_told = or_(col(NoticeRow.not_before).is_(None), col(NoticeRow.not_before) <= func.now())
    return and_(col(NoticeRow.read_at).is_(None), is_told)


def case_key(kind: str, number: int, version: int) -> str:
    """The key of a notice about one version of a case that is no idea."""
    return f"{kind}/{number}/{version}"


def read_case_key(key: str) -> tuple[str, int]:
    """Kind and number of the case that a notice is about. Raises ValueError where it is about none."""
    kind, number, _ = key.split("/")
    return kind, int(number)
