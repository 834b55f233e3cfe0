"""What a file is, whatever its name says."""

import io
import re
import zipfile
from enum import StrEnum

from api.use_cases.importing.problems import ImportImpossible

SAVE_AS = 'Open it and save it as "CSV UTF-8" or as a workbook (.xlsx).'


class FileKind(StrEnum):
    """What can be read."""

    TEXT = "text"
    JSON = "json"
    WORKBOOK = "workbook"


OTHER_FILES = (
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"BZh", "a compressed file (bzip2)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (7z)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"\xfd7zXZ", "a compressed file (xz)"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"RIFF", "an image or a sound"),
    (b"II*\x00", "an image (TIFF)"),
    (b"MM\x00*", "an image (TIFF)"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
)
WRITTEN_IN_TAGS = (
    (
        re.compile(rb"<\?mso-application progid=.Excel|urn:schemas-microsoft-com:office:spreadsheet", re.I),
        "XML of Excel",
    ),
    (re.compile(rb"<!doctype html|<html|<table|<head|<body|<meta ", re.I), "a web page (HTML)"),
    (re.compile(rb"\A\s*<svg|\A\s*<\?xml[^>]*>\s*<svg", re.I), "an image (SVG)"),
    (re.compile(rb"\A\s*<\?xml|\A\s*<[a-z][\w:.-]*(\s+[\w:.-]+=|\s*/?>)", re.I), "XML"),
)
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
MIME_OF_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def find_kind(data: bytes) -> FileKind:
    """Raises ImportImpossible for what is no table, with its name."""
    for magic, what in OTHER_FILES:
        if data.startswith(magic):
            raise ImportImpossible(f"This is {what}, no table. {SAVE_AS}", "other_file", what=_short(what))
    if data.startswith(OLD_EXCEL):
        return FileKind.WORKBOOK
    if data.startswith(b"PK"):
        _check_zip(data)
        return FileKind.WORKBOOK
    head = _plain(data[:4096])
    if head.lstrip()[:1] == b"<":
        for pattern, what in WRITTEN_IN_TAGS:
            if pattern.search(head):
                raise ImportImpossible(
                    f"This is {what}, whatever its name says, and no CSV. {SAVE_AS}", "other_file", what=_short(what)
                )
    return FileKind.JSON if re.match(rb'\s*(\[\s*(\{|\[|\])|\{\s*("|\}))', head) else FileKind.TEXT


def _short(what: str) -> str:
    """The name alone, which is the same in every language: PNG, HTML, PDF."""
    return what.partition("(")[2].rstrip(")") or what.removeprefix("a ")


def _plain(head: bytes) -> bytes:
    """The beginning without a byte-order mark, and without the NULs of UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\x00", b"")
    return head.removeprefix(b"\xef\xbb\xbf")


def _check_zip(data: bytes) -> None:
    """Raises ImportImpossible where it is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            is_ods = "mimetype" in names and archive.getinfo("mimetype").file_size < 200
            mime = archive.read("mimetype") if is_ods else b""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        raise ImportImpossible(f"This is a damaged workbook or ZIP archive. {SAVE_AS}", "damaged") from None
    if any(name.startswith("word/") for name in names) or b"opendocument.text" in mime:
        raise ImportImpossible(
            f"This is a text document, no table. Copy its table into a spreadsheet. {SAVE_AS}", "document"
        )
    if any(name.startswith("ppt/") for name in names) or b"opendocument.presentation" in mime:
        raise ImportImpossible(f"This is a presentation, no table. {SAVE_AS}", "document")
    if not any(name.startswith("xl/") for name in names) and MIME_OF_ODS not in mime:
        raise ImportImpossible(f"This is a ZIP archive, no table. Take the file out of it. {SAVE_AS}", "archive")
