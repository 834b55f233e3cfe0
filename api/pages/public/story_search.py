"""What somebody looks for among the stories, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from models.i18n import Texts
from models.policy import RegionSection
from models.queries.stories import STORIES_A_PAGE, StoryFilters
from models.region_names import RegionNames
from models.typed_text import clean
from models.vocabulary import Effort

LIST: Final = "/geschichten"
LONGEST, DIGITS = 200, 4
YES = "ja"


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the list without it."""

    label: str
    without: str


@dataclass(frozen=True)
class StorySearch:
    """Filters and the page. What the region does not know narrows nothing."""

    filters: StoryFilters
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str], region: RegionSection) -> "StorySearch":
        theme, district, effort = (query.get(name, "") for name in ("thema", "ort", "aufwand"))
        filters = StoryFilters(
            typed=clean(query.get("text", ""))[:LONGEST].strip(),
            theme=theme if theme in region.themes else None,
            district=district if district in region.districts else None,
            effort=Effort(effort) if effort in list(Effort) else None,
            copied=query.get("nachgemacht") == YES,
        )
        number = query.get("seite", "")
        return cls(filters, max(1, int(number)) if number.isdecimal() and len(number) <= DIGITS else 1)

    @property
    def offset(self) -> int:
        return (self.page - 1) * STORIES_A_PAGE

    @property
    def named(self) -> dict[str, str]:
        """The filters that are set, as the address names them."""
        asked = self.filters
        values = {"text": asked.typed, "ort": asked.district, "thema": asked.theme, "aufwand": asked.effort}
        return {name: str(value) for name, value in values.items() if value} | (
            {"nachgemacht": YES} if asked.copied else {}
        )

    def address(self, *, without: str = "", **changed: str) -> str:
        """Of the list, on its first page; one filter left out, or others set."""
        query = {name: value for name, value in (self.named | changed).items() if name != without}
        return f"{LIST}?{urlencode(query)}" if query else LIST

    def address_of_page(self, number: int) -> str:
        return self.address(seite=str(number)) if number > 1 else self.address()

    def chips(self, t: Texts, names: RegionNames) -> list[Chip]:
        asked = self.filters
        place, theme, effort = t("page.stories.place"), t("page.stories.themes"), t("field.effort")
        told = {
            "text": f"„{asked.typed}“",
            "ort": f"{place}: {names.district(asked.district)}" if asked.district else "",
            "thema": f"{theme}: {names.theme(asked.theme)}" if asked.theme else "",
            "aufwand": f"{effort}: {t(f'effort.{asked.effort}')}" if asked.effort else "",
            "nachgemacht": t("page.stories.copied"),
        }
        return [Chip(told[name], self.address(without=name)) for name in self.named]
