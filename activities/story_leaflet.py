"""A story on paper: what stands on the leaflet, and the printer that makes PDFs of leaflets."""

import asyncio
import hashlib
import io
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from PIL import Image

from activities.typst_pdf import compile_pdf
from models.settings import TEMPLATES

TEMPLATE = TEMPLATES / "stories" / "leaflet.typ"
PICTURE = "picture.jpg"
KEPT = 64
"""As many leaflets are kept as printed; a picture makes one some hundred kilobytes."""
AT_ONCE = 1
"""A leaflet is up to a second of computing, and anybody may ask for one."""

Told = Sequence[Sequence[str]]
"""Paragraphs, each with its lines."""


@dataclass(frozen=True)
class LeafletPicture:
    """Only its description and credit: what it shows is asked for when it is printed."""

    id: str
    alt: str
    language: str
    """In which it is described."""
    credit: str
    file: str = PICTURE


@dataclass(frozen=True)
class LeafletFigure:
    amount: str
    what: str
    how: str


@dataclass(frozen=True)
class LeafletLink:
    title: str
    address: str


@dataclass(frozen=True)
class LeafletSection:
    """A part of the recipe. Lines are its steps, rows its ingredients."""

    name: str
    kind: Literal["told", "steps", "facts"] = "told"
    said: Told = ()
    lines: Sequence[str] = ()
    rows: Sequence[tuple[str, Told]] = ()
    figures: Sequence[LeafletFigure] = ()
    links: Sequence[LeafletLink] = ()


@dataclass(frozen=True)
class LeafletLicence:
    text_by: str
    name: str
    address: str


@dataclass(frozen=True)
class StoryLeaflet:
    """Every word of the leaflet, in one language."""

    language: str
    title: str
    teaser: Told
    picture: LeafletPicture | None
    facts: Sequence[tuple[str, Told]]
    sections: Sequence[LeafletSection]
    closing: Sequence[str]
    """Who has told it, and whom to ask."""
    licence: LeafletLicence | None
    credit: str
    house: str
    funding_note: str
    address: str
    """Of the story's page."""
    code: str
    """The same to be photographed, as SVG."""
    words: dict[str, str]

    @property
    def digest(self) -> str:
        """Names this leaflet as this release lays it out."""
        told = json.dumps(asdict(self), sort_keys=True).encode()
        return hashlib.sha256(TEMPLATE.read_bytes() + told).hexdigest()


class LeafletPrinter:
    """Makes PDFs beside the event loop, one after the other, and keeps the latest by their digest."""

    def __init__(self) -> None:
        self._printed: OrderedDict[str, bytes] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def print(
        self, leaflet: StoryLeaflet, written: datetime, read_picture: Callable[[str], Awaitable[bytes]]
    ) -> bytes:
        """`read_picture` gives what is kept under its id, and is asked only where something has to be printed."""
        digest = leaflet.digest
        async with self._turns:
            if digest not in self._printed:
                picture = await read_picture(leaflet.picture.id) if leaflet.picture is not None else None
                self._printed[digest] = await asyncio.to_thread(write_pdf, leaflet, written, picture)
            self._printed.move_to_end(digest)
            while len(self._printed) > KEPT:
                self._printed.popitem(last=False)
            return self._printed[digest]


def write_pdf(leaflet: StoryLeaflet, written: datetime, picture: bytes | None = None) -> bytes:
    """`picture`: as it is kept; without one, none is shown."""
    data: dict[str, Any] = asdict(leaflet)
    if picture is None:
        return compile_pdf(TEMPLATE, data | {"picture": None}, written)
    return compile_pdf(TEMPLATE, data, written, {PICTURE: as_jpeg(picture)})


def as_jpeg(picture: bytes) -> bytes:
    """A PDF holds a JPEG as it is, and would unpack a WebP to many times its size. We have encoded it ourselves."""
    sink = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
        paper.save(sink, "JPEG", quality=85, optimize=True)
    return sink.getvalue()
