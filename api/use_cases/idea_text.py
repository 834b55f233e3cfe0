"""An idea in its owner's words: checked against the region, written down, corrected."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused
from api.runtime.services import Services
from api.use_cases.three_way_merge import Window, digest_of, merge
from models.messages.commands import Refusal, RefusalCode
from models.policy import Policy
from models.rules.permissions import may_change_words, works_on
from models.single_line import Line
from models.tables import Account, Idea, StandingRow
from models.tables.columns import new_id
from models.typed_text import Text, VisibleTitle, says_something
from models.vocabulary import DRAFT, Role, Stage

LONGEST_TEXT = 10_000

MOST_CHANGES = 50
"""Of an idea's words that its log tells, the latest ones."""


class IdeaNotFound(Exception):
    """There is no such idea, or it is none of the caller's business: then it is `hidden`, which only we learn."""

    def __init__(self, *, hidden: bool = False) -> None:
        self.hidden = hidden
        super().__init__()


class IdeaWords(BaseModel):
    """An idea in its owner's words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Annotated[Line, VisibleTitle] = Field(max_length=200)
    summary: Text = Field(default="", max_length=LONGEST_TEXT)
    problem: Text = Field(default="", max_length=LONGEST_TEXT)
    solution: Text = Field(default="", max_length=LONGEST_TEXT)
    target_group: Text = Field(default="", max_length=LONGEST_TEXT)
    district: str | None = Field(default=None, max_length=100)
    themes: list[str] = Field(default_factory=list, max_length=14)
    language: str = Field(default="de", max_length=8)


class WordsClash(Exception):
    """Somebody else has changed the same fields since they were shown. `words`: what is there now."""

    def __init__(self, words: Mapping[str, Any], fields: Sequence[str]) -> None:
        self.words = words
        self.fields = list(fields)
        super().__init__(", ".join(fields))


class WrongWords(Exception):
    """The words of an idea name something that the region does not have."""

    def __init__(self, field: str, detail: str) -> None:
        self.field = field
        self.detail = detail
        super().__init__(f"{field}: {detail}")


async def write_draft(
    session: AsyncSession,
    policy: Policy,
    owner: Account,
    words: IdeaWords,
    *,
    idea_id: str | None = None,
    source: str | None = None,
    source_ref: str | None = None,
) -> Idea:
    """Write an idea down, not handed in yet. Raises WrongWords. The caller commits."""
    idea, standing = new_draft(
        policy, owner, check_words(policy, words), idea_id=idea_id, source=source, source_ref=source_ref
    )
    session.add(idea)
    await session.flush()
    session.add(standing)
    return idea


def new_draft(
    policy: Policy,
    owner: Account,
    words: IdeaWords,
    *,
    idea_id: str | None = None,
    source: str | None = None,
    source_ref: str | None = None,
    now: datetime | None = None,
) -> tuple[Idea, StandingRow]:
    """The two rows of a draft, not yet in any session. `words` are checked already."""
    now = now or datetime.now(UTC)
    idea = Idea(
        id=idea_id or new_id(),
        owner_id=owner.id,
        **words.model_dump(),
        office=policy.region.office_of(words.district),
        source=source,
        source_ref=source_ref,
        created_at=now,
        updated_at=now,
    )
    standing = StandingRow(
        case_id=idea.id,
        idea_id=idea.id,
        version=0,
        stage=Stage.IDENTIFY,
        state=DRAFT,
        owner_id=owner.id,
        office=idea.office,
        holder_role=Role.INNOVATOR,
        holder_id=owner.id,
        holder_since=now,
        entered_at=now,
        last_entry_at=now,
    )
    return idea, standing


def check_words(policy: Policy, words: IdeaWords) -> IdeaWords:
    """The words with district and themes as the region's own keys. Raises WrongWords."""
    region = policy.region
    district = None
    if words.district:
        district = region.find_district(words.district)
        if district is None:
            raise WrongWords("district", f'"{words.district}" is no district of {region.name}')
    themes = []
    for theme in words.themes:
        key = region.find_theme(theme)
        if key is None:
            raise WrongWords("themes", f'"{theme}" is no theme; known are {", ".join(region.themes)}')
        if key not in themes:
            themes.append(key)
    if words.language not in region.languages:
        raise WrongWords("language", f'"{words.language}" is not among {", ".join(region.languages)}')
    return words.model_copy(update={"district": district, "themes": themes})


def is_complete(words: IdeaWords | Idea) -> bool:
    """An idea can be handed in when it says what it is about."""
    return says_something(words.title) and says_something(words.summary)


async def change_words(
    services: Services, account: Account, idea_id: str, changes: Mapping[str, Any], window: Window | None = None
) -> Idea:
    """Correct a draft, an idea that nobody has begun to read, or one in clarification. The log tells it.

    Raises IdeaNotFound, CommandRefused, WrongWords, WordsClash, ValidationError.
    """
    async with services.database.transaction() as session:
        idea = await session.get(Idea, idea_id, with_for_update=True)
        row = await session.get(StandingRow, idea_id)
        if idea is None or row is None or not works_on(row, account.id):
            raise IdeaNotFound
        if not may_change_words(row, row.state, account.id, is_read=idea.read_at is not None):
            raise CommandRefused(
                Refusal(
                    code=RefusalCode.NOT_ALLOWED,
                    detail="words can be changed until somebody has begun to read them, and during clarification",
                    version=row.version,
                )
            )
        current = words_of(idea)
        kept, clashes = merge(current, changes, window or Window())
        if clashes:
            raise WordsClash(current, clashes)
        checked = check_words(services.policy, IdeaWords.model_validate({**current, **kept})).model_dump()
        if row.version > 0:
            changed = [name for name, value in checked.items() if digest_of(value) != digest_of(current[name])]
            note_change(idea, account, changed)
        for name, value in checked.items():
            setattr(idea, name, value)
        if row.version == 0:
            idea.office = row.office = services.policy.region.office_of(checked["district"])
        idea.updated_at = datetime.now(UTC)
    return idea


def words_of(idea: Idea) -> dict[str, Any]:
    return {name: getattr(idea, name) for name in IdeaWords.model_fields}


def note_change(idea: Idea, account: Account, fields: Sequence[str]) -> None:
    """The log of an idea tells who has changed what of it."""
    if fields:
        change = {"at": datetime.now(UTC).isoformat(), "by": account.id, "fields": list(fields)}
        idea.changes = [*idea.changes, change][-MOST_CHANGES:]
