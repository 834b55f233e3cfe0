"""A lead takes the words of a note away: they are shown once more, and then that they were there is all that stays."""

import pytest
from sqlmodel import select

from models.tables import AuditEntry, Note
from models.vocabulary import AuditEvent
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA

SAID = "Telefonat mit Frau Hoffmann, sie ist krank"


async def note_of(web: Web, idea: str, **fields: object) -> str:
    await web.ask(BEN, idea, "write_note", note=SAID, **fields)
    async with web.database.session() as session:
        return (await session.exec(select(Note.id).where(Note.idea_id == idea, Note.body == SAID))).one()


@pytest.mark.parametrize("internal", [False, True])
async def test_a_lead_takes_a_note_away_and_the_history_says_so(web: Web, internal: bool) -> None:
    idea = await web.bring_to("working")
    note = await note_of(web, idea, internal=internal)
    path = f"/ideen/{idea}/notizen/{note}/entfernen"
    assert path in (await web.carla.get(f"/ideen/{idea}")).text
    assert path not in (await web.ben.get(f"/ideen/{idea}")).text
    shown = await web.carla.get(path)
    assert SAID in words_of(shown.text)
    assert SAID in words_of((await web.ben.get(f"/ideen/{idea}")).text), "a look changes nothing"
    gone = await web.carla.post(path, headers=OWN_SITE, follow_redirects=True)
    assert "Der Text ist entfernt" in words_of(gone.text)
    for who in (CARLA, BEN):
        page = words_of((await web.clients[who].get(f"/ideen/{idea}")).text)
        assert SAID not in page
        assert "Carla hat den Text am" in page
    owner = words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert ("hat den Text am" in owner) is not internal
    assert SAID not in owner + str(await web.timeline(idea))
    for again in (await web.carla.get(path), await web.carla.post(path, headers=OWN_SITE)):
        assert again.status_code == 404
    async with web.database.session() as session:
        logged = select(AuditEntry).where(AuditEntry.event == AuditEvent.REDACTION)
        [line] = (await session.exec(logged)).all()
    assert (line.account_id, line.subject_id, line.facts) == (CARLA, note, {"kind": "note"})


@pytest.mark.parametrize(("who", "status"), [(ALMA, 403), (BEN, 403), (BRUNO, 403), (DORA, 403), ("", 401)])
async def test_nobody_else_takes_words_away(web: Web, who: str, status: int) -> None:
    idea = await web.bring_to("working")
    note = await note_of(web, idea)
    answered = await web.clients[who].post(f"/ideen/{idea}/notizen/{note}/entfernen", headers=OWN_SITE)
    assert answered.status_code == status
    assert SAID in str(await web.timeline(idea))


async def test_a_note_of_another_idea_is_not_found_by_this_ones_address(web: Web) -> None:
    idea, other = await web.bring_to("working"), await web.bring_to("working")
    note = await note_of(web, idea)
    assert (await web.carla.post(f"/ideen/{other}/notizen/{note}/entfernen", headers=OWN_SITE)).status_code == 404
