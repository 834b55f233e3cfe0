"""From bytes to text: which encoding a file has, and how sure that is.

A byte-order mark decides. Without one it is UTF-8 if all of it is valid UTF-8, else Windows-1252, which is a guess and
called one. A byte that does not fit becomes a lone surrogate, so that only its own row is refused.
"""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from api.importing.problems import ImportImpossible, excerpt

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHER_FILES = (
    (b"PK\x03\x04", "an Excel or OpenDocument workbook or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF"),
)
LINE_END = re.compile(r"\r\n|\n|\r")
ESCAPED = re.compile("[\udc80-\udcff]")
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character: no database takes it."""
NOT_ASCII = re.compile("[^\x00-\x7f]")
SAMPLE_BYTES = 20_000
"""How much charset-normalizer is shown: it needs seconds for a megabyte."""


@dataclass(frozen=True)
class Decoded:
    """The text of a file without its byte-order mark. `remarks` are what somebody should check."""

    text: str
    encoding: str
    remarks: tuple[str, ...] = ()


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file; `encoding` overrules the detection. Raises ImportImpossible."""
    for magic, what in OTHER_FILES:
        if data.startswith(magic):
            raise ImportImpossible(f'This is {what}, no CSV. Open it and save it as "CSV UTF-8".')
    if encoding is not None:
        return _decode_as(data, _known(encoding))
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(data, name)
    _refuse_unmarked_utf16(data)
    text = data.decode("utf-8", "surrogateescape")
    broken = len(ESCAPED.findall(text))
    if broken <= len(NOT_ASCII.findall(text)) - broken:
        return _with_broken_bytes(text, "utf-8")
    return _guess_cp1252(data, text)


def position_of(text: str, index: int) -> str:
    """ "line 3, character 14", both counted from 1."""
    ends = list(LINE_END.finditer(text, 0, index))
    begin = ends[-1].end() if ends else 0
    return f"line {len(ends) + 1}, character {index - begin + 1}"


def was_encoded_twice(value: str) -> bool:
    """Whether a text was UTF-8 read as Windows-1252 and saved again: 'fÃ¼r' for 'für'."""
    if value.isascii():
        return False
    try:
        return value.encode("cp1252").decode("utf-8") != value
    except UnicodeError:
        return False


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        b"abcd".decode(name, "ignore")
    except (LookupError, ValueError):
        raise ImportImpossible(
            f'"{excerpt(encoding)}" is no known encoding. Common are utf-8, cp1252, iso-8859-1, iso-8859-15, utf-16.'
        ) from None
    return name


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding, "surrogateescape")
    except UnicodeError as error:
        where = f" at byte {error.start + 1}" if isinstance(error, UnicodeDecodeError) else ""
        raise ImportImpossible(f"The file is not valid {encoding}{where}: it is damaged or has another one.") from None
    return _with_broken_bytes(text.removeprefix("\ufeff"), encoding)


def _with_broken_bytes(text: str, encoding: str) -> Decoded:
    broken = ESCAPED.findall(text)
    if not broken:
        return Decoded(text, encoding)
    first = ESCAPED.search(text)
    assert first is not None
    return Decoded(
        text,
        encoding,
        (
            f"{len(broken)} byte(s) are not valid {encoding}, the first in {position_of(text, first.start())} "
            f"(0x{byte_of(first.group()):02X}). Rows that need them are refused.",
        ),
    )


def _guess_cp1252(data: bytes, as_utf8: str) -> Decoded:
    first = ESCAPED.search(as_utf8)
    assert first is not None
    found = _with_broken_bytes(data.decode("cp1252", "surrogateescape"), "cp1252")
    where = position_of(as_utf8, first.start())
    guess = f"Not UTF-8 ({where}: byte 0x{byte_of(first.group()):02X}), so read as cp1252."
    if sample := _words_to_look_at(found.text):
        guess += f" Please look whether this is right: {sample}."
    remarks = [guess]
    if rival := _rival_of_cp1252(data):
        remarks.append(f"It might also be {rival[0]}: {rival[1]}. If that is right, use --encoding {rival[0]}.")
    return Decoded(found.text, found.encoding, (*remarks, *found.remarks))


def byte_of(escaped: str) -> int:
    """The byte that a lone surrogate stands for."""
    return ord(escaped) - 0xDC00


def _words_to_look_at(text: str) -> str:
    """Up to three words with letters beyond ASCII, in quotes."""
    words: list[str] = []
    for match in re.finditer(r"\w*[^\x00-\x7f]\w*", text):
        word = excerpt(match.group(), 30)
        if word not in words:
            words.append(word)
        if len(words) == 3:
            break
    return ", ".join(f'"{word}"' for word in words)


def _rival_of_cp1252(data: bytes) -> tuple[str, str] | None:
    """Another encoding that charset-normalizer prefers, if it would change a letter, with words to compare."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:SAMPLE_BYTES]
    best = from_bytes(sample).best()
    if best is None:
        return None
    try:
        text = sample.decode(best.encoding)
    except UnicodeError:
        return None
    if text == sample.decode("cp1252", "surrogateescape"):
        return None
    return best.encoding, _words_to_look_at(text)


def _refuse_unmarked_utf16(data: bytes) -> None:
    head = data[:4096]
    if not head or head.count(0) * 4 < len(head):
        return
    name = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    raise ImportImpossible(f"Every second byte is NUL: this looks like UTF-16. Try again with --encoding {name}.")
