"""Content sniffing: what a file is, by its bytes and not by its name. Nothing is unpacked but two small parts.

A text document is handed on as it is, to be saved by whoever opens it; so one that brings programs along (macros) is
refused. How a file begins is told by RFC 8118 (PDF), ISO/IEC 29500 (DOCX), OASIS OpenDocument 1.3 (ODT), RFC 2083 (PNG)
and ITU T.81 (JPEG).
"""

import re
from enum import StrEnum
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from models.rules.file_limits import MOST_BYTES_OF_FILE

MOST_PARTS = 5000
"""Of a packed document. Each costs time to list, and none that somebody has written has as many."""
MOST_READ = 1024 * 1024

PDF_BEGINS, ZIP_BEGINS, PART_BEGINS = b"%PDF-", b"PK\x03\x04", b"PK\x01\x02"
PNG_BEGINS, JPEG_BEGINS = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"

ODT_TYPE = b"application/vnd.oasis.opendocument.text"
DOCX_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
PROGRAM = re.compile(r"vba\w*\.(bin|xml)$|/activex/|^basic/|^scripts/", re.IGNORECASE)
"""Parts of a document that hold macros or controls."""


class FileKind(StrEnum):
    """What is taken. The value is the ending of its name."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    PNG = "png"
    JPEG = "jpg"

    @property
    def is_picture(self) -> bool:
        return self in (FileKind.PNG, FileKind.JPEG)

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]


MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
}

PICTURES = frozenset(MEDIA_TYPES[kind] for kind in FileKind if kind.is_picture)


class FileProblem(StrEnum):
    """Why a file was not taken. Its words are in the catalogues: `file.problem.<problem>`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    PROGRAM = "program"
    """It brings macros along."""
    PICTURE = "picture"
    """It says it is one, and cannot be read, or only at a cost that no honest one has."""
    INFECTED = "infected"
    UNCHECKED = "unchecked"
    """The scanner could not be asked."""
    TOO_MANY = "too_many"
    """The object has as many files as it may have."""
    NO_ROOM = "no_room"
    """The idea has no room left."""


class FileRefused(Exception):
    """One file and why it was not taken. `name` is what its sender calls it."""

    def __init__(self, problem: FileProblem, name: str = "") -> None:
        self.problem = problem
        self.name = name
        # Names of files are people's words: no message of an error tells them.
        super().__init__(str(problem))


def identify(data: bytes) -> FileKind:
    """Raises FileRefused."""
    if not data:
        raise FileRefused(FileProblem.EMPTY)
    if len(data) > MOST_BYTES_OF_FILE:
        raise FileRefused(FileProblem.TOO_LARGE)
    if data.startswith(PNG_BEGINS):
        return FileKind.PNG
    if data.startswith(JPEG_BEGINS):
        return FileKind.JPEG
    if data.startswith(PDF_BEGINS):
        return FileKind.PDF
    if data.startswith(ZIP_BEGINS) and data.count(PART_BEGINS) <= MOST_PARTS:
        return _identify_document(data)
    raise FileRefused(FileProblem.WRONG_KIND)


def _identify_document(data: bytes) -> FileKind:
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            if any(PROGRAM.search(name) for name in names):
                raise FileRefused(FileProblem.PROGRAM)
            if "content.xml" in names and _read(archive, "mimetype").strip() == ODT_TYPE:
                return FileKind.ODT
            types = _read(archive, "[Content_Types].xml")
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        raise FileRefused(FileProblem.WRONG_KIND) from None
    if b"macroenabled" in types.lower():
        raise FileRefused(FileProblem.PROGRAM)
    if "word/document.xml" in names and DOCX_TYPE in types:
        return FileKind.DOCX
    raise FileRefused(FileProblem.WRONG_KIND)


def _read(archive: ZipFile, name: str) -> bytes:
    """The beginning of a part; empty where there is none."""
    if name not in archive.namelist():
        return b""
    with archive.open(name) as part:
        return part.read(MOST_READ)
