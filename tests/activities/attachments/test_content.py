"""What a file is, by its content: what is taken, and what is not, whatever it is called."""

import pytest

from activities.attachments.content import (
    MOST_PARTS,
    FileKind,
    FileProblem,
    FileRefused,
    identify,
)
from activities.attachments.reading import LONGEST_NAME, name_of
from models.i18n import languages, texts_in
from models.rules.file_limits import MOST_BYTES_OF_FILE
from tests.activities.attachments.samples import PDF, docx, odt, pack, picture

HTML = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, FileKind.PDF),
        (docx(), FileKind.DOCX),
        (odt(), FileKind.ODT),
        (picture("PNG"), FileKind.PNG),
        (picture("JPEG"), FileKind.JPEG),
    ],
)
def test_a_file_is_what_its_content_says(data: bytes, kind: FileKind) -> None:
    assert identify(data) is kind


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (PDF + b"\0" * MOST_BYTES_OF_FILE, FileProblem.TOO_LARGE),
        (HTML, FileProblem.WRONG_KIND),
        (b"GIF89a" + PDF, FileProblem.WRONG_KIND),
        (picture("WEBP"), FileProblem.WRONG_KIND),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", FileProblem.WRONG_KIND),
        (b"MZ\x90\x00", FileProblem.WRONG_KIND),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileProblem.WRONG_KIND),
        (b"\n" + PDF, FileProblem.WRONG_KIND),
        (docx()[:-30], FileProblem.WRONG_KIND),
        (b"PK\x03\x04" + b"\0" * 40, FileProblem.WRONG_KIND),
        (pack({"a.txt": "a"}), FileProblem.WRONG_KIND),
        (pack({"[Content_Types].xml": "", "xl/workbook.xml": ""}), FileProblem.WRONG_KIND),
        (
            pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": ""}),
            FileProblem.WRONG_KIND,
        ),
        (b"PK\x03\x04" + b"PK\x01\x02" * (MOST_PARTS + 1), FileProblem.WRONG_KIND),
        (docx(**{"word/vbaProject.bin": "x"}), FileProblem.PROGRAM),
        (docx(**{"word/activeX/activeX1.xml": "x"}), FileProblem.PROGRAM),
        (docx("application/vnd.ms-word.document.macroEnabled.main+xml"), FileProblem.PROGRAM),
        (odt(**{"Basic/Standard/Module1.xml": "x"}), FileProblem.PROGRAM),
        (odt(**{"Scripts/python/a.py": "x"}), FileProblem.PROGRAM),
    ],
)
def test_anything_else_is_refused_with_its_reason(data: bytes, problem: FileProblem) -> None:
    with pytest.raises(FileRefused) as refused:
        identify(data)
    assert refused.value.problem is problem


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Grundriss.pdf", "Grundriss.pdf"),
        ("Grundriss.PDF", "Grundriss.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Pläne\\Plan 2.pdf", "Plan 2.pdf"),
        ("rechnung.pdf.exe", "rechnung.pdf.exe.pdf"),
        ('"><script>.pdf', "script.pdf"),
        ("Plan\r\nSet-Cookie: a.pdf", "Plan Set-Cookie a.pdf"),
        ("...", "pdf.pdf"),
        ("", "pdf.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
    ],
)
def test_a_name_is_one_line_without_folders_and_ends_as_what_it_is(given: str, kept: str) -> None:
    assert name_of(given, FileKind.PDF) == kept


def test_a_long_name_is_cut_before_its_ending() -> None:
    assert name_of("a" * 500 + ".pdf", FileKind.PDF) == "a" * LONGEST_NAME + ".pdf"
    assert name_of("Foto.JPEG", FileKind.JPEG) == "Foto.jpg"


@pytest.mark.parametrize("language", languages())
def test_every_reason_has_words(language: str) -> None:
    assert all(texts_in(language).has(f"file.problem.{problem}") for problem in FileProblem)
