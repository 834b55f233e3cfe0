"""What has happened before a journey begins, and what happens beside it without anybody's doing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from api.use_cases.idea_text import IdeaWords, new_idea
from models.messages.idea import IdeaState
from models.tables import Account, SessionRow
from models.tables.columns import utc_now
from tests.api.campaigns import HandOff
from tests.api.conftest import until
from tests.e2e.conftest import Site
from tests.factories import ALMA, new_state
from tests.planting import plant, plant_without_coach


async def hand_in(site: Site, who: str, title: str) -> str:
    """An idea for young people in Chemnitz; returns its id."""
    words = {"title": title, "summary": "Junge Leute entscheiden mit.", "district": "DED41", "themes": ["youth"]}
    answer = await site.web.clients[who].post("/api/v1/ideas", json=words)
    assert answer.status_code == 201, answer.text
    await site.web.until_shown(answer.json()["id"], 1)
    return str(answer.json()["id"])


async def leave_lying(site: Site, title: str) -> str:
    """An idea of Alma's that Ben accepted long ago. Nothing happened, and its workflow has told everybody so."""
    web, long_ago = site.web, datetime.now(UTC) - timedelta(days=40)
    state = await write_down(site, title, long_ago)
    await plant(web.database, web.services.engine, state, [], long_ago)

    async def is_told() -> bool:
        return "escalate" in {entry["event"] for entry in await web.timeline(state.standing.idea_id)}

    await until(is_told)
    return state.standing.idea_id


async def leave_without_coach(site: Site, title: str) -> None:
    """An idea of Alma's for which the search has found nobody."""
    now = datetime.now(UTC)
    state = await write_down(site, title, now)
    await plant_without_coach(site.web.database, site.web.services.engine, state, now)


async def write_down(site: Site, title: str, at: datetime) -> IdeaState:
    """A draft of Alma's, and the state with which its path begins."""
    policy = site.web.services.policy
    async with site.web.database.transaction() as session:
        alma = await session.get_one(Account, ALMA)
        words = IdeaWords(title=title, summary="Ein Ort, an dem man sich trifft.", district="DED21", themes=["care"])
        idea = new_idea(policy, alma, words)
        session.add(idea)
    return new_state(idea.id, policy.rulebook(at.date()), entered_at=at, office=idea.office)


async def until_laid_out(site: Site, idea: str) -> None:
    """The package is there: on a busy machine the page asks for patience first."""

    async def is_there() -> bool:
        return (await site.web.alma.get(HandOff(site.web, idea).path())).status_code == 200

    await until(is_there)


async def let_the_sign_in_age(site: Site, who: str) -> None:
    """An hour passes."""
    async with site.web.database.transaction() as session:
        old = update(SessionRow).where(col(SessionRow.account_id) == who)
        before = utc_now() - timedelta(hours=1)
        await session.exec(old.values(created_at=before, proved_at=before))
