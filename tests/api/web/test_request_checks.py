"""What no honest client sends: a clear refusal, never a fault of ours, and nothing of it is kept.

It goes through the real server as raw bytes.
"""

import asyncio
import itertools
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from api.web.csrf import FIELD
from api.web.middleware import LONGEST_BODY
from models.database import Database
from tests.api.campaigns import HandOff
from tests.api.conftest import Browser, Web
from tests.api.route_table import pages_that_take_forms
from tests.api.serving import serve
from tests.breadth import is_tried
from tests.factories import ALMA, BEN, CARLA, write_idea

JSON = b"Content-Type: application/json"
FORM = b"Content-Type: application/x-www-form-urlencoded"
PARTS = b"Content-Type: multipart/form-data; boundary=x"
FAR = ("0001-01-01", "9999-12-31")
NO_DATES: tuple[Any, ...] = ("-1", "10000-01-01", "0000-00-00", "2026-02-30", 10**12, -1, 1e300, True, [], {})


@dataclass(frozen=True)
class Answer:
    """What came back over the line."""

    status: int
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Line:
    """A connection for bytes as they are, each time a new one."""

    def __init__(self, web: Web, address: str) -> None:
        self.web = web
        self.host = urlsplit(address).hostname
        self.port = urlsplit(address).port

    async def write_guard(self, who: str) -> bytes:
        """The field of our own forms, as a part."""
        client = self.web.clients[who]
        assert isinstance(client, Browser)
        return part(FIELD.encode(), (await client.keep_guard()).encode())

    async def send(self, raw: bytes) -> Answer:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(raw)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else await reader.read()
        finally:
            writer.close()
        return Answer(int(head.split(b" ")[1]), body)

    async def ask(
        self,
        method: str,
        path: str,
        *headers: bytes,
        body: bytes | None = None,
        who: str = ALMA,
        host: bytes = b"localhost",
    ) -> Answer:
        client = self.web.clients[who]
        token, cookies = (
            client.headers.get("authorization"),
            "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar),
        )
        lines = [f"{method} {path} HTTP/1.1".encode("latin-1"), b"Host: " + host, *headers, b"Connection: close"]
        lines += [f"Authorization: {token}".encode()] if token else []
        lines += [f"Cookie: {cookies}".encode()] if cookies else []
        lines += [b"Content-Length: %d" % len(body)] if body is not None else []
        return await self.send(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""))


@pytest.fixture
async def line(still_web: Web) -> AsyncIterator[Line]:
    async with serve(still_web.app) as address:
        yield Line(still_web, address)


async def count_rows(database: Database) -> dict[str, int]:
    """Table → rows, for everything that is kept; how often somebody asks, and was refused, is not."""
    async with database.engine.connect() as connection:
        tables = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        names = sorted(set(tables.scalars()) - {"rate_count", "audit_entry"})
        counts = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in names)
        return dict(zip(names, (await connection.execute(text(f"SELECT {counts}"))).one(), strict=True))


# -- addresses and headers --------------------------------------------------------------------------------------


MEANINGLESS: list[tuple[str, list[bytes], int, str | None]] = [
    ("/api/v1/ideas?text=%ff", [], 400, "text"),
    ("/api/v1/ideas?%ff=1", [], 400, "\ufffd"),
    ("/api/v1/ideas?holder=%00", [], 422, "holder"),
    ("/api/v1/ideas?text=a%00b", [], 422, "text"),
    ("/api/v1/ideas?limit=" + "9" * 5000, [], 422, "limit"),
    ("/api/v1/ideas?limit=NaN", [], 422, "limit"),
    ("/api/v1/ideas?" + "stage=develop&" * 500, [], 400, None),
    ("/api/v1/ideas?" + "&" * 10_000, [], 400, None),
    ("/api/v1/ideas?text=" + "a" * 9000, [], 400, None),
    ("/api/v1/" + "a" * 9000, [], 400, None),
    ("/api/v1/ideas/%ff", [], 404, None),
    ("/api/v1/ideas/%00/timeline", [], 404, None),
    ("/api/v1/ideas/" + "9" * 40, [], 404, None),
    ("/api/v1/me", [b"Authorization: Bearer other"], 400, "authorization"),
    ("/api/v1/me", [b"Idempotency-Key: a", b"Idempotency-Key: b"], 400, "idempotency-key"),
    ("/api/v1/me", [b"If-Match: 1", b"If-Match: 2"], 400, "if-match"),
    ("/api/v1/me", [JSON, FORM], 400, "content-type"),
    ("/api/v1/me", [JSON + b"; charset=utf-16"], 400, "content-type"),
]


