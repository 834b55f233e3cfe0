"""Two accounts of one person become one, for whoever proves both; and nobody gets anything by proving one."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col, select

from activities.upkeep.account_rows import MOVED, STAYING
from models.tables import (
    Account,
    AuditEntry,
    Authenticator,
    Feedback,
    Idea,
    Invitation,
    Note,
    NoticeSettings,
    SessionRow,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, FeedbackKind, Role, Share
from tests.api.conftest import Web, open_client
from tests.api.pages.account.test_address_change import address_of, link_to, want
from tests.api.pages.conftest import OWN_SITE, begin, words_of
from tests.api.sign_in_mails import sign_in
from tests.factories import ALMA, BEN, CARLA, DORA
from tests.teams import write_invitation

OLD = "dora@example.org"


async def prove_both(web: Web, browser: httpx.AsyncClient) -> str:
    """Alma is signed in here, and has the mail that went to Dora's address: both are hers."""
    await sign_in(web, browser, ALMA)
    await want(browser, OLD)
    return await link_to(web, OLD)


async def merge(browser: httpx.AsyncClient, link: str, **fields: str) -> httpx.Response:
    return await browser.post(f"{link}/zusammenfuehren", data=fields, headers=OWN_SITE)


async def owner_of(web: Web, idea_id: str) -> str:
    async with web.database.session() as session:
        return (await session.get_one(StandingRow, idea_id)).owner_id


async def hand_in_as_dora(web: Web, title: str) -> str:
    answer = await web.dora.post(
        "/api/v1/ideas",
        json={"title": title, "summary": "Kurz und gut.", "district": "DED21", "themes": ["care"]},
    )
    assert answer.status_code == 201, answer.text
    await web.until_shown(answer.json()["id"], 1)
    return str(answer.json()["id"])


async def test_everything_of_the_second_account_goes_to_the_first(web: Web) -> None:
    under_way = await hand_in_as_dora(web, "Doras offene Idee")
    over = await hand_in_as_dora(web, "Doras beendete Idee")
    await web.ask(CARLA, over, "decline", reason="Nicht bei uns.")
    await web.ask(DORA, under_way, "write_note", note="Von mir selbst.")
    hers = await web.hand_in(title="Almas Idee")
    foreign = await web.bring_to("planning", title="Mit Team")
    await begin(web.dora)
    async with web.database.transaction() as session:
        session.add(NoticeSettings(account_id=DORA, turn="daily"))
        session.add(
            Feedback(
                kind=FeedbackKind.PRAISE,
                body="Gut.",
                email=OLD,
                language="de",
                author_id=DORA,
                due_on=web.services.today(),
            )
        )
    await write_invitation(web.database, hers, OLD)
    await web.services.engine.command(foreign, join(foreign))
    await web.until_shown(foreign, 2)
    async with open_client(web.app) as alma:
        link = await prove_both(web, alma)
        page = words_of((await alma.get(link)).text)
        for said in ("Doras offene Idee", "Doras beendete Idee", "Begonnene Ideen: 1", OLD):
            assert said in page
        assert await owner_of(web, under_way) == DORA
        answer = await merge(alma, link, adresse="neu")
        assert answer.status_code == 200, words_of(answer.text)
        assert "Aus zwei Konten ist eines geworden" in words_of(answer.text)
        for idea_id in (under_way, over):
            assert await owner_of(web, idea_id) == ALMA
            assert (await alma.get(f"/ideen/{idea_id}")).status_code == 200
        assert (await web.services.engine.state(under_way)).standing.owner_id == ALMA
        assert (await alma.get(link)).status_code == 410
    # Nobody is Dora any more.
    assert (await web.dora.get("/api/v1/me")).status_code == 401
    assert await address_of(web, ALMA) == OLD
    async with web.database.session() as session:
        dora = await session.get_one(Account, DORA)
        assert (dora.email, dora.name, dora.roles) == (f"{DORA}@erased.invalid", "", [])
        assert dora.erased_at is not None
        for table, name in MOVED:
            left = select(table).where(getattr(table, name) == DORA)
            assert (await session.exec(left)).all() == [], (table, name)
        ended = (await session.exec(select(TimelineEntry).where(TimelineEntry.case_id == over))).all()
        assert not any(DORA in str(entry.snapshot) + str(entry.facts) for entry in ended)
        assert (await session.get_one(NoticeSettings, ALMA)).turn == "daily"
        assert {note.author_id for note in (await session.exec(select(Note))).all()} <= {ALMA, CARLA, BEN}
        assert (await session.exec(select(Invitation.email))).one() == OLD
        assert {idea.erased_at for idea in (await session.exec(select(Idea))).all()} == {None}
        told = (await session.exec(select(AuditEntry).where(AuditEntry.event == AuditEvent.ACCOUNTS_MERGED))).one()
    assert (told.account_id, told.subject_id) == (ALMA, DORA)
    assert told.facts["rows"]["idea"] == 1
    # The words of the ideas are as they were.
    assert "Doras offene Idee" in str(await web.read(under_way))


