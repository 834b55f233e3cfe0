"""People who come to work here, as rows: invitations, proposals, coaches whom nothing else is about."""

from datetime import timedelta
from typing import Any

from models.database import Database
from models.secrets import hash_secret, new_secret
from models.tables import Account, CoachProfile, PersonChange, StaffInvitation
from models.tables.columns import new_id, utc_now
from models.vocabulary import PersonChangeKind, Role
from tests.factories import CARLA


async def write_person(database: Database, *roles: Role, **fields: Any) -> str:
    """Somebody with these roles, a coach with a profile; returns their id."""
    its_id = new_id()
    named = {"email": f"{its_id}@example.org", "name": "Paula Peters", "office": "dresden"} | fields
    async with database.transaction() as session:
        session.add(Account(id=its_id, roles=[str(role) for role in roles], proved_at=utc_now(), **named))
        await session.flush()
        if Role.COACH in roles:
            session.add(CoachProfile(account_id=its_id, languages=["de"]))
    return its_id


async def write_staff_invitation(database: Database, email: str = "", **fields: Any) -> tuple[str, str]:
    """An open invitation of Carla's to a coach; returns its id and the secret of its link."""
    secret, its_id = new_secret(), new_id()
    known = {"role": "coach", "office": "dresden", "name": "Frieda Falk", "inviter_id": CARLA} | fields
    async with database.transaction() as session:
        until = known.pop("expires_at", utc_now() + timedelta(days=14))
        asked = StaffInvitation(id=its_id, email=email or f"{its_id}@example.org", expires_at=until, **known)
        asked.hashes = [hash_secret(secret)]
        session.add(asked)
        await session.flush()
        facts = {"role": asked.role, "office": asked.office}
        session.add(PersonChange(invitation_id=its_id, by_id=CARLA, kind=PersonChangeKind.INVITED, facts=facts))
    return its_id, secret


async def write_proposal(database: Database, account_id: str, by_id: str) -> str:
    """Somebody proposes that an account gets the role lead; returns the id of the proposal."""
    change = PersonChange(id=new_id(), account_id=account_id, by_id=by_id, kind=PersonChangeKind.ROLE_GIVEN)
    change.facts, change.status = {"role": "lead"}, "proposed"
    change.proposed_until = utc_now() + timedelta(days=14)
    async with database.transaction() as session:
        session.add(change)
    return change.id
