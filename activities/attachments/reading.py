"""Files on their way in: told by their content, looked through for harm, pictures encoded anew."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from activities.attachments.content import MEDIA_TYPES, FileKind, FileProblem, FileRefused, identify
from activities.packaging.decoding import ImageReader
from activities.packaging.images import ImageProblem, ImageRefused, SizedImage, check_size
from activities.ports.scanner import Scanner, ScannerAway
from models.single_line import read_line

LONGEST_NAME = 120

ENDINGS = {FileKind.JPEG: ("jpg", "jpeg")}


AS_FILE = {ImageProblem.EMPTY: FileProblem.EMPTY, ImageProblem.TOO_LARGE: FileProblem.TOO_LARGE}


@dataclass(frozen=True)
class CleanFile:
    """A file as it is kept: named and typed by us after what it is."""

    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class FileReader:
    """Reads what people attach. Pictures go the way of all pictures, in a process of their own."""

    def __init__(self, images: ImageReader, scanner: Scanner) -> None:
        self._images = images
        self._scanner = scanner

    async def read(self, name: str, source: Callable[[], Awaitable[bytes]]) -> CleanFile:
        """Raises FileRefused, which names the file."""
        try:
            data = await source()
            # Listing the parts of a document takes its time, and holds nobody up beside it.
            kind = await asyncio.to_thread(identify, data)
            await self._scan(data)
            return await self._clean_picture(name, data) if kind.is_picture else keep_document(name, kind, data)
        except FileRefused as refused:
            raise FileRefused(refused.problem, name_of(name)) from refused

    async def read_picture(self, name: str, source: Callable[[], Awaitable[bytes]]) -> SizedImage:
        """One that pages show, in its sizes. Raises FileRefused."""

        async def give() -> bytes:
            data = await source()
            check_size(data)
            await self._scan(data)
            return data

        try:
            return await self._images.read_sized(give)
        except FileRefused as refused:
            raise FileRefused(refused.problem, name_of(name)) from refused
        except ImageRefused as refused:
            raise FileRefused(AS_FILE.get(refused.problem, FileProblem.PICTURE), name_of(name)) from refused

    async def _scan(self, data: bytes) -> None:
        try:
            found = await self._scanner.find_threat(data)
        except ScannerAway as away:
            raise FileRefused(FileProblem.UNCHECKED) from away
        if found is not None:
            raise FileRefused(FileProblem.INFECTED)

    async def _clean_picture(self, name: str, data: bytes) -> CleanFile:
        async def give() -> bytes:
            return data

        try:
            picture = await self._images.read(give)
        except ImageRefused as refused:
            raise FileRefused(FileProblem.PICTURE) from refused
        # One with transparency stays a PNG, whatever it was before.
        kind = next(kind for kind, media_type in MEDIA_TYPES.items() if media_type == picture.media_type)
        return CleanFile(name_of(name, kind), picture.media_type, picture.content)


def keep_document(name: str, kind: FileKind, data: bytes) -> CleanFile:
    return CleanFile(name_of(name, kind), kind.media_type, data)


def name_of(given: str, kind: FileKind | None = None) -> str:
    """What a file is called from now on: in one line, without folders, with the ending of what it is.

    >>> name_of("C:\\\\Pläne\\\\Grundriss.PDF", FileKind.PDF), name_of("rechnung.pdf.exe", FileKind.PDF)
    ('Grundriss.pdf', 'rechnung.pdf.exe.pdf')
    """
    line = re.sub(r'["<>|:*?]', "", read_line(re.split(r"[/\\]", given)[-1])).lstrip(". ")
    if kind is None:
        return line[:LONGEST_NAME]
    stem, _, ending = line.rpartition(".")
    stem = stem if ending.lower() in ENDINGS.get(kind, (kind.value,)) else line
    return f"{stem[:LONGEST_NAME] or kind.value}.{kind.value}"
