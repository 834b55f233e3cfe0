"""When a notice becomes a mail, and to whom it goes. Pure, so that a page can say when something will go out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from models.cases.calendar import Calendar, calendar_of
from models.policy import Policy, Weekday
from models.vocabulary import NoticeGroup, NoticeKind, Rhythm

KINDS: Mapping[NoticeGroup, tuple[NoticeKind, ...]] = {
    NoticeGroup.TURN: (
        NoticeKind.YOUR_TURN,
        NoticeKind.REMINDER,
        NoticeKind.CHECK_IN,
        NoticeKind.OVERDUE,
        NoticeKind.TASK_ADDED,
        NoticeKind.ASKED,
        NoticeKind.ASKED_AGAIN,
        NoticeKind.COACHING,
        NoticeKind.STAND_IN_ASKED,
        NoticeKind.OFFER,
        NoticeKind.OFFER_REMINDER,
        NoticeKind.DRAFT_INCOMPLETE,
        NoticeKind.OWNER_ASKED,
        NoticeKind.OWNER_PROPOSED,
        NoticeKind.OWNER_BECOME,
        NoticeKind.CROWDFUNDING_TURN,
        NoticeKind.CROWDFUNDING_REMINDER,
        NoticeKind.CROWDFUNDING_QUESTION,
        NoticeKind.CROWDFUNDING_OVERDUE,
        NoticeKind.CROWDFUNDING_TROUBLE,
        NoticeKind.APPOINTMENT_PROPOSED,
        NoticeKind.APPOINTMENT_DECLINED,
        NoticeKind.APPOINTMENT_AGREED,
        NoticeKind.APPOINTMENT_CANCELLED,
        NoticeKind.APPOINTMENT_SOON,
        NoticeKind.APPOINTMENT_OVER,
        NoticeKind.APPOINTMENT_WAITS,
        NoticeKind.REPLICATION_ASKED,
        NoticeKind.REPLICATION_WAITS,
        NoticeKind.CONTRIBUTION_ASKED,
        NoticeKind.CONTRIBUTION_PASSED_ON,
    ),
    NoticeGroup.NEWS: (
        NoticeKind.STAGE_REACHED,
        NoticeKind.ENDED,
        NoticeKind.REOPENED,
        NoticeKind.PAUSED,
        NoticeKind.RESUMED,
        NoticeKind.DEADLINE_MOVED,
        NoticeKind.COACH_FOUND,
        NoticeKind.COACH_LEFT,
        NoticeKind.HANDED_OVER,
        NoticeKind.TEAM_JOINED,
        NoticeKind.TEAM_LEFT,
        NoticeKind.TEAM_DECLINED,
        NoticeKind.OWNER_DECLINED,
        NoticeKind.OWNER_CHANGED,
        NoticeKind.OFFER_CLOSED,
        NoticeKind.CROWDFUNDING_RESULT,
        NoticeKind.REPLICATION_NEWS,
        NoticeKind.TEAM_TURN,
    ),
    NoticeGroup.TALK: (NoticeKind.MESSAGE, NoticeKind.MENTIONED),
    NoticeGroup.LEAD: (
        NoticeKind.ESCALATION,
        NoticeKind.UNANSWERED,
        NoticeKind.NO_COACH,
        NoticeKind.STAND_IN_REFUSED,
        NoticeKind.CROWDFUNDING_ESCALATION,
        NoticeKind.APPOINTMENT_ESCALATION,
        NoticeKind.REPLICATION_ESCALATION,
        NoticeKind.CONTRIBUTIONS_WAIT,
        NoticeKind.MAIL_FAILED,
        NoticeKind.STORY_WITHDRAWN,
        NoticeKind.STORY_TAKEN_DOWN,
        NoticeKind.OPENING_TAKEN_DOWN,
        NoticeKind.ERASURE_ASKED,
        NoticeKind.FEEDBACK_CAME,
        NoticeKind.FEEDBACK_DUE,
        NoticeKind.PERSON_PROPOSED,
    ),
    NoticeGroup.DIGEST: (NoticeKind.LEAD_DIGEST,),
}

GROUPS: Mapping[str, NoticeGroup] = {kind: group for group, kinds in KINDS.items() for kind in kinds}

CHOICES: Mapping[NoticeGroup, tuple[Rhythm, ...]] = {
    NoticeGroup.TURN: (Rhythm.AT_ONCE, Rhythm.DAILY),
    NoticeGroup.NEWS: (Rhythm.AT_ONCE, Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.OFF),
    NoticeGroup.TALK: (Rhythm.AT_ONCE, Rhythm.DAILY, Rhythm.OFF),
    NoticeGroup.LEAD: (Rhythm.AT_ONCE, Rhythm.DAILY),
    NoticeGroup.DIGEST: (Rhythm.WEEKLY, Rhythm.OFF),
}
"""What may be chosen; the first is what somebody has who never chose."""

GOES_TO_DEPUTY = frozenset({NoticeGroup.TURN, NoticeGroup.LEAD})

ABOUT_OFFERS = frozenset({NoticeKind.OFFER, NoticeKind.OFFER_REMINDER, NoticeKind.OFFER_CLOSED})
"""Of an idea whose page is not its reader's to see yet."""

ASKS_COACH = frozenset({NoticeKind.OFFER, NoticeKind.OFFER_REMINDER})
ASKS = frozenset({NoticeKind.ASKED, NoticeKind.ASKED_AGAIN})
CALLS_TO_ACT = ASKS_COACH | ASKS | {NoticeKind.YOUR_TURN, NoticeKind.REMINDER, NoticeKind.CHECK_IN, NoticeKind.OVERDUE}
"""Kinds that are true only as long as their reader is on turn, or has not answered the offer or the question."""

