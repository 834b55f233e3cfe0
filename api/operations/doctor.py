"""What `ideenweg doctor` looks at. Every finding that is not fine says how to mend it."""

from __future__ import annotations

import asyncio
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from models.database_urls import libpq_url
from models.running_services import find_running
from models.secret_files import read_secret
from models.settings import Settings, is_loopback
from workflows import names

MEGABYTE = 1024 * 1024
EXTENSIONS = ("pg_trgm",)
OLDEST_POSTGRESQL = 16
SHORTEST_RETENTION_DAYS = 7
ENCRYPTIONS = {"tls": "TLS", "starttls": "STARTTLS", "none": "plain text"}


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    subject: str
    text: str
    remedy: str = ""


def ok(subject: str, text: str) -> Finding:
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, remedy: str) -> Finding:
    return Finding(Level.WARN, subject, text, remedy)


def fail(subject: str, text: str, remedy: str) -> Finding:
    return Finding(Level.FAIL, subject, text, remedy)


async def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which one would mend things."""
    findings = [finding for check in LOCAL_CHECKS for finding in check(settings)]
    for remote_check in REMOTE_CHECKS:
        findings += await remote_check(settings)
    return findings


# On this machine


def check_python(settings: Settings) -> list[Finding]:
    return [ok("Python", f"{platform.python_version()} in {sys.prefix}")]


def check_var(settings: Settings) -> list[Finding]:
    """Only embedded services write there; with a named database and Temporal the folder is not needed."""
    if settings.database_url is not None and settings.temporal_is_configured and find_running(settings.var) is None:
        return []
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.var):
            pass
    except OSError as error:
        return [fail("Data folder", f"{settings.var}: {error.strerror}", "Set IDEENWEG_VAR to a folder of yours.")]
    free = shutil.disk_usage(settings.var).free // MEGABYTE
    text = f"{settings.var}, {free:,} MB free"
    if free < 200:
        return [fail("Data folder", text, "Free some space: PostgreSQL stops when the disk is full.")]
    if free < 2000:
        return [warn("Data folder", text, "Free some space soon.")]
    return [ok("Data folder", text)]


def check_port(settings: Settings) -> list[Finding]:
    from api.operations.embedded.network_ports import is_free, who_listens

    running = find_running(settings.var)
    if running is not None:
        return [ok("Port", f"{running.web_url}, served by process {running.pid}")]
    if is_free(settings.port, settings.host):
        return [ok("Port", f"{settings.port} is free")]
    holder = who_listens(settings.port) or "another program"
    return [warn("Port", f"{settings.port} is taken by {holder}", "If that is not Ideenweg, set IDEENWEG_PORT.")]


def check_pipeline(settings: Settings) -> list[Finding]:
    from models.policy import PolicyError, load_policy

    try:
        load_policy(settings.pipeline)
    except PolicyError as error:
        return [fail("Pipeline", problem, f"Correct {settings.pipeline}.") for problem in error.problems]
    except OSError as error:
        return [fail("Pipeline", f"{settings.pipeline}: {error.strerror}", "Set IDEENWEG_PIPELINE to your file.")]
    return [ok("Pipeline", str(settings.pipeline))]


def check_secret_key(settings: Settings) -> list[Finding]:
    if settings.secret_key is not None:
        return [ok("Secret key", "set")]
    if settings.demo:
        return [ok("Secret key", "not needed in demo mode")]
    remedy = "Set IDEENWEG_SECRET_KEY to 32 random characters or more: openssl rand -base64 48"
    if settings.database_url is None:
        return [warn("Secret key", "not set; only `ideenweg up --demo` does without", remedy)]
    return [fail("Secret key", "not set, and this is not demo mode", remedy)]


def check_public_url(settings: Settings) -> list[Finding]:
    if settings.demo:
        return [ok("Public address", settings.base_url)]
    if settings.public_url is None:
        remedy = "Set IDEENWEG_PUBLIC_URL to the address people type: links in mails begin with it."
        return [warn("Public address", f"not set, so {settings.base_url}", remedy)]
    if not settings.public_url.startswith("https://"):
        return [warn("Public address", settings.public_url, "Serve it through a proxy with TLS, under https://.")]
    return [ok("Public address", settings.public_url)]


def check_sign_in(settings: Settings) -> list[Finding]:
    """Whether the limits are each person's own, and the staff's provider is set up as a whole."""
    findings = []
    if settings.lacks_proxies:
        remedy = "Set IDEENWEG_TRUSTED_PROXIES to where its requests come from, or to none where there is no proxy."
        findings.append(fail("Proxy", "none is trusted to say where requests come from, so all count as one", remedy))
    elif settings.proxies:
        findings.append(ok("Proxy", ", ".join(settings.proxies)))
    if missing := settings.missing_for_oidc:
        remedy = f"Set {', '.join(missing)}, too, or none of the three."
        findings.append(fail("Provider of the staff", "half configured", remedy))
    elif settings.has_oidc:
        findings.append(ok("Provider of the staff", str(settings.oidc_issuer)))
        if not settings.staff_need_provider:
            remedy = "Set IDEENWEG_STAFF_SIGN_IN=provider once everybody has an account there."
            findings.append(warn("Sign-in of the staff", "by mail with a second factor, too", remedy))
    elif settings.staff_need_provider:
        remedy = "Set IDEENWEG_OIDC_ISSUER, IDEENWEG_OIDC_CLIENT_ID and IDEENWEG_OIDC_CLIENT_SECRET."
        findings.append(fail("Sign-in of the staff", "at a provider alone, and none is set", remedy))
    return findings


def check_crowdfunding(settings: Settings) -> list[Finding]:
    """Which platform is spoken to, and whether it may and can be read."""
    subject, chosen = "Crowdfunding", settings.crowdfunding_platform
    if chosen == "startnext_manual":
        return [ok(subject, f"{chosen}: people enter the campaign and tell how it goes")]
    if chosen == "sandbox" and not settings.demo:
        remedy = "Set IDEENWEG_CROWDFUNDING=startnext_manual before real ideas are handed in."
        return [warn(subject, "sandbox: campaigns are simulated, and this is not demo mode", remedy)]
    if chosen == "sandbox":
        return [ok(subject, "sandbox: campaigns are simulated")]
    return _check_startnext_api(settings)


def _check_startnext_api(settings: Settings) -> list[Finding]:
    subject, findings = "Crowdfunding", []
    if settings.startnext_consent is None:
        remedy = "Startnext's terms forbid passing keys on: name its written consent in IDEENWEG_STARTNEXT_CONSENT."
        findings.append(fail(subject, "startnext_api, but no consent is named, so nothing is read", remedy))
    if settings.startnext_credential is None:
        remedy = "Name the file (in IDEENWEG_SECRETS_DIR) or variable with the key in IDEENWEG_STARTNEXT_CREDENTIAL."
        findings.append(fail(subject, "startnext_api, but no credential is named, so nothing is read", remedy))
    elif read_secret(settings.startnext_credential, settings.secrets_dir) is None:
        remedy = f"The worker needs the key in {settings.secrets_dir / settings.startnext_credential}; web does not."
        findings.append(warn(subject, "the key is not to be found by this process", remedy))
    if settings.startnext_amounts is None:
        remedy = "Compare one campaign with what its page shows, then set IDEENWEG_STARTNEXT_AMOUNTS to euro or cent."
        findings.append(warn(subject, "the unit of amounts is not named, so no sums are kept", remedy))
    return findings or [ok(subject, f"startnext_api, consent {settings.startnext_consent}")]


def check_front_end(settings: Settings) -> list[Finding]:
    """Whether the packages that pages need were fetched at set-up."""
    from api.web.front_end import REMEDY, what_is_missing

    missing = what_is_missing()
    return [fail("Front end", missing, REMEDY) if missing else ok("Front end", "KERN and htmx, as locked")]


def check_public_words(settings: Settings) -> list[Finding]:
    """What the law wants to be told to the public, and only the operator knows."""
    from api.web.static import static_files
    from models.policy import PolicyError, load_policy

    subject = "Public pages"
    try:
        policy = load_policy(settings.pipeline)
    except (PolicyError, OSError):
        return []  # told by check_pipeline
    findings, emblem = [], policy.region.funding_emblem
    if emblem and emblem not in static_files():
        remedy = "Put the file into templates/static/, or set region.funding_emblem to another one or to nothing."
        findings.append(fail(subject, f"the emblem {emblem} is not in templates/static/", remedy))
    missing = policy.not_filled_in()
    if missing and not settings.demo:
        remedy = (
            f"Fill it in in {settings.pipeline}: imprint, privacy and accessibility statement show a gap until then."
        )
        findings.append(warn(subject, f"not yet filled in by the operator: {', '.join(missing)}", remedy))
    return findings or [ok(subject, "in demo mode they show gaps" if missing else "filled in")]


def check_security_contact(settings: Settings) -> list[Finding]:
    """Whether somebody who finds a hole is told whom to tell."""
    from models.policy import PolicyError, load_policy

    try:
        contact = load_policy(settings.pipeline).operator.security
    except (PolicyError, OSError):
        return []  # told by check_pipeline
    subject, remedy = "Security contact", f"Set operator.security in {settings.pipeline}: who finds a hole looks there."
    if contact or settings.demo:
        return [ok(subject, contact or "not needed in demo mode")]
    return [warn(subject, "none, so there is no /.well-known/security.txt", remedy)]


def check_embedded_programs(settings: Settings) -> list[Finding]:
    """The programs that come with packages, where they would be started."""
    from api.operations.embedded.postgres import postgres_program
    from api.operations.embedded.process import PartFailed
    from api.operations.embedded.temporal import temporal_program

    findings = []
    wanted: list[tuple[str, Callable[[], str]]] = []
    if settings.database_url is None:
        wanted.append(("Embedded PostgreSQL", lambda: str(postgres_program("postgres"))))
    if not settings.temporal_is_configured:
        wanted.append(("Embedded Temporal", temporal_program))
    for subject, find in wanted:
        try:
            run = subprocess.run([find(), "--version"], capture_output=True, text=True, timeout=20, check=True)
            findings.append(ok(subject, f"{run.stdout.strip()}; not running, `ideenweg up` starts it"))
        except (PartFailed, OSError, subprocess.SubprocessError) as error:
            remedy = "Run `make clean run`; it needs a 64-bit Linux with glibc 2.28 or newer, or macOS."
            findings.append(fail(subject, f"does not run here: {error}", remedy))
    return findings


# Services


async def check_database(settings: Settings) -> list[Finding]:
    if settings.database_url is None:
        return []
    import psycopg

    url = libpq_url(settings.database_url)
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=5, autocommit=True) as connection:
            return [*await _check_server(connection), *await asyncio.to_thread(_check_migrations, url)]
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        return [fail("Database", f"cannot be reached: {reason}", "Check DATABASE_URL and that the server runs.")]


async def _check_server(connection: Any) -> list[Finding]:
    version = connection.info.server_version // 10000
    findings = []
    if version < OLDEST_POSTGRESQL:
        findings.append(fail("Database", f"PostgreSQL {version}", f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer."))
    else:
        findings.append(ok("Database", f"PostgreSQL {version} on {connection.info.host}:{connection.info.port}"))
    encoding = (await (await connection.execute("SHOW server_encoding")).fetchone())[0]
    if encoding != "UTF8":
        findings.append(fail("Database encoding", encoding, "Create the database with ENCODING 'UTF8'."))
    for name in EXTENSIONS:
        query = "SELECT 1 FROM pg_available_extensions WHERE name = %s"
        if await (await connection.execute(query, (name,))).fetchone() is None:
            remedy = "Install PostgreSQL's contrib package on the server."
            findings.append(fail("Database extension", f"{name} is not available", remedy))
    return findings


def _check_migrations(url: str) -> list[Finding]:
    from models.migrations import pending

    missing = pending(url)
    if missing:
        return [fail("Schema", f"{len(missing)} migration(s) pending: {', '.join(missing)}", "Run `ideenweg migrate`.")]
    return [ok("Schema", "up to date")]


async def check_people(settings: Settings) -> list[Finding]:
    """Whether ideas would be read, and which office has nobody."""
    from sqlalchemy.exc import DBAPIError

    from models.database import Database
    from models.policy import PolicyError, load_policy
    from models.queries.account_names import count_undecidable
    from models.queries.staff import find_gaps, find_leads

    subject = "People"
    if settings.database_url is None:
        return []
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        offices = load_policy(settings.pipeline).region.offices
        async with database.reading() as session:
            leads = await find_leads(session)
            gaps = await find_gaps(session, offices, datetime.now(UTC).date())
            stranded = await count_undecidable(session)
    except (PolicyError, OSError, DBAPIError):
        return []  # told by check_pipeline and check_database
    finally:
        await database.dispose()
    if not leads:
        remedy = "Open the link that `ideenweg people set-up` prints, or: ideenweg people invite EMAIL --role lead"
        return [fail(subject, "no lead: ideas would be read by nobody", remedy)]
    remedy = "Invite somebody under Menschen, or: ideenweg people invite EMAIL --role {role} --office {office}"
    lacking = [
        warn(subject, f"office {gap.office} has no {gap.role}", remedy.format(role=gap.role, office=gap.office))
        for gap in gaps
    ]
    if stranded:
        why = f"{stranded} idea(s) wait for a lead who is not in their team: nobody decides on what is their own"
        lacking.append(warn(subject, why, "Invite another lead: ideenweg people invite EMAIL --role lead"))
    return lacking or [ok(subject, f"{len(leads)} lead(s), and every office has a coach")]


async def check_region_keys(settings: Settings) -> list[Finding]:
    """Whether data use keys that an edited pipeline.toml has lost: no failure, since every lead sees their ideas."""
    if settings.database_url is None:
        return []
    from sqlalchemy.exc import SQLAlchemyError

    from models.database import Database
    from models.policy import PolicyError, load_policy
    from models.queries.region_keys import find_missing_keys

    database = Database(settings.database_url.get_secret_value())
    try:
        region = load_policy(settings.pipeline).region
        async with database.reading() as session:
            missing = await find_missing_keys(session, region)
    except (PolicyError, OSError, SQLAlchemyError):
        return []  # told by check_pipeline and check_database
    finally:
        await database.dispose()
    remedy = f"Put it back into {settings.pipeline}, or give its ideas and people another one."
    return [warn("Keys in use", f"{one}; not in the configuration", remedy) for one in missing]


async def check_temporal(settings: Settings) -> list[Finding]:
    if not settings.temporal_is_configured:
        return []
    from temporalio.service import RPCError

    import workflows.client
    from activities.ports.engine import NoAnswer

    try:
        async with asyncio.timeout(10):
            client = await workflows.client.connect(settings)
            line = check_line(client)
            attributes = await _check_search_attributes(client)
            return [*await _check_namespace(client), *line, *attributes, *await _check_worker(client, settings)]
    except (RPCError, RuntimeError, TimeoutError, NoAnswer) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no answer within 10 seconds"
        remedy = "Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the TLS or API key settings."
        return [fail("Temporal", f"cannot be reached: {reason}", remedy)]


async def check_mail(settings: Settings) -> list[Finding]:
    """Whether the mail server knows us. It is signed in to and sent nothing."""
    from activities.adapters.mailer.smtp import SmtpMailer
    from activities.ports.mailer import MailNotTaken

    subject, server = "Mail", settings.mail_server
    if server is None and settings.demo:
        return [ok(subject, "the local mailbox, to be seen under /mailbox")]
    if server is None:
        remedy = "Set IDEENWEG_SMTP_URL, such as smtp://user:password@mail.example.org:587, and IDEENWEG_MAIL_FROM."
        return [warn(subject, "no server is named, so mails stay in the database and reach nobody", remedy)]
    where = f"{server.host}:{server.port} ({ENCRYPTIONS[server.encryption]})"
    try:
        await SmtpMailer(server, settings.sender, connecting=5, answering=5).check()
    except MailNotTaken as refused:
        remedy = "Check IDEENWEG_SMTP_URL: host, port, user, password, and ca= for a certificate of your own."
        return [fail(subject, f"{where} does not take our mails: {refused.cause}", remedy)]
    if server.encryption == "none" and not is_loopback(server.host):
        return [warn(subject, where, "Mails hold names and titles: leave out tls=none if the server knows STARTTLS.")]
    if settings.mail_from is None:
        remedy = "Set IDEENWEG_MAIL_FROM to an address that the server lets us send from and that somebody reads."
        return [warn(subject, f"{where}, from {settings.sender}", remedy)]
    return [ok(subject, f"{where}, from {settings.sender}")]


async def _check_namespace(client: Any) -> list[Finding]:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    days = answer.config.workflow_execution_retention_ttl.ToTimedelta().days
    text = f"{client.service_client.config.target_host}, namespace {client.namespace}"
    if days < SHORTEST_RETENTION_DAYS:
        remedy = f"Keep them longer: temporal operator namespace update -n {client.namespace} --retention 90d"
        return [warn("Temporal", f"{text}, closed runs are kept for {days} day(s) only", remedy)]
    return [ok("Temporal", f"{text}, closed runs are kept for {days} days")]


async def _check_search_attributes(client: Any) -> list[Finding]:
    """Whether Temporal's UI can filter cases. Without them everything works as well."""
    from temporalio.service import RPCError

    from workflows.search_attributes import list_missing

    try:
        missing = await list_missing(client)
    except RPCError:
        return []  # A service of Temporal that is not ours to look into, as in Temporal Cloud without the right to.
    if not missing:
        return [ok("Temporal", f"cases are found by {', '.join(names.SEARCH_ATTRIBUTES)}")]
    options = " ".join(f"--name {name} --type {names.SEARCH_ATTRIBUTES[name]}" for name in missing)
    remedy = f"temporal operator search-attribute create -n {client.namespace} {options}, then restart web and worker."
    return [warn("Temporal", f"its UI cannot filter cases: {', '.join(missing)} not registered", remedy)]


