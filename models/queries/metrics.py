"""What the database knows that somebody who runs the platform watches: a handful of counts, for Prometheus."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.deliveries import UNDELIVERED
from models.queries.drafts import count_unsent
from models.queries.moment import Moment
from models.tables import DriftRun, MailRow, NoticeRow, RetentionRun, StandingRow
from models.vocabulary import MailState
from models.workflow_ids import CROWDFUNDING

Labelled = Iterable[tuple[tuple[str, ...], float]]


async def read_figures(session: AsyncSession, moment: Moment) -> list[Metric]:
    """Eight statements, each over an index or a small table."""
    return [
        *await _cases(session, moment),
        _gauge("ideenweg_drafts", "Ideas that are begun and not handed in.", (), [((), await count_unsent(session))]),
        *await _notices(session, moment.now),
        await _mails(session),
        await _secret_mails(session, moment.now),
        await _campaigns(session),
        *await _drift(session, moment.now),
        await _retention(session, moment.now),
    ]


async def _cases(session: AsyncSession, moment: Moment) -> list[Metric]:
    row = StandingRow
    overdue = and_(col(row.outcome).is_(None), col(row.paused_until).is_(None), col(row.holder_until) < moment.today)
    found = await _count_by(session, [row.kind, row.stage, row.state, row.outcome], func.count().filter(overdue))
    return [
        _gauge(
            "ideenweg_cases",
            "Cases by kind, phase and state; open and ended ones.",
            ("kind", "stage", "state", "outcome"),
            (((*place, outcome or ""), count) for *place, outcome, count, _ in found),
        ),
        _gauge(
            "ideenweg_cases_overdue",
            "Open cases whose deadline has passed.",
            ("kind", "stage", "state"),
            ((tuple(place), late) for *place, outcome, _, late in found if outcome is None and late),
        ),
    ]


async def _notices(session: AsyncSession, now: datetime) -> list[Metric]:
    """`new`: nobody has taken it to an inbox yet. `gathering`: it waits in an inbox for its mail, maybe for days."""
    row = NoticeRow
    due = or_(col(row.not_before).is_(None), col(row.not_before) <= now)
    waits = and_(col(row.settled_at).is_(None), due)
    groups = await _count_by(session, [col(row.handed_over_at).is_(None)], func.min(row.created_at), where=waits)
    found = {("new" if is_new else "gathering",): (count, since) for is_new, count, since in groups}
    nothing = (0, now)
    steps = [("new",), ("gathering",)]
    return [
        _gauge(
            "ideenweg_notices_waiting",
            "Notices that are in no mail yet.",
            ("step",),
            ((step, found.get(step, nothing)[0]) for step in steps),
        ),
        _gauge(
            "ideenweg_notices_oldest_seconds",
            "Age of the oldest of them.",
            ("step",),
            ((step, (now - found.get(step, nothing)[1]).total_seconds()) for step in steps),
        ),
    ]


async def _mails(session: AsyncSession) -> Metric:
    """Those that went out are counted by the activity that sends them."""
    states = [MailState.WAITING, MailState.HANDING_OVER, *UNDELIVERED]
    is_secret = col(MailRow.secret_kind).is_not(None)
    found = dict.fromkeys(product(("notices", "secret"), map(str, states)), 0)
    for secret, state, count in await _count_by(
        session, [is_secret, MailRow.state], where=col(MailRow.state).in_(states)
    ):
        found["secret" if secret else "notices", state] = count
    return _gauge(
        "ideenweg_mails",
        "Mails that are not sent: waiting, given up, or nobody knows.",
        ("kind", "state"),
        found.items(),
    )


async def _secret_mails(session: AsyncSession, now: datetime) -> Metric:
    """In the last hour. Those to unproved addresses are what strangers can ask for."""
    lately = and_(col(MailRow.secret_kind).is_not(None), col(MailRow.created_at) > now - timedelta(hours=1))
    is_held = col(MailRow.state) == MailState.HELD_BACK
    found = dict.fromkeys(product(("written", "held_back"), ("proved", "unproved")), 0)
    for held, unproved, count in await _count_by(session, [is_held, MailRow.to_unproved], where=lately):
        found["held_back" if held else "written", "unproved" if unproved else "proved"] = count
    return _gauge(
        "ideenweg_secret_mails_in_an_hour",
        "Secret mails in the last hour: written or held back, to proved addresses or to others.",
        ("outcome", "address"),
        found.items(),
    )


async def _campaigns(session: AsyncSession) -> Metric:
    troubled = func.count(col(StandingRow.snapshot)["trouble"].astext)
    found = (await session.exec(select(troubled).where(StandingRow.kind == CROWDFUNDING))).one()
    return _gauge("ideenweg_campaigns_in_trouble", "Hand-offs whose campaign cannot be read.", (), [((), found)])


async def _drift(session: AsyncSession, now: datetime) -> list[Metric]:
    """What the newest complete comparison left unrepaired."""
    newest = select(DriftRun).where(col(DriftRun.finished_at).is_not(None), col(DriftRun.partial).is_(False))
    run = (await session.exec(newest.order_by(col(DriftRun.started_at).desc()).limit(1))).first()
    left = sum(run.found.values()) - run.repaired if run else 0
    return [
        _gauge("ideenweg_drift", "What SQL and the workflows tell differently.", (), [((), left)]),
        _age("ideenweg_reconciled_seconds", "Time since SQL and the workflows were last compared.", run, now),
    ]


async def _retention(session: AsyncSession, now: datetime) -> Metric:
    newest = select(RetentionRun).where(
        col(RetentionRun.finished_at).is_not(None), col(RetentionRun.dry_run).is_(False)
    )
    run = (await session.exec(newest.order_by(col(RetentionRun.started_at).desc()).limit(1))).first()
    return _age("ideenweg_retention_seconds", "Time since what has had its time was last deleted.", run, now)


async def _count_by(session: AsyncSession, columns: list[Any], *more: Any, where: Any = None) -> Sequence[Any]:
    """How many rows there are for each combination of the columns, and more of them."""
    wanted: list[Any] = [*columns, func.count(), *more]
    statement: Any = select(*wanted).group_by(*columns)
    rows: Sequence[Any] = (await session.exec(statement if where is None else statement.where(where))).all()
    return rows


def _age(name: str, meaning: str, run: DriftRun | RetentionRun | None, now: datetime) -> Metric:
    """Without a sample where it never happened: a new installation is not late."""
    done = run.finished_at if run is not None else None
    return _gauge(name, meaning, (), [((), (now - done).total_seconds())] if done is not None else [])


def _gauge(name: str, meaning: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    gauge = GaugeMetricFamily(name, meaning, labels=labels)
    for given, value in values:
        gauge.add_metric(given, value)
    return gauge
