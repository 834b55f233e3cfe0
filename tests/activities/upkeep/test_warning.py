"""A draft goes after its time, and whoever told us an address is told before."""

from datetime import timedelta

from sqlmodel import col, select

from activities.letters.kinds import KINDS
from activities.letters.parts import Desk
from activities.upkeep.warning import warn_of_ends
from models.database import Database
from models.i18n import texts_in
from models.tables import Draft, DraftLink, LetterRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import LetterKind
from tests.activities.upkeep.test_retention import retain
from tests.workflows.conftest import LETTERHEAD

KEY = "a key of tests, long enough to sign"


class Postbox:
    """Notes which letters were posted."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    async def start_letter(self, letter_id: str) -> None:
        self.posted.append(letter_id)


async def write_draft(database: Database, days_left: int, email: str | None = "dora@example.org") -> str:
    expires = utc_now() + timedelta(days=days_left, minutes=-1)
    draft = Draft(id=new_id(), email=email, words={"title": "Ein Gedanke"}, expires_at=expires)
    async with database.transaction() as session:
        session.add(draft)
    return draft.id


async def find_drafts(database: Database) -> set[str]:
    async with database.session() as session:
        return set((await session.exec(select(Draft.id))).all())


async def warn(database: Database, postbox: Postbox) -> int:
    return await warn_of_ends(database, postbox, KEY, utc_now())


async def test_two_weeks_before_it_goes_a_letter_with_a_link_goes_out_once(database: Database) -> None:
    soon, later, nameless = [
        await write_draft(database, days, email)
        for days, email in ((14, "dora@example.org"), (15, "dora@example.org"), (3, None))
    ]
    postbox = Postbox()
    assert [await warn(database, postbox) for _ in range(2)] == [1, 0]
    async with database.transaction() as session:
        (letter,) = (await session.exec(select(LetterRow))).all()
        assert postbox.posted == [letter.id]
        assert (letter.kind, letter.email) == (LetterKind.DRAFT_ENDS, "dora@example.org")
        desk = Desk(letter, LETTERHEAD, texts_in("de"))
        written = await KINDS[letter.kind].write(session, desk)
        (link,) = (await session.exec(select(DraftLink))).all()
    assert written is not None
    assert link.draft_id == soon
    assert "Ein Gedanke" not in written.subject
    address = written.blocks[0].link
    assert address is not None
    assert "/einreichen/weiter/" in address.url
    assert link.hash is not None
    assert link.hash not in address.url
    assert {soon, later, nameless} == await find_drafts(database)


async def test_a_draft_goes_when_its_time_is_over_and_its_address_was_warned(database: Database) -> None:
    nameless, unwarned, fresh = [
        await write_draft(database, days, email)
        for days, email in ((-2, None), (-2, "dora@example.org"), (40, "dora@example.org"))
    ]
    assert (await retain(database, now=utc_now(), dry_run=True)).drafts_deleted == 1
    assert (await retain(database, now=utc_now())).drafts_deleted == 1
    assert await find_drafts(database) == {unwarned, fresh}
    # What was late to be warned of stays for two weeks more.
    await warn(database, Postbox())
    assert (await retain(database, now=utc_now())).drafts_deleted == 0
    async with database.transaction() as session:
        late = (await session.exec(select(Draft).where(col(Draft.id) == unwarned))).one()
        assert late.expires_at > utc_now() + timedelta(days=13)
        late.expires_at = utc_now() - timedelta(days=2)
    assert (await retain(database, now=utc_now())).drafts_deleted == 1
    assert await find_drafts(database) == {fresh}
    assert nameless
