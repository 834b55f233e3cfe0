"""What somebody was told, what became of it, what will still go out, and what they have not read yet."""

from dataclasses import dataclass

from fastapi import Response

from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.deliveries import read_notices
from api.use_cases.read_marks import read_all, read_these
from api.web.routers import page_router
from models.case_names import PAGES, page_of
from models.messages.cases import CaseStanding
from models.queries.deliveries import NoticeLine
from models.rules.notice_timing import ABOUT_OFFERS
from models.workflow_ids import IDEA

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
        kind = next((kind for kind in PAGES if about.kind.startswith(f"{kind}_")), IDEA)
        if about.idea_id is None or (about.idea_title is None and not CaseStanding.kinds[kind].elsewhere):
            return cls(line, "")
        return cls(line, f"/{page_of(kind, about.idea_id)}")


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
