"""The steps a visitor may take with an idea, each as a small form with exactly the fields its event needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from api.pages.kit.coach_candidates import NONE, Candidates
from api.pages.kit.fields import Choice, Entered, Field, new_key
from api.pages.kit.files import write_files_field
from api.pages.kit.forms import FormWriter, choices_about, write_choices
from api.pages.kit.turn_presenter import Position, TurnPresenter
from models.cases.calendar import calendar_of
from models.licences import deed_of
from models.lifecycles import LIFECYCLES
from models.lifecycles.event_spec import FILLED_IN, WORDS, Group, Quiet, Tone
from models.lifecycles.events import CORRECT, EVENTS, REOPEN, SUBMIT, next_step
from models.messages.idea import OpenTask, Standing
from models.messages.rulebook import Rulebook
from models.queries.stories import StoryView
from models.rules.idea_refusals import MAY_BE_ASKED, required_fields
from models.rules.permissions import acting_role, stages_to_send_back_to, works_on
from models.rules.questions import split_questions
from models.tables import Account, Idea, StandingRow
from models.vocabulary import Answer, ConceptField, Outcome, Role, Stage, Why

ANSWERS = "clarify"

CONVERSATION = frozenset({"write_note", "ask"})
"""Messages, which coaches and leads may keep among themselves."""

ENDS_QUESTION = frozenset({"write_note", "finish_task"})
"""An answer, or that it is taken back."""

QUESTION, ANSWER = "frage_", "antwort_"
"""Names of the fields where several questions are answered one by one, with their number."""

PUT_OFF = timedelta(days=7)
"""How long reminders are put off unless somebody says until when."""

GROUPS: tuple[Group, ...] = tuple(group for group in Group if group is not Group.ELSEWHERE)
TONES = tuple(Tone)
LOOKS = {Tone.ALONG: "primary", Tone.PLAIN: "", Tone.GRAVE: "grave"}


@dataclass(frozen=True)
class StepForm:
    """One event as a form. `key` makes sending it twice harmless."""

    event: str
    label: str
    """On the button."""
    title: str
    help: str
    fields: tuple[Field, ...]
    look: str = ""
    open: bool = False
    key: str = ""
    error: str = ""
    later: bool = False
    """Its fields are not there yet: they come once it is opened."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """What is sent along."""
    pairs: tuple[tuple[Field, Field], ...] = ()
    """Fields that stand beside each other, above the others."""
    asked: tuple[str, str] | None = None
    """Who asked, and what: it is quoted above the fields. Without anybody, the words of a task."""

    @property
    def takes_files(self) -> bool:
        return any(field.kind == "files" for field in self.fields)


@dataclass(frozen=True)
class Steps:
    """Everything a visitor may do, sorted. `instead_of` are steps that are another role's turn."""

    next: tuple[StepForm, ...] = ()
    instead: tuple[StepForm, ...] = ()
    groups: Mapping[Group, tuple[StepForm, ...]] = field(default_factory=dict)
    wanted: str = ""
    """The event that was entered, or that a link has asked to see."""

    @property
    def chosen(self) -> str:
        """Which of the next steps is chosen as the page opens: the one that is wanted, else the one along the path."""
        events = [form.event for form in self.next]
        return self.wanted if self.wanted in events else next((form.event for form in self.next if form.open), "")

    @property
    def rare(self) -> int:
        """How many steps are needed now and then only."""
        return len(self.instead) + sum(len(forms) for _, forms in self.grouped)

    @property
    def is_rare_open(self) -> bool:
        """Whether one of them was asked for, or was refused."""
        return any(form.open for form in (*self.instead, *(form for _, forms in self.grouped for form in forms)))

    @property
    def grouped(self) -> list[tuple[Group, tuple[StepForm, ...]]]:
        """The groups that have something in them, but for what stands beside the facts."""
        return [(group, forms) for group, forms in self.groups.items() if forms and group is not Group.FACTS]

    def has(self, event: str) -> bool:
        grouped = (form for forms in self.groups.values() for form in forms)
        return any(form.event == event for form in (*self.next, *self.instead, *grouped))


