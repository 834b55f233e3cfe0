"""Text that was damaged before it came here: UTF-8 read as something else and saved, or letters lost on the way."""

import re
import unicodedata

from api.use_cases.importing.encoding import USUAL

READ_AS = ("cp1252", "latin-1", "mac_roman", "cp850")
"""As what UTF-8 is usually read by mistake."""
LOST = re.compile(r"\ufffd|(?<=[^\W\d_])\?(?=[a-zäöüß])")
"""A replacement character, or a question mark within a word."""


def was_encoded_twice(value: str) -> bool:
    """Whether a part of a text was UTF-8 read as something else and saved again: 'fÃ¼r' or 'f√ºr' for 'für'."""
    return not value.isascii() and any(
        _is_usual(_undo(match.group(), name)) for name in READ_AS for match in PAIRS[name].finditer(value)
    )


def has_lost_letters(value: str) -> bool:
    """Whether a sign stands where a letter was. Addresses of pages may hold question marks."""
    return any(LOST.search(word) for word in value.split() if "/" not in word and "=" not in word)


def _undo(text: str, name: str) -> str:
    """The letter that a sequence was before; empty where it was none."""
    try:
        return bytes(_byte_of(sign, name) for sign in text).decode("utf-8")
    except (UnicodeError, ValueError):
        return ""


def _is_usual(letter: str) -> bool:
    """A letter of Europe, a typographic sign or a pictogram: others come about by chance, as in „Ü“."""
    if not letter:
        return False
    code = ord(letter)
    is_letter = 0xA0 <= code <= 0xFF or letter.casefold() in USUAL or 0x386 <= code <= 0x45F
    return is_letter or 0x2010 <= code <= 0x2122 or code > 0xFFFF or unicodedata.category(letter) == "Cf"


def _byte_of(sign: str, name: str) -> int:
    """Where the encoding has no sign for a byte, programs keep its number."""
    return ord(sign) if ord(sign) < 0xA0 else sign.encode(name)[0]


def _signs(first: int, last: int, name: str) -> str:
    """A class of a regular expression with the signs for some bytes."""
    found = set(map(chr, range(max(first, 0x80), min(last, 0x9F) + 1)))
    for byte in range(first, last + 1):
        found |= set(bytes([byte]).decode(name, "ignore"))
    return "".join(f"\\U{ord(sign):08x}" for sign in sorted(found))


def _pattern(name: str) -> re.Pattern[str]:
    following = f"[{_signs(0x80, 0xBF, name)}]"
    two, three, four = (_signs(first, last, name) for first, last in ((0xC2, 0xDF), (0xE0, 0xEF), (0xF0, 0xF4)))
    return re.compile(f"[{two}]{following}|[{three}]{following}{{2}}|[{four}]{following}{{3}}")


PAIRS = {name: _pattern(name) for name in READ_AS}
