"""My data: Alma sees, takes out, corrects and has erased what is kept of her, and nobody else does."""

import json
from dataclasses import is_dataclass
from datetime import timedelta
from typing import Any, get_args, get_type_hints

from sqlalchemy import update
from sqlmodel import SQLModel, select

from api.use_cases.audit import Caller
from api.use_cases.personal_data import ANSWERED_WITHIN_DAYS, NOT_TOLD, OwnData
from api.use_cases.staff.changes import change_person
from models.tables import Account, Authenticator, ErasureRequest, NoticeRow, Passkey, SavedView, SessionRow
from models.tables.columns import utc_now
from models.vocabulary import MailState, NoticeKind, PersonChangeKind, Role, SecretMailKind
from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE, begin, form_with, words_of
from tests.factories import ALMA, BEN, CARLA, secret_mail
from tests.staff import write_staff_invitation

NASTY = "<script>alert(1)</script> Alma"


async def read_alma(web: Web) -> Account:
    async with web.database.session() as session:
        return await session.get_one(Account, ALMA)


async def test_alma_reads_everything_that_is_kept_of_her_and_takes_it_with_her(web: Web) -> None:
    idea = await web.bring_to("planning", title="Lotsen", problem="Niemand hilft.")
    await web.ask(BEN, idea, "write_note", note="Nur für uns.", internal=True)
    await web.ask(BEN, idea, "write_note", note="Für alle zu lesen.")
    draft = await begin(web.alma)
    words = {"title": "Noch ein Gedanke", "summary": "Kurz."}
    await web.alma.post(f"{draft}/idee", data=words, headers=OWN_SITE)
    # What became of it would tell her that others write to that address, too.
    held_back = secret_mail(SecretMailKind.NEW_ADDRESS, ALMA, state=MailState.HELD_BACK)
    async with web.database.transaction() as session:
        session.add(held_back)
    page = words_of((await web.alma.get("/meine-daten")).text)
    for said in ("alma@example.org", "Lotsen", "Noch ein Gedanke", "Ihr Konto", "Zugänge für Programme"):
        assert said in page
    answer = await web.alma.get("/meine-daten/export.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="ideenweg.json"'
    content = json.loads(answer.text)
    assert content["account"]["email"] == "alma@example.org"
    assert [own["problem"] for own in content["ideas"]] == ["Niemand hilft."]
    assert [note["body"] for note in content["ideas"][0]["notes"]] == ["Für alle zu lesen."]
    happened = [entry["event"] for entry in content["ideas"][0]["timeline"]]
    assert (happened[-1], happened.count("write_note")) == ("write_note", 1), "not that others have talked of it"
    assert content["drafts"][0]["words"]["title"] == "Noch ein Gedanke"
    read = await web.alma.get("/meine-daten/export.html")
    assert read.headers["content-disposition"] == 'attachment; filename="ideenweg.html"'
    assert "Für alle zu lesen." in read.text
    for kept_back in ("Nur für uns.", "hash", "Ben@", "ben@example.org", held_back.id, "held_back"):
        assert kept_back not in answer.text + read.text
    # Somebody else's data are their own.
    others = await web.dora.get("/meine-daten/export.json")
    assert json.loads(others.text)["ideas"] == []
    assert "Lotsen" not in others.text


async def test_alma_corrects_her_name_and_language(still_web: Web) -> None:
    form = form_with((await still_web.alma.get("/meine-daten")).text, "/meine-daten")
    assert form.values["name"] == "Alma"
    answer = await still_web.alma.post(
        "/meine-daten", data={"name": NASTY, "language": "en"}, headers=OWN_SITE, follow_redirects=True
    )
    assert "Your details are corrected" in words_of(answer.text)
    alma = await read_alma(still_web)
    assert (alma.name, alma.language) == (NASTY, "en")
    for path in ("/meine-daten", "/meine-daten/export.html"):
        assert "<script>alert" not in (await still_web.alma.get(path)).text
    for wrong in (
        {"name": "", "language": "de"},
        {"name": "A" * 10_000, "language": "de"},
        {"name": "A", "language": "xx"},
    ):
        answer = await still_web.alma.post("/meine-daten", data=wrong, headers=OWN_SITE)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
    assert (await read_alma(still_web)).name == NASTY


async def test_whoever_wants_to_be_erased_asks_once_and_the_leads_see_until_when(web: Web) -> None:
    assert "Niemand wartet" in words_of((await web.carla.get("/loeschwuensche")).text)
    for _ in range(2):
        answer = await web.alma.post("/meine-daten/loeschen", data={}, headers=OWN_SITE, follow_redirects=True)
        assert "Sie haben um Löschung gebeten" in words_of(answer.text)
    async with web.database.session() as session:
        (wish,) = (await session.exec(select(ErasureRequest))).all()
        told = (await session.exec(select(NoticeRow).where(NoticeRow.kind == NoticeKind.ERASURE_ASKED))).all()
    assert wish.due_on == web.services.today() + timedelta(days=ANSWERED_WITHIN_DAYS)
    assert [notice.account_id for notice in told] == [CARLA]
    page = words_of((await web.carla.get("/loeschwuensche")).text)
    assert "ideenweg erase alma@example.org" in page
    assert "noch 30 Tage" in page
    assert "Löschwünsche" in (await web.carla.get("/leitung")).text
    for client in (web.alma, web.ben):
        assert (await client.get("/loeschwuensche")).status_code == 403
    answer = await web.alma.post(
        "/meine-daten/loeschen/zuruecknehmen", data={}, headers=OWN_SITE, follow_redirects=True
    )
    assert "es bleibt alles, wie es ist" in words_of(answer.text)
    assert "alma@example.org" not in (await web.carla.get("/loeschwuensche")).text
    assert (await web.alma.post("/meine-daten/loeschen", data={}, headers=OWN_SITE)).status_code == 303


async def test_what_takes_data_out_asks_who_it_is_once_more(demo_web: Web) -> None:
    async with open_client(demo_web.app) as browser:
        await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        assert (await browser.get("/meine-daten/export.json")).status_code == 200
        async with demo_web.database.transaction() as session:
            await session.exec(update(SessionRow).values(proved_at=utc_now() - timedelta(hours=1)))
        for path in ("/meine-daten/export.json", "/meine-daten/export.html", "/meine-daten/loeschen"):
            assert (await browser.get(path)).status_code == 403
        for path, sent in (("/meine-daten/loeschen", {}), ("/meine-daten/adresse", {"email": "x@example.org"})):
            assert (await browser.post(path, data=sent, headers=OWN_SITE)).status_code == 403
        assert (await browser.get("/meine-daten")).status_code == 200
    async with demo_web.database.session() as session:
        assert (await session.exec(select(ErasureRequest))).all() == []


async def test_who_works_here_reads_what_is_kept_of_that_too(still_web: Web) -> None:
    web = still_web
    its_id, _ = await write_staff_invitation(web.database, "frieda@example.org")
    await change_person(web.services, Caller(CARLA), BEN, PersonChangeKind.ROLE_GIVEN, role=Role.LEAD)
    await web.invite(BEN)
    async with web.database.transaction() as session:
        session.add(Authenticator(account_id=BEN, secret="sealed", last_step=7))
        session.add(Passkey(account_id=BEN, credential_id=b"id", public_key=b"key", name="Schlüsselbund"))
        session.add(SavedView(owner_id=BEN, name="Was liegt", filters={}, reach="own"))
    ben = json.loads((await web.clients[BEN].get("/meine-daten/export.json")).text)
    carla = json.loads((await web.carla.get("/meine-daten/export.json")).text)
    assert [(change["kind"], change["by_id"]) for change in ben["staff_changes"]] == [("role_given", CARLA)]
    assert [change["kind"] for change in carla["staff_changes"]] == ["invited", "role_given"]
    assert [asked["id"] for asked in carla["staff_invitations"]] == [its_id]
    assert [entry["event"] for entry in carla["audit_log"]] == ["person_changed"]
    assert (ben["authenticator"].keys(), ben["saved_views"][0]["name"]) == (
        {"account_id", "created_at", "confirmed_at"},
        "Was liegt",
    )
    assert [one["name"] for one in ben["passkeys"]] == ["Schlüsselbund"]
    for secret in ("sealed", "public_key", "hash"):
        assert secret not in json.dumps(ben) + json.dumps(carla)
    page = words_of((await web.carla.get("/meine-daten")).text)
    for said in ("Einladungen zur Mitarbeit", "Rolle gegeben: Leitung", "Sicherheitsprotokoll"):
        assert said in page


def test_every_table_that_refers_to_people_is_told_or_has_a_reason() -> None:
    refer = {
        name
        for name, table in SQLModel.metadata.tables.items()
        if {"account_id", "email"} & {column.name for column in table.columns}
        or any(key.column.table.name == "account" for column in table.columns for key in column.foreign_keys)
    }
    told = tables_of(OwnData)
    assert refer - told == NOT_TOLD.keys()


def tables_of(hint: Any) -> set[str]:
    """The tables whose rows a type holds."""
    if isinstance(hint, type) and issubclass(hint, SQLModel):
        return {str(hint.__tablename__)}
    inner = get_type_hints(hint).values() if is_dataclass(hint) else get_args(hint)
    return {name for one in inner for name in tables_of(one)}
