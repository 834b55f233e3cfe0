"""The one gate for what people type, by whatever way it comes: pages, API, import.

Text is brought to NFC (Unicode Standard Annex #15), signs without a shape are taken out (soft hyphens, zero-width
spaces, byte order marks, marks of direction, control signs), and every end of a line is a line feed. So two texts that
look alike are alike, and what nobody sees has no length. Columns of people's words (`models.tables.columns.words`) let
nothing through that has not come this way.
"""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from models.text_folding import UNSEEN

LONGEST_TEXT = 10_000
"""Characters of what somebody writes into one field: four pages."""

JOINERS = "\u200c\u200d"
"""They have no shape either, and some scripts and emoji need them between two signs."""

HALF_SIGN = re.compile("[\ud800-\udfff]")
"""No text in UTF-8 has one, so neither PostgreSQL nor a digest takes it; JSON can write it."""

LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
CONTROLS = r"\x00-\x08\x0e-\x1f\x7f-\x9f\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
"""The two that are no signs at all no XML may hold: in one title they would break a whole feed."""
UNSEEN_SIGN = re.compile(f"[{CONTROLS}{UNSEEN}]")
PLAIN = re.compile(r"[\n\t -~]*")
JOINING_FROM = "\u0600"
"""Scripts before Arabic join nothing."""

SAYS = frozenset({"L", "N"})
SHORTEST_TITLE = 3


def clean(text: str) -> str:
    """What was typed, as it is kept. Blanks at the ends go, too.

    >>> clean("Nachbar\u00adschafts\u200bla\u0308den\r\n")
    'Nachbarschaftsläden'
    """
    if PLAIN.fullmatch(text):
        return text.strip()
    text = LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))
    return UNSEEN_SIGN.sub(lambda found: found[0] if _is_needed(text, found.start()) else "", text).strip()


def _is_needed(text: str, at: int) -> bool:
    """Whether a sign without a shape changes how its neighbours look."""
    if text[at] not in JOINERS and not "\ufe00" <= text[at] <= "\ufe0f":
        return False
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    is_after_sign = before >= JOINING_FROM and unicodedata.category(before)[0] in "LMS"
    return is_after_sign and (text[at] not in JOINERS or bool(after.strip()))


def visible_length(text: str) -> int:
    """How many signs of a text take room: marks belong to their letters."""
    return sum(unicodedata.category(sign)[0] in "LNPS" for sign in clean(text) if sign != "\u2800")


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit in it, or at least a picture: dots and dashes are no words."""
    return any(unicodedata.category(sign)[0] in SAYS or unicodedata.category(sign) == "So" for sign in text)


def _read(given: Any) -> Any:
    if isinstance(given, str):
        if "\x00" in given:
            raise ValueError("must not contain NUL characters")
        if HALF_SIGN.search(given):
            raise ValueError("must not contain half of a sign (a lone surrogate)")
        return clean(given)
    return given


def is_title(text: str) -> bool:
    """Long enough to be seen in a list, and to be clicked on."""
    return visible_length(text) >= SHORTEST_TITLE and says_something(text)


def _check_title(title: str) -> str:
    if not is_title(title):
        wanted = {"min_length": SHORTEST_TITLE}
        raise PydanticCustomError(
            "string_too_short", "String should have at least {min_length} visible characters", wanted
        )
    return title


def _check_words(text: str) -> str:
    if not says_something(text):
        raise PydanticCustomError("string_too_short", "String should have at least one word")
    return text


Text = Annotated[str, BeforeValidator(_read)]
"""Words of any length, in lines."""
SaysSomething = AfterValidator(_check_words)
VisibleTitle = AfterValidator(_check_title)
