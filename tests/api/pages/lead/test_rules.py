"""The page of the rules, and the dry run of others: what is told, what is refused, and that nothing is kept of it."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlmodel import select

from api.use_cases.rules import find_carried
from models.cases.calendar import calendar_of
from models.i18n import texts_in
from models.lifecycles import BESIDE
from models.queries.rulebooks import note_rules
from models.rules.deadlines import upcoming
from models.tables import KeptForm, RulebookRow, StandingRow, TimelineEntry
from models.tables.columns import utc_now
from models.workflow_ids import CROWDFUNDING
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, FormOnPage, forms_of, words_of
from tests.api.test_crawl import faults_of_summary
from tests.api.use_cases.simulation.test_ahead import walk
from tests.cast import PIPELINE
from tests.factories import CARLA, carla, command, write_beside
from tests.html import mistakes_in

HOME = "/leitung/regeln"
TEXT = PIPELINE.read_text(encoding="utf-8").replace("undo_seconds = 60", "undo_seconds = 0")
"""As the installation of the tests has it."""


async def run(web: Web, text: str = "", file: bytes | None = None, **more: str) -> Any:
    files = {"datei": ("anders.toml", file) if file is not None else ("", b"")}
    return await web.carla.post(HOME, data={"text": text, **more}, files=files, headers=OWN_SITE)


def form_on(page: str) -> FormOnPage:
    return next(form for form in forms_of(page) if form.action == HOME)


async def read_all(web: Web) -> list[Any]:
    async with web.database.session() as session:
        tables: tuple[Any, ...] = (StandingRow, TimelineEntry, RulebookRow, KeptForm)
        return [row.model_dump() for table in tables for row in (await session.exec(select(table))).all()]


async def test_a_lead_reads_the_rules_and_tries_others_of_which_nothing_is_kept(still_web: Web) -> None:
    web = still_web
    for _ in range(2):
        await note_rules(web.database, web.services.policy, utc_now())
    idea = await walk(web.database, command("request_clarification", carla))
    before = await read_all(web)
    page = await web.carla.get(HOME)
    words = words_of(page.text)
    assert "14 Tage 7 Tage vorher, 2 Tage vorher 5 Arbeitstage danach" in words
    assert f"{utc_now().astimezone(web.services.policy.zone):%d.%m.%Y}" in words, "since today"
    assert 'href="/leitung/regeln" aria-current="page"' in page.text
    assert "[limits.identify.screening]" in form_on(page.text).values["text"]
    assert len([row for row in before if "digest" in row]) == 1 + len(BESIDE), "noted once for each kind"

    assert "Nichts ändert sich" in words_of((await run(web, TEXT)).text)
    shorter = TEXT.replace(
        '[limits.identify.clarification]\nlimit = "14d"', '[limits.identify.clarification]\nlimit = "5d"'
    )
    told = words_of((await run(web, shorter)).text)
    assert "Nichts verschiebt sich" in told
    assert "5 Tage (bis" in told
    assert "1 Fall" in told
    assert "limits.identify.clarification.limit" in told
    later = TEXT.replace('send_at = "08:00"', 'send_at = "16:00"').encode()
    page = await run(web, "not even TOML", file=b"\xef\xbb\xbf" + later, jahr="1")
    told = words_of(page.text)
    assert "verschieben sich 4 Zeitpunkte" in told
    assert ", 16:00" in told
    assert f'href="/ideen/{idea}"' in page.text
    assert "Das kommende Jahr, durchgespielt" in told
    assert await read_all(web) == before, "it only reads"


async def test_what_is_no_pipeline_is_refused_by_line_or_key_and_stays_in_its_place(still_web: Web) -> None:
    wrong = TEXT.replace('limit = "10wd"', 'limit = "ten"', 1)
    for text, says in (
        (wrong, "limits.identify.screening.limit"),
        ("[calendar]\ntimezone = Europe", "line 2"),
        ("", "limits: Field required"),
        ("Ä" * 10_001, "line 1"),
        ('"<zaun>{{7*7}}" = 1', "<zaun>{{7*7}}: Extra inputs"),
    ):
        page = await run(still_web, text)
        assert page.status_code == 422
        assert says in words_of(page.text)
        assert form_on(page.text).values["text"].strip() == text.strip()
        assert faults_of_summary(page.text, "de") == []
        assert mistakes_in(page.text) == []
    for large in (await run(still_web, "#" * 100_001), await run(still_web, TEXT, file=b"#" * 100_001)):
        assert (large.status_code, form_on(large.text).values["text"]) == (422, "")
        assert "größer als 100 kB" in words_of(large.text)


async def test_what_comes_next_of_a_case_is_reckoned_by_the_rules_that_it_carries(still_web: Web) -> None:
    """An old one keeps its Mondays off and hears in the afternoon, after a restart with other rules."""
    web, now = still_web, utc_now()
    services, zone = web.services, web.services.policy.zone
    today = services.today()
    mondays = tuple(day for n in range(90) if (day := today + timedelta(days=n)).weekday() == 0)
    calendar = services.policy.calendar.model_copy(update={"closed": mondays, "send_at": time(16)})
    before = services.policy.model_copy(update={"calendar": calendar})
    await note_rules(web.database, before, now - timedelta(days=9))
    await note_rules(web.database, services.policy, now)
    last_days = []
    for policy, hour in ((before, 16), (services.policy, 8)):
        idea = await walk(web.database, policy=policy)
        async with web.database.session() as session:
            standing = (await session.get_one(StandingRow, idea)).standing()
        coming = [one.at for one in upcoming(standing, calendar_of(policy.rulebook(today)))]
        assert {at.astimezone(zone).hour for at in coming} == {hour}
        shown = (await web.read(idea, CARLA))["upcoming"]
        assert [datetime.fromisoformat(one["at"]) for one in shown] == coming
        days = [texts_in("de").day(at.astimezone(zone).date()) for at in coming]
        told = words_of((await web.carla.get(f"/ideen/{idea}")).text)
        assert all(day in told for day in days)
        last_days.append(days[-1])
    assert last_days[0] != last_days[1]

    carried = before.rulebook(today, CROWDFUNDING).digest
    for number, (policy, digest) in enumerate(((before, carried), (services.policy, "of nobody"))):
        beside = await write_beside(web.database, idea, number=number, rulebook_digest=digest)
        async with web.database.session() as session:
            row = await session.get_one(StandingRow, beside)
        assert await find_carried(services, row) == policy.rulebook(today, CROWDFUNDING)
