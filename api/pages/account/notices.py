"""What somebody was told, what became of it, what will still go out, and what they have not read yet."""

from dataclasses import dataclass

from fastapi import Response

from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.deliveries import read_notices
from api.use_cases.read_marks import read_all, read_these
from api.web.routers import page_router
from models.case_names import page_of
from models.queries.deliveries import NoticeLine
from models.rules.inbox import ABOUT_OFFERS
from models.workflow_ids import REPLICATION

router = page_router()


@dataclass(frozen=True)
class Told:
    """One notice, with the page that it is about; empty where there is none, or where it is theirs no more."""

    line: NoticeLine
    path: str

    @classmethod
    def of(cls, line: NoticeLine) -> "Told":
        about = line.about
        if about.kind in ABOUT_OFFERS:
            return cls(line, "/angebote")
        if about.kind.startswith(f"{REPLICATION}_") and about.idea_id is not None:
            return cls(line, f"/{page_of(REPLICATION, about.idea_id)}")
        if about.idea_title is None:
            return cls(line, "")
        beside = "/crowdfunding" if about.kind.startswith("crowdfunding_") else ""
        return cls(line, f"/ideen/{about.idea_id}{beside}")


@router.get("/mitteilungen")
async def show_notices(page: SignedInPage) -> Response:
    notices = [Told.of(line) for line in await read_notices(page.services, page.person)]
    if seen := [told.line.id for told in notices if not told.path and not told.line.read]:
        page = page.having_read(await read_these(page.services, page.person.id, seen))
    return page.render("notices/list.html", notices=notices, zone=page.services.policy.zone)


@router.post("/mitteilungen/gelesen")
async def mark_all_read(page: SignedInPage) -> Response:
    await read_all(page.services, page.person.id)
    return see_other("/mitteilungen")
