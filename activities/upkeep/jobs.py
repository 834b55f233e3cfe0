"""The activities of the scheduled workflows: each calls what its command calls too, and tells how far it has come."""

from datetime import UTC, datetime
from typing import Protocol

from temporalio import activity

from activities.notice_courier import wake_inboxes
from activities.ports.engine import Engine
from activities.ports.ideas import Cases
from activities.ports.inboxes import Inboxes
from activities.signatures import Upkeep
from activities.upkeep.confirmation_reminder import remind_of_confirming
from activities.upkeep.contributions import tell_of_contributions
from activities.upkeep.draft_expiry import Postbox, Warner
from activities.upkeep.feedback import remind_of_feedback
from activities.upkeep.invitation_reminder import remind_invited
from activities.upkeep.lead_digest import write_lead_digests
from activities.upkeep.reconcile import Reconciler
from activities.upkeep.retention import Retention
from models.database import Database
from models.messages.upkeep import ReconcileReport, ReconcileRequest, RetentionCounts, RetentionRequest
from models.policy import Policy
from models.queries.rulebooks import note_rules


class Workflows(Engine, Cases, Inboxes, Postbox, Protocol):
    """All that upkeep asks of the workflows."""


class UpkeepActivities(Upkeep):
    """Upkeep on PostgreSQL and the running workflows."""

    def __init__(self, database: Database, workflows: Workflows, policy: Policy, key: str) -> None:
        """`key` is `Settings.signing_key`."""
        self._database = database
        self._workflows = workflows
        self._policy = policy
        self._key = key

    @activity.defn(name="reconcile")
    async def reconcile(self, request: ReconcileRequest) -> ReconcileReport:
        seen = activity.info().heartbeat_details
        reconciler = Reconciler(self._database, self._workflows, self._policy)
        report = await reconciler.run(request, lambda _done, at: activity.heartbeat(at), seen[0] if seen else None)
        await wake_inboxes(self._database, self._workflows)
        return report

    @activity.defn(name="apply_retention")
    async def apply_retention(self, request: RetentionRequest) -> RetentionCounts:
        now = datetime.now(UTC)
        if not request.dry_run:
            await Warner(self._database, self._workflows, self._key).warn(now)
            await remind_invited(self._database, self._workflows, self._key, now)
            await remind_of_confirming(self._database, self._workflows, self._key, now)
            today = now.astimezone(self._policy.zone).date()
            await remind_of_feedback(self._database, self._workflows, today)
            await tell_of_contributions(self._database, self._workflows, today)
            await note_rules(self._database, self._policy, now)
        retention = Retention(self._database, self._workflows, self._policy)
        return await retention.run(request, now, lambda _counts: activity.heartbeat())

    @activity.defn(name="write_lead_digests")
    async def write_lead_digests(self, at: datetime) -> int:
        return await write_lead_digests(self._database, self._workflows, self._policy.zone, at)

    @activity.defn(name="nudge_ideas")
    async def nudge_ideas(self) -> int:
        count = 0
        async for workflow_id in self._workflows.list_on_other_versions():
            await self._workflows.nudge(workflow_id)
            activity.heartbeat()
            count += 1
        return count
