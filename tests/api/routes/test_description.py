"""The description of the API says what the API does."""

import re
from typing import Any

import pytest

from api.app import create_app
from api.routes.description import METHODS
from tests.api.conftest import Web

OPERATIONS = {
    "GET /healthz": {200, 400},
    "GET /readyz": {200, 400, 503},
    "POST /api/v1/ideas": {201, 400, 401, 403, 413, 422, 503},
    "GET /api/v1/ideas": {200, 400, 401, 403, 422, 503},
    "GET /api/v1/ideas/{idea_id}": {200, 400, 401, 403, 404, 503},
    "PATCH /api/v1/ideas/{idea_id}": {200, 400, 401, 403, 404, 409, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/timeline": {200, 400, 401, 403, 404, 422, 503},
    "GET /api/v1/drafts": {200, 400, 401, 403, 503},
    "POST /api/v1/drafts": {201, 400, 401, 403, 413, 422, 503},
    "GET /api/v1/drafts/{draft_id}": {200, 400, 401, 403, 404, 410, 503},
    "PATCH /api/v1/drafts/{draft_id}": {200, 400, 401, 403, 404, 409, 410, 413, 422, 503},
    "DELETE /api/v1/drafts/{draft_id}": {204, 400, 401, 403, 404, 409, 410, 503},
    "POST /api/v1/drafts/{draft_id}/submit": {200, 400, 401, 403, 404, 409, 410, 422, 503},
    "POST /api/v1/ideas/{idea_id}/commands": {200, 400, 401, 403, 404, 409, 412, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/attachments": {200, 400, 401, 403, 404, 503},
    "POST /api/v1/ideas/{idea_id}/attachments": {201, 400, 401, 403, 404, 413, 422, 429, 503},
    "GET /api/v1/ideas/{idea_id}/attachments/{attachment_id}": {200, 400, 401, 403, 404, 503},
    "DELETE /api/v1/ideas/{idea_id}/attachments/{attachment_id}": {204, 400, 401, 403, 404, 413, 503},
    "GET /api/v1/ideas/{idea_id}/concept": {200, 400, 401, 403, 404, 503},
    "PUT /api/v1/ideas/{idea_id}/concept": {200, 400, 401, 403, 404, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/documents": {200, 400, 401, 403, 404, 503},
    "GET /api/v1/ideas/{idea_id}/story": {200, 400, 401, 403, 404, 503},
    "PUT /api/v1/ideas/{idea_id}/story": {200, 400, 401, 403, 404, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/story/versions": {200, 400, 401, 403, 404, 503},
    "POST /api/v1/ideas/{idea_id}/story/take-down": {204, 400, 401, 403, 404, 413, 422, 503},
    "POST /api/v1/ideas/{idea_id}/story/show-again": {204, 400, 401, 403, 404, 503},
    "GET /api/v1/ideas/{idea_id}/team": {200, 400, 401, 403, 404, 503},
    "POST /api/v1/ideas/{idea_id}/team/invitations": {201, 400, 401, 403, 404, 409, 413, 422, 429, 503},
    "POST /api/v1/ideas/{idea_id}/team/invitations/{invitation_id}/resend": {
        *(204, 400, 401, 403, 404, 409, 413, 422, 429, 503),
    },
    "DELETE /api/v1/ideas/{idea_id}/team/invitations/{invitation_id}": {204, 400, 401, 403, 404, 409, 413, 503},
    "GET /api/v1/ideas/{idea_id}/crowdfunding": {200, 400, 401, 403, 404, 422, 503},
    "PUT /api/v1/ideas/{idea_id}/crowdfunding/package": {200, 400, 401, 403, 404, 409, 412, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/crowdfunding/package.zip": {200, 400, 401, 403, 404, 422, 503},
    "POST /api/v1/ideas/{idea_id}/crowdfunding/images": {201, 400, 401, 403, 404, 409, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/crowdfunding/images/{image_id}": {200, 400, 401, 403, 404, 503},
    "DELETE /api/v1/ideas/{idea_id}/crowdfunding/images/{image_id}": {200, 400, 401, 403, 404, 409, 413, 503},
    "POST /api/v1/ideas/{idea_id}/crowdfunding/commands": {200, 400, 401, 403, 404, 409, 412, 413, 422, 503},
    "GET /api/v1/ideas/{idea_id}/appointments": {200, 400, 401, 403, 404, 422, 503},
    "POST /api/v1/ideas/{idea_id}/appointments": {201, 400, 401, 403, 404, 409, 413, 422, 503},
    "POST /api/v1/ideas/{idea_id}/appointments/{number}/commands": {
        *(200, 400, 401, 403, 404, 409, 412, 413, 422, 503),
    },
    "GET /api/v1/ideas/{idea_id}/contributions": {200, 400, 401, 403, 404, 422, 503},
    "POST /api/v1/ideas/{idea_id}/contributions/{number}/commands": {
        *(200, 400, 401, 403, 404, 409, 412, 413, 422, 503),
    },
    "GET /api/v1/ideas/{idea_id}/replication": {200, 400, 401, 403, 404, 422, 503},
    "POST /api/v1/ideas/{idea_id}/replication/commands": {200, 400, 401, 403, 404, 409, 412, 413, 422, 503},
    "GET /api/v1/offers": {200, 400, 401, 403, 422, 503},
    "POST /api/v1/offers/{offer_id}/accept": {200, 400, 401, 403, 404, 409, 413, 503},
    "POST /api/v1/offers/{offer_id}/decline": {200, 400, 401, 403, 404, 409, 413, 422, 503},
    "GET /api/v1/stories": {200, 400, 401, 403, 422, 503},
    "GET /api/v1/stories/{slug}": {200, 400, 401, 403, 404, 410, 422, 503},
    "GET /api/v1/open-data": {200, 400, 401, 403, 503},
    "GET /api/v1/openings": {200, 400, 401, 403, 422, 503},
    "GET /api/v1/openings/{opening_id}": {200, 400, 401, 403, 404, 410, 503},
    "GET /api/v1/stuck": {200, 400, 401, 403, 422, 503},
    "GET /api/v1/upkeep/drift": {200, 400, 401, 403, 404, 503},
    "GET /api/v1/coaches": {200, 400, 401, 403, 503},
    "GET /api/v1/coaches/candidates": {200, 400, 401, 403, 404, 422, 503},
    "GET /api/v1/coaches/{coach_id}": {200, 400, 401, 403, 404, 503},
    "PUT /api/v1/coaches/{coach_id}/profile": {200, 400, 401, 403, 404, 413, 422, 503},
    "POST /api/v1/coaches/{coach_id}/absence": {200, 400, 401, 403, 404, 409, 413, 422, 503},
    "DELETE /api/v1/coaches/{coach_id}/absence": {204, 400, 401, 403, 404, 413, 503},
    "POST /api/v1/coaches/{coach_id}/departure": {200, 400, 401, 403, 404, 409, 413, 422, 503},
    "GET /api/v1/me": {200, 400, 401, 403, 503},
    "GET /api/v1/me/notices": {200, 400, 401, 403, 503},
    "GET /api/v1/me/notice-settings": {200, 400, 401, 403, 503},
    "PUT /api/v1/me/notice-settings": {200, 400, 401, 403, 413, 422, 503},
    "GET /api/v1/deliveries": {200, 400, 401, 403, 503},
    "POST /api/v1/deliveries/{mail_id}/resend": {202, 400, 401, 403, 404, 409, 413, 503},
}
"""Every operation and every status it may answer with."""


NEEDS_EXPORT = {"POST /api/v1/coaches/{coach_id}/departure"}
"""What asks for a fresh proof on pages."""


def scope_of(operation: str) -> str:
    if operation in NEEDS_EXPORT:
        return "export"
    return "read" if operation.startswith("GET ") else "act"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return create_app().openapi()


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": found[method]
        for path, found in schema["paths"].items()
        for method in METHODS
        if method in found
    }


def test_every_operation_declares_what_it_answers(schema: dict[str, Any]) -> None:
    # FastAPI adds 422 wherever there is a parameter; an id that is none is a 404 here.
    found = {name: {int(status) for status in one["responses"]} for name, one in operations(schema).items()}
    assert found == OPERATIONS


def test_every_refusal_is_described_as_a_problem(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and name != "GET /readyz":
                reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
                assert answer["content"] == {"application/problem+json": reference}, (name, status)


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', re.sub("'", '"', str(schema))))
    assert references <= set(schema["components"]["schemas"])
    assert {"Problem", "FieldError"} <= references


FOR_EVERYBODY = {
    f"GET /api/v1/{path}" for path in ("stories", "stories/{slug}", "open-data", "openings", "openings/{opening_id}")
}


def test_every_operation_of_the_api_asks_for_a_token_and_names_its_scope(schema: dict[str, Any]) -> None:
    assert schema["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for name, operation in operations(schema).items():
        asks = " /api/" in name and name not in FOR_EVERYBODY
        assert operation.get("security") == ([{"HTTPBearer": [scope_of(name)]}] if asks else None), name
        assert operation["summary"]


def test_pages_are_not_part_of_the_api(schema: dict[str, Any]) -> None:
    assert all(path.startswith(("/api/v1/", "/healthz", "/readyz")) for path in schema["paths"])


async def test_the_page_that_describes_the_api_asks_no_third_party(still_web: Web) -> None:
    page = await still_web.nobody.get("/api/v1/docs")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "POST /api/v1/ideas/{idea_id}/commands" in page.text
    assert not re.search(r'(src|href)="(https?:)?//', page.text)
    answer = await still_web.nobody.get("/api/v1/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")