async def test_a_request_that_means_nothing_or_two_things_is_refused(line: Line, subtests: pytest.Subtests) -> None:
    for path, headers, status, field in MEANINGLESS:
        with subtests.test(path=path, headers=headers, status=status, field=field):
            answer = await line.ask("GET", path, *headers)
            assert (answer.status, answer.problem["status"]) == (status, status)
            assert answer.problem.get("field") == field
            assert len(answer.body) < 2000


async def test_what_is_too_long_or_too_much_is_refused(still_web: Web) -> None:
    for path in ("/api/v1/ideas", "/leitung", "/haengt-fest", "/"):
        for filters in ("a=b&" * 10_000, "".join(f"{n}=&" for n in range(10_000)), "text=" + "a" * 60_000):
            assert (await still_web.carla.get(f"{path}?{filters}")).status_code == 400, path
        for headers in (
            {"X-Long": "a" * 40_000},
            {f"X-{n}": "a" * 20 for n in range(2000)},
            {"Cookie": "a=b;" * 10_000},
        ):
            assert (await still_web.carla.get(path, headers=headers)).status_code == 400, path


CHUNKED = b"POST /api/v1/ideas HTTP/1.1\r\nHost: a\r\nXTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
NO_HTTP: list[bytes] = [
    b"\x00\xff\r\n\r\n",
    b"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    b"GET /api/v1/me HTTP/1.1\r\n\r\n",
    b"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /api/v1/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /api/v1/ideas HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/ideas HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /api/v1/ideas HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    *(CHUNKED.replace(b"X", lines) for lines in (b"Content-Length: 5\r\n", b"A : b\r\n", b"A: b\n", b" c\r\n")),
    CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"X", b""),
    *(CHUNKED.replace(b"X", b"").replace(b"0\r\n\r\n", end) for end in (b"0\r\n\n", b"0\r\nA: b\n\r\n")),
    CHUNKED.replace(b"X", b"").replace(b"\r\n", b"\n"),
    CHUNKED.replace(b"X", b"").replace(b"2\r\n{}\r\n", b"1\r\n{\r\n" * 1100),
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/1.1\r\nHost: a\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n",
]


async def test_what_is_no_http_is_refused_by_the_server(line: Line, subtests: pytest.Subtests) -> None:
    for raw in NO_HTTP:
        with subtests.test(raw=raw):
            assert (await line.send(raw)).status == 400


STRANGE_HOSTS: list[bytes] = [b"[", b"[::1", b"a@b:x", b"\xff\xfe", b"localhost:99999999", b"a b", b""]


async def test_a_strange_host_is_nobody_s_fault_of_ours(line: Line, subtests: pytest.Subtests) -> None:
    for host in STRANGE_HOSTS:
        with subtests.test(host=host):
            for path in ("/api/v1/me", "/", "/einstellungen", "/ideen/", "/nichts", "/mailbox", "/api/v1/nothing"):
                assert (await line.ask("GET", path, host=host)).status < 500


NOT_MEANT: list[str] = [
    "/static/" + "a" * 300 + ".css",
    "/static/%00.css",
    "/static/..%2f..%2fpyproject.toml",
    "/static/%2e%2e%5cx.css",
    "/antwort/%ff%00",
    "/antwort/" + "." * 5000,
    "/abbestellen/%ff%00.x",
    "/ideen/%ff",
    "/ideen/{idea}/crowdfunding/%ff",
    "/ideen/{idea}/crowdfunding?versuch=" + "9" * 30,
    "/ideen/{idea}/crowdfunding?versuch=-9999999999",
    "/ideen/{idea}/crowdfunding/geld?versuch=" + "9" * 30,
    "/ideen/{idea}/crowdfunding/paket.zip?versuch=" + "9" * 30,
    "/geschichten/%00",
    "/geschichten?thema=%ff",
    "/mailbox/{idea}/" + "9" * 4000,
    "/leitung?text=%ff",
]


