"""The structured story: outcomes, pictures, materials and effort beside its guided fields, and the digest of it all.

A story without people's consent is none: what a picture lacks is named here, and nothing is approved before.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models import single_line
from models.typed_text import LONGEST_TEXT, Text
from models.vocabulary import Effort, Evidence, Licence, PeopleShown, StoryField

Line = Annotated[single_line.Line, StringConstraints(max_length=300)]
LongText = Annotated[Text, Field(max_length=LONGEST_TEXT)]
RowId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

MOST_OUTCOMES, MOST_PICTURES, MOST_MATERIALS = 12, 12, 20

ENGLISH: Final[Mapping[StoryField, StoryField]] = {
    field: StoryField(f"{field}_en") for field in StoryField if f"{field}_en" in list(StoryField)
}
"""Field → the same in English."""

ENGLISH_SPOKEN: Final = StoryField.TITLE_EN.rpartition("_")[2]

GUIDED: Final = tuple(field for field in StoryField if field not in ENGLISH.values())
"""The fields of the story itself."""

NEEDED: Final = (StoryField.TITLE, StoryField.TEASER)
"""Without them there is nothing that could be listed."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoryOutcome(_Part):
    """What has changed, as a figure: "140 Haushalte", as of a day, and how it is known."""

    what: Line
    value: Decimal = Field(ge=-(10**12), le=10**12, decimal_places=2)
    unit: Line = ""
    as_of: date
    provenance: Evidence = Evidence.SELF_REPORTED


class StoryPicture(_Part):
    """A picture that was uploaded. What is missing may be missing as long as the story is written."""

    id: RowId
    alt: Line = ""
    alt_en: Line = ""
    """The same in English; never machine-made."""
    credit: Line = ""
    licence: Licence | None = None
    people: PeopleShown | None = None
    width: int = Field(default=0, ge=0, le=10_000)
    """As it is kept; whatever else is sent counts for nothing."""
    height: int = Field(default=0, ge=0, le=10_000)

    def alt_in(self, language: str, own: str = "de") -> tuple[str, str]:
        """What is to be seen, and the language in which that is said: the reader's, or else its `own`."""
        return (self.alt_en, ENGLISH_SPOKEN) if language == ENGLISH_SPOKEN and self.alt_en else (self.alt, own)

    @property
    def lacks(self) -> list[str]:
        """What keeps it from being shown."""
        return [name for name in ("alt", "credit", "licence", "people") if not getattr(self, name)]


class StoryMaterial(_Part):
    """A file to take along."""

    attachment_id: RowId
    title: Line


class StoryParts(_Part):
    """What a story has beside its words."""

    outcomes: tuple[StoryOutcome, ...] = Field(default=(), max_length=MOST_OUTCOMES)
    pictures: tuple[StoryPicture, ...] = Field(default=(), max_length=MOST_PICTURES)
    materials: tuple[StoryMaterial, ...] = Field(default=(), max_length=MOST_MATERIALS)
    effort: Effort | None = None

    @property
    def lacks(self) -> list[str]:
        """What keeps it from being published: `pictures.0.alt`, counted from 0."""
        return [f"pictures.{n}.{name}" for n, picture in enumerate(self.pictures) for name in picture.lacks]

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return self.model_dump(mode="json", exclude_defaults=True)


class StoryWords(BaseModel):
    """A story in its guided fields, each with an English one beside it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Annotated[single_line.Line, Field(max_length=200)] = ""
    teaser: LongText = ""
    problem: LongText = ""
    steps: LongText = Field(default="", description="One step a line.")
    people: LongText = ""
    money: LongText = ""
    room: LongText = ""
    permission: LongText = ""
    partners: LongText = ""
    went_wrong: LongText = ""
    changed: LongText = ""
    easy_language: LongText = ""
    title_en: Annotated[single_line.Line, Field(max_length=200)] = ""
    teaser_en: LongText = ""
    problem_en: LongText = ""
    steps_en: LongText = ""
    people_en: LongText = ""
    money_en: LongText = ""
    room_en: LongText = ""
    permission_en: LongText = ""
    partners_en: LongText = ""
    went_wrong_en: LongText = ""
    changed_en: LongText = ""


def digest_of(words: Mapping[str, Any], parts: Mapping[str, Any] | None = None) -> str:
    """Of a document as it was handed in, in canonical JSON: who agrees to a story agrees to this."""
    told = dict(words) if parts is None else {"words": dict(words), "parts": dict(parts)}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
