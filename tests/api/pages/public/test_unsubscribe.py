"""Ending messages of a kind: with one click from a mail program, and never by looking."""

import pytest

from activities.mails.links import Refused
from api.use_cases.check_in_replies import links_of
from models.rules.notice_timing import CHOICES
from models.tables import NoticeSettings
from models.tables.columns import new_id
from models.vocabulary import NoticeGroup, Rhythm
from tests.api.conftest import Web
from tests.api.pages.conftest import words_of
from tests.factories import ALMA, CARLA

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_of(web: Web, group: NoticeGroup, account_id: str = ALMA) -> str:
    links = links_of(web.services)
    return links.unsubscribe(Refused(account_id, group)).removeprefix(links.base_url)


async def settings_of(web: Web, account_id: str = ALMA) -> NoticeSettings | None:
    async with web.database.session() as session:
        return await session.get(NoticeSettings, account_id)


async def test_a_mail_program_ends_the_news_with_one_click(still_web: Web) -> None:
    for _ in range(2):
        answer = await still_web.nobody.post(path_of(still_web, NoticeGroup.NEWS), data=ONE_CLICK)
        assert answer.status_code == 200
        assert "keine Neuigkeiten" in words_of(answer.text)
    chosen = await settings_of(still_web)
    assert chosen is not None
    assert (chosen.news, chosen.turn, chosen.digest) == (Rhythm.OFF, Rhythm.AT_ONCE, Rhythm.WEEKLY)


async def test_a_person_is_asked_first(still_web: Web) -> None:
    path = path_of(still_web, NoticeGroup.DIGEST, CARLA)
    for _ in range(3):
        page = await still_web.nobody.get(path)
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "Keinen Wochenüberblick mehr?" in words_of(page.text)
    assert await settings_of(still_web, CARLA) is None
    done = await still_web.nobody.post(path)
    assert "Abbestellt" in words_of(done.text)
    again = await still_web.nobody.get(path)
    assert "Abbestellt" in words_of(again.text)
    assert '<form method="post" class="buttons"' not in again.text


@pytest.mark.parametrize("group", [group for group, rhythms in CHOICES.items() if Rhythm.OFF in rhythms])
async def test_whatever_may_be_off_is_ended_in_words_of_its_own(still_web: Web, group: NoticeGroup) -> None:
    path = path_of(still_web, group)
    asked, done = await still_web.nobody.get(path), await still_web.nobody.post(path)
    assert (asked.status_code, done.status_code) == (200, 200)
    chosen = await settings_of(still_web)
    assert getattr(chosen, group) == Rhythm.OFF


async def test_what_was_chosen_otherwise_stays(still_web: Web) -> None:
    async with still_web.database.transaction() as session:
        session.add(NoticeSettings(account_id=ALMA, turn=Rhythm.DAILY, news=Rhythm.WEEKLY))
    await still_web.nobody.post(path_of(still_web, NoticeGroup.NEWS), data=ONE_CLICK)
    chosen = await settings_of(still_web)
    assert chosen is not None
    assert (chosen.news, chosen.turn) == (Rhythm.OFF, Rhythm.DAILY)


@pytest.mark.parametrize("group", [NoticeGroup.TURN, NoticeGroup.LEAD])
async def test_what_needs_somebody_cannot_be_ended(still_web: Web, group: NoticeGroup) -> None:
    path = path_of(still_web, group)
    assert (await still_web.nobody.get(path)).status_code == 404
    assert (await still_web.nobody.post(path, data=ONE_CLICK)).status_code == 404
    assert await settings_of(still_web) is None


async def test_a_link_that_is_not_ours_or_of_nobody_leads_nowhere(still_web: Web) -> None:
    for path in ("/abbestellen/x", path_of(still_web, NoticeGroup.NEWS, new_id())):
        assert (await still_web.nobody.post(path, data=ONE_CLICK)).status_code == 404
        assert (await still_web.nobody.get(path)).status_code == 404
