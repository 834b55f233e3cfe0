"""Pictures and materials of a story: kept without what they hide, described, and public as long as the story is."""

import io
from typing import Any

import httpx
from PIL import Image
from sqlmodel import col, select

from models.queries.documents import read_versions
from models.tables import Attachment, Document, Picture, PublishedStory
from models.tables.columns import utc_now
from models.vocabulary import DocumentKind
from tests.activities.attachments.samples import PDF, picture_with_place
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, CARLA, DORA, show_picture, write_idea, write_open_idea, write_story

DRAFTING: dict[str, Any] = {"stage": "make_visible", "state": "drafting"}
SAID = {"alt": "Schilder an der Haustür", "credit": "Alma Beispiel", "licence": "cc_by", "people": "nobody"}


async def send(web: Web, idea: str, data: bytes, who: str = ALMA, **said: str) -> httpx.Response:
    words = {f"bild.neu.{name}": text for name, text in said.items()}
    path, files = f"/ideen/{idea}/geschichte/bilder", {"bild": ("Foto.jpg", data, "text/html")}
    return await web.clients[who].post(path, data=words, files=files, headers=OWN_SITE, follow_redirects=True)


async def pictures_of(web: Web, idea: str) -> list[dict[str, Any]]:
    async with web.database.session() as session:
        latest = (await read_versions(session, idea, DocumentKind.STORY)).latest
    return latest.parts.get("pictures", []) if latest else []


async def kept(web: Web, idea: str) -> int:
    async with web.database.session() as session:
        return len((await session.exec(select(Picture.id).where(Picture.idea_id == idea))).all())


def drawn(width: int, height: int, colour: str = "teal") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "PNG")
    return target.getvalue()


async def test_a_picture_is_kept_in_two_sizes_without_its_place_and_described_sorted_taken_away(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DRAFTING)
    done = await send(still_web, idea, picture_with_place(), alt="Ein Haus")
    assert "Das Bild ist da." in words_of(done.text)
    assert "Noch fehlt: Wer es gemacht hat, Lizenz, Wer darauf ist" in words_of(done.text)
    await send(still_web, idea, drawn(2000, 1000), **SAID)
    first, second = await pictures_of(still_web, idea)
    assert (second["width"], second["height"], second["licence"]) == (1600, 800, "cc_by")
    for its, width, expected in ((first["id"], 640, None), (second["id"], 640, (640, 320)), (second["id"], 1600, None)):
        shown = await still_web.ben.get(f"/ideen/{idea}/bilder/{its}-{width}.webp")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        with Image.open(io.BytesIO(shown.content)) as image:
            assert (image.format, dict(image.getexif())) == ("WEBP", {})
            assert expected is None or image.size == expected
        assert b"Telefon" not in shown.content
        assert b"Exif" not in shown.content
    for path, who, status in (
        (f"{first['id']}-640", DORA, 404),
        (f"{first['id']}-640", "", 401),
        (f"{first['id']}-800", ALMA, 404),
        (f"{idea}-640", ALMA, 404),
    ):
        assert (await still_web.clients[who].get(f"/ideen/{idea}/bilder/{path}.webp")).status_code == status
    assert (await still_web.clients[""].get(f"/geschichten/bilder/{first['id']}-640.webp")).status_code == 404

    here = f"/ideen/{idea}/geschichte/bilder/{second['id']}"
    said = {f"bild.{second['id']}.{name}": text for name, text in (SAID | {"alt": "Neu"}).items()}
    sorted_anew = await still_web.alma.post(
        here, data=said | {"absicht": "vor"}, headers=OWN_SITE, follow_redirects=True
    )
    assert "Gespeichert ist, was zum Bild dasteht." in words_of(sorted_anew.text)
    assert [one["id"] for one in await pictures_of(still_web, idea)] == [second["id"], first["id"]]
    assert (await pictures_of(still_web, idea))[0]["alt"] == "Neu"
    long = await still_web.alma.post(here, data=said | {f"bild.{second['id']}.alt": "x" * 301}, headers=OWN_SITE)
    assert (long.status_code, "x" * 301 in long.text) == (422, True)
    for who, status in ((BEN, 403), (CARLA, 403), (DORA, 404)):
        answer = await still_web.clients[who].post(here, data={"absicht": "entfernen"}, headers=OWN_SITE)
        assert answer.status_code == status
        assert (await send(still_web, idea, drawn(9, 9), who)).status_code == status
    gone = await still_web.alma.post(here, data={"absicht": "entfernen"}, headers=OWN_SITE, follow_redirects=True)
    assert "Das Bild ist entfernt." in words_of(gone.text)
    assert await kept(still_web, idea) == 1
    held = (await still_web.alma.get("/meine-daten/export.json")).json()["pictures"]
    assert held[0]["content"].startswith("data:image/webp;base64,")


