"""Coaches: profile, candidates, absence, departure. No open idea is ever without a responsible person."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from activities.coach_leave import LeavingActivities
from models.messages.coaching import Leave
from models.tables import Account, CoachProfile, NoticeRow
from tests.api.conftest import Web, in_days, until
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA

PROFILE = {"districts": ["Dresden", "DED2E"], "themes": ["care"], "languages": ["de"], "capacity": 2}


async def absent(web: Web, **form: Any) -> Any:
    """Ben writes down an absence of a week from today, unless told otherwise."""
    return await web.ben.post(f"/api/v1/coaches/{BEN}/absence", json={"from": in_days(0), "until": in_days(7), **form})


async def until_on_turn(web: Web, idea: str, role: str, account: str | None, why: str) -> dict[str, Any]:
    async def is_on_turn() -> bool:
        holder = (await web.read(idea))["holder"]
        found = (holder["role"], (holder["account"] or {}).get("id"), holder["why"])
        return bool(found == (role, account, why))

    await until(is_on_turn)
    return await web.read(idea)


async def test_a_lead_sees_load_capacity_and_absence(web: Web) -> None:
    await web.bring_to("planning")
    coaches = {coach["id"]: coach for coach in (await web.carla.get("/api/v1/coaches")).json()["items"]}
    assert set(coaches) == {BEN, BRUNO}
    assert (coaches[BEN]["capacity"], coaches[BEN]["ideas"], coaches[BEN]["absence"]) == (3, 1, None)
    assert coaches[BRUNO]["free"] == 3


async def test_candidates_are_ranked_with_their_reasons(web: Web) -> None:
    idea = await web.hand_in()
    answer = await web.carla.get("/api/v1/coaches/candidates", params={"idea": idea})
    first, second = answer.json()["items"]
    assert (first["coach"], second["coach"]["id"]) == ({"id": BEN, "name": "Ben"}, BRUNO)
    assert first["score"] > second["score"]
    assert "same_district" in first["reasons"]
    assert "other_office" in second["reasons"]


async def test_a_coach_writes_their_own_profile_and_nobody_elses(still_web: Web) -> None:
    web = still_web
    answer = await web.ben.put(f"/api/v1/coaches/{BEN}/profile", json=PROFILE)
    assert answer.status_code == 200
    assert answer.json()["districts"] == ["DED21", "DED2E"]
    assert (await web.carla.put(f"/api/v1/coaches/{BEN}/profile", json=PROFILE)).status_code == 200
    for client in (web.bruno, web.alma):
        assert (await client.put(f"/api/v1/coaches/{BEN}/profile", json=PROFILE)).status_code == 403
    for coach in (ALMA, CARLA, "0" * 8 + "-0000-4000-8000-" + "0" * 12):
        assert (await web.carla.put(f"/api/v1/coaches/{coach}/profile", json=PROFILE)).status_code == 404
    for field, value in (("districts", ["Atlantis"]), ("themes", ["magic"]), ("languages", []), ("capacity", -1)):
        answer = await web.ben.put(f"/api/v1/coaches/{BEN}/profile", json=PROFILE | {field: value})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_an_absence_gives_each_idea_cover_and_the_return_gives_it_back(web: Web) -> None:
    ideas = [await web.bring_to("planning", title=f"Idee Nummer {number}") for number in range(2)]
    assert (await absent(web, cover_id=BRUNO)).status_code == 200
    for idea in ideas:
        shown = await until_on_turn(web, idea, "coach", BRUNO, "coach_absent")
        assert (shown["coach"]["id"], shown["cover"]["id"]) == (BEN, BRUNO)
        assert (await web.read(idea, BRUNO))["allowed_events"]
    again = await absent(web, cover_id=BRUNO)
    assert again.status_code == 200
    assert again.json()["away_today"]
    assert (await web.ben.delete(f"/api/v1/coaches/{BEN}/absence")).status_code == 204
    for idea in ideas:
        shown = await until_on_turn(web, idea, "coach", BEN, "state")
        assert shown["cover"] is None
        assert (await web.bruno.get(f"/api/v1/ideas/{idea}")).status_code == 404
    assert (await web.ben.delete(f"/api/v1/coaches/{BEN}/absence")).status_code == 204


async def test_an_absence_without_cover_hands_the_turn_to_the_lead(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert (await absent(web)).status_code == 200
    await until_on_turn(web, idea, "lead", None, "coach_absent")
    stuck = (await web.carla.get("/api/v1/stuck")).json()["items"]
    assert [(line["id"], line["causes"][0]["cause"]) for line in stuck] == [(idea, "coach_absent")]


async def test_an_offer_to_a_coach_who_goes_away_passes_to_the_next(web: Web) -> None:
    idea = await web.bring_to("matching")
    assert (await web.open_offer(idea))["coach"]["id"] == BEN
    await absent(web)
    await web.open_offer(idea, BRUNO)


async def test_an_absence_that_cannot_be_is_refused(still_web: Web) -> None:
    web = still_web
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"until": in_days(-1)}, "until"),
        ({"from": in_days(-9), "until": in_days(-2)}, "until"),
        ({"until": in_days(400)}, "until"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": in_days(9000), "until": in_days(9001)}, "from"),
        ({"cover_id": BEN}, "cover_id"),
        ({"cover_id": ALMA}, "cover_id"),
        ({"until": "bald"}, "until"),
    ]
    for form, field in wrong:
        answer = await absent(web, **form)
        assert (answer.status_code, answer.json()["field"]) == (422, field), form
    path = f"/api/v1/coaches/{BEN}/absence"
    form = {"from": in_days(0), "until": in_days(7)}
    assert (await web.bruno.post(path, json=form)).status_code == 403
    assert (await web.bruno.delete(path)).status_code == 403
    assert (await web.carla.post(f"/api/v1/coaches/{CARLA}/absence", json=form)).status_code == 404


async def test_a_second_absence_waits_for_the_end_of_the_first(web: Web) -> None:
    assert (await absent(web, **{"from": in_days(3)})).status_code == 200
    answer = await absent(web, **{"from": in_days(9), "until": in_days(12)})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    cover = await web.bruno.post(
        f"/api/v1/coaches/{BRUNO}/absence", json={"from": in_days(1), "until": in_days(4), "cover_id": BEN}
    )
    assert (cover.status_code, cover.json()["field"]) == (422, "cover_id")
    await web.ben.delete(f"/api/v1/coaches/{BEN}/absence")
    assert (await absent(web, **{"from": in_days(4), "until": in_days(9)})).status_code == 200


async def test_who_stands_in_is_asked_may_say_no_and_passes_on_what_they_cover(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert (await absent(web, cover_id=BRUNO)).status_code == 200
    await until_on_turn(web, idea, "coach", BRUNO, "coach_absent")
    assert "stand_in_asked" in await kinds_told(web, BRUNO)
    work = await web.bruno.get("/arbeit")
    assert "Ich kann nicht vertreten" in words_of(work.text)
    no = f"/arbeit/vertretung/{BEN}/absagen"
    assert (await web.ben.post(no, headers=OWN_SITE)).status_code == 404
    said = await web.bruno.post(no, headers=OWN_SITE, follow_redirects=True)
    assert "Sie vertreten nicht" in words_of(said.text)
    await until_on_turn(web, idea, "lead", None, "coach_absent")
    assert "stand_in_refused" in await kinds_told(web, CARLA)
    assert (await web.bruno.post(no, headers=OWN_SITE)).status_code == 404, "it is said once"
    assert (await absent(web, cover_id=BRUNO)).status_code == 200, "the lead may talk to him, and ask again"
    await until_on_turn(web, idea, "coach", BRUNO, "coach_absent")
    leaves = await web.carla.post(f"/api/v1/coaches/{BRUNO}/departure", json={})
    assert leaves.status_code == 200
    await until_on_turn(web, idea, "lead", None, "coach_absent")
    assert (await web.read(idea))["coach"]["id"] == BEN


async def kinds_told(web: Web, account: str) -> set[str]:
    async with web.database.session() as session:
        return set((await session.exec(select(NoticeRow.kind).where(NoticeRow.account_id == account))).all())


async def test_who_has_left_does_nothing_more_while_their_ideas_are_handed_on(web: Web) -> None:
    idea = await web.bring_to("planning")
    async with web.database.transaction() as session:
        (await session.get_one(CoachProfile, BEN)).left_on = web.services.today()
    refused = await web.try_to(BEN, idea, "agree_plan")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_departure_that_is_moved_keeps_its_successor(still_web: Web) -> None:
    web, path = still_web, f"/api/v1/coaches/{BEN}/departure"
    for form in ({"on": in_days(30), "successor": BRUNO}, {"on": in_days(40)}):
        assert (await web.carla.post(path, json=form)).status_code == 200
        async with web.database.session() as session:
            profile = await session.get_one(CoachProfile, BEN)
        assert (profile.left_on, profile.successor_id) == (date.fromisoformat(form["on"]), BRUNO)
    until_then = await absent(web, **{"from": in_days(39), "until": in_days(40)})
    assert until_then.status_code == 200, "up to the last day"
    page = await web.ben.post("/arbeit/abwesenheit", data={"von": in_days(39), "bis": in_days(41)}, headers=OWN_SITE)
    assert (page.status_code, "bis zum letzten Tag" in page.text) == (409, True)
    assert (await web.carla.post(f"/menschen/{BEN}/rueckkehr", headers=OWN_SITE)).status_code == 303
    async with web.database.session() as session:
        assert (await session.get_one(CoachProfile, BEN)).successor_id is None


async def test_days_are_read_as_people_type_them(still_web: Web) -> None:
    web = still_web
    last = web.services.today() + timedelta(days=7)
    typed = {"von": f"{web.services.today():%d.%m.%Y}", "bis": f"{last.day}.{last.month}.{last:%y}"}
    saved = await web.ben.post("/arbeit/abwesenheit", data=typed, headers=OWN_SITE)
    assert saved.status_code == 303
    assert (await web.carla.get(f"/api/v1/coaches/{BEN}")).json()["absence"]["last_day"] == last.isoformat()
    wrong = await web.ben.post("/arbeit/abwesenheit", data=typed | {"bis": "bald"}, headers=OWN_SITE)
    assert (wrong.status_code, "TT.MM.JJJJ" in wrong.text) == (422, True)
    await web.carla.post(f"/menschen/{BEN}/abschied", data={"am": f"{last:%d.%m.%Y}"}, headers=OWN_SITE)
    assert (await web.carla.get(f"/api/v1/coaches/{BEN}")).json()["left_on"] == last.isoformat()


async def test_a_departure_hands_each_idea_to_the_successor(web: Web) -> None:
    idea = await web.bring_to("planning")
    form = {"successor": BRUNO}
    for _ in range(2):
        answer = await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json=form)
        assert (answer.status_code, answer.json()["left_on"]) == (200, in_days(0))
    shown = await until_on_turn(web, idea, "coach", BRUNO, "state")
    assert shown["coach"]["id"] == BRUNO
    assert (await web.ben.get(f"/api/v1/ideas/{idea}")).status_code == 401, "on that day everything of theirs ends"
    other_day = await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json={"on": in_days(9)})
    assert other_day.status_code == 409, "who has left can return, and not leave another day"


async def test_a_departure_without_successor_starts_a_search(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert (await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json={})).status_code == 200
    await until_on_turn(web, idea, "coach_search", None, "searching")
    offer = await web.open_offer(idea, BRUNO)
    assert (await web.bruno.post(f"/api/v1/offers/{offer['id']}/accept")).status_code == 200
    await until_on_turn(web, idea, "coach", BRUNO, "state")


async def test_a_successor_without_a_free_place_is_passed_over_and_the_lead_hears_of_it(web: Web) -> None:
    idea = await web.bring_to("planning")
    profile = {"districts": [], "themes": [], "languages": ["de"], "capacity": 0}
    await web.bruno.put(f"/api/v1/coaches/{BRUNO}/profile", json=profile)
    await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json={"successor": BRUNO})
    await until_on_turn(web, idea, "lead", None, "no_coach")
    (line,) = (await web.carla.get("/api/v1/stuck?cause=no_coach")).json()["items"]
    assert line["id"] == idea


async def test_a_departure_is_for_leads(still_web: Web) -> None:
    for client in (still_web.ben, still_web.alma):
        assert (await client.post(f"/api/v1/coaches/{BEN}/departure", json={})).status_code == 403
    for form, field in (
        ({"successor": BEN}, "successor"),
        ({"successor": ALMA}, "successor"),
        ({"on": "9999-12-31"}, "on"),
    ):
        answer = await still_web.carla.post(f"/api/v1/coaches/{BEN}/departure", json=form)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_nobody_is_given_a_coach_who_has_left(web: Web) -> None:
    idea = await web.hand_in()
    await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json={})
    items = (await web.carla.get("/api/v1/coaches/candidates", params={"idea": idea})).json()["items"]
    assert [(item["coach"]["id"], item["score"] is None) for item in items] == [(BRUNO, False), (BEN, True)]
    away = {"from": in_days(0), "until": in_days(7)}
    assert (await web.carla.post(f"/api/v1/coaches/{BEN}/absence", json=away)).status_code == 409


async def test_an_absence_gets_longer_without_going_back_and_forth(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert (await absent(web, cover_id=BRUNO)).status_code == 200
    await until_on_turn(web, idea, "coach", BRUNO, "coach_absent")
    longer = await absent(web, until=in_days(20), cover_id=BRUNO)
    assert (longer.status_code, longer.json()["absence"]["last_day"]) == (200, in_days(20))

    async def is_covered_until_then() -> bool:
        events = [entry for entry in await web.timeline(idea) if entry["event"] == "cover_coach"]
        return [entry["facts"]["until"] for entry in events][-1:] == [in_days(21)] and len(events) == 2

    await until(is_covered_until_then)
    assert "end_cover" not in [entry["event"] for entry in await web.timeline(idea)]
    later = await absent(web, **{"from": in_days(1), "until": in_days(20)})
    assert later.status_code == 409, "it has begun: it ends first"


async def test_a_day_of_departure_can_be_mistyped_corrected_and_taken_back(web: Web) -> None:
    idea = await web.bring_to("planning")
    path = f"/api/v1/coaches/{BEN}/departure"
    for day in (in_days(30), in_days(58)):
        answer = await web.carla.post(path, json={"on": day})
        assert (answer.status_code, answer.json()["left_on"]) == (200, day)
    assert (await absent(web)).status_code == 200, "somebody who leaves next month may be ill today"
    await until_on_turn(web, idea, "lead", None, "coach_absent")
    after = await web.ben.post(f"/api/v1/coaches/{BEN}/absence", json={"from": in_days(1), "until": in_days(60)})
    assert after.status_code == 409, "they have left by then"
    page = await web.carla.post(f"/menschen/{BEN}/rueckkehr", headers=OWN_SITE, follow_redirects=True)
    assert "fragt hier wieder an" in words_of(page.text)
    line = (await web.carla.get(f"/api/v1/coaches/{BEN}")).json()
    assert (line["left_on"], line["away_today"]) == (None, True)
    told = words_of((await web.carla.get(f"/menschen/{BEN}")).text)
    assert "zurückgenommen" in told
    assert "statt am" in told


async def test_a_leave_that_was_called_off_does_nothing_on_its_day(web: Web) -> None:
    idea = await web.bring_to("planning")
    await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json={"on": in_days(30)})
    async with web.database.session() as session:
        n = (await session.get_one(CoachProfile, BEN)).departure_n
    assert n is not None
    assert (await web.carla.post(f"/menschen/{BEN}/rueckkehr", headers=OWN_SITE)).status_code == 303
    leave = Leave(coach_id=BEN, n=n, start=web.services.today(), rulebook=web.services.rulebook())
    leaving = LeavingActivities(web.database, web.services.engine, web.services.policy.zone)
    await leaving.relieve_coach(idea, leave)
    assert (await web.read(idea))["coach"]["id"] == BEN
    await leaving.find_ideas_of_coach(BEN)
    async with web.database.session() as session:
        assert (await session.get_one(Account, BEN)).roles == ["coach"]


async def test_on_the_day_of_departure_proofs_end_and_the_role_goes_where_nothing_is_left(web: Web) -> None:
    leaving = LeavingActivities(web.database, web.services.engine, web.services.policy.zone)
    idea = await web.bring_to("planning")
    assert (await web.carla.post(f"/api/v1/coaches/{BEN}/departure", json={"successor": BRUNO})).status_code == 200
    await until_on_turn(web, idea, "coach", BRUNO, "state")
    await leaving.withdraw_offers_to(BEN)
    assert (await web.ben.get("/api/v1/me")).status_code == 401, "their token has ended with them"
    assert await leaving.find_ideas_of_coach(BEN) == []
    assert await leaving.find_ideas_of_coach(BEN) == []
    async with web.database.session() as session:
        assert (await session.get_one(Account, BEN)).roles == ["innovator"]
    page = words_of((await web.carla.get("/menschen?status=left")).text)
    assert "ben@example.org" in page
    assert "Nach dem Abschied nicht mehr Coach" in words_of((await web.carla.get(f"/menschen/{BEN}")).text)
    assert (await web.carla.get(f"/menschen/{BEN}/abschied")).status_code == 200
    await web.carla.post(f"/menschen/{BEN}/rueckkehr", headers=OWN_SITE)
    items = (await web.carla.get("/api/v1/coaches/candidates", params={"idea": idea})).json()["items"]
    assert BEN in [item["coach"]["id"] for item in items], "who has come back is asked again"


async def test_the_only_lead_does_not_leave_as_a_coach_either(still_web: Web) -> None:
    web = still_web
    async with web.database.transaction() as session:
        (await session.get_one(Account, CARLA)).roles = ["coach", "lead"]
        session.add(CoachProfile(account_id=CARLA, languages=["de"]))
    answer = await web.carla.post(f"/api/v1/coaches/{CARLA}/departure", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_lead")
