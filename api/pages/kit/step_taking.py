"""Taking a step from any page: the form is read, the command is sent, and a refusal is told in words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.datastructures import FormData

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Entered, WrongFields, new_key
from api.pages.kit.files import FILES, read_sent_files, tell_refused
from api.pages.kit.forms import list_wrong
from api.pages.kit.page import SignedInPage
from api.pages.kit.step_forms import ANSWER, QUESTION
from api.use_cases.attachments import FilesRefused
from api.use_cases.command_sender import Done
from api.use_cases.commands import CommandForm, send_command
from api.web.problems import STATUS_OF_REFUSAL
from models.i18n import Texts
from models.lifecycles.event_spec import FILLED_IN, WORDS
from models.lifecycles.events import CORRECT, PLAN
from models.messages.commands import Refusal
from models.rules.days import read_day
from models.rules.questions import MOST_QUESTIONS, join_answers
from models.typed_text import clean
from workflows.client import EngineAway

TICKED = ("themes", "mentioned", "fields")
"""Fields with several answers."""

ONE_BY_ONE = frozenset(f"{name}{number}" for name in (QUESTION, ANSWER) for number in range(1, MOST_QUESTIONS + 1))

PICTURE = "pictures."
"""Of a story, counted from 0: `pictures.0.alt`."""


@dataclass(frozen=True)
class Taken:
    """The step is recorded as this version."""

    event: str
    version: int


@dataclass(frozen=True)
class NotTaken:
    """What was entered, with what is wrong about it, and the status to answer with."""

    entered: Entered
    status: int


async def take_from_form(page: SignedInPage, idea_id: str, sent: FormData) -> Taken | NotTaken:
    """One event of one idea. `fassung` is the version that the sender has seen, `schluessel` makes a repeat harmless.

    Raises IdeaNotFound.
    """
    own = own_fields(sent)
    values = read_values(own)
    event, key = values.pop("event", ""), str(sent.get("schluessel") or new_key())[:80]

    async def ask() -> Done:
        form = read_step(event, values, page.t)
        files = await read_sent_files(page, own)
        return await send_command(page.services, page.person, idea_id, form, key, read_version(sent), files)

    return await try_step(page.t, event, values, key, ask, lambda why: explain(why.refusal, event, values, page.t))


async def try_step(
    t: Texts,
    event: str,
    values: Mapping[str, str],
    key: str,
    ask: Callable[[], Awaitable[Done]],
    explain: Callable[[CommandRefused], Entered],
) -> Taken | NotTaken:
    """Read what was sent and ask for it, of a case of whatever kind. `event` names the form. `explain`: a refusal in
    words.
    """
    try:
        done = await ask()
    except WrongFields as wrong:
        return NotTaken(Entered(event, values, wrong.errors), 422)
    except FilesRefused as wrong_files:
        return NotTaken(Entered(event, values, {FILES: tell_refused(t, wrong_files)}), 422)
    except CommandRefused as refused:
        return NotTaken(explain(refused), STATUS_OF_REFUSAL[refused.refusal.code])
    except EngineAway:
        return NotTaken(Entered(event, values, {}, t("refusal.engine_away"), key), 503)
    return Taken(event, done.receipt.version)


def read_version(sent: FormData) -> int | None:
    seen = str(sent.get("fassung", ""))
    return int(seen) if seen.isdecimal() and len(seen) < 10 else None


def own_fields(sent: FormData) -> FormData:
    """What was sent with the step that was chosen: a form with several steps names each field by its step."""
    own = f"{sent.get('event', '')}."
    items = sent.multi_items()
    if not any("." in name for name, _ in items):
        return sent
    return FormData(
        [(name.removeprefix(own), value) for name, value in items if "." not in name or name.startswith(own)]
    )


def read_values(sent: FormData) -> dict[str, str]:
    """The step's own fields, as far as they were filled in."""
    known = {*CommandForm.model_fields, *ONE_BY_ONE}
    values = {name: value for name, value in sent.items() if name in known and isinstance(value, str)}
    # Words that were prepared count where nobody has written others.
    prepared = {name: str(sent.get(f"{name}_template", "")) for name in WORDS}
    values |= {name: words for name, words in prepared.items() if words and not values.get(name, "").strip()}
    # Of what is ticked there are several of one name.
    values |= {name: ",".join(str(one) for one in sent.getlist(name)) for name in TICKED if name in sent}
    return {name: kept for name, value in values.items() if (kept := clean(value))}