async def _check_worker(client: Any, settings: Settings) -> list[Finding]:
    from workflows.deployments import Deployment, describe_held, find_trouble

    deployment, now = Deployment(client, settings.task_queue), time.time()
    versions = await deployment.look()
    if trouble := find_trouble(versions, now):
        return [fail("Worker", trouble.text, trouble.remedy)]
    version = f", version {versions.current}, which is current" if versions.current else ""
    findings = [ok("Worker", f"on task queue {settings.task_queue}{version}")]
    held = describe_held([run async for run in deployment.list_held()])
    for build_id, what in held.items():
        if versions.has_worker(build_id, now):
            remedy = "`ideenweg upgrade` moves them over; until then that worker has to stay."
            findings.append(warn("Worker", f"version {build_id} still holds {what}", remedy))
        else:
            remedy = f"Start a worker with IDEENWEG_BUILD_ID={build_id} again, then run `ideenweg upgrade`."
            text = f"version {build_id} holds {what} and has no worker: they stand still"
            findings.append(fail("Worker", text, remedy))
    return findings


def check_line(client: Any) -> list[Finding]:
    """Whether somebody between us and Temporal could read and change what is said."""
    config = client.service_client.config
    host = config.target_host.rpartition(":")[0].strip("[]")
    if config.tls or config.api_key or is_loopback(host):
        return []
    remedy = (
        "Set TEMPORAL_TLS_CLIENT_CERT_PATH and …_KEY_PATH (mTLS) or TEMPORAL_API_KEY, or see to it that nobody else "
        "reaches that network: see api/operations/README.md, Temporal's port."
    )
    return [warn("Temporal", f"{config.target_host} is spoken to in plain text, and knows nobody", remedy)]


async def check_scanner(settings: Settings) -> list[Finding]:
    """Whether files that people attach are looked through."""
    from activities.adapters.scanner import build_scanner
    from activities.ports.scanner import ScannerAway

    subject = "Scanner"
    try:
        said = await build_scanner(settings).describe()
    except ScannerAway as away:
        remedy = "Start clamd, or mend IDEENWEG_CLAMD_ADDRESS: until then no files are taken."
        return [fail(subject, str(away), remedy)]
    return [ok(subject, said)]


LOCAL_CHECKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    check_python,
    check_var,
    check_port,
    check_pipeline,
    check_secret_key,
    check_public_url,
    check_sign_in,
    check_crowdfunding,
    check_front_end,
    check_public_words,
    check_security_contact,
    check_embedded_programs,
)
REMOTE_CHECKS: tuple[Callable[[Settings], Coroutine[Any, Any, list[Finding]]], ...] = (
    check_database,
    check_people,
    check_region_keys,
    check_temporal,
    check_mail,
    check_scanner,
)
