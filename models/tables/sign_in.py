"""How people come in: sign-ins under way, and sessions. Of secrets there are digests."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, UUID_TYPE, created_column, id_column, instant, reference


class SignIn(SQLModel, table=True):
    """A sign-in that somebody has asked for: by mail, or at the provider of the staff. Works once."""

    __tablename__ = "sign_in"

    id: str = id_column()
    account_id: str | None = Field(
        default=None, foreign_key="account.id", sa_type=UUID_TYPE, index=True, nullable=True, ondelete="CASCADE"
    )
    """None for an address that nobody here has, and before a provider has said who it is."""
    by_mail: bool = True
    """False where it is asked at the provider of the staff: `link_hash` is then of the state that comes back."""
    browser_hash: str = Field(max_length=64, index=True)
    """The browser that asked: a code counts there alone."""
    link_hash: str | None = Field(default=None, unique=True, max_length=64)
    code_hash: str | None = Field(default=None, max_length=64)
    wrong_codes: int = 0
    next_path: str | None = Field(default=None, max_length=1000)
    """Where one wanted to go, on our own pages."""
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, index=True)
    used_at: datetime | None = instant()


class SessionRow(SQLModel, table=True):
    """Somebody is signed in, in one browser. The cookie holds a random id, of which this is the digest."""

    __tablename__ = "session"

    id: str = id_column()
    hash: str = Field(unique=True, max_length=64)
    account_id: str = reference("account.id", index=True)
    method: str = Field(max_length=8)
    second: str | None = Field(default=None, max_length=8)
    """The second factor that was shown besides, see `SecondFactor`."""
    created_at: datetime = created_column()
    proved_at: datetime = created_column()
    """The last time that they proved in this very session who they are."""
    seen_at: datetime = created_column()
    """Written at most every few minutes."""
    wrong_tries: int = 0
    """Wrong passwords for the second factor in a row. After a few the session ends."""
    expires_at: datetime = Field(sa_type=INSTANT, index=True)
    """It ends then at the latest, however busy it is."""
