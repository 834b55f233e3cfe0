"""What handing in asks for, one topic a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.kit.idea_fields import FREE_TEXTS, LONGEST
from api.use_cases.drafts import TypedWords
from models.i18n import Texts


@dataclass(frozen=True)
class Topic:
    """One page. `slug` stands in its address."""

    slug: str
    fields: tuple[str, ...] = ()

    def has_texts(self) -> bool:
        return any(name in FREE_TEXTS for name in self.fields)


ABOUT_YOU = Topic("ueber-sie", ("name", "email", "phone", "reach", "organisation"))
REVIEW = Topic("pruefen")
TOPICS = (
    Topic("idee", ("title", "summary")),
    Topic("anlass", ("problem",)),
    Topic("loesung", ("solution",)),
    Topic("fuer-wen", ("target_group", "district", "themes", "language")),
    ABOUT_YOU,
    REVIEW,
)


def topics_for(*, signed_in: bool) -> list[Topic]:
    """Whom we know already is not asked who they are."""
    return [topic for topic in TOPICS if not (signed_in and topic is ABOUT_YOU)]


def find_topic(slug: str, *, signed_in: bool) -> Topic | None:
    return next((topic for topic in topics_for(signed_in=signed_in) if topic.slug == slug), None)


def first_open(typed: TypedWords, *, signed_in: bool) -> Topic:
    """Where it goes on: the first page on which nothing is written yet."""
    topics = topics_for(signed_in=signed_in)
    asked = [(topic, [name for name in topic.fields if name != "language"]) for topic in topics]
    return next((topic for topic, names in asked if not any(getattr(typed, name) for name in names)), REVIEW)


def count_characters(t: Texts, topic: Topic, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """ "34 von 200 Zeichen" for each free text: what a script would count is counted by the server."""
    return [
        (name, t("page.draft.count", length=t.number(len(str(values.get(name) or ""))), most=t.number(LONGEST[name])))
        for name in topic.fields
        if name in FREE_TEXTS
    ]
