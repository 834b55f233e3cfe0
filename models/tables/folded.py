"""Columns that the database computes from people's words: folded, to search in and to sort by.

`models.text_folding` says how. They stand in the tables and not in the classes: whoever loads a row does not load its
words twice, and nobody can write them. When words change or go, so do they.
"""

from typing import Any

from sqlalchemy import Column, Computed, Index, Text, text
from sqlmodel import SQLModel

from models.tables.account import Account
from models.tables.document import Document
from models.tables.idea import Idea, Note
from models.tables.opening import Opening
from models.tables.saved_view import SavedView
from models.tables.staff import StaffInvitation
from models.vocabulary import StoryField


def _add(model: type[SQLModel], name: str, words: str) -> Any:
    column = Column(name, Text(collation="C"), Computed(f"ideenweg_words({words})", persisted=True))
    SQLModel.metadata.tables[str(model.__tablename__)].append_column(column)
    return column


def _trigrams(name: str, *columns: Any, **options: Any) -> Index:
    methods = {column.name: "gin_trgm_ops" for column in columns}
    return Index(name, *columns, postgresql_using="gin", postgresql_ops=methods, **options)


IDEA_TITLE = _add(Idea, "folded_title", "title")
IDEA_WORDS = _add(
    Idea,
    "folded",
    "title || ' ' || summary || ' ' || problem || ' ' || solution || ' ' || target_group || ' ' || organisation "
    "|| ' ' || CASE WHEN source = 'api' THEN '' ELSE coalesce(source_ref, '') END "
    "|| ' ' || coalesce(reference, '')",
)
NOTE_WORDS = _add(Note, "folded", "CASE WHEN event = 'clarify' AND NOT internal THEN body END")
STORY_WORDS = _add(
    Document,
    "folded",
    "CASE WHEN kind = 'story' THEN "
    + " || ' ' || ".join(f"coalesce(words ->> '{name}', '')" for name in StoryField)
    + " END",
)
OPENING_WORDS = _add(Opening, "folded", "title || ' ' || teaser || ' ' || seeks")
PERSON_NAME = _add(Account, "folded_name", "name")
PERSON_ADDRESS = _add(Account, "folded_email", "email")
INVITED_NAME = _add(StaffInvitation, "folded_name", "name")
VIEW_NAME = _add(SavedView, "folded_name", "name")

_trigrams("ix_idea_folded", IDEA_WORDS)
_trigrams("ix_note_folded", NOTE_WORDS, postgresql_where=text("folded IS NOT NULL"))
_trigrams("ix_document_folded", STORY_WORDS, postgresql_where=text("folded IS NOT NULL"))
_trigrams("ix_account_folded", PERSON_NAME, PERSON_ADDRESS)
# Coaches are few among all who hand in ideas, and lists name them on every page.
for _role in ("coach", "lead"):
    _where = text(f"roles @> '{{{_role}}}'")
    Index(f"ix_account_{_role}", PERSON_NAME, PERSON_NAME.table.c.id, postgresql_where=_where)
