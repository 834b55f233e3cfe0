"""Sending by SMTP, against a real server: what it takes, what it refuses, and what stays uncertain."""

import asyncio
from collections.abc import Awaitable, Callable
from email.headerregistry import Address

import pytest
from pydantic import SecretStr, ValidationError

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.adapters.mailer.smtp import SmtpMailer, write_message
from activities.ports.mailer import Attachment, Mail, MailNotTaken, MailUncertain
from models.database import Database
from models.mail_server import read_address
from models.settings import Settings, describe_errors, read_mail_server
from tests.activities.adapters.smtp_server import CERTIFICATE, HANG_UP, PASSWORD, SAY_NOTHING, USER, Sink, open_sink
from workflows.worker import build_mailer

SENDER = "Ideenweg <post@example.org>"
BEFORE_THE_TEXT = ("MAIL", "RCPT", "DATA")
OURS_TO_MEND = ("greeting", "EHLO")

MAIL = Mail(
    id="0b0e7a54-2f7e-4a8b-9a53-0d5b2a1f4c11",
    account_id="alma",
    recipient="alma@example.org",
    subject="Sie sind am Zug – und 2 weitere Nachrichten",
    text="Guten Tag Alma,\n\n.\n..\nIhre Idee ist am Zug.\n",
    html="<p>Guten Tag Alma, <b>Ihre Idee</b> ist am Zug.</p>",
    unsubscribe_url="https://ideen.example.org/abbestellen/" + "aB3-_x" * 30,
    attachments=[
        Attachment(name="Frist.ics", media_type="text/calendar; method=PUBLISH", content=b"BEGIN:VCALENDAR\r\n")
    ],
)


class Giving:
    """Counts how often the last moment came."""

    def __init__(self, then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.times = 0
        self._then = then

    async def __call__(self) -> None:
        self.times += 1
        if self._then is not None:
            await self._then()


def mailer(sink: Sink, query: str = "", *, scheme: str = "smtp", user: str = "", patience: float = 5.0) -> SmtpMailer:
    url = f"{scheme}://{user}127.0.0.1:{sink.port}{query}"
    return SmtpMailer(read_mail_server(SecretStr(url)), SENDER, connecting=patience, answering=patience)


# -- what arrives -----------------------------------------------------------------------------------------------


async def test_a_mail_arrives_as_text_and_html_with_all_that_programs_need_to_know() -> None:
    giving = Giving()
    async with open_sink() as sink:
        await mailer(sink).send(MAIL, giving)
    (got,) = sink.mails
    assert giving.times == 1
    assert sink.envelopes == [("post@example.org", ["alma@example.org"])]
    assert (got["From"], got["To"], got["Subject"]) == (SENDER, "alma@example.org", MAIL.subject)
    assert got["Message-ID"] == f"<{MAIL.id}@example.org>"
    assert (got["Auto-Submitted"], got["Content-Language"]) == ("auto-generated", "de")
    assert got["Date"].datetime.tzinfo is not None
    assert got["List-Unsubscribe"] == f"<{MAIL.unsubscribe_url}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert html.get_content().strip() == MAIL.html
    (file,) = got.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("Frist.ics", "text/calendar")
    assert file["Content-Type"].params["method"] == "PUBLISH"
    assert file.get_payload(decode=True) == MAIL.attachments[0].content


async def test_a_mail_that_may_not_be_refused_offers_no_refusal() -> None:
    async with open_sink() as sink:
        await mailer(sink).send(MAIL.model_copy(update={"unsubscribe_url": None, "attachments": []}), Giving())
    (got,) = sink.mails
    assert got["List-Unsubscribe"] is None
    assert got["List-Unsubscribe-Post"] is None
    assert got.get_content_type() == "multipart/alternative"


def test_no_line_is_longer_than_servers_pass_on_and_all_is_plain_ascii() -> None:
    written = write_message(MAIL, read_address(SENDER)).as_bytes()
    assert written.isascii()
    assert max(len(line) for line in written.splitlines()) <= 998
    assert f"List-Unsubscribe: <{MAIL.unsubscribe_url}>\r\n".encode() in written


@pytest.mark.parametrize(
    "recipient",
    [
        "alma@example.org\r\nBcc: dora@example.org",
        "alma@example.org>\r\nRCPT TO:<dora@example.org",
        "alma@example.org, dora@example.org",
        "alma",
        "älma@example.org",
        "",
    ],
)
async def test_what_is_no_address_is_refused_for_good_and_no_server_is_asked(recipient: str) -> None:
    giving = Giving()
    async with open_sink() as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink).send(MAIL.model_copy(update={"recipient": recipient}), giving)
    assert (refused.value.cause, refused.value.permanent) == ("address", True)
    assert (giving.times, sink.mails) == (0, [])


