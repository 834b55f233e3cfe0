"""An idea in its owner's words: checked against the region, written down, corrected."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from activities.ports.ideas import CommandRefused
from api.runtime.services import Services
from api.use_cases.three_way_merge import Window, digest_of, merge
from models.messages.commands import Refusal, RefusalCode
from models.policy import Policy
from models.rules.permissions import may_change_words, works_on
from models.single_line import Line
from models.tables import Account, Idea, StandingRow
from models.typed_text import LONGEST_TEXT, SaysSomething, Text, VisibleTitle

LONGEST_TITLE = 200
MOST_CHANGES = 50
"""Of an idea's words that its log tells, the latest ones."""


class IdeaNotFound(Exception):
    """There is no such idea, or it is none of the caller's business: then it is `hidden`, which only we learn."""

    def __init__(self, *, hidden: bool = False) -> None:
        self.hidden = hidden
        super().__init__()


class UnfinishedWords(BaseModel):
    """An idea in its owner's words, as far as they have come. As changes: what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Line = Field(default="", max_length=LONGEST_TITLE)
    summary: Text = Field(default="", max_length=LONGEST_TEXT)
    problem: Text = Field(default="", max_length=LONGEST_TEXT)
    solution: Text = Field(default="", max_length=LONGEST_TEXT)
    target_group: Text = Field(default="", max_length=LONGEST_TEXT)
    district: str | None = Field(default=None, max_length=100)
    themes: list[str] = Field(default_factory=list, max_length=14)
    language: str = Field(default="de", max_length=8)


class IdeaWords(UnfinishedWords):
    """The same, whole: an idea can be handed in when it says what it is about."""

    title: Annotated[Line, VisibleTitle] = Field(max_length=LONGEST_TITLE)
    summary: Annotated[Text, SaysSomething] = Field(max_length=LONGEST_TEXT)


W = TypeVar("W", bound=UnfinishedWords)


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


def new_idea(policy: Policy, owner: Account, words: IdeaWords, **more: Any) -> Idea:
    """The row of an idea, not yet in any session. `words` are checked already."""
    return Idea(owner_id=owner.id, office=policy.region.office_of(words.district), **words.model_dump(), **more)


def check_words(policy: Policy, words: W) -> W:
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


async def change_words(
    services: Services, account: Account, idea_id: str, changes: Mapping[str, Any], window: Window | None = None
) -> Idea:
    """Correct an idea that nobody has begun to read, or one in clarification. The log tells it.

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
        note_change(idea, account, [name for name in checked if digest_of(checked[name]) != digest_of(current[name])])
        for name, value in checked.items():
            setattr(idea, name, value)
        idea.updated_at = datetime.now(UTC)
    return idea


def words_of(idea: Idea) -> dict[str, Any]:
    return {name: getattr(idea, name) for name in IdeaWords.model_fields}


def note_change(idea: Idea, account: Account, fields: Sequence[str]) -> None:
    """The log of an idea tells who has changed what of it."""
    if fields:
        change = {"at": datetime.now(UTC).isoformat(), "by": account.id, "fields": list(fields)}
        idea.changes = [*idea.changes, change][-MOST_CHANGES:]
