"""Taking part in a story: proved by letter, shown by a lead, answered by the team, and reported where it is wrong."""

import asyncio
import re
from functools import partial

import httpx
import pytest
from sqlmodel import col, select

from activities.upkeep.anonymise import forget_words
from activities.upkeep.contributions import forget_contributions, let_contributions_go, tell_of_contributions
from api.runtime.rate_limiter import Rate
from api.use_cases.contributions import end_forgotten
from api.use_cases.personal_data import gather_own_data, write_json
from api.web.rate_limits import LIMITS, Limited
from models.messages.upkeep import ErasureCounts
from models.queries.contributions import count_waiting
from models.secrets import hash_secret
from models.tables import (
    Account,
    Contribution,
    ContributionReport,
    Document,
    MailboxMessage,
    NoticeRow,
    Picture,
    PublishedStory,
    StandingRow,
)
from models.tables.columns import new_id, utc_now
from models.workflow_ids import CONTRIBUTION, case
from tests.api.conftest import Web, until
from tests.api.pages.conftest import OWN_SITE, form_with, words_of
from tests.contributions import begin, standing_of, write_report
from tests.factories import ALMA, CARLA, write_idea, write_story
from tests.public_stories import OUTCOME, take_down
from tests.public_stories import publish as publish_story

GUSTAV, GERDA = "gustav@example.org", "gerda@example.org"
ASKED = "Darf auch meine Nachbarin mitmachen?"


async def publish(web: Web) -> str:
    """Alma's story, whose team wishes to be asked; returns its idea."""
    idea = await write_idea(web.database, title="Lotsen für alle")
    async with web.database.transaction() as session:
        await write_story(session, idea, state="published")
        (await session.get_one(PublishedStory, idea)).contact = True
    return idea


async def write(web: Web, sort: str = "question", body: str = ASKED, **fields: str) -> httpx.Response:
    path = "/geschichten/lotsen-fuer-alle/mitreden"
    form = form_with((await web.nobody.get(path)).text, path)
    given = {"art": sort, "text": body, "mail": GUSTAV, "name": "Gustav"}
    return await web.nobody.post(path, data=form.values | given | fields, headers=OWN_SITE)


async def read_mails(web: Web, email: str, holding: str) -> list[MailboxMessage]:
    """What has come to an address, the latest last."""
    async with web.database.session() as session:
        theirs = select(MailboxMessage).where(MailboxMessage.recipient == email)
        found = (await session.exec(theirs.order_by(col(MailboxMessage.sent_at)))).all()
    return [mail for mail in found if holding in mail.body]


async def read_link(web: Web, email: str = GUSTAV, mails: int = 1) -> str:
    """The way to one's contribution in the newest mail that has it, as soon as so many have come. None of them says
    what was written."""

    async def have_come() -> bool:
        return len(await read_mails(web, email, "/mitreden/")) >= mails

    await until(have_come)
    found = (await read_mails(web, email, "/mitreden/"))[-1]
    for words in (ASKED, "Gustav", "Lotsen"):
        assert words not in found.subject + found.body + found.html
    link = re.search(r"http://\S+?(/mitreden/\S+)", found.body)
    assert link is not None, found.body
    return link[1]


async def have_come(web: Web, email: str, holding: str) -> bool:
    return bool(await read_mails(web, email, holding))


async def prove(web: Web, mails: int = 1) -> str:
    path = await read_link(web, mails=mails)
    assert ASKED in words_of((await web.nobody.get(path)).text)
    assert (await web.nobody.post(path, data={"antwort": "ja"}, headers=OWN_SITE)).status_code == 303
    return path


async def state_of(web: Web, number: int = 1) -> str:
    async with web.database.session() as session:
        rows = select(StandingRow.state).where(StandingRow.kind == CONTRIBUTION, StandingRow.number == number)
        return (await session.exec(rows)).one()


async def decide(web: Web, event: str, **fields: str) -> httpx.Response:
    """Carla ticks all that waits, and looks once more. A single one is ticked already."""
    page = (await web.carla.get("/beitraege")).text
    ids = re.findall(r'name="beitrag" value="([^"]+)"', page)
    assert (len(ids) == 1) == (f'value="{ids[0]}" checked>' in page)
    preview = await web.carla.post("/beitraege", data={"beitrag": ids, "event": event}, headers=OWN_SITE)
    assert preview.status_code == 200, preview.text
    form = form_with(preview.text, "/beitraege")
    return await web.carla.post("/beitraege", data={**form.values, "beitrag": ids, **fields}, headers=OWN_SITE)


