"""Open data: what there is, what its columns mean, and the files themselves."""

from fastapi import Request, Response

from api.pages.kit.page import AnyPage
from api.use_cases.open_data import MEDIA_TYPES, as_csv, as_json, describe_catalogue, read_records
from api.use_cases.story_records import IN_A_TABLE, OF_AN_OUTCOME
from api.web.dependencies import ServicesHere
from api.web.downloads import CSV
from api.web.etags import open_to_all
from api.web.routers import page_router

router = page_router()


@router.get("/offene-daten")
async def show_open_data(page: AnyPage) -> Response:
    columns = [*IN_A_TABLE, *(f"outcome_{name}" for name in OF_AN_OUTCOME)]
    catalogue = (await describe_catalogue(page.services)).model_dump(mode="json")
    answer = page.render("public/open_data.html", columns=columns, forms=list(MEDIA_TYPES), catalogue=catalogue)
    return answer if page.visitor.account else open_to_all(page.request, answer)


@router.get("/offene-daten/geschichten.csv")
async def read_csv(request: Request, services: ServicesHere) -> Response:
    return open_to_all(request, Response(as_csv(await read_records(services)), media_type=CSV))


@router.get("/offene-daten/geschichten.json")
async def read_json(request: Request, services: ServicesHere) -> Response:
    answer = Response(as_json(await read_records(services)), media_type="application/json")
    return open_to_all(request, answer)
