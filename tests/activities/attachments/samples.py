"""Files of each kind that is taken, and of some that are not, as small as they can be."""

import io
from functools import cache
from zipfile import ZipFile

from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
ODT = "application/vnd.oasis.opendocument.text"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def pack(parts: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx(content_type: str = WORD, **more: str) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{content_type}"/></Types>'
    return pack({"[Content_Types].xml": types, "word/document.xml": "<w:document/>", **more})


def odt(**more: str) -> bytes:
    return pack({"mimetype": ODT, "content.xml": "<office:document-content/>", **more})


def picture(kind: str = "JPEG", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(target, kind, **options)
    return target.getvalue()


@cache
def picture_with_place() -> bytes:
    """As a telephone takes it: it says where it was."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (51.0, 3.0, 0.0)}
    exif[0x0110] = "Telefon von Alma"
    return picture(exif=exif)
