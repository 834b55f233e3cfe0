"""The words on pages and in mails: one catalogue a language, in `templates/locales/`.

Keys instead of sentences (`state.develop.working`), so that a word is found by what it names and can be mended in one
place. A missing text is an error; a test reads every key in every language. The header of a catalogue says how its
language counts (`Plural-Forms`) and writes dates and numbers (`Language`, a locale of CLDR).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.messages.pofile import read_po
from babel.numbers import NumberFormatError, format_decimal, parse_decimal

from models.settings import TEMPLATES

LOCALES = TEMPLATES / "locales"
DEFAULT_LANGUAGE = "de"


@dataclass(frozen=True, slots=True)
class PluralForms:
    """A text in the plural forms of its language (`msgstr[0]`, `msgstr[1]`, …): {count} chooses one of them.

    Any text with a {count} may have them, in a language that needs them: who asks for it always says the count alike.
    """

    forms: tuple[str, ...]
    rule: Callable[[int], int]
    locale: Locale

    def format(self, **values: Any) -> str:
        """Raises KeyError where no count is given."""
        count = values["count"]
        if count >= 1000:
            # Below that every language writes the same digits, and a page has many of those.
            values["count"] = format_decimal(count, locale=self.locale)
        return self.forms[self.rule(count)].format(**values)


class Texts:
    """The texts of one language: `texts("mail.greeting", name="Alma")`, `texts("page.places", count=3)`."""

    def __init__(
        self, language: str, locale: Locale, plain: Mapping[str, str], counting: Mapping[str, PluralForms]
    ) -> None:
        self.language = language
        self.catalogue: Mapping[str, str | PluralForms] = {**plain, **counting}
        self._locale = locale
        self._plain = plain

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its {places} filled, and in the form for the count.

        Raises KeyError where the catalogue has no such key, or not all of its forms, or no count is given.
        """
        return self.catalogue[key].format(**values) if values else self._plain[key]

    def has(self, key: str) -> bool:
        return key in self.catalogue

    def day(self, day: date) -> str:
        """ "Freitag, 4. Dezember 2026"."""
        return format_date(day, "full", locale=self._locale)

    def short_day(self, day: date) -> str:
        """ "04.12.2026"."""
        return format_date(day, "medium", locale=self._locale)

    def month(self, day: date) -> str:
        """ "Dezember 2026"."""
        return format_skeleton("yMMMM", day, locale=self._locale)

    def weekday(self, day: date) -> str:
        """ "Fr"."""
        return format_skeleton("EEE", day, locale=self._locale)

    def instant(self, at: datetime, zone: ZoneInfo) -> str:
        """ "04.12.2026, 08:00" in the region's time."""
        return format_datetime(at, self._plain["format.instant"], zone, self._locale)

    def number(self, number: int | Decimal) -> str:
        """ "10.000"."""
        return str(format_decimal(number, locale=self._locale))

    def read_number(self, typed: str) -> Decimal | None:
        """ "1.234,5" as people write it; None where it is no number."""
        try:
            number = parse_decimal(typed.replace("\u00a0", " ").strip(), locale=self._locale)
        except NumberFormatError:
            return None
        return number if number.is_finite() else None

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        """ "08:00:30" in the region's time."""
        return format_time(at, "medium", zone, self._locale)

    def time(self, at: datetime, zone: ZoneInfo) -> str:
        """ "08:00" in the region's time."""
        return format_time(at, "short", zone, self._locale)

    def name_of(self, language: str) -> str:
        """ "Englisch"; the code where CLDR knows no such language."""
        return str(self._locale.languages.get(language, language))


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue. Looked for once: every page asks, and catalogues come with a new version."""
    return tuple(sorted(path.stem for path in LOCALES.glob("*.po")))


@cache
def texts_in(language: str) -> Texts:
    """The texts of a language, or of the default one where there is no catalogue for it."""
    if language not in languages() and language != DEFAULT_LANGUAGE:
        return texts_in(DEFAULT_LANGUAGE)
    return read_texts(LOCALES / f"{language}.po")


def read_texts(path: Path) -> Texts:
    """The texts of a catalogue, a file called as its language is. A text that lacks a form counts as missing."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    locale, rule = catalogue.locale or Locale.parse(path.stem), c2py(catalogue.plural_expr)
    plain = {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.pluralizable}
    counting = {
        m.id[0]: PluralForms(tuple(m.string), rule, locale)
        for m in catalogue
        if m.pluralizable and m.string and all(m.string)
    }
    return Texts(path.stem, locale, plain, counting)
