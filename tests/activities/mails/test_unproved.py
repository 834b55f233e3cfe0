"""No word that anybody typed goes to an address that nobody has proved: all kinds of notices and of secret mails."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from activities.mail_sending import MailingActivities
from activities.ports.mailer import Mail
from activities.secret_mails.kinds import KINDS
from models.database import Database
from models.tables import (
    AddressChange,
    Contribution,
    ContributionReport,
    Draft,
    DraftLink,
    Idea,
    Invitation,
    Note,
    SignIn,
    StaffInvitation,
)
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, SecretMailKind
from tests.activities.mails.conftest import LETTERHEAD, Case, Desk
from tests.activities.post_office import Sink
from tests.contributions import begin, standing_of
from tests.factories import ALMA, BEN, CARLA, DORA, carla, secret_mail
from tests.fakes import Doors

MARK = "Zilpzalp"
WORDS = dict.fromkeys(("title", "summary", "problem", "solution", "target_group", "organisation"), f"Mein {MARK}")
UNPROVED = "nora@example.org"
NUMBERS = count(1)


def whole(mail: Mail) -> str:
    return "\n".join([mail.subject, mail.text, mail.html, *(file.content.decode() for file in mail.attachments)])


@pytest.fixture
async def case(desk: Desk) -> Case:
    """An idea of Alma's whose every word is marked, and everybody's name is, too."""
    case = await desk.hand_in(**WORDS)
    for person in (ALMA, BEN, CARLA, DORA):
        await desk.change(person, name=f"{MARK} {person[:4]}")
    await case.take(carla, "request_clarification", note=None)
    async with desk.database.transaction() as session:
        session.add(
            Note(id=new_id(), idea_id=case.id, author_id=CARLA, event="request_clarification", body=f"Frage: {MARK}")
        )
    await desk.forget()
    return case


# -- notices -------------------------------------------------------------------------------------------------------


async def test_a_notice_holds_nobodys_words_until_the_address_is_proved(desk: Desk, case: Case) -> None:
    """All kinds there are: a new one is asked here by itself. Deputies read no more than whom they stand in for."""
    for reader in (ALMA, CARLA, DORA):
        await desk.change(reader, proved_at=None)
    for kind in NoticeKind:
        await desk.forget()
        await desk.note(ALMA, kind, case.id, version=1)
        for mail in (await desk.write(ALMA), await desk.write(DORA, of=ALMA)):
            assert MARK not in whole(mail), kind
            assert mail.attachments == []
            assert "/anmelden" in mail.text


async def test_once_it_is_proved_the_same_mail_is_the_whole_one(desk: Desk, case: Case) -> None:
    await desk.note(ALMA, NoticeKind.YOUR_TURN, case.id, version=1)
    mail = await desk.write(ALMA)
    assert whole(mail).count(MARK) >= 4
    assert mail.attachments != []


# -- secret mails ---------------------------------------------------------------------------------------------------


async def _draft(session: Any, **fields: Any) -> Draft:
    words = {**WORDS, "language": "de"}
    draft = Draft(
        id=new_id(), words=words, name=MARK, email=UNPROVED, expires_at=utc_now() + timedelta(days=9), **fields
    )
    session.add(draft)
    await session.flush()
    return draft


async def _draft_link(session: Any, case: Case) -> DraftLink:
    draft = await _draft(session)
    return DraftLink(draft_id=draft.id, expires_at=draft.expires_at)


async def _confirmation(session: Any, case: Case) -> DraftLink:
    draft = await _draft(session, waits_since=utc_now())
    return DraftLink(draft_id=draft.id, email=UNPROVED, expires_at=draft.expires_at)


async def _sign_in(session: Any, case: Case) -> SignIn:
    return SignIn(account_id=ALMA, browser_hash="b", expires_at=utc_now() + timedelta(minutes=9))


async def _address(session: Any, case: Case) -> AddressChange:
    return AddressChange(account_id=ALMA, email=UNPROVED, expires_at=utc_now() + timedelta(hours=9))


async def _invitation(session: Any, case: Case) -> Invitation:
    until = utc_now() + timedelta(days=9)
    return Invitation(
        idea_id=case.id, email=f"{new_id()}@example.org", share="observer", inviter_id=ALMA, expires_at=until
    )


async def _staff(session: Any, case: Case) -> StaffInvitation:
    return StaffInvitation(
        email=f"{new_id()}@example.org",
        name=MARK,
        role="coach",
        greeting=f"Willkommen! {MARK}",
        inviter_id=CARLA,
        expires_at=utc_now() + timedelta(days=9),
    )


async def _contribution(session: Any, case: Case) -> Contribution:
    later = utc_now() + timedelta(days=9)
    words: dict[str, Any] = {"sort": "hint", "body": MARK, "name": MARK, "email": UNPROVED, "language": "de"}
    return Contribution(id=new_id(), idea_id=case.id, expires_at=later, **words)


async def _shown(session: Any, case: Case) -> Contribution:
    row, number = await _contribution(session, case), next(NUMBERS)
    session.add(standing_of(begin(case.id, utc_now(), number, owner_id=ALMA).standing, "answered"))
    row.number = number
    return row


async def _both_agree(session: Any, case: Case) -> Contribution:
    row, number = await _contribution(session, case), next(NUMBERS)
    agreed = {"may_contact": True, "contact_id": ALMA}
    standing = begin(case.id, utc_now(), number, owner_id=ALMA).standing.model_copy(update=agreed)
    session.add(standing_of(standing, "answered"))
    row.number, row.may_contact, row.email = number, True, f"{MARK.lower()}{number}@example.org"
    return row


async def _report(session: Any, case: Case) -> ContributionReport:
    row = await _contribution(session, case)
    session.add(row)
    await session.flush()
    said: dict[str, Any] = {"body": MARK, "said": MARK, "took_away": True, "reason": "insult", "language": "de"}
    return ContributionReport(id=new_id(), contribution_id=row.id, email=UNPROVED, **said)


async def _idea(session: Any, case: Case) -> Idea:
    idea: Idea = await session.get_one(Idea, case.id)
    return idea


SUBJECTS: dict[str, Callable[[Any, Case], Awaitable[Any]]] = {
    SecretMailKind.SIGN_IN: _sign_in,
    SecretMailKind.SIGN_IN_ELSEWHERE: _sign_in,
    SecretMailKind.RESUME_DRAFT: _draft_link,
    SecretMailKind.IMPORTED: _draft_link,
    SecretMailKind.DRAFT_ENDS: _draft_link,
    SecretMailKind.OWN_DRAFTS_END: _idea,
    SecretMailKind.CONFIRM_DRAFT: _confirmation,
    SecretMailKind.HANDED_IN: _idea,
    SecretMailKind.NEW_ADDRESS: _address,
    SecretMailKind.ADDRESS_CHANGED: _idea,
    SecretMailKind.TEAM_INVITATION: _invitation,
    SecretMailKind.TEAM_REMINDER: _invitation,
    SecretMailKind.STAFF_INVITATION: _staff,
    SecretMailKind.CONFIRM_CONTRIBUTION: _contribution,
    SecretMailKind.CONTRIBUTION_NEWS: _shown,
    SecretMailKind.CONTRIBUTION_CONTACT: _both_agree,
    SecretMailKind.REPORT_DECIDED: _report,
}
"""What each kind is about, with a mark in every field."""


def test_every_kind_of_mail_is_asked() -> None:
    assert set(SUBJECTS) == set(KINDS)


async def send(database: Database, case: Case, kind: str, account_id: str | None, email: str) -> Mail:
    async with database.transaction() as session:
        subject = await SUBJECTS[kind](session, case)
        session.add(subject)
        row = secret_mail(SecretMailKind(kind), account_id, email=email, subject_id=subject.id)
        session.add(row)
    sink = Sink()
    await MailingActivities(database, Doors(), sink, LETTERHEAD).send_mail(row.id)
    (mail,) = sink.taken
    return mail


async def test_a_mail_holds_nobodys_words(desk: Desk, case: Case) -> None:
    """Of any kind, whether the asker has an account or not: the address may be that of somebody else."""
    await desk.change(ALMA, proved_at=None)
    for kind in KINDS:
        for account_id in (None, ALMA):
            mail = await send(desk.database, case, kind, account_id, UNPROVED)
            assert MARK not in whole(mail), kind
            assert mail.text.startswith("Guten Tag,\n"), kind


async def test_an_invitation_names_who_invites_only_to_a_proved_address(desk: Desk, case: Case) -> None:
    await desk.change(ALMA, name="Alma Arnold")
    told = await send(desk.database, case, SecretMailKind.TEAM_INVITATION, None, "ben@example.org")
    assert "Alma möchte Sie bei einer Idee dabeihaben" in told.text
    assert "Alma" not in told.subject
    assert "Arnold" not in told.text
    assert WORDS["title"] not in told.text


async def test_a_name_and_a_title_go_to_who_has_proved_the_address(desk: Desk, case: Case) -> None:
    told = await send(desk.database, case, SecretMailKind.ADDRESS_CHANGED, ALMA, "alma@example.org")
    assert told.text.startswith(f"Guten Tag {MARK}")
    handed_in = await send(desk.database, case, SecretMailKind.HANDED_IN, ALMA, "alma@example.org")
    assert WORDS["title"] in handed_in.text
    # Known here, and yet not at this address: it was typed.
    assert MARK not in whole(await send(desk.database, case, SecretMailKind.HANDED_IN, ALMA, UNPROVED))