@dataclass(frozen=True)
class StepWriter:
    """Writes the forms of one idea for one visitor."""

    speaker: TurnPresenter
    row: Position
    standing: Standing
    rulebook: Rulebook
    candidates: Candidates | None = NONE
    """None where they are told only once a form is opened."""
    entered: Entered | None = None
    opened: str = ""
    """The event whose form a link has asked to see."""
    story: StoryView | None = None
    """What was written for the public, where the idea has come so far."""
    idea: Idea | None = None
    """What it says now, where it can be put right."""
    asked: tuple[str, str] | None = None
    """Who asked what, where the next step answers it."""
    words_changed: bool = False
    """Whether the words of the idea were changed since something was asked: that is an answer as well."""
    named: bool = False
    """Whether the story is looked at with its owner's name under it."""
    people: tuple[Choice, ...] = ()
    """Whom a message can be brought to the notice of."""
    question: OpenTask | None = None
    """The open question that a message answers, or the task of which it speaks."""
    owner: str = ""
    """Who has handed in, as they are addressed where words are prepared for them."""

    def write(self, allowed: Iterable[str]) -> Steps:
        """The allowed events as forms, but for the conversation, which has a box of its own."""
        allowed = [event for event in allowed if event != SUBMIT and event not in CONVERSATION]
        own = [event for event in allowed if self._is_next(event)]
        own.sort(key=lambda event: TONES.index(EVENTS[event].tone))
        rest = [event for event in allowed if event not in own]
        groups = {group: tuple(self.form(e) for e in rest if EVENTS[e].group is group) for group in GROUPS}
        others = tuple(self.form(event) for event in rest if EVENTS[event].group is None)
        wanted = self.entered.event if self.entered else self.opened
        if self._has_turn():
            return Steps(tuple(self.form(event, open_=self._opens(event)) for event in own), others, groups, wanted)
        return Steps((), (*(self.form(event) for event in own), *others), groups, wanted)

    def form(self, event: str, *, open_: bool = False) -> StepForm:
        entered = self.entered if self.entered and self.entered.event == event else None
        fields = tuple(self._fields(event, entered))
        return StepForm(
            event=event,
            label=self._text(f"event.{event}.button") or self.label(event),
            title=self.label(event),
            help=self._text(*self._hidden_again(event), f"event.{self.row.stage}.{event}.help", f"event.{event}.help"),
            fields=fields,
            look=LOOKS[EVENTS[event].tone],
            open=(open_ and self.entered is None) or entered is not None or self.opened == event,
            key=entered.key if entered and entered.key else new_key(),
            error=entered.error if entered else "",
            later=self.candidates is None and any(field.name == "coach_id" for field in fields),
            hidden=self._hidden(event),
            asked=self._quote(event),
        )

    def _hidden_again(self, event: str) -> list[str]:
        """Of a story that nobody reads, nothing stays public while it is revised."""
        is_hidden = event == REOPEN and self.story is not None and not self.story.is_public
        return [f"event.{self.row.stage}.{event}.hidden.help"] if is_hidden else []

    def _hidden(self, event: str) -> dict[str, str]:
        if event == "consent" and self.story is not None:
            return {"seen": self.story.digest}
        if self.question is not None and event in ENDS_QUESTION:
            internal = {"internal": "true"} if self.question.internal and event in CONVERSATION else {}
            return {"task_id": self.question.id} | internal
        return {f"{QUESTION}{number}": question for number, question in enumerate(self._questions(event), start=1)}

    def _questions(self, event: str) -> list[str]:
        """Those that are answered one by one; empty where one field is for the whole answer."""
        questions = split_questions(self.asked[1]) if event == ANSWERS and self.asked else []
        return questions if len(questions) > 1 else []

    def _quote(self, event: str) -> tuple[str, str] | None:
        """Questions that stand at their fields are not said twice."""
        if self.asked is None or not (EVENTS[event].answers or (self.question and event in ENDS_QUESTION)):
            return None
        return (self.asked[0], "") if self._questions(event) else self.asked

    def label(self, event: str) -> str:
        own = [f"event.{event}.question"] if self.question is not None and self.question.asks else []
        return self._text(*own, f"event.{self.row.stage}.{event}", f"event.{event}")

    # -- which steps come first -----------------------------------------------------------------------------

    def _has_turn(self) -> bool:
        """Whether the visitor is on turn; leads may also act for another office, collaborators for the owner, and
        anybody ends a pause."""
        if self.speaker.is_mine(self.row) or self.row.paused_until is not None or self.row.outcome is not None:
            return True
        if self.row.holder_role == Role.INNOVATOR and works_on(self.standing, self.speaker.visitor.id):
            return True
        return self.row.holder_role == Role.LEAD and self.speaker.leads(self.row)

    def _is_next(self, event: str) -> bool:
        if event in (REOPEN, "resume"):
            return True
        if self.row.holder_why == Why.NO_COACH and event in ("assign_coach", "search_again"):
            return True
        return self._is_own(event)

    def _is_own(self, event: str) -> bool:
        """Whether the state's machine knows the event, and not just every state."""
        if self.row.outcome is not None or self.row.paused_until is not None:
            return False
        return event in LIFECYCLES[self.standing.stage].events_in(self.standing.state)

    def _opens(self, event: str) -> bool:
        return EVENTS[event].moves_along and event not in (REOPEN, "assign_coach")

    # -- fields ---------------------------------------------------------------------------------------------

    def _fields(self, event: str, entered: Entered | None) -> Iterable[Field]:
        for found in self._plain_fields(event):
            if entered is None:
                yield found
                continue
            values, errors = entered.values, entered.errors
            value, error = values.get(found.name, ""), errors.get(found.name, "")
            chosen = tuple(filter(None, value.split(","))) if found.kind == "checks" else ()
            yield replace(found, value=value, error=error, chosen=chosen)

    def _plain_fields(self, event: str) -> Iterable[Field]:
        role = self._role(event)
        if event == CORRECT:
            yield from self._corrections(role)
            return
        required, spec = required_fields(self.standing, event, role), EVENTS[event]
        optional = spec.optional
        if event == "send_back" and self._is_own(event) and role is Role.LEAD:
            optional = ("stage",)
        for name in (*required, *optional):
            if name == "task_id" or name in FILLED_IN or (name == "mentioned" and not self.people):
                continue
            if name == "fields" and self.standing.stage is not Stage.DEVELOP:
                continue
            if (name, event, role) == ("stage", REOPEN, Role.INNOVATOR):
                continue
            if name == "coach_id" and name in optional and role is not Role.LEAD:
                continue
            if name == "note" and event != "write_note":
                yield self._note(event, needed=name in required)
                continue
            yield self._field(name, event, name in required)
        # Lists send no files: what goes with them is on the page of the idea.
        if spec.takes_files and self.idea is not None:
            yield write_files_field(self.speaker.t)
        if event in CONVERSATION and role is not Role.INNOVATOR and "internal" not in self._hidden(event):
            yield Field("internal", "check", self.speaker.t("field.internal"), self.speaker.t("field.internal.help"))
        if event == "consent" and self.story is not None:
            label = self.speaker.t("field.named", name=self.story.owner)
            yield Field("named", "check", label, value="true" if self.named else "")
            yield Field("contact", "check", self.speaker.t("field.contact"))
            if (district := self.story.shown.district) in self.speaker.policy.region.districts:
                label = self.speaker.t("field.shows_district", place=self.speaker.names.district(district))
                yield Field("shows_district", "check", label)
            yield from self._licence()
        if (self._is_own(event) or event == "withdraw") and WORDS.isdisjoint(required):
            yield from self._answers(event)
        if role is not Role.INNOVATOR and spec.quiet is Quiet.OFFERED:
            yield Field("quiet", "check", self.speaker.t("field.quiet"), self.speaker.t("field.quiet.help"))

    def _licence(self) -> Iterable[Field]:
        """Of the story's texts. It cannot be taken back, so nobody grants it by leaving a tick where it was."""
        t, licence = self.speaker.t, self.speaker.policy.region.story_licence
        if licence is None:
            return
        name = t(f"licence.{licence}")
        yield Field(
            "licence",
            "check",
            t("field.story_licence", licence=name),
            t(f"field.story_licence.{licence}"),
            link=(t("page.licence.deed", licence=name), deed_of(licence, t.language)),
            checked=licence,
        )

    def _corrections(self, role: Role) -> Iterable[Field]:
        """What the idea says now, to be put right. The office is left to the leads."""
        idea, names, t = self.idea, self.speaker.names, self.speaker.t
        if idea is None:
            return
        form = FormWriter(
            t, {**idea.model_dump(include={"title", "district", "themes"}), "office": self.standing.office}
        )
        choices = choices_about(self.speaker.policy.region, t)
        yield form.write("title", "line", help_=t("page.field.correct.title.help"), required=True)
        yield form.write("district", "select", choices=choices["district"])
        yield form.write("themes", "checks", choices=choices["themes"])
        if role is Role.LEAD:
            offices, help_ = write_choices(t, names.offices()), t("page.field.correct.office.help")
            yield form.write("office", "select", help_=help_, required=True, choices=offices)

    def _answers(self, event: str) -> Iterable[Field]:
        """One field a question, where several were asked at once."""
        questions = self._questions(event)
        if not questions:
            yield self._note(event, needed=event == ANSWERS and not self.words_changed)
            return
        for number, question in enumerate(questions, start=1):
            yield Field(f"{ANSWER}{number}", "text", question, required=not self.words_changed)

    def _note(self, event: str, *, needed: bool) -> Field:
        label = self._text(f"page.note.{event}", "page.note" if needed else "page.note.optional")
        # The page of an idea asks once for everybody's privacy, and not at each field.
        help_ = self._text(f"page.note.{event}.help", *(() if self.idea else ("field.note.help",)))
        return Field("note", "text", label, help_, needed, templates=self._templates(event))

    def _templates(self, event: str) -> tuple[Choice, ...]:
        """The words that the region has prepared for a step, with the names in their gaps; for those who work here."""
        if self.idea is None or self._role(event) is Role.INNOVATOR:
            return ()
        account = self.speaker.visitor.account
        values = {
            "name": self.owner,
            "title": self.idea.title,
            "office": self.speaker.names.office(self.row.office),
            "me": account.name if account else "",
        }
        prepared = (one for one in self.speaker.policy.templates if one.event == event)
        return tuple(Choice(one.fill(**values), one.title) for one in prepared)

    def _field(self, name: str, event: str, required: bool) -> Field:
        t = self.speaker.t
        label = self._text(f"page.field.{event}.{name}", f"field.{name}")
        help_ = self._text(f"page.field.{event}.{name}.help", f"field.{name}.help")
        today = self.speaker.today
        match name:
            case "until":
                farthest = today + timedelta(days=self.rulebook.longest_pause_days)
                first, value = (today + timedelta(days=1)).isoformat(), ""
                if event == "ask":
                    value = calendar_of(self.rulebook).deadline(today, self.rulebook.question.limit).isoformat()
                elif event == "snooze":
                    value = (today + PUT_OFF).isoformat()
                return Field(name, "date", label, help_, required, value=value, least=first, most=farthest.isoformat())
            case "days":
                most = str(self.rulebook.longest_extension_days)
                return Field(name, "number", label, self._days_help(), required, least="1", most=most)
            case "duplicate_of":
                return Field(name, "line", label, help_, required)
            case "reason" | "note":
                return Field(name, "text", label, help_, required, templates=self._templates(event))
            case "fields":
                choices = tuple(Choice(field, t(f"concept.{field}")) for field in ConceptField)
                return Field(name, "checks", label, help_, choices=choices)
            case "answer":
                return Field(name, "radio", label, help_, required, self._of(Answer, "answer"))
            case "coach_id":
                kind, found = "radio" if event == "assign_coach" else "select", self.candidates or NONE
                return Field(name, kind, label, " ".join((help_, found.about)).strip(), required, found.choices)
            case "mentioned":
                return Field(name, "checks", label, help_, required, self.people)
            case "assignee":
                asked = Role.INNOVATOR if self._role(event) is not Role.INNOVATOR else Role.COACH
                return Field(name, "radio", label, help_, required, self._roles(*MAY_BE_ASKED), value=asked)
            case _:
                return Field(name, "select", label, help_, required, self._choices(name))

    def _roles(self, *roles: Role) -> tuple[Choice, ...]:
        return tuple(Choice(role, self.speaker.t(f"role.{role}")) for role in roles)

    def _choices(self, name: str) -> tuple[Choice, ...]:
        t = self.speaker.t
        match name:
            case "stage":
                return tuple(Choice(s, t(f"stage.{s}")) for s in stages_to_send_back_to(self.standing))
            case "outcome":
                return self._of(Outcome, "outcome")
            case "partner":
                return tuple(Choice(key, name) for key, name in self.speaker.policy.region.partners.items())
        raise LookupError(name)

    def _of(self, words: type[Answer] | type[Outcome], prefix: str) -> tuple[Choice, ...]:
        t = self.speaker.t
        about = {word: t(f"{prefix}.{word}.about") if t.has(f"{prefix}.{word}.about") else "" for word in words}
        return tuple(Choice(str(word), t(f"{prefix}.{word}"), about[word]) for word in words)

    def _days_help(self) -> str:
        t, clock = self.speaker.t, self.standing.clock
        if clock is None:
            return ""
        unit = t("page.working_days" if clock.unit == "wd" else "page.days")
        return t("page.extend.help", unit=unit, due=t.short_day(clock.due))

    def _role(self, event: str) -> Role:
        account: Account | None = self.speaker.visitor.account
        assert account is not None
        found = acting_role(self.standing, account.id, self.speaker.visitor.roles, event)
        return found or Role.INNOVATOR

    def _text(self, *keys: str) -> str:
        return next((self.speaker.t(key) for key in keys if self.speaker.t.has(key)), "")


def next_event(row: StandingRow, role: Role) -> str:
    if row.outcome is not None or row.paused_until is not None:
        return ""
    return next_step(LIFECYCLES[Stage(row.stage)], row.state, role) or ""
