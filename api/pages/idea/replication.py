"""The page of a replication, for both its sides: what is copied, who is on turn, what carried over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Entered, Field, WrongFields, new_key
from api.pages.kit.flash import FlashMessage
from api.pages.kit.forms import FormWriter, list_wrong, read_texts, write_choices
from api.pages.kit.page import SignedInPage
from api.pages.kit.plain_steps import PlainStepWriter
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import own_fields
from api.pages.kit.timeline_presenter import Line, describe_wake_up, tell_case_line
from api.pages.kit.turn_presenter import Position, Turn, TurnPresenter
from api.use_cases.read_marks import read_notices_of_idea
from api.use_cases.replications import ReplicationForm, SeenReplication, see_replication, send_replication_command
from api.use_cases.rules import find_carried
from api.web.problems import STATUS_OF_REFUSAL
from api.web.routers import page_router
from models.case_names import page_of
from models.i18n import Texts
from models.messages.cases import WakeUp
from models.queries.account_names import Person, read_contacts
from models.queries.case_timeline import CaseLine, read_case_lines
from models.queries.my_work import Case
from models.queries.replications import find_story_of
from models.rules.days import read_day
from models.rules.replication import REPLICATIONS, REPORT
from models.typed_text import says_something
from models.vocabulary import Answer, CarryOver, Ingredient, Role, WakeUpKind
from models.workflow_ids import REPLICATION
from workflows.client import EngineAway

router = page_router()

ANSWERS = (Answer.ON_TRACK, Answer.DONE)
WHY = "_why"
"""What the field ends with that says why."""

FIELDS = ("answer", "note", "until", "days", *Ingredient, *(f"{one}{WHY}" for one in Ingredient))
RECENT = 8
LONGEST_WHY = 1000


@router.get("/ideen/{idea_id}/nachmachen")
async def show_replication(page: SignedInPage, idea_id: UUID) -> Response:
    return await render_replication(page, str(idea_id))


@router.post("/ideen/{idea_id}/nachmachen/schritte")
async def take_replication_step(page: SignedInPage, idea_id: UUID) -> Response:
    """Any event: take it and show where it stands, or say why not beside the form, with nothing lost."""
    sent, t = own_fields(await page.form()), page.t
    values = {name: text for name, text in read_texts(sent, FIELDS).items() if text}
    event, key = str(sent.get("event") or ""), str(sent.get("schluessel") or new_key())[:80]
    try:
        form = read_form(event, values, t)
        await send_replication_command(page.services, page.person, str(idea_id), form, key)
    except WrongFields as wrong:
        entered, status = Entered(event, values, wrong.errors), 422
    except CommandRefused as refused:
        why = refused.refusal
        told = {"people" if why.field == "carried" else why.field: t("refusal.invalid")} if why.field else {}
        entered, status = Entered(event, values, told, t(f"refusal.{why.code}")), STATUS_OF_REFUSAL[why.code]
    except EngineAway:
        entered, status = Entered(event, values, {}, t("refusal.engine_away"), key), 503
    else:
        return see_other(f"/{page_of(REPLICATION, str(idea_id))}", meldung=event)
    return await render_replication(page, str(idea_id), entered=entered, status=status)


async def render_replication(
    page: SignedInPage, idea_id: str, *, entered: Entered | None = None, status: int = 200
) -> Response:
    async with page.services.database.reading() as session:
        seen = await see_replication(session, page.person, idea_id)
        trail = await read_case_lines(session, seen.row.case_id)
        story = await find_story_of(session, seen.standing.original_id)
        both = (seen.copy.row.owner_id, seen.original.row.owner_id)
        contacts = await read_contacts(session, both) if seen.knows_others else {}
    if page.visitor.waiting.notices:
        page = page.having_read(await read_notices_of_idea(page.services, page.person.id, idea_id))
    teller, carried = ReplicationPresenter(page.speaker, seen), await find_carried(page.services, seen.row)
    steps = ReplicationStepWriter(page.t, seen.allowed, entered).write(mine=teller.is_mine)
    said = f"replication.done.{page.said}"
    return page.render(
        "replication/page.html",
        status,
        idea=seen.copy.idea,
        at=f"/{page_of(REPLICATION, idea_id)}",
        sees_copy=seen.sees_copy,
        story=story,
        district=page.speaker.names.district(seen.copy.idea.district) if seen.copy.idea.district else "",
        standing=seen.standing,
        contacts=[contacts[one] for one in both if one in contacts and one != page.person.id],
        turn=teller.turn(),
        ended=seen.row.outcome is not None,
        steps=steps,
        refused=entered.list_wrong(page.t) if entered else {},
        anchors=entered.list_anchors() if entered and steps.has(entered.event) else {},
        report=[(one, seen.standing.carried[one]) for one in Ingredient if one in seen.standing.carried],
        why=next((line.note for line in trail if line.event == REPORT), ""),
        upcoming=[describe_wake_up(page.speaker, one, {}) for one in REPLICATIONS.upcoming(seen.standing, carried)],
        history=[teller.tell(line) for line in trail],
        recent=RECENT,
        told=FlashMessage(page.t(said)) if page.t.has(said) else None,
        undo=None,
        trail=None,
        along="",
        own_keys=(),
    )


@dataclass(frozen=True)
class ReplicationPresenter:
    """Tells one visitor of a replication. Until both sides have said yes, neither is named to the other."""

    speaker: TurnPresenter
    seen: SeenReplication

    @property
    def t(self) -> Texts:
        return self.speaker.t

    @property
    def is_mine(self) -> bool:
        """A team acts as one; a lead looks on."""
        return self.seen.standing.turn in {Role.INNOVATOR, Role.ORIGINAL} & set(self.seen.roles)

    def turn(self) -> Turn:
        row = self.seen.row
        position = Position.of_case(Case(self.seen.copy.idea, row, self.seen.copy.row))
        if row.outcome is not None:
            since = self.t.short_day(row.entered_at.astimezone(self.speaker.zone).date())
            sentence = self.t(f"replication.over.{row.state}", since=since)
            return Turn(sentence, self.speaker.badge(position), mine=False, tone="rest")
        act = "act" if self.is_mine else "wait"
        sentence = self.t(f"turn.replication.{row.state}.{act}", by=self.speaker.by(row.holder_until))
        turn = self.speaker.turn(replace(position, holder_why=None))
        return replace(turn, sentence=sentence, mine=self.is_mine, who=self.t("page.turn.you") if self.is_mine else "")

    def coming(self, wake_up: WakeUp) -> dict[str, str]:
        """What will be sent by itself, and to which side; that help ends by itself tells nobody."""
        t, names = self.t, {Role.ORIGINAL: self.t("role.original"), Role.INNOVATOR: self.t("role.innovator")}
        people = {wake_up.account_id or "": Person(id="", name=names.get(wake_up.to, ""))}
        told = describe_wake_up(self.speaker, wake_up, people)
        return told | {"what": t("replication.wakeup.lapse")} if wake_up.kind is WakeUpKind.EXPIRY else told

    def tell(self, line: CaseLine) -> Line:
        """Each side knows itself."""
        is_original = line.actor_role == Role.ORIGINAL
        is_own = Role.ORIGINAL in self.seen.roles if is_original else self.seen.sees_copy
        return tell_case_line(self.speaker, REPLICATION, line, is_named=is_own or self.seen.knows_others)


class ReplicationStepWriter(PlainStepWriter):
    kind = REPLICATION
    order = ("agree", "decline", "hand_on", "check_in", REPORT)
    forward = frozenset({"agree", "hand_on", "check_in", REPORT})

    def fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        t = self.t
        match event:
            case "check_in":
                choices = write_choices(t, ANSWERS, "replication.answer")
                yield form.write("answer", "radio", t("replication.field.answer"), "", True, choices)
            case "report":
                choices = write_choices(t, CarryOver, "carry_over")
                for one in Ingredient:
                    yield form.write(one, "select", t(f"ingredient.{one}"), choices=choices)
                    why = t("replication.field.why", what=t(f"ingredient.{one}"))
                    yield form.write(f"{one}{WHY}", "line", why, longest=LONGEST_WHY)
            case "snooze":
                yield form.write("until", "date", required=True)
            case "extend_deadline":
                yield form.write("days", "number", required=True, least="1")
        if event not in ("snooze", "extend_deadline"):
            yield form.write("note", "text", t("replication.field.note"))


def read_form(event: str, values: Mapping[str, str], t: Texts) -> ReplicationForm:
    """What was sent; reasons become one note, each under its ingredient. Raises WrongFields."""
    given: dict[str, Any] = {name: values[name] for name in ("answer", "days") if name in values}
    reasons = [values[f"{one}{WHY}"] for one in Ingredient if f"{one}{WHY}" in values]
    if event == REPORT:
        given["carried"] = {one: values[one] for one in Ingredient if one in values}
        if not given["carried"]:
            raise WrongFields({Ingredient.STEPS: t("replication.field.carried.missing")})
        named = (one for one in Ingredient if says_something(values.get(f"{one}{WHY}", "")))
        reasons = [f"{t(f'ingredient.{one}')}: {values[f'{one}{WHY}']}" for one in named]
    if event == "check_in" and "answer" not in values:
        raise WrongFields({"answer": t("replication.field.answer.missing")})
    if "until" in values and (day := read_day(values["until"])) is not None:
        given["until"] = day
    note = "\n".join(filter(None, (*reasons, values.get("note"))))
    try:
        return ReplicationForm.model_validate({**given, "event": event, "note": note or None})
    except ValidationError as wrong:
        raise WrongFields(dict.fromkeys(list_wrong(wrong), t("refusal.invalid"))) from None
