"""Published stories as records: what the API, the files of open data and their dictionary say of each."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from models.licences import ADDRESSES
from models.queries.stories import PublicStory
from models.region_names import RegionNames
from models.vocabulary import Effort, Evidence


class OutcomeRecord(BaseModel):
    """What has changed, as a figure."""

    what: str
    value: Decimal
    unit: str
    as_of: date
    provenance: Evidence


class StoryRecord(BaseModel):
    """A published story. It names nobody but who wants to be named."""

    slug: str = Field(description="Its address below /geschichten/; it never changes.")
    address: str = Field(description="Where people read it.")
    title: str
    teaser: str
    problem: str
    steps: list[str] = Field(description="How it works, one step after the other.")
    people: str
    money: str
    room: str
    permission: str
    partners: str
    went_wrong: str
    changed: str
    easy_language: str
    english: dict[str, str] | None = Field(description="The same in English, where somebody has written it.")
    effort: Effort | None
    district: str | None = Field(description="Code of the district (NUTS 3); null where the place is not shown.")
    district_name: str | None
    themes: list[str]
    outcomes: list[OutcomeRecord]
    licence: str | None = Field(description="Address of the licence of its texts; null where none was granted.")
    credit: str = Field(description="Who is to be named with its texts: who tells it, or the platform.")
    copies: int = Field(description="How many have begun the same elsewhere.")
    published_at: datetime
    revised_at: datetime | None


TEXTS = ("title", "teaser", "problem", "people", "money", "room", "permission", "partners", "went_wrong", "changed")

IN_A_TABLE = tuple(name for name in StoryRecord.model_fields if name not in ("english", "outcomes"))
"""The fields of a record that a cell can hold; the first outcome has columns of its own."""

OF_AN_OUTCOME = tuple(OutcomeRecord.model_fields)


def record_of(story: PublicStory, names: RegionNames, base_url: str) -> StoryRecord:
    known = {name: story.words.get(name, "") for name in (*TEXTS, "easy_language")}
    region = names.region
    return StoryRecord(
        **known,
        slug=story.slug,
        address=f"{base_url}/geschichten/{story.slug}",
        steps=story.steps,
        english=dict(story.english) if story.english is not None else None,
        effort=story.effort,
        district=story.district,
        district_name=names.district(story.district) if story.district in region.districts else None,
        themes=list(story.themes),
        outcomes=[OutcomeRecord.model_validate(one.model_dump()) for one in story.outcomes],
        licence=ADDRESSES[story.licence] if story.licence is not None else None,
        credit=story.name or region.platform,
        copies=story.copies,
        published_at=story.published_at,
        revised_at=story.revised_at,
    )


def as_row(record: StoryRecord) -> Iterator[str]:
    """For a table: lists are joined, and of outcomes there is the first."""
    plain: Mapping[str, Any] = record.model_dump(mode="json")
    for name in IN_A_TABLE:
        value = plain[name]
        yield " | ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    first: Mapping[str, Any] = plain["outcomes"][0] if plain["outcomes"] else {}
    yield from (str(first.get(name, "")) for name in OF_AN_OUTCOME)
