"""Who sees how somebody else of an idea is reached: coach and people behind it each other, from the day they meet."""

from collections.abc import Collection

from models.messages.idea import Standing
from models.rules.permissions import is_own, roles_toward
from models.vocabulary import Role


def contacts_for(standing: Standing, account_id: str, platform_roles: Collection[Role]) -> tuple[Role, ...]:
    """Whose contact card somebody sees, by the role toward the idea: the owner's, the coach's with their stand-in's.

    A lead has to answer before there is a coach, and sees the owner's from the start.
    """
    met = (Role.COACH,) if standing.coach_id is not None else ()
    if is_own(standing, account_id):
        return met
    roles = roles_toward(standing, account_id, platform_roles)
    if Role.LEAD in roles:
        return (Role.INNOVATOR, *met)
    return (Role.INNOVATOR,) if Role.COACH in roles else ()
