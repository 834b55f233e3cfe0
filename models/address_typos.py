"""Slips in the domain of a mail address: they are asked back about, never corrected.

A mail to gmial.com goes to whoever owns gmial.com, and the person waits for it in vain. Only the domains that very
many people here have are compared: one of them is then far likelier than its neighbour.
"""

from models.addresses import WrongAddress, canonical_address

COMMON = (
    *("gmail.com", "googlemail.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "web.de", "t-online.de"),
    *("outlook.com", "outlook.de", "hotmail.com", "hotmail.de", "live.com", "live.de", "msn.com"),
    *("yahoo.com", "yahoo.de", "icloud.com", "aol.com", "aol.de", "freenet.de", "arcor.de", "online.de", "email.de"),
    *("mail.de", "posteo.de", "mailbox.org", "proton.me", "protonmail.com", "vodafone.de", "vodafonemail.de"),
    *("seznam.cz", "wp.pl", "onet.pl"),
)
"""The large providers of Germany, its neighbours beside Saxony, and the world. Neighbours of each other all stand here,
so that none is taken for a slip of the other."""


def suggest_address(typed: str) -> str | None:
    """The address that somebody may have meant; None where nothing speaks for a slip.

    >>> suggest_address("Alma@gmial.com"), suggest_address("alma@gmail"), suggest_address("alma@example.org")
    ('alma@gmail.com', 'alma@gmail.com', None)
    """
    local, _, domain = typed.strip().lower().rstrip(".").rpartition("@")
    if domain in COMMON:
        return None
    meant = next((common for common in COMMON if _is_slip(domain, common)), None)
    try:
        return canonical_address(f"{local}@{meant}") if meant else None
    except WrongAddress:
        return None


def _is_slip(typed: str, common: str) -> bool:
    """One sign too many, too few, another one, or two in the wrong order; or the dot or the ending left out."""
    return typed in (common.replace(".", ""), common.partition(".")[0]) or is_one_slip(typed, common)


def is_one_slip(one: str, other: str) -> bool:
    """Whether the Damerau-Levenshtein distance of two different words is 1.

    >>> is_one_slip("gmial.com", "gmail.com"), is_one_slip("gmx.dee", "gmx.de"), is_one_slip("gmx.org", "gmx.de")
    (True, True, False)
    """
    short, long = sorted((one, other), key=len)
    start = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest, rest_of_long = short[start:], long[start:]
    if len(short) != len(long):
        return rest == rest_of_long[1:]
    return rest[1:] == rest_of_long[1:] or (rest[1::-1] == rest_of_long[:2] and rest[2:] == rest_of_long[2:])
