"""The cast and their ideas as rows in a real database."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from models.database import Database
from models.messages.commands import Actor, Command
from models.messages.idea import IdeaState, Standing
from models.messages.rulebook import Rulebook
from models.tables import Account, CoachProfile, Idea, StandingRow
from models.tables.columns import new_id
from models.vocabulary import DRAFT, Role, Stage
from tests.cast import POLICY

RULES = POLICY.rulebook(date(2026, 1, 1))


def account_id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"tests/{name}"))


ALMA, BEN, BRUNO, CARLA, DORA = (account_id(name) for name in ("alma", "ben", "bruno", "carla", "dora"))
alma = Actor(role=Role.INNOVATOR, account_id=ALMA)
ben = Actor(role=Role.COACH, account_id=BEN)
bruno = Actor(role=Role.COACH, account_id=BRUNO)
carla = Actor(role=Role.LEAD, account_id=CARLA)


async def invite_cast(database: Database, *, ben_has_places: int = 3, bruno_has_places: int = 3) -> None:
    """Alma hands in ideas, Ben coaches in Dresden, Bruno in Leipzig, Carla leads, Dora is a stranger."""
    people: list[tuple[str, str, list[Role], str | None]] = [
        (ALMA, "alma", [Role.INNOVATOR], None),
        (BEN, "ben", [Role.COACH], "dresden"),
        (BRUNO, "bruno", [Role.COACH], "leipzig"),
        (CARLA, "carla", [Role.LEAD], "dresden"),
        (DORA, "dora", [Role.INNOVATOR], None),
    ]
    async with database.transaction() as session:
        for its_id, name, roles, office in people:
            session.add(
                Account(
                    id=its_id,
                    email=f"{name}@example.org",
                    name=name.title(),
                    roles=list(map(str, roles)),
                    office=office,
                )
            )
        await session.flush()
        session.add(_profile(BEN, ["DED21"], ["care", "housing"], ben_has_places))
        session.add(_profile(BRUNO, ["DED51"], ["youth"], bruno_has_places))


def _profile(coach: str, districts: list[str], themes: list[str], capacity: int) -> CoachProfile:
    return CoachProfile(account_id=coach, districts=districts, themes=themes, languages=["de"], capacity=capacity)


async def write_idea(database: Database, **fields: Any) -> str:
    """An idea of Alma's as a draft; returns its id."""
    idea_id = str(fields.pop("id", new_id()))
    values: dict[str, Any] = {
        "owner_id": ALMA,
        "title": "Pflegelotsen im Quartier",
        "summary": "Nachbarn begleiten Angehörige durch die Pflege.",
        "district": "DED21",
        "themes": ["care"],
        "office": "dresden",
    } | fields
    now = datetime.now(UTC)
    async with database.transaction() as session:
        session.add(Idea(id=idea_id, **values))
        await session.flush()
        session.add(
            StandingRow(
                idea_id=idea_id,
                version=0,
                stage=Stage.IDENTIFY,
                state=DRAFT,
                owner_id=values["owner_id"],
                office=values["office"],
                entered_at=now,
                last_entry_at=now,
            )
        )
    return idea_id


def new_state(idea_id: str, rulebook: Rulebook = RULES, **standing: Any) -> IdeaState:
    """The state with which an idea of Alma's is handed in."""
    values = {"owner_id": ALMA, "office": "dresden", "entered_at": datetime.now(UTC)} | standing
    return IdeaState(standing=Standing(idea_id=idea_id, **values), rulebook=rulebook)


def command(event: str, actor: Actor, **fields: Any) -> Command:
    return Command(**({"id": new_id(), "event": event, "actor": actor} | fields))
