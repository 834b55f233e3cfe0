"""Whoever looks for an idea finds it: in any spelling, by its people, place and number, and nobody finds more than they
may see."""

from datetime import date

from sqlalchemy import update
from sqlmodel import col, select

from models.queries.coaches import name_coaches
from models.tables import Account, Idea, Note, StandingRow
from models.tables.columns import new_id
from models.tables.folded import PERSON_NAME
from tests.api.conftest import Web
from tests.api.routes.test_lists import ids, place
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA

FOUND_IN: tuple[tuple[str, str, str], ...] = (
    (
        "Bürgerbeteiligung in Großröhrsdorf",
        "Straßenfest mit Café.",
        "Buergerbeteiligung burgerbeteiligung Grossröhrsdorf Grossroehrsdorf Strassenfest STRASSENFEST Cafe",
    ),
    ("Mu\u0308llsammeln fu\u0308r Kinder am Fluß", "Gemeinsam Ufer sa\u0308ubern.", "Müllsammeln säubern Fluss"),
    (
        "Schlu\u00adess\u00adel für den Nachbar\u00adschafts\u00adladen",
        "Nachbar\u00adschafts\u00adhilfe",
        "Nachbarschaftsladen Nachbarschaftshilfe",
    ),
    ("Begegnungsstätte\u00a0am\u00a0Markt", "Öffnung\u200bszeiten am Sonntag", "Öffnungszeiten"),
    ("O\ufb03zielle Fahrradwerkstatt", "E\ufb00ektiv und \ufb02exibel", "Offizielle effektiv flexibel"),
    ("E\u2011Mobilität für alle", "„Mitfahr“-Bänke", "E-Mobilität Mitfahr-Bänke"),
    ("Łódź Abend", "Zoë und Jiří laden ein", "Lodz Zoe Jiri"),
    ("Mueller Gasse begruenen", "Strasse ohne Scharfes S", "Müller begrünen Straße"),
)
"""Title, summary, and what was looked for without finding it."""


async def test_words_are_found_in_every_spelling(still_web: Web) -> None:
    web = still_web
    await place(web.database)
    assert await ids(web.carla, text="Buergerbeteiligung") == set()
    for title, summary, searches in FOUND_IN:
        idea = await place(web.database, title=title, summary=summary)
        missed = [text for text in searches.split() if idea not in await ids(web.carla, text=text)]
        assert missed == [], title


async def test_everything_that_an_idea_tells_is_found(still_web: Web) -> None:
    web = still_web
    idea = await place(web.database, title="Lesen auf Rädern")
    other = await place(web.database, title="Auf Rädern lesen", owner_id=DORA)
    async with web.database.transaction() as session:
        words = {"problem": "Der Bücherei fehlt ein Bus", "organisation": "Lesefreunde e. V.", "district": "DED2D"}
        numbered = {"reference": "IW-2026-0417", "source": "tabelle", "source_ref": "Zeile-77"}
        await session.exec(update(Idea).where(col(Idea.id) == idea).values(**words, **numbered))
        for event, internal, body in (("clarify", False, "Im Keller der Sparkasse"), ("write_note", True, "Geheimnis")):
            session.add(Note(id=new_id(), idea_id=idea, author_id=ALMA, event=event, internal=internal, body=body))
    for text in (
        *("buecherei bus", "lesefreunde", "goerlitz", "Zeile-77", "sparkasse rädern", "Keller der", '"auf Rädern"'),
        *("IW-2026-0417", "iw 2026 417", "2026-417", "Nr. IW 2026/417", "iw2026417", '"lesen auf"', "„Lesen auf“"),
    ):
        assert await ids(web.carla, text=text) == ({idea, other} if text == '"auf Rädern"' else {idea}), text
    for text in ("Geheimnis", "2026-418", "IW-2025-0417", '"Rädern auf"', "sparkasse buchhandel"):
        assert await ids(web.carla, text=text) == set(), text


async def test_staff_find_ideas_by_their_people_and_others_do_not(still_web: Web) -> None:
    web = still_web
    almas = await place(web.database)
    doras = await place(web.database, owner_id=DORA, coach_id=None)
    async with web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == ALMA).values(name="Alma Müller-Groß"))
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == doras).values(team={ALMA: "observer"}))
        alma = await session.get_one(Account, ALMA)
    assert await ids(web.carla, text="mueller-gross") == {almas, doras}
    assert await ids(web.carla, text=alma.email.upper()) == {almas, doras}
    assert await ids(web.carla, text="groß alma") == {almas, doras}
    assert await ids(web.carla, text="alma pflegelotsen") == {almas, doras}
    assert await ids(web.ben, text="alma") == {almas}
    assert await ids(web.ben, text=alma.email) == set()
    assert await ids(web.alma, text="ben") == set()
    assert await ids(web.alma, text="müller") == set()


async def test_names_sort_by_the_rules_of_the_language_whatever_the_server_thinks(still_web: Web) -> None:
    web = still_web
    names = {ALMA: "Özlem Bauer", BEN: "Zoë", BRUNO: "Oskar Seidel", CARLA: "ágnes Kovács", DORA: "Ostermann"}
    async with web.database.transaction() as session:
        for account, name in names.items():
            await session.exec(update(Account).where(col(Account.id) == account).values(name=name))
        found = (await session.exec(select(Account.name).order_by(PERSON_NAME))).all()
        coaches = [coach.name for coach in await name_coaches(session)]
    assert found == ["ágnes Kovács", "Oskar Seidel", "Ostermann", "Özlem Bauer", "Zoë"]
    assert coaches == ["Oskar Seidel", "Zoë"]


async def test_what_is_gone_is_not_found(still_web: Web) -> None:
    """The database computes what is looked in: nobody has to remember to clean it."""
    web = still_web
    idea = await place(web.database, title="Garten von Alma Hoffmann")
    assert await ids(web.carla, text="Hoffmann garten") == {idea}
    async with web.database.transaction() as session:
        await session.exec(update(Idea).where(col(Idea.id) == idea).values(title="Garten von …"))
        gone = update(Account).where(col(Account.id) == ALMA)
        await session.exec(gone.values(name="", email=f"{ALMA}@erased.invalid", erased_at=date(2026, 1, 1)))
    for text in ("hoffmann", "alma", ALMA, "erased.invalid"):
        assert await ids(web.carla, text=text) == set(), text
