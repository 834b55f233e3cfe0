"""The one door for mails: however they are asked for, an address gets no more than it may."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, delete, select

from activities.secret_mails import posting
from activities.secret_mails.kinds import KINDS
from activities.secret_mails.posting import MOST_TO_UNPROVED, Order, is_held_back, write_secret_mail
from models.addresses import canonical_address
from models.database import Database
from models.tables import AuditEntry, MailRow
from models.vocabulary import AuditEvent, MailState, SecretMailKind
from tests.api.conftest import KEY, Web, open_client
from tests.api.pages.conftest import OWN_SITE, begin, fill_in
from tests.factories import ALMA, invite_cast

VICTIM = "v@victim.example"
SPELLINGS = (
    *("v@victim.example", "V@Victim.Example", " v@victim.example ", "v@victim.example.", "v@ｖictim.example"),
    *(
        "v@vic\u00adtim.example",
        "\ufeffv@victim.example",
        "V@VICTIM.EXAMPLE\n",
        "v@victim。example",
        "v@victim.example>",
    ),
)


async def ask(database: Database, kind: SecretMailKind, email: str = VICTIM, **fields: object) -> bool:
    """Whether it was let through."""
    async with database.transaction() as session:
        return not is_held_back(await write_secret_mail(session, KEY, Order(kind, email, **fields)))  # type: ignore[arg-type]


async def written(database: Database) -> Sequence[MailRow]:
    async with database.session() as session:
        return (await session.exec(select(MailRow).where(MailRow.state != MailState.HELD_BACK))).all()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(KINDS)), st.sampled_from(SPELLINGS[:-1])), min_size=30, max_size=30))
async def test_thirty_at_once_in_all_spellings_are_never_more_than_the_limit(
    database: Database, asked: list[tuple[SecretMailKind, str]]
) -> None:
    other_process = Database(str(database.engine.url.render_as_string(hide_password=False)))
    async with database.transaction() as session:
        await session.exec(delete(MailRow))
    try:
        await asyncio.gather(
            *(
                ask(database if number % 2 else other_process, kind, canonical_address(spelling))
                for number, (kind, spelling) in enumerate(asked)
            )
        )
    finally:
        await other_process.dispose()
    counts = Counter(mail.secret_kind or "" for mail in await written(database))
    assert {kind: count for kind, count in counts.items() if count > KINDS[kind].most} == {}
    wanted = Counter(kind for kind, _ in asked)
    assert counts.total() == min(MOST_TO_UNPROVED, sum(min(wanted[kind], KINDS[kind].most) for kind in wanted))


async def test_whatever_spelling_and_however_fast_a_form_is_sent_a_mailbox_gets_three(web: Web) -> None:
    async with open_client(web.app) as browser:
        draft = await begin(browser)
        await browser.keep_guard()  # type: ignore[attr-defined]
        forms = [{"email": SPELLINGS[number % len(SPELLINGS)]} for number in range(30)]
        answers = await asyncio.gather(
            *(browser.post(f"{draft}/spaeter", data=form, headers=OWN_SITE) for form in forms)
        )
    told = {form["email"]: answer.status_code for form, answer in zip(forms, answers, strict=True)}
    assert {spelling for spelling, status in told.items() if status != 200} == {"v@victim.example>"}
    assert Counter(mail.secret_kind for mail in await written(web.database)) == {SecretMailKind.RESUME_DRAFT: 3}


async def test_one_mail_opens_all_drafts_of_an_address(web: Web) -> None:
    async with open_client(web.app) as phone, open_client(web.app) as laptop:
        for _ in range(3):
            await fill_in(phone, about_you=True, email=VICTIM)
        assert (await laptop.post("/einreichen/weiter", data={"email": VICTIM}, headers=OWN_SITE)).status_code == 200
    assert [mail.secret_kind for mail in await written(web.database)] == [SecretMailKind.RESUME_DRAFT]


async def test_who_is_known_is_not_shut_out_by_what_strangers_do(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await invite_cast(database)
    monkeypatch.setattr(posting, "MOST_OF_NETWORK", 4)
    monkeypatch.setattr(posting, "MOST_IN_ALL", 6)
    found = [await ask(database, SecretMailKind.RESUME_DRAFT, f"{n}@victim.example", network="a") for n in range(5)]
    found += [await ask(database, SecretMailKind.RESUME_DRAFT, f"{n}@victim.example", network="b") for n in range(6, 9)]
    assert found == [True] * 4 + [False] + [True] * 2 + [False]
    for _ in range(KINDS[SecretMailKind.SIGN_IN].most):
        assert await ask(database, SecretMailKind.SIGN_IN, "alma@example.org", account_id=ALMA, network="a")
    assert not await ask(database, SecretMailKind.SIGN_IN, "alma@example.org", account_id=ALMA, network="a")
    # In her own open session she gets one all the same, and of another kind, too.
    assert await ask(database, SecretMailKind.SIGN_IN, "alma@example.org", account_id=ALMA, is_own=True)
    assert await ask(database, SecretMailKind.HANDED_IN, "alma@example.org", account_id=ALMA, network="a")


async def test_what_is_held_back_is_counted_once_an_hour_and_names_nobody(database: Database) -> None:
    for _ in range(6):
        await ask(database, SecretMailKind.RESUME_DRAFT, network="n")
    async with database.session() as session:
        (entry,) = (await session.exec(select(AuditEntry))).all()
        rows = (await session.exec(select(MailRow).order_by(col(MailRow.created_at)))).all()
    assert (entry.event, entry.outcome, entry.facts) == (AuditEvent.SLOWED, "secret_mail", {"kind": "resume_draft"})
    assert [row.email for row in rows] == [VICTIM] * 3 + [""] * 3
    assert VICTIM not in str(rows[-1])


async def test_a_mail_to_nobody_counts_for_no_network(database: Database) -> None:
    assert await ask(database, SecretMailKind.SIGN_IN, "niemand@example.org", network="n", to_nobody=True)
    (row,) = await written(database)
    assert (row.email, row.to_unproved) == ("", False)
