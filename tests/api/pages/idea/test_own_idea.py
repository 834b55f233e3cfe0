"""Whoever works here and has an idea of their own: they find it, are its innovator, and others decide on it."""

from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from models.queries.account_names import count_undecidable
from models.queries.moment import Moment
from models.queries.today import count_today
from models.tables import Account, Note, NoticeRow, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import Role
from tests.api.conftest import WORDS, Web
from tests.api.pages.conftest import OWN_SITE, events_on, words_of
from tests.factories import ALMA, BEN, CARLA, DORA, write_idea, write_open_idea

DECIDES = "Über Ihre eigene Idee entscheidet eine andere Leitung."


async def hand_in_as(web: Web, who: str, **words: Any) -> str:
    answer = await web.clients[who].post("/api/v1/ideas", json=WORDS | words)
    assert answer.status_code == 201, answer.text
    idea = str(answer.json()["id"])
    await web.until_shown(idea, 1)
    return idea


async def make_lead(web: Web, who: str, office: str = "dresden") -> None:
    async with web.database.transaction() as session:
        changed = update(Account).where(col(Account.id) == who)
        await session.exec(changed.values(roles=[Role.INNOVATOR, Role.LEAD], office=office))
    # Signed in anew, as the staff are: with a second factor.
    await web.invite(who)


async def test_nobody_decides_on_their_own_idea(web: Web) -> None:
    idea = await hand_in_as(web, CARLA)
    await make_lead(web, DORA)
    await web.ask(DORA, idea, "write_note", note="Vorsicht, befangen.", internal=True)
    page = (await web.carla.get(f"/ideen/{idea}")).text
    assert DECIDES in words_of(page)
    assert "Noch gibt es keine" not in page
    assert "befangen" not in page
    assert "befangen" not in str(await web.timeline(idea, CARLA))
    assert "befangen" in (await web.dora.get(f"/ideen/{idea}")).text
    for reader, reads in ((web.carla, False), (web.dora, True)):
        file = (await reader.post("/leitung/tabelle", data={"form": "json"}, headers=OWN_SITE)).text
        assert (idea in file, "befangen" in file, "write_note" in file) == (True, reads, reads)
    decisions = {"shortlist", "decline", "hand_over", "close", "pause", "request_clarification"}
    assert not events_on(page) & (decisions - {"pause"})
    steps: dict[str, dict[str, Any]] = {
        "shortlist": {},
        "decline": {"reason": "Nein."},
        "extend_deadline": {"days": 3, "reason": "So."},
    }
    for event, fields in steps.items():
        assert (await web.try_to(CARLA, idea, event, **fields)).status_code == 403, event
    asked = {"event": "extend_deadline", "days": "3", "reason": "So."}
    assert (await web.carla.post(f"/haengt-fest/{idea}", data=asked, headers=OWN_SITE)).status_code in (403, 404)
    assert (await web.carla.get("/api/v1/coaches/candidates", params={"idea": idea})).status_code == 403
    assert (await web.ask(DORA, idea, "shortlist"))["state"] == "matching"
    async with web.database.transaction() as session:
        # As an erasure of Dora does.
        await session.exec(delete(Note).where(col(Note.author_id) == DORA))
    assert "write_note" not in str(await web.timeline(idea, CARLA)), "that there was one is not told now either"
    assert "write_note" in str(await web.timeline(idea, DORA))


async def test_leads_hear_of_anothers_idea_and_not_of_their_own_as_long_as_there_is_another(web: Web) -> None:
    await make_lead(web, DORA, office="leipzig")
    own, others = await hand_in_as(web, CARLA, title="Eigenes"), await web.hand_in()
    async with web.database.session() as session:
        found = (await session.exec(select(NoticeRow.idea_id, NoticeRow.account_id))).all()
    assert {who for idea, who in found if idea == own} == {DORA}
    assert {who for idea, who in found if idea == others} == {CARLA}


async def test_an_idea_of_the_only_lead_waits_and_says_so(web: Web) -> None:
    idea = await hand_in_as(web, CARLA)
    page = words_of((await web.carla.get(f"/ideen/{idea}")).text)
    assert DECIDES in page
    assert "Noch gibt es keine: Bis dahin wartet die Idee." in page
    assert (await web.try_to(CARLA, idea, "shortlist")).status_code == 403
    await web.hand_in()
    async with web.database.session() as session:
        assert await count_undecidable(session) == 1
    await make_lead(web, DORA)
    async with web.database.session() as session:
        assert await count_undecidable(session) == 0


async def test_what_leads_look_after_holds_nothing_of_their_own(web: Web) -> None:
    await make_lead(web, DORA)
    own, others = await hand_in_as(web, CARLA, title="Eigenes"), await web.hand_in()
    async with web.database.transaction() as session:
        late = {"holder_until": web.services.today().replace(year=2020)}
        await session.exec(update(StandingRow).values(**late))
    stuck = [line["id"] for line in (await web.carla.get("/api/v1/stuck")).json()["items"]]
    assert stuck == [others]
    for path in ("/haengt-fest", f"/haengt-fest/{own}"):
        assert "Eigenes" not in (await web.carla.get(path)).text
    for path in (f"/haengt-fest/{own}", f"/haengt-fest/{own}?zu=1"):
        for reader, status in ((web.carla, 404), (web.dora, 200)):
            assert (await reader.get(path, headers={"HX-Request": "true"})).status_code == status
    assert {line["id"] for line in (await web.dora.get("/api/v1/stuck")).json()["items"]} == {own, others}
    # The list of all ideas shows it, for it is no secret that it is there; no step is offered.
    assert own in (await web.carla.get("/leitung")).text
    run = await web.carla.post("/leitung/sammel", data={"handlung": "extend", "fall": [own]}, headers=OWN_SITE)
    said = {"days": "3", "reason": "Mehr Zeit."}
    await web.carla.post(f"{run.headers['location']}/angaben", data=said, headers=OWN_SITE)
    preview = (await web.carla.get(run.headers["location"])).text
    assert "Eigenes" in preview
    await web.carla.post(f"{run.headers['location']}/ausfuehren", headers=OWN_SITE)
    assert (await web.read(own))["version"] == 1


async def test_new_ideas_of_a_team_wait_for_leads_who_are_not_in_it(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, stage="identify", state="screening", holder_role="lead")
    moment = Moment.of(still_web.services.policy, utc_now())
    for team, waits in (({}, True), ({CARLA: "observer"}, False)):
        async with still_web.database.transaction() as session:
            (await session.get_one(StandingRow, idea)).team = team
            await session.flush()
            assert (await count_today(session, moment, CARLA, None)).new == int(waits)
        assert (f"/neu/{idea}" in (await still_web.carla.get("/neu")).text) is waits


@pytest.mark.parametrize("who", [ALMA, BEN, CARLA, DORA])
async def test_everybody_finds_their_own_ideas_and_may_hand_in(still_web: Web, who: str) -> None:
    web = still_web
    before = (await web.clients[who].get("/geschichten")).text
    assert '<a href="/einreichen"' in before
    assert ('<a href="/ideen"' in before) is (who in (ALMA, DORA))
    await write_idea(web.database, owner_id=who, title="Meine eigene")
    assert '<a href="/ideen"' in (await web.clients[who].get("/geschichten")).text
    assert "Meine eigene" in (await web.clients[who].get("/ideen")).text
