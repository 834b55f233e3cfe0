"""The region's own names for what is kept as a key; a key that the configuration does not have any more says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.i18n import Texts
from models.policy import RegionSection


@dataclass(frozen=True)
class RegionNames:
    """Names of offices, districts, themes, partners and languages, in a reader's language."""

    region: RegionSection
    t: Texts

    def office(self, key: str) -> str:
        return self._name(self.region.offices, key)

    def district(self, key: str) -> str:
        return self._name({code: district.name for code, district in self.region.districts.items()}, key)

    def theme(self, key: str) -> str:
        return self._name(self.region.themes, key)

    def themes(self, keys: Iterable[str]) -> str:
        """ "Pflege, Kultur" """
        return ", ".join(self.theme(key) for key in keys)

    def partner(self, key: str) -> str:
        return self._name(self.region.partners, key)

    def language(self, key: str) -> str:
        return self._name({code: self.t(f"page.language.{code}") for code in self.region.languages}, key)

    def offices(self, others: Iterable[str] = ()) -> dict[str, str]:
        """Key → name of all offices there are, and of others that ideas still belong to."""
        return {key: self.office(key) for key in (*self.region.offices, *others)}

    def _name(self, known: Mapping[str, str], key: str) -> str:
        return known[key] if key in known else self.t("name.gone", name=key)
