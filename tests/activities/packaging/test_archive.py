"""The ZIP: complete, exact, the same every time, and harmless wherever it is opened."""

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from activities.packaging import ImageMissing, PackageDetails, describe, render
from activities.packaging.images import read_image
from activities.ports.crowdfunding import PersonalStep
from models.i18n import texts_in
from models.messages.package import FIELDS, Package, Section
from models.rules.readiness import check, digest
from models.tables import CampaignImage
from models.tables.columns import new_id
from tests.cast import POLICY
from tests.factories import IMAGE, good_package

TODAY = date(2026, 6, 1)
IDEA = "5f0c6c1e-0000-4000-8000-000000000001"
STEPS = (PersonalStep(key="account", url="https://www.startnext.com"), PersonalStep(key="payout"))

FILES = [
    "LIESMICH.txt",
    "budget.csv",
    "checklist.html",
    "checklist.pdf",
    "copy-en.txt",
    "images/01.jpg",
    "images/credits.csv",
    "package.json",
    "package.schema.json",
    "rewards.csv",
    "texte-de.txt",
]


def image(its_id: str = IMAGE, kind: str = "JPEG") -> CampaignImage:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(target, kind)
    clean = read_image(target.getvalue())
    return CampaignImage(
        id=its_id,
        idea_id=IDEA,
        attempt=1,
        media_type=clean.media_type,
        width=clean.width,
        height=clean.height,
        content=clean.content,
    )


def details_of(package: Package) -> PackageDetails:
    return describe(POLICY, package, idea_id=IDEA, attempt=1, revision=4, today=TODAY, steps=STEPS)


def pack(package: Package, *images: CampaignImage) -> bytes:
    findings = check(package, POLICY.crowdfunding, TODAY)
    return render(package, findings, details_of(package), images or [image()])


def unpack(package: Package, *images: CampaignImage) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack(package, *images))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def table(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


HOSTILE = good_package(
    title='<script>alert(1)</script> #eval("1") $x$',
    budget=[{"label": "=HYPERLINK(1)", "cents": 460_000}],
    rewards=[{"title": "@SUM(A1)", "text": '+1;"zwei"\nZeilen', "price_cents": 5}],
    images=[{"id": IMAGE, "alt": "-1", "credit": "../../etc/passwd", "rights_confirmed": True}],
)


# -- the archive -------------------------------------------------------------------------------------------------


def test_it_holds_everything_that_is_taken_to_the_platform() -> None:
    assert sorted(unpack(good_package())) == FILES


def test_the_same_package_gives_the_same_bytes() -> None:
    assert pack(good_package()) == pack(Package.model_validate_json(good_package().model_dump_json()))
    assert pack(good_package()) != pack(good_package(title="Pflegelotsen für Leipzig"))


def test_its_entries_tell_no_time_and_come_in_order() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(good_package()))) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename for entry in entries] == FILES
    assert {entry.external_attr >> 16 for entry in entries} == {0o644}


def test_no_name_of_a_file_comes_from_what_people_wrote() -> None:
    assert sorted(unpack(HOSTILE)) == FILES
    assert re.fullmatch(r"kampagnenpaket-1-[0-9a-f]{8}\.zip", details_of(HOSTILE).file_name)


def test_an_empty_package_can_be_taken_out_too() -> None:
    files = unpack(Package())
    assert sorted(files) == [name for name in FILES if name != "images/01.jpg"]
    assert "(noch leer)" in files["texte-de.txt"].decode()


def test_the_readme_names_every_file_in_every_language() -> None:
    files = unpack(good_package())
    german, english = files["LIESMICH.txt"].decode().split("-" * 72)
    for name in {re.sub(r"(?<=/).*", "", name) for name in files} - {"LIESMICH.txt"}:
        assert name in german
        assert name in english
    assert "Ihr Kampagnenpaket" in german
    assert "Your campaign package" in english


# -- images ------------------------------------------------------------------------------------------------------


def test_images_are_numbered_in_the_packages_order_and_keep_their_bytes() -> None:
    first, second, unused = new_id(), IMAGE, new_id()
    kept = [image(second), image(first, "PNG"), image(unused)]
    content = [{"id": its_id, "alt": its_id, "credit": "Alma", "rights_confirmed": True} for its_id in (first, second)]
    files = unpack(good_package(images=content), *kept)
    assert files["images/01.png"] == kept[1].content
    assert files["images/02.jpg"] == kept[0].content
    assert len([name for name in files if name.startswith("images/")]) == 3
    assert [row[:3] for row in table(files["images/credits.csv"])[1:]] == [
        ["images/01.png", "Alma", first],
        ["images/02.jpg", "Alma", second],
    ]


def test_an_image_without_its_bytes_is_told() -> None:
    with pytest.raises(ImageMissing) as caught:
        pack(good_package(), image(new_id()))
    assert caught.value.image_id == IMAGE


# -- for programs ------------------------------------------------------------------------------------------------


