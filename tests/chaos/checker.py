"""Judges a town after its trouble: what people were told against what is there. Pure: evidence in, findings out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

from models import workflow_ids
from models.cases import clocks
from models.cases.calendar import calendar_of
from models.lifecycles.events import SUBMIT, UNDO
from models.messages.cases import CaseState
from models.messages.idea import IdeaState, Standing
from models.rules import deadlines
from models.rules.plans import read_said
from models.tables import (
    CoachProfile,
    MailRow,
    NoticeRow,
    Offer,
    Place,
    StandingRow,
    TimelineEntry,
)
from models.vocabulary import MailState, OfferStatus, Role

PATIENCE = 30.0
"""Seconds after which a request without an answer means that the web process has been exhausted."""

LATE = timedelta(seconds=30)
"""A wake-up that is overdue for longer than this, in a town at rest, was lost."""

RINGS = frozenset({"remind", "overdue", "escalate"})

KEEPS_CLOCK = RINGS | {
    *(
        "write_note",
        "ask",
        "hand_over",
        "snooze",
        "mark_chased",
        "cover_coach",
        "end_cover",
        "pause",
        "join_team",
        "leave_team",
        "change_owner",
    ),
}
"""Events after which a message that was sent is not to be sent again."""

SHOWN_COLUMNS = ("version", "stage", "state", "outcome", "owner_id", "office", "coach_id", "team", "partner", "search")


class Fault(StrEnum):
    """What can be wrong."""

    LOST = "an acknowledged command is not in the timeline"
    DOUBLED = "a command is in the timeline more than once"
    MISTOLD = "a receipt names another version than the timeline"
    OVERTAKEN = "a command was taken although the idea had moved on"
    REFUSED_YET_TAKEN = "a command was refused, and is in the timeline"
    UNASKED = "a step of a person that nobody asked for"
    WORDS_LOST = "the words of an acknowledged command are not kept"
    GAP = "a version is missing"
    TORN = "a step does not begin where the one before it ended"
    STALE = "SQL shows another version than the workflow knows"
    DIFFERS = "SQL shows something else than the workflow knows"
    UNWRITTEN = "a workflow at rest has not recorded what happened"
    NO_WORKFLOW = "no workflow runs for an open idea"
    NOT_CLOSED = "a workflow runs for an idea that has ended"
    UNRUNG = "a reminder was lost"
    RUNG_TWICE = "the same reminder was sent twice"
    UNTOLD = "somebody was not told"
    TOLD_TWICE = "somebody was told twice"
    UNSENT = "a notice is in no mail, and nobody cares for it"
    MAIL_LOST = "a mail counts as sent and did not arrive"
    MAIL_TWICE = "a mail arrived twice"
    MAIL_UNKNOWN = "a mail arrived that should not have"
    OVER_CAPACITY = "a coach has more ideas than places"
    NO_PLACE = "an idea has a coach, but no place"
    STRAY_PLACE = "a place is taken by an idea that has another coach"
    NOBODY = "nobody is responsible for an open idea"
    TWO_OFFERS = "an idea is offered to two coaches at once"
    PROMISE_BROKEN = "an answer to an offer was acknowledged and not kept"
    LOOSE = "an idea and its hand-off do not know of each other"
    UNREPLAYABLE = "a history does not replay"
    LEAK = "somebody's words are where they must not be"
    BAD_ANSWER = "an answer that no caller can do anything with"
    NO_ANSWER = "no answer, although the door was open"
    DIED = "a process ended that nobody had ended, or badly"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and with what."""

    fault: Fault
    subject: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault}: {self.subject}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True)
