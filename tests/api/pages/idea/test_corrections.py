"""What is wrong with an idea is put right by those who work with it: visible in the log, and the office follows."""

from typing import Any

import pytest

from activities.ports.ideas import CommandRefused
from api.use_cases.corrections import plan_correction
from models.tables import Idea
from models.vocabulary import Role
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, form_for, words_of
from tests.cast import POLICY
from tests.factories import ALMA, CARLA


def idea_of(**fields: Any) -> Idea:
    values = {"id": "1", "owner_id": ALMA, "title": "Pflegelotsen", "summary": "Nachbarn helfen."}
    return Idea(**values | {"district": "DED21", "office": "dresden"} | fields)


@pytest.mark.parametrize(
    ("idea", "wanted", "fields", "office", "by_hand"),
    [
        ({}, {"district": "DED53"}, ("district", "office"), "leipzig", False),
        ({"office_by_hand": True}, {"district": "DED53"}, ("district",), None, True),
        ({}, {"district": "DED53", "office": "dresden"}, ("district", "office"), "leipzig", False),
        ({}, {"office": "chemnitz"}, ("office",), "chemnitz", True),
        ({"office": "chemnitz", "office_by_hand": True}, {"office": "dresden"}, ("office",), "dresden", False),
        ({"district": None}, {"title": "Pflegelotsinnen", "themes": ["care"]}, ("title", "themes"), None, False),
    ],
)
def test_the_office_follows_the_district_unless_somebody_has_chosen_it(
    idea: dict[str, Any], wanted: dict[str, Any], fields: tuple[str, ...], office: str | None, by_hand: bool
) -> None:
    found = plan_correction(POLICY, idea_of(**idea), wanted, Role.LEAD)
    assert (found.fields, found.office, found.after["office_by_hand"]) == (fields, office, by_hand)


@pytest.mark.parametrize(
    ("role", "wanted", "field"),
    [
        (Role.COACH, {"office": "leipzig"}, "office"),
        (Role.LEAD, {"office": "weimar"}, "office"),
        (Role.LEAD, {"title": "x"}, "title"),
        (Role.LEAD, {"district": "Weimar"}, "district"),
        (Role.LEAD, {"themes": ["surfing"]}, "themes"),
        (Role.LEAD, {"title": "Pflegelotsen"}, "title"),
    ],
)
def test_a_wrong_correction_names_its_field(role: Role, wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        plan_correction(POLICY, idea_of(), wanted, role)
    assert refused.value.refusal.field == field


async def test_a_lead_puts_an_idea_right_and_everybody_sees_it_in_the_log(web: Web) -> None:
    idea = await web.hand_in(title="Pflegelosten", district="DED21")
    page = (await web.carla.get(f"/ideen/{idea}")).text
    form = form_for(page, "correct")
    assert form.values["title"] == "Pflegelosten"
    sent = form.values | {"title": "Pflegelotsen", "district": "DED53", "themes": ["care", "ageing"]}
    answer = await web.carla.post(form.action, data=sent, headers=OWN_SITE)
    assert answer.status_code == 303, answer.text
    now = await web.read(idea, CARLA)
    assert (now["title"], now["district"], now["themes"]) == ("Pflegelotsen", "DED53", ["care", "ageing"])
    assert (now["office"], now["state"]) == ("leipzig", "screening")
    seen = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Angaben berichtigt" in words_of(seen)
    assert "Der Titel hieß bisher: Pflegelosten" in words_of(seen)
    assert "correct" not in {event["event"] for event in (await web.read(idea, ALMA))["events"]}
    refused = await web.try_to(ALMA, idea, "correct", title="Meins")
    assert refused.status_code == 403
    assert (await web.try_to(CARLA, idea, "correct", title="Pflegelotsen")).status_code == 422


async def test_whoever_names_another_district_when_asked_comes_to_its_office(web: Web) -> None:
    idea = await web.bring_to("clarification", district=None)
    await web.alma.patch(f"/api/v1/ideas/{idea}", json={"district": "DED53"})
    # The changed words are the answer.
    await web.ask(ALMA, idea, "clarify")
    assert (await web.read(idea))["office"] == "leipzig"
