"""Which encoding a file has, and what is said where that is a guess."""

import pytest

from api.use_cases.importing.damage import has_lost_letters, was_encoded_twice
from api.use_cases.importing.encoding import decode
from api.use_cases.importing.file_kind import find_kind
from api.use_cases.importing.problems import ImportImpossible

GERMAN = "title;summary\nBürgerhaus;Für „Ältere“ – 5 €\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
    ],
)
def test_german_text_is_read_in_every_common_encoding(encoding: str, found: str) -> None:
    decoded = decode(GERMAN.encode(encoding))
    assert (decoded.text, decoded.encoding) == (GERMAN, found)


def test_big_endian_utf16_is_known_by_its_mark() -> None:
    assert decode(b"\xfe\xff" + GERMAN.encode("utf-16-be")).text == GERMAN


def test_a_guess_is_called_one_and_shows_words_to_look_at() -> None:
    decoded = decode(GERMAN.encode("cp1252"))
    assert "line 2, character 2: byte 0xFC" in decoded.remarks[0]
    assert decoded.guesses[0].startswith("cp1252 (")


@pytest.mark.parametrize(
    ("encoding", "text", "right", "wrong"),
    [
        ("mac_roman", "Bücherzelle für Görlitz, Straße", "Bücherzelle", "BŸcherzelle"),
        ("cp850", "Bücherzelle für Görlitz, Straße", "Bücherzelle", "B·cherzelle"),
        ("iso8859-15", "Eintritt 2 € für Žluté und œuvre", "Žluté", "´luté"),
        ("cp1250", "Zażółć gęślą jaźń für alle", "gęślą", "gêœl¹"),
        ("cp1251", "Зустріч у дворі", "Зустріч", "Çóñòð³÷"),
    ],
)
def test_likely_encodings_are_named_with_the_words_that_differ(
    encoding: str, text: str, right: str, wrong: str
) -> None:
    first, *others = decode(f"title;summary\n{text};x\n".encode(encoding)).guesses
    assert first.startswith(f"{encoding} (")
    assert right in first
    assert any(wrong in other for other in others)
    assert not any(f'"{right}"' in other for other in others)


def test_a_damaged_utf8_file_stays_utf8() -> None:
    data = (GERMAN * 3).encode() + b"Kinderg\xe4rten;x\n"
    decoded = decode(data)
    assert decoded.encoding == "utf-8"
    assert decoded.remarks == (
        "1 byte(s) are not valid utf-8, the first in line 7, character 8 (0xE4). Rows that need them are refused.",
    )


def test_bytes_that_cp1252_does_not_have_are_named() -> None:
    decoded = decode("Bürgerhaus\n".encode("cp1252") + b"\x81\n")
    assert "1 byte(s) are not valid cp1252, the first in line 2, character 1 (0x81)" in decoded.remarks[-1]


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_what_to_do(name: str) -> None:
    data = GERMAN.encode(name)
    with pytest.raises(ImportImpossible, match=f"--encoding {name}"):
        decode(data)
    assert decode(data, name).text == GERMAN


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "damaged workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "comp"),
        (b"\x89PNG\r\n", "PNG"),
        (b"{\\rtf1", "RTF"),
        (b"<html><table><tr><td>Titel", "web page"),
        ("<!DOCTYPE HTML><p>x".encode("utf-16"), "web page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML of Excel"),
        (b'<?xml version="1.0"?>\n<ideas><idea/></ideas>', "XML"),
        (b"<ideas><idea/></ideas>", "XML"),
    ],
)
def test_files_that_are_no_table_are_named(data: bytes, what: str) -> None:
    with pytest.raises(ImportImpossible, match=what):
        find_kind(data)


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "", "utf\x008"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(ImportImpossible, match="no known encoding"):
        decode(b"title\nx", name)


def test_half_a_utf16_file_is_refused() -> None:
    with pytest.raises(ImportImpossible, match="not valid utf-16"):
        decode(b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00")


@pytest.mark.parametrize(
    "text", ["fÃ¼r", "B√ºcherzelle", "f├╝r", "CafÃ© â€œFÃ¼r alleâ€\x9d", "Ganz gut, nur hier: â€“", "MÃ¶glich für alle"]
)
def test_text_that_was_encoded_twice_is_noticed_in_any_part(text: str) -> None:
    assert was_encoded_twice(text)


def test_good_text_is_no_damage() -> None:
    good = (
        "für",
        "plain",
        "Ã",
        "5 €",
        "žluť",
        "„Ü“ und «Ä»",
        "São “João”",
        "Wie? Und wo?",
        "https://x.de/?a=b",
        "√2 ≈ 1,41",
    )
    assert not any(map(was_encoded_twice, good))
    assert not any(map(has_lost_letters, good))
    assert all(map(has_lost_letters, ("f?r alle", "Stra\ufffde")))
