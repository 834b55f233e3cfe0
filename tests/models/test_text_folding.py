"""One spelling to search by and to sort by: the same in Python and in PostgreSQL."""

import unicodedata

import pytest
from sqlalchemy import text

from models.database import Database
from models.text_folding import fold, fold_to_find, spellings

SIGNS = [
    chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x11000)) if unicodedata.ucd_3_2_0.name(chr(code), "")
]
"""What has been a letter or a sign since Unicode 3.2, so that every PostgreSQL knows it."""

TEXTS = (
    *(
        "Straßenfest „im“ E‑Café",
        "Mu\u0308llsammeln am Flu\u00ad\u200bß",
        "Oﬃzielle Ǆ \u2460 ½",
        "  ",
        "",
        "İstanbul Iğdır",
    ),
    *(
        "Łódź Zoë Jiří Ærø Þór Œuvre",
        "Μέγας ΑΣ",
        "Ёлка Йод",
        "نگار\u200cپور",
        "家族 \u304b\u3099",
        "x\ty\r\nz",
        "Neue Bauer",
    ),
)


def finds(typed: str, words: str) -> bool:
    return any(spelling in fold_to_find(words) for spelling in spellings(typed))


async def test_the_database_folds_as_we_do(database_url: str) -> None:
    given = [*TEXTS, *SIGNS, *(f"a{sign}e" for sign in SIGNS[:3000])]
    asked = text(
        "SELECT ideenweg_fold(t), ideenweg_words(t) "
        "FROM unnest(CAST(:given AS text[])) WITH ORDINALITY AS given (t, n) ORDER BY n"
    )
    database = Database(database_url)
    try:
        async with database.engine.connect() as connection:
            found = [tuple(row) for row in await connection.execute(asked, {"given": given})]
    finally:
        await database.dispose()
    different = [(one, told) for one, told in zip(given, found, strict=True) if told != (fold(one), fold_to_find(one))]
    assert different == []


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("Bürgerbeteiligung in Großröhrsdorf", "Buergerbeteiligung burgerbeteiligung Grossröhrsdorf Grossroehrsdorf"),
        ("Burgerbeteiligung", "Bürgerbeteiligung BUERGERBETEILIGUNG"),
        ("Straßenfest mit Café", "Strassenfest STRASSENFEST Cafe café"),
        ("Mu\u0308llsammeln am Flu\u00df, Ufer sa\u0308ubern", "Müllsammeln säubern Fluss"),
        ("Nachbar\u00adschafts\u00adladen, Öffnung\u200bszeiten", "Nachbarschaftsladen Öffnungszeiten"),
        ("Oﬃzielle E\u2011Mobilität, eﬀektiv", "Offizielle E-Mobilität effektiv"),
        ("„Mitfahr“-Bänke", "Mitfahr-Bänke"),
        ("Łódź Abend mit Zoë und Jiří", "Lodz Zoe Jiri"),
        ("Mueller Gasse begruenen, Strasse", "Müller begrünen Straße"),
        ("Büroeinrichtung, Kinoeröffnung", "Einrichtung Eröffnung Bueroeinrichtung"),
    ],
)
def test_words_are_found_in_every_spelling(words: str, typed: str) -> None:
    assert [one for one in typed.split() if not finds(one, words)] == []


def test_names_sort_as_in_a_dictionary() -> None:
    names = [
        "Zoë",
        "Ötzi",
        "ágnes Kovács",
        "Oskar",
        "anna",
        "Anna B.",
        "Ohm",
        "Özlem",
        "Äpfel",
        "Strauß",
        "Strauss",
        "3 Eichen",
    ]
    assert sorted(names, key=fold) == [
        *("3 Eichen", "ágnes Kovács", "anna", "Anna B.", "Äpfel", "Ohm", "Oskar", "Ötzi", "Özlem"),
        *("Strauß", "Strauss", "Zoë"),
    ]
