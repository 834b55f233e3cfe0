"""The worker: the composition root of workflows and activities."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
import uvloop
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.activity_failures import RememberTrouble
from activities.adapters.crowdfunding import build_platform
from activities.adapters.crowdfunding.startnext_manual import StartnextManual
from activities.adapters.mailer.mailbox import LocalMailbox
from activities.adapters.mailer.smtp import SmtpMailer
from activities.bulk import BulkActivities
from activities.coach_leave import LeavingActivities
from activities.coaching import CoachingActivities
from activities.crowdfunding import CrowdfundingActivities
from activities.inbox import InboxActivities
from activities.instrumentation import WatchActivities
from activities.mail_sending import MailingActivities
from activities.mails.letterhead import Letterhead
from activities.notice_courier import DeliveryActivities
from activities.ports.crowdfunding import CrowdfundingPlatform
from activities.ports.inboxes import Inboxes
from activities.ports.mailer import Mailer
from activities.record import RecordActivities
from activities.state_durations import PaceActivities
from activities.sweeper import Sweeper
from activities.upkeep.jobs import UpkeepActivities
from activities.upkeep.lost_keys import warn_of_lost_keys
from models.database import Database
from models.migrations import find_pending
from models.policy import Policy, load_policy
from models.settings import Settings, load_settings
from workflows import names
from workflows.bulk import Bulk
from workflows.client import EngineClient, connect
from workflows.coach_leave import CoachLeave
from workflows.coach_search import CoachSearch
from workflows.inbox import Inbox
from workflows.kinds import case_workflows, ends_with_idea
from workflows.mail import SecretMail
from workflows.schedules import keep_at_schedules
from workflows.signing import Signing
from workflows.state_durations import Pace
from workflows.upkeep import LeadDigest, Nudging, Reconcile, Retention
from workflows.versions import pinned_to

BESIDE_CASES: Sequence[type] = (
    CoachSearch,
    CoachLeave,
    Inbox,
    SecretMail,
    Reconcile,
    Retention,
    LeadDigest,
    Nudging,
    Pace,
    Bulk,
)
GRACE = timedelta(seconds=20)
"""How long a worker that is asked to stop lets its activities finish."""

WITHOUT_A_VERSION = "ideenweg"
"""Without a name, the SDK makes one of the code of all modules that are imported, which takes a second at the start."""

TIMES_TO_ASK, PAUSE_SECONDS = 60, 1.0

log = structlog.get_logger()


def list_workflows() -> list[type]:
    return [*case_workflows(), *BESIDE_CASES]


def sandbox_runner(*pure: str) -> SandboxedWorkflowRunner:
    """Our pure modules are passed through: importing them anew for each run costs a second and breaks `ZoneInfo`.
    `pure`: others that are."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "statemachine", "sqlmodel", "sqlalchemy", "pydantic", "pydantic_core", "models", "activities", *pure
        )
    )


def build_activities(
    database: Database,
    ideas: EngineClient,
    mailer: Mailer,
    policy: Policy,
    letterhead: Letterhead,
    platform: CrowdfundingPlatform | None = None,
    inboxes: Inboxes | None = None,
) -> list[Callable[..., Any]]:
    """Without a platform, Startnext through people; without other inboxes, those that live as workflows."""
    recording = RecordActivities(database, inboxes or ideas)
    delivery = DeliveryActivities(database, inboxes or ideas)
    inbox, mailing = InboxActivities(database, policy), MailingActivities(database, ideas, mailer, letterhead)
    coaching = CoachingActivities(database, policy.zone)
    leaving = LeavingActivities(database, ideas, policy.zone)
    crowdfunding = CrowdfundingActivities(database, platform or StartnextManual(), policy)
    upkeep = UpkeepActivities(database, ideas, policy, letterhead.links.key)
    bulk, pace = BulkActivities(database, ideas, ideas, policy), PaceActivities(database)
    return [
        recording.record,
        delivery.deliver_notices,
        inbox.plan_inbox,
        inbox.prepare_mail,
        mailing.send_mail,
        coaching.make_offer,
        coaching.remind_of_offer,
        coaching.answer_offer,
        coaching.close_offer,
        leaving.find_ideas_of_coach,
        leaving.relieve_coach,
        leaving.withdraw_offers_to,
        crowdfunding.open_package,
        crowdfunding.submit_draft,
        crowdfunding.read_campaign,
        upkeep.reconcile,
        upkeep.apply_retention,
        upkeep.write_lead_digests,
        upkeep.nudge_ideas,
        pace.measure_pace,
        bulk.carry_out_bulk,
    ]