async def test_what_is_no_picture_is_refused_and_what_was_said_stays(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DRAFTING)
    for data, why in ((b"", "Sie ist leer."), (PDF, "Das Bild lässt sich nicht lesen.")):
        refused = await send(still_web, idea, data, **SAID)
        assert (refused.status_code, why in words_of(refused.text)) == (422, True)
        assert SAID["alt"] in refused.text
    assert await kept(still_web, idea) == 0
    other = await write_open_idea(still_web.database, **DRAFTING)
    await send(still_web, other, drawn(9, 9))
    [foreign] = await pictures_of(still_web, other)
    sent = await still_web.alma.put(f"/api/v1/ideas/{idea}/story", json={"pictures": [foreign]})
    assert (sent.status_code, sent.json()["errors"][0]["field"]) == (422, "pictures.0.id")


async def test_everybody_sees_them_as_long_as_the_story_is_published(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    async with still_web.database.transaction() as session:
        document = await write_story(session, idea, state="published")
        file = Attachment(
            id=idea,
            idea_id=idea,
            of_kind="document",
            of_id=document.id,
            name="Schild.pdf",
            media_type="application/pdf",
            size=len(PDF),
            digest="",
            content=PDF,
        )
        session.add(file)
        document.parts = {"materials": [{"attachment_id": file.id, "title": "Vorlage"}]}
        picture = await show_picture(session, document)
        its, slug = picture.id, (await session.get_one(PublishedStory, idea)).slug
    anybody = still_web.clients[""]
    small, material = f"/geschichten/bilder/{its}-640.webp", f"/geschichten/materialien/{idea}"
    page = (await anybody.get(f"/geschichten/{slug}")).text
    for said in (
        small,
        'width="1200" height="800"',
        'loading="lazy"',
        'Bild: Alma Beispiel · <a href="https://creativecommons.org/licenses/by/4.0/deed.de">CC BY 4.0',
        material,
    ):
        assert said in page
    assert small in (await anybody.get("/geschichten")).text
    got = await anybody.get(small)
    assert (got.status_code, got.content, got.headers["cache-control"]) == (200, picture.small, "public, no-cache")
    same = {"If-None-Match": got.headers["etag"]}
    assert (await anybody.get(small, headers=same)).status_code == 304
    taken = await anybody.get(material)
    assert taken.headers["content-disposition"] == 'attachment; filename="Schild.pdf"'
    async with still_web.database.transaction() as session:
        (await session.get_one(PublishedStory, idea)).taken_down_at = utc_now()
    for path in (small, material, f"/geschichten/{slug}"):
        assert (await anybody.get(path, headers=same)).status_code == 410
    async with still_web.database.transaction() as session:
        (await session.get_one(PublishedStory, idea)).taken_down_at = None
        found = await session.exec(select(Document).where(col(Document.id) == document.id))
        found.one().parts = {}
    for path in (small, material):
        assert (await anybody.get(path, headers=same)).status_code == 404


async def test_which_files_everybody_may_have_is_chosen_with_a_title(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DRAFTING)
    files = [("dateien", (name, PDF + name.encode(), "application/pdf")) for name in ("Schild.pdf", "Liste.pdf")]
    await still_web.alma.post(f"/ideen/{idea}/geschichte/dateien", files=files, headers=OWN_SITE)
    async with still_web.database.session() as session:
        [sign] = (await session.exec(select(Attachment.id).where(Attachment.name == "Schild.pdf"))).all()
    chosen = {"material": sign, f"titel.{sign}": "Vorlage"}
    here = f"/ideen/{idea}/geschichte/materialien"
    done = await still_web.alma.post(here, data=chosen, headers=OWN_SITE, follow_redirects=True)
    assert "Gespeichert ist, was alle mitnehmen dürfen." in words_of(done.text)
    told = (await still_web.alma.get(f"/api/v1/ideas/{idea}/story")).json()
    assert told["parts"]["materials"] == [{"attachment_id": sign, "title": "Vorlage"}]
    await still_web.alma.post(here, data={"material": "anything"}, headers=OWN_SITE)
    assert (await still_web.alma.get(f"/api/v1/ideas/{idea}/story")).json()["parts"]["materials"] == []
