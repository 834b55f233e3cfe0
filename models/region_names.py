"""The region's own names for what is kept as a key; a key that the configuration does not have any more says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.i18n import Texts, languages
from models.policy import RegionSection, Translations


def spoken_languages(region: RegionSection) -> tuple[str, ...]:
    """The languages of pages: those that the region names and that have a catalogue, in the region's order.

    Ideas and coaches may know more of them.
    """
    return tuple(language for language in region.languages if language in languages())


@dataclass(frozen=True)
class RegionNames:
    """Names of offices, districts, themes, partners and languages, in a reader's language."""

    region: RegionSection
    t: Texts

    @property
    def own(self) -> str:
        """Of the region itself."""
        return self._translated.region or self.region.name

    def office(self, key: str) -> str:
        return self._name({**self.region.offices, **self._translated.offices}, key)

    def district(self, key: str) -> str:
        return self._name(self.all_districts(), key)

    def theme(self, key: str) -> str:
        return self._name(self.all_themes(), key)

    def themes(self, keys: Iterable[str]) -> str:
        """ "Pflege, Kultur" """
        return ", ".join(self.theme(key) for key in keys)

    def partner(self, key: str) -> str:
        return self._name(self.region.partners, key)

    def language(self, key: str) -> str:
        return self._name({code: self.t.name_of(code) for code in self.region.languages}, key)

    def offices(self, others: Iterable[str] = ()) -> dict[str, str]:
        """Key → name of all offices there are, and of others that ideas still belong to."""
        return {key: self.office(key) for key in (*self.region.offices, *others)}

    def all_districts(self) -> dict[str, str]:
        own = {code: district.name for code, district in self.region.districts.items()}
        return {**own, **self._translated.districts}

    def all_themes(self) -> dict[str, str]:
        return {**self.region.themes, **self._translated.themes}

    @property
    def _translated(self) -> Translations:
        return self.region.translated.get(self.t.language) or Translations()

    def _name(self, known: Mapping[str, str], key: str) -> str:
        return known[key] if key in known else self.t("name.gone", name=key)
