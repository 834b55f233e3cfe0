"""An idea goes into other hands: its owner or a lead asks, somebody in the team says yes, everybody learns of it."""

from datetime import timedelta
from functools import partial

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from models.messages.commands import ENGINE
from models.tables import Idea, NoticeRow, OwnerRequest, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import Share
from models.workflow_ids import APPOINTMENT, case_id
from tests.api.conftest import Web, in_days, open_client, until
from tests.api.pages.conftest import OWN_SITE, events_on, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, command
from tests.teams import NORA, OTTO, gather_team, write_question

YES = "Ja, ich übernehme die Idee"


async def ask(web: Web, who: str, idea: str, member: str) -> httpx.Response:
    sent = {"konto": member}
    return await web.clients[who].post(f"/ideen/{idea}/team/weitergabe", data=sent, headers=OWN_SITE)


async def answer(web: Web, who: str, idea: str, question: str, said: str) -> httpx.Response:
    path = f"/ideen/{idea}/team/weitergabe/{question}/antwort"
    return await web.clients[who].post(path, data={"antwort": said}, headers=OWN_SITE)


async def question_of(web: Web, idea: str) -> OwnerRequest:
    async with web.database.session() as session:
        those = select(OwnerRequest).where(OwnerRequest.idea_id == idea, col(OwnerRequest.withdrawn_at).is_(None))
        return (await session.exec(those)).one()


async def told(web: Web, idea: str) -> set[tuple[str, str]]:
    async with web.database.session() as session:
        found = (await session.exec(select(NoticeRow).where(NoticeRow.idea_id == idea))).all()
    return {(row.kind, row.account_id) for row in found if row.kind.startswith("owner_")}


async def page(web: Web, who: str, idea: str) -> str:
    return words_of((await web.clients[who].get(f"/ideen/{idea}")).text)


async def is_on_turn(web: Web, case: str, account_id: str) -> bool:
    async with web.database.session() as session:
        row = await session.get_one(StandingRow, case)
    return (row.owner_id, row.holder_id) == (account_id, account_id)


async def team(web: Web, place: str = "working") -> str:
    idea = await web.bring_to(place)
    await gather_team(web.database, web.services.engine, idea)

    async def is_shown() -> bool:
        async with web.database.session() as session:
            return len((await session.get_one(StandingRow, idea)).team) == 2

    await until(is_shown)
    for who in (NORA, OTTO):
        web.clients[who] = open_client(web.app)
        await web.invite(who)
    return idea


async def test_the_owner_asks_and_whoever_says_yes_has_the_idea(web: Web) -> None:
    idea = await team(web)
    assert "Idee weitergeben" in await page(web, ALMA, idea)
    assert "weitergeben" not in await page(web, NORA, idea)
    assert (await ask(web, ALMA, idea, NORA)).status_code == 303
    assert "Nora ist gefragt, die Idee zu übernehmen" in await page(web, ALMA, idea)
    offer = {"slots": [f"{in_days(9)}T10:30"], "minutes": 45, "place": "phone"}
    proposed = await web.ben.post(f"/api/v1/ideas/{idea}/appointments", json=offer)
    assert proposed.status_code < 300, proposed.text
    assert YES in await page(web, NORA, idea)
    assert YES not in await page(web, OTTO, idea)
    assert await told(web, idea) == {("owner_asked", NORA)}
    question = (await question_of(web, idea)).id
    assert (await answer(web, OTTO, idea, question, "ja")).status_code == 404, "somebody else was asked"

    taken = await answer(web, NORA, idea, question, "ja")
    assert (taken.status_code, taken.headers["location"]) == (303, f"/ideen/{idea}?meldung=owner_taken")
    assert (await answer(web, NORA, idea, question, "ja")).status_code == 404, "once"
    async with web.database.session() as session:
        row = await session.get_one(StandingRow, idea)
        assert (await session.get_one(Idea, idea)).owner_id == NORA
    assert (row.owner_id, row.holder_id) == (NORA, NORA)
    assert row.team == {ALMA: "collaborator", OTTO: "observer"}
    await until(partial(is_on_turn, web, case_id(APPOINTMENT, idea, 1), NORA))
    await web.ben.post(f"/api/v1/ideas/{idea}/appointments/1/commands", json={"event": "withdraw"})
    assert await told(web, idea) >= {("owner_become", NORA), ("owner_changed", ALMA), ("owner_changed", BEN)}
    seen = (await web.clients[NORA].get(f"/ideen/{idea}")).text
    assert "withdraw" in events_on(seen)
    assert "übernommen (Nora, bisher Alma)" in words_of(seen)
    assert "withdraw" not in events_on((await web.alma.get(f"/ideen/{idea}")).text)
    listed = (await web.clients[NORA].get("/ideen")).text
    assert f"/ideen/{idea}" in listed
    assert "Im Team" not in words_of(listed)
    assert "Im Team: Arbeitet mit" in words_of((await web.alma.get("/ideen")).text)


