"""Open data: the catalogue record as of DCAT-AP 3, in JSON-LD, and the files that it names."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.runtime.services import Services
from api.use_cases.story_records import IN_A_TABLE, OF_AN_OUTCOME, StoryRecord, as_row, record_of
from models.i18n import texts_in
from models.licences import CATALOGUED
from models.queries.stories import list_stories
from models.queries.story_lists import find_licences
from models.region_names import RegionNames
from models.spreadsheet import SheetWriter

MOST_STORIES = 10_000

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
SOCIETY = "http://publications.europa.eu/resource/authority/data-theme/SOCI"
LANGUAGES = "http://id.loc.gov/vocabulary/iso639-1/"
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}


class Catalogue(BaseModel):
    """One dataset with a distribution for each form."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    context: dict[str, str] = Field(alias="@context")
    id: str = Field(alias="@id")
    type: str = Field(alias="@type")
    dataset: dict[str, Any] = Field(alias="dcat:dataset")


async def describe_catalogue(services: Services) -> Catalogue:
    """It claims a licence where every story has it; where some have none, each record says what counts for it."""
    async with services.database.reading() as session:
        licences = await find_licences(session)
    licence = licences.pop() if len(licences) == 1 else None
    region, operator, base = services.policy.region, services.policy.operator, services.settings.base_url
    t = texts_in(region.default_language)
    page = f"{base}/offene-daten"
    contact = {"vcard:hasEmail": {"@id": f"mailto:{operator.email}"}} if operator.email else {}
    rights = {"dct:rights": {"@type": "dct:RightsStatement", "rdfs:label": t("open_data.rights")}}
    rights |= {"dct:license": {"@id": CATALOGUED[licence]}} if licence is not None else {}
    dataset = {
        "@id": f"{page}#geschichten",
        "@type": "dcat:Dataset",
        "dct:title": t("open_data.dataset_title", platform=region.platform, region=region.name),
        "dct:description": t("page.open_data.lead"),
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": operator.name or region.platform},
        "dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": operator.name or region.platform, **contact},
        "dct:language": {"@id": LANGUAGES + region.default_language},
        "dcat:theme": {"@id": SOCIETY},
        "dcat:landingPage": {"@id": page},
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/UPDATE_CONT"},
        "dcat:distribution": [_distribution(page, form, rights) for form in MEDIA_TYPES],
    }
    return Catalogue(context=CONTEXT, id=page, type="dcat:Catalog", dataset=dataset)


def _distribution(page: str, form: str, rights: Mapping[str, Any]) -> dict[str, Any]:
    address = f"{page}/geschichten.{form}"
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": f"geschichten.{form}",
        "dcat:accessURL": {"@id": page},
        "dcat:downloadURL": {"@id": address},
        "dct:format": {"@id": FILE_TYPES + form.upper()},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{MEDIA_TYPES[form]}"},
        **rights,
    }


async def read_records(services: Services) -> list[StoryRecord]:
    region, base = services.policy.region, services.settings.base_url
    names = RegionNames(region, texts_in(region.default_language))
    async with services.database.reading() as session:
        stories = await list_stories(session, limit=MOST_STORIES)
    return [record_of(story, names, base) for story in stories]


def as_csv(records: Sequence[StoryRecord]) -> str:
    """RFC 4180, with the names of the API as a head."""
    sink = io.StringIO()
    sheet = SheetWriter(sink, for_excel=False)
    sheet.write([*IN_A_TABLE, *(f"outcome_{name}" for name in OF_AN_OUTCOME)])
    for record in records:
        sheet.write(as_row(record))
    return sink.getvalue()


def as_json(records: Sequence[StoryRecord]) -> str:
    return json.dumps([record.model_dump(mode="json") for record in records], ensure_ascii=False)
