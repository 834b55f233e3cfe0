"""Import and export in the browser: three steps, a fresh proof, nothing twice, and a file that is gone afterwards."""

import asyncio
import csv
import io
import re
from datetime import timedelta

import httpx
import pytest
import xlsxwriter
from sqlalchemy import update
from sqlmodel import col, select

from activities.upkeep.retention import forget_imports
from api.pages.lead.importing import tell_impossible
from api.use_cases.importing.browser_import import carry_out_next, keep_importing
from api.use_cases.importing.problems import ImportImpossible
from api.use_cases.importing.reading import AS_FOUND, Reading, parse_table
from models.i18n import texts_in
from models.rules.file_limits import MOST_BYTES_OF_LIST
from models.tables import AuditEntry, Draft, Idea, ImportRun, MailRow, SessionRow
from models.tables.columns import utc_now
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import CARLA

pytestmark = pytest.mark.services

TABLE = (
    "Nr;Titel;Beschreibung;Ort;E-Mail\r\n"
    "1;Lesebank;<p>Am Bach.</p>;LK Bautzen;\r\n"
    "2;Tauschbox;;Nirgendwo;\r\n"
    "3;Bühne;Im Park;;nora@example.org\r\n"
    "Summe;3;;;\r\n"
).encode()


def make_workbook() -> bytes:
    """One sheet, called Tabelle."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Tabelle").write_column(0, 0, ["Titel", "Lesebank"])
    return file.getvalue()


async def send(client: httpx.AsyncClient, data: bytes, name: str = "ideen 2025.csv", **fields: str) -> httpx.Response:
    return await client.post(
        "/leitung/import", data=fields, files={"datei": (name, data, "text/csv")}, headers=OWN_SITE
    )


async def match(client: httpx.AsyncClient, where: str) -> httpx.Response:
    """Take the columns as they were guessed."""
    page = await client.get(where)
    assert page.status_code == 200, page.text
    chosen = {
        name: found[1]
        for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page.text, re.DOTALL)
        if (found := re.search(r'<option value="(\d+)" selected', options))
    }
    return await client.post(where, data=chosen, headers=OWN_SITE)


async def prepare(web: Web, data: bytes = TABLE, **fields: str) -> str:
    """The address of an import that Carla has looked at."""
    sent = await send(web.carla, data, **fields)
    assert sent.status_code == 303, words_of(sent.text)
    answer = await match(web.carla, sent.headers["location"])
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["location"])


@pytest.mark.parametrize(
    ("data", "how", "told"),
    [
        (b"", AS_FOUND, "Die Datei ist leer"),
        (b"[]", AS_FOUND, "Die Datei ist leer"),
        (b'[{"titel": "A"}, 2]', AS_FOUND, "Das ist JSON, aber keine Liste"),
        (b'[{"titel": "A"},', AS_FOUND, "unvollständig oder beschädigt (Zeile 1)"),
        (b'{"titel": "A"}\n[1]', AS_FOUND, "unvollständig oder beschädigt (Zeile 2)"),
        ("Titel\nÄ\n".encode("utf-16-be"), AS_FOUND, "vermutlich UTF-16"),
        (b"Titel\n\x00", Reading(encoding="utf-16"), "Mit dem Zeichensatz utf-16 lässt sich"),
        (b'Titel;"Te"xt"\nA;B\n', AS_FOUND, "Spaltennamen in Zeile 1 können wir nicht lesen: In Spalte 2"),
        (b"Titel;Text\n", AS_FOUND, "keine Zeilen"),
        (b"Titel\nA\n", Reading(header_line=9), "In Zeile 9 steht nichts"),
        (b"Titel\nA\n", Reading(sheet="Ideen"), "diese Datei ist keine"),
        (make_workbook(), Reading(sheet="Ideen"), 'Es gibt: "Tabelle"'),
        (make_workbook(), Reading(sheet="Ideen\0"), "So kann kein Blatt heißen"),
        (b"\x89PNG\r\n", AS_FOUND, "Das ist keine Tabelle (PNG)"),
        (b"PK\x03\x04", AS_FOUND, "Die Arbeitsmappe ist beschädigt"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_the_language_of_the_page(data: bytes, how: Reading, told: str) -> None:
    with pytest.raises(ImportImpossible) as wrong:
        parse_table(data, how)
    assert told in tell_impossible(texts_in("de"), wrong.value)
    assert "--" not in tell_impossible(texts_in("en"), wrong.value), "options are the command's"


async def find_run(web: Web) -> ImportRun:
    async with web.database.session() as session:
        return (await session.exec(select(ImportRun))).one()


async def test_a_table_comes_in_by_three_steps_and_once(web: Web) -> None:
    address = await prepare(web)
    look = words_of((await web.carla.get(address)).text)
    for told in ("Zeilen 4", "für andere Personen, als deren Entwurf 1", "abgelehnt 1", "eine Summe", "Ort unbekannt"):
        assert told in look
    assert "noch ist nichts geschrieben" in look
    report = await web.carla.get(f"{address}/bericht.csv")
    rows = list(csv.DictReader(io.StringIO(report.text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert {row["code"] for row in rows} >= {"markup", "unknown_district", "sum_row", "no_summary"}
    assert all("ü" in row["reason"] or row["code"] != "markup" for row in rows), "in Carla's language"
    for _ in range(2):
        begun = await web.carla.post(f"{address}/ausfuehren", data={}, headers=OWN_SITE)
        assert begun.status_code == 303
    assert "0 von 4 Zeilen" in words_of((await web.carla.get(f"{address}/stand")).text)
    assert await carry_out_next(web.services)
    assert not await carry_out_next(web.services)
    async with web.database.session() as session:
        ideas = {idea.title: idea for idea in (await session.exec(select(Idea))).all()}
        assert (ideas["Lesebank"].summary, ideas["Lesebank"].district, ideas["Lesebank"].owner_id) == (
            *("Am Bach.", "DED2C"),
            CARLA,
        )
        (draft,) = (await session.exec(select(Draft).where(Draft.source_ref == "3"))).all()
        assert (draft.email, draft.words["title"], draft.account_id) == ("nora@example.org", "Bühne", None)
        mails = (await session.exec(select(MailRow.secret_kind).where(MailRow.secret_kind == "imported"))).all()
        assert len(mails) == 1
        audited = (await session.exec(select(AuditEntry).where(AuditEntry.event == "import"))).all()
        assert [(entry.account_id, entry.facts["rows"]) for entry in audited] == [(CARLA, 4)]
    run = await find_run(web)
    fates = {name: count for name, count in run.counts["fates"].items() if count}
    assert (run.content, fates) == (None, {"submitted": 1, "draft": 1, "invited": 1})
    assert "Fertig" in words_of((await web.carla.get(address)).text)
    again = await prepare(web)
    assert "schon da 3" in words_of((await web.carla.get(again)).text)


async def test_a_run_that_a_process_has_left_is_taken_up_again(still_web: Web) -> None:
    address = await prepare(still_web, b"Titel\nLesebank\nTauschbox\n")
    await still_web.carla.post(f"{address}/ausfuehren", data={}, headers=OWN_SITE)
    async with still_web.database.transaction() as session:
        await session.exec(update(ImportRun).values(alive_at=utc_now()))
    assert not await carry_out_next(still_web.services), "another process is at it"
    async with still_web.database.transaction() as session:
        await session.exec(update(ImportRun).values(alive_at=utc_now() - timedelta(minutes=2)))
    assert await carry_out_next(still_web.services)
    assert (await find_run(still_web)).counts["fates"]["draft"] == 2


async def test_what_is_begun_in_a_process_is_carried_out_there_at_once(
    still_web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.use_cases.importing.browser_import.LOOK_EVERY_SECONDS", 3600)
    looking = asyncio.create_task(keep_importing(still_web.services))
    try:
        address = await prepare(still_web, b"Titel\nLesebank\n")
        await still_web.carla.post(f"{address}/ausfuehren", data={}, headers=OWN_SITE)
        while (await find_run(still_web)).finished_at is None:
            await asyncio.sleep(0.02)
    finally:
        looking.cancel()


async def test_an_import_wants_a_fresh_proof(still_web: Web) -> None:
    address = await prepare(still_web)
    async with still_web.database.transaction() as session:
        await session.exec(update(SessionRow).values(proved_at=utc_now() - timedelta(hours=2)))
    for action, data in ((f"{address}/ausfuehren", {}), ("/leitung/tabelle", {"form": "csv"})):
        refused = await still_web.carla.post(action, data=data, headers=OWN_SITE)
        assert refused.status_code == 403
    assert (await find_run(still_web)).started_at is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "leer"),
        (b"<html><table><tr><td>Titel</td></tr></table>", "keine Tabelle (HTML)"),
        (b"\x89PNG\r\n\x1a\n", "keine Tabelle"),
        (b"PK\x03\x04rest", "beschädigt"),
        (b"Titel;Text\n", "keine Zeilen"),
        (b"x" * (MOST_BYTES_OF_LIST + 1), "zu groß"),
    ],
)
async def test_a_file_that_is_no_table_is_named(still_web: Web, data: bytes, told: str) -> None:
    answer = await send(still_web.carla, data)
    assert answer.status_code == 422
    assert told in words_of(answer.text)


async def test_a_guessed_encoding_has_to_be_chosen(still_web: Web) -> None:
    data = "Titel;Text\nBücherzelle für Görlitz;Größer\n".encode("mac_roman")
    sent = await send(still_web.carla, data)
    page = await still_web.carla.get(sent.headers["location"])
    assert "Welche Wörter sehen richtig aus?" in words_of(page.text)
    assert 'mac_roman ("Bücherzelle"' in words_of(page.text)
    refused = await match(still_web.carla, sent.headers["location"])
    assert refused.status_code == 422, "a guess is not acted upon"
    chosen = await still_web.carla.post(sent.headers["location"], data={"zeichensatz": "mac_roman"}, headers=OWN_SITE)
    assert (await match(still_web.carla, chosen.headers["location"])).status_code == 303
    wrong = await still_web.carla.post(sent.headers["location"], data={"zeichensatz": "klingon"}, headers=OWN_SITE)
    assert wrong.status_code == 422


async def test_lines_above_the_names_of_the_columns_are_known(still_web: Web) -> None:
    data = "Ideenwettbewerb;;\n;;\nTitel;Beschreibung;Landkreis\nLesebank;Am Bach;Görlitz\n".encode()
    sent = await send(still_web.carla, data)
    page = words_of((await still_web.carla.get(sent.headers["location"])).text)
    assert "Was über den Spaltennamen steht (bis Zeile 1), lesen wir nicht." in page
    assert (await match(still_web.carla, sent.headers["location"])).status_code == 303


async def test_without_a_title_there_is_no_import(still_web: Web) -> None:
    sent = await send(still_web.carla, TABLE)
    answer = await still_web.carla.post(sent.headers["location"], data={"summary": "2"}, headers=OWN_SITE)
    assert answer.status_code == 422
    assert "Welche Spalte ist der Titel?" in words_of(answer.text)


async def test_files_go_after_a_day(still_web: Web) -> None:
    address = await prepare(still_web)
    async with still_web.database.transaction() as session:
        await forget_imports(session, utc_now() + timedelta(minutes=1), utc_now() - timedelta(days=30))
    run = await find_run(still_web)
    assert (run.content, run.report) == (None, None)
    gone = await still_web.carla.get(address)
    assert (gone.status_code, "nicht mehr da" in words_of(gone.text)) == (410, True)


async def test_a_list_is_taken_out_with_its_filters_and_read_back(still_web: Web) -> None:
    await prepare(still_web, "Titel;Beschreibung\n- Weniger Müll;Am Bach.\nLesebank;Am Bach.\n".encode())
    await still_web.carla.post(
        f"/leitung/import/{(await find_run(still_web)).id}/ausfuehren", data={}, headers=OWN_SITE
    )
    await carry_out_next(still_web.services)
    for form in ("csv", "xlsx", "json"):
        answer = await still_web.carla.post("/leitung/tabelle?text=Weniger", data={"form": form}, headers=OWN_SITE)
        assert answer.status_code == 200, answer.text
        table = parse_table(answer.content)
        assert table.is_ours
        assert len(table.rows) == 1
    async with still_web.database.session() as session:
        exports = select(AuditEntry).where(AuditEntry.event == "export").order_by(col(AuditEntry.at))
        audited = (await session.exec(exports)).all()
    assert [entry.facts["form"] for entry in audited] == ["csv", "xlsx", "json"]
    again = await prepare(still_web, answer.content)
    assert "schon da 1" in words_of((await still_web.carla.get(again)).text), "it is known by its id"
    wrong: list[dict[str, str]] = [{"form": "doc"}, {"form": "csv", "liste": "x"}, {"form": "json", "liste": "ideen"}]
    for data in wrong:
        assert (await still_web.carla.post("/leitung/tabelle", data=data, headers=OWN_SITE)).status_code == 422

    async def see(liste: str, query: str) -> list[str]:
        sent = {"form": "csv", "liste": liste}
        answer = await still_web.carla.post(f"/leitung/tabelle?{query}", data=sent, headers=OWN_SITE)
        return answer.content.decode("utf-8-sig").splitlines()

    heads, idea = await see("ideen", "text=Weniger&spalten=buero.ort.stand")
    assert (heads, idea.split(";")[1:3]) == (
        "Nummer;Titel;Stand;Ort;Büro",
        ["'- Weniger Müll", "Finden · Wird gelesen"],
    )
    assert await see("stockt", "buero=leipzig") == ["Fall;Woran es liegt;Seit;Am Zug;Büro"]
    people = await see("menschen", "rolle=coach&sortierung=-name")
    assert [line.split(";")[:3] for line in people[1:]] == [
        ["bruno@example.org", "Bruno", "Coach"],
        ["ben@example.org", "Ben", "Coach"],
    ]
    sent = {"form": "xlsx", "liste": "menschen"}
    answer = await still_web.carla.post("/leitung/tabelle?rolle=lead", data=sent, headers=OWN_SITE)
    assert "carla@example.org" in str(parse_table(answer.content).rows)
