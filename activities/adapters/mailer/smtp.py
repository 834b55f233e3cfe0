"""A mail server that speaks SMTP (RFC 5321), with TLS.

Each mail has a connection of its own: mails are few, and what became of one is then told by its own answers.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as LINES_OF_SMTP
from email.policy import Policy
from email.utils import format_datetime
from typing import Any

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from activities.ports.mailer import Mail, MailNotTaken, MailUncertain
from models.mail_server import MailServer, read_address

CONNECTING = 20.0
ANSWERING = 60.0
"""Seconds that a server may take. The answer to a text may be slow: some servers look through it first."""

GOODBYE = 1.0

GO_AHEAD = 354
TAKEN = 250


class SmtpMailer:
    """Fulfils `Mailer`. `sender` is what mails are from: "Ideenweg <post@example.org>"."""

    def __init__(
        self, server: MailServer, sender: str, *, connecting: float = CONNECTING, answering: float = ANSWERING
    ) -> None:
        self._server = server
        self._sender = read_address(sender)
        self._connecting = connecting
        self._answering = answering

    async def send(self, mail: Mail, giving: Callable[[], Awaitable[None]]) -> None:
        message = write_message(mail, self._sender)
        async with self._connection() as smtp:
            await self._address(smtp, message["To"].addresses[0])
            await giving()
            await self._give(smtp, message.as_bytes())

    async def check(self) -> None:
        """Connect and sign in as for a mail. Raises MailNotTaken."""
        async with self._connection():
            pass

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """A server that knows us. What goes wrong here lies with the server or our settings, so it is asked again."""
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=self._sender.domain,
            timeout=self._answering,
            use_tls=server.encryption == "tls",
            start_tls=server.encryption == "starttls",
            username=server.user,
            password=server.password.get_secret_value() if server.password else None,
            tls_context=None if server.encryption == "none" else ssl.create_default_context(cafile=server.authority),
        )
        try:
            await smtp.connect(timeout=self._connecting)
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except (SMTPException, OSError, ValueError) as error:
            smtp.close()
            raise MailNotTaken(_cause_of(error), permanent=False) from None
        try:
            yield smtp
            with suppress(SMTPException, OSError):
                await smtp.quit(timeout=GOODBYE)
        finally:
            smtp.close()

    async def _address(self, smtp: SMTP, recipient: Address) -> None:
        """Say from whom and to whom, and that the text comes now. A 5xx is about this mail, and final."""
        try:
            await smtp.mail(self._sender.addr_spec)
            await smtp.rcpt(recipient.addr_spec)
            answer = await smtp.execute_command(b"DATA")
        except SMTPResponseException as refused:
            raise _refuse(refused.code) from None
        except (SMTPException, OSError) as error:
            raise MailNotTaken(_cause_of(error), permanent=False) from None
        if answer.code != GO_AHEAD:
            raise _refuse(answer.code)

    async def _give(self, smtp: SMTP, text: bytes) -> None:
        """The text, up to the full stop on a line of its own that makes the server answer for it."""
        protocol = smtp.protocol
        if protocol is None:
            raise MailNotTaken("disconnected", permanent=False)
        lines = (b"." + line if line.startswith(b".") else line for line in text.splitlines())
        try:
            protocol.write(b"".join(line + b"\r\n" for line in lines) + b".")
            # An empty command is the end of that last line.
            answer = await smtp.execute_command(b"")
        except (SMTPException, OSError) as error:
            raise MailUncertain(_cause_of(error)) from None
        if answer.code != TAKEN:
            raise _refuse(answer.code)


def write_message(mail: Mail, sender: Address) -> EmailMessage:
    """A mail as servers pass it on: text and HTML as alternatives, with what tells programs not to answer it.

    Raises MailNotTaken where the address of its recipient is none.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    try:
        message["To"] = read_address(mail.recipient)
    except ValueError:
        raise MailNotTaken("address", permanent=True) from None
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if mail.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for file in mail.attachments:
        kind = POLICY.header_factory("Content-Type", file.media_type)
        message.add_attachment(
            file.content, maintype=kind.maintype, subtype=kind.subtype, filename=file.name, params=dict(kind.params)
        )
    # Last: what is named Content-… would move into the first of the parts.
    message["Content-Language"] = mail.language
    return message


def _refuse(code: int) -> MailNotTaken:
    return MailNotTaken(str(code), permanent=500 <= code < 600)


def _cause_of(error: Exception) -> str:
    """A word or a reply code; never a server's text, which may quote an address."""
    match error:
        case SMTPResponseException():
            return str(error.code)
        case SMTPTimeoutError():
            return "timeout"
        case SMTPServerDisconnected():
            return "disconnected"
    if isinstance(error.__cause__, ssl.SSLError) or isinstance(error, ssl.SSLError):
        return "tls"
    return "unreachable" if isinstance(error, OSError) else "not_supported"


class _OnOneLine(UnstructuredHeader, BaseHeader):
    """The library breaks long addresses into encoded words, which no program reads as an address again."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> Any:
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", _OnOneLine)
    # 7 bit passes everywhere, also where a server does not say that it takes more.
    return LINES_OF_SMTP.clone(header_factory=headers, cte_type="7bit")


POLICY = _policy()
