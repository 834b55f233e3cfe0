"""Sentences, told apart roughly: good enough for a hint, in German and in English."""

from itertools import zip_longest

_ENDS = (".", "!", "?", "…")
_CLOSING = "\"'“”’»«)]"
_SHORT = frozenset(
    {"bzw.", "ca.", "dr.", "etc.", "evtl.", "ggf.", "inkl.", "mr.", "mrs.", "nr.", "prof.", "st.", "str.", "vgl."}
)
"""What ends in a full stop without ending a sentence, apart from single letters ("z. B.") and days ("3. Mai")."""


def count_sentences(text: str) -> int:
    """How many sentences a text has; what is left without an end counts as one."""
    words = text.split()
    return sum(_ends_sentence(word, after) for word, after in zip_longest(words, words[1:], fillvalue=""))


def first_sentence(text: str) -> str:
    """In one line.

    >>> first_sentence("Nachbarn, z. B. Frau Ott, gehen mit. Das hilft.")
    'Nachbarn, z. B. Frau Ott, gehen mit.'
    """
    words = text.split()
    for count, (word, after) in enumerate(zip_longest(words, words[1:], fillvalue=""), 1):
        if _ends_sentence(word, after):
            return " ".join(words[:count])
    return ""


def _ends_sentence(word: str, after: str) -> bool:
    bare = word.rstrip(_CLOSING)
    if not after:
        return True
    if not bare.endswith(_ENDS) or not after.lstrip("\"'„“‚»«([")[:1].isupper():
        return False
    is_abbreviated = bare.lower() in _SHORT or (bare.endswith(".") and len(bare.rstrip(".")) == 1)
    is_number = bare.rstrip(".").isdigit() and len(bare) <= 3
    return not (is_abbreviated or is_number)
