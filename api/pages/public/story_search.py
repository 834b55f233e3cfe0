"""What somebody looks for among the stories, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from api.pages.public.list_search import Chip, ListSearch, quoted, read_page, read_typed
from models.i18n import Texts
from models.policy import RegionSection
from models.queries.stories import STORIES_A_PAGE, StoryFilters
from models.region_names import RegionNames
from models.vocabulary import Effort

LIST: Final = "/geschichten"
YES = "ja"


@dataclass(frozen=True, kw_only=True)
class StorySearch(ListSearch):
    """What the region does not know narrows nothing."""

    filters: StoryFilters

    at: ClassVar = LIST
    a_page: ClassVar = STORIES_A_PAGE

    @classmethod
    def of(cls, query: Mapping[str, str], region: RegionSection) -> "StorySearch":
        theme, district, effort = (query.get(name, "") for name in ("thema", "ort", "aufwand"))
        filters = StoryFilters(
            typed=read_typed(query),
            theme=theme if theme in region.themes else None,
            district=district if district in region.districts else None,
            effort=Effort(effort) if effort in list(Effort) else None,
            copied=query.get("nachgemacht") == YES,
        )
        return cls(filters=filters, page=read_page(query))

    @property
    def named(self) -> dict[str, str]:
        asked = self.filters
        values = {"text": asked.typed, "ort": asked.district, "thema": asked.theme, "aufwand": asked.effort}
        return {name: str(value) for name, value in values.items() if value} | (
            {"nachgemacht": YES} if asked.copied else {}
        )

    def chips(self, t: Texts, names: RegionNames) -> list[Chip]:
        asked = self.filters
        place, theme, effort = t("page.stories.place"), t("page.stories.themes"), t("field.effort")
        return self.chips_of(
            {
                "text": quoted(asked.typed),
                "ort": f"{place}: {names.district(asked.district)}" if asked.district else "",
                "thema": f"{theme}: {names.theme(asked.theme)}" if asked.theme else "",
                "aufwand": f"{effort}: {t(f'effort.{asked.effort}')}" if asked.effort else "",
                "nachgemacht": t("page.stories.copied"),
            }
        )
