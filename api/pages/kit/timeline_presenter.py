"""The timeline in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from api.pages.kit.fields import Undone
from api.pages.kit.files import FileView
from api.pages.kit.turn_presenter import TurnPresenter
from models.lifecycles.events import CORRECT, LEAVE_TEAM
from models.messages.cases import WakeUp
from models.queries.account_names import Person
from models.queries.case_timeline import CaseLine
from models.queries.idea import TaskLine, TimelineLine, Twin
from models.rules.undo import may_undo
from models.tables import StandingRow
from models.vocabulary import Role, WakeUpKind

PERSONS = ("coach", "member", "former")
"""Facts that name an account."""


@dataclass(frozen=True)
class Line:
    """One line: who did what and when, with its words. `moved` names the new state where there is one."""

    version: int | None
    """None for what is no step."""
    at: str
    who: str
    what: str
    moved: str = ""
    facts: tuple[str, ...] = ()
    note: str = ""
    internal: bool = False
    gone: str = ""
    """That its words were taken away, when and by whom."""
    note_id: str = ""
    """Of words that the visitor may take away."""
    files: Sequence[FileView] = ()
    """What came with its words."""


@dataclass(frozen=True)
class TimelinePresenter:
    """Tells lines of one idea. `people` and `tasks` are what the lines' facts may name."""

    speaker: TurnPresenter
    people: Mapping[str, Person]
    tasks: Mapping[str, str]
    twin: Twin | None = None
    may_redact: bool = False
    """Leads take words away, but for those about an idea of their own."""
    files: Mapping[str, Sequence[FileView]] = field(default_factory=dict)
    """By the note with which they came."""

    def tell(self, line: TimelineLine) -> Line:
        t = self.speaker.t
        moved = (line.from_stage, line.from_state) != (line.stage, line.state) or line.version == 1
        went = line.event == LEAVE_TEAM and line.actor is not None and line.facts.get("member") == line.actor.id
        return Line(
            version=line.version,
            at=t.instant(line.at, self.speaker.zone),
            who=self.who(line),
            what=t("done.leave_team.own") if went else self.what(line),
            moved=f"{t(f'stage.{line.stage}')}: {t(f'state.{line.stage}.{line.state}')}" if moved else "",
            facts=() if went else self.facts(line),
            note=t("page.corrected", title=line.note) if line.note and line.event == CORRECT else line.note or "",
            internal=line.internal,
            gone=self.gone(line),
            note_id=line.note_id if line.note_id and line.note and self.may_redact else "",
            files=self.files.get(line.note_id or "", ()),
        )

    def what(self, line: TimelineLine) -> str:
        """Of a question, which is a task without a title, it says so."""
        own = f"done.{line.event}.question"
        is_question = self.tasks.get(str(line.facts.get("task"))) == ""
        return (
            self.speaker.t(own)
            if is_question and self.speaker.t.has(own)
            else tell_done(self.speaker, line.from_stage, line.event)
        )

    def tell_change(self, change: Mapping[str, Any]) -> Line:
        """That somebody has changed the words of the idea, and which."""
        t = self.speaker.t
        return Line(
            version=None,
            at=t.instant(datetime.fromisoformat(change["at"]), self.speaker.zone),
            who=tell_who(self.speaker, Role.INNOVATOR, self.people.get(change["by"])),
            what=t("done.change_words"),
            facts=tuple(t(f"field.{name}") for name in change["fields"]),
        )

    def gone(self, line: TimelineLine) -> str:
        """ "Carla Leitner hat den Text am 3. Dezember entfernt." """
        if line.redacted_at is None:
            return ""
        t, day = self.speaker.t, line.redacted_at.astimezone(self.speaker.zone).date()
        who = self.people.get(line.redacted_by or "")
        if who is None:
            return t("page.redacted", day=t.short_day(day))
        return t("page.redacted.by", day=t.short_day(day), who=self.speaker.name(who))

    def who(self, line: TimelineLine) -> str:
        return tell_who(self.speaker, line.actor_role, line.actor)

    def facts(self, line: TimelineLine) -> tuple[str, ...]:
        """Whom it is about comes first."""
        names = sorted(line.facts, key=lambda name: name != "member")
        return tuple(filter(None, (self.fact(name, str(line.facts[name])) for name in names)))

    def fact(self, name: str, value: str) -> str:
        """ "bis 04.12.2026"; empty for what says nothing to people."""
        t = self.speaker.t
        match name:
            case "until":
                value = t.short_day(date.fromisoformat(value))
            case "days":
                return t("fact.days", count=int(value))
            case "added" | "changed" | "dropped":
                return t(f"fact.{name}", count=len(value.split()))
            case "answer":
                value = t(f"answer.{value}")
            case "office":
                value = self.speaker.names.office(value)
            case "corrected":
                value = ", ".join(t(f"field.{field}") for field in value.split() if field != "office")
            case "fields":
                value = ", ".join(t(f"concept.{field}") for field in value.split())
            case "partner":
                value = self.speaker.names.partner(value)
            case "duplicate_of":
                is_known = self.twin is not None and self.twin.id == value
                value = (self.twin.reference or "") if self.twin is not None and is_known else ""
            case _ if name in PERSONS:
                value = self.speaker.name(self.people.get(value))
            case "share":
                value = t(f"share.{value}")
            case "task":
                value = self.tasks.get(value, "")
            case "assignee":
                value = t(f"role.{value}") if t.has(f"role.{value}") else ""
        return t(f"fact.{name}", value=value) if value and t.has(f"fact.{name}") else ""


