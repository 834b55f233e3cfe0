"""The durable inbox of one person: gathers notices for a moment, or until the digest hour, and sends one mail."""

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Gathering
    from models.messages.inbox import InboxLook, InboxPlan, InboxState, MailOrder
    from workflows import names
    from workflows.mail import send_mail
    from workflows.retries import PATIENT

SECONDS = timedelta(seconds=20)


@workflow.defn(name=names.INBOX)
class Inbox:
    """Lives while something waits. What waits is read from SQL; the history holds ids, counts and times."""

    @workflow.init
    def __init__(self, inbox: InboxState) -> None:
        self.inbox = inbox
        self._knocks = 0

    @workflow.run
    async def run(self, inbox: InboxState) -> None:
        while True:
            heard = self._knocks
            plan = await self.look()
            if plan.mails:
                await self.send(plan.mails)
            elif plan.next_at is None:
                if heard == self._knocks:
                    return
            elif plan.next_at <= workflow.now():
                await self.prepare_mail()
            else:
                await self.wait(plan.next_at, timedelta(seconds=plan.gather_seconds), heard)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self.inbox)

    @workflow.signal(name=names.KNOCK)
    def knock(self) -> None:
        self._knocks += 1

    # -- the story -------------------------------------------------------------------------------------------

    async def look(self) -> InboxPlan:
        return await workflow.execute_activity_method(
            Gathering.plan_inbox,
            InboxLook(account_id=self.inbox.account_id, now=workflow.now()),
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )

    async def prepare_mail(self) -> None:
        order = MailOrder(account_id=self.inbox.account_id, mail_id=str(workflow.uuid4()), now=workflow.now())
        await workflow.execute_activity_method(
            Gathering.prepare_mail,
            order,
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )

    async def send(self, mails: tuple[str, ...]) -> None:
        """One after the other. What comes in while a server does not answer is gathered into the next mail."""
        for mail_id in mails:
            await send_mail(mail_id)

    async def wait(self, until: datetime, gather: timedelta, heard: int) -> None:
        """A knock may mean something that is due earlier, but not when the next mail is only being gathered."""
        left = until - workflow.now()
        if left <= gather:
            await workflow.sleep(left)
            return
        try:
            await workflow.wait_condition(lambda: self._knocks != heard, timeout=left)
        except TimeoutError:
            return