async def test_a_question_is_shown_once_its_address_is_proved_and_a_lead_has_read_it(web: Web) -> None:
    idea = await publish(web)
    async with web.database.session() as session:
        mail_of_alma = (await session.get_one(Account, ALMA)).email
    asks = "/geschichten/lotsen-fuer-alle/mitreden?art=question"
    assert f'href="{asks}"' in (await web.nobody.get("/geschichten/lotsen-fuer-alle")).text
    offered = form_with((await web.nobody.get(asks)).text, asks.partition("?")[0]).values
    assert "kontakt" not in offered, "nobody agrees by not looking"
    sent = await write(web, offered["art"], kontakt="true")
    assert sent.status_code == 303, words_of(sent.text)
    assert ASKED not in (await web.carla.get("/beitraege")).text
    await prove(web)
    assert await state_of(web) == "received"
    assert "1 Beitrag Was zuerst fällig ist" in words_of((await web.carla.get("/heute")).text)
    public = "/geschichten/lotsen-fuer-alle"
    assert ASKED not in (await web.nobody.get(public)).text
    assert ASKED not in (await web.alma.get(f"/ideen/{idea}/beitraege")).text
    path = f"/ideen/{idea}/beitraege"
    assert (
        f'ob es gezeigt wird.</p><a class="button primary" href="{path}"'
        in (await web.carla.get(f"/ideen/{idea}")).text
    )
    assert (await decide(web, "show")).status_code == 303
    shown = words_of((await web.nobody.get(public)).text)
    assert ASKED in shown
    assert "Das Team antwortet bis" in shown
    assert GUSTAV not in shown
    await read_link(web, mails=2)
    asks_alma = f'wartet auf Ihre Antwort.</p><a class="button primary" href="{path}"'
    assert asks_alma in (await web.alma.get(f"/ideen/{idea}")).text
    form = form_with((await web.alma.get(path)).text, f"{path}/1")
    empty = await web.alma.post(form.action, data=form.values, headers=OWN_SITE)
    assert empty.status_code == 422
    assert GUSTAV not in (await web.alma.get(path)).text, "the team has not said yes"
    said = form.values | {"note": "Ja, gern.", "contact": "true"}
    assert (await web.alma.post(form.action, data=said, headers=OWN_SITE)).status_code == 303
    of_idea = (await web.alma.get(f"/ideen/{idea}")).text
    assert (asks_alma in of_idea, of_idea.count(f'href="{path}"')) == (False, 1), "it stands with the story"
    assert "Antwort des Teams Ja, gern." in words_of((await web.nobody.get(public)).text)
    assert GUSTAV in (await web.alma.get(path)).text
    for reader, other in ((GUSTAV, mail_of_alma), (mail_of_alma, GUSTAV)):
        await until(partial(have_come, web, reader, other))
    state = await web.services.engine.case_state(case(CONTRIBUTION, idea, 1))
    assert not {GUSTAV, mail_of_alma} & set(re.findall(r"[^\"]+@[^\"]+", state.model_dump_json()))
    mine = await read_link(web, mails=3)
    written = (await web.nobody.get(mine)).text
    its_page = words_of(written)
    assert f'href="{public}">Ansehen, wo der Beitrag steht' in written
    assert "Ja, gern." in its_page
    assert "Sie haben beide zugestimmt" in its_page
    listed = (await web.alma.get(f"/api/v1/ideas/{idea}/contributions")).json()
    assert [(one["state"], one["said"], one["allowed_events"]) for one in listed] == [("answered", "Ja, gern.", [])]
    # Its author wants it gone.
    assert (await web.nobody.post(mine, data={"antwort": "nein"}, headers=OWN_SITE)).status_code == 303
    assert ASKED not in (await web.nobody.get(public)).text
    assert (await web.nobody.get(mine)).status_code == 410


async def test_who_confirms_twice_at_once_has_one_contribution(web: Web) -> None:
    await publish(web)
    await write(web)
    link = await read_link(web)
    await asyncio.gather(*(web.nobody.post(link, data={"antwort": "ja"}, headers=OWN_SITE) for _ in range(4)))
    async with web.database.session() as session:
        cases = (await session.exec(select(StandingRow.number).where(StandingRow.kind == CONTRIBUTION))).all()
        numbers = (await session.exec(select(Contribution.number))).all()
    assert (numbers, cases) == ([1], [1])
    await write(web)
    link = await read_link(web, mails=2)
    said = [web.nobody.post(link, data={"antwort": word}, headers=OWN_SITE) for word in ("ja", "nein") * 3]
    assert {answer.status_code for answer in await asyncio.gather(*said)} == {303}
    async with web.database.transaction() as session:
        # As an erasure does, which knows no case of somebody without an account.
        await forget_contributions(session, col(Contribution.number) == 1)
    assert await end_forgotten(web.services) >= 1
    assert await end_forgotten(web.services) == 0
    assert await state_of(web) == "withdrawn"


