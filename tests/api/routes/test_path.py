"""The whole path of an idea through HTTP."""

from tests.api.conftest import Web, in_days
from tests.factories import ALMA, BEN, CARLA


async def test_an_idea_walks_the_whole_path_through_http(web: Web) -> None:
    idea = await web.bring_to("published")
    shown = await web.read(idea, ALMA)
    assert (shown["stage"], shown["state"], shown["outcome"]) == ("make_visible", "published", "completed")
    assert shown["holder"] is None
    assert shown["allowed_events"] == ["reopen"], "its story can be told anew"
    assert shown["coach"] == {"id": BEN, "name": "Ben"}
    timeline = await web.timeline(idea, ALMA)
    assert [line["version"] for line in timeline] == list(range(1, shown["version"] + 1))
    [told] = (await web.alma.get(f"/api/v1/ideas/{idea}/story/versions")).json()
    assert told["words"]["changed"] == "So war es bei uns."
    assert [line["facts"].get("document") for line in timeline][-3:] == [told["id"]] * 3
    assert (await web.read(idea, CARLA))["allowed_events"] == ["reopen"]


async def test_an_ended_idea_is_reopened_where_the_lead_wants_it(web: Web) -> None:
    idea = await web.hand_in()
    await web.ask(CARLA, idea, "decline", reason="Passt nicht zu uns.")
    receipt = await web.ask(CARLA, idea, "reopen", reason="Doch noch ein Blick.")
    assert (receipt["stage"], receipt["state"]) == ("identify", "screening")


async def test_an_idea_closed_by_mistake_goes_on_where_it_stood_with_its_coach_and_tasks(web: Web) -> None:
    idea = await web.bring_to("working")
    due = in_days(20)
    await web.ask(BEN, idea, "plan", tasks=[{"title": "Nachbarn fragen", "until": due}])
    await web.ask(CARLA, idea, "close", outcome="closed", reason="Verklickt.")
    [task] = (await web.read(idea))["tasks"]
    assert (task["open"], task["done_at"]) == (False, None)
    assert "Nachbarn fragen" not in (await web.alma.get("/ideen")).text, "nothing is due of what has ended"
    receipt = await web.ask(CARLA, idea, "reopen", reason="Es war ein Versehen.")
    assert receipt["state"] == "working"
    shown = await web.read(idea)
    assert shown["coach"]["id"] == BEN
    assert [(task["open"], task["due"]) for task in shown["tasks"]] == [(True, due)]
    assert shown["holder"]["until"] == due
    await web.ask(ALMA, idea, "finish_task", task_id=task["id"])
    assert [task["open"] for task in (await web.read(idea))["tasks"]] == [False]


async def test_everybody_reads_who_is_on_turn_and_why_in_their_language(web: Web) -> None:
    idea = await web.bring_to("planning")
    answer = await web.alma.get(f"/api/v1/ideas/{idea}", headers={"Accept-Language": "fr, en-GB;q=0.8, de;q=0.5"})
    holder = answer.json()["holder"]
    assert (holder["role"], holder["account"], holder["why"]) == ("coach", {"id": BEN, "name": "Ben"}, "state")
    assert holder["until"] > holder["since"][:10]
    english = holder["why_text"]
    german = (await web.read(idea, ALMA))["holder"]["why_text"]
    assert english != german


async def test_the_coming_messages_are_told_beforehand(web: Web) -> None:
    idea = await web.bring_to("planning")
    shown = await web.read(idea, BEN)
    assert [wake_up["kind"] for wake_up in shown["upcoming"]] == ["reminder", "overdue", "escalation"]
    assert [wake_up["to"] for wake_up in shown["upcoming"]] == ["coach", "coach", "lead"]
    moments = [wake_up["at"] for wake_up in shown["upcoming"]]
    assert moments == sorted(moments)
    await web.ask(BEN, idea, "pause", until=in_days(30), reason="Urlaub")
    assert [wake_up["kind"] for wake_up in (await web.read(idea, BEN))["upcoming"]] == ["pause_end"]


async def test_an_event_is_offered_with_the_fields_it_takes(web: Web) -> None:
    idea = await web.bring_to("working")
    events = {event["event"]: event for event in (await web.read(idea, BEN))["events"]}
    assert (events["plan"]["required"], events["plan"]["optional"]) == (["tasks"], ["note"])
    assert events["pause"]["required"] == ["until", "reason"]
    assert "withdraw" not in events
    assert [event["event"] for event in (await web.read(idea, BEN))["events"]] == (await web.read(idea, BEN))[
        "allowed_events"
    ]


async def test_a_task_is_added_shown_and_finished(web: Web) -> None:
    idea = await web.bring_to("working")
    await web.ask(BEN, idea, "plan", tasks=[{"title": "Partner ansprechen", "until": in_days(20)}])
    (task,) = (await web.read(idea, ALMA))["tasks"]
    assert (task["title"], task["assignee"], task["due"], task["open"]) == (
        "Partner ansprechen",
        "innovator",
        in_days(20),
        True,
    )
    assert (await web.read(idea, ALMA))["holder"]["until"] == in_days(20)
    await web.ask(ALMA, idea, "finish_task", task_id=task["id"])
    (task,) = (await web.read(idea, ALMA))["tasks"]
    assert not task["open"]
    assert task["done_at"] is not None


async def test_internal_notes_are_read_by_coach_and_lead_only(web: Web) -> None:
    idea = await web.bring_to("planning")
    await web.ask(BEN, idea, "write_note", note="Nur unter uns.", internal=True)
    await web.ask(BEN, idea, "write_note", note="Für alle.")
    for who in (BEN, CARLA):
        assert "Nur unter uns." in [line["note"] for line in await web.timeline(idea, who)]
    of_alma = await web.timeline(idea, ALMA)
    assert "Nur unter uns." not in str(of_alma)
    assert [(line["note"], line["internal"]) for line in of_alma if line["event"] == "write_note"] == [
        ("Für alle.", False)
    ]
    await web.ask(BEN, idea, "ask", note="Reicht das Geld?", internal=True, assignee="lead", until=in_days(3))
    assert "ask" in [line["event"] for line in await web.timeline(idea, CARLA)]
    assert "ask" not in [line["event"] for line in await web.timeline(idea, ALMA)]
