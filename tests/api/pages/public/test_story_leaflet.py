"""A story on a leaflet: accessible, in one language, and nobody's words are read as anything but words."""

import io
from typing import Any

from pypdf import PdfReader

from tests.api.conftest import Web
from tests.public_stories import OUTCOME, RECIPE, publish, slug_of, take_down

HOSTILE = '#read("/etc/passwd") $x$ *laut* <script> \\ @ziel ' + "x" * 150


def said_in(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pdf.pages).replace("\u200b", "")


def descriptions_in(node: Any) -> list[str]:
    """Of the pictures, as the structure tree has them."""
    node = node.get_object()
    if isinstance(node, list):
        return [said for kid in node for said in descriptions_in(kid)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (descriptions_in(node["/K"]) if "/K" in node else [])


async def test_the_recipe_is_a_tagged_pdf_that_is_made_once(still_web: Web) -> None:
    told = {"licence": "cc_by", "name": "Alma Beispiel"}
    idea = await publish(
        still_web.database, "Lotsen", words=RECIPE, parts={"outcomes": [OUTCOME]}, told=told, picture={}
    )
    slug = await slug_of(still_web.database, idea)
    assert f'href="/geschichten/{slug}/pdf"' in (await still_web.nobody.get(f"/geschichten/{slug}")).text
    answer = await still_web.nobody.get(f"/geschichten/{slug}/pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == f'inline; filename="{slug}.pdf"'
    pdf, said = PdfReader(io.BytesIO(answer.content)), said_in(PdfReader(io.BytesIO(answer.content)))
    assert b"pdfuaid" in answer.content, "held to PDF/UA"
    assert (str(pdf.root_object["/Lang"]), pdf.metadata and pdf.metadata.title) == ("de", "Lotsen")
    assert "Schilder an der Haustür" in descriptions_in(pdf.root_object["/StructTreeRoot"])
    for part in (
        "1. Fragen",
        "140 im Jahr",
        "Bild: Alma Beispiel",
        "CC BY 4.0",
        f"/geschichten/{slug}",
        "Die Plakate.",
    ):
        assert part in said.replace("\xa0", " "), part
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await still_web.nobody.get(f"/geschichten/{slug}/pdf", headers=known)).status_code == 304
    again = await still_web.nobody.get(f"/geschichten/{slug}/pdf")
    assert again.content == answer.content
    assert len(still_web.services.leaflets._printed) == 1
    await take_down(still_web.database, idea)
    assert (await still_web.nobody.get(f"/geschichten/{slug}/pdf", headers=known)).status_code == 410


async def test_what_people_write_is_words_and_the_leaflet_speaks_the_readers_language(still_web: Web) -> None:
    english = {f"{name}_en": HOSTILE for name in RECIPE if name != "easy_language"} | {"title_en": "Guides 😀"}
    await publish(still_web.database, "Lotsen", words=dict.fromkeys(RECIPE, HOSTILE) | english)
    for language, recipe in (("de", "Zum Nachmachen"), ("en", "A recipe to copy")):
        answer = await still_web.nobody.get(f"/geschichten/lotsen/pdf?lang={language}")
        pdf = PdfReader(io.BytesIO(answer.content))
        assert str(pdf.root_object["/Lang"]) == language
        said = said_in(pdf)
        assert recipe in said
        assert said.replace(" ", "").count("".join(HOSTILE.split())) >= 5
