"""The campaign package through the API: written as a whole, with images, and taken along as files."""

import asyncio
import io
import sys
import zipfile
from collections.abc import AsyncIterator
from uuid import uuid4

import psutil
import pytest
from PIL import Image

from activities.packaging.decoding import PROGRAM
from api.runtime.rate_limiter import Rate
from api.web.middleware import LONGEST_UPLOAD
from api.web.rate_limits import LIMITS, Limited
from tests.activities.packaging.bombs import scan_bomb
from tests.api.campaigns import HandOff, picture
from tests.api.conftest import AN_AGE, Web
from tests.factories import ALMA, BEN, DORA, good_package


async def test_a_package_is_written_against_the_revision_that_was_seen(web: Web) -> None:
    hand_off = await HandOff.start(web)
    first = await hand_off.put(good_package(images=[]), revision=1)
    assert (first.status_code, first.headers["etag"], first.json()["revision"]) == (200, '"2"', 2)
    other = good_package(images=[], title="Zu spät")
    late = await hand_off.put(other, who=BEN, revision=1)
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (412, "stale", 2)
    assert (await hand_off.read())["package"]["title"] == "Pflegelotsen für Dresden"
    repeated = await hand_off.put(good_package(images=[]), revision=1)
    assert (repeated.status_code, repeated.json()["revision"]) == (200, 2)
    forced = await hand_off.put(other, who=BEN)
    assert (forced.status_code, forced.json()["revision"]) == (200, 3)


async def test_what_is_missing_is_told_in_both_languages(web: Web) -> None:
    hand_off = await HandOff.start(web)
    answer = await hand_off.put(good_package(images=[], title=""))
    findings = {finding["code"]: finding for finding in answer.json()["findings"]}
    assert not answer.json()["ready"]
    assert findings["title_missing"]["field"] == "title"
    assert set(findings["title_missing"]["texts"]) == {"de", "en"}
    assert findings["images_missing"]["severity"] == "blocker"


async def test_what_no_package_holds_is_refused(web: Web) -> None:
    hand_off = await HandOff.start(web)
    for fields in (
        {"title": "x" * 301},
        {"start_level_cents": -1},
        {"duration_days": "bald"},
        {"bank_account": "DE00"},
        {"rewards": [{"title": "A", "colour": "blue"}]},
        {"language": "d\x00"},
        {"summary": "Null\x00byte"},
        {"eligibility": {"country": "D\x00"}},
        {"images": [{"id": str(uuid4())}]},
    ):
        answer = await hand_off.put(good_package(images=[]).model_dump(mode="json") | fields)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), fields
    assert (await hand_off.read())["revision"] == 1
    unseen = await hand_off.put(good_package(images=[], summary="Null\u200bbyte\x07"))
    assert unseen.json()["package"]["summary"] == "Nullbyte"


async def test_a_package_whose_campaign_is_linked_stays_as_it_was_confirmed(web: Web) -> None:
    hand_off = await HandOff.at(web, "linked")
    before = await hand_off.read()
    for who in (ALMA, BEN):
        answer = await hand_off.put(before["package"] | {"title": "Anders"}, who=who)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_allowed")
    assert (await hand_off.upload()).status_code == 409
    after = await hand_off.read()
    assert (after["digest"], after["revision"]) == (before["digest"], before["revision"])


# -- images ----------------------------------------------------------------------------------------------------


async def test_an_image_is_encoded_anew_and_shown_to_those_of_the_idea(web: Web) -> None:
    hand_off = await HandOff.start(web)
    exif = Image.Exif()
    exif[0x010E] = "Zuhause bei Alma"
    sent = picture(exif=exif.tobytes())
    assert b"Zuhause" in sent
    answer = await hand_off.upload(data=sent)
    assert answer.status_code == 201
    image = answer.json()["package"]["images"][0]
    assert (image["alt"], image["rights_confirmed"]) == ("Zwei am Tisch", True)
    for client in (web.alma, web.ben, web.carla):
        shown = await client.get(answer.headers["location"])
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert b"Zuhause" not in shown.content
    assert (await web.dora.get(answer.headers["location"])).status_code == 404
    assert Image.open(io.BytesIO(shown.content)).size == (60, 40)
    kept = (await hand_off.read())["images"]
    assert kept == [{"id": image["id"], "media_type": "image/jpeg", "width": 60, "height": 40}]