def join(_idea_id: str) -> Any:
    from models.messages.commands import ENGINE
    from tests.factories import command

    return command("join_team", ENGINE, member_id=DORA, share=Share.COLLABORATOR)


async def test_a_place_in_a_team_moves_and_in_ones_own_team_nobody_is_twice(web: Web) -> None:
    own = await web.bring_to("planning", title="Almas eigene")
    await web.services.engine.command(own, join(own))
    async with open_client(web.app) as alma:
        link = await prove_both(web, alma)
        assert (await merge(alma, link)).status_code == 200
    standing = (await web.services.engine.state(own)).standing
    assert (standing.owner_id, standing.team) == (ALMA, {})
    # The address that was not wanted is free again.
    assert await address_of(web, ALMA) == "alma@example.org"


async def test_whoever_is_interrupted_goes_on_where_it_broke_off(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    ideas = [await hand_in_as_dora(web, f"Idee {number}") for number in range(3)]
    async with open_client(web.app) as alma:
        link = await prove_both(web, alma)

        async def crash(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as broken:
            broken.setattr("api.use_cases.account_merge.move_rows", crash)
            assert (await merge(alma, link, adresse="neu")).status_code >= 500
        assert {await owner_of(web, idea_id) for idea_id in ideas} == {ALMA}
        assert await address_of(web, DORA) == OLD
        assert "zusammenführen" in words_of((await alma.get(link)).text)
        assert (await merge(alma, link, adresse="neu")).status_code == 200
    assert await address_of(web, ALMA) == OLD
    for idea_id in ideas:
        async with web.database.session() as session:
            steps = select(TimelineEntry.event).where(TimelineEntry.case_id == idea_id)
            assert (await session.exec(steps)).all().count("change_owner") == 1


@pytest.mark.parametrize("staff", [ALMA, DORA])
async def test_rights_over_others_never_move_by_merging(web: Web, staff: str) -> None:
    async with open_client(web.app) as alma:
        link = await prove_both(web, alma)
        async with web.database.transaction() as session:
            roles = update(Account).where(col(Account.id) == staff).values(roles=[Role.INNOVATOR, Role.COACH])
            await session.exec(roles)
        for answer in (await alma.get(link), await merge(alma, link)):
            assert answer.status_code == 409
            assert "Bitten Sie eine Leitung" in words_of(answer.text)
    assert await address_of(web, DORA) == OLD


async def test_the_mail_alone_takes_over_no_account_with_a_second_factor(web: Web) -> None:
    hers = await hand_in_as_dora(web, "Hinter der App")
    async with web.database.transaction() as session:
        # The one that only was offered protects nothing yet.
        session.add(Authenticator(account_id=DORA, secret="x", confirmed_at=utc_now()))
        session.add(Authenticator(account_id=ALMA, offered="x"))
    async with open_client(web.app) as alma:
        link = await prove_both(web, alma)
        for answer in (await alma.get(link), await merge(alma, link), await merge(alma, link, adresse="neu")):
            assert answer.status_code == 409
            assert "mit einer Authenticator-App gesichert" in words_of(answer.text)
            assert "Hinter der App" not in answer.text
        assert await owner_of(web, hers) == DORA
        assert (await web.dora.get("/api/v1/me")).status_code == 200, "nothing of theirs has ended"
        async with web.database.transaction() as session:
            await session.exec(update(Authenticator).values(confirmed_at=None, secret=None))
        assert (await merge(alma, link)).status_code == 200
        assert await owner_of(web, hers) == ALMA


async def test_nobody_merges_with_a_mail_alone_or_with_an_old_sign_in(web: Web) -> None:
    async with open_client(web.app) as alma, open_client(web.app) as dora, open_client(web.app) as nobody:
        link = await prove_both(web, alma)
        await sign_in(web, dora, DORA)
        assert (await merge(dora, link)).status_code == 410
        assert (await merge(nobody, link)).status_code == 401
        async with web.database.transaction() as session:
            await session.exec(
                update(SessionRow).values(proved_at=SessionRow.proved_at - web.services.settings.step_up_within)
            )
        assert (await merge(alma, link)).status_code == 403
        # An address change by the other door is none, either.
        assert (await alma.post(link, data={}, headers=OWN_SITE)).status_code == 410
    assert await address_of(web, DORA) == OLD
    assert await address_of(web, ALMA) == "alma@example.org"


def test_every_reference_to_an_account_moves_or_has_a_reason_to_stay() -> None:
    found = {
        f"{table.name}.{key.parent.name}"
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "account"
    }
    moved = {f"{place.table.__tablename__}.{place.column}" for place in MOVED}
    assert found - moved == set(STAYING)
    assert not moved & set(STAYING)
