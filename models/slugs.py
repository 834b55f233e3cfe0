"""Slugs: readable addresses, made from a title, for what everybody may read."""

import re
from collections.abc import Iterator
from itertools import chain, count

from models.text_folding import fold

LONGEST, NAMELESS = 60, "geschichte"
ALOUD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def write_slug(title: str) -> str:
    """What stands before a colon, in letters that every address knows.

    >>> write_slug("Klingelzeichen: Nachbarn, die kurz vorbeischauen")
    'klingelzeichen'
    >>> write_slug("Bänke für Großmütter")
    'baenke-fuer-grossmuetter'
    """
    name = re.split(r": | [–—-] ", title.strip(), maxsplit=1)[0]
    words = re.findall(r"[a-z0-9]+", fold(name.translate(ALOUD)))
    slug = ""
    for word in words:
        if slug and len(slug) + len(word) >= LONGEST:
            break
        slug = f"{slug}-{word}".strip("-")[:LONGEST]
    return slug or NAMELESS


def candidates(title: str) -> Iterator[str]:
    """The slug, and then the same with a number behind, as long as they are taken."""
    slug = write_slug(title)
    return chain([slug], (f"{slug}-{number}" for number in count(2)))