async def test_a_page_that_cannot_be_meant_is_told_kindly(line: Line, subtests: pytest.Subtests) -> None:
    for path in NOT_MEANT:
        with subtests.test(path=path):
            idea = await write_idea(line.web.database)
            answer = await line.ask("GET", path.replace("{idea}", idea), who=CARLA)
            assert 400 <= answer.status < 500
            assert b"<h1>" in answer.body
            assert "Der Fehler liegt bei uns" not in answer.body.decode()


async def test_an_address_with_nonsense_shows_the_page_without_it(line: Line) -> None:
    idea = await write_idea(line.web.database)
    nonsense = f"meldung=%00&v={'9' * 30}&oeffne=%00&verlauf=%00&lang=%00&weiter=%00&buero=%00&text=%00&thema=%00"
    for path in (
        "/",
        "/ideen",
        f"/ideen/{idea}",
        "/leitung",
        "/haengt-fest",
        "/menschen",
        "/geschichten",
        "/zustellung",
    ):
        answer = await line.ask("GET", f"{path}?{nonsense}", who=CARLA)
        assert answer.status == 200, path
        assert b"\x00" not in answer.body


BROKEN_COOKIES: list[bytes] = [
    b"ideenweg_session=\xff\xfe; =; a",
    b"ideenweg_session=bnVsbA==.AAAA.BBBB",
    b"ideenweg_session=" + b"." * 5000,
    b"=;" * 9000,
]


async def test_a_broken_cookie_is_no_cookie(line: Line, subtests: pytest.Subtests) -> None:
    for cookie in BROKEN_COOKIES:
        with subtests.test(cookie=cookie):
            assert (await line.ask("GET", "/ideen", b"Cookie: " + cookie, who="")).status == 401
            assert (await line.ask("GET", "/", b"Cookie: " + cookie, who="")).status == 200


STRANGE_ORIGINS: list[bytes] = [b"http://[", b"http://[::1", b"null", b"\xff", b"http://localhost@evil.example", b""]


async def test_a_strange_origin_is_another_site(line: Line, subtests: pytest.Subtests) -> None:
    for origin in STRANGE_ORIGINS:
        with subtests.test(origin=origin):
            answer = await line.ask("POST", "/abmelden", b"Origin: " + origin, who="")
            assert answer.status == 403
            assert "von einer anderen Seite" in answer.body.decode()


async def test_strange_wishes_for_a_language_are_no_wishes(line: Line) -> None:
    for wish in (b"de;q=nan,en;q=1e999,\xff", b"en;q=" + b"9" * 400, b"," * 9000, b";=;=", b"en;q=-inf"):
        assert (await line.ask("GET", "/api/v1/ideas", b"Accept-Language: " + wish)).status == 200


FAR_AWAY: list[str] = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "9999-12-31"]


async def test_a_cursor_far_away_is_refused_or_the_end(line: Line, subtests: pytest.Subtests) -> None:
    for at in FAR_AWAY:
        with subtests.test(at=at):
            idea = await write_idea(line.web.database)
            for order in ("due", "entered", "submitted", "last", "-due", "-entered", "-submitted", "-last"):
                cursor = urlsafe_b64encode(json.dumps([order, at, idea]).encode()).decode().rstrip("=")
                answer = await line.ask("GET", f"/api/v1/ideas?sort={order}&cursor={cursor}")
                assert answer.status in (200, 422), (order, answer.body)


# -- bodies -----------------------------------------------------------------------------------------------------


