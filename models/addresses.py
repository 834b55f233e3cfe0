"""Mail addresses in canonical form (IDNA 2008, UTS 46 non-transitional): one spelling to compare, one to show.

https://www.rfc-editor.org/rfc/rfc5891 and https://www.unicode.org/reports/tr46/. Everything that comes in goes through
`canonical_address`; nothing else decides what an address is.
"""

import re

import idna

LONGEST = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 signs with its two brackets."""
LONGEST_LOCAL = 64

LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""RFC 5321, 4.1.2, without quoted local parts: a quoted spelling and a plain one would be two of one mailbox."""
LAST_LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
"""A number at the end is an address of the network, not a name: RFC 3696, section 2."""
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
"""Soft hyphens, spaces without width and marks of direction come along when an address is copied."""

IS_CANONICAL = (
    r"~ '^[!#-\u0027*+/-9=?^-~-]+(\.[!#-\u0027*+/-9=?^-~-]+)*"
    r"@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$'"
)
"""The same form for PostgreSQL, whose constraints refuse whatever did not come through here."""


class WrongAddress(ValueError):
    """No mail server would take it, or two spellings of it could be told apart. It never quotes what was typed."""


def canonical_address(text: str) -> str:
    """The one spelling under which an address is kept and compared: lower case, the domain as A-labels.

    >>> canonical_address(" Alma@Käse.Example. ")
    'alma@xn--kse-qla.example'

    A final dot, which phones add, and signs that cannot be seen are left out. Raises WrongAddress for what is no
    address: with brackets, quotes or blanks, without a dot in the domain, or longer than mail servers take.
    """
    local, at, domain = text.translate(UNSEEN).strip(" \t\r\n").rpartition("@")
    local = local.lower()
    if not at or len(local) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        raise WrongAddress("is no mail address")
    address = f"{local}@{_canonical_domain(domain)}"
    if len(address) > LONGEST:
        raise WrongAddress("is too long")
    return address


def _canonical_domain(text: str) -> str:
    try:
        domain = idna.encode(text, uts46=True, transitional=False, std3_rules=True).decode().lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        raise WrongAddress("has a domain that no server is found under") from None
    _, dot, last = domain.rpartition(".")
    if not dot or not LAST_LABEL.fullmatch(last):
        raise WrongAddress("has a domain without an end such as .org")
    return domain


def is_address(text: str) -> bool:
    try:
        return bool(canonical_address(text))
    except WrongAddress:
        return False


def mask_address(address: str) -> str:
    """So much of an address that its owner knows it, and nobody else reads anything in it: its words may be a message.

    >>> mask_address("alma@post.example.org")
    'a***@p***.org'
    """
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"


def show_address(address: str) -> str:
    """A canonical address as people write it, its domain in their letters.

    >>> show_address("alma@xn--kse-qla.example")
    'alma@käse.example'
    """
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address
