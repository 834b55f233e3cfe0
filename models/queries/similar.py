"""Ideas in the same direction as one that is being written, so that people meet instead of repeating each other.

Whoever does not work here reads the titles of published stories alone. Of other ideas they learn that there are some,
and no word of them: their titles are the words of people who have not agreed to be read. A look must not be an oracle
for them either (CWE-203): they are compared by title, and one or two tell nothing.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from models.database import Database
from models.queries.stories import is_public
from models.tables import Document, Idea, PublishedStory, StandingRow
from models.tables.folded import IDEA_TITLE, IDEA_WORDS, STORY_WORDS
from models.text_folding import fold, shorten_umlauts
from models.vocabulary import Stage, StoryField

ALIKE = 0.4
"""How much of what was typed has to be found in one place of an idea's words, from 0 to 1."""

SHORTEST_WORD, MOST_STEMS = 4, 6
MOST_CHARACTERS = 120
"""More is a text, in which every other one is found a little."""

SAY_NOTHING = frozenset(
    fold(
        """aber alle alles auch beim dass denn deren dies diese dieser durch eine einem einen einer eines haben hier
        ihre ihrem ihren ihrer immer jede jeder jedes kann mehr mein nach nicht noch oder ohne sein seine sich sind
        über unser unsere unter viele wenn werden wird wollen zwischen idee ideen projekt
        about from have into more other that their them they this those with your"""
    ).split()
)
"""Words that stand in every text."""

PATIENCE_MS = 700
"""A hint that takes longer helps nobody."""

MOST_LOOKED_AT, MOST_COMPARED = 2000, 200
"""Of ideas that have one of the words, and of those that have half of them. To compare words is slow."""

LEAST_TOLD = 3
"""Of fewer a stranger learns nothing: whether one idea holds a word, say a name, would be to read it."""

MOST_FOUND = 20
STORIES_SHOWN = 3

SAME = 0.6
MOST_TWINS = 5
"""How alike titles are of what a lead is asked to look at, and how many of them."""


@dataclass(frozen=True)
class Alike:
    """What goes in the same direction. `here`: how many of the others are in the same district."""

    stories: tuple[tuple[str, str], ...] = ()
    """Slug and title of published stories, the closest first."""
    others: int = 0
    here: int = 0


async def find_similar(
    database: Database,
    words: str,
    district: str | None,
    account_id: str | None,
    idea_id: str | None = None,
    *,
    for_staff: bool = False,
) -> Alike:
    """What resembles these words, but for one idea and all of an account. Nothing where that would take too long.

    `for_staff`: for those who read all ideas anyway, everything in them is compared, and each one is told of.
    """
    wanted = shorten_umlauts(fold(words))[:MOST_CHARACTERS]
    stems = stems_of(wanted)
    if not stems:
        return Alike()
    found = await _ask_briefly(database, _similar(wanted, stems, account_id, idea_id, for_staff))
    return _sort(found, district) if for_staff else _tell_little(found)


