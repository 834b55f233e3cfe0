"""The first draft of a story: what concept, idea and check-ins say already, in the fields where it fits.

What coaches note of their sessions is for themselves and goes into nobody's story.
"""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.documents import read_versions
from models.tables import Idea, Note, TimelineEntry
from models.vocabulary import Answer, ConceptField, DocumentKind, StoryField

FROM_CONCEPT = {
    StoryField.PROBLEM: ConceptField.PROBLEM,
    StoryField.STEPS: ConceptField.SOLUTION,
    StoryField.MONEY: ConceptField.COSTS,
    StoryField.PARTNERS: ConceptField.PARTNERS,
}


async def begin_story(session: AsyncSession, idea: Idea) -> dict[str, str]:
    handed_in = (await read_versions(session, idea.id, DocumentKind.CONCEPT)).handed_in
    known = handed_in[0].words if handed_in else {"problem": idea.problem, "solution": idea.solution}
    words = {StoryField.TITLE: idea.title, StoryField.TEASER: idea.summary}
    words |= {field: known.get(its, "") for field, its in FROM_CONCEPT.items()}
    words[StoryField.WENT_WRONG] = await _told_in_check_ins(session, idea.id, (Answer.NEEDS_HELP,))
    words[StoryField.CHANGED] = await _told_in_check_ins(session, idea.id, (Answer.ON_TRACK, Answer.DONE))
    return {str(field): text for field, text in words.items()}


async def _told_in_check_ins(session: AsyncSession, idea_id: str, answers: Sequence[Answer]) -> str:
    """In the order in which it happened."""
    told = select(Note.body).join(TimelineEntry, col(TimelineEntry.note_id) == col(Note.id))
    told = told.where(
        TimelineEntry.case_id == idea_id, TimelineEntry.event == "check_in", col(Note.internal).is_(False)
    )
    told = told.where(TimelineEntry.facts["answer"].astext.in_([str(answer) for answer in answers]))
    return "\n\n".join((await session.exec(told.order_by(col(TimelineEntry.version)))).all())