async def write_rows(web: Web) -> tuple[str, str, str]:
    """One that waits for a lead, and one that everybody reads and somebody has reported; the ids, and that of the
    report."""
    idea = await publish(web)
    ids = []
    async with web.database.transaction() as session:
        for number, state in ((1, "received"), (2, "shown")):
            row = Contribution(idea_id=idea, number=number, sort="hint", body=ASKED, email=GUSTAV, language="de")
            session.add(row)
            session.add(standing_of(begin(idea, utc_now(), number, owner_id=ALMA).standing, state))
            ids.append(row.id)
    return ids[0], ids[1], await write_report(web.database, ids[1])


async def test_nobody_decides_on_what_is_written_to_their_own_idea(still_web: Web) -> None:
    waiting, shown, report = await write_rows(still_web)

    async def let_carla_in(team: dict[str, str]) -> int:
        async with still_web.database.transaction() as session:
            idea = (await session.get_one(Contribution, shown)).idea_id
            (await session.get_one(StandingRow, idea)).team = team
            await session.flush()
            return int((await session.exec(select(count_waiting(CARLA)))).one())

    assert await let_carla_in({CARLA: "observer"}) == 0
    page = (await still_web.carla.get("/beitraege")).text
    assert (ASKED in page, report in page) == (False, False)
    ticked = {"beitrag": waiting, "event": "show"}
    preview = await still_web.carla.post("/beitraege", data=ticked, headers=OWN_SITE)
    assert preview.headers["location"].endswith("meldung=not_waiting")
    away = {"entscheidung": "weg", "text": "Das ist ungerecht."}
    decided = await still_web.carla.post(f"/beitraege/meldungen/{report}", data=away, headers=OWN_SITE)
    assert decided.status_code == 404
    await tell_of_contributions(still_web.database, still_web.services.engine, still_web.services.today())
    async with still_web.database.session() as session:
        assert (await session.get_one(ContributionReport, report)).decided_at is None
        assert (await session.get_one(Contribution, shown)).taken_away_at is None
        assert (await session.exec(select(NoticeRow))).all() == []
    assert await let_carla_in({}) == 2
    page = (await still_web.carla.get("/beitraege")).text
    assert (page.count(ASKED), report in page) == (2, True)
    decided = await still_web.carla.post(f"/beitraege/meldungen/{report}", data=away, headers=OWN_SITE)
    assert decided.status_code == 303
    async with still_web.database.transaction() as session:
        (await session.get_one(Contribution, shown)).hash = hash_secret("geheim")
    told = words_of((await still_web.nobody.get("/mitreden/geheim")).text)
    assert "Das ist ungerecht." in told, "its author reads why, also where the case had ended before"


async def test_with_its_story_what_was_written_to_it_is_read_by_nobody(still_web: Web) -> None:
    _, shown, _ = await write_rows(still_web)
    path = f"/beitraege/{shown}/melden"
    form = form_with((await still_web.nobody.get(path)).text, path).values
    async with still_web.database.session() as session:
        idea = (await session.get_one(Contribution, shown)).idea_id
    await take_down(still_web.database, idea)
    gone = await still_web.nobody.get(path)
    assert (gone.status_code, ASKED in gone.text) == (404, False)
    given = form | {"grund": "personal", "text": "Das bin ich."}
    assert (await still_web.nobody.post(path, data=given, headers=OWN_SITE)).status_code == 404


async def test_several_are_refused_at_once_with_a_reason_that_their_author_reads(web: Web) -> None:
    await publish(web)
    for sort in ("hint", "support"):
        await write(web, sort)
    await prove(web, 2)
    await web.nobody.get("/")
    async with web.database.session() as session:
        first = (await session.exec(select(Contribution).where(col(Contribution.number).is_(None)))).one()
    assert first.number is None
    assert (await decide(web, "refuse")).status_code == 422
    done = await decide(web, "refuse", reason="advertising", note="Bitte ohne Preisliste.")
    assert done.headers["location"] == "/beitraege?meldung=contributions_decided"
    told = words_of((await web.nobody.get(await read_link(web, mails=3))).text)
    assert "Werbung" in told
    assert "Bitte ohne Preisliste." in told
    assert (await decide_none(web)).headers["location"] == "/beitraege?meldung=choose_some"


async def decide_none(web: Web) -> httpx.Response:
    return await web.carla.post("/beitraege", data={"event": "show"}, headers=OWN_SITE)


