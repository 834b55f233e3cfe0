"""Credentials beside the mail: passkeys, an authenticator app, recovery codes. Written by `api/`."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, created_column, id_column, instant, reference, texts, words_column


class Passkey(SQLModel, table=True):
    """A WebAuthn credential (https://www.w3.org/TR/webauthn-3/): the public half of a key that a device keeps."""

    __tablename__ = "passkey"

    id: str = id_column()
    account_id: str = reference("account.id", index=True)
    credential_id: bytes = Field(unique=True, sa_type=LargeBinary)
    public_key: bytes = Field(sa_type=LargeBinary)
    """COSE, as the device has given it."""
    sign_count: int = 0
    transports: list[str] = texts()
    name: str = words_column("", 80)
    """What its owner calls the device."""
    created_at: datetime = created_column()
    last_used_at: datetime | None = instant()


class Authenticator(SQLModel, table=True):
    """An authenticator app: a shared secret for one-time passwords by time (TOTP, RFC 6238)."""

    __tablename__ = "authenticator"

    account_id: str = reference("account.id", primary_key=True)
    secret: str | None = Field(default=None, max_length=400)
    """Encrypted under the signing key: a dump of the database is no second factor. None until it is confirmed."""
    offered: str | None = Field(default=None, max_length=400)
    """Shown for an app to read, and of no use until a first password has shown that it has done so."""
    created_at: datetime = created_column()
    confirmed_at: datetime | None = instant()
    last_step: int = 0
    """The latest time step that was used: a password counts once."""


class RecoveryCode(SQLModel, table=True):
    """A code on paper, for who has lost their device. It counts once; only its keyed digest is kept."""

    __tablename__ = "recovery_code"

    id: str = id_column()
    account_id: str = reference("account.id", index=True)
    hash: str = Field(max_length=64, index=True)
    created_at: datetime = created_column()
    used_at: datetime | None = instant()


class Challenge(SQLModel, table=True):
    """What a passkey is asked to sign: random, for one browser, for a few minutes, once."""

    __tablename__ = "challenge"

    id: str = id_column()
    account_id: str | None = reference("account.id", nullable=True)
    """None at a sign-in: the passkey tells whose it is."""
    browser_hash: str = Field(max_length=64, index=True)
    challenge: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, index=True)
