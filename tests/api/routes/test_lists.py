"""Lists: complete and stable pages, filters, and who sees what, in a fixed number of statements."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from models.database import Database
from models.tables import StandingRow
from models.tables.columns import utc_now
from tests.api.conftest import Web
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, write_idea
from tests.round_trips import counted

SORTS = ("due", "-due", "entered", "-entered", "submitted", "-submitted", "last", "-last")


async def place(database: Database, *, number: int = 0, **fields: Any) -> str:
    """An idea of Alma's with Ben as its coach, with as few different times as make ties likely."""
    words = {name: fields.pop(name) for name in ("title", "summary", "owner_id") if name in fields}
    idea = await write_idea(database, **words)
    now = utc_now()
    values = {
        "version": 3,
        "stage": "develop",
        "state": "working",
        "coach_id": BEN,
        "holder_role": "innovator",
        "holder_id": words.get("owner_id", ALMA),
        "holder_since": now,
        "holder_until": now.date() + timedelta(days=number % 3) if number % 4 else None,
        "entered_at": now.replace(microsecond=number % 3),
        "submitted_at": now.replace(microsecond=number % 2) if number % 5 else None,
        "last_entry_at": now.replace(microsecond=number % 4),
    } | fields
    async with database.transaction() as session:
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**values))
    return idea


