"""Mail addresses in canonical form (IDNA 2008, UTS 46 non-transitional): one spelling to compare, one to show.

https://www.rfc-editor.org/rfc/rfc5891 and https://www.unicode.org/reports/tr46/. Everything that comes in goes through
`canonical_address`; nothing else decides what an address is.
"""

import re
import unicodedata

import idna

LONGEST = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 signs with its two brackets."""
LONGEST_LOCAL = 64

LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class WrongAddress(ValueError):
    """No mail server would take it, or two spellings of it could be told apart. It never quotes what was typed."""


def canonical_address(text: str) -> str:
    """The one spelling under which an address is kept and compared: lower case, the domain as A-labels.

    >>> canonical_address(" Alma@Käse.Example ")
    'alma@xn--kse-qla.example'

    Raises WrongAddress for what is no address: without a dot in the domain, with a final one, with brackets, blanks or
    signs that cannot be seen, or longer than mail servers take.
    """
    plain = text.strip(" \t\r\n")
    local, at, domain = plain.rpartition("@")
    local = unicodedata.normalize("NFC", local).lower()
    if not at or not plain.isprintable() or len(local) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        raise WrongAddress("is no mail address")
    try:
        ascii_domain = idna.encode(domain, uts46=True, transitional=False, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise WrongAddress("has a domain that no server is found under") from None
    if "." not in ascii_domain or ascii_domain.endswith(".") or domain.endswith("."):
        raise WrongAddress("has a domain without a dot, or with a final one")
    address = f"{local}@{ascii_domain}"
    if len(address) > LONGEST:
        raise WrongAddress("is too long")
    return address


def is_address(text: str) -> bool:
    try:
        return bool(canonical_address(text))
    except WrongAddress:
        return False


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
