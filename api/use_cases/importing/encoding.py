"""From bytes to text: which encoding a file has, and how sure that is.

A byte-order mark decides. Without one it is UTF-8 if all of it is valid UTF-8, else whatever makes the best words,
which is a guess and called one: nothing is written before somebody has confirmed it. A byte that does not fit becomes a
lone surrogate, so that only its own row is refused.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from charset_normalizer import from_bytes

from api.use_cases.importing.problems import ImportImpossible, Remark, excerpt

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = ("cp1252", "iso8859-15", "mac_roman", "cp850", "cp1250", "cp1251")
"""What programs in Europe write where they do not write UTF-8, the frequent ones first."""
LINE_END = re.compile(r"\r\n|\n|\r")
ESCAPED = re.compile("[\udc80-\udcff]")
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character: no database takes it."""
NOT_ASCII = re.compile("[^\x00-\x7f]")
FOREIGN_WORD = re.compile(r"[A-Za-z]*[^\x00-\x7f][A-Za-z\x80-\U0010ffff]*")
SAMPLE_BYTES = 20_000
"""How much is looked at for a guess: charset-normalizer needs seconds for a megabyte."""
AROUND_WORDS = "„“”‚‘’«»‹›–—…•·§°€£™®©²³½¼×¿¡\u00a0\u2028\u2029"
USUAL = frozenset("äöüßéèêëàâáãåæçñóôòøíîìïúùûœšžčřěýůőűąęłńśźżćđğış")
"""Letters beyond ASCII of German and its neighbours."""


@dataclass(frozen=True)
class Decoded:
    """The text of a file without its byte-order mark. `remarks` are what somebody should check."""

    text: str
    encoding: str
    remarks: tuple[Remark, ...] = ()
    guesses: tuple[str, ...] = ()
    """Where nothing says which encoding it is: the likely ones, the best first, with words as each would read them."""


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file; `encoding` overrules the detection. Raises ImportImpossible."""
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
    return _guess(data, text)


def position_of(text: str, index: int) -> str:
    """ "line 3, character 14", both counted from 1."""
    ends = list(LINE_END.finditer(text, 0, index))
    begin = ends[-1].end() if ends else 0
    return f"line {len(ends) + 1}, character {index - begin + 1}"


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
        told = f"The file is not valid {encoding}{where}: it is damaged or has another one."
        raise ImportImpossible(told, "encoding", encoding=encoding) from None
    return _with_broken_bytes(text.removeprefix("\ufeff"), encoding)


def _with_broken_bytes(text: str, encoding: str) -> Decoded:
    broken = ESCAPED.findall(text)
    if not broken:
        return Decoded(text, encoding)
    first = ESCAPED.search(text)
    assert first is not None
    told = (
        f"{len(broken)} byte(s) are not valid {encoding}, the first in {position_of(text, first.start())} "
        f"(0x{byte_of(first.group()):02X}). Rows that need them are refused."
    )
    return Decoded(text, encoding, (Remark.of("broken_bytes", told, count=len(broken), encoding=encoding),))


def _guess(data: bytes, as_utf8: str) -> Decoded:
    first = ESCAPED.search(as_utf8)
    assert first is not None
    where = f"{position_of(as_utf8, first.start())}: byte 0x{byte_of(first.group()):02X}"
    likely = _likely_encodings(data)
    found = _with_broken_bytes(data.decode(likely[0][0], "surrogateescape"), likely[0][0])
    guesses = tuple(f"{name} ({words})" for name, words in likely)
    told = f"Not UTF-8 ({where}). It might be {', or '.join(guesses)}. Say which with --encoding {likely[0][0]}"
    return Decoded(found.text, found.encoding, (Remark.of("guess", f"{told}, say."), *found.remarks), guesses)


def byte_of(escaped: str) -> int:
    """The byte that a lone surrogate stands for."""
    return ord(escaped) - 0xDC00


def _likely_encodings(data: bytes) -> list[tuple[str, str]]:
    """The best encoding and up to two others, with the words by which they can be told apart."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:SAMPLE_BYTES]
    best = from_bytes(sample).best()
    others = (best.encoding,) if best is not None else ()
    read: dict[str, list[str]] = {}
    for name in (*CANDIDATES, *others):
        try:
            words = FOREIGN_WORD.findall(sample.decode(name, "surrogateescape"))
        except (UnicodeError, LookupError):
            continue
        if words not in read.values():
            read[name] = words
    ranked = sorted(read, key=lambda name: -_share_of_good(read[name]))[:3]
    return [(name, _show_differing(read[name], [read[other] for other in ranked if other != name])) for name in ranked]


def _share_of_good(words: list[str]) -> float:
    return sum(map(_is_good_word, words)) / max(len(words), 1)


def _is_good_word(word: str) -> bool:
    """Whether somebody may have written it: letters of one script, and no capital in the middle."""
    plain = word.strip(AROUND_WORDS)
    if not plain:
        return True
    if not plain.isalpha() or (not plain.isupper() and any(sign.isupper() for sign in plain[1:])):
        return False
    latin = [sign for sign in plain if sign.isascii() or sign.casefold() in USUAL or sign in "ÄÖÜßİ"]
    if latin:
        return len(latin) == len(plain) and 2 * len(NOT_ASCII.findall(plain)) <= len(plain) + 1
    return all("Ѐ" <= sign <= "ӿ" or "Ͱ" <= sign <= "Ͽ" for sign in plain)


def _show_differing(words: list[str], others: list[list[str]]) -> str:
    """Up to three words, in quotes, that each of the other encodings reads in another way."""
    known = set().union(*others) if others else set()
    differing = [word for word in words if word not in known] or words
    return ", ".join(f'"{excerpt(word, 30)}"' for word in list(dict.fromkeys(differing))[:3])


def unconfirmed(decoded_as: Iterable[str]) -> ImportImpossible:
    """Nothing is written from a guess: what is garbled once stays so under its key."""
    first, *others = decoded_as
    rivals = "".join(f", or {other}" for other in others)
    return ImportImpossible(
        f"The encoding of this file is a guess, so nothing was written: {first}{rivals}. Name the one whose words are "
        f"right: --encoding {first.partition(' ')[0]}, say."
    )


def _refuse_unmarked_utf16(data: bytes) -> None:
    head = data[:4096]
    if not head or head.count(0) * 4 < len(head):
        return
    name = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    told = f"Every second byte is NUL: this looks like UTF-16. Try again with --encoding {name}."
    raise ImportImpossible(told, "utf16")
