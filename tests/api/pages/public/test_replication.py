"""A story is copied: from the button under it to what its page counts, and nobody is named before both said yes."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from activities.replications import begin_replications
from models.tables import Account, Draft, Idea, NoticeRow, PublishedStory, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import CarryOver, Ingredient
from models.workflow_ids import REPLICATION, case_id
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, DORA, write_beside, write_idea, write_story
from tests.html import mistakes_in
from tests.replications import begin as begin_quietly

TITLE = "Lotsen für alle"
TAKES = {"people": "Zwei je Haus", "room": "Eine Küche"}
"""What the recipe names, beside how it goes."""


async def tell_story(web: Web, *, contact: bool, owner_id: str = DORA) -> str:
    """A story of Dora's that everybody reads; returns its slug."""
    idea = await write_idea(web.database, title=TITLE, summary="Nachbarn begleiten.", owner_id=owner_id)
    async with web.database.transaction() as session:
        document = await write_story(session, idea, state="published")
        document.words = document.words | {"steps": "Fragen\nLosgehen", "problem": "Niemand geht mit."} | TAKES
        row = (await session.exec(select(StandingRow).where(StandingRow.case_id == idea))).one()
        row.snapshot = {**(row.snapshot or {}), "owner_id": owner_id}
        await session.exec(update(PublishedStory).where(col(PublishedStory.idea_id) == idea).values(contact=contact))
        return (await session.get_one(PublishedStory, idea)).slug


async def begin(web: Web, slug: str, title: str) -> str:
    """Alma begins, gives it a title of her own and hands it in; returns its idea, with what stands beside it begun."""
    page = await web.alma.get(f"/geschichten/{slug}/starten")
    assert page.status_code == 200, page.text
    assert mistakes_in(page.text) == []
    answer = await web.alma.post(f"/geschichten/{slug}/starten", headers=OWN_SITE)
    assert answer.status_code == 303, answer.text
    draft_id = answer.headers["location"].split("/")[2]
    first = (await web.alma.get(answer.headers["location"])).text
    assert f'Angeregt durch: <a href="/geschichten/{slug}"' in first
    async with web.database.transaction() as session:
        draft = await session.get_one(Draft, draft_id)
        assert (draft.words["problem"], draft.words["solution"]) == ("Niemand geht mit.", "Fragen\nLosgehen")
        assert "title" not in draft.words
        draft.words = draft.words | {"title": title, "district": "DED21", "language": "de"}
    sent = await web.alma.post(f"/einreichen/{draft_id}/pruefen", headers=OWN_SITE)
    assert sent.status_code == 303, sent.text
    assert TITLE not in (await web.alma.get(f"/einreichen/{draft_id}/danke")).text, "whoever copies it knows it"
    await web.begin_replication(draft_id)
    return draft_id


async def test_a_story_is_copied_with_help_and_its_page_counts_what_carried_over(web: Web) -> None:
    slug = await tell_story(web, contact=True)
    assert "Vielleicht sind Sie die Ersten" in (await web.nobody.get(f"/geschichten/{slug}")).text
    idea = await begin(web, slug, "Lotsen in Pirna")
    at = f"/ideen/{idea}/nachmachen"
    async with web.database.session() as session:
        told = (await session.exec(select(NoticeRow).where(NoticeRow.kind == "replication_asked"))).all()
        assert [notice.account_id for notice in told] == [DORA]
        names = {one.id: one for one in (await session.exec(select(Account))).all()}
    mine = (await web.dora.get("/ideen")).text
    assert at in mine
    assert names[ALMA].name not in mine, "who asks is told once the team has said yes"
    asked, waits = (await web.dora.get(at)).text, (await web.alma.get(at)).text
    for page in (asked, waits):
        assert mistakes_in(page) == []
        assert names[ALMA].email not in page
        assert names[DORA].email not in page
    assert "Ohne Antwort geht es ohne Hilfe weiter" in words_of(waits)
    assert names[ALMA].name not in asked
    assert names[DORA].name not in waits
    assert "Landeshauptstadt" in asked or "Dresden" in asked
    assert (await web.dora.get(f"/ideen/{idea}")).status_code == 404, "the idea itself is not theirs to read"
    assert (await web.bruno.get(at)).status_code == 404
    await send(web, "dora", at, "agree")
    assert names[ALMA].name in (await web.dora.get(at)).text
    assert names[DORA].name in (await web.alma.get(at)).text
    await send(web, "alma", at, "hand_on")
    refused = await web.alma.post(f"{at}/schritte", data={"event": "report"}, headers=OWN_SITE)
    assert (refused.status_code, mistakes_in(refused.text)) == (422, [])
    assert words_of(refused.text).count("mindestens einem Punkt") == 2, "above, and at its form"
    offered = [one for one in Ingredient if f'name="report.{one}"' in refused.text or f'name="{one}"' in refused.text]
    assert offered == [Ingredient.STEPS, *map(Ingredient, TAKES)], "of what the recipe does not name nobody is asked"
    given = {"people": "taken", "people_why": "Ohne geht es nicht.", "room": "failed"}
    await send(web, "alma", at, "report", **given)
    report = words_of((await web.dora.get(at)).text)
    assert "Menschen: Ohne geht es nicht." in report
    public = (await web.nobody.get(f"/geschichten/{slug}")).text
    said = words_of(public)
    assert "An einem anderen Ort versucht." in said
    assert "Menschen: einmal übernommen" in said
    assert "Raum: einmal gescheitert" in said
    assert "Ohne geht es nicht" not in said
    assert "Pirna" not in said, "an idea that nobody has opened is counted, and not named"
    assert f'href="{at}"' in (await web.alma.get(f"/ideen/{idea}")).text
    seen = (await web.dora.get(f"/api/v1/ideas/{idea}/replication")).json()
    assert (seen["state"], seen["carried"]) == ("closed", {"people": "taken", "room": "failed"})


