"""A mail server on this machine (aiosmtpd), which can be told to refuse or to hang up at any step."""

import asyncio
import email
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Self-signed, for localhost and 127.0.0.1, with its key. Nobody but these tests trusts it."""

USER, PASSWORD = "ideenweg", "ge heim/:@"

HANG_UP = "hang up"
SAY_NOTHING = "say nothing"


@dataclass
class Sink:
    """Takes mails and keeps them. `answers`: step → what to say instead, HANG_UP or SAY_NOTHING."""

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: "Server", session: Session, envelope: Envelope) -> str:
        if (answer := await self.answer(server, "text")) is not None:
            return answer
        assert isinstance(envelope.original_content, bytes)
        self.mails.append(email.message_from_bytes(envelope.original_content, policy=default))
        self.envelopes.append((envelope.mail_from or "", envelope.rcpt_tos))
        self.signed_in.append(bool(session.authenticated))
        self.encrypted.append(session.ssl is not None or server.is_encrypted)
        return "250 OK" if "after" not in self.answers else await self.hang_up(server)

    async def answer(self, server: "Server", step: str) -> str | None:
        """What to say instead of what would be said; None for nothing else."""
        match self.answers.get(step):
            case None:
                return None
            case "hang up":
                return await self.hang_up(server)
            case "say nothing":
                await asyncio.Event().wait()
        return self.answers[step]

    async def hang_up(self, server: "Server") -> str:
        transport: Any = server.transport
        transport.abort()
        await asyncio.Event().wait()
        raise AssertionError("a connection that is closed ends its task")


class Server(SMTP):
    """One connection."""

    event_handler: Sink

    @property
    def is_encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None

    async def push(self, status: Any) -> None:
        """The greeting is the one thing that is said without being asked."""
        greeting = str(status).startswith("220 ") and self.session is not None and not self.session.host_name
        answer = await self.event_handler.answer(self, "greeting") if greeting else None
        await super().push(answer or status)

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._unless("EHLO", super().smtp_EHLO, hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        await self._unless("EHLO", super().smtp_HELO, hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:
        await self._unless("MAIL", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        await self._unless("RCPT", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:
        await self._unless("DATA", super().smtp_DATA, arg)

    async def _unless(self, step: str, usual: Callable[[Any], Awaitable[None]], said: str | None) -> None:
        answer = await self.event_handler.answer(self, step)
        if answer is None:
            await usual(said)
        else:
            await super().push(answer)


@asynccontextmanager
async def open_sink(
    answers: dict[str, str] | None = None, *, tls: str = "none", auth: bool = False
) -> AsyncIterator[Sink]:
    """A server on a free port. `tls`: none, starttls or tls."""
    sink = Sink(answers or {})
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        good = login == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def connect() -> Server:
        # It does not like passwords in plain text either, but here they go nowhere.
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        return Server(
            sink,
            hostname="mail.example.org",
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            authenticator=authenticate if auth else None,
            auth_required=auth,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connect, "127.0.0.1", 0, ssl=context if tls == "tls" else None)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()
