"""Every answer says how it is to be treated: pages, errors, files, the API, and what is on no route."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError

from api.app import create_app
from models.policy import OperatorSection
from models.tables.columns import utc_now
from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE
from tests.api.route_table import routes_of
from tests.api.serving import serve
from tests.breadth import some
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
    others = ["GET /gibt-es-nicht", "PUT /", "GET /api/v1/nothing", "TRACE /"]
    for route in [*some(routes_of(still_web.app), 3), *others]:
        method, _, template = route.partition(" ")
        path = re.sub(r"\{idea_id\}", idea, template)
        path = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", path)
        for client in (still_web.nobody, still_web.carla):
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

    monkeypatch.setattr("api.pages.idea.mine.list_own_cases", fail)
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


async def test_head_says_what_get_would_and_sends_no_body(still_web: Web, subtests: pytest.Subtests) -> None:
    idea = await write_idea(still_web.database)
    paths = [route.removeprefix("GET ") for route in routes_of(still_web.app) if route.startswith("GET ")]
    assert len(paths) > 50
    for template in (*some(paths, 6), "/gibt-es-nicht"):
        with subtests.test(path=template):
            path = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", template.replace("{idea_id}", idea))
            got, head = await still_web.carla.get(path), await still_web.carla.head(path)
            assert (head.status_code, head.content) == (got.status_code, b"")
            assert head.headers.get("content-type") == got.headers.get("content-type")
            assert set(head.headers) - {"set-cookie"} == set(got.headers) - {"set-cookie"}
    assert (await still_web.carla.head("/abmelden")).status_code == 405


async def test_head_goes_over_the_real_line(still_web: Web) -> None:
    async with serve(still_web.app) as address, httpx.AsyncClient(base_url=address) as browser:
        for path in ("/", "/static/any/app.css", "/healthz"):
            got, head = await browser.get(path), await browser.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == got.headers["content-length"]


async def test_browsers_stay_encrypted_below_the_host_only_where_that_is_said(still_web: Web) -> None:
    for subdomains, said in ((False, "max-age=31536000"), (True, "max-age=31536000; includeSubDomains")):
        settings = still_web.services.settings.model_copy(
            update={"public_url": "https://ideen.example.org", "hsts_subdomains": subdomains}
        )
        async with open_client(create_app(replace(still_web.services, settings=settings))) as browser:
            assert (await browser.get("/")).headers["strict-transport-security"] == said


async def test_signing_out_asks_the_browser_to_forget(still_web: Web) -> None:
    for somebody, path in ((still_web.alma, "/abmelden"), (still_web.carla, "/abmelden/ueberall")):
        answer = await somebody.post(path, headers=OWN_SITE)
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "clear-site-data" not in (await still_web.ben.get("/")).headers


async def test_a_token_that_is_nobody_s_opens_no_form(still_web: Web) -> None:
    async with open_client(still_web.app, careless=True, headers={"Authorization": "Bearer x"}) as careless:
        for path in ("/abmelden", "/einreichen", "/rueckmeldung"):
            refused = await careless.post(path, data={"titel": "x"}, headers=OWN_SITE)
            assert refused.status_code == 403, path
            assert "clear-site-data" not in refused.headers


async def test_where_holes_are_told_is_public_once_it_is_filled_in(still_web: Web) -> None:
    assert (await still_web.nobody.get("/.well-known/security.txt")).status_code == 404
    for typed, told in (
        ("loch@example.org", "mailto:loch@example.org"),
        ("https://example.org/l", "https://example.org/l"),
    ):
        operator = OperatorSection(security=typed)
        policy = still_web.services.policy.model_copy(update={"operator": operator})
        async with open_client(create_app(replace(still_web.services, policy=policy))) as browser:
            answer = await browser.get("/.well-known/security.txt")
        lines = dict(line.split(": ", 1) for line in answer.text.splitlines())
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert lines["Contact"] == told
        assert utc_now() < datetime.fromisoformat(lines["Expires"]) < utc_now() + timedelta(days=365)
    for wrong in ("Frau Muster", "http://example.org", "loch@"):
        with pytest.raises(ValidationError, match="mail address"):
            OperatorSection(security=wrong)


async def test_the_mark_is_where_browsers_look_for_it(still_web: Web) -> None:
    answer = await still_web.nobody.get("/favicon.ico", follow_redirects=True)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
