"""The concept of an idea: written together, handed in as a version that never changes, and gone on with from there.

Words stay in SQL; a command carries the id of the version alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.attachments.reading import CleanFile
from api.runtime.services import Services
from api.use_cases.attachments import Place, keep_files, load_case
from api.use_cases.command_sender import wrong_field
from api.use_cases.errors import Forbidden
from api.use_cases.three_way_merge import Window, merge
from models.messages.story import digest_of
from models.queries.concepts import Concept, is_empty, read_concept
from models.rules.permissions import may_write_concept
from models.rules.refusals import LACKS
from models.tables import Account, Document, Idea, StandingRow, TimelineEntry
from models.tables.columns import new_id, utc_now
from models.typed_text import LONGEST_TEXT, Text
from models.vocabulary import AttachedTo, ConceptField, DocumentKind

FIRST_FROM_IDEA = (ConceptField.PROBLEM, ConceptField.SOLUTION, ConceptField.TARGET_GROUP)
"""Fields in which the first draft says what the idea says."""


class ConceptWords(BaseModel):
    """A concept in six guided fields."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    problem: Text = Field(default="", max_length=LONGEST_TEXT)
    solution: Text = Field(default="", max_length=LONGEST_TEXT)
    target_group: Text = Field(default="", max_length=LONGEST_TEXT)
    costs: Text = Field(default="", max_length=LONGEST_TEXT)
    partners: Text = Field(default="", max_length=LONGEST_TEXT)
    next_steps: Text = Field(default="", max_length=LONGEST_TEXT)


@dataclass(frozen=True)
class SeenConcept:
    """A concept that somebody may read."""

    idea: Idea
    row: StandingRow
    concept: Concept
    may_write: bool

    @property
    def words(self) -> dict[str, str]:
        """What stands in the fields now: the draft, the last version, or what the idea itself says."""
        return words_of(self.idea, self.concept)


@dataclass(frozen=True)
class Saved:
    """What is written now, and the fields in which somebody else has written something else meanwhile."""

    words: Mapping[str, str]
    clashes: list[str]


def words_of(idea: Idea, concept: Concept) -> dict[str, str]:
    latest = concept.latest
    known = latest.words if latest else {name: getattr(idea, name) for name in FIRST_FROM_IDEA}
    return {str(name): known.get(name, "") for name in ConceptField}


async def see_concept(session: AsyncSession, account: Account, idea_id: str) -> SeenConcept:
    """Raises IdeaNotFound."""
    row = await load_case(session, account, idea_id)
    idea, concept = await session.get_one(Idea, idea_id), await read_concept(session, idea_id)
    return SeenConcept(idea, row, concept, may_write_concept(row, account.id))


async def save_concept(
    services: Services, account: Account, idea_id: str, typed: Mapping[str, str], window: Window | None = None
) -> Saved:
    """Write into the draft; the first word after a version begins the next one. Raises IdeaNotFound, Forbidden."""
    window = window or Window()
    async with services.database.transaction() as session:
        seen = await _hold(session, account, idea_id)
        draft, words = seen.concept.draft, seen.words
        kept, clashes = merge(words, typed, window, draft.written_by if draft else None)
        changed = {name: value for name, value in kept.items() if value != words[name]}
        if changed or not seen.concept.documents:
            draft = draft or _begin(session, seen)
            draft.words = words | changed
            draft.written_by = draft.written_by | dict.fromkeys(changed, window.id)
            draft.author_id, draft.updated_at = account.id, utc_now()
    return Saved(words | changed, clashes)


async def attach_to_concept(services: Services, account: Account, idea_id: str, files: list[CleanFile]) -> None:
    """To what is being written. Raises IdeaNotFound, Forbidden, FilesRefused."""
    async with services.database.transaction() as session:
        seen = await _hold(session, account, idea_id)
        draft = seen.concept.draft or _begin(session, seen)
        await session.flush()
        await keep_files(session, account, idea_id, Place(AttachedTo.DOCUMENT, draft.id), files)


async def check_may_write(session: AsyncSession, account: Account, idea_id: str) -> None:
    """Raises IdeaNotFound, Forbidden."""
    if not (await see_concept(session, account, idea_id)).may_write:
        raise Forbidden("the concept is written by those who work on the idea, while it is developed")


async def find_to_hand_in(services: Services, idea_id: str) -> str | None:
    """The id of what is handed in: the draft, or the last version once more; None where that says nothing."""
    async with services.database.reading() as session:
        latest = (await read_concept(session, idea_id)).latest
    return latest.id if latest is not None and not is_empty(latest.words) else None


async def freeze(session: AsyncSession, idea_id: str, document_id: str) -> None:
    """From now on this version never changes. In the transaction that stores who hands it in. Raises CommandRefused."""
    await _lock(session, idea_id)
    document = await session.get_one(Document, document_id)
    if document.handed_in_at is None:
        if document.kind == DocumentKind.CONCEPT and is_empty(document.words):
            raise wrong_field("document_id", LACKS["document_id"])
        parts = document.parts if document.kind == DocumentKind.STORY else None
        document.handed_in_at, document.digest = utc_now(), digest_of(document.words, parts)


async def thaw(session: AsyncSession, idea_id: str, document_id: str) -> None:
    """It was not handed in after all: it is the draft again, unless it was handed in before, or somebody has gone on
    from it."""
    said = select(TimelineEntry.version).where(
        TimelineEntry.case_id == idea_id, TimelineEntry.facts["document"].astext == document_id
    )
    kind = select(Document.kind).where(Document.id == document_id).scalar_subquery()
    later = select(Document.id).where(
        Document.idea_id == idea_id, Document.kind == kind, col(Document.handed_in_at).is_(None)
    )
    if (await session.exec(said)).first() is None and (await session.exec(later)).first() is None:
        frozen = update(Document).where(col(Document.id) == document_id)
        await session.exec(frozen.values(handed_in_at=None, digest=""))


def _begin(session: AsyncSession, seen: SeenConcept) -> Document:
    """The next version, with the words from which it goes on."""
    number = max((one.version for one in seen.concept.documents), default=0) + 1
    draft = Document(id=new_id(), idea_id=seen.idea.id, version=number, words=seen.words)
    session.add(draft)
    return draft


async def _hold(session: AsyncSession, account: Account, idea_id: str) -> SeenConcept:
    """The concept, which nobody else writes into until the end of the transaction."""
    await load_case(session, account, idea_id)
    await _lock(session, idea_id)
    seen = await see_concept(session, account, idea_id)
    if not seen.may_write:
        raise Forbidden("the concept is written by those who work on the idea, while it is developed")
    return seen


async def _lock(session: AsyncSession, idea_id: str) -> None:
    await session.get_one(Idea, idea_id, with_for_update={"key_share": True})