async def test_a_no_changes_nothing_and_is_told(web: Web) -> None:
    idea = await team(web)
    question = await write_question(web.database, idea)
    assert (await answer(web, NORA, idea, question, "vielleicht")).status_code == 422
    assert (await answer(web, NORA, idea, question, "nein")).status_code == 303
    assert (await answer(web, NORA, idea, question, "ja")).status_code == 404
    async with web.database.session() as session:
        assert (await session.get_one(StandingRow, idea)).owner_id == ALMA
    assert await told(web, idea) == {("owner_declined", ALMA)}
    assert (await ask(web, ALMA, idea, NORA)).status_code == 303, "she may be asked again"


async def test_a_lead_asks_where_the_owner_does_not_answer_and_the_owner_may_stop_it(web: Web) -> None:
    idea = await team(web)
    assert "Für den Fall, dass Alma sich nicht mehr meldet" in await page(web, CARLA, idea)
    assert (await ask(web, CARLA, idea, OTTO)).status_code == 303
    assert await told(web, idea) == {("owner_asked", OTTO), ("owner_proposed", ALMA)}
    question = (await question_of(web, idea)).id
    path = f"/ideen/{idea}/team/weitergabe/{question}/zurueckziehen"
    assert (await web.clients[NORA].post(path, headers=OWN_SITE)).status_code == 403
    assert (await web.alma.post(path, headers=OWN_SITE)).status_code == 303
    assert (await answer(web, OTTO, idea, question, "ja")).status_code == 404
    assert YES not in await page(web, OTTO, idea)


@pytest.mark.parametrize(("who", "status"), [(NORA, 403), (OTTO, 403), (BEN, 403), (BRUNO, 404), (DORA, 404)])
async def test_nobody_else_asks(web: Web, who: str, status: int) -> None:
    idea = await team(web)
    assert (await ask(web, who, idea, NORA)).status_code == status


@pytest.mark.parametrize("member", ["", "nobody", ALMA, BEN, DORA])
async def test_only_who_is_in_the_team_is_asked(web: Web, member: str) -> None:
    idea = await team(web)
    refused = await ask(web, ALMA, idea, member)
    assert refused.status_code == 422
    assert "Bitte wählen Sie jemanden aus dem Team" in refused.text
    assert await told(web, idea) == set()


async def test_a_lead_in_the_team_gives_the_idea_to_nobody(web: Web) -> None:
    idea = await web.bring_to("working")
    join = command("join_team", ENGINE, member_id=CARLA, share=Share.COLLABORATOR)
    await web.services.engine.command(idea, join)
    await gather_team(web.database, web.services.engine, idea)

    async def is_shown() -> bool:
        async with web.database.session() as session:
            return len((await session.get_one(StandingRow, idea)).team) == 3

    await until(is_shown)
    assert (await ask(web, CARLA, idea, NORA)).status_code == 403


async def test_a_question_is_over_when_its_time_is_its_reader_has_left_or_the_path_has_ended(web: Web) -> None:
    idea = await team(web)
    question = await write_question(web.database, idea)
    async with web.database.transaction() as session:
        await session.exec(update(OwnerRequest).values(expires_at=utc_now() - timedelta(minutes=1)))
    assert (await answer(web, NORA, idea, question, "ja")).status_code == 404
    assert (await ask(web, ALMA, idea, NORA)).status_code == 303, "and does not stand in the way of the next"
    second = (await question_of(web, idea)).id
    await web.ask(NORA, idea, "leave_team", member_id=NORA)
    assert (await answer(web, NORA, idea, second, "ja")).status_code == 404
    third = await write_question(web.database, idea, OTTO)
    await web.ask(ALMA, idea, "withdraw")
    assert (await answer(web, OTTO, idea, third, "ja")).status_code == 409
    assert (await ask(web, ALMA, idea, OTTO)).status_code == 409