async def read_all(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """Every page of a list, one after the other."""
    items: list[dict[str, Any]] = []
    while True:
        answer = await client.get("/api/v1/ideas", params=params)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        params["cursor"] = answer.json()["next_cursor"]
        if params["cursor"] is None:
            return items


async def ids(client: httpx.AsyncClient, **params: Any) -> set[str]:
    return {item["id"] for item in await read_all(client, **params)}


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@pytest.fixture
async def many(still_web: Web) -> tuple[Web, set[str]]:
    return still_web, {await place(still_web.database, number=number) for number in range(23)}


async def test_pages_of_any_size_show_every_idea_once(many: tuple[Web, set[str]], subtests: pytest.Subtests) -> None:
    web, ideas = many
    for sort in SORTS:
        with subtests.test(sort=sort):
            whole = [item["id"] for item in await read_all(web.carla, sort=sort, limit=100)]
            assert set(whole) == ideas
            for limit in (4, 23):
                assert [item["id"] for item in await read_all(web.carla, sort=sort, limit=limit)] == whole
    assert {item["id"] for item in await read_all(web.carla, sort="due", limit=1)} == ideas


ORDERS: dict[str, Callable[[Any], Any]] = {
    "due": lambda item: item["holder"]["until"],
    "submitted": lambda item: instant(item["submitted_at"]),
    "entered": lambda item: instant(item["entered_at"]),
    "last": lambda item: instant(item["last_entry_at"]),
}


async def test_a_list_is_in_order_and_missing_dates_come_last(
    many: tuple[Web, set[str]], subtests: pytest.Subtests
) -> None:
    for sort, direction in itertools.product(ORDERS, ("", "-")):
        with subtests.test(sort=direction + sort):
            read = ORDERS[sort]
            values = [read(item) for item in await read_all(many[0].carla, sort=direction + sort, limit=5)]
            there = [value for value in values if value is not None]
            assert there == sorted(there, reverse=direction == "-")
            assert values == there + [None] * (len(values) - len(there))


async def test_ideas_that_come_in_between_move_no_page(many: tuple[Web, set[str]]) -> None:
    web, ideas = many
    first = (await web.carla.get("/api/v1/ideas", params={"sort": "-entered", "limit": 10})).json()
    await place(web.database, entered_at=utc_now() + timedelta(hours=1))
    params = {"sort": "-entered", "limit": 100, "cursor": first["next_cursor"]}
    rest = (await web.carla.get("/api/v1/ideas", params=params)).json()["items"]
    assert {item["id"] for item in first["items"]} | {item["id"] for item in rest} == ideas
    assert len(first["items"]) + len(rest) == len(ideas)


async def test_a_cursor_of_another_order_is_refused(many: tuple[Web, set[str]]) -> None:
    first = (await many[0].carla.get("/api/v1/ideas", params={"sort": "due", "limit": 2})).json()
    params = {"sort": "last", "cursor": first["next_cursor"]}
    answer = await many[0].carla.get("/api/v1/ideas", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


async def test_a_list_takes_two_statements_however_long_it_is(many: tuple[Web, set[str]]) -> None:
    web, _ = many
    # The first use of a token is written down, and that of the next minutes is not.
    await web.carla.get("/api/v1/me")
    for limit in (1, 23):
        with counted(web.database) as sent:
            answer = await web.carla.get("/api/v1/ideas", params={"limit": limit, "stuck": "false", "text": "pflege"})
        assert answer.status_code == 200
        assert len(sent) == 2, sent


async def test_everybody_sees_what_is_theirs(still_web: Web) -> None:
    web = still_web
    of_alma = await place(web.database)
    of_dora = await place(web.database, owner_id=DORA, coach_id=BRUNO)
    covered = await place(web.database, owner_id=DORA, coach_id=BRUNO, cover_id=BEN)
    assert await ids(web.alma) == {of_alma}
    assert await ids(web.dora) == {of_dora, covered}
    assert await ids(web.ben) == {of_alma, covered}
    assert await ids(web.bruno) == {of_dora, covered}
    assert await ids(web.carla) == {of_alma, of_dora, covered}


async def test_filters_narrow_and_never_widen(still_web: Web) -> None:
    web = still_web
    working = await place(web.database)
    leads = await place(
        web.database, stage="support", state="arranging", holder_role="lead", holder_id=None, office="leipzig"
    )
    ended = await place(web.database, outcome="declined", holder_role=None, holder_id=None, coach_id=BRUNO)
    covered = await place(web.database, coach_id=BRUNO, cover_id=BEN)
    for params, expected in (
        ({"stage": "support"}, {leads}),
        ({"state": "arranging"}, {leads}),
        ({"holder": "lead"}, {leads}),
        ({"holder": ALMA}, {working, covered}),
        ({"holder": "me"}, set()),
        ({"coach": BEN}, {working, leads, covered}),
        ({"office": "leipzig"}, {leads}),
        ({"outcome": "declined"}, {ended}),
        ({"open": "true"}, {working, leads, covered}),
        ({"open": "false"}, {ended}),
        ({"state": "no_such_state"}, set()),
        ({"stage": "develop", "coach": BRUNO, "open": "true"}, {covered}),
    ):
        assert await ids(web.carla, **params) == expected, params
    assert await ids(web.alma, holder="me") == {working, covered}
    assert await ids(web.ben, coach="me") == {working, leads, covered}
    assert await ids(web.dora, holder=ALMA) == set()


async def test_a_text_is_found_in_title_and_summary_in_parts_and_any_case(still_web: Web) -> None:
    web = still_web
    kitchen = await place(web.database, title="Über den Gartenzaun", summary="Eine Küche für alle, 100 % regional.")
    other = await place(web.database, title="Fahrradwerkstatt", summary="Reparieren, was_noch geht.")
    for text, expected in (
        ("ÜBER", {kitchen}),
        ("küche gartenzaun", {kitchen}),
        ("küche fahrrad", set()),
        ("werkstatt", {other}),
        ("100 %", {kitchen}),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
        ("'; DROP TABLE idea; --", set()),
        (" ", {kitchen, other}),
    ):
        assert await ids(web.carla, text=text) == expected, text


async def test_the_timeline_is_paged_either_way(web: Web) -> None:
    idea = await web.hand_in()
    for number in range(5):
        await web.ask(CARLA, idea, "write_note", note=f"Notiz {number}")
    for sort, expected in (("version", [1, 2, 3, 4, 5, 6]), ("-version", [6, 5, 4, 3, 2, 1])):
        seen: list[int] = []
        params: dict[str, Any] = {"limit": 4, "sort": sort}
        for _ in range(2):
            answer = (await web.alma.get(f"/api/v1/ideas/{idea}/timeline", params=params)).json()
            seen += [line["version"] for line in answer["items"]]
            params["cursor"] = answer["next_cursor"]
        assert (seen, params["cursor"]) == (expected, None)
    answer = await web.alma.get(f"/api/v1/ideas/{idea}/timeline", params={"cursor": "nonsense"})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


async def test_what_is_stuck_is_listed_for_leads(still_web: Web) -> None:
    late = await place(still_web.database, holder_until=utc_now().date() - timedelta(days=4))
    answer = await still_web.carla.get("/api/v1/stuck")
    (line,) = answer.json()["items"]
    assert (line["id"], line["causes"][0]["cause"], line["holder"]["name"]) == (late, "over_limit", "Alma")
    assert await ids(still_web.carla, stuck="true") == {late}
    answer = await still_web.carla.get("/api/v1/stuck?cursor=nonsense")
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