def build_mailer(settings: Settings, database: Database) -> Mailer:
    """The configured mail server, or the local mailbox where there is none."""
    server = settings.mail_server
    return SmtpMailer(server, settings.sender) if server is not None else LocalMailbox(database)


def build_worker(client: Client, task_queue: str, activities: Sequence[Callable[..., Any]], **options: Any) -> Worker:
    """A worker for all workflows. `options` go to the SDK's `Worker`; its interceptors come beside ours.

    Without the sandbox, which costs a third of a run's start and an eighth of a step: tests replay the recorded
    histories of all workflows within it.
    """
    more = options.pop("interceptors", ())
    options = {
        "max_cached_workflows": 500,
        "graceful_shutdown_timeout": GRACE,
        "workflow_runner": UnsandboxedWorkflowRunner(),
        **options,
    }
    if "deployment_config" not in options:
        options["build_id"] = WITHOUT_A_VERSION
    return Worker(
        client,
        task_queue=task_queue,
        workflows=list_workflows(),
        activities=activities,
        interceptors=[WatchActivities(), *more],
        **options,
    )


def build_replayer(*pure: str) -> Replayer:
    """Replays recorded histories with the worker's converter, in the sandbox, and takes its time."""
    return Replayer(
        workflows=list_workflows(),
        workflow_runner=sandbox_runner(*pure),
        data_converter=pydantic_data_converter,
        # With any key: what was refused is written down in the history, and is not asked again.
        interceptors=[Signing("")],
        debug_mode=True,
    )


async def connect_in_time(settings: Settings) -> Client:
    """A worker that starts before its engine waits for it, for a minute. Raises RuntimeError then."""
    for _ in range(TIMES_TO_ASK - 1):
        try:
            return await connect(settings)
        except RuntimeError:
            log.warning("the engine does not answer yet")
            await asyncio.sleep(PAUSE_SECONDS)
    return await connect(settings)


async def main(settings: Settings | None = None) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way."""
    settings = settings or load_settings()
    policy = load_policy(settings.pipeline)
    if settings.database_url is None:
        raise SystemExit("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
    if not settings.has_signing_key:
        raise SystemExit("IDEENWEG_SECRET_KEY is not set: links in mails are signed with the key of the web process.")
    if missing := await asyncio.to_thread(find_pending, settings):
        raise SystemExit(f"The database lacks {missing}: run `ideenweg migrate`, then start the worker again.")
    database = Database(settings.database_url.get_secret_value(), pool_size=15)
    client = await connect_in_time(settings)
    ideas, mailer = EngineClient(client, settings.task_queue), build_mailer(settings, database)
    letterhead, platform = Letterhead.of(settings, policy), build_platform(settings)
    activities = build_activities(database, ideas, mailer, policy, letterhead, platform)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    versions = pinned_to(names.deployment(settings.task_queue), settings.build_id)
    options = {"identity": f"worker-{os.getpid()}", "interceptors": [RememberTrouble(database)], **versions}
    await warn_of_lost_keys(database, policy.region)
    async with build_worker(client, settings.task_queue, activities, **options):
        # Beside the work: whoever waits for a worker does not wait for its schedules, which may take minutes to keep.
        beside = [asyncio.create_task(keep_at_schedules(client, settings.task_queue, policy))]
        beside.append(asyncio.create_task(Sweeper(database, ideas, ideas, ideas, ends_with_idea(), policy).run()))
        if settings.build_id is not None:
            beside.append(asyncio.create_task(ideas.deployment.begin_with(settings.build_id)))
        await stop.wait()
        for task in beside:
            task.cancel()
    await database.dispose()
    # The SDK's runtime may crash at interpreter exit when the loop closes under it (temporalio/sdk-python#300).
    await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(main())
