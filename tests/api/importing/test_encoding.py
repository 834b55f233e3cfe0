"""Which encoding a file has, and what is said where that is a guess."""

import pytest

from api.importing.encoding import decode, was_encoded_twice
from api.importing.problems import ImportImpossible

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
    remarks = decode(GERMAN.encode("cp1252")).remarks
    assert "line 2, character 2: byte 0xFC" in remarks[0]
    assert '"Bürgerhaus"' in remarks[0]


def test_another_likely_encoding_is_named_with_its_words() -> None:
    polish = "title;summary\n" + "Zażółć gęślą jaźń, świetlica środowiskowa dla dzieci i młodzieży;x\n" * 20
    remarks = decode(polish.encode("cp1250")).remarks
    assert any("--encoding cp1250" in remark or "--encoding" in remark for remark in remarks)
    assert decode(polish.encode("cp1250"), "cp1250").text == polish


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
        (b"PK\x03\x04rest", "Excel"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "comp"),
    ],
)
def test_files_that_are_no_text_are_named(data: bytes, what: str) -> None:
    with pytest.raises(ImportImpossible, match=what):
        decode(data)


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "", "utf\x008"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(ImportImpossible, match="no known encoding"):
        decode(b"title\nx", name)


def test_half_a_utf16_file_is_refused() -> None:
    with pytest.raises(ImportImpossible, match="not valid utf-16"):
        decode(b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00")


def test_text_that_was_encoded_twice_is_noticed() -> None:
    assert was_encoded_twice("fÃ¼r")
    assert not any(map(was_encoded_twice, ("für", "plain", "Ã", "5 €", "žluť")))
