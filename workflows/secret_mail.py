"""A letter that carries a secret, sent once. The history holds its id alone."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Letters
    from workflows import names

UNTIL_TAKEN = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1))
"""Whoever asked for it is waiting. The activity itself gives up when the secret has had its time."""
SENDING = timedelta(minutes=3)
NO_SIGN_OF_LIFE = timedelta(seconds=30)


@workflow.defn(name=names.SECRET_MAIL)
class SecretMail:
    @workflow.run
    async def run(self, letter_id: str) -> bool:
        return await workflow.execute_activity_method(
            Letters.send_letter,
            letter_id,
            start_to_close_timeout=SENDING,
            heartbeat_timeout=NO_SIGN_OF_LIFE,
            retry_policy=UNTIL_TAKEN,
        )
