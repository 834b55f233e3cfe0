"""Full-text search as conditions: ideas, people, stories and cards that hold all words that somebody looks for.

What is looked for is folded as the columns are that it is looked for in, see `models.text_folding`; a phrase in
quotation marks stays whole. Parts of words count; of one or two signs only the beginnings of words, or everything would
be found. Staff find ideas by their people as well: leads by name and address, coaches by name, since they are shown no
more.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, any_, cast, false, func, literal, or_, true
from sqlmodel import col, select

from models.reference_numbers import read_reference
from models.tables import Account, Document, Idea, Note, StandingRow
from models.tables.folded import (
    IDEA_TITLE,
    IDEA_WORDS,
    NOTE_WORDS,
    OPENING_WORDS,
    PERSON_ADDRESS,
    PERSON_NAME,
    STORY_WORDS,
)
from models.tables.standing import TEAMED
from models.text_folding import spellings
from models.typed_text import clean
from models.vocabulary import STAFF, Role

MOST_TERMS = 8
"""More than this are a pasted text, not a search."""

MOST_PEOPLE = 500
"""Whose ideas are looked at."""

TERM = re.compile(r"[\"„“”«»]([^\"„“”«»]+)[\"„“”«»]|([^\s\"„“”«»]+)")
SHORT = 2


@dataclass(frozen=True)
class Terms:
    """What somebody looks for: each term in all its spellings, as patterns."""

    typed: str
    patterns: tuple[tuple[str, ...], ...]
    reference: str | None
    """Where it reads like a number."""

    @classmethod
    def of(cls, typed: str) -> "Terms":
        """No terms where there is no letter and no digit."""
        found = [spellings(phrase or word) for phrase, word in TERM.findall(clean(typed))]
        patterns = tuple(tuple(_pattern(one) for one in term) for term in found if term)
        return cls(typed, patterns[:MOST_TERMS], read_reference(typed))


def _pattern(spelling: str) -> str:
    return f"% {spelling}%" if len(spelling) <= SHORT else f"%{spelling}%"


def ideas_with(typed: str, roles: Collection[Role], places: Mapping[str, str]) -> ColumnElement[bool]:
    """A condition on `Idea`, each part of which its indexes know. `places`: code → folded name of each district."""
    terms = Terms.of(typed)
    if terms.reference is not None:
        return col(Idea.reference) == terms.reference
    if not terms.patterns:
        return false()
    found = and_(*(_has_term(term, roles, places) for term in terms.patterns))
    if len(terms.patterns) == 1 or STAFF.isdisjoint(roles):
        return found
    # First and last name: of each alone there may be more people than are looked at.
    return or_(found, *_has_person(terms.patterns, by_address=Role.LEAD in roles))


def people_with(typed: str, *, by_address: bool) -> ColumnElement[bool]:
    """A condition on `Account`. Who was erased has neither name nor address."""
    patterns = Terms.of(typed).patterns
    found = [_is_called(term, by_address=by_address) for term in patterns]
    return and_(*found, col(Account.erased_at).is_(None)) if patterns else false()


def stories_with(typed: str) -> ColumnElement[bool]:
    """A condition on the `Document` that is published."""
    return _all_in(STORY_WORDS, typed)


def openings_with(typed: str) -> ColumnElement[bool]:
    """A condition on `Opening`. They are few: no index is asked."""
    return _all_in(OPENING_WORDS, typed)


def _all_in(column: Any, typed: str) -> ColumnElement[bool]:
    patterns = Terms.of(typed).patterns
    return and_(true() if patterns else false(), *(_like(column, term) for term in patterns))


def has_title(terms: Terms) -> ColumnElement[bool]:
    return and_(true(), *(_like(IDEA_TITLE, term) for term in terms.patterns))


def _has_term(term: tuple[str, ...], roles: Collection[Role], places: Mapping[str, str]) -> ColumnElement[bool]:
    explained = select(Note.idea_id).where(_like(NOTE_WORDS, term)).limit(MOST_PEOPLE)
    ways: list[ColumnElement[bool]] = [
        _like(IDEA_WORDS, term),
        col(Idea.id) == any_(func.array(explained.scalar_subquery())),
        _is_told(term),
    ]
    here = [code for code, name in places.items() if any(_holds(name, pattern) for pattern in term)]
    if here:
        ways.append(col(Idea.district).in_(here))
    if not STAFF.isdisjoint(roles):
        ways += _has_person((term,), by_address=Role.LEAD in roles)
    return or_(*ways)


def _is_told(term: tuple[str, ...]) -> ColumnElement[bool]:
    """Its story holds it, in its owner's words or in those of a lead who has edited them."""
    told = select(Document.idea_id).where(_like(STORY_WORDS, term)).limit(MOST_PEOPLE)
    return col(Idea.id) == any_(func.array(told.scalar_subquery()))


def _has_person(terms: tuple[tuple[str, ...], ...], *, by_address: bool) -> list[ColumnElement[bool]]:
    """Who has handed it in, is in its team, or coaches it, and is called all of this."""
    named_so = [_is_called(term, by_address=by_address) for term in terms]
    # Looked for once: the parts of the condition all ask for the same people.
    called = select(Account.id).where(*named_so, col(Account.erased_at).is_(None)).limit(MOST_PEOPLE).cte()
    people = func.array(select(called.c.id).scalar_subquery())
    named = func.array(select(cast(called.c.id, Text)).scalar_subquery())
    team: Any = col(StandingRow.team)
    around = or_(
        col(StandingRow.coach_id) == any_(people),
        col(StandingRow.cover_id) == any_(people),
        and_(TEAMED, team.has_any(named)),
    )
    ideas = select(StandingRow.case_id).where(around).limit(MOST_PEOPLE)
    return [col(Idea.owner_id) == any_(people), col(Idea.id) == any_(func.array(ideas.scalar_subquery()))]


def _is_called(term: tuple[str, ...], *, by_address: bool) -> ColumnElement[bool]:
    columns = (PERSON_NAME, PERSON_ADDRESS) if by_address else (PERSON_NAME,)
    return or_(*(_like(column, term) for column in columns))


def _like(column: Any, term: tuple[str, ...]) -> ColumnElement[bool]:
    """The patterns stand in the statement itself, so that PostgreSQL plans for these very words: a plan for any words
    reads far too much. They are folded, letters, digits and blanks alone."""
    return or_(*(column.like(literal(pattern, literal_execute=True)) for pattern in term))


def _holds(folded: str, pattern: str) -> bool:
    return pattern.strip("%") in folded
