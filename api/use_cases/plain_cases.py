"""A plain case that stands beside an idea, as one account may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.use_cases.errors import NotFound
from api.use_cases.idea_text import IdeaNotFound
from models.cases.plain_case import PlainKind
from models.queries.idea import IdeaView, read_idea
from models.rules.permissions import roles_toward
from models.tables import Account, StandingRow
from models.vocabulary import Role
from models.workflow_ids import case_id

Rules = PlainKind[Any, Any]


@dataclass(frozen=True)
class SeenCase:
    """A case with its idea, and what one account may do. `roles` are toward both."""

    rules: Rules
    row: StandingRow
    idea: IdeaView
    others: Mapping[Role, IdeaView]
    """The ideas of parties that belong to another one."""
    roles: list[Role]
    account_id: str

    @property
    def standing(self) -> Any:
        return self.row.read()

    @property
    def allowed(self) -> list[str]:
        return allowed_in(self.rules, self.standing, self.account_id, self.roles)

    @property
    def sees_idea(self) -> bool:
        """Whoever belongs to another idea alone sees no more of this one than what it is called."""
        return not set(self.roles) <= set(self.others)


def allowed_in(rules: Rules, standing: Any, account_id: str, roles: list[Role]) -> list[str]:
    """What a form may ask for."""
    return [event for event in rules.allowed_events(standing, account_id, roles) if event not in rules.unasked]


async def see_case(session: AsyncSession, account: Account, rules: Rules, idea_id: str, number: int = 0) -> SeenCase:
    """Raises IdeaNotFound for strangers, and for whoever only observes; NotFound where the idea has no such case."""
    idea = await read_idea(session, idea_id)
    row = await session.get(StandingRow, case_id(rules.name, idea_id, number))
    if idea is None:
        raise IdeaNotFound
    platform, others = [Role(role) for role in account.roles], {}
    roles = roles_toward(idea.row.standing(), account.id, platform)
    for role, other_id in row.read().other_ideas().items() if row is not None else ():
        other = await read_idea(session, other_id)
        if other is None:
            raise IdeaNotFound
        others[role] = other
        if Role.INNOVATOR in roles_toward(other.row.standing(), account.id, platform):
            roles = [*roles, role]
    if not roles:
        raise IdeaNotFound(hidden=True)
    if row is None:
        raise NotFound(f"there is no such {rules.name}")
    return SeenCase(rules, row, idea, others, roles, account.id)
