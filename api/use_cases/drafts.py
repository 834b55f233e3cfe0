"""An idea that is not handed in yet: words are kept while somebody writes, and become an idea when they are sent.

A draft belongs to an account or to the browsers that hold its secret; for everybody else it does not exist.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import Field, ValidationError
from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused
from activities.secret_mails import resume_draft
from activities.secret_mails.posting import Order, write_secret_mail
from api.runtime.services import Services
from api.use_cases.command_sender import Done
from api.use_cases.commands import submit_idea
from api.use_cases.idea_text import IdeaWords, UnfinishedWords, WrongWords, check_words, new_idea
from api.use_cases.secret_mails import post_secret_mail, start_secret_mail
from api.use_cases.three_way_merge import Window, digest_of, merge
from models.addresses import LONGEST as LONGEST_ADDRESS
from models.addresses import canonical_address, is_address, show_address
from models.messages.commands import RefusalCode
from models.policy import Policy
from models.queries.paging import at_most
from models.secrets import hash_secret
from models.single_line import LONGEST_PHONE, Line, Name, Reach, is_phone
from models.tables import Account, Draft, DraftLink, Idea
from models.tables.account import LONGEST_POST
from models.tables.columns import utc_now
from models.typed_text import Text
from models.vocabulary import Role, SecretMailKind
from workflows.client import EngineAway

LONGEST_ORGANISATION = 200

UNTOUCHED_LASTS = timedelta(days=2)
"""A draft in which nobody has written a word."""

SHOWN_AFTER_SENDING = timedelta(days=7)
"""How long the page that says what happens next can be opened again."""

MOST_DRAFTS = 5
"""Of one visitor, or of one address, that are shown or sent at once."""

MOST_OF_ACCOUNT = 500
"""Somebody may have brought a list of ideas along."""

MOST_BROWSERS = 8


class DraftProblem(Exception):
    """Something cannot be done with a draft."""


class DraftNotFound(DraftProblem):
    """There is no such draft, or it is none of this visitor's business."""


class DraftExpired(DraftProblem):
    """It was theirs, and nobody has gone on with it for long."""


class DraftSent(DraftProblem):
    """Its words have become an idea, and are changed there."""

    def __init__(self, draft_id: str) -> None:
        self.draft_id = draft_id
        super().__init__(draft_id)


