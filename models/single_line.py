"""What people type into one line: titles, names. They stand in mails and lists, so a line is a line.

A name that holds an address or a link is a way to put an advertisement, or a trap, into an official mail.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from models.typed_text import Text, clean, says_something

LONGEST_NAME = 80
LONGEST_PHONE, FEWEST_DIGITS = 40, 4
LONGEST_REACH = 200
PHONE = re.compile(r"\+?[0-9(][0-9 ()/.-]*")
NO_NAME = ("://", "www.", "@")


def read_line(text: str) -> str:
    """Line breaks and other runs of blanks become one blank."""
    return " ".join(clean(text).split())


def read_name(text: str) -> str:
    """A line without links and addresses. Raises ValueError; empty stays empty."""
    name = read_line(text)
    if len(name) > LONGEST_NAME:
        raise ValueError(f"must not be longer than {LONGEST_NAME} characters")
    folded = unicodedata.normalize("NFKC", name).lower()
    if any(piece in folded for piece in NO_NAME) or (name and not says_something(name)):
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


def is_name(text: str) -> bool:
    try:
        return bool(read_name(text))
    except ValueError:
        return False


Line = Annotated[Text, AfterValidator(read_line)]
Name = Annotated[Text, StringConstraints(max_length=200), AfterValidator(read_name)]
Phone = Annotated[Text, StringConstraints(max_length=LONGEST_PHONE), AfterValidator(read_phone)]
Reach = Annotated[Text, StringConstraints(max_length=LONGEST_REACH), AfterValidator(read_line)]
"""How somebody is reached best, in their own words."""
