"""The month: each thing on its day, with the way to where it is done."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from models.tables.columns import new_id
from tests.api.conftest import Web
from tests.api.pages.conftest import words_of
from tests.api.routes.test_lists import place
from tests.appointments import AppointmentStory
from tests.factories import BEN, BRUNO, alma, write_beside


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
    told = AppointmentStory(datetime.combine(day, time(9), tzinfo=UTC) - timedelta(days=3))
    told.do(alma, "choose")
    agreed: dict[str, Any] = {"snapshot": told.standing.model_dump(mode="json"), "holder_role": "engine"}
    meets = await place(still_web.database, title="Hofkino")
    for idea, number in ((mine, 1), (meets, 2)):
        fields = agreed | {"state": "agreed", "number": number, "case_id": new_id(), "holder_until": day}
        await write_beside(still_web.database, idea, "appointment", **fields)
    ben, carla = await still_web.ben.get("/monat"), await still_web.carla.get("/monat")
    assert f'href="/ideen/{mine}#schritte"' in ben.text
    assert f'href="/ideen/{mine}/crowdfunding"' in ben.text
    assert "Neue Bühne" not in ben.text
    assert "Neue Bühne" in carla.text
    assert f'href="/ideen/{mine}#schritte"' not in carla.text
    for of_whom in (ben, carla):
        assert of_whom.text.count("#termine") == 2, "a lead sees whom coaches meet"
    bruno = (await still_web.clients[BRUNO].get("/monat")).text
    assert "#termine" not in bruno
    later = (day + timedelta(days=31)).replace(day=1)
    for address in (f"/monat?monat={later:%Y-%m}", "/monat?monat=2031-12"):
        assert "In diesem Monat ist nichts fällig" in words_of((await still_web.ben.get(address)).text)
    for wrong in ("2026-13", "<b>", "99999-01", "٢٠٢٦-٠١"):
        assert (await still_web.ben.get("/monat", params={"monat": wrong})).text.count(f'datetime="{today:%Y-%m}') > 27
    assert (await still_web.nobody.get("/monat")).status_code == 401
