"""The page of a plain case: where it stands, what can be done, what comes, what happened; and taking its steps.

A kind says what its page shows beside that, in a template on `case.html`, and how its own fields are read.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Entered, WrongFields, new_key
from api.pages.kit.flash import FlashMessage
from api.pages.kit.forms import list_wrong, read_text, read_texts
from api.pages.kit.page import SignedInPage
from api.pages.kit.plain_case_steps import PlainStepWriter
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken, Taken, own_fields, try_step, word_for
from api.pages.kit.timeline_presenter import Line, describe_wake_up, tell_case_line
from api.pages.kit.turn_presenter import Position, Turn, TurnPresenter
from api.use_cases.command_sender import CaseForm, Done
from api.use_cases.plain_case_sender import Send, send_plain_command
from api.use_cases.plain_cases import Rules, SeenCase, see_case
from api.use_cases.read_marks import read_notices_of_idea
from api.use_cases.rules import find_carried
from models.case_names import PAGES, page_of
from models.i18n import Texts
from models.messages.cases import WakeUp
from models.queries.account_names import Person
from models.queries.case_timeline import CaseLine, read_case_lines
from models.queries.my_work import Case
from models.rules.days import read_day
from models.vocabulary import WakeUpKind

RECENT = 8
"""So many lines of its timeline are open at once."""

Values = Mapping[str, str]
Given = dict[str, Any]


def as_entered(page: SignedInPage, event: str, values: Values) -> Given:
    """Fields that are called on the page as in the form."""
    return dict(values)


async def tell_nothing(*_: object) -> Given:
    return {}


@dataclass(frozen=True)
class PlainForms:
    """How the steps of one kind are taken from its page."""

    rules: Rules
    form: type[CaseForm]
    names: tuple[str, ...] = ()
    """Of the fields on the page that the form does not have."""
    read: Callable[[SignedInPage, str, Values], Given] = as_entered
    """Event and what was entered → the fields of the form. Raises WrongFields."""
    shown_at: Mapping[str, str] = field(default_factory=lambda: {"note_id": "note"})
    """Which field of the page shows what is refused under another name."""
    send: Send | None = None
    """How it is asked, where something follows."""

    at: str = ""
    """With the number of a case it begins what tells its forms on a page from those of others."""

    async def take(
        self, page: SignedInPage, idea_id: str, number: int = 0, event: str | None = None
    ) -> Taken | NotTaken:
        """The event that was sent, or that the address names: take it, or say why not beside the form, with nothing
        lost."""
        sent, t = own_fields(await page.form()), page.t
        names = (*self.form.model_fields, *self.names)
        values = {name: text for name, text in read_texts(sent, names).items() if text}
        event, key = event or values.get("event", ""), read_text(sent, "schluessel")[:80] or new_key()
        at = f"{self.at}{number}-{event}" if self.at else event

        async def ask() -> Done:
            send = self.send or partial(send_plain_command, rules=self.rules)
            form = self.read_form(page, event, values)
            return await send(page.services, page.person, idea_id, form, number, key, None)

        def explain(refused: CommandRefused) -> Entered:
            why = refused.refusal
            if why.field is None:
                return Entered(at, values, {}, t(f"refusal.{why.code}"))
            name = self.shown_at.get(why.field, why.field)
            return Entered(at, values, {name: self._word_for(name, event, t)})

        done = await try_step(t, at, values, key, ask, explain)
        return done if isinstance(done, NotTaken) else replace(done, event=event)

    def read_form(self, page: SignedInPage, event: str, values: Values) -> Any:
        """The form of its kind. Raises WrongFields."""
        given: Given = self.read(page, event, values) | {"event": event}
        if "until" in given:
            given["until"] = read_day(given["until"]) or given["until"]
        try:
            return self.form.model_validate(given)
        except ValidationError as wrong:
            t, found = page.t, list_wrong(wrong)
            is_long = {name: found[name] == "string_too_long" for name in found}
            words = {n: t("page.too_long") if long else self._word_for(n, event, t) for n, long in is_long.items()}
            raise WrongFields(words) from None

    def _word_for(self, name: str, event: str, t: Texts) -> str:
        """In the words of the kind, where it has some."""
        own = f"refusal.field.{self.rules.name}_{name.rstrip('0123456789')}"
        return t(own) if t.has(own) else word_for(name, event, t)


@dataclass(frozen=True)
class PlainPage(PlainForms):
    """The page of a kind of which an idea has one case."""

    template: str = ""
    writer: type[PlainStepWriter] = PlainStepWriter
    tell: Callable[..., Awaitable[Given]] = tell_nothing
    """What it shows of its own: of the page, a session, what is seen, and its timeline."""
    is_named: Callable[[SeenCase, CaseLine], bool] = lambda *_: True
    """Whether the visitor reads who has taken a step."""

    def add_to(self, router: APIRouter) -> None:
        """Its two routes."""
        path = f"/ideen/{{idea_id}}/{PAGES[self.rules.name]}"

        async def show_case(page: SignedInPage, idea_id: UUID) -> Response:
            return await self.render(page, str(idea_id))

        async def take_step(page: SignedInPage, idea_id: UUID) -> Response:
            done = await self.take(page, str(idea_id))
            if isinstance(done, NotTaken):
                return await self.render(page, str(idea_id), done.entered, done.status)
            return see_other(f"/{page_of(self.rules.name, str(idea_id))}", meldung=done.event)

        router.add_api_route(path, show_case, methods=["GET"])
        router.add_api_route(f"{path}/schritte", take_step, methods=["POST"])

    async def render(
        self, page: SignedInPage, idea_id: str, entered: Entered | None = None, status: int = 200
    ) -> Response:
        async with page.services.database.reading() as session:
            seen = await see_case(session, page.person, self.rules, idea_id)
            lines = await read_case_lines(session, seen.row.case_id)
            own = await self.tell(page, session, seen, lines)
        if page.visitor.waiting.notices:
            page = page.having_read(await read_notices_of_idea(page.services, page.person.id, idea_id))
        rulebook, teller = await find_carried(page.services, seen.row), PlainPresenter(page.speaker, seen)
        steps = self.writer(page.t, seen.allowed, entered, shown=own).write(mine=teller.is_mine)
        said = f"{self.rules.name}.done.{page.said}"
        context = {
            "idea": seen.idea.idea,
            "at": f"/{page_of(self.rules.name, idea_id)}",
            "sees_idea": seen.sees_idea,
            "standing": seen.standing,
            "turn": teller.turn(),
            "ended": seen.row.outcome is not None,
            "steps": steps,
            "refused": entered.list_wrong(page.t) if entered else {},
            "anchors": entered.list_anchors() if entered and steps.has(entered.event) else {},
            "upcoming": [teller.coming(one) for one in self.rules.upcoming(seen.standing, rulebook)],
            "history": [teller.tell(line, is_named=self.is_named(seen, line)) for line in lines],
            "recent": RECENT,
            "told": FlashMessage(page.t(said)) if page.t.has(said) else None,
            "undo": None,
            "trail": None,
            "along": "",
            "own_keys": (),
        }
        return page.render(self.template, status, **context | own)


@dataclass(frozen=True)
class PlainPresenter:
    """Tells one visitor of a case, in the words of its kind: `turn.{kind}.{state}.act` and `.wait`,
    `{kind}.over.{state}`, `{kind}.done.{event}`, `{kind}.wakeup.{event}` of what comes by itself."""

    speaker: TurnPresenter
    seen: SeenCase

    @property
    def t(self) -> Texts:
        return self.speaker.t

    @property
    def kind(self) -> str:
        return self.seen.rules.name

    @property
    def is_mine(self) -> bool:
        """A team acts as one."""
        return self.seen.standing.turn in self.seen.roles

    def turn(self) -> Turn:
        row, t = self.seen.row, self.t
        position = Position.of_case(Case(self.seen.idea.idea, row, self.seen.idea.row))
        if row.outcome is not None:
            since = t.short_day(row.entered_at.astimezone(self.speaker.zone).date())
            return Turn(t(f"{self.kind}.over.{row.state}", since=since), self.speaker.badge(position), False, "rest")
        act = "act" if self.is_mine else "wait"
        sentence = t(f"turn.{self.kind}.{row.state}.{act}", by=self.speaker.by(row.holder_until))
        turn = self.speaker.turn(replace(position, holder_why=None))
        return replace(turn, sentence=sentence, mine=self.is_mine, who=t("page.turn.you") if self.is_mine else "")

    def coming(self, wake_up: WakeUp) -> dict[str, str]:
        """What will be sent by itself, and to which side."""
        people = {wake_up.account_id or "": Person(id="", name=self.t(f"role.{wake_up.to}"))}
        told = describe_wake_up(self.speaker, wake_up, people)
        own = f"{self.kind}.wakeup.{wake_up.key}"
        return told | {"what": self.t(own)} if wake_up.kind is WakeUpKind.EXPIRY and self.t.has(own) else told

    def tell(self, line: CaseLine, *, is_named: bool) -> Line:
        return tell_case_line(self.speaker, self.kind, line, is_named=is_named)
