"""Kinds of notices that say more than two sentences. A kind that is not here has a headline and a text alone.

A new one is a function here or beside its own activities, a line in `SECTIONS`, and a pair of templates.
"""

from collections.abc import Mapping

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.links import Question
from activities.mails.parts import Reader, Section, SectionWriter
from activities.upkeep.lead_digest import write_digest_section
from models.queries.answers import is_question_open
from models.queries.my_work import find_incomplete_drafts
from models.tables import NoticeRow
from models.vocabulary import NoticeKind

MOST_DRAFTS = 20
"""More make a mail too long; the page of one's ideas lists all."""


async def ask_how_it_goes(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """The answers to a check-in, where the question is still open. Only the asked person may answer, no deputy."""
    if notice.idea_id is None or notice.version is None or notice.account_id != reader.account.id:
        return None
    if not await is_question_open(session, notice.idea_id, notice.account_id, notice.version):
        return None
    question = Question(notice.id, notice.account_id, notice.idea_id, notice.version)
    return Section("check_in", {"url": reader.letterhead.links.answer(question)})


async def list_drafts(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """The drafts that lack something now; by the time of sending that may be fewer than were asked about."""
    if notice.idea_id is not None:
        return None
    drafts, count = await find_incomplete_drafts(session, notice.account_id, MOST_DRAFTS)
    links = reader.letterhead.links
    items = [(draft.title, links.way(reader.account.id, f"ideen/{draft.id}")) for draft in drafts]
    return Section("drafts", {"drafts": items, "more": count - len(items)})


SECTIONS: Mapping[str, SectionWriter] = {
    NoticeKind.CHECK_IN: ask_how_it_goes,
    NoticeKind.OVERDUE: ask_how_it_goes,
    NoticeKind.DRAFT_INCOMPLETE: list_drafts,
    NoticeKind.LEAD_DIGEST: write_digest_section,
}
