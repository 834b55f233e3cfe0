"""The hint that others go in the same direction, on the pages of handing in.

How many there are is counted once for each title that was saved, and kept with the draft: nobody asks word by word what
others have written.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import update
from sqlmodel import col

from api.pages.kit.page import AnyPage
from api.runtime.services import Services
from api.use_cases.drafts import typed_words
from api.web.rate_limits import Limited, has_room
from models.queries.similar import Alike, find_similar
from models.queries.stories import find_story_of
from models.region_names import RegionNames
from models.secrets import hash_secret
from models.tables import Draft


@dataclass(frozen=True)
class Hint:
    """What goes in the same direction: stories that everybody may read, and a sentence about the others."""

    stories: tuple[tuple[str, str], ...] = ()
    others: str = ""


class Look(NamedTuple):
    """What is looked for: a title, where it is from, and the idea that it is of, where there is one."""

    title: str
    district: str | None
    idea_id: str | None = None
    after_id: str | None = None
    """It copies the story of this one: whoever writes it knows that there is one."""


def look_of(draft: Draft) -> Look:
    typed = typed_words(draft)
    return Look(typed.title, typed.district, after_id=draft.after_id)


async def find_alike(page: AnyPage, draft: Draft, look: Look) -> Hint:
    found = await _look_around(page, look)
    if not page.visitor.has_staff_role:
        found = Alike(found.stories, await _count_once(page.services, draft, look.title, found.others))
    return Hint(found.stories, tell_others(page, found, look.district))


async def find_stories(page: AnyPage, look: Look) -> Hint:
    """Only what everybody may read: for an answer to each letter that somebody types."""
    return Hint((await _look_around(page, look)).stories)


def tell_others(page: AnyPage, found: Alike, district: str | None) -> str:
    """ "Eine weitere Idee in Bautzen geht in dieselbe Richtung." Empty where there is none."""
    region = page.services.policy.region
    if found.here and district in region.districts:
        count, place = found.here, RegionNames(region, page.t).district(str(district))
        return page.t("page.alike.here", count=count, place=place)
    return page.t("page.alike.further", count=found.others) if found.others else ""


async def _look_around(page: AnyPage, look: Look) -> Alike:
    """Nothing for whoever looks too often: the form works without it."""
    is_staff = page.visitor.has_staff_role
    if not is_staff and not await has_room(page.request, page.services, Limited.HINT, page.visitor.id):
        return Alike()
    words, district, idea_id, after_id = look
    database = page.services.database
    found = await find_similar(database, words, district, page.visitor.id, idea_id, for_staff=is_staff)
    if after_id is None:
        return found
    async with database.reading() as session:
        copied = await find_story_of(session, after_id)
    return replace(found, stories=tuple(one for one in found.stories if one != copied))


async def _count_once(services: Services, draft: Draft, title: str, others: int) -> int:
    """How many were found when this title was looked at first."""
    digest = hash_secret(title)
    if draft.alike is None or draft.alike["of"] != digest:
        draft.alike = {"of": digest, "others": others}
        async with services.database.transaction() as session:
            await session.exec(update(Draft).where(col(Draft.id) == draft.id).values(alike=draft.alike))
    return int(draft.alike["others"])
