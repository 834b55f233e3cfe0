"""The mail server that IDEENWEG_SMTP_URL names, and mail addresses that every server understands."""

from email.headerregistry import Address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from models.addresses import canonical_address

Encryption = Literal["tls", "starttls", "none"]

PORTS: dict[Encryption, int] = {"tls": 465, "starttls": 587, "none": 25}

EXAMPLE = "smtp://user:password@mail.example.org:587"


class MailServer(BaseModel):
    """How to reach a server that takes our mails."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: SecretStr | None = None
    authority: Path | None = None
    """The certificate of an authority of one's own, in PEM."""

    @classmethod
    def parse(cls, url: SecretStr, *, is_near: bool) -> Self:
        """Read smtp://user:password@host:587?tls=starttls&ca=/path or smtps://…; the user and all after the host may
        be missing. `is_near`: the host is this machine, the one case in which plain text is the default.

        Raises ValueError, which never quotes the address: it holds a password.
        """
        parts = urlsplit(url.get_secret_value())
        query = dict(parse_qsl(parts.query))
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"must be an address such as {EXAMPLE}, or smtps://… for TLS from the first byte")
        if unknown := set(query) - {"tls", "ca"}:
            raise ValueError(f"does not know {', '.join(sorted(unknown))}; there are tls and ca")
        encryption = _choose_encryption(parts.scheme, query.get("tls"), is_near=is_near)
        if parts.username and encryption == "none" and not is_near:
            raise ValueError("must not send a password in plain text: leave out tls=none, or the user")
        try:
            port = parts.port
        except ValueError:
            raise ValueError("has a port that is no number from 1 to 65535") from None
        return cls(
            host=parts.hostname,
            port=port or PORTS[encryption],
            encryption=encryption,
            user=unquote(parts.username) if parts.username else None,
            password=SecretStr(unquote(parts.password)) if parts.password else None,
            authority=Path(query["ca"]) if query.get("ca") else None,
        )


def _choose_encryption(scheme: str, asked: str | None, *, is_near: bool) -> Encryption:
    if scheme == "smtps":
        if asked is not None:
            raise ValueError("smtps:// is TLS from the first byte and needs no tls=")
        return "tls"
    match asked:
        case "starttls":
            return "starttls"
        case "none":
            return "none"
        case None:
            return "none" if is_near else "starttls"
    raise ValueError("knows tls=starttls and tls=none")


def read_address(text: str) -> Address:
    """From "post@example.org" or "Ideenweg <post@example.org>". Raises ValueError where no server would take it."""
    name, plain = "", text.strip()
    if plain.endswith(">"):
        name, _, plain = plain[:-1].rpartition("<")
    try:
        local, _, domain = canonical_address(plain).rpartition("@")
        if name.isprintable():
            return Address(name.strip().strip('"'), local, domain)
    except ValueError:
        pass
    raise ValueError('must be a mail address, such as "Ideenweg <post@example.org>"')
