"""Inboxes of the cast."""

import pytest

from models.database import Database
from models.tables import Account
from models.vocabulary import Role
from tests.activities.post_office import ERIC, Post
from tests.factories import invite_cast


@pytest.fixture
async def post(database: Database) -> Post:
    await invite_cast(database)
    async with database.transaction() as session:
        roles, email = [str(Role.LEAD)], "eric@example.org"
        session.add(Account(id=ERIC, email=email, name="Eric", roles=roles, office="leipzig"))
    return Post(database)
