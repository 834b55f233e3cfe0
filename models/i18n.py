"""The words on pages and in mails: one catalogue a language, in `templates/locales/`.

Keys instead of sentences (`state.develop.working`), so that a word is found by what it names and can be mended in one
place. A missing text is an error; a test reads every key in every language.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from models.settings import TEMPLATES

LOCALES = TEMPLATES / "locales"
DEFAULT_LANGUAGE = "de"
DATES_AS_IN = {"en": "en_GB"}
"""Nobody has to guess which number is the month."""


class Texts:
    """The texts of one language: `texts("mail.greeting", name="Alma")`."""

    def __init__(self, language: str, catalogue: Mapping[str, str]) -> None:
        self.language = language
        self.catalogue = catalogue
        self._locale = Locale.parse(DATES_AS_IN.get(language, language))

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its {places} filled. Raises KeyError where the catalogue has no such key."""
        return self.catalogue[key].format(**values) if values else self.catalogue[key]

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

    def instant(self, at: datetime, zone: ZoneInfo) -> str:
        """ "04.12.2026, 08:00" in the region's time."""
        return format_datetime(
            at, "d MMMM y, HH:mm" if self.language == "en" else "dd.MM.yyyy, HH:mm", zone, self._locale
        )

    def number(self, number: int) -> str:
        """ "10.000"."""
        return str(format_decimal(number, locale=self._locale))

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        """ "08:00:30" in the region's time."""
        return format_time(at, "HH:mm:ss", zone, self._locale)


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue. Looked for once: every page asks, and catalogues come with a new version."""
    return tuple(sorted(path.stem for path in LOCALES.glob("*.po")))


@cache
def texts_in(language: str) -> Texts:
    """The texts of a language, or of the default one where there is no catalogue for it."""
    if language not in languages() and language != DEFAULT_LANGUAGE:
        return texts_in(DEFAULT_LANGUAGE)
    path = LOCALES / f"{language}.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    return Texts(language, {str(m.id): str(m.string) for m in messages if m.id and m.string})