class Try:
    """One request, and what came back. Times count in seconds from the beginning; `status` None: nothing came back."""

    began: float
    ended: float
    status: int | None
    code: str | None = None
    version: int | None = None
    """Of the step that was taken; of a refusal, where its subject stood then."""
    says_when: bool = False
    """Whether it says when to ask again."""
    why: str = ""
    """Why nothing came back, or what came back instead of an answer of ours."""

    @property
    def is_done(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def is_refused(self) -> bool:
        return self.status is not None and 400 <= self.status < 500

    def is_refused_before(self, version: int) -> bool:
        """Whether it was refused before that version was there. Another request of the same command may have been on
        its way for long, and nobody can call it back: it is taken when it arrives.
        """
        return self.is_refused and self.version is not None and self.version < version

    @property
    def is_open(self) -> bool:
        """Whether the caller knows no more than before."""
        return not self.is_done and not self.is_refused


@dataclass(frozen=True)
class Call:
    """One command of one person under one key, asked as often as it took. `text` went into its note."""

    account_id: str
    idea_id: str
    command_id: str
    event: str
    tries: tuple[Try, ...] = ()
    expected_version: int | None = None
    text: str | None = None

    @property
    def is_acknowledged(self) -> bool:
        return any(each.is_done for each in self.tries)

    def __str__(self) -> str:
        return f"{self.event} of idea {self.idea_id}, command {self.command_id}"


@dataclass(frozen=True)
class Reply:
    """A coach's answer to an offer."""

    coach_id: str
    offer_id: str
    accepted: bool
    tries: tuple[Try, ...] = ()


@dataclass
class Evidence:
    """What people were told, and what is there in a town at rest."""

    at: datetime
    calls: list[Call] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    reads: list[Try] = field(default_factory=list)
    """Requests that only looked."""
    doors_shut: list[tuple[float, float]] = field(default_factory=list)
    """When a caller could not reach a web process, or the process itself was stopped."""
    timeline: list[TimelineEntry] = field(default_factory=list)
    shown: list[StandingRow] = field(default_factory=list)
    known: dict[str, IdeaState] = field(default_factory=dict)
    """What each idea's workflow says."""
    running: set[str] = field(default_factory=set)
    """Ids of workflows with an open run."""
    notices: list[NoticeRow] = field(default_factory=list)
    mails: list[MailRow] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    """The ids of the mails that a mail server was given, each time it took one."""
    places: list[Place] = field(default_factory=list)
    crowds: list[tuple[str, int]] = field(default_factory=list)
    """Coach and number of places, as seen again and again during the trouble."""
    offers: list[Offer] = field(default_factory=list)
    coaches: list[CoachProfile] = field(default_factory=list)
    leads: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Office → the accounts of its leads."""
    notes: dict[str, str] = field(default_factory=dict)
    unreplayable: dict[str, str] = field(default_factory=dict)
    """Run → why."""
    leaks: list[str] = field(default_factory=list)
    """Where people's words were found outside of SQL."""
    deaths: dict[str, str] = field(default_factory=dict)
    """Processes that ended by themselves, and those that were asked to stop and ended badly → their last words."""
    beside: "Beside" = field(default_factory=lambda: Beside())

    @cached_property
    def lines(self) -> dict[str, list[TimelineEntry]]:
        """The timeline of each idea."""
        found: dict[str, list[TimelineEntry]] = defaultdict(list)
        for line in sorted(self.timeline, key=lambda line: line.version):
            found[line.idea_id].append(line)
        return found

    @cached_property
    def of_command(self) -> dict[str, list[TimelineEntry]]:
        """Command id → its steps. There should be one at most."""
        found: dict[str, list[TimelineEntry]] = defaultdict(list)
        for line in self.timeline:
            found[line.command_id].append(line)
        return found

    @property
    def standings(self) -> Iterator[Standing]:
        return (state.standing for state in self.known.values())

    @property
    def open_standings(self) -> Iterator[Standing]:
        return (standing for standing in self.standings if standing.outcome is None and standing.version > 0)


@dataclass
class Beside:
    """The same of the cases beside ideas, whatever their kind. The subject of a call is the id of a workflow."""

    calls: list[Call] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    shown: list[StandingRow] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    """What the workflow of each says, by its id: the state of its kind."""


Check = Callable[[Evidence], Iterable[Finding]]


def judge(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong; an empty list is what we want to see."""
    return [finding for check in CHECKS for finding in check(evidence)]


# -- commands ----------------------------------------------------------------------------------------------------


def check_commands(evidence: Evidence) -> Iterator[Finding]:
    """What was acknowledged is there once, with the version that was told; what was refused is not there."""
    for call in evidence.calls:
        lines = evidence.of_command[call.command_id]
        yield from judge_call(call, [line.version for line in lines], was_handed_in(evidence, call))
    for command_id, lines in evidence.of_command.items():
        # The engine's own ids are one for each idea.
        if len({line.idea_id for line in lines}) < len(lines):
            yield Finding(Fault.DOUBLED, f"command {command_id}", f"versions {[line.version for line in lines]}")


def judge_call(call: Call, versions: Sequence[int], done_otherwise: bool = False) -> Iterator[Finding]:
    """`versions`: the steps that its command has become."""
    if call.is_acknowledged and not versions and not done_otherwise:
        yield Finding(Fault.LOST, str(call))
    refused = [each for each in call.tries if each.is_refused and versions and not each.is_refused_before(versions[0])]
    if codes := sorted({str(each.code) for each in refused}):
        yield Finding(Fault.REFUSED_YET_TAKEN, str(call), f"{', '.join(codes)}; version {versions[0]}")
    told = {each.version for each in call.tries if each.is_done and each.version is not None}
    if versions and told - set(versions):
        yield Finding(Fault.MISTOLD, str(call), f"told {sorted(told)}, is {versions[0]}")
    if versions and call.expected_version is not None and versions[0] != call.expected_version + 1:
        yield Finding(Fault.OVERTAKEN, str(call), f"after {call.expected_version} came {versions[0]}")


def was_handed_in(evidence: Evidence, call: Call) -> bool:
    """Handing in is done when the idea is on its way, also where its draft was submitted by another command."""
    return call.event == SUBMIT and any(line.event == SUBMIT for line in evidence.lines.get(call.idea_id, ()))


def check_that_somebody_asked(evidence: Evidence) -> Iterator[Finding]:
    asked = {call.command_id for call in evidence.calls}
    for line in evidence.timeline:
        # Whoever calls an absence off ends the covers of all their ideas with one request.
        if line.actor_id is not None and line.command_id not in asked and line.event != "end_cover":
            yield Finding(Fault.UNASKED, f"{line.event} of idea {line.idea_id}", f"version {line.version}")


def check_words(evidence: Evidence) -> Iterator[Finding]:
    for call in evidence.calls:
        for line in evidence.of_command[call.command_id]:
            kept = evidence.notes.get(line.note_id) if line.note_id else None
            if call.is_acknowledged and (said_with(call, kept) != call.text or (call.event == "plan" and not kept)):
                yield Finding(Fault.WORDS_LOST, str(call))


def said_with(call: Call, note: str | None) -> str | None:
    """A plan's note has the words of its tasks before what was said with it."""
    return read_said(note) or None if note and call.event == "plan" else note


# -- the path ----------------------------------------------------------------------------------------------------


def check_versions(evidence: Evidence) -> Iterator[Finding]:
    """From 1 on without a gap, up to what is shown; each step begins where the one before it ended."""
    for idea_id, lines in evidence.lines.items():
        versions = [line.version for line in lines]
        missing = sorted(set(range(1, versions[-1] + 1)) - set(versions))
        if missing:
            yield Finding(Fault.GAP, f"idea {idea_id}", f"{missing} of {versions[-1]}")
        for before, after in pairwise(lines):
            connected = (before.stage, before.state) == (after.from_stage, after.from_state)
            if after.version == before.version + 1 and not connected:
                detail = f"{before.stage}.{before.state} → {after.from_stage}.{after.from_state}"
                yield Finding(Fault.TORN, f"idea {idea_id}", f"version {after.version}: {detail}")


def check_what_is_shown(evidence: Evidence) -> Iterator[Finding]:
    """SQL shows what the workflows know, in its columns and as a whole."""
    shown = {row.idea_id: row for row in evidence.shown}
    for idea_id, state in evidence.known.items():
        row, standing, subject = shown.get(idea_id), state.standing, f"idea {idea_id}"
        last = evidence.lines[idea_id][-1].version if evidence.lines[idea_id] else 0
        if unwritten := find_unwritten(state, evidence.lines[idea_id]):
            yield Finding(Fault.UNWRITTEN, subject, f"versions {unwritten}")
        if row is None or row.version != standing.version or last != standing.version:
            versions = f"workflow {standing.version}, standing {row.version if row else None}, timeline {last}"
            yield Finding(Fault.STALE, subject, versions)
            continue
        told = standing.model_dump(mode="json")
        differing = [name for name in SHOWN_COLUMNS if getattr(row, name) != told[name]]
        holder = standing.holder
        if (row.holder_role, row.holder_id) != ((holder.role, holder.account_id) if holder else (None, None)):
            differing.append("holder")
        if row.snapshot != told:
            differing.append("snapshot")
        if differing:
            yield Finding(Fault.DIFFERS, subject, ", ".join(differing))


def find_unwritten(state: CaseState, lines: Sequence[TimelineEntry]) -> list[int]:
    """Versions that whoever asked for them has not written, and the case has not either."""
    written = {line.version for line in lines}
    return [entry.version for entry in state.outbox if entry.version not in written]


def check_workflows(evidence: Evidence) -> Iterator[Finding]:
    """Each open idea has a workflow, and those that have ended have none once nobody can take that back."""
    for row in evidence.shown:
        if row.version == 0:
            continue
        runs, subject = workflow_ids.idea_workflow(row.idea_id) in evidence.running, f"idea {row.idea_id}"
        if row.outcome is None and not runs:
            yield Finding(Fault.NO_WORKFLOW, subject)
        if row.outcome is not None and runs:
            yield Finding(Fault.NOT_CLOSED, subject, row.outcome)
        if row.idea_id not in evidence.known:
            yield Finding(Fault.NO_WORKFLOW, subject, "nobody answers for it")


# -- messages ----------------------------------------------------------------------------------------------------


def check_reminders(evidence: Evidence) -> Iterator[Finding]:
    """What was due was sent; the same message comes again only after its deadline has begun anew or moved."""
    for state in evidence.known.values():
        standing = state.standing
        for wake_up in deadlines.due(standing, calendar_of(state.rulebook), evidence.at - LATE):
            yield Finding(Fault.UNRUNG, f"idea {standing.idea_id}", f"{wake_up.key}, due {wake_up.at:%H:%M:%S}")
    for idea_id, lines in evidence.lines.items():
        rung: set[str] = set()
        for line in lines:
            if line.event not in KEEPS_CLOCK:
                rung.clear()
            if line.event in ("snooze", "mark_chased"):
                rung.discard(clocks.ASKED_AGAIN)
            if line.event in RINGS:
                step = f"{line.facts['step']} {line.facts.get('task', '')}".strip()
                if step in rung:
                    yield Finding(Fault.RUNG_TWICE, f"idea {idea_id}", f"{step} at version {line.version}")
                rung.add(step)


def check_notices(evidence: Evidence) -> Iterator[Finding]:
    """Whoever had to be told has one notice of it, and every notice is in a mail or in good hands."""
    told = Counter((notice.idea_id, notice.key, notice.account_id) for notice in evidence.notices)
    for (idea_id, key, account_id), times in told.items():
        if times > 1:
            yield Finding(Fault.TOLD_TWICE, f"account {account_id}", f"{key} of idea {idea_id}, {times} times")
    owners = {row.idea_id: row for row in evidence.shown}
    for idea_id, lines in evidence.lines.items():
        undone = {line.facts["undone_version"] for line in lines if line.event == UNDO}
        asked = {line.facts["task"]: line.facts["assignee"] for line in lines if line.event == "ask"}
        for line in lines:
            if line.version in undone or line.facts.get("quiet"):
                continue
            for account_id in who_must_hear(line, owners[idea_id], evidence.leads, asked):
                if (idea_id, f"v{line.version}", account_id) not in told:
                    detail = f"{line.event}, version {line.version} of idea {idea_id}, {line.facts}"
                    yield Finding(Fault.UNTOLD, f"account {account_id}", detail)
    for notice in evidence.notices:
        if notice.settled_at is None and workflow_ids.inbox(notice.account_id) not in evidence.running:
            where = "handed over" if notice.handed_over_at else "not handed over"
            yield Finding(Fault.UNSENT, f"notice {notice.id}", f"{notice.kind} of {notice.key}, {where}")


def who_must_hear(
    line: TimelineEntry, row: StandingRow, leads: Mapping[str, Sequence[str]], asked: Mapping[str, str]
) -> set[str]:
    """Those without whose notice the platform would have been silent: of a reminder, a turn that comes back, a new
    stage, the end. `asked`: question → the role that was asked; who its coach was then is not known here."""
    of_office = set(leads.get(row.office) or [lead for some in leads.values() for lead in some])
    match line.event:
        case "escalate":
            heard = of_office
        case "remind" | "overdue" if line.facts.get("task") in asked:
            by_role = {Role.INNOVATOR: {row.owner_id}, Role.LEAD: of_office}
            heard = by_role.get(Role(asked[line.facts["task"]]), set())
        case "remind" | "overdue" | "resume" | "reopen" if line.holder_role == Role.LEAD:
            heard = of_office
        case "remind" | "overdue" | "resume" | "reopen":
            heard = {line.holder_id} if line.holder_id else set()
        case event if event == UNDO:
            heard = set()
        case _:
            goes_on = line.stage != line.from_stage or line.holder_role is None
            heard = {row.owner_id} if goes_on and line.version > 1 else set()
    return heard - {line.actor_id}


def check_mails(evidence: Evidence) -> Iterator[Finding]:
    """What counts as sent arrived once; what is uncertain at most once; what has failed never did."""
    arrived = Counter(evidence.arrived)
    for mail in evidence.mails:
        times, subject = arrived.pop(mail.id, 0), f"mail {mail.id}"
        if times > 1:
            yield Finding(Fault.MAIL_TWICE, subject, f"{times} times")
        if mail.state == MailState.SENT and times == 0:
            yield Finding(Fault.MAIL_LOST, subject)
        if mail.state == MailState.FAILED and times > 0:
            yield Finding(Fault.MAIL_UNKNOWN, subject, "it counts as failed")
        under_way = mail.state in (MailState.WAITING, MailState.HANDING_OVER)
        if under_way and workflow_ids.inbox(mail.account_id or "") not in evidence.running:
            yield Finding(Fault.UNSENT, subject, mail.state)
    for mail_id in arrived:
        yield Finding(Fault.MAIL_UNKNOWN, f"mail {mail_id}", "there is no such mail")


# -- people ------------------------------------------------------------------------------------------------------


def check_places(evidence: Evidence) -> Iterator[Finding]:
    """Nobody is over capacity, now or at any time; each idea's coach has a place for it, and nobody else has."""
    capacity = {coach.account_id: coach.capacity for coach in evidence.coaches}
    held = [place for place in evidence.places if place.reserved_until is None or place.reserved_until > evidence.at]
    now = Counter(place.coach_id for place in held)
    for coach_id, places in sorted({*evidence.crowds, *now.items()}):
        if places > capacity[coach_id]:
            yield Finding(Fault.OVER_CAPACITY, f"coach {coach_id}", f"{places} of {capacity[coach_id]}")
    confirmed = {(place.idea_id, place.coach_id) for place in evidence.places if place.reserved_until is None}
    wanted = {(standing.idea_id, standing.coach_id) for standing in evidence.open_standings if standing.coach_id}
    for idea_id, coach_id in sorted(wanted - confirmed):
        yield Finding(Fault.NO_PLACE, f"idea {idea_id}", f"coach {coach_id}")
    for idea_id, coach_id in sorted(confirmed - wanted):
        yield Finding(Fault.STRAY_PLACE, f"idea {idea_id}", f"coach {coach_id}")


def check_responsibility(evidence: Evidence) -> Iterator[Finding]:
    """Every open idea has somebody who is there, or a search that runs."""
    gone = {coach.account_id for coach in evidence.coaches if coach.left_on and not is_being_relieved(evidence, coach)}
    for standing in evidence.open_standings:
        holder, subject = standing.holder, f"idea {standing.idea_id}"
        if holder is None:
            yield Finding(Fault.NOBODY, subject, "no holder")
        elif holder.role is Role.COACH and (holder.account_id is None or holder.account_id in gone):
            yield Finding(Fault.NOBODY, subject, "the coach has left")
        elif standing.coach_id in gone:
            yield Finding(Fault.NOBODY, subject, "its coach has left")
        elif (
            holder.role is Role.COACH_SEARCH and standing.pause is None and search_of(standing) not in evidence.running
        ):
            yield Finding(Fault.NOBODY, subject, f"search {standing.search} does not run")


def is_being_relieved(evidence: Evidence, coach: CoachProfile) -> bool:
    """Whoever leaves is looked after until the last of their ideas has been handed on."""
    return workflow_ids.coach_leave(coach.account_id, coach.leaves) in evidence.running


def search_of(standing: Standing) -> str:
    return workflow_ids.coach_search(standing.idea_id, standing.search or 0)


def check_offers(evidence: Evidence) -> Iterator[Finding]:
    """One open offer an idea, and what a coach was told holds."""
    offers = {offer.id: offer for offer in evidence.offers}
    for idea_id, times in Counter(o.idea_id for o in evidence.offers if o.status == OfferStatus.OPEN).items():
        if times > 1:
            yield Finding(Fault.TWO_OFFERS, f"idea {idea_id}")
    for reply in evidence.replies:
        if not any(each.is_done for each in reply.tries):
            continue
        offer = offers[reply.offer_id]
        kept = {OfferStatus.ACCEPTED, OfferStatus.CANCELLED} if reply.accepted else {OfferStatus.DECLINED}
        state = evidence.known.get(offer.idea_id)
        still_searching = state is not None and state.standing.search == offer.search
        if offer.status not in kept or (offer.status == OfferStatus.ACCEPTED and still_searching):
            yield Finding(Fault.PROMISE_BROKEN, f"offer {offer.id}", f"idea {offer.idea_id}: {offer.status}")


# -- cases beside ideas ------------------------------------------------------------------------------------------


def check_beside(evidence: Evidence) -> Iterator[Finding]:
    """Commands, versions and rows as of ideas; one that is open runs, and of its hand-off an idea knows."""
    seen = evidence.beside
    lines: dict[str, list[TimelineEntry]] = defaultdict(list)
    for line in sorted(seen.timeline, key=lambda line: line.version):
        lines[workflow_ids.case(line.kind, line.idea_id, line.number)].append(line)
    for call in seen.calls:
        versions = [line.version for line in lines[call.idea_id] if line.command_id == call.command_id]
        yield from judge_call(call, versions)
        if len(versions) > 1:
            yield Finding(Fault.DOUBLED, str(call), f"versions {versions}")
    for row in seen.shown:
        subject = row.workflow_id
        yield from judge_beside(row, lines[subject], seen.known.get(subject), subject)
        is_open, runs = row.outcome is None, subject in evidence.running
        if is_open != runs:
            yield Finding(Fault.NO_WORKFLOW if is_open else Fault.NOT_CLOSED, subject, row.state)
        idea = evidence.known.get(row.idea_id) if row.kind == workflow_ids.CROWDFUNDING else None
        if idea is not None and (idea.standing.crowdfunding == row.number) != is_open:
            yield Finding(Fault.LOOSE, subject, f"{row.state}; the idea says {idea.standing.crowdfunding}")


def judge_beside(
    row: StandingRow, lines: Sequence[TimelineEntry], known: CaseState | None, subject: str
) -> Iterator[Finding]:
    versions = [line.version for line in lines]
    if versions != list(range(1, row.version + 1)):
        yield Finding(Fault.GAP, subject, f"{versions} of {row.version}")
    for before, after in pairwise(lines):
        if after.version == before.version + 1 and before.state != after.from_state:
            yield Finding(Fault.TORN, subject, f"version {after.version}: {before.state} → {after.from_state}")
    if known is None:
        yield Finding(Fault.NO_WORKFLOW, subject, "nobody answers for it")
        return
    news = getattr(known, "news", ())
    if (unwritten := find_unwritten(known, lines)) or news:
        yield Finding(Fault.UNWRITTEN, subject, f"versions {unwritten}, {len(news)} news")
    if known.standing.version != row.version:
        yield Finding(Fault.STALE, subject, f"workflow {known.standing.version}, row {row.version}")
    elif known.standing.model_dump(mode="json") != row.snapshot:
        yield Finding(Fault.DIFFERS, subject, "snapshot")


# -- the outside -------------------------------------------------------------------------------------------------


def check_answers(evidence: Evidence) -> Iterator[Finding]:
    """What cannot be done is refused clearly and in time, and says when to ask again."""
    of_calls = (each for call in evidence.calls for each in call.tries)
    of_others = (each for call in evidence.beside.calls for each in call.tries)
    of_replies = (each for reply in evidence.replies for each in reply.tries)
    for each in chain(of_calls, of_others, of_replies, evidence.reads):
        if each.status is not None and each.status >= 500 and (each.status != 503 or not each.says_when):
            yield Finding(Fault.BAD_ANSWER, f"{each.status} {each.code or ''}", f"at {each.began:.1f} s {each.why}")
        shut = any(begin < each.ended and each.began < end for begin, end in evidence.doors_shut)
        if each.ended - each.began > PATIENCE and not shut:
            yield Finding(Fault.NO_ANSWER, f"{each.ended - each.began:.1f} s", f"at {each.began:.1f} s {each.why}")


def check_processes(evidence: Evidence) -> Iterator[Finding]:
    """What ends by itself would be started again, and yet should not have."""
    for death, last_words in evidence.deaths.items():
        yield Finding(Fault.DIED, death, last_words)


def check_histories(evidence: Evidence) -> Iterator[Finding]:
    for run, why in evidence.unreplayable.items():
        yield Finding(Fault.UNREPLAYABLE, run, why)
    for place in evidence.leaks:
        yield Finding(Fault.LEAK, place)


CHECKS: tuple[Check, ...] = (
    check_commands,
    check_that_somebody_asked,
    check_words,
    check_versions,
    check_what_is_shown,
    check_workflows,
    check_reminders,
    check_notices,
    check_mails,
    check_places,
    check_responsibility,
    check_offers,
    check_beside,
    check_answers,
    check_processes,
    check_histories,
)