class DraftIncomplete(DraftProblem):
    """Something is missing or cannot be kept. `fields` names it, in the order of the pages."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = list(fields)
        super().__init__(", ".join(fields))


class OnItsWay(DraftProblem):
    """It is handed in, but the engine is away: its path begins as soon as that is back."""

    def __init__(self, draft_id: str) -> None:
        self.draft_id = draft_id
        super().__init__(draft_id)


class Saved(NamedTuple):
    """A draft as it is now, and the fields of which another window has written something else meanwhile."""

    draft: Draft
    clashes: list[str]


class TypedWords(UnfinishedWords):
    """What may be typed: the idea, and who hands it in."""

    name: Name = ""
    email: Text = Field(default="", max_length=LONGEST_ADDRESS)
    phone: Line = Field(default="", max_length=LONGEST_PHONE)
    reach: Reach = ""
    organisation: Line = Field(default="", max_length=LONGEST_ORGANISATION)
    post: Text = Field(default="", max_length=LONGEST_POST)


FIELDS = tuple(TypedWords.model_fields)
OF_PERSON = ("name", "email")
"""Kept in columns of their own, since a person is found by them."""


@dataclass(frozen=True)
class Holder:
    """Who writes: somebody with an account, or a browser by the hash of its secret."""

    account: Account | None = None
    browser: str | None = None

    @property
    def address(self) -> str | None:
        """The one that they have proved: what was written under it, in any browser, is theirs."""
        return self.account.email if self.account is not None and self.account.proved_at is not None else None

    def may_open(self, draft: Draft) -> bool:
        if draft.account_id is not None:
            return self.account is not None and self.account.id == draft.account_id
        if self.address is not None and self.address == draft.email:
            return True
        return self.browser is not None and self.browser in draft.browsers


# -- writing -----------------------------------------------------------------------------------------------------


async def begin_draft(services: Services, holder: Holder, language: str, **begun: Any) -> Draft:
    """A draft with what it is `begun` with: mostly nothing. Without an account it belongs to the browser."""
    now = utc_now()
    draft = Draft(
        account_id=holder.account.id if holder.account else None,
        browsers=[holder.browser] if holder.account is None and holder.browser else [],
        language=language,
        created_at=now,
        updated_at=now,
        expires_at=now + UNTOUCHED_LASTS,
        **begun,
    )
    async with services.database.transaction() as session:
        session.add(draft)
    return draft


def new_draft(policy: Policy, words: UnfinishedWords, organisation: str = "", **more: Any) -> Draft:
    """The row of a draft that nobody has typed here, not yet in any session. Until somebody saves it, it was written
    last when it was written first."""
    now, typed = utc_now(), {**words.model_dump(mode="json"), "organisation": organisation}
    draft = Draft(words=typed, language=words.language, created_at=now, **more)
    _touch(policy, draft, now)
    return draft


async def open_draft(session: AsyncSession, holder: Holder, draft_id: str, *, lock: bool = False) -> Draft:
    """Raises DraftNotFound for a stranger as for a draft that does not exist, DraftExpired."""
    draft = await session.get(Draft, draft_id, with_for_update=lock)
    if draft is None or not holder.may_open(draft):
        raise DraftNotFound
    if draft.expires_at <= utc_now():
        raise DraftExpired
    return draft


async def list_open_drafts(session: AsyncSession, holder: Holder) -> Sequence[Draft]:
    """What this visitor has begun and not sent, the latest first."""
    if holder.account is not None:
        written = col(Draft.account_id).is_(None) & (col(Draft.email) == holder.address)
        theirs: Any = or_(col(Draft.account_id) == holder.account.id, written, _is_of_browser(holder))
    elif holder.browser is not None:
        theirs = _is_of_browser(holder)
    else:
        return []
    begun = select(Draft).where(theirs, *_is_open()).order_by(col(Draft.updated_at).desc(), col(Draft.id))
    most = MOST_DRAFTS if holder.account is None else MOST_OF_ACCOUNT
    return (await session.exec(begun.limit(at_most(most)))).all()


def _is_of_browser(holder: Holder) -> Any:
    return col(Draft.account_id).is_(None) & col(Draft.browsers).contains([holder.browser or ""])


async def take_over(services: Services, holder: Holder) -> None:
    """What was begun in this browser belongs to whoever signs in here, on every device. What names somebody else's
    address stays whose it is: a computer may be everybody's.
    """
    if holder.account is None or holder.browser is None:
        return
    is_nobodys = or_(col(Draft.email).is_(None), col(Draft.email) == holder.account.email)
    unsent = (col(Draft.idea_id).is_(None), col(Draft.waits_since).is_(None), *_is_open())
    begun = update(Draft).where(_is_of_browser(holder), is_nobodys, *unsent)
    async with services.database.transaction() as session:
        await session.exec(begun.values(account_id=holder.account.id, browsers=[]))


def _is_open() -> Sequence[ColumnElement[bool]]:
    """Something is written in it, and no path has begun."""
    return col(Draft.words) != {}, col(Draft.sent_at).is_(None), col(Draft.expires_at) > utc_now()


def check_typed(values: Mapping[str, Any]) -> dict[str, str]:
    """Field → the kind of mistake, for what cannot be kept even unfinished; empty where all of it can."""
    try:
        TypedWords.model_validate(values)
    except ValidationError as wrong:
        return {str(item["loc"][0]): item["type"] for item in wrong.errors(include_input=False)}
    return {}


async def save_words(
    services: Services, holder: Holder, draft_id: str, changes: Mapping[str, Any], window: Window | None = None
) -> Saved:
    """Keep what was typed in a window. Raises DraftNotFound, DraftExpired, DraftSent, ValidationError."""
    window = window or Window()
    typed = TypedWords.model_validate(changes).model_dump(include=set(changes))
    async with services.database.transaction() as session:
        draft = await open_draft(session, holder, draft_id, lock=True)
        if draft.idea_id is not None or draft.waits_since is not None:
            raise DraftSent(draft_id)
        stored = typed_words(draft).model_dump()
        kept, clashes = merge(stored, typed, window, draft.written_by)
        draft.words = {**draft.words, **{name: value for name, value in kept.items() if name not in OF_PERSON}}
        if "name" in kept:
            draft.name = kept["name"]
        if "email" in kept:
            keep_address(draft, kept["email"])
        changed = [name for name, value in kept.items() if digest_of(value) != digest_of(stored[name])]
        draft.written_by = {**draft.written_by, **dict.fromkeys(changed, window.id)}
        _touch(services.policy, draft, utc_now())
    return Saved(draft, clashes)


async def throw_away(services: Services, holder: Holder, draft_id: str) -> None:
    """Delete a draft for good. One whose idea is handed in has nothing left to delete."""
    async with services.database.transaction() as session:
        draft = await open_draft(session, holder, draft_id, lock=True)
        if draft.idea_id is not None:
            raise DraftSent(draft_id)
        if draft.source_ref is None:
            await session.delete(draft)
        else:
            _empty(services.policy, draft)


def _empty(policy: Policy, draft: Draft) -> None:
    """What has a mark leaves it for a while: the same file, or the same request, must not bring it back."""
    draft.words, draft.name, draft.email, draft.browsers, draft.account_id = {}, "", None, [], None
    _touch(policy, draft, utc_now())
    draft.sent_at = draft.updated_at


def typed_words(draft: Draft) -> TypedWords:
    """What a draft holds, as its pages show it."""
    known = {name: value for name, value in draft.words.items() if name in FIELDS}
    if draft.email is not None:
        known["email"] = show_address(draft.email)
    return TypedWords.model_construct(**{"language": draft.language, **known, "name": draft.name})


def keep_address(draft: Draft, typed: str) -> None:
    """What is no address yet is kept among the words, so that nobody has to type it again; nothing is sent there."""
    others = {name: value for name, value in draft.words.items() if name != "email"}
    is_whole = is_address(typed)
    draft.email = canonical_address(typed) if is_whole else None
    draft.words = others if is_whole or not typed else {**others, "email": typed}


def _touch(policy: Policy, draft: Draft, now: datetime) -> None:
    draft.updated_at, draft.warned_at = now, None
    draft.expires_at = now + timedelta(days=policy.retention.draft_days)


# -- sending -----------------------------------------------------------------------------------------------------


def find_gaps(policy: Policy, draft: Draft, *, signed_in: bool) -> list[str]:
    """The fields without which a draft cannot be sent, or which hold something that the region does not have."""
    typed = typed_words(draft)
    gaps = []
    try:
        check_words(policy, idea_words(typed))
    except ValidationError as wrong:
        gaps += [str(item["loc"][0]) for item in wrong.errors(include_input=False)]
    except WrongWords as wrong:
        gaps.append(wrong.field)
    if not signed_in:
        gaps += [] if typed.name else ["name"]
        gaps += [] if is_address(typed.email) else ["email"]
        gaps += [] if not typed.phone or is_phone(typed.phone) else ["phone"]
    return [name for name in FIELDS if name in gaps]


def idea_words(typed: TypedWords) -> IdeaWords:
    """Raises ValidationError."""
    return IdeaWords.model_validate(typed.model_dump(include=set(IdeaWords.model_fields)))


async def send_draft(services: Services, holder: Holder, account: Account, draft_id: str) -> Done | None:
    """Hand in what a draft says, in one step that can be repeated; None where that was done. Its owner is who is signed
    in; without an account see `api.use_cases.confirmation`.

    Raises DraftNotFound, DraftExpired, DraftIncomplete, CommandRefused; OnItsWay where the engine is away.
    """
    async with services.database.transaction() as session:
        # Two at the same moment: the second waits here, and then finds the idea of the first.
        draft = await open_draft(session, holder, draft_id, lock=True)
        if draft.sent_at is not None:
            return None
        if draft.idea_id is None:
            await turn_into_idea(session, services.policy, draft, account)
    return await submit_draft(services, draft)


async def submit_draft(services: Services, draft: Draft) -> Done | None:
    """Let its idea begin its path; None where that had begun already. Raises CommandRefused, OnItsWay."""
    assert draft.idea_id is not None
    done = None
    async with services.database.reading() as session:
        owns = select(Account).join(Idea, col(Idea.owner_id) == col(Account.id)).where(Idea.id == draft.idea_id)
        owner = (await session.exec(owns)).one()
    try:
        done = await submit_idea(services, owner, draft.idea_id)
    except EngineAway as away:
        raise OnItsWay(draft.id) from away
    except CommandRefused as refused:
        # Handed in by its owner in another way meanwhile.
        if refused.refusal.code is not RefusalCode.NOT_ALLOWED:
            raise
    if await _note_sent(services, draft) and (draft.source is None or draft.email is not None):
        # Whoever sends many by a program or a table needs no mail for each.
        await _confirm(services, draft, owner)
    return done


async def turn_into_idea(session: AsyncSession, policy: Policy, draft: Draft, owner: Account) -> None:
    """Write the idea down. The caller commits. Raises DraftIncomplete."""
    gaps = find_gaps(policy, draft, signed_in=True)
    if gaps:
        raise DraftIncomplete(gaps)
    typed = typed_words(draft)
    idea = new_idea(policy, owner, check_words(policy, idea_words(typed)), id=draft.id)
    idea.organisation = typed.organisation
    idea.source, idea.source_ref, idea.written_on = draft.source, draft.source_ref, draft.written_on
    idea.taken_in, idea.after_id = draft.taken_in, draft.after_id
    session.add(idea)
    await _keep_contact(session, owner.id, typed)
    if idea.taken_in is not None and idea.taken_in["held"]:
        owner.held, owner.post = True, typed.post
    await session.flush()
    draft.idea_id, draft.waits_since = idea.id, None
    draft.expires_at = utc_now() + timedelta(days=policy.retention.draft_days)


async def _keep_contact(session: AsyncSession, owner_id: str, typed: TypedWords) -> None:
    """How they are reached is said once; what an account says already is changed by whoever is signed in to it."""
    told = {"reach": typed.reach, "phone": typed.phone if is_phone(typed.phone) else ""}
    if any(told.values()):
        silent = update(Account).where(col(Account.id) == owner_id, col(Account.phone) == "", col(Account.reach) == "")
        await session.exec(silent.values(**told))


async def find_or_make_account(session: AsyncSession, email: str, name: str, language: str) -> Account:
    """Whoever has the address. Nothing of an account that there is changes, and nobody learns that there is one."""
    row = Account(email=canonical_address(email), name=name, language=language, roles=[str(Role.INNOVATOR)])
    await session.exec(insert(Account).values(row.model_dump()).on_conflict_do_nothing(index_elements=["email"]))
    return (await session.exec(select(Account).where(Account.email == row.email))).one()


async def _note_sent(services: Services, draft: Draft) -> bool:
    """False where another request has done it."""
    now = utc_now()
    sent = update(Draft).where(col(Draft.id) == draft.id, col(Draft.sent_at).is_(None))
    sent = sent.values(sent_at=now, expires_at=now + SHOWN_AFTER_SENDING, name="", words={})
    async with services.database.transaction() as session:
        return (await session.exec(sent.returning(col(Draft.id)))).first() is not None


async def _confirm(services: Services, draft: Draft, owner: Account) -> None:
    """Write what happens next."""
    # What it says stands on the page as well: that it cannot be sent just now changes nothing.
    with suppress(EngineAway):
        await post_secret_mail(
            services,
            Order(SecretMailKind.HANDED_IN, owner.email, owner.id, draft.idea_id, owner.language, is_own=True),
        )


# -- going on elsewhere ------------------------------------------------------------------------------------------


async def post_link(services: Services, draft: Draft, language: str, network: str | None = None) -> None:
    """Write to the draft's address how it is opened elsewhere, with all others of the address. Raises EngineAway."""
    assert draft.email is not None
    kind, until = SecretMailKind.RESUME_DRAFT, min(utc_now() + resume_draft.LASTS, draft.expires_at)
    async with services.database.transaction() as session:
        link = DraftLink(draft_id=draft.id, expires_at=until)
        session.add(link)
        order = Order(kind, draft.email, subject_id=link.id, language=language, network=network)
        mail = await write_secret_mail(session, services.signing_key, order)
    await start_secret_mail(services, mail)