def test_a_subject_cannot_bring_headers_of_its_own() -> None:
    message = write_message(MAIL.model_copy(update={"subject": "Hallo\r\nBcc: dora@example.org"}), read_address(SENDER))
    assert message["Bcc"] is None
    assert message["Subject"] == "Hallo Bcc: dora@example.org"


# -- encryption and signing in ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("tls", "scheme", "query"), [("starttls", "smtp", "?tls=starttls&"), ("tls", "smtps", "?")])
async def test_it_signs_in_behind_a_certificate_that_was_checked(tls: str, scheme: str, query: str) -> None:
    user = f"{USER}:ge%20heim%2F%3A%40@"
    async with open_sink(tls=tls, auth=True) as sink:
        await mailer(sink, f"{query}ca={CERTIFICATE}", scheme=scheme, user=user).send(MAIL, Giving())
    assert (len(sink.mails), sink.signed_in, sink.encrypted) == (1, [True], [True])


@pytest.mark.parametrize(("tls", "scheme", "query"), [("starttls", "smtp", "?tls=starttls"), ("tls", "smtps", "")])
async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(tls: str, scheme: str, query: str) -> None:
    giving = Giving()
    async with open_sink(tls=tls) as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink, query, scheme=scheme).send(MAIL, giving)
    assert (refused.value.cause, refused.value.permanent) == ("tls", False)
    assert (giving.times, sink.mails) == (0, [])


async def test_a_server_without_starttls_gets_nothing_in_plain_text() -> None:
    async with open_sink() as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink, "?tls=starttls").send(MAIL, Giving())
    assert not refused.value.permanent
    assert sink.mails == []


async def test_a_wrong_password_is_ours_to_mend_so_the_mail_is_tried_again() -> None:
    async with open_sink(auth=True) as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink, user=f"{USER}:wrong@").send(MAIL, Giving())
    assert (refused.value.cause, refused.value.permanent) == ("535", False)
    assert sink.mails == []


# -- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", BEFORE_THE_TEXT)
@pytest.mark.parametrize(("answer", "permanent"), [("451 4.7.1 later, alma@example.org", False), ("550 no", True)])
async def test_a_refusal_before_the_text_is_told_by_its_code_alone(step: str, answer: str, permanent: bool) -> None:
    giving = Giving()
    async with open_sink({step: answer}) as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink).send(MAIL, giving)
    assert (refused.value.cause, refused.value.permanent) == (answer[:3], permanent)
    assert str(refused.value) == answer[:3]
    assert (giving.times, sink.mails) == (0, [])


@pytest.mark.parametrize(("answer", "permanent"), [("452 full", False), ("554 looks like spam", True)])
async def test_a_refusal_of_the_text_is_certain_too(answer: str, permanent: bool) -> None:
    giving = Giving()
    async with open_sink({"text": answer}) as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink).send(MAIL, giving)
    assert (refused.value.cause, refused.value.permanent) == (answer[:3], permanent)
    assert giving.times == 1


@pytest.mark.parametrize("step", OURS_TO_MEND)
@pytest.mark.parametrize("answer", ["421 too busy", "554 go away"])
async def test_a_server_that_does_not_want_us_is_asked_again(step: str, answer: str) -> None:
    async with open_sink({step: answer}) as sink:
        with pytest.raises(MailNotTaken) as refused:
            await mailer(sink).send(MAIL, Giving())
    assert (refused.value.cause, refused.value.permanent) == (answer[:3], False)


# -- connections that break --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [*OURS_TO_MEND, *BEFORE_THE_TEXT])
@pytest.mark.parametrize("trouble", [HANG_UP, SAY_NOTHING])
async def test_a_connection_that_breaks_before_the_text_leaves_no_doubt(step: str, trouble: str) -> None:
    giving = Giving()
    async with open_sink({step: trouble}) as sink:
        with pytest.raises(MailNotTaken) as failed:
            await mailer(sink, patience=0.3).send(MAIL, giving)
    assert not failed.value.permanent
    assert failed.value.cause in ("disconnected", "timeout", "unreachable")
    assert (giving.times, sink.mails) == (0, [])


