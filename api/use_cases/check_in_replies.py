"""Answering a question that came by mail, without signing in: the link is the proof.

The id of the command derives from the notice, so a link answers once by its nature, and knows afterwards what it said.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import select

from activities.mails.links import Links, Question
from api.runtime.services import Services
from api.use_cases.command_sender import Done
from api.use_cases.commands import CommandForm, command_id_of, send_command
from models.policy import days_of
from models.queries.check_in_replies import ANSWER, is_question_open
from models.tables import Account, Idea, TimelineEntry
from models.vocabulary import Answer


class Reply(StrEnum):
    """What can be said to a check-in from within a mail."""

    ON_TRACK = Answer.ON_TRACK
    NEEDS_HELP = Answer.NEEDS_HELP
    DONE = Answer.DONE
    LATER = "later"
    """No answer yet: no messages for some days."""


@dataclass(frozen=True)
class Given:
    """What was answered, and when."""

    reply: Reply
    at: datetime


@dataclass(frozen=True)
class Asked:
    """A question as its link finds it now."""

    question: Question
    account: Account
    idea: Idea
    is_open: bool
    given: Given | None


def links_of(services: Services) -> Links:
    return Links(services.settings.signing_key, services.settings.base_url)


async def find_question(services: Services, question: Question) -> Asked | None:
    """None where its idea or its account is gone."""
    async with services.database.reading() as session:
        account = await session.get(Account, question.account_id)
        idea = await session.get(Idea, question.idea_id)
        if account is None or idea is None or not account.can_come_in:
            return None
        command_id = command_id_of(account.id, idea.id, _key_of(question))
        answered = select(TimelineEntry).where(TimelineEntry.case_id == idea.id, TimelineEntry.command_id == command_id)
        # In this order: an answer that is recorded between the two looks closes the question, and is then found.
        is_open = await is_question_open(session, idea.id, account.id, question.version)
        entry = (await session.exec(answered)).one_or_none()
    given = Given(_reply_of(entry), entry.at) if entry is not None else None
    return Asked(question, account, idea, is_open, given)


async def give_reply(services: Services, asked: Asked, reply: Reply, note: str | None) -> Done:
    """Raises IdeaNotFound, CommandRefused, EngineAway."""
    if reply is Reply.LATER:
        until = services.today() + timedelta(days=later_days(services))
        form = CommandForm(event="snooze", until=until, note=note)
    else:
        form = CommandForm(event=ANSWER, answer=Answer(reply), note=note)
    return await send_command(services, asked.account, asked.idea.id, form, _key_of(asked.question))


def later_days(services: Services) -> int:
    return days_of(services.policy.answers.later).days


def _key_of(question: Question) -> str:
    return f"notice/{question.notice_id}"


def _reply_of(entry: TimelineEntry) -> Reply:
    return Reply(entry.facts["answer"]) if entry.event == ANSWER else Reply.LATER
