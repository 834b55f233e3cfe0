"""Answering a question of the conversation that came by mail, without signing in: the link is the proof.

The id of the command derives from the question, so each of its links answers once, and knows afterwards that it did.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.links import Question
from api.runtime.services import Services
from api.use_cases.command_sender import Done
from api.use_cases.commands import CommandForm, command_id_of, send_command
from models.messages.idea import OpenTask, Standing
from models.queries.idea import TimelineLine, read_question
from models.rules.deadlines import ringing_questions
from models.rules.holders import person_for
from models.tables import Account, Idea, StandingRow, TimelineEntry


@dataclass(frozen=True)
class Asked:
    """A question as its link finds it now."""

    account: Account
    idea: Idea
    line: TimelineLine
    """The message that asked."""
    task_id: str
    is_open: bool
    given_at: datetime | None

    @property
    def given(self) -> bool:
        return self.given_at is not None


async def find_asked(services: Services, question: Question) -> Asked | None:
    """None where the notice of the link is about no question of a conversation, or somebody is gone. What coaches and
    leads ask each other is answered by those who have signed in."""
    async with services.database.reading() as session:
        entry = await session.get(TimelineEntry, (question.idea_id, question.version))
        task_id = str(entry.facts.get("task", "")) if entry is not None else ""
        line = await read_question(session, question.idea_id, task_id) if task_id else None
        if line is None or line.internal:
            return None
        account = await session.get(Account, question.account_id)
        idea = await session.get(Idea, question.idea_id)
        row = await session.get(StandingRow, question.idea_id)
        if account is None or idea is None or row is None or not account.can_come_in:
            return None
        # In this order: an answer that is recorded between the two looks closes the question, and is then found.
        is_open = _is_asked(row.standing(), task_id, account)
        given_at = await _find_answer(session, command_id_of(account.id, idea.id, _key_of(task_id)), idea.id)
    return Asked(account, idea, line, task_id, is_open, given_at)


async def answer_question(services: Services, asked: Asked, note: str) -> Done:
    """Raises IdeaNotFound, CommandRefused, EngineAway."""
    form = CommandForm(event="write_note", note=note, task_id=asked.task_id)
    return await send_command(services, asked.account, asked.idea.id, form, _key_of(asked.task_id))


def _is_asked(standing: Standing, task_id: str, account: Account) -> bool:
    """Whether a question is open, and still this person's to answer."""
    task: OpenTask | None = next((task for task in ringing_questions(standing) if task.id == task_id), None)
    if task is None:
        return False
    role, account_id = person_for(standing, task.assignee)
    return account_id == account.id or (account_id is None and role in account.roles)


async def _find_answer(session: AsyncSession, command_id: str, idea_id: str) -> datetime | None:
    given = select(TimelineEntry.at).where(TimelineEntry.case_id == idea_id, TimelineEntry.command_id == command_id)
    return (await session.exec(given)).one_or_none()


def _key_of(task_id: str) -> str:
    return f"question/{task_id}"
