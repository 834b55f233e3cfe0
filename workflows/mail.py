"""Sending one mail: for an inbox, or as a workflow of its own where it carries a secret and somebody waits for it."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Mailing
    from models.vocabulary import MailState
    from workflows import names
    from workflows.retries import FOR_SERVERS

SENDING = timedelta(minutes=3)
NO_SIGN_OF_LIFE = timedelta(seconds=30)
"""So long after its last heartbeat, a worker that was sending is taken for dead."""


async def send_mail(mail_id: str) -> MailState:
    return await workflow.execute_activity_method(
        Mailing.send_mail,
        mail_id,
        start_to_close_timeout=SENDING,
        heartbeat_timeout=NO_SIGN_OF_LIFE,
        retry_policy=FOR_SERVERS,
    )


@workflow.defn(name=names.SECRET_MAIL)
class SecretMail:
    """One secret mail, sent once. The history holds its id and what became of it."""

    @workflow.run
    async def run(self, mail_id: str) -> MailState:
        return await send_mail(mail_id)
