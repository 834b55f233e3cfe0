"""The front end's packages are locked, complete and small, and what is sent is packed once."""

import gzip
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from api.operations.doctor import Level, check_front_end, check_public_words, check_security_contact
from api.web.compression import LEAST_BYTES
from api.web.front_end import FILES, LOCK, NotFetched, copy_files, digest_of_lock, what_is_missing
from api.web.static import FileMissing, static_files, static_url, static_version
from models.queries.stories import STORIES_A_PAGE
from models.settings import Settings
from tests.api.conftest import Web
from tests.public_stories import RECIPE, publish

FIRST_LOAD_BYTES = 100_000
PUBLIC = (
    *("/", "/so-funktioniert-es", "/geschichten", "/geschichten/lesebank-1", "/offene-daten"),
    *("/leichte-sprache", "/barrierefreiheit", "/rueckmeldung"),
)
FETCHED = ("icon", "stylesheet")
"""What links are fetched with a page; others only tell of something."""

PACKED = {"Accept-Encoding": "gzip"}


class Links(HTMLParser):
    """Everything that a browser fetches with a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found |= {given[name] or "" for name in ("src",) if name in given}
        if tag == "link" and given.get("rel") in FETCHED:
            self.found.add(given.get("href") or "")


async def bytes_of(client: httpx.AsyncClient, path: str) -> tuple[bytes, httpx.Response]:
    """What really goes over the line."""
    async with client.stream("GET", path, headers=PACKED) as answer:
        return b"".join([part async for part in answer.aiter_raw()]), answer


def test_the_lock_pins_by_hash_and_names_no_registry() -> None:
    text = LOCK.read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    versions = {name.removeprefix("node_modules/"): entry["version"] for name, entry in packages.items()}
    assert versions == {"@kern-ux/native": "2.7.2", "htmx.org": "2.0.11"}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    assert not re.search(r"registry|https?://", text)


def test_every_file_is_there_with_its_licence() -> None:
    assert what_is_missing() is None
    assert len([name for name in FILES if "LICENCE" in name]) >= 2
    assert check_front_end(Settings())[0].level is Level.OK


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    packages, vendor = tmp_path / "node_modules", tmp_path / "vendor"
    for source in FILES.values():
        (packages / source).parent.mkdir(parents=True, exist_ok=True)
        (packages / source).write_text("as it came")
    assert "htmx.min.js" in str(what_is_missing(vendor))
    copy_files(packages, vendor)
    assert what_is_missing(vendor) is None
    assert (vendor / "htmx.min.js").read_text() == "as it came"
    (vendor / "locked").write_text("of an older lock")
    assert LOCK.name in str(what_is_missing(vendor))
    assert digest_of_lock() != "of an older lock"
    shutil.rmtree(packages / "htmx.org")
    with pytest.raises(NotFetched, match=re.escape("htmx.org")):
        copy_files(packages, vendor)


def test_a_page_that_names_a_missing_file_says_what_to_do() -> None:
    with pytest.raises(FileMissing, match="make run"):
        static_url("gibt-es-nicht.css")


def test_the_doctor_names_what_the_operator_has_not_filled_in(tmp_path: Path) -> None:
    (finding,) = check_public_words(Settings())
    assert finding.level is Level.WARN
    assert "operator.name" in finding.text
    assert "accessibility.enforcement" in finding.text
    assert check_public_words(Settings(demo=True))[0].level is Level.OK
    (finding,) = check_security_contact(Settings())
    assert "security.txt" in finding.text
    wrong = tmp_path / "pipeline.toml"
    wrong.write_text(Settings().pipeline.read_text().replace('"eu.svg"', '"../../secret.key"'))
    assert check_public_words(Settings(pipeline=wrong))[0].level is Level.FAIL


async def test_the_first_look_at_a_public_page_is_light(still_web: Web, subtests: pytest.Subtests) -> None:
    for number in range(STORIES_A_PAGE):
        await publish(still_web.database, f"Lesebank {number}", words=RECIPE)
    for path in PUBLIC:
        with subtests.test(page=path):
            content, answer = await bytes_of(still_web.nobody, path)
            total = len(content)
            page = gzip.decompress(content).decode()
            for link in Links(page).found:
                part, sent = await bytes_of(still_web.nobody, link)
                assert sent.status_code == 200, link
                assert "immutable" in sent.headers["cache-control"]
                total += len(part)
            assert answer.headers["content-encoding"] == "gzip"
            assert total < FIRST_LOAD_BYTES, f"{total:,} bytes"


async def test_files_have_their_types_and_are_packed_once(still_web: Web) -> None:
    for name, file in static_files().items():
        raw, answer = await bytes_of(still_web.nobody, f"/static/{static_version()}/{name}")
        assert answer.headers["content-type"] == file.media_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        packed = file.compressed is not None
        assert (answer.headers.get("content-encoding") == "gzip") is packed, name
        assert (gzip.decompress(raw) if packed else raw) == file.content
    for name in ("package.json", ".npmrc", "kern.LICENCE.txt", "locked"):
        assert (await still_web.nobody.get(f"/static/{static_version()}/{name}")).status_code == 404


async def test_whoever_cannot_unpack_gets_it_plain(still_web: Web) -> None:
    for path in ("/", static_url("app.css")):
        plain = await still_web.nobody.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert len(plain.content) > LEAST_BYTES
        packed = await still_web.nobody.get(path, headers=PACKED)
        assert packed.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["vary"]
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
    small = await still_web.nobody.get("/healthz", headers=PACKED)
    assert "content-encoding" not in small.headers