async def post_links_to(services: Services, email: str, language: str, network: str | None = None) -> None:
    """Write to an address how its drafts are opened, one mail for all; where it has none, nobody gets a mail and
    nobody learns that. Raises EngineAway.
    """
    email = canonical_address(email)
    async with services.database.reading() as session:
        found = (await session.exec(_drafts_of(email))).first()
    if found is not None:
        await post_link(services, found, language, network)
    else:
        # It takes as long, and goes to nobody.
        await post_secret_mail(
            services, Order(SecretMailKind.RESUME_DRAFT, email, language=language, network=network, to_nobody=True)
        )


def _drafts_of(email: str) -> Any:
    """Those that are still being written, the latest first."""
    those = select(Draft).where(Draft.email == email, col(Draft.account_id).is_(None), *_is_open())
    return those.where(col(Draft.idea_id).is_(None)).order_by(col(Draft.updated_at).desc()).limit(MOST_DRAFTS)


async def find_link(session: AsyncSession, secret: str, *, lock: bool = False) -> tuple[DraftLink, Draft] | None:
    """The link with a secret, and its draft; None where it was used, has expired, or never was one."""
    statement = select(DraftLink, Draft).join(Draft, col(Draft.id) == col(DraftLink.draft_id))
    statement = statement.where(DraftLink.hash == hash_secret(secret))
    found = (await session.exec(statement.with_for_update() if lock else statement)).one_or_none()
    if found is None:
        return None
    link, draft = found
    is_good = link.used_at is None and draft.sent_at is None and min(link.expires_at, draft.expires_at) > utc_now()
    return (link, draft) if is_good else None


async def use_link(services: Services, secret: str, browser: str) -> list[Draft]:
    """Let another browser open the draft, once, and all others of its address: whoever has the link reads the mail
    there. The one of the link comes first; empty where the link does not do that, or not any more.
    """
    async with services.database.transaction() as session:
        found = await find_link(session, secret, lock=True)
        if found is None:
            return []
        link, draft = found
        link.used_at = utc_now()
        others = (await session.exec(_drafts_of(draft.email or "").with_for_update())).all()
        drafts = [draft, *(other for other in others if other.id != draft.id)]
        for one in drafts:
            if browser not in one.browsers:
                one.browsers = [*one.browsers, browser][-MOST_BROWSERS:]
    return drafts
