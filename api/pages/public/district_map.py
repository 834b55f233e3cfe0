"""The districts as a map of tiles: each has its place, and how many stories there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.public.story_search import StorySearch
from models.region_names import RegionNames

SIDE, GAP = 64, 6
"""In units of the drawing."""

STEPS = (1, 4)
"""From so many on, a tile is darker."""


@dataclass(frozen=True)
class Place:
    """One district. `address`: the list of its stories, with the other filters as they are."""

    code: str
    name: str
    short: str
    count: int
    address: str
    is_chosen: bool
    x: int | None = None
    """None where it does not lie on the map."""
    y: int = 0

    @property
    def shade(self) -> int:
        return sum(self.count >= least for least in STEPS)


@dataclass(frozen=True)
class DistrictMap:
    """All districts, in the order of their tiles, and those without one last."""

    places: tuple[Place, ...]
    width: int
    height: int
    elsewhere: int
    """Stories whose owners do not show the place, and of districts that are no more."""

    @property
    def drawn(self) -> list[Place]:
        return [place for place in self.places if place.x is not None]


def draw_districts(search: StorySearch, counts: Mapping[str, int], names: RegionNames) -> DistrictMap:
    """`counts`: district → stories that the filters find there."""
    region, tiles = names.region, names.region.tiles
    codes = [*tiles, *(code for code in region.districts if code not in tiles)]
    places = []
    for code in codes:
        name, (column, row) = names.district(code), tiles.get(code, (0, 0))
        place = Place(
            code=code,
            name=name,
            short=region.districts[code].short or name[:3],
            count=counts.get(code, 0),
            address=search.address(ort=code),
            is_chosen=search.filters.district == code,
            x=(column - 1) * (SIDE + GAP) if column else None,
            y=(row - 1) * (SIDE + GAP),
        )
        places.append(place)
    columns, rows = (max((tile[n] for tile in tiles.values()), default=0) for n in (0, 1))
    known = sum(place.count for place in places)
    return DistrictMap(
        tuple(places), columns * (SIDE + GAP) - GAP, rows * (SIDE + GAP) - GAP, sum(counts.values()) - known
    )
