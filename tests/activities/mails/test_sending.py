"""From an inbox to a real mail server: nobody gets a mail twice, whatever breaks."""

import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from activities.adapters.mailer.smtp import SmtpMailer
from activities.mail_sending import MailingActivities
from models.settings import read_mail_server
from models.vocabulary import MailState, NoticeKind
from tests.activities.adapters.smtp_server import HANG_UP, Sink, open_sink
from tests.activities.post_office import LETTERHEAD, Post
from tests.factories import ALMA


def send_by(post: Post, sink: Sink) -> MailingActivities:
    server = read_mail_server(SecretStr(f"smtp://127.0.0.1:{sink.port}"))
    return MailingActivities(post.database, post.doors, SmtpMailer(server, "post@example.org"), LETTERHEAD)


async def test_a_mail_is_sent_once_however_often_that_is_asked_for(post: Post) -> None:
    mail_id = await post.write_mail(ALMA)
    async with open_sink() as sink:
        for _ in range(3):
            assert await send_by(post, sink).send_mail(mail_id) is MailState.SENT
    (mail,) = sink.mails
    assert mail["Message-ID"] == f"<{mail_id}@example.org>"
    assert mail["Subject"] == "Neues im Plan"
    assert mail.get_body(("html",)) is not None


async def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(post: Post) -> None:
    mail_id = await post.write_mail(ALMA)
    async with open_sink({"RCPT": "451 later"}) as sink:
        with pytest.raises(ApplicationError):
            await send_by(post, sink).send_mail(mail_id)
        assert ((await post.mail(mail_id)).state, (await post.mail(mail_id)).cause) == (MailState.WAITING, "451")
        sink.answers = {"RCPT": "550 nobody here"}
        assert await send_by(post, sink).send_mail(mail_id) is MailState.FAILED
        sink.answers = {}
        assert await send_by(post, sink).send_mail(mail_id) is MailState.FAILED
    assert ((await post.mail(mail_id)).cause, sink.mails) == ("550", [])


async def test_a_lost_answer_is_shown_as_doubt_and_never_sent_again(post: Post) -> None:
    mail_id = await post.write_mail(ALMA)
    async with open_sink({"after": HANG_UP}) as sink:
        for _ in range(2):
            assert await send_by(post, sink).send_mail(mail_id) is MailState.UNCERTAIN
            sink.answers = {}
    assert len(sink.mails) == 1
    assert await post.told(NoticeKind.MAIL_FAILED) != []
