"""The month: each thing on its day, with the way to where it is done."""

from datetime import timedelta
from typing import Any

from tests.api.conftest import Web
from tests.api.pages.conftest import words_of
from tests.api.routes.test_lists import place
from tests.factories import BEN, write_beside


async def test_a_month_shows_each_reader_what_is_theirs(still_web: Web) -> None:
    today = still_web.services.today()
    day = today.replace(day=15)
    turn: dict[str, Any] = {"holder_role": "coach", "holder_id": BEN, "state": "planning", "holder_until": day}
    mine = await place(still_web.database, title="Lesebank", **turn)
    await write_beside(still_web.database, mine, holder_until=day)
    to_decide: dict[str, Any] = {
        "stage": "identify",
        "state": "screening",
        "holder_role": "lead",
        "holder_id": None,
        "coach_id": None,
    }
    await place(still_web.database, title="Neue Bühne", holder_until=day, **to_decide)
    ben, carla = await still_web.ben.get("/monat"), await still_web.carla.get("/monat")
    assert f'href="/ideen/{mine}#schritte"' in ben.text
    assert f'href="/ideen/{mine}/crowdfunding"' in ben.text
    assert "Neue Bühne" not in ben.text
    assert "Neue Bühne" in carla.text
    assert "Lesebank" not in carla.text
    later = (day + timedelta(days=31)).replace(day=1)
    for address in (f"/monat?monat={later:%Y-%m}", "/monat?monat=2031-12"):
        assert "In diesem Monat ist nichts fällig" in words_of((await still_web.ben.get(address)).text)
    for wrong in ("2026-13", "<b>", "99999-01", "٢٠٢٦-٠١"):
        assert (await still_web.ben.get("/monat", params={"monat": wrong})).text.count(f'datetime="{today:%Y-%m}') > 27
    assert (await still_web.nobody.get("/monat")).status_code == 401
