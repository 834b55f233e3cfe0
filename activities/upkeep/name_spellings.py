"""How a name may be written: in another order, with another accent, with ae for ä, in the genitive.

Patterns are regular expressions of PostgreSQL (ARE), matched without regard to case.
"""

import re
import unicodedata

SPELLINGS = {
    "a": "(?:a[eë]|[aäàáâãåæ])",
    "o": "(?:o[eë]|[oöòóôõøœ])",
    "u": "(?:u[eë]|[uüùúûů])",
    "ss": "(?:ss|ß|s)",
    "s": "[sšśş]",
    "c": "[cçčć]",
    "e": "[eèéêëěę]",
    "i": "[iìíîïı]",
    "l": "[lł]",
    "n": "[nñńň]",
    "r": "[rř]",
    "t": "[tť]",
    "y": "[yýÿ]",
    "z": "[zžźż]",
}
"""Base letter → how it may be written."""

ALONE = 4
"""Letters a word needs to be looked for alone: "Max" or "Ute" would be found in half of all texts."""

TITLES = r"(?:frau|fr|herrn?|hr|dr|prof|mrs?|ms)\.?"


def patterns_of(name: str) -> list[str]:
    """Ways to write a full name that mean nobody else; none for a name of one word."""
    words = name.replace(",", " ").split()
    if len(words) < 2:
        return []
    spelled = [spell(word) for word in words]
    first, last = spelled[0], spelled[-1]
    orders = {
        r"[\s.]+".join(spelled),
        first + r"\s+" + last,
        last + r",?\s+" + r"\s+".join(spelled[:-1]),
        last + r",?\s+" + first,
    }
    return [_whole(one) for one in sorted(orders)] + [_whole(rf"{TITLES}\s+(?:{TITLES}\s+)*{last}")]


def single_patterns_of(name: str) -> list[str]:
    """Each of its words alone: safe to look for only where they have to do with something."""
    return [_whole(spell(word)) for word in name.replace(",", " ").split() if len(word) >= ALONE]


def spell(word: str) -> str:
    """ "Müller" → a pattern that finds Mueller, Muller and MÜLLER, too."""
    base = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    for digraph, letter in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ß", "ss"), ("ø", "o"), ("ł", "l"), ("æ", "a")):
        base = base.replace(digraph, letter)
    found, at = "", 0
    while at < len(base):
        part = "ss" if base.startswith("ss", at) else base[at]
        found += _both_cases(SPELLINGS[part]) if part in SPELLINGS else re.escape(part)
        at += len(part)
    return found


def _both_cases(pattern: str) -> str:
    """PostgreSQL folds the case of letters beyond ASCII only in some locales."""
    return re.sub(r"\[(\w+)\]", lambda found: f"[{found[1]}{found[1].upper()}]", pattern)


def _whole(pattern: str) -> str:
    """Not within a longer word, but for the genitive."""
    return rf"\m{pattern}(?:['’]?s)?\M"
