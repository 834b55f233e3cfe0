"""Changing the words of an idea: in a draft, until somebody has begun to read it, and in clarification."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from activities.ports.ideas import CommandRefused
from api.pages.kit.dates import read_until
from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, choices_about, list_wrong, read_text, read_texts
from api.pages.kit.page import AnyPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.commands import submit_idea
from api.use_cases.idea_text import (
    IdeaNotFound,
    IdeaWords,
    WordsClash,
    WrongWords,
    change_words,
    check_words,
    is_complete,
    words_of,
)
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.routers import page_router
from models.i18n import Texts
from models.policy import Policy
from models.queries.clarification import find_last_question
from models.region_names import RegionNames
from models.rules.permissions import works_on
from models.tables import Idea, StandingRow
from models.vocabulary import DRAFT
from workflows.client import EngineAway

router = page_router()

TEXTS = ("title", "summary", "problem", "solution", "target_group")
HAND_IN = "einreichen"


@dataclass(frozen=True)
class Given:
    """The words as they came from the form, and what is wrong with them."""

    values: Mapping[str, Any]
    hand_in: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    """What somebody else has written into the same fields meanwhile."""


@router.get("/ideen/{idea_id}/bearbeiten")
async def show_words_of_idea(page: SignedInPage, idea_id: UUID) -> Response:
    idea, row = await _load_own(page, str(idea_id))
    words = words_of(idea)
    return await _show_editing(page, Given(words), row, Window.of(words))


@router.post("/ideen/{idea_id}/bearbeiten")
async def edit(page: SignedInPage, idea_id: UUID) -> Response:
    _, row = await _load_own(page, str(idea_id))
    sent = await page.form()
    t, window = page.t, Window.read(sent.get(SEEN))
    given = read_words(sent, t, page.services.policy)
    if given.errors:
        return await _show_editing(page, given, row, window, status=422)
    try:
        await change_words(page.services, page.person, str(idea_id), given.values, window)
    except WordsClash as clash:
        given = replace(given, errors=dict.fromkeys(clash.fields, t("page.words.clash")))
        given = replace(given, others=show_others(page, clash))
        return await _show_editing(page, given, row, Window.of(clash.words), status=409)
    except CommandRefused:
        # Not an error page: what was typed is nowhere else.
        given = replace(given, errors={"form": t("page.words.too_late")})
        return await _show_editing(page, given, row, window, status=409)
    if row.state == DRAFT:
        return await _go_on(page, str(idea_id), given)
    return see_other(f"/ideen/{idea_id}", meldung="words_saved")


@router.get("/ideen/{idea_id}/eingereicht")
async def confirm(page: SignedInPage, idea_id: UUID) -> Response:
    """What happens next, and by when."""
    async with page.services.database.reading() as session:
        idea = await session.get(Idea, str(idea_id))
    if idea is None or idea.owner_id != page.visitor.id:
        raise IdeaNotFound
    until = read_until(page)
    return page.render("ideas/handed_in.html", idea=idea, read_until=until)


def show_others(page: AnyPage, clash: WordsClash) -> dict[str, str]:
    """What somebody else has written into the same fields, as one reads it."""
    words, names = clash.words, RegionNames(page.services.policy.region, page.t)
    shown = {
        **words,
        "district": names.district(words["district"]) if words["district"] else "",
        "themes": names.themes(words["themes"]),
        "language": names.language(words["language"]),
    }
    return {name: str(shown[name]) for name in clash.fields}


def read_words(form: FormData, t: Texts, policy: Policy) -> Given:
    """The form's words with everything that is wrong with them, in the reader's language."""
    values: dict[str, Any] = dict(read_texts(form, (*TEXTS, "language")))
    values["language"] = values["language"] or policy.region.default_language
    values["district"] = read_text(form, "district") or None
    values["themes"] = [theme for theme in form.getlist("themes") if isinstance(theme, str)]
    asked = read_text(form, "absicht") == HAND_IN
    errors: dict[str, str] = {}
    try:
        words = check_words(policy, IdeaWords.model_validate(values))
        if asked and not is_complete(words):
            errors["summary"] = t("refusal.field.summary")
    except ValidationError as wrong:
        for name, kind in list_wrong(wrong).items():
            too_long = kind == "string_too_long" and name != "title"
            errors[name] = t("page.too_long") if too_long else t(f"refusal.field.{name}")
        if asked and not values["summary"]:
            errors["summary"] = t("refusal.field.summary")
    except WrongWords as wrong:
        errors[wrong.field] = t(f"refusal.field.{wrong.field}")
    ordered = {name: errors[name] for name in (*TEXTS, "district", "themes", "language") if name in errors}
    return Given(values, asked, ordered)


def show_words(
    page: SignedInPage,
    given: Given,
    row: StandingRow,
    window: Window,
    *,
    question: str | None = None,
    status: int = 200,
) -> Response:
    t, draft = page.t, row.state == DRAFT
    answer = "page.words.draft" if draft else "page.words.unread" if row.state == "screening" else "page.words.answer"
    fields = write_fields(t, page.services.policy, given)
    return page.render(
        "ideas/form.html",
        status,
        title=t(f"{answer}.title"),
        intro=t(f"{answer}.intro"),
        idea_id=row.idea_id,
        draft=draft,
        question=question,
        window=window.write(),
        others=given.others,
        fields=fields,
        errors=given.errors,
        anchors={found.name: f"feld-{found.name}" for found in fields},
        read_until=read_until(page),
    )


def write_fields(t: Texts, policy: Policy, given: Given) -> list[Field]:
    """All words of an idea as fields, filled with what was given."""
    form, choices = FormWriter(t, given.values, given.errors), choices_about(policy.region, t)
    kinds = {"title": "line", "district": "select", "themes": "checks", "language": "select"}
    return [
        form.write(
            name,
            kinds.get(name, "text"),
            help_=t(f"field.{name}.help"),
            required=name in ("title", "summary", "language"),
            choices=choices.get(name, ()),
        )
        for name in IdeaWords.model_fields
    ]


async def _show_editing(
    page: SignedInPage, given: Given, row: StandingRow, window: Window, *, status: int = 200
) -> Response:
    question = None
    if row.state == "clarification":
        async with page.services.database.reading() as session:
            question = await find_last_question(session, row.idea_id)
    return show_words(page, given, row, window, question=question, status=status)


async def _load_own(page: SignedInPage, idea_id: str) -> tuple[Idea, StandingRow]:
    async with page.services.database.reading() as session:
        idea, row = await session.get(Idea, idea_id), await session.get(StandingRow, idea_id)
    if idea is None or row is None or not works_on(row, page.visitor.id):
        raise IdeaNotFound
    return idea, row


async def _go_on(page: SignedInPage, idea_id: str, given: Given) -> Response:
    """Hand in where that was asked for. Where the engine is away, nothing is lost: the draft stays."""
    if not given.hand_in:
        return see_other(f"/ideen/{idea_id}", meldung="draft_saved")
    try:
        await submit_idea(page.services, page.person, idea_id)
    except EngineAway:
        return see_other(f"/ideen/{idea_id}", meldung="draft_kept")
    return see_other(f"/ideen/{idea_id}/eingereicht")
