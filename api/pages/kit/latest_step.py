"""What a list says of the step that has just been taken from it, with the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.fields import Undone
from api.pages.kit.page import SignedInPage
from api.pages.kit.timeline_presenter import find_undo, tell_done
from models.rules.permissions import is_own
from models.tables import StandingRow


@dataclass(frozen=True)
class Latest:
    """The step, and how to take it back while that is possible."""

    id: str
    text: str
    undo: Undone | None


async def find_latest(
    page: SignedInPage, session: AsyncSession, words: Mapping[str, str] | None = None
) -> Latest | None:
    """The step that has led here, by the address. Only known words are said, so that a link cannot make the page say
    others; `words`: those that are no event's."""
    try:
        idea_id = str(UUID(page.query.get("zuletzt", "")))
    except ValueError:
        return None
    row, text = await session.get(StandingRow, idea_id), (words or {}).get(page.said, "")
    if row is None or is_own(row, page.person.id) or not (text or page.t.has(f"done.{page.said}")):
        return None
    text = text or page.t("page.said.done", what=tell_done(page.speaker, row.stage, page.said))
    return Latest(idea_id, text, find_undo(page.speaker, row))
