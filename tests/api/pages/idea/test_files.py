"""Files of an idea: added by those who work on it, opened by those who may see it, taken away by whoever may."""

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from models.rules.file_limits import MOST_BYTES_OF_IDEA, MOST_FILES
from models.tables import Attachment, AuditEntry, Idea, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import AuditEvent, Outcome
from tests.activities.attachments.samples import PDF, docx, picture_with_place
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, form_for, form_with, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, write_open_idea
from tests.teams import NORA, OTTO, gather_team

Sent = list[tuple[str, tuple[str, bytes, str]]]


def named(name: str, data: bytes = PDF, media_type: str = "text/html") -> tuple[str, tuple[str, bytes, str]]:
    """A file as a browser sends it; what it says of its kind is nobody's word."""
    return "dateien", (name, data, media_type)


async def send(web: Web, who: str, idea: str, *files: tuple[str, tuple[str, bytes, str]]) -> httpx.Response:
    path = f"/ideen/{idea}/dateien"
    return await web.clients[who].post(path, files=list(files), headers=OWN_SITE, follow_redirects=True)


async def files_of(web: Web, idea: str) -> list[Attachment]:
    async with web.database.session() as session:
        found = select(Attachment).where(Attachment.idea_id == idea).order_by(col(Attachment.name))
        return list((await session.exec(found)).all())


async def test_files_are_added_opened_and_taken_away(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database)
    page = await still_web.alma.get(f"/ideen/{idea}")
    assert "dateien" in form_with(page.text, f"/ideen/{idea}/dateien").names
    done = await send(still_web, ALMA, idea, named("Plan für Übermut.pdf"), named("Foto.jpg", picture_with_place()))
    assert "Die Dateien sind da." in words_of(done.text)
    photo, plan = await files_of(still_web, idea)
    for who in (ALMA, BEN, CARLA):
        opened = await still_web.clients[who].get(f"/ideen/{idea}/dateien/{plan.id}")
        assert (opened.status_code, opened.content) == (200, PDF)
        assert opened.headers["content-type"] == "application/pdf"
        assert (
            opened.headers["content-disposition"] == "attachment; filename*=UTF-8''Plan%20f%C3%BCr%20%C3%9Cbermut.pdf"
        )
        assert opened.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in opened.headers["content-security-policy"]
    shown = await still_web.ben.get(f"/ideen/{idea}/dateien/{photo.id}")
    assert shown.headers["content-disposition"] == 'inline; filename="Foto.jpg"'
    assert b"Telefon" not in shown.content
    for who, status in ((DORA, 404), (BRUNO, 404), ("", 401)):
        assert (await still_web.clients[who].get(f"/ideen/{idea}/dateien/{plan.id}")).status_code == status
    other = await write_open_idea(still_web.database)
    assert (await still_web.alma.get(f"/ideen/{other}/dateien/{plan.id}")).status_code == 404
    gone = await still_web.alma.post(f"/ideen/{idea}/dateien/{plan.id}/entfernen", follow_redirects=True)
    assert "Die Datei ist entfernt." in words_of(gone.text)
    assert [file.name for file in await files_of(still_web, idea)] == ["Foto.jpg"]


@pytest.mark.parametrize(("who", "status"), [(BEN, 403), (CARLA, 403), (DORA, 404), ("", 401)])
async def test_nobody_else_adds_files(still_web: Web, who: str, status: int) -> None:
    idea = await write_open_idea(still_web.database)
    assert (await send(still_web, who, idea, named("Plan.pdf"))).status_code == status
    assert await files_of(still_web, idea) == []


async def test_an_ended_path_takes_none(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, outcome=Outcome.DECLINED)
    assert (await send(still_web, ALMA, idea, named("Plan.pdf"))).status_code == 403


async def test_a_refused_file_is_named_with_its_reason_and_none_is_kept(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database)
    macros = docx(**{"word/vbaProject.bin": "x"})
    refused = await send(still_web, ALMA, idea, named("Gut.pdf"), named("Böse.docx", macros), named("a.exe", b"MZ"))
    assert refused.status_code == 422
    words = words_of(refused.text)
    assert "Böse.docx: Sie enthält Makros" in words
    assert "a.exe: Sie ist kein PDF" in words
    none = await still_web.alma.post(f"/ideen/{idea}/dateien", headers=OWN_SITE)
    assert "Bitte wählen Sie eine Datei aus." in words_of(none.text)
    assert await files_of(still_web, idea) == []


async def test_there_is_room_for_so_many_files_and_so_many_bytes(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database)
    many = [named(f"{number}.pdf", PDF + str(number).encode()) for number in range(MOST_FILES)]
    assert (await send(still_web, ALMA, idea, *many, named("elf.pdf"))).status_code == 422
    assert (await send(still_web, ALMA, idea, *many)).status_code == 200
    again = await send(still_web, ALMA, idea, many[0])
    assert again.status_code == 200, "the same file is one"
    assert len(await files_of(still_web, idea)) == MOST_FILES
    assert "Mehr als zehn" in words_of((await send(still_web, ALMA, idea, named("elf.pdf"))).text)
    full = await write_open_idea(still_web.database)
    await send(still_web, ALMA, full, many[0])
    async with still_web.database.transaction() as session:
        held = update(Attachment).where(col(Attachment.idea_id) == full)
        await session.exec(held.values(size=MOST_BYTES_OF_IDEA - 10))
    assert "50 MB" in words_of((await send(still_web, ALMA, full, many[1])).text)