@pytest.mark.parametrize("trouble", [HANG_UP, SAY_NOTHING])
async def test_a_connection_that_breaks_after_the_text_leaves_doubt(trouble: str) -> None:
    giving = Giving()
    async with open_sink({"text": trouble}) as sink:
        with pytest.raises(MailUncertain):
            await mailer(sink, patience=0.3).send(MAIL, giving)
    assert giving.times == 1


async def test_a_mail_that_was_taken_and_whose_answer_was_lost_is_in_doubt_and_not_refused() -> None:
    async with open_sink({"after": HANG_UP}) as sink:
        with pytest.raises(MailUncertain):
            await mailer(sink).send(MAIL, Giving())
    assert len(sink.mails) == 1


async def test_nobody_listens() -> None:
    async with open_sink() as sink:
        pass
    with pytest.raises(MailNotTaken) as failed:
        await mailer(sink).send(MAIL, Giving())
    assert (failed.value.cause, failed.value.permanent) == ("unreachable", False)


# -- the last moment ---------------------------------------------------------------------------------------------


async def test_the_server_is_given_nothing_where_the_last_moment_says_no() -> None:
    class Overtaken(Exception):
        pass

    async def refuse() -> None:
        raise Overtaken

    async with open_sink() as sink:
        with pytest.raises(Overtaken):
            await mailer(sink).send(MAIL, Giving(refuse))
        await asyncio.sleep(0.05)
    assert sink.mails == []


async def test_nothing_is_left_behind_by_an_attempt_that_is_cancelled() -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.Event().wait()

    async with open_sink() as sink:
        attempt = asyncio.create_task(mailer(sink).send(MAIL, Giving(wait)))
        await reached.wait()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await asyncio.sleep(0.05)
    assert sink.mails == []


async def test_the_check_signs_in_and_sends_nothing() -> None:
    async with open_sink(auth=True) as sink:
        await mailer(sink, user=f"{USER}:ge%20heim%2F%3A%40@").check()
        with pytest.raises(MailNotTaken):
            await mailer(sink, user=f"{USER}:wrong@").check()
    assert sink.mails == []


def test_mails_go_to_the_server_that_is_configured_or_into_the_local_mailbox(database: Database) -> None:
    named = Settings(smtp_url=SecretStr("smtp://mail.example.org"), mail_from=SENDER)
    assert isinstance(build_mailer(named, database), SmtpMailer)
    assert isinstance(build_mailer(Settings(), database), LocalMailbox)
    with pytest.raises(ValidationError, match="must be a mail address"):
        Settings(mail_from="nobody")
    with pytest.raises(ValidationError) as wrong:
        Settings(smtp_url=SecretStr("imap://post:topsecret@mail.example.org"))
    assert describe_errors(wrong.value)[0].startswith("IDEENWEG_SMTP_URL: ")
    assert "topsecret" not in describe_errors(wrong.value)[0]


# -- the address of the server -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:2525?tls=none", ("mail.example.org", 2525, "none")),
        ("smtps://mail.example.org", ("mail.example.org", 465, "tls")),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, "none")),
        ("smtp://localhost:1025?tls=starttls", ("localhost", 1025, "starttls")),
    ],
)
def test_plain_text_is_never_silent_but_at_this_machine(url: str, expected: tuple[str, int, str]) -> None:
    server = read_mail_server(SecretStr(url))
    assert (server.host, server.port, server.encryption) == expected


def test_user_and_password_may_hold_any_character() -> None:
    server = read_mail_server(SecretStr("smtp://post%40example.org:ge%20heim%2F%3A%40@mail.example.org"))
    assert server.user == "post@example.org"
    assert server.password is not None
    assert server.password.get_secret_value() == PASSWORD
    assert PASSWORD not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.org",
        "mail.example.org:587",
        "smtp://",
        "smtp://mail.example.org/box",
        "smtp://mail.example.org?tls=maybe",
        "smtp://mail.example.org?verify=no",
        "smtps://mail.example.org?tls=starttls",
        "smtp://post:topsecret@mail.example.org?tls=none",
        "smtp://post:topsecret@mail.example.org:99999",
    ],
)
def test_a_wrong_address_is_told_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as wrong:
        read_mail_server(SecretStr(url))
    assert "topsecret" not in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("post@example.org", Address("", "post", "example.org")),
        ("Ideenweg, SINN <post@example.org>", Address("Ideenweg, SINN", "post", "example.org")),
        ('"Ideenweg" <post@ideen-büro.de>', Address("Ideenweg", "post", "xn--ideen-bro-w9a.de")),
    ],
)
def test_addresses_are_read_as_people_write_them(text: str, expected: Address) -> None:
    assert read_address(text) == expected