def read_step(event: str, values: Mapping[str, str], t: Texts) -> CommandForm:
    """Raises WrongFields."""
    given: dict[str, object] = {name: value for name, value in values.items() if name not in ONE_BY_ONE}
    for name in TICKED:
        if name in values or (name == "themes" and event == CORRECT):
            given[name] = [one for one in values.get(name, "").split(",") if one]
    if answers := read_answers(values):
        given["note"] = answers
        if left_out := list_unanswered(values):
            raise WrongFields(dict.fromkeys(left_out, t("refusal.field.answer_too")))
    if "until" in values:
        given["until"] = read_day(values["until"])
        if given["until"] is None:
            raise WrongFields({"until": t("page.day.format")})
    try:
        return CommandForm.model_validate({**given, "event": event})
    except ValidationError as wrong:
        is_long = {name: kind == "string_too_long" for name, kind in list_wrong(wrong).items()}
        errors = {name: t("page.too_long") if long else word_for(name, event, t) for name, long in is_long.items()}
        raise WrongFields(errors) from None


def read_answers(values: Mapping[str, str]) -> str:
    """Of questions that were answered one by one, as one text."""
    numbers = range(1, MOST_QUESTIONS + 1)
    return join_answers((values.get(f"{QUESTION}{n}", ""), values.get(f"{ANSWER}{n}", "")) for n in numbers)


def list_unanswered(values: Mapping[str, str]) -> list[str]:
    """The fields of questions that have no answer."""
    numbers = range(1, MOST_QUESTIONS + 1)
    return [f"{ANSWER}{n}" for n in numbers if f"{QUESTION}{n}" in values and not values.get(f"{ANSWER}{n}")]


def explain(refusal: Refusal, event: str, values: Mapping[str, str], t: Texts) -> Entered:
    """A refusal in words, beside its field where it has one."""
    if refusal.field == "note" and (unanswered := list_unanswered(values)):
        return Entered(event, values, dict.fromkeys(unanswered, word_for("note", event, t)))
    # Nobody was asked for these on this page.
    if (refusal.field or "").startswith(PICTURE):
        return Entered(event, values, {}, tell_pictures(refusal.fields, t))
    if refusal.field in FILLED_IN:
        return Entered(event, values, {}, word_for(str(refusal.field), event, t))
    if refusal.field is not None:
        return Entered(event, values, {refusal.field: word_for(refusal.field, event, t)})
    return Entered(event, values, {}, t(f"refusal.{refusal.code}"))


def word_for(name: str, event: str, t: Texts) -> str:
    """What to do about a wrong field. A task's words are not an idea's title."""
    key = "refusal.field.task" if (name, event) == ("title", PLAN) else f"refusal.field.{name}"
    own = f"{key}.{event}"
    return t(own) if t.has(own) else t(key) if t.has(key) else t("refusal.invalid")


def tell_pictures(lacks: Sequence[str], t: Texts) -> str:
    """All that is missing, picture by picture: who fills in the first is not sent back for the next."""
    missing: dict[int, list[str]] = {}
    for name in lacks:
        number, _, what = name.removeprefix(PICTURE).partition(".")
        missing.setdefault(int(number) + 1, []).append(t(f"field.picture_{what}"))
    told = [t("refusal.picture", number=number, what=", ".join(what)) for number, what in missing.items()]
    return " ".join([*told, t("refusal.picture.where")])
