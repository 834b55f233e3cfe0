"""Feedback: a message becomes a case with a day until which somebody answers."""

import re
from contextlib import suppress
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints
from sqlalchemy import update
from sqlmodel import col

from activities.notice_courier import dispatch_notices
from activities.upkeep.feedback import list_leads, tell_leads
from api.runtime.services import Services
from api.use_cases.errors import NotFound
from api.use_cases.return_path import own_path
from models.addresses import canonical_address
from models.cases.calendar import calendar_of
from models.tables import Account, Feedback
from models.tables.columns import new_id, utc_now
from models.typed_text import Text
from models.vocabulary import FeedbackKind, NoticeKind
from workflows.client import EngineAway

LONGEST_MESSAGE = 10_000


def _read_address(text: str) -> str:
    return canonical_address(text) if text else ""


def _is_a_path(text: str) -> str:
    """The path of a page of ours; anything else is left out."""
    return own_path(text if re.fullmatch(r"/[\w/.-]{0,199}", text, re.ASCII) else None) or ""


class FeedbackForm(BaseModel):
    """What somebody writes. Without an address nobody can be answered, and it is read all the same."""

    kind: FeedbackKind
    body: Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_MESSAGE)]
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_read_address)] = ""
    page: Annotated[str, AfterValidator(_is_a_path)] = ""


def answer_until(services: Services) -> date:
    """The day until which a message of today is answered."""
    return calendar_of(services.rulebook()).add(services.today(), services.policy.feedback.answer_within)


async def take_feedback(services: Services, form: FeedbackForm, language: str, author: Account | None) -> date:
    """Keep a message and tell the leads; returns the day until which it is answered."""
    due_on, message_id = answer_until(services), new_id()
    async with services.database.transaction() as session:
        session.add(
            Feedback(
                id=message_id,
                kind=form.kind,
                body=form.body,
                email=form.email,
                page=form.page,
                language=language,
                author_id=author.id if author else None,
                due_on=due_on,
            )
        )
        leads = await list_leads(session, author.office if author else None)
        await tell_leads(session, message_id, NoticeKind.FEEDBACK_CAME, leads)
    with suppress(EngineAway):
        # What is not handed over now is found by the next notice, or over night.
        await dispatch_notices(services.database, services.engine, None)
    return due_on


async def take_on_feedback(services: Services, feedback_id: str, lead: Account) -> None:
    """From now on this lead answers it. Raises NotFound where there is none that waits."""
    await _change(services, feedback_id, taken_by=lead.id)


async def mark_answered(services: Services, feedback_id: str, lead: Account) -> None:
    """It is answered. Raises NotFound where there is none that waits."""
    await _change(services, feedback_id, answered_by=lead.id, answered_at=utc_now())


async def _change(services: Services, feedback_id: str, **values: object) -> None:
    waiting = update(Feedback).where(col(Feedback.id) == feedback_id, col(Feedback.answered_at).is_(None))
    async with services.database.transaction() as session:
        if (await session.exec(waiting.values(**values))).rowcount == 0:
            raise NotFound