async def test_one_upload_that_is_repeated_is_one_image(web: Web) -> None:
    hand_off = await HandOff.start(web)
    key = f"key-{uuid4()}"
    first, again = await hand_off.upload(key=key), await hand_off.upload(key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.headers["location"] == again.headers["location"]
    assert len((await hand_off.read())["package"]["images"]) == 1


async def test_what_is_no_image_is_not_kept(web: Web) -> None:
    hand_off = await HandOff.start(web)
    for data, status, detail in (
        (b"", 422, "is empty"),
        (b"GIF89a not really", 422, "is no JPEG, PNG or WebP"),
        (picture()[:100], 422, "is damaged"),
        (b"x" * (10 * 1024 * 1024 + 1), 422, "is larger than 10 MB"),
        (b"x" * (LONGEST_UPLOAD + 1), 413, None),
    ):
        answer = await hand_off.upload(data=data)
        assert (answer.status_code, answer.json().get("detail")) == (status, detail)
    assert (await hand_off.read())["package"]["images"] == []


async def test_only_images_may_be_large(web: Web) -> None:
    hand_off = await HandOff.start(web)
    large = "x" * (300 * 1024)
    assert (await hand_off.put({"title": large})).status_code == 413
    assert (await hand_off.try_to(ALMA, "withdraw", note=large)).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n'
        for _ in range(LONGEST_UPLOAD // 65536 + 2):
            yield b"x" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    streamed = await web.alma.post(hand_off.path("images"), content=pieces(), headers=headers)
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")
    missing = await web.alma.post(hand_off.path("images"), data={"alt": "Ohne Bild"})
    assert (missing.status_code, missing.json()["field"]) == (422, "file")


async def test_an_image_that_no_package_shows_any_more_is_deleted(web: Web) -> None:
    hand_off = await HandOff.start(web)
    location = (await hand_off.upload()).headers["location"]
    gone = await web.alma.delete(location)
    assert (gone.status_code, gone.json()["package"]["images"]) == (200, [])
    assert (await web.alma.get(location)).status_code == 404
    assert (await web.alma.delete(location)).status_code == 200


# -- files -----------------------------------------------------------------------------------------------------


async def test_the_package_is_taken_along_as_files(web: Web) -> None:
    hand_off = await HandOff.at(web, "ready")
    answer = await web.ben.get(hand_off.path("package.zip"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    name = answer.headers["content-disposition"]
    assert name.startswith('attachment; filename="kampagnenpaket-1-')
    assert "pflege" not in name.lower()
    files = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert {"package.json", "texte-de.txt", "copy-en.txt", "checklist.pdf", "images/01.jpg"} <= set(files)
    again = await web.alma.get(hand_off.path("package.zip"), params={"attempt": 1})
    assert again.content == answer.content
    assert (await web.alma.get(hand_off.path("package.zip"), params={"attempt": 9})).status_code == 404


async def test_a_bomb_is_refused_and_a_decoder_that_hangs_holds_up_nobody(web: Web) -> None:
    hand_off = await HandOff.start(web)
    answer = await hand_off.upload(data=scan_bomb(2000))
    assert (answer.status_code, answer.json()["field"]) == (422, "file")
    assert "time or memory" in answer.json()["detail"]
    web.services.images.program = (sys.executable, "-I", "-c", "import time; time.sleep(3600)")
    web.services.images.seconds = 3600
    hanging = [asyncio.create_task(hand_off.upload()) for _ in range(6)]
    while not any("time.sleep(3600)" in " ".join(child.cmdline()) for child in psutil.Process().children()):
        await asyncio.sleep(0.01)
    assert (await web.carla.get(hand_off.path("package.zip"))).status_code == 200
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    web.services.images.program, web.services.images.seconds = PROGRAM, 60
    assert (await hand_off.upload()).status_code == 201


async def test_nothing_is_decoded_for_who_may_not_change_the_package(web: Web) -> None:
    hand_off = await HandOff.start(web)
    web.services.images.program = ("/no/such/decoder",)
    files = {"datei": ("foto.jpg", picture(), "image/jpeg")}
    page = f"/ideen/{hand_off.idea}/crowdfunding/bilder"
    assert (await hand_off.upload(who=DORA)).status_code == 404
    assert (await web.dora.post(page, files=files)).status_code == 404
    await hand_off.ask(ALMA, "withdraw")
    await hand_off.until_in("withdrawn")
    assert (await hand_off.upload()).status_code == 409
    refused = await web.alma.post(page, files=files)
    assert refused.status_code == 409
    assert "<h1" in refused.text


async def test_an_account_uploads_so_many_images_an_hour(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, Limited.UPLOAD, Rate(2, AN_AGE))
    hand_off = await HandOff.start(web)
    page = f"/ideen/{hand_off.idea}/crowdfunding/bilder"
    assert [(await hand_off.upload()).status_code for _ in range(3)] == [201, 201, 429]
    answer = await web.alma.post(page, files={"datei": ("foto.jpg", picture(), "image/jpeg")})
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert (await web.alma.post(page, data={"images.0.alt": "Zwei am Tisch"})).status_code == 303
    assert (await hand_off.upload(who=BEN)).status_code == 201