LIES: list[tuple[bytes, bytes, int, str | None]] = [
    (JSON, b'{"title":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, None),
    (JSON, b'{"title":' * 10_000 + b"1" + b"}" * 10_000, 400, None),
    (JSON, b'{"title":' + b"[" * 500 + b"]" * 500 + b"}", 422, "title"),
    (JSON, b'{"title":"Eine \xff"}', 400, "body"),
    (JSON, '{"title":"Eine Idee","summary":"Kurz"}'.encode("utf-16"), 400, "body"),
    (JSON, '{"title":"Eine Idee","summary":"Kurz"}'.encode("utf-16-le"), 400, "body"),
    (JSON, b'{"title":"Eine\\u0000Idee","summary":"Kurz"}', 422, "title"),
    (JSON, b'{"title":"Eine Idee","themes":["a\\u0000"],"summary":"Kurz"}', 422, "themes"),
    (JSON, b'{"title":"Eine Idee","district":"a\\u0000","summary":"Kurz"}', 422, "district"),
    (JSON, b'{"title":NaN,"summary":"Kurz"}', 422, "title"),
    (JSON, b'{"title":"Eine Idee","summary":Infinity}', 422, "summary"),
    (JSON, b'{"title":' + b"9" * 4000 + b',"summary":"Kurz"}', 422, "title"),
    (JSON, b'{"title":' + b"9" * 5000 + b',"summary":"Kurz"}', 400, None),
    (JSON, b'{"title":-1e9999,"summary":"Kurz"}', 422, "title"),
    (JSON, b'{"title":"Eine Idee","summary":"Kurz"' + b',"a":1' * 40_000 + b"}", 422, "a"),
    (JSON, b"x" * (LONGEST_BODY + 1), 413, None),
    (JSON + b"; charset=utf-7", b'{"title":"Eine +2AA-","summary":"Kurz"}', 400, "content-type"),
    (FORM, b"title=Eine+Idee&summary=Kurz", 422, None),
    (FORM, b'{"title":"Eine Idee","summary":"Kurz"}', 422, None),
    (PARTS, b'{"title":"Eine Idee","summary":"Kurz"}', 400, "body"),
    (b"Content-Type: \xff/;;;=", b'{"title":"Eine Idee","summary":"Kurz"}', 422, None),
    (b"X: none", b'{"title":"Eine Idee","summary":"Kurz"}', 422, None),
]


async def test_a_body_that_lies_is_refused_and_not_kept(line: Line, subtests: pytest.Subtests) -> None:
    for kind, body, status, field in LIES:
        with subtests.test(kind=kind, body=body, status=status, field=field):
            before = await count_rows(line.web.database)
            answer = await line.ask("POST", "/api/v1/ideas", kind, body=body)
            assert (answer.status, answer.problem["status"]) == (status, status), answer.body
            if field is not None:
                assert answer.problem["field"] == field
            assert len(answer.body) < 300_000
            assert await count_rows(line.web.database) == before


async def test_a_body_without_an_end_is_read_up_to_its_limit(still_web: Web) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 65536
            yield b"x" * 65536

    for path in ("/api/v1/ideas", "/einreichen", "/abmelden"):
        given = 0
        assert (await still_web.alma.post(path, content=endless())).status_code == 413
        assert given <= LONGEST_BODY + 65536


async def test_a_page_tells_kindly_that_it_was_too_much(line: Line) -> None:
    answer = await line.ask("POST", "/einreichen", FORM, body=b"title=" + b"x" * LONGEST_BODY)
    assert answer.status == 413
    assert "Das war zu viel auf einmal" in answer.body.decode()


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + value + b"\r\n"


WHOLE = part(b"title", b"Eine Idee") + part(b"summary", b"Kurz.")
END = b"--x--\r\n"

LYING_FORMS: dict[str, tuple[bytes, bytes]] = {
    "no UTF-8": (FORM, b"title=Eine+Idee&summary=%ff%fe&event=withdraw"),
    "no UTF-8 as it is": (FORM, b"title=Eine+Idee\xff"),
    "too many fields": (FORM, b"title=Eine+Idee&" + b"a=b&" * 1000),
    "nothing but separators": (FORM, b"&" * 200_000),
    "JSON": (JSON, b'{"title":"Eine Idee"}'),
    "text": (b"Content-Type: text/plain", b"title=Eine+Idee"),
    "without a type": (b"X: none", b"title=Eine+Idee"),
    "two types": (FORM + b"\r\n" + PARTS, b"title=Eine+Idee"),
    "without a boundary": (b"Content-Type: multipart/form-data", WHOLE + END),
    "with another boundary": (PARTS + b"y", WHOLE + END),
    "a long boundary": (PARTS + b"x" * 300, WHOLE + END),
    "no parts": (PARTS, b"garbage"),
    "cut off": (PARTS, WHOLE + part(b"event", b"withdraw")),
    "a part without a name": (PARTS, b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n" + END),
    "many parts": (PARTS, part(b"a", b"b") * 3000 + END),
    "many files": (PARTS, part(b"a", b"b", b'; filename="c"') * 2000 + END),
    "parts in no UTF-8": (PARTS, part(b"title", b"Eine \xff") + END),
}

LYING_CHARSETS: dict[str, tuple[bytes, bytes]] = {
    f"parts in {charset}": (
        PARTS + b"; charset=" + charset.encode(),
        WHOLE + part(b"schluessel", b"\\ud800+2AA-") + END,
    )
    for charset in ("utf-7", "idna", "punycode", "unicode_escape", "undefined", "hex", "utf-16", '"a b"')
}
"""Refused by what a request says before its body, which knows no page: each page is asked in one of them in turn."""


WITHOUT_A_FIELD = (
    *("/abmelden", "/abmelden/ueberall", "/anmelden/bestaetigen", "/kalender", "/kalender/widerrufen"),
    *("/meine-daten/loeschen", "/meine-daten/loeschen/zuruecknehmen"),
)
"""Their buttons send nothing that has to be there, but for the field that no token needs."""


async def test_a_form_that_lies_is_refused_on_every_page_and_not_kept(line: Line) -> None:
    idea = await write_idea(line.web.database)
    pages = pages_that_take_forms(line.web.app)
    assert len(pages) > 15
    before, charsets = await count_rows(line.web.database), itertools.cycle(LYING_CHARSETS.items())
    for page in pages:
        if page in WITHOUT_A_FIELD:
            continue
        path = re.sub(r"\{slug\}", "geld", re.sub(r"\{\w+_id\}|\{token\}", idea, page))
        for name, (kind, body) in (*LYING_FORMS.items(), next(charsets)):
            if not is_tried(f"{page} {name}", 6):
                continue
            answer = await line.ask("POST", path, kind, body=body)
            assert 400 <= answer.status < 500, (path, name, answer.status)
    assert await count_rows(line.web.database) == before


WITHOUT_AN_IMAGE = ("cut off", "no file", "a name with NUL", "parts in no UTF-8")
"""Where the page takes an image, these are forms without one."""


async def test_an_image_that_lies_is_refused_and_not_kept(web: Web) -> None:
    hand_off = await HandOff.start(web)
    before = await count_rows(web.database)
    places = {hand_off.path("images"): b"file", f"/ideen/{hand_off.idea}/crowdfunding/bilder": b"datei"}
    async with serve(web.app) as address:
        line = Line(web, address)
        for path, field in places.items():
            file = part(field, b"no image", b'; filename="a.jpg"')
            lies = (
                LYING_FORMS
                | LYING_CHARSETS
                | {
                    "no image": (PARTS, file + END),
                    "two images": (PARTS, file + file + END),
                    "a name with NUL": (PARTS, part(field + b"\x00", b"a", b'; filename="a\x00"') + END),
                    "no file": (PARTS, part(field, b"words") + END),
                }
            )
            for name, (kind, body) in lies.items():
                if kind.startswith(PARTS):  # what the page asks for besides is right
                    body = await line.write_guard(ALMA) + body
                answer = await line.ask("POST", path, kind, body=body)
                if "bilder" in path and name in WITHOUT_AN_IMAGE:
                    assert answer.status == 303
                else:
                    assert 400 <= answer.status < 500, (path, name, answer.status)
    assert await count_rows(web.database) == before


# -- dates and numbers ------------------------------------------------------------------------------------------


async def test_a_day_far_away_is_refused_and_the_idea_lives_on(web: Web) -> None:
    idea = await web.bring_to("planning")
    before = await web.read(idea)
    asked: list[tuple[str, str, dict[str, Any]]] = [
        (CARLA, "pause", {"reason": "Urlaub"}),
        (BEN, "snooze", {}),
        (CARLA, "cover_coach", {}),
    ]
    for who, event, fields in asked:
        for day in FAR + NO_DATES:
            answer = await web.try_to(who, idea, event, until=day, **fields)
            assert (answer.status_code, answer.json()["field"]) == (422, "until"), (event, day)
    for day in FAR + NO_DATES:
        answer = await web.try_to(BEN, idea, "plan", tasks=[{"title": "Anrufen", "until": day}])
        assert (answer.status_code, answer.json()["field"]) == (422, "tasks.0.until"), day
    for days in (0, -1, 10**12, -(10**30), 1e300, "NaN", 2**31):
        answer = await web.try_to(BEN, idea, "extend_deadline", days=days, reason="Mehr Zeit")
        assert (answer.status_code, answer.json()["field"]) == (422, "days"), days
    assert (await web.read(idea))["version"] == before["version"]
    await web.ask(BEN, idea, "write_note", note="Weiter.")


async def test_days_of_coaches_and_deputies_far_away_are_refused(still_web: Web) -> None:
    before = await count_rows(still_web.database)
    for first in FAR:
        for last in FAR:
            for path, body in (
                (f"coaches/{BEN}/absence", {"from": first, "until": last}),
                ("me/notice-settings", {"deputy_id": BEN, "deputy_from": first, "deputy_until": last}),
                (f"coaches/{BEN}/departure", {"on": first}),
            ):
                send = still_web.carla.put if path.startswith("me") else still_web.carla.post
                answer = await send(f"/api/v1/{path}", json=body)
                assert answer.status_code == 422, (path, body)
    assert await count_rows(still_web.database) == before


async def test_days_and_sums_of_a_campaign_far_away_leave_it_running(web: Web) -> None:
    hand_off = await HandOff.at(web, "linked")
    for ends_on in FAR:
        answer = await hand_off.try_to(ALMA, "observe", status="funding", ends_on=ends_on)
        assert (answer.status_code, answer.json()["field"]) == (422, "ends_on"), answer.text
        sent = {"event": "observe", "status": "funding", "ends_on": ends_on}
        page = await web.alma.post(f"/ideen/{hand_off.idea}/crowdfunding/schritte", data=sent)
        assert page.status_code == 422
        assert "observe-ends_on" in page.text
    for sums in (-1, 10**12, 10**30, 1.5, 1e300, "NaN"):
        answer = await hand_off.try_to(ALMA, "observe", status="funding", funded_cents=sums)
        assert (answer.status_code, answer.json()["field"]) == (422, "funded_cents"), sums
    await hand_off.ask(BEN, "observe", status="funding", ends_on="2030-01-01")
    assert (await hand_off.read())["ends_on"] == "2030-01-01"


async def test_a_package_that_starts_far_away_can_be_kept_and_read(web: Web) -> None:
    hand_off = await HandOff.start(web)
    for start_on in FAR:
        assert (await hand_off.put({"start_on": start_on, "duration_days": 3650})).status_code == 200
        shown = await hand_off.read()
        assert shown["package"]["start_on"] == start_on
        assert not shown["ready"]
        for path in (f"/ideen/{hand_off.idea}/crowdfunding", f"/ideen/{hand_off.idea}/crowdfunding/geld"):
            assert (await web.alma.get(path)).status_code == 200
        assert (await web.alma.get(hand_off.path("package.zip"))).status_code == 200
    for wrong in NO_DATES[:4]:
        assert (await hand_off.put({"start_on": wrong})).json()["field"] == "start_on"


async def test_no_words_travel_as_the_name_of_a_partner(web: Web) -> None:
    draft, idea = await write_idea(web.database), await web.hand_in()
    for who, where, event in ((ALMA, draft, "submit"), (ALMA, idea, "write_note"), (CARLA, idea, "decline")):
        for words in ("Frau Meier, 0351 123", "a\x00b"):
            answer = await web.try_to(who, where, event, partner=words, reason="Darum.")
            assert (answer.status_code, answer.json()["field"]) == (422, "partner"), event
            assert "Meier" not in answer.text
    assert (await web.read(idea))["version"] == 1
    assert (await web.read(draft))["version"] == 0
