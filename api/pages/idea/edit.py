"""Changing the words of an idea: until somebody has begun to read it, and in clarification."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response

from activities.ports.ideas import CommandRefused
from api.pages.kit.idea_fields import anchor_of, name_values, read_fields, write_fields
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.idea_text import IdeaNotFound, IdeaWords, WordsClash, change_words, words_of
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.routers import page_router
from models.queries.clarification import find_last_question
from models.rules.permissions import works_on
from models.tables import Idea, StandingRow

router = page_router()

FIELDS = tuple(IdeaWords.model_fields)


@router.get("/ideen/{idea_id}/bearbeiten")
async def show_words_of_idea(page: SignedInPage, idea_id: UUID) -> Response:
    idea, row = await _load_own(page, str(idea_id))
    words = words_of(idea)
    return await _show_editing(page, row, words, Window.of(words), {})


@router.post("/ideen/{idea_id}/bearbeiten")
async def edit(page: SignedInPage, idea_id: UUID) -> Response:
    _, row = await _load_own(page, str(idea_id))
    sent, t, policy = await page.form(), page.t, page.services.policy
    window, typed = Window.read(sent.get(SEEN)), read_fields(sent, FIELDS, t, policy)
    if typed.errors:
        return await _show_editing(page, row, typed.values, window, typed.errors, status=422)
    try:
        await change_words(page.services, page.person, str(idea_id), typed.values, window)
    except WordsClash as clash:
        errors, there = dict.fromkeys(clash.fields, t("page.words.clash")), name_values(t, policy, clash.words)
        others = {name: there[name] for name in clash.fields}
        return await _show_editing(page, row, typed.values, Window.of(clash.words), errors, others, status=409)
    except CommandRefused:
        # Not an error page: what was typed is nowhere else.
        return await _show_editing(page, row, typed.values, window, {"form": t("page.words.too_late")}, status=409)
    return see_other(f"/ideen/{idea_id}", meldung="words_saved")


async def _show_editing(
    page: SignedInPage,
    row: StandingRow,
    values: Mapping[str, Any],
    window: Window,
    errors: Mapping[str, str],
    others: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> Response:
    """`others`: what somebody else has written into the same fields meanwhile."""
    t, question = page.t, None
    if row.state == "clarification":
        async with page.services.database.reading() as session:
            question = await find_last_question(session, row.idea_id)
    about = "page.words.unread" if row.state == "screening" else "page.words.answer"
    fields = write_fields(t, page.services.policy, FIELDS, values, errors)
    return page.render(
        "ideas/form.html",
        status,
        title=t(f"{about}.title"),
        intro=t(f"{about}.intro"),
        idea_id=row.idea_id,
        question=question,
        window=window.write(),
        others=others or {},
        fields=fields,
        errors=errors,
        anchors={found.name: anchor_of(found) for found in fields},
    )


async def _load_own(page: SignedInPage, idea_id: str) -> tuple[Idea, StandingRow]:
    async with page.services.database.reading() as session:
        idea, row = await session.get(Idea, idea_id), await session.get(StandingRow, idea_id)
    if idea is None or row is None or not works_on(row, page.visitor.id):
        raise IdeaNotFound
    return idea, row