def people_in(lines: Sequence[TimelineLine]) -> set[str]:
    """The ids of accounts that the facts of these lines name."""
    named = {str(line.facts[name]) for line in lines for name in PERSONS if name in line.facts}
    return named | {line.redacted_by for line in lines if line.redacted_by is not None}


def titles_of(tasks: Sequence[TaskLine]) -> dict[str, str]:
    return {task.id: task.title for task in tasks}


def tell_who(speaker: TurnPresenter, role: str, actor: Person | None) -> str:
    """ "Ben Bauer (Coach)", or the role alone where nobody is named."""
    if actor is None:
        return speaker.t(f"role.{role}")
    if actor.id == speaker.visitor.id:
        return speaker.t("page.you")
    return f"{speaker.name(actor)} ({speaker.t(f'role.{role}')})"


def tell_case_line(speaker: TurnPresenter, kind: str, line: CaseLine, *, is_named: bool = True) -> Line:
    """A line of a plain case, whose words are named by its kind."""
    return Line(
        version=line.version,
        at=speaker.t.instant(line.at, speaker.zone),
        who=tell_who(speaker, line.actor_role, line.actor if is_named else None),
        what=speaker.t(f"{kind}.done.{line.event}"),
        moved=speaker.t(f"{kind}.state.{line.state}") if line.moved else "",
        note=line.note,
    )


def tell_done(speaker: TurnPresenter, stage: str, event: str) -> str:
    """ "Konzept freigegeben"; in the words of the phase where it has its own."""
    t = speaker.t
    return t(f"done.{stage}.{event}") if t.has(f"done.{stage}.{event}") else t(f"done.{event}")


def find_undo(speaker: TurnPresenter, row: StandingRow) -> Undone | None:
    """The latest step of an idea, as long as the visitor may take it back."""
    standing, account = row.standing(), speaker.visitor.account
    undo = standing.undo
    if undo is None or account is None or not may_undo(standing, account.id, datetime.now(UTC)):
        return None
    return Undone.of(speaker.t, tell_done(speaker, row.stage, undo.event), undo.until)


def describe_wake_up(speaker: TurnPresenter, wake_up: WakeUp, names: Mapping[str, Person]) -> dict[str, str]:
    t = speaker.t
    day = t.day(wake_up.at.astimezone(speaker.zone).date())
    if wake_up.kind in (WakeUpKind.PAUSE_END, WakeUpKind.COVER_END, WakeUpKind.EXPIRY):
        return {"icon": "clock", "what": t(f"wakeup.{wake_up.kind}"), "to": "", "at": day}
    if wake_up.account_id is None:
        to = t("page.upcoming.to_lead")
    elif wake_up.account_id == speaker.visitor.id:
        to = t("page.upcoming.to", who=t("page.you.dative"))
    else:
        to = t("page.upcoming.to", who=speaker.name(names.get(wake_up.account_id)))
    return {"icon": "mail", "what": t(f"wakeup.{wake_up.kind}"), "to": to, "at": day}
