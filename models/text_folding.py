"""Folding: one spelling for what people mean, to search by and to sort by, here and in the database.

Case, accents, ligatures, dashes and signs that cannot be seen make no difference. The database folds with a function of
its own (`ideenweg_fold`, `ideenweg_words`, migration 0014) into columns that it computes itself, so that nothing folded
outlives the words it was made from. It is written out sign by sign: it gives the same under every locale. A test asks
both for every sign.
"""

import re
import unicodedata

UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0"
)
"""Signs without a shape, as a class of regular expressions. Unicode 16, DerivedCoreProperties, Default_Ignorable."""

MARKS = r"\u0300-\u036f\u0483-\u0487\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""Accents, once they stand beside their letters."""

BETWEEN_WORDS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02b9-\u02ff\u2000-\u206f\u20a0-\u20cf"
    r"\u2190-\u2bff\u2e00-\u2e7f\u3000-\u303f\ufe30-\ufe6f"
)
"""Blanks, dashes, quotation marks, arrows: a row of them is one blank."""

SPELLED_OUT = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"}
SINGLE = (
    "ØøĐđÐðŁłĦħŦŧıĸŊŋĲĳΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣςΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ",
    "ooddddllhhttiknniiαβγδεζηθικλμνξοπρσστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ",
)
"""Letters that no accent tells apart from their base, and the capitals of other alphabets."""

DROPPED = re.compile(f"[{MARKS}{UNSEEN}]")
BLANKS = re.compile(f"[{BETWEEN_WORDS}]+")
UMLAUT = re.compile("([aou])e")
ASCII_CAPITALS = str.maketrans({chr(sign): chr(sign + 32) for sign in range(ord("A"), ord("Z") + 1)})
LETTERS = str.maketrans(SPELLED_OUT | dict(zip(*SINGLE, strict=True)))


def fold(text: str) -> str:
    """Words as they are sorted, by DIN 5007-1: ä as a, ß as ss, digits first, whatever their case.

    >>> fold("Straßenfest „im“ E‑Café")
    'strassenfest im e cafe'
    """
    bare = DROPPED.sub("", unicodedata.normalize("NFKD", text))
    return BLANKS.sub(" ", bare.translate(ASCII_CAPITALS).translate(LETTERS)).strip(" ")


def shorten_umlauts(folded: str) -> str:
    """Folded words in which ae, oe and ue are what ä, ö and ü are: Buerger, Burger and Bürger are one word.

    >>> shorten_umlauts(fold("Buergerbeteiligung"))
    'burgerbeteiligung'
    """
    return UMLAUT.sub(r"\1", folded)


def fold_to_find(text: str) -> str:
    """What words are found in: as they are sorted, and with short umlauts. With these alone nobody would find what
    begins with an e inside a word, as in Kinoeröffnung."""
    folded = fold(text)
    short = shorten_umlauts(folded)
    return f" {folded} " if short == folded else f" {folded} \n {short} "


def spellings(text: str) -> tuple[str, ...]:
    """What is looked for in folded words; empty where nothing is left of them."""
    folded = fold(text)
    return tuple(dict.fromkeys((folded, shorten_umlauts(folded)))) if folded else ()
