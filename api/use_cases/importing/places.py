"""The region's own names in whatever form a table has them: official names, keys, abbreviations, other spellings."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models import text_folding
from models.policy import RegionSection
from models.text_folding import shorten_umlauts

LANGUAGES = {
    "de": "deutsch german germandeutsch deu ger allemand niemiecki němčina nemecky hochdeutsch",
    "en": "englisch english eng anglais angielski angličtina anglicky",
    "fr": "französisch french français fra fre",
    "pl": "polnisch polish polski pol",
    "cs": "tschechisch czech čeština cesky ces cze",
    "uk": "ukrainisch ukrainian українська ukr",
    "ru": "russisch russian русский rus",
    "ar": "arabisch arabic العربية ara",
    "tr": "türkisch turkish türkçe tur",
    "es": "spanisch spanish español spa",
    "it": "italienisch italian italiano ita",
    "nl": "niederländisch dutch nederlands nld dut",
    "hsb": "sorbisch obersorbisch sorbian hornjoserbšćina",
}
"""ISO 639-1 → its names here and there, and its codes of three letters."""
CODES = {name: code for code, names in LANGUAGES.items() for name in (code, *names.split())}

TOWN = re.compile(r"\b(kreisfreie stadt|landeshauptstadt|hansestadt|stadtkreis|stadt|kfs|city of|city)\b")
COUNTY = re.compile(r"\b(landkreis|lkrs?|lk|kreis|krs|county|district of|district)\b")
SEPARATORS = re.compile(r"(\s*[;|/\n,]\s*|\s+(?:und|and|&|\+)\s+)")
SOFT = re.compile(r"\s+(?:und|and|&|\+)\s+")
NUMBERED = re.compile(r"\A\s*(?:\d{1,2}[.):]|[a-z]\)|[-•*–])\s+")
LONGEST_NAME = 8
"""A name of a theme has at most so many parts between commas and "und"."""


@dataclass(frozen=True)
class _Name:
    """A name without what says which kind of place it is."""

    core: str
    is_town: bool
    is_county: bool


class RegionNames:
    """What the region has, found by the names of a table. `districts` and `themes`: foreign name → our key."""

    def __init__(
        self, region: RegionSection, districts: Mapping[str, str] | None = None, themes: Mapping[str, str] | None = None
    ) -> None:
        self.region = region
        self._districts = {fold(name): code for name, code in (districts or {}).items()}
        self._themes = {fold(name): key for name, key in (themes or {}).items()}
        self._theme_names = {fold(name): key for key, own in region.themes.items() for name in (key, own)}
        self._parted = {code: _part(district.name) for code, district in region.districts.items()}
        self._found: dict[str, str | None] = {}
        self._known_themes: dict[str, str | None] = {}

    def district(self, text: str) -> str | None:
        """The code of a district; None where there is none, or more than one may be meant."""
        if text not in self._found:
            self._found[text] = self._find_district(text)
        return self._found[text]

    def theme(self, text: str) -> str | None:
        if text not in self._known_themes:
            folded = fold(NUMBERED.sub("", text))
            self._known_themes[text] = self._themes.get(folded) or self._theme_names.get(folded)
        return self._known_themes[text]

    def language(self, text: str) -> str | None:
        """One of the region's languages."""
        folded = text.strip().casefold()
        code = CODES.get(folded) or CODES.get(re.split(r"[-_ (,;/]", folded, maxsplit=1)[0])
        return code if code in self.region.languages else None

    def _find_district(self, text: str) -> str | None:
        given = self._districts.get(fold(text)) or self.region.find_district(text) or self._by_key(text)
        if given is not None:
            return given
        for inside in re.findall(r"[(\[]([^)\]]+)[)\]]", text):
            if found := self.region.find_district(inside) or self._by_key(inside):
                return found
        return self._by_name(re.sub(r"[(\[][^)\]]*[)\]]", lambda part: f", {part[0][1:-1]}", text))

    def _by_key(self, text: str) -> str | None:
        """By the official key of the district (5 digits), of one of its places (8), or the regional key (12).

        Spreadsheets lose the zero with which some begin.
        """
        digits = re.sub(r"[.,]0+\Z|\s", "", text)
        if not digits.isdecimal() or len(digits) not in (4, 5, 7, 8, 11, 12):
            return None
        padded = digits if len(digits) in (5, 8, 12) else f"0{digits}"
        return self.region.find_district(padded[:5])

    def _by_name(self, text: str) -> str | None:
        wanted = _part(text)
        if not wanted.core:
            return None
        pattern = re.compile(_pattern(wanted.core, "." in text))
        named = {code: name for code, name in self._parted.items() if pattern.fullmatch(_stem(name.core))}
        ranked = [
            [
                code
                for code, name in named.items()
                if name.is_town == wanted.is_town and name.is_county == wanted.is_county
            ],
            [code for code, name in named.items() if not (name.is_county or name.is_town)],
            list(named) if not (wanted.is_county or wanted.is_town) or len(named) == 1 else [],
        ]
        best = next((codes for codes in ranked if codes), [])
        return best[0] if len(best) == 1 else None


def fold(text: str) -> str:
    """Small letters without accents, umlauts in one spelling, everything else a blank."""
    return shorten_umlauts(text_folding.fold(text.replace("&", " und ")))


def split_themes(text: str, known: Callable[[str], object]) -> list[str]:
    """The themes named in one cell. A known name with a comma or "und" in it stays whole."""
    if (items := _read_list(text)) is not None:
        return [name for item in items for name in split_themes(item, known)]
    parts = SEPARATORS.split(text.strip())
    names, place = [], 0
    while place < len(parts):
        last = min(len(parts), place + 2 * LONGEST_NAME) - 1
        ends = (
            end for end in range(last - (last - place) % 2, place - 1, -2) if known("".join(parts[place : end + 1]))
        )
        end = next(ends, place)
        if not known(parts[place]) and end == place:
            # What nobody knows stays as long as it may be one name.
            while end + 2 < len(parts) and SOFT.fullmatch(parts[end + 1]) and not known(parts[end + 2]):
                end += 2
        names.append("".join(parts[place : end + 1]).strip())
        place = end + 2
    return [name for name in names if name]


def _read_list(text: str) -> list[str] | None:
    try:
        items = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        return None
    return [str(item) for item in items] if isinstance(items, list) else None


def _part(name: str) -> _Name:
    folded = fold(name)
    core = " ".join(COUNTY.sub(" ", TOWN.sub(" ", folded)).split())
    return _Name(core, TOWN.search(folded) is not None, COUNTY.search(TOWN.sub(" ", folded)) is not None)


def _stem(core: str) -> str:
    """ "erzgebirg" for Erzgebirgskreis and for Erzgebirge, "vogtland" for Vogtlandkreis."""
    return re.sub(r"(s?kreis|e)\Z", "", core)


def _pattern(core: str, is_abbreviated: bool) -> str:
    """Where points stand in a name, its words may be cut off."""
    words = [re.escape(word) for word in _stem(core).split()]
    return " ".join(rf"{word}\w*" if is_abbreviated and len(word) >= 2 else word for word in words)