async def test_what_was_read_stays_and_a_lead_may_take_it_away(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database)
    await send(still_web, ALMA, idea, named("Plan.pdf"))
    [plan] = await files_of(still_web, idea)
    remove = f"/ideen/{idea}/dateien/{plan.id}/entfernen"
    async with still_web.database.transaction() as session:
        await session.exec(update(Idea).where(col(Idea.id) == idea).values(read_at=utc_now()))
        moved = update(StandingRow).where(col(StandingRow.case_id) == idea)
        await session.exec(moved.values(state="matching", entered_at=utc_now()))
    assert remove not in (await still_web.alma.get(f"/ideen/{idea}")).text
    for who, status in ((ALMA, 403), (BEN, 403), (DORA, 404)):
        assert (await still_web.clients[who].post(remove, headers=OWN_SITE)).status_code == status
    assert remove in (await still_web.carla.get(f"/ideen/{idea}")).text
    assert (await still_web.carla.post(remove, headers=OWN_SITE)).status_code == 303
    assert await files_of(still_web, idea) == []
    async with still_web.database.session() as session:
        logged = select(AuditEntry).where(AuditEntry.event == AuditEvent.REDACTION)
        [line] = (await session.exec(logged)).all()
    assert (line.account_id, line.subject_id, line.facts) == (CARLA, plan.id, {"kind": "file"})


async def test_the_team_adds_files_and_an_observer_reads_them(web: Web) -> None:
    """Those of messages as well; of an internal note coaches and leads alone."""
    idea = await web.bring_to("working")
    await gather_team(web.database, web.services.engine, idea)
    await web.invite(NORA, OTTO)
    assert (await send(web, NORA, idea, named("Team.pdf"))).status_code == 200
    assert (await send(web, OTTO, idea, named("Team.pdf"))).status_code == 403
    said = {ALMA: ("Unser Angebot", {}), BEN: ("Nur für uns", {"internal": "true"})}
    for who, (note, more) in said.items():
        form = form_for((await web.clients[who].get(f"/ideen/{idea}?oeffne=write_note")).text, "write_note")
        assert "dateien" in form.names
        sent = form.values | {"note": note} | more
        sent.pop("dateien", None)
        done = await web.clients[who].post(
            form.action, data=sent, files=[named(f"{note}.pdf", PDF + note.encode())], headers=OWN_SITE
        )
        assert done.status_code == 303, done.text
    files = {file.name: file for file in await files_of(web, idea)}
    for who, seen in ((OTTO, 200), (ALMA, 200), (BEN, 200), (CARLA, 200)):
        page = (await web.clients[who].get(f"/ideen/{idea}")).text
        for name in ("Team.pdf", "Unser Angebot.pdf"):
            assert files[name].id in page
            assert (await web.clients[who].get(f"/ideen/{idea}/dateien/{files[name].id}")).status_code == seen
        inside = files["Nur für uns.pdf"].id
        assert (inside in page) is (who in (BEN, CARLA))
        opened = await web.clients[who].get(f"/ideen/{idea}/dateien/{inside}")
        assert opened.status_code == (200 if who in (BEN, CARLA) else 404)
    listed = [file["name"] for file in (await web.alma.get(f"/api/v1/ideas/{idea}/attachments")).json()]
    assert listed == ["Team.pdf", "Unser Angebot.pdf"]


async def test_a_step_that_is_not_taken_leaves_no_file_and_loses_no_words(web: Web) -> None:
    idea = await web.bring_to("working")
    path = f"/ideen/{idea}/schritte"
    step = {"event": "write_note", "note": "Unser Angebot", "schluessel": new_id()}
    wrong = await web.alma.post(path, data=step, files=[named("a.exe", b"MZ")], headers=OWN_SITE)
    assert (wrong.status_code, "Unser Angebot" in wrong.text) == (422, True)
    without = await web.alma.post(path, data=step | {"note": ""}, files=[named("a.pdf")], headers=OWN_SITE)
    assert without.status_code == 422
    no_such = {"event": "submit_work", "note": "Fertig", "schluessel": new_id()}
    refused = await web.alma.post(path, data=no_such, files=[named("a.pdf")], headers=OWN_SITE)
    assert refused.status_code == 422
    stale = step | {"fassung": "1", "schluessel": new_id()}
    assert (await web.alma.post(path, data=stale, files=[named("a.pdf")], headers=OWN_SITE)).status_code == 412
    foreign = await web.dora.post(path, data=step, files=[named("a.pdf")], headers=OWN_SITE)
    assert foreign.status_code == 404
    forged = await web.alma.post(path, data=step | {"schutz": "x"}, files=[named("a.pdf")], headers=OWN_SITE)
    assert forged.status_code == 403
    assert await files_of(web, idea) == []


async def test_programs_add_list_fetch_and_take_away(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database)
    path = f"/api/v1/ideas/{idea}/attachments"
    added = await still_web.alma.post(path, files=[("file", ("Plan.pdf", PDF, "application/pdf"))])
    assert added.status_code == 201, added.text
    [plan] = added.json()
    assert (plan["name"], plan["of_kind"], plan["size"]) == ("Plan.pdf", "idea", len(PDF))
    assert (await still_web.ben.get(f"{path}/{plan['id']}")).content == PDF
    refused = await still_web.alma.post(path, files=[("file", ("a.exe", b"MZ", "application/pdf"))])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "files")
    assert (await still_web.alma.post(path, files=[("other", ("a", PDF, "text/plain"))])).status_code == 422
    assert (await still_web.alma.delete(f"{path}/{plan['id']}")).status_code == 204
    assert (await still_web.alma.get(path)).json() == []
