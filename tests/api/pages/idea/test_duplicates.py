"""Two of the same are brought together: a lead sees the likeness, ends one kindly, and both logs show it."""

from typing import Any

from sqlmodel import select

from models.tables import Idea, NoticeRow
from models.vocabulary import NoticeKind
from tests.api.conftest import Web, until
from tests.api.pages.conftest import form_for, words_of
from tests.api.pages.lead.test_lead import send
from tests.factories import ALMA, CARLA


async def number_of(web: Web, idea: str) -> str:
    async with web.database.session() as session:
        return (await session.exec(select(Idea.reference).where(Idea.id == idea))).one() or ""


async def test_a_lead_brings_a_duplicate_to_the_other_and_takes_it_back(web: Web) -> None:
    first = await web.hand_in(title="Bürgerbeteiligung im Großen Garten")
    second = await web.hand_in(title="Buergerbeteiligung im großen Garten")
    await web.hand_in(title="Fahrradwerkstatt")
    page = (await web.carla.get(f"/ideen/{second}")).text
    assert f'hx-get="/ideen/{second}/aehnliche"' in page
    assert "/aehnliche" not in (await web.alma.get(f"/ideen/{second}")).text

    hint = (await web.carla.get(f"/ideen/{second}/aehnliche")).text
    part = (await web.carla.get(f"/ideen/{second}/aehnliche", headers={"HX-Request": "true"})).text
    assert part.lstrip().startswith("<section")
    for found in (hint, part):
        assert await number_of(web, first) in words_of(found)
        assert "Fahrradwerkstatt" not in found
    after = await send(web.carla, form_for(hint, "close"))
    assert "Doppelung von " + await number_of(web, first) in words_of(after.text)
    assert f'href="/ideen/{first}"' in after.text
    assert "dort geht es weiter" in words_of(after.text)
    other = (await web.carla.get(f"/ideen/{first}")).text
    assert "Doppelung dieser Idee: " + await number_of(web, second) in words_of(other)
    assert f'href="/ideen/{second}"' in other
    mine = (await web.alma.get(f"/ideen/{second}")).text
    assert f'href="/ideen/{first}"' in mine, "it is hers as well"
    assert "Doppelung dieser Idee" not in words_of((await web.alma.get(f"/ideen/{first}")).text)

    async def is_told() -> bool:
        async with web.database.session() as session:
            told = select(NoticeRow).where(NoticeRow.idea_id == second, NoticeRow.kind == NoticeKind.ENDED)
            return [notice.account_id for notice in await session.exec(told)] == [ALMA]

    await until(is_told)
    await web.ask(CARLA, second, "reopen", reason="Doch etwas anderes.")
    assert (await web.read(second))["outcome"] is None
    assert "Doppelung dieser Idee" not in words_of((await web.carla.get(f"/ideen/{first}")).text)


async def test_a_duplicate_is_named_by_its_number_and_has_to_be_there(web: Web) -> None:
    first, second = await web.hand_in(), await web.hand_in(title="Noch einmal Pflegelotsen")
    closed: dict[str, Any] = {"outcome": "closed", "reason": "Das gibt es schon."}
    for wrong in ("IW-2026-9999", "nichts", second, await number_of(web, second)):
        answer = await web.try_to(CARLA, second, "close", **closed, duplicate_of=wrong)
        assert (answer.status_code, answer.json()["field"]) == (422, "duplicate_of"), wrong
    spoken = (await number_of(web, first)).lower().replace("-", " ")
    await web.ask(CARLA, second, "close", **closed, duplicate_of=spoken)
    again = await web.try_to(CARLA, first, "close", **closed, duplicate_of=second)
    assert again.json()["field"] == "duplicate_of", "they would point to each other"
    assert (await web.carla.get(f"/ideen/{second}/aehnliche")).status_code == 200
    assert (await web.ben.get(f"/ideen/{second}/aehnliche")).status_code == 403
    stranger = await web.dora.get(f"/ideen/{first}")
    assert stranger.status_code == 404


async def test_a_coach_learns_that_there_was_another_and_not_what_it_said(web: Web) -> None:
    coached, double = await web.plant("planning"), await web.hand_in(title="Nachbarn lotsen")
    closed = {"outcome": "closed", "reason": "Das gibt es schon.", "duplicate_of": coached}
    await web.ask(CARLA, double, "close", **closed)
    page = await web.ben.get(f"/ideen/{coached}")
    assert "Jemand anderes hatte eine sehr ähnliche Idee" in words_of(page.text)
    assert "Nachbarn lotsen" not in page.text
    assert double not in page.text, "a link would lead to nothing"
    assert (await web.ben.get(f"/ideen/{double}")).status_code == 404
