"""Every answer says how it is to be treated: pages, errors, files, the API, and what is on no route."""

import re

import pytest

from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE
from tests.api.routes import routes_of
from tests.factories import ALMA, write_idea

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
FORBIDDEN = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")


async def test_every_answer_carries_the_headers_that_protect(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    seen = set()
    for route in [*routes_of(still_web.app), "GET /gibt-es-nicht", "PUT /", "GET /api/v1/nothing", "TRACE /"]:
        method, _, template = route.partition(" ")
        path = re.sub(r"\{idea_id\}", idea, template)
        path = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", path)
        for client in (still_web.nobody, still_web.alma, still_web.carla):
            answer = await client.request(method, path, headers=OWN_SITE)
            seen.add(answer.status_code)
            headers = answer.headers
            assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE, route
            assert headers["referrer-policy"] in ("no-referrer", "same-origin"), route
            of_everybody = template.startswith("/static/")
            assert headers["cross-origin-resource-policy"] == ("cross-origin" if of_everybody else "same-origin"), route
            assert "camera=()" in headers["permissions-policy"], route
            assert "strict-transport-security" not in headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy, route
            assert "frame-ancestors 'none'" in policy, route
            assert not any(word in policy for word in FORBIDDEN), (route, policy)
            for name in headers:
                assert len(headers.get_list(name)) == 1 or name in ("set-cookie", "vary"), (route, name)
            kept = headers["cache-control"]
            assert kept in ("no-store", "no-cache") or "immutable" in kept, route
    assert {200, 303, 401, 403, 404, 405} <= seen


async def test_a_mistake_of_ours_and_a_refused_body_are_protected_as_well(
    still_web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("api.pages.ideas.list_own_ideas", fail)
    broken = await still_web.alma.get("/ideen")
    async with open_client(still_web.app, careless=True) as browser:
        long = await browser.post("/anmelden", content=b"x" * 300_000)
    assert (broken.status_code, long.status_code) == (500, 413)
    for answer in (broken, long):
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_an_image_is_sent_as_the_image_that_it_is(web: Web) -> None:
    from tests.api.campaigns import HandOff

    hand_off = HandOff(web, await web.bring_to("assessing"))
    await hand_off.begin()
    image = (await hand_off.upload()).json()["package"]["images"][0]["id"]
    for path in (
        f"/ideen/{hand_off.idea}/crowdfunding/bild/{image}",
        f"/api/v1/ideas/{hand_off.idea}/crowdfunding/images/{image}",
    ):
        answer = await web.clients[ALMA].get(path)
        assert answer.headers["content-type"] in ("image/jpeg", "image/png")
        assert answer.headers["content-disposition"].startswith("inline; filename=")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