def schema_and_content(package: Package) -> tuple[dict[str, Any], dict[str, Any]]:
    files = unpack(package)
    schema, content = json.loads(files["package.schema.json"]), json.loads(files["package.json"])
    Draft202012Validator.check_schema(schema)
    return schema, content


@pytest.mark.parametrize("package", [good_package(), Package(), HOSTILE], ids=["good", "empty", "hostile"])
def test_package_json_is_what_its_schema_says(package: Package) -> None:
    schema, content = schema_and_content(package)
    Draft202012Validator(schema).validate(content)
    assert content["schema_version"] == 1
    assert Package.model_validate(content["package"]) == package


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("package", "start_level_cents"), 12.5),
        (("package", "mode"), "lottery"),
        (("package", "iban"), "DE00"),
        (("package", "rewards", 0, "price_cents"), -1),
        (("files", 0, "sha256"), None),
    ],
)
def test_the_schema_refuses_what_is_no_package(path: tuple[str | int, ...], value: object) -> None:
    schema, content = schema_and_content(good_package())
    *way, last = path
    place: Any = content
    for key in way:
        place = place[key]
    place[last] = value
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate(content)


def test_the_digest_in_the_file_is_the_packages_own_and_anybody_can_compute_it() -> None:
    _, content = schema_and_content(good_package())
    plain = json.dumps(content["package"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert content["digest"] == hashlib.sha256(plain.encode()).hexdigest() == digest(good_package())
    assert content["key"] == f"crowdfunding/{IDEA}/1:{content['digest']}"


def test_files_are_listed_with_what_is_in_them() -> None:
    files = unpack(good_package())
    (listed,) = json.loads(files["package.json"])["files"]
    assert listed["file"] == "images/01.jpg"
    assert (listed["width"], listed["height"]) == (60, 40)
    assert listed["sha256"] == hashlib.sha256(files["images/01.jpg"]).hexdigest()


# -- texts to copy -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), [("texte-de.txt", "de"), ("copy-en.txt", "en")])
def test_every_field_that_the_platform_asks_for_is_there_under_its_label(name: str, language: str) -> None:
    text, texts = unpack(good_package())[name].decode(), texts_in(language)
    lines = text.split("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for section in set(Section) - {Section.ELIGIBILITY}:
        assert texts(f"package.section.{section}") in lines
        for field in set(FIELDS[section]) - {"rewards", "images"}:
            at = lines.index(texts(f"package.field.{field}"))
            assert lines[at + 1].strip("=-") == ""
    for written in ("Pflegelotsen für Dresden", "Sie kommen nach Hause und hören zu.", "Alma Arnold, Leitung"):
        assert written in lines
    assert texts("package.sdg.11") in lines
    assert "eligibility" not in text


def test_sums_and_days_are_written_in_the_language_of_the_labels() -> None:
    files = unpack(good_package())
    german, english = files["texte-de.txt"].decode(), files["copy-en.txt"].decode()
    assert all(text in german for text in ("5.000,00\u00a0€", "33 Tage", "1. Oktober 2026", "Preis mit Versand: 25,50"))
    assert all(text in english for text in ("€5,000.00", "33 days", "October 1, 2026", "shipping: €25.50"))


# -- tables ------------------------------------------------------------------------------------------------------


def test_rewards_open_in_a_german_excel() -> None:
    header, card, coffee = table(unpack(good_package())["rewards.csv"])
    assert header == ["Titel", "Beschreibung", "Preis mit Versand", "Anzahl", "Adresse nötig"]
    assert card == ["Postkarte", "Ein Gruß aus dem Quartier.", "10,00", "unbegrenzt", "ja"]
    assert coffee == ["Kaffee", "Wir kochen Ihnen einen.", "25,50", "20", "nein"]


def test_the_budget_ends_with_the_fee_and_the_sum() -> None:
    rows = table(unpack(good_package())["budget.csv"])
    assert rows[-2:] == [["Gebühr der Plattform", "400,00"], ["Summe", "5.000,00"]]
    premium = table(unpack(good_package(plan="premium"))["budget.csv"])
    assert premium[-2:] == [["Gebühr der Plattform", "600,00"], ["Summe", "5.200,00"]]


def test_no_cell_computes() -> None:
    files = unpack(HOSTILE)
    cells = [
        cell
        for name in ("rewards.csv", "budget.csv", "images/credits.csv")
        for row in table(files[name])
        for cell in row
    ]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert {"'=HYPERLINK(1)", "'@SUM(A1)", '\'+1;"zwei"\nZeilen', "'-1"} <= set(cells)


def test_an_english_package_has_english_tables_and_checklist() -> None:
    files = unpack(good_package(language="en"))
    assert table(files["rewards.csv"])[0][0] == "Title"
    assert 'lang="en"' in files["checklist.html"].decode()
    assert language_of(PdfReader(io.BytesIO(files["checklist.pdf"]))) == "en"


def test_a_language_that_we_do_not_speak_gets_german() -> None:
    assert table(unpack(good_package(language="hsb"))["rewards.csv"])[0][0] == "Titel"


# -- checklist ---------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What stands on a page, and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(package: Package) -> Page:
    return Page(unpack(package)["checklist.html"].decode())


def test_the_page_says_what_is_done_and_what_only_people_can_do() -> None:
    page, texts = page_of(good_package()), texts_in("de")
    assert texts("package.checklist.ready") in page.said
    assert page.said.count("erledigt") == len(Section)
    for step in STEPS:
        assert texts(f"crowdfunding.step.{step.key}") in page.said
    assert "5.000,00\u00a0€" in page.said
    assert "Stand: 1. Juni 2026" in page.said
    assert details_of(good_package()).key in page.said


def test_the_page_says_what_is_still_open() -> None:
    page, texts = page_of(Package()), texts_in("de")
    assert texts("package.checklist.not_ready") in page.said
    assert "erledigt" not in page.said
    for finding in check(Package(), POLICY.crowdfunding, TODAY):
        assert finding.texts["de"] in page.said


def test_the_page_needs_nothing_but_itself() -> None:
    page = page_of(good_package())
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert [attributes["href"] for attributes in page.all("a")] == ["https://www.startnext.com"]
    (policy,) = [tag["content"] for tag in page.all("meta") if tag.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "url(" not in unpack(good_package())["checklist.html"].decode()


def test_the_page_can_be_read_by_everybody() -> None:
    page = page_of(good_package())
    assert page.all("html") == [{"lang": "de"}]
    assert [tag for tag, _ in page.tags if tag in ("h1", "h2", "h3")] == [
        "h1",
        "h2",
        "h2",
        *["h3"] * len(Section),
        "h2",
    ]
    labelled = {attributes["for"] for attributes in page.all("label")}
    assert {attributes["id"] for attributes in page.all("input")} == labelled
    assert {attributes.get("scope") for attributes in page.all("th")} == {"row"}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_what_people_wrote_is_text_on_the_page() -> None:
    page = page_of(HOSTILE)
    assert page.all("script") == []
    assert HOSTILE.title in page.said


def pdf_of(package: Package) -> PdfReader:
    return PdfReader(io.BytesIO(unpack(package)["checklist.pdf"]))


def language_of(pdf: PdfReader) -> str:
    return str(pdf.root_object["/Lang"])


def said_in(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pdf.pages).replace("\u00a0", " ")


def tags_of(pdf: PdfReader) -> set[str]:
    """The kinds of elements in the structure tree."""
    seen: set[str] = set()
    waiting: list[Any] = [pdf.root_object["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            seen.add(str(node.get("/S")))
            waiting.append(node.get("/K"))
    return seen


def test_the_pdf_is_tagged_and_claims_pdf_ua() -> None:
    pdf = pdf_of(good_package())
    root: Any = pdf.root_object
    assert language_of(pdf) == "de"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert tags_of(pdf) >= {"/H1", "/H2", "/H3", "/P", "/L", "/LI", "/Table", "/TR", "/TD", "/Link"}
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Checkliste für Ihre Kampagne: Pflegelotsen für Dresden"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()


def test_the_pdf_says_what_the_page_says() -> None:
    said, texts = said_in(pdf_of(good_package())), texts_in("de")
    for text in (texts("package.checklist.ready"), "5.000,00 €", "Stand: 1. Juni 2026", "Was nur Sie tun können"):
        assert text in said
    open_pdf = said_in(pdf_of(Package()))
    assert texts("package.checklist.not_ready") in open_pdf
    for finding in check(Package(), POLICY.crowdfunding, TODAY):
        assert finding.texts["de"].split()[-1] in open_pdf


def test_what_people_wrote_is_text_in_the_pdf() -> None:
    pdf = pdf_of(HOSTILE)
    assert HOSTILE.title in said_in(pdf)
    assert pdf.metadata is not None
    assert pdf.metadata.title == f"Checkliste für Ihre Kampagne: {HOSTILE.title}"


@pytest.mark.parametrize("title", ["Pflege 😀", "漢字", "\ue000", "a\u202eb", "𓀀", "Ü" * 300])
def test_no_title_keeps_the_pdf_from_being_made(title: str) -> None:
    pdf = pdf_of(good_package(title=title))
    assert language_of(pdf) == "de"
    assert "Checkliste" in said_in(pdf)


def test_nothing_in_the_files_depends_on_the_clock() -> None:
    package = good_package()
    findings = check(package, POLICY.crowdfunding, TODAY)
    later = replace(details_of(package), as_of=date(2026, 6, 2))
    with zipfile.ZipFile(io.BytesIO(render(package, findings, later, [image()]))) as archive:
        changed = {name for name, content in unpack(package).items() if archive.read(name) != content}
    assert changed == {"checklist.html", "checklist.pdf"}
