"""Letters that carry a secret: each attempt has one of its own, and nothing but its digest stays."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ports.mailer import Mail, MailNotTaken, MailUncertain
from activities.secret_mails.kinds import KINDS
from activities.secret_mails.sending import LetterActivities
from activities.upkeep.anonymise import erase_rows, hold_mails
from models.database import Database
from models.secrets import ALPHABET, hash_secret, new_code, read_code, show_code
from models.tables import Account, SecretMailRow, SignIn
from models.tables.columns import utc_now
from models.vocabulary import SecretMailKind
from tests.activities.mails.conftest import LETTERHEAD
from tests.cast import POLICY
from tests.factories import ALMA, invite_cast
from tests.languages import one_more_language, unmarked


class Post:
    """A mailer that takes what it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.taken: list[Mail] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def send(self, mail: Mail, giving: Callable[[], Awaitable[None]]) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()
        await giving()
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(mail)


@pytest.fixture
async def letter_id(database: Database) -> str:
    """Alma has asked to be signed in."""
    await invite_cast(database)
    async with database.transaction() as session:
        asked = SignIn(account_id=ALMA, browser_hash="b", expires_at=utc_now() + timedelta(minutes=15))
        session.add(asked)
        row = SecretMailRow(
            kind=SecretMailKind.SIGN_IN,
            email="alma@example.org",
            address_hash="h",
            account_id=ALMA,
            subject_id=asked.id,
            expires_at=utc_now() + timedelta(minutes=15),
        )
        session.add(row)
    return row.id


async def send(database: Database, post: Post, letter_id: str) -> bool:
    activities = LetterActivities(database, post, LETTERHEAD)
    return bool(await ActivityEnvironment().run(activities.send_letter, letter_id))


async def read_letter(database: Database) -> tuple[SecretMailRow, SignIn]:
    async with database.session() as session:
        return (await session.exec(select(SecretMailRow))).one(), (await session.exec(select(SignIn))).one()


def link_in(mail: Mail) -> str:
    found = re.search(r"/anmelden/link/(\S+)", mail.text)
    assert found is not None
    return found[1]


async def test_a_letter_is_sent_once_and_forgets_its_address(database: Database, letter_id: str) -> None:
    post = Post()
    assert await send(database, post, letter_id)
    assert not await send(database, post, letter_id)
    assert [mail.recipient for mail in post.taken] == ["alma@example.org"]
    row, asked = await read_letter(database)
    assert (row.email, row.cause) == ("", None)
    assert asked.link_hash == hash_secret(link_in(post.taken[0]))


async def test_another_attempt_brings_another_secret(database: Database, letter_id: str) -> None:
    post = Post()
    post.failures = [MailNotTaken("451", permanent=False)]
    with pytest.raises(ApplicationError, match="451"):
        await send(database, post, letter_id)
    first = (await read_letter(database))[1]
    assert await send(database, post, letter_id)
    second = (await read_letter(database))[1]
    assert first.link_hash != second.link_hash == hash_secret(link_in(post.taken[0]))
    assert first.code_hash != second.code_hash


async def test_a_language_with_three_forms_is_spoken_throughout(
    database: Database, letter_id: str, tmp_path: Path
) -> None:
    post = Post()
    with one_more_language(tmp_path) as texts:
        async with database.transaction() as session:
            (await session.get_one(SecretMailRow, letter_id)).language = texts.language
        assert await send(database, post, letter_id)
    (mail,) = post.taken
    assert "⟦many: Link und Code gelten 10 Minuten lang und nur einmal.⟧" in mail.text
    without_code = re.sub(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", "", f"{mail.subject}\n{mail.text}")
    assert unmarked(without_code) == {POLICY.region.funding_note}


@pytest.mark.parametrize(
    ("failure", "sent", "cause"),
    [(MailNotTaken("550", permanent=True), False, "550"), (MailUncertain("timeout"), True, None)],
)
async def test_what_a_server_refuses_for_good_or_may_have_taken_is_not_sent_again(
    database: Database, letter_id: str, failure: Exception, sent: bool, cause: str | None
) -> None:
    post = Post()
    post.failures = [failure]
    assert await send(database, post, letter_id) is sent
    assert not await send(database, post, letter_id)
    row, _ = await read_letter(database)
    assert (row.email, row.cause, post.taken) == ("", cause, [])


async def test_a_letter_whose_time_is_over_is_given_up(database: Database, letter_id: str) -> None:
    post = Post()
    async with database.transaction() as session:
        (await session.get_one(SecretMailRow, letter_id)).expires_at = utc_now()
    assert not await send(database, post, letter_id)
    row, asked = await read_letter(database)
    assert (row.email, row.cause, asked.link_hash) == ("", "expired", None)


async def test_no_letter_goes_to_somebody_who_is_erased_while_it_is_written(database: Database, letter_id: str) -> None:
    post = Post()

    async def erase() -> None:
        async with database.transaction() as session:
            await erase_rows(session, await session.get_one(Account, ALMA))

    post.meanwhile = erase
    assert not await send(database, post, letter_id)
    assert post.taken == []


async def test_an_erasure_waits_for_a_letter_that_a_server_has_in_hand(database: Database, letter_id: str) -> None:
    post = Post()
    post.failures = [RuntimeError("the worker dies")]
    with pytest.raises(RuntimeError):
        await send(database, post, letter_id)
    async with database.transaction() as session:
        assert not await hold_mails(session, ALMA)
    assert not await send(database, post, letter_id)
    async with database.transaction() as session:
        assert await hold_mails(session, ALMA)


def test_every_kind_is_known() -> None:
    assert set(KINDS) == set(SecretMailKind)


@pytest.mark.parametrize("typed", ["", "ABCD-234", "ABCD-23455", "ABCD-234O", "ABCD-2341", "ÄBCD-2345", "A" * 500])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_a_code_is_read_as_people_type_it() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert set(code) <= set(ALPHABET)
        assert read_code(f" {show_code(code).lower()} ") == code
