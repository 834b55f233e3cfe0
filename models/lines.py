"""What people type into one line: titles, names. They stand in mails and lists, so a line is a line.

A name that holds an address or a link is a way to put an advertisement, or a trap, into an official mail.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LONGEST_NAME = 80
LONGEST_PHONE, FEWEST_DIGITS = 40, 4
LONGEST_REACH = 200
PHONE = re.compile(r"\+?[0-9(][0-9 ()/.-]*")
NO_NAME = ("://", "www.", "@")
JOINERS = "\u200c\u200d"
"""Signs that cannot be seen, and that names of some scripts need."""


def read_line(text: str) -> str:
    """Line breaks and other runs of blanks become one blank. Raises ValueError for other control signs."""
    line = " ".join(text.split())
    if any(unicodedata.category(sign) == "Cc" for sign in line):
        raise ValueError("must not contain control characters")
    return line


def read_name(text: str) -> str:
    """A line without links, addresses and signs that cannot be seen. Raises ValueError; empty stays empty."""
    name = read_line(text)
    if len(name) > LONGEST_NAME:
        raise ValueError(f"must not be longer than {LONGEST_NAME} characters")
    folded = unicodedata.normalize("NFKC", name).lower()
    if any(piece in folded for piece in NO_NAME) or any(_is_unseen(sign) for sign in name):
        raise ValueError("must be a name, without addresses and links")
    return name


def read_phone(text: str) -> str:
    """A number as people write it: "0351 / 123 45-67", "+49 (351) 123". Raises ValueError; empty stays empty."""
    number = read_line(text)
    if number and (PHONE.fullmatch(number) is None or sum(map(str.isdigit, number)) < FEWEST_DIGITS):
        raise ValueError("must be a telephone number")
    return number


def is_phone(text: str) -> bool:
    try:
        return bool(read_phone(text))
    except ValueError:
        return False


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf" and sign not in JOINERS


def is_name(text: str) -> bool:
    try:
        return bool(read_name(text))
    except ValueError:
        return False


Line = Annotated[str, AfterValidator(read_line)]
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(read_name)]
Phone = Annotated[str, StringConstraints(max_length=LONGEST_PHONE), AfterValidator(read_phone)]
Reach = Annotated[str, StringConstraints(max_length=LONGEST_REACH), AfterValidator(read_line)]
"""How somebody is reached best, in their own words."""