async def test_a_team_that_does_not_wish_to_be_asked_is_not(web: Web) -> None:
    slug = await tell_story(web, contact=False)
    idea = await begin(web, slug, "Lotsen in Pirna")
    async with web.database.session() as session:
        row = await session.get_one(StandingRow, case_id(REPLICATION, idea))
        assert (row.state, row.holder_id) == ("trying", ALMA)
        assert (await session.get_one(Idea, idea)).after_id is not None
    assert await begin_replications(web.database, web.services.engine, web.services.policy) == 0
    assert (await web.nobody.get(f"/geschichten/{slug}-weg/starten")).status_code == 404


async def test_a_program_hands_in_after_a_story_once_and_after_no_other(web: Web) -> None:
    slug, words = await tell_story(web, contact=False), {"title": "Lotsen in Pirna", "summary": "Wie dort."}
    keyed: dict[str, Any] = {"params": {"after": slug}, "json": words, "headers": {"Idempotency-Key": "lotsen"}}
    idea = (await web.alma.post("/api/v1/ideas", **keyed)).json()["id"]
    refused = await web.alma.post("/api/v1/ideas", params={"after": "gibt-es-nicht"}, json=words)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "after")
    async with web.database.transaction() as session:
        story = (await session.exec(select(PublishedStory).where(PublishedStory.slug == slug))).one()
        assert (await session.get_one(Idea, idea)).after_id == story.idea_id
        story.taken_down_at = utc_now()
    again = await web.alma.post("/api/v1/ideas", **keyed)
    assert (again.status_code, again.json()["id"]) == (201, idea), "a repeat finds it, whatever became of the story"
    other = await web.alma.post("/api/v1/ideas", **keyed | {"params": {}})
    assert other.status_code == 422, "and is no other request"
    draft = await web.alma.post("/api/v1/drafts", params={"after": slug}, json=words)
    assert draft.status_code == 422, "nobody reads the story any more"


async def test_what_carried_over_is_told_in_a_sentence_for_each_ingredient_and_copies_only_where_they_are_public(
    still_web: Web,
) -> None:
    slug = await tell_story(still_web, contact=True)
    async with still_web.database.session() as session:
        original = (await session.exec(select(PublishedStory.idea_id).where(PublishedStory.slug == slug))).one()
    told = [(Ingredient.PEOPLE, CarryOver.TAKEN), (Ingredient.ROOM, CarryOver.FAILED)]
    for n, became in enumerate((CarryOver.TAKEN, CarryOver.ADAPTED, None)):
        idea = await write_idea(still_web.database, title=f"Kopie {n}", after_id=original)
        carried = dict([*told, (Ingredient.MONEY, became)]) if became is not None else {}
        standing = begin_quietly(utc_now(), idea, original, ALMA, asks=False).standing
        snapshot = standing.model_copy(update={"carried": carried}).model_dump(mode="json")
        state = "closed" if carried else "trying"
        await write_beside(still_web.database, idea, REPLICATION, number=0, state=state, snapshot=snapshot)
        if n == 0:
            async with still_web.database.transaction() as session:
                await write_story(session, idea, state="published")
    page = (await still_web.nobody.get(f"/geschichten/{slug}")).text
    assert mistakes_in(page) == []
    said = words_of(page)
    assert "An 3 anderen Orten versucht. 2 davon haben berichtet:" in said
    assert "Menschen: überall übernommen" in said
    assert "Raum: nirgends übernommen" in said
    assert "Geld: einmal übernommen, einmal angepasst" in said
    assert "Kopie 0" in said
    assert "Kopie 1" not in said, "its story is not public"


async def send(web: Web, who: str, at: str, event: str, **values: str) -> None:
    """Take a step that the page offers."""
    client = getattr(web, who)
    assert f'value="{event}"' in (await client.get(at)).text
    sent = await client.post(f"{at}/schritte", data={"event": event} | values, headers=OWN_SITE)
    assert sent.status_code == 303, words_of(sent.text)