async def test_what_was_rightly_reported_is_gone_at_once_and_both_are_told(web: Web) -> None:
    await publish(web)
    await write(web)
    await prove(web)
    await decide(web, "show")
    async with web.database.session() as session:
        shown = (await session.exec(select(Contribution))).one()
    path = f"/beitraege/{shown.id}/melden"
    form = form_with((await web.nobody.get(path)).text, path)
    assert (await web.nobody.post(path, data=form.values, headers=OWN_SITE)).status_code == 422
    given = {"grund": "personal", "text": "Das bin ich.", "mail": GERDA}
    assert (await web.nobody.post(path, data=form.values | given, headers=OWN_SITE)).status_code == 303
    async with web.database.session() as session:
        report = (await session.exec(select(ContributionReport))).one()
    decision = f"/beitraege/meldungen/{report.id}"
    assert "Das bin ich." in (await web.carla.get("/beitraege")).text
    await web.carla.post(decision, data={"entscheidung": "weg"}, headers=OWN_SITE)
    assert ASKED in (await web.nobody.get("/geschichten/lotsen-fuer-alle")).text, "nobody decides without a reason"
    sent = {"entscheidung": "weg", "text": "Es nennt eine Person."}
    assert (await web.carla.post(decision, data=sent, headers=OWN_SITE)).status_code == 303
    assert ASKED not in (await web.nobody.get("/geschichten/lotsen-fuer-alle")).text
    assert (await web.nobody.get(path)).status_code == 404
    assert await state_of(web) == "refused"
    told = words_of((await web.nobody.get(await read_link(web, mails=3))).text)
    assert "Es nennt eine Person." in told

    async def is_told() -> bool:
        async with web.database.session() as session:
            mails = select(MailboxMessage.body).where(MailboxMessage.recipient == GERDA)
            return any("entfernt" in body and "Person" not in body for body in await session.exec(mails))

    await until(is_told)


async def test_what_is_wrong_is_named_and_programs_are_told(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(still_web)
    wrong = await write(still_web, "", "", mail="gustav@")
    assert wrong.status_code == 422
    told = words_of(wrong.text)
    for words in ("Bitte wählen Sie, was Sie beitragen möchten.", "Bitte geben Sie eine E-Mail-Adresse an"):
        assert words in told
    trapped = await write(still_web, leer="x")
    assert (trapped.status_code, ASKED in trapped.text) == (422, True), "people send it again, and nothing is lost"
    assert (await still_web.nobody.get("/geschichten/gibt-es-nicht/mitreden")).status_code == 404
    monkeypatch.setitem(LIMITS, Limited.CONTRIBUTE, Rate(0, 3600))
    assert (await write(still_web)).status_code == 429, "of one network there are not many in an hour"
    async with still_web.database.session() as session:
        assert (await session.exec(select(Contribution))).first() is None


async def test_an_export_has_pictures_figures_and_contributions_and_an_erasure_takes_them(still_web: Web) -> None:
    parts = {"outcomes": [OUTCOME]}
    idea = await publish_story(still_web.database, "Lotsen für alle", parts=parts, picture={})
    async with still_web.database.transaction() as session:
        alma = await session.get_one(Account, ALMA)
        for email in (alma.email, GUSTAV):
            words = Contribution(id=new_id(), idea_id=idea, sort="hint", body=ASKED, email=email, language="de")
            session.add(words)
        await session.flush()
        words.number = 1
        session.add(ContributionReport(contribution_id=words.id, reason="insult", body=ASKED, language="de"))
        told = write_json(await gather_own_data(session, alma))
        (own,) = told["ideas"]
        assert own["documents"][0]["parts"]["outcomes"] == parts["outcomes"]
        assert ([one["body"] for one in told["contributions"]], len(told["pictures"])) == ([ASKED], 1)
        await forget_words(session, [idea], ErasureCounts())
        for table in (Picture, Document, PublishedStory):
            assert (await session.exec(select(table))).all() == [], table
        assert not any(one.body or one.email for one in (await session.exec(select(Contribution))).all())
        assert (await session.exec(select(ContributionReport))).one().body == "", "it may quote what is gone"


async def test_leads_hear_once_a_day_and_what_has_had_its_time_goes(still_web: Web) -> None:
    idea = await publish(still_web)
    await write(still_web)
    today, database = still_web.services.today(), still_web.database
    for _ in range(2):
        await tell_of_contributions(database, still_web.services.engine, today)
    async with database.transaction() as session:
        assert (await session.exec(select(NoticeRow))).all() == []
        session.add(standing_of(begin(idea, utc_now(), owner_id=ALMA).standing))
    for _ in range(2):
        await tell_of_contributions(database, still_web.services.engine, today)
    async with database.transaction() as session:
        told = (await session.exec(select(NoticeRow.account_id, NoticeRow.kind))).all()
        assert list(told) == [(CARLA, "contributions_wait")]
        await let_contributions_go(session, utc_now(), utc_now())
        assert (await session.exec(select(Contribution))).one().email == GUSTAV
        row = (await session.exec(select(Contribution))).one()
        row.expires_at = utc_now()
        await session.flush()
        await let_contributions_go(session, utc_now(), utc_now())
        assert (await session.exec(select(Contribution))).first() is None
