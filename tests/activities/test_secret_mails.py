"""Secret mails: each attempt has one of its own, and nothing but its digest stays."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from temporalio.exceptions import ApplicationError

from activities.mail_sending import MailingActivities
from activities.ports.mailer import Mail, MailNotTaken, MailUncertain
from activities.secret_mails.kinds import KINDS
from activities.upkeep.anonymise import erase_rows, hold_mails
from models.database import Database
from models.secrets import ALPHABET, hash_secret, new_code, read_code, show_code
from models.tables import Account, MailRow, NoticeRow, SignIn
from models.tables.columns import utc_now
from models.vocabulary import MailState, SecretMailKind
from tests.activities.mails.conftest import LETTERHEAD
from tests.activities.post_office import Sink, fail, nothing
from tests.cast import POLICY
from tests.factories import ALMA, invite_cast, secret_mail
from tests.fakes import Doors
from tests.languages import one_more_language, unmarked


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
async def mail_id(database: Database) -> str:
    """Alma has asked to be signed in."""
    await invite_cast(database)
    async with database.transaction() as session:
        asked = SignIn(account_id=ALMA, browser_hash="b", expires_at=utc_now() + timedelta(minutes=15))
        row = secret_mail(SecretMailKind.SIGN_IN, ALMA, email="alma@example.org", subject_id=asked.id)
        session.add_all([asked, row])
    return row.id


async def send(database: Database, sink: Sink, mail_id: str) -> MailState:
    return await MailingActivities(database, Doors(), sink, LETTERHEAD).send_mail(mail_id)


async def read_mail(database: Database) -> tuple[MailRow, SignIn]:
    async with database.session() as session:
        return (await session.exec(select(MailRow))).one(), (await session.exec(select(SignIn))).one()


def link_in(mail: Mail) -> str:
    found = re.search(r"/anmelden/link/(\S+)", mail.text)
    assert found is not None
    return found[1]


async def test_a_mail_is_sent_once_and_forgets_its_address(database: Database, sink: Sink, mail_id: str) -> None:
    for _ in range(2):
        assert await send(database, sink, mail_id) is MailState.SENT
    assert [mail.recipient for mail in sink.taken] == ["alma@example.org"]
    row, asked = await read_mail(database)
    assert (row.email, row.cause) == ("", None)
    assert asked.link_hash == hash_secret(link_in(sink.taken[0]))


async def test_another_attempt_brings_another_secret(database: Database, sink: Sink, mail_id: str) -> None:
    sink.given = fail(MailNotTaken("451", permanent=False))
    with pytest.raises(ApplicationError, match="451"):
        await send(database, sink, mail_id)
    row, first = await read_mail(database)
    assert row.email == "alma@example.org"
    sink.given = nothing
    assert await send(database, sink, mail_id) is MailState.SENT
    second = (await read_mail(database))[1]
    assert first.link_hash != second.link_hash == hash_secret(link_in(sink.taken[0]))
    assert first.code_hash != second.code_hash


async def test_an_attempt_that_was_overtaken_voids_no_secret(database: Database, sink: Sink, mail_id: str) -> None:
    """It wakes when the other one is with a server, and must not make a secret of its own."""

    async def overtakes() -> None:
        sink.asked = nothing
        assert await send(database, sink, mail_id) is MailState.SENT

    sink.asked = overtakes
    assert await send(database, sink, mail_id) is MailState.SENT
    (mail,) = sink.taken
    assert (await read_mail(database))[1].link_hash == hash_secret(link_in(mail))


async def test_a_language_with_three_forms_is_spoken_throughout(
    database: Database, sink: Sink, mail_id: str, tmp_path: Path
) -> None:
    with one_more_language(tmp_path) as texts:
        async with database.transaction() as session:
            (await session.get_one(MailRow, mail_id)).language = texts.language
        assert await send(database, sink, mail_id) is MailState.SENT
    (mail,) = sink.taken
    assert "⟦many: Link und Code gelten 10 Minuten lang und nur einmal.⟧" in mail.text
    without_code = re.sub(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", "", f"{mail.subject}\n{mail.text}")
    assert unmarked(without_code) == {POLICY.region.funding_note}


@pytest.mark.parametrize(
    ("failure", "state", "cause"),
    [
        (MailNotTaken("550", permanent=True), MailState.FAILED, "550"),
        (MailUncertain("timeout"), MailState.UNCERTAIN, "timeout"),
    ],
)
async def test_what_a_server_refuses_for_good_or_may_have_taken_is_not_sent_again(
    database: Database, sink: Sink, mail_id: str, failure: Exception, state: MailState, cause: str
) -> None:
    """Leads see it on their page; none is written to, since any stranger could bring that about."""
    sink.given = fail(failure)
    assert await send(database, sink, mail_id) is state
    sink.given = nothing
    assert await send(database, sink, mail_id) is state
    row, _ = await read_mail(database)
    assert (row.email, row.cause, sink.taken) == ("", cause, [])
    async with database.session() as session:
        assert (await session.exec(select(NoticeRow))).all() == []


@pytest.mark.parametrize("cause", [None, "451"])
async def test_a_mail_whose_time_is_over_is_given_up(
    database: Database, sink: Sink, mail_id: str, cause: str | None
) -> None:
    async with database.transaction() as session:
        row = await session.get_one(MailRow, mail_id)
        row.expires_at, row.cause = utc_now(), cause
    assert await send(database, sink, mail_id) is MailState.FAILED
    row, asked = await read_mail(database)
    assert (row.email, row.cause, asked.link_hash) == ("", cause or "expired", None)


async def test_what_has_nothing_to_say_any_more_is_not_sent(database: Database, sink: Sink, mail_id: str) -> None:
    async with database.transaction() as session:
        (await session.exec(select(SignIn))).one().used_at = utc_now()
    assert await send(database, sink, mail_id) is MailState.NEEDLESS
    row, _ = await read_mail(database)
    assert (row.email, row.cause, sink.taken) == ("", None, [])


async def test_no_mail_goes_to_somebody_who_is_erased_while_it_is_written(
    database: Database, sink: Sink, mail_id: str
) -> None:
    async def erase() -> None:
        async with database.transaction() as session:
            await erase_rows(session, await session.get_one(Account, ALMA))

    sink.asked = erase
    assert await send(database, sink, mail_id) is MailState.FAILED
    assert sink.taken == []


async def test_a_mail_that_an_erasure_held_back_is_written_anew(database: Database, sink: Sink, mail_id: str) -> None:
    """The erasure went no further: something else was with a server."""

    async def hold() -> None:
        async with database.transaction() as session:
            assert await hold_mails(session, ALMA)

    sink.asked = hold
    with pytest.raises(ApplicationError, match="overtaken"):
        await send(database, sink, mail_id)
    sink.asked = nothing
    assert await send(database, sink, mail_id) is MailState.SENT
    assert len(sink.taken) == 1


async def test_an_erasure_waits_for_a_mail_that_a_server_has_in_hand(
    database: Database, sink: Sink, mail_id: str
) -> None:
    async def hold() -> None:
        async with database.transaction() as session:
            assert not await hold_mails(session, ALMA)

    sink.given = hold
    assert await send(database, sink, mail_id) is MailState.SENT
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
