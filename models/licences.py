"""Where licences are told in full, for people and for catalogues of open data."""

from collections.abc import Mapping
from typing import Final

from models.vocabulary import Licence

ADDRESSES: Final[Mapping[Licence, str]] = {
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
}
"""The canonical ones, by which programs know them. What is permitted for one story alone has none."""

_AUTHORITY = "http://publications.europa.eu/resource/authority/licence/"

CATALOGUED: Final[Mapping[Licence, str]] = {
    Licence.CC_BY: f"{_AUTHORITY}CC_BY_4_0",
    Licence.CC_BY_SA: f"{_AUTHORITY}CC_BYSA_4_0",
    Licence.CC0: f"{_AUTHORITY}CC0",
}
"""As DCAT-AP wants them: by the vocabulary of the European Union's Publications Office."""


def deed_of(licence: Licence, language: str) -> str:
    """What it says in plain words, in one's language; empty of what is permitted once."""
    address = ADDRESSES.get(licence, "")
    return f"{address}deed.{language}" if address else ""