def stems_of(words: str) -> list[str]:
    """The beginnings of the words that say something, the longest first.

    >>> stems_of("Ein Dorfladen auf Rädern")
    ['dorfla', 'rader']
    """
    said = {word for word in re.findall(r"[^\W\d_]+", fold(words)) if len(word) >= SHORTEST_WORD}
    stems = {shorten_umlauts(word)[: max(5, len(word) * 2 // 3)] for word in said - SAY_NOTHING}
    return sorted(stems, key=lambda stem: (-len(stem), stem))[:MOST_STEMS]


class LikelyTwin(NamedTuple):
    """An idea that may be the same as another."""

    id: str
    reference: str | None
    title: str
    stage: str
    state: str


async def find_twins(database: Database, idea: Idea) -> list[LikelyTwin]:
    """Ideas with nearly the same title, for whoever reads all of them; those of the same owner, too, and those that
    have ended. Nothing where that would take too long."""
    wanted = shorten_umlauts(fold(idea.title))
    stems = stems_of(wanted)
    closeness = func.word_similarity(wanted, IDEA_TITLE)
    hits: Any = sum(case((IDEA_TITLE.like(f"%{stem}%"), 1), else_=0) for stem in stems)
    some: Any = (
        select(Idea.id, closeness.label("closeness"), hits.label("hits"))
        .where(or_(*(IDEA_WORDS.like(f"%{stem}%") for stem in stems)), Idea.id != idea.id, 2 * hits >= len(stems))
        .limit(MOST_COMPARED)
        .subquery()
    )
    columns: list[Any] = [Idea.id, Idea.reference, Idea.title, StandingRow.stage, StandingRow.state]
    twins = select(*columns).join(some, some.c.id == col(Idea.id))
    twins = twins.join(StandingRow, col(StandingRow.case_id) == col(Idea.id)).where(
        some.c.closeness >= SAME, col(Idea.erased_at).is_(None), col(StandingRow.duplicate_of).is_(None)
    )
    twins = twins.order_by(some.c.closeness.desc(), col(Idea.id)).limit(MOST_TWINS)
    if not stems:
        return []
    return [LikelyTwin(*row) for row in await _ask_briefly(database, twins)]


async def _ask_briefly(database: Database, statement: Any) -> Any:
    """Nothing where it takes longer than anybody waits for a hint."""
    try:
        async with database.transaction() as session:
            await session.exec(text(f"SET LOCAL statement_timeout = {PATIENCE_MS}"))  # type: ignore[call-overload]
            return (await session.exec(statement)).all()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return []


def _similar(
    wanted: str,
    stems: list[str],
    account_id: str | None,
    idea_id: str | None,
    for_staff: bool,
) -> Any:
    """At first those that have half of the stems, which the index knows; then the closest among them."""
    has_stem: list[ColumnElement[bool]] = [IDEA_WORDS.like(f"%{stem}%") for stem in stems]
    is_told = col(PublishedStory.slug).is_not(None) & is_public()
    compared = IDEA_WORDS if for_staff else case((is_told, STORY_WORDS), else_=IDEA_TITLE)
    hits: Any = sum(case((compared.like(f"%{stem}%"), 1), else_=0) for stem in stems)
    is_open = (col(StandingRow.version) > 0) & col(StandingRow.outcome).is_(None)
    if not for_staff:
        # Read and taken on by a lead: nobody hands in two of their own to ask for a third.
        is_open &= col(StandingRow.stage) != Stage.IDENTIFY
    title = case((is_told, col(Document.words)[StoryField.TITLE].astext), else_=col(Idea.title)).label("title")
    slug = case((is_told, col(PublishedStory.slug)), else_=None).label("slug")
    columns: list[Any] = [Idea.id, title, Idea.district, slug]
    columns += [compared.label("words"), hits.label("hits")]
    some = (
        select(*columns)
        .join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
        .outerjoin(PublishedStory, col(PublishedStory.idea_id) == col(Idea.id))
        .outerjoin(Document, col(Document.id) == col(PublishedStory.document_id))
        .where(or_(*has_stem), col(Idea.erased_at).is_(None), or_(is_told, is_open))
        .limit(MOST_LOOKED_AT)
    )
    if account_id is not None:
        some = some.where(Idea.owner_id != account_id)
    if idea_id is not None:
        some = some.where(Idea.id != idea_id)
    looked_at = some.subquery()
    likely: Any = select(looked_at).where(2 * looked_at.c.hits >= len(stems))
    found = likely.order_by(looked_at.c.hits.desc()).limit(MOST_COMPARED).subquery()
    closeness = func.word_similarity(wanted, found.c.words)
    shown: list[Any] = [found.c.title, found.c.district, found.c.slug]
    closest: Any = select(*shown).where(closeness >= ALIKE)
    return closest.order_by(closeness.desc(), found.c.id).limit(MOST_FOUND)


def _tell_little(found: Any) -> Alike:
    """How many there are, where it is not one or two; where they are would narrow it down."""
    all_of_them = _sort(found, None)
    return all_of_them if all_of_them.others >= LEAST_TOLD else Alike(all_of_them.stories)


def _sort(found: Any, district: str | None) -> Alike:
    stories = tuple((slug, title) for title, _, slug in found if slug is not None)
    others = [its_district for _, its_district, slug in found if slug is None]
    here = sum(its_district == district for its_district in others) if district else 0
    return Alike(stories[:STORIES_SHOWN], len(others), here)
