"""Files on their way in: pictures are encoded anew, everything else is kept as it is, and the scanner has its say."""

import io

import pytest
from PIL import Image

from activities.attachments.content import FileProblem, FileRefused
from activities.attachments.reading import CleanFile, FileReader
from activities.packaging.decoding import ImageReader
from activities.ports.scanner import ScannerAway
from tests.activities.attachments.samples import PDF, picture, picture_with_place


class FakeScanner:
    """Finds what it is told to, or is away."""

    def __init__(self, found: str | None = None, *, away: bool = False) -> None:
        self.found = found
        self.away = away
        self.seen: list[bytes] = []

    async def find_threat(self, data: bytes) -> str | None:
        self.seen.append(data)
        if self.away:
            raise ScannerAway("nobody answers")
        return self.found

    async def describe(self) -> str:
        return "fake"


async def read(name: str, data: bytes, scanner: FakeScanner | None = None) -> CleanFile:
    async def give() -> bytes:
        return data

    return await FileReader(ImageReader(), scanner or FakeScanner()).read(name, give)


async def problem_of(data: bytes, scanner: FakeScanner | None = None) -> tuple[FileProblem, str]:
    with pytest.raises(FileRefused) as refused:
        await read("Mein Plan.pdf", data, scanner)
    assert "Plan" not in str(refused.value), "names of files are words"
    return refused.value.problem, refused.value.name


async def test_a_picture_says_nothing_any_more_but_what_it_shows() -> None:
    sent = picture_with_place()
    assert b"Telefon von Alma" in sent
    clean = await read("Foto.png", sent)
    assert (clean.name, clean.media_type) == ("Foto.png.jpg", "image/jpeg"), "its name does not lie"
    assert b"Telefon" not in clean.content
    assert dict(Image.open(io.BytesIO(clean.content)).getexif()) == {}


async def test_a_document_is_kept_as_it_is_once_it_was_looked_through() -> None:
    scanner = FakeScanner()
    clean = await read("Plan.pdf", PDF, scanner)
    assert (clean.name, clean.media_type, clean.content) == ("Plan.pdf", "application/pdf", PDF)
    assert scanner.seen == [PDF]


async def test_what_is_harmful_or_cannot_be_looked_through_or_read_is_not_taken() -> None:
    assert await problem_of(PDF, FakeScanner("Eicar-Signature")) == (FileProblem.INFECTED, "Mein Plan.pdf")
    assert await problem_of(picture(), FakeScanner("Eicar-Signature")) == (FileProblem.INFECTED, "Mein Plan.pdf")
    assert await problem_of(PDF, FakeScanner(away=True)) == (FileProblem.UNCHECKED, "Mein Plan.pdf")
    assert await problem_of(picture()[:200]) == (FileProblem.PICTURE, "Mein Plan.pdf")
    scanner = FakeScanner()
    assert (await problem_of(b"MZ", scanner))[0] is FileProblem.WRONG_KIND
    assert scanner.seen == [], "what is not taken anyway need not be looked through"