AFTER_UNDO = timedelta(seconds=5)
"""A step that was taken back in the last moment is recorded by then."""

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=4)


def group_of(kind: str) -> NoticeGroup:
    """A kind that nobody has sorted is rather told at once than kept back."""
    return GROUPS.get(kind, NoticeGroup.TURN)


class Waiting(BaseModel):
    """A notice that is in no mail yet."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    created_at: datetime
    not_before: datetime | None = None
    on_turn: bool = True
    """Whether its reader is on turn now, where the notice says so."""


class MailPreferences(BaseModel):
    """How one person wants their mail."""

    model_config = ConfigDict(frozen=True)

    rhythms: Mapping[NoticeGroup, Rhythm] = {}

    def of(self, group: NoticeGroup) -> Rhythm:
        """What was chosen, as long as it may be chosen."""
        rhythm = self.rhythms.get(group)
        return rhythm if rhythm in CHOICES[group] else CHOICES[group][0]


class Hours(NamedTuple):
    """When mails go out in this region."""

    calendar: Calendar
    zone: ZoneInfo
    gather: timedelta
    digest_at: time
    digest_weekday: int
    """0 is Monday."""


def hours_of(policy: Policy, today: date) -> Hours:
    """The hours as they are configured, with the closed days around `today`."""
    notices = policy.notices
    return Hours(
        calendar=calendar_of(policy.rulebook(today)),
        zone=policy.zone,
        gather=timedelta(seconds=notices.gather_seconds),
        digest_at=notices.digest_at,
        digest_weekday=get_args(Weekday).index(notices.digest_weekday),
    )


class Absence(NamedTuple):
    """Days on which somebody else reads what needs an answer. `last` is the last day."""

    deputy_id: str
    first: date
    last: date


class Plan(NamedTuple):
    """What becomes of the notices that wait."""

    due: tuple[str, ...] = ()
    """They go into a mail now."""
    unwanted: tuple[str, ...] = ()
    """They need none: switched off, or no longer true."""
    next_at: datetime | None = None
    """When the first of the others is due."""


def plan_mail(waiting: Sequence[Waiting], wishes: MailPreferences, hours: Hours, now: datetime) -> Plan:
    """Sort what waits. What is due takes along what would have been gathered for a moment longer."""
    times = {notice.id: due_at(notice, wishes, hours) for notice in waiting}
    unwanted = tuple(notice.id for notice in waiting if times[notice.id] is None)
    coming = {notice_id: at for notice_id, at in times.items() if at is not None}
    if not any(at <= now for at in coming.values()):
        return Plan((), unwanted, min(coming.values(), default=None))
    due = tuple(
        notice.id
        for notice in waiting
        if notice.id in coming and (coming[notice.id] <= now or _is_being_gathered(notice, wishes, now))
    )
    return Plan(due, unwanted, min((at for notice_id, at in coming.items() if notice_id not in due), default=None))


def due_at(notice: Waiting, wishes: MailPreferences, hours: Hours) -> datetime | None:
    """When a notice is to be mailed; None where it is not."""
    if notice.kind in CALLS_TO_ACT and not notice.on_turn:
        return None
    told_from = _told_from(notice)
    match wishes.of(group_of(notice.kind)):
        case Rhythm.OFF:
            return None
        case Rhythm.DAILY:
            return _next_digest(told_from, hours, weekly=False)
        case Rhythm.WEEKLY if group_of(notice.kind) is not NoticeGroup.DIGEST:
            return _next_digest(told_from, hours, weekly=True)
    # A digest is written when its day has come, so it goes out like anything else.
    return max(notice.created_at + hours.gather, told_from)


def find_deputy(absences: Sequence[Absence], account_id: str, today: date, present: Collection[str]) -> str | None:
    """Who reads what needs an answer today. One hop only: that the deputy is away too moves nothing further."""
    for absence in absences:
        if absence.first <= today <= absence.last and absence.deputy_id in present and absence.deputy_id != account_id:
            return absence.deputy_id
    return None


def pause_after(tried_for: timedelta, lasts: timedelta) -> timedelta:
    """How long to wait before the next attempt: as long as it has been tried, so that the pauses double.

    `lasts` is how long it is tried in all. The pauses are a tenth of that at most: who signs in has ten minutes.
    """
    return min(max(tried_for, FIRST_PAUSE), LONGEST_PAUSE, lasts / 10)


def _told_from(notice: Waiting) -> datetime:
    if notice.not_before is None:
        return notice.created_at
    return max(notice.created_at, notice.not_before + AFTER_UNDO)


def _is_being_gathered(notice: Waiting, wishes: MailPreferences, now: datetime) -> bool:
    rhythm = wishes.of(group_of(notice.kind))
    is_gathered = rhythm is Rhythm.AT_ONCE or group_of(notice.kind) is NoticeGroup.DIGEST
    return is_gathered and _told_from(notice) <= now


def _next_digest(since: datetime, hours: Hours, *, weekly: bool) -> datetime:
    """The first digest hour after an instant: of a working day, or of the day of the week."""
    day = hours.calendar.today(since)
    while True:
        at = datetime.combine(day, hours.digest_at, tzinfo=hours.zone).astimezone(ZoneInfo("UTC"))
        fits = day.weekday() == hours.digest_weekday if weekly else hours.calendar.is_working_day(day)
        if fits and at > since:
            return at
        day += timedelta(days=1)
