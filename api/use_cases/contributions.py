"""What citizens add to stories: written without an account, proved by a letter, shown by leads, answered by the team.

Whoever reads the mail to an address is its author: the secret in it proves, shows how it stands, and takes it back.
"""

from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, StringConstraints
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused, IdeaGone
from activities.secret_mails.contribution import LASTS
from activities.secret_mails.posting import Order, write_secret_mail
from activities.upkeep.contributions import forget_contributions
from api.runtime.services import Services
from api.use_cases.command_sender import CaseForm, Done, show
from api.use_cases.confirmation import start_confirmation
from api.use_cases.crowdfunding import see_idea_to_act
from api.use_cases.engine_commands import ask_case
from api.use_cases.errors import NotFound
from api.use_cases.plain_case_sender import send_plain_command
from models.addresses import canonical_address
from models.cases.refusals import GIVE_UP
from models.messages.commands import ENGINE
from models.messages.contribution import ContributionCommand, ContributionStanding
from models.queries.contributions import ContributionView, its_news, list_contributions, of_its_case
from models.queries.openings import find_opening_of
from models.queries.stories import find_story_of
from models.rules.contribution import CONTRIBUTIONS
from models.rules.permissions import is_own
from models.secrets import hash_secret
from models.single_line import Name
from models.tables import Account, Contribution, ContributionReport, StandingRow
from models.tables.columns import utc_now
from models.tables.contribution import LONGEST_CONTRIBUTION, LONGEST_FIRST_NAME
from models.typed_text import Text
from models.vocabulary import ContributionSort, Role, SecretMailKind, Unfit
from models.workflow_ids import CONTRIBUTION
from workflows.client import EngineAway

AT_ONCE = 50

Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(canonical_address)]
Words = Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_CONTRIBUTION)]


class NewContribution(BaseModel):
    """What somebody writes to a story. Without a name it stands there without one."""

    sort: ContributionSort
    body: Words
    name: Annotated[Name, StringConstraints(max_length=LONGEST_FIRST_NAME)] = ""
    email: Address
    may_contact: bool = False


class NewReport(BaseModel):
    """What somebody holds against a contribution."""

    reason: Unfit
    body: Words
    email: Annotated[str, AfterValidator(lambda text: canonical_address(text) if text else "")] = ""


class ContributionForm(CaseForm):
    """An event of a contribution and its own fields, as a person gives them."""

    reason: Unfit | None = None
    contact: bool = False
    """With `answer`: the address of whoever answers goes to its author, and theirs comes back."""


# -- its author ------------------------------------------------------------------------------------------------------


async def contribute(
    services: Services, idea_id: str, new: NewContribution, language: str, network: str | None
) -> None:
    """Keep it until its address is proved, and write there."""
    words = Contribution(idea_id=idea_id, language=language, expires_at=utc_now() + LASTS, **new.model_dump())
    async with services.database.transaction() as session:
        session.add(words)
        await session.flush()
        order = _order(SecretMailKind.CONFIRM_CONTRIBUTION, words, network=network)
        mail = await write_secret_mail(session, services.signing_key, order)
    await start_confirmation(services, mail)


async def find_mine(session: AsyncSession, secret: str) -> tuple[Contribution, ContributionView | None]:
    """The contribution of a link, and where it stands once it has begun. Raises NotFound."""
    there = select(Contribution).where(Contribution.hash == hash_secret(secret))
    words = (await session.exec(there)).one_or_none()
    if words is None or (words.number is None and words.expires_at <= utc_now()):
        raise NotFound
    views = await list_contributions(session, Contribution.id == words.id)
    return words, next(iter(views), None)


async def prove(services: Services, secret: str) -> None:
    """Its case begins, now or as soon as the engine is there. Repeatable. Raises NotFound."""
    async with services.database.transaction() as session:
        words, _ = await find_mine(session, secret)
        # Two at once stand in line, so that each contribution has a number of its own, and one alone.
        await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(words.idea_id, 1))))
        kept = await session.get(Contribution, words.id, populate_existing=True, with_for_update=True)
        if kept is None or kept.hash is None:
            raise NotFound
        if words.number is None:
            last = select(func.max(Contribution.number)).where(Contribution.idea_id == words.idea_id)
            words.number = ((await session.exec(last)).one() or 0) + 1
        words_id = words.id
    with suppress(EngineAway, CommandRefused, IdeaGone):
        await begin_contributions(services, Contribution.id == words_id)


async def take_back(services: Services, secret: str) -> None:
    """Its author wants it gone: the words go at once, and nobody waits for it any more. Raises NotFound."""
    async with services.database.transaction() as session:
        words, _ = await find_mine(session, secret)
        words_id = words.id
        await forget_contributions(session, col(Contribution.id) == words_id)
    with suppress(EngineAway):
        await end_forgotten(services, Contribution.id == words_id)


# -- who decides on it -----------------------------------------------------------------------------------------------


async def see_contributions(
    session: AsyncSession, account: Account, idea_id: str
) -> tuple[list[Role], list[ContributionView]]:
    """Of an idea, for whoever acts on it. What is not decided yet, or was not fit to be read, those read who decide.
    Raises IdeaNotFound."""
    _, roles = await see_idea_to_act(session, account, idea_id)
    views = await list_contributions(session, Contribution.idea_id == idea_id)
    return roles, [one for one in views if Role.LEAD in roles or one.is_public or one.row.state == "passed_on"]


async def send_contribution_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: ContributionForm,
    number: int,
    key: str | None = None,
    expected_version: int | None = None,
) -> Done:
    """One event of one contribution, of which its author hears. Raises as `send_plain_command`."""
    rules = CONTRIBUTIONS
    done = await send_plain_command(services, account, idea_id, form, number, key, expected_version, rules=rules)
    await tell_authors(services)
    return done


# -- what is reported ------------------------------------------------------------------------------------------------


async def find_public(session: AsyncSession, contribution_id: str) -> ContributionView:
    """Raises NotFound where nobody reads it, for instance since the story is taken down to which it was written."""
    views = await list_contributions(session, Contribution.id == contribution_id)
    if not views or not views[0].is_public or not await find_place(session, views[0].words.idea_id):
        raise NotFound
    return views[0]


async def find_place(session: AsyncSession, idea_id: str) -> str:
    """The page on which everybody reads what is written to an idea; empty where there is none any more."""
    if (story := await find_story_of(session, idea_id)) is not None:
        return f"/geschichten/{story[0]}"
    opening = await find_opening_of(session, idea_id)
    return f"/unterwegs/{opening.id}" if opening is not None else ""


async def report(services: Services, contribution_id: str, new: NewReport, language: str) -> None:
    """Raises NotFound."""
    async with services.database.transaction() as session:
        await find_public(session, contribution_id)
        session.add(ContributionReport(contribution_id=contribution_id, language=language, **new.model_dump()))


async def decide_report(services: Services, lead: Account, report_id: str, *, take_away: bool, said: str) -> None:
    """It counts at once, and both are told. Raises NotFound where nothing waits for a decision, or on an idea of the
    lead's own: others decide on that."""
    async with services.database.transaction() as session:
        found = await session.get(ContributionReport, report_id, with_for_update=True)
        if found is None or found.decided_at is not None:
            raise NotFound
        words = await session.get_one(Contribution, found.contribution_id)
        if is_own(await session.get_one(StandingRow, words.idea_id), lead.id):
            raise NotFound
        found.took_away, found.said, found.decided_at, found.decided_by = take_away, said, utc_now(), lead.id
        if take_away:
            words.taken_away_at = words.taken_away_at or utc_now()
        order = _order(SecretMailKind.REPORT_DECIDED, found)
        mail = await write_secret_mail(session, services.signing_key, order) if found.email else None
    if mail is not None:
        await start_confirmation(services, mail)
    if take_away and words.number is not None:
        with suppress(CommandRefused, EngineAway):
            # Nobody waits for an answer any more.
            form = ContributionForm(event="refuse", reason=Unfit(found.reason), note=said)
            await send_contribution_command(services, lead, words.idea_id, form, words.number, f"report/{report_id}")
    await tell_authors(services)


# -- what goes on by itself ------------------------------------------------------------------------------------------


async def begin_contributions(services: Services, *which: Any) -> int:
    """Begin the cases of those whose address is proved; returns how many. Raises EngineAway."""
    proved = select(Contribution, StandingRow).join(StandingRow, col(StandingRow.case_id) == Contribution.idea_id)
    begun = select(StandingRow.case_id).where(of_its_case()).correlate(Contribution)
    proved = proved.where(col(Contribution.number).is_not(None), col(Contribution.body) != "", ~begun.exists(), *which)
    async with services.database.reading() as session:
        found = (await session.exec(proved.limit(AT_ONCE))).all()
    for words, idea in found:
        standing = ContributionStanding(
            idea_id=words.idea_id,
            n=words.number or 0,
            owner_id=idea.owner_id,
            office=idea.office,
            entered_at=utc_now(),
            sort=ContributionSort(words.sort),
            may_contact=words.may_contact,
        )
        case = CONTRIBUTIONS.begin(standing, services.rulebook(CONTRIBUTION), words.id)
        await show(services, await services.engine.submit(*case))
    return len(found)


async def end_forgotten(services: Services, *which: Any) -> int:
    """Withdraw those whose words are gone, by their author or with an erasure, so that nobody waits for an answer to
    nothing; returns how many were open. Raises EngineAway."""
    lost: Any = select(Contribution.id, StandingRow.case_id).join(StandingRow, of_its_case())
    lost = lost.where(col(Contribution.body) == "", col(StandingRow.outcome).is_(None), *which)
    async with services.database.reading() as session:
        found = (await session.exec(lost.limit(AT_ONCE))).all()
    for words_id, case_id in found:
        command = ContributionCommand(id=f"{GIVE_UP}-{words_id}", event=GIVE_UP, actor=ENGINE)
        with suppress(CommandRefused, IdeaGone):
            await show(services, await ask_case(services, case_id, command))
    return len(found)


async def tell_authors(services: Services) -> None:
    """Write to those whose contribution stands elsewhere than they know, and to both sides where they have said yes to
    each other. What is not sent now is sent later."""
    columns: list[Any] = [Contribution, its_news(), StandingRow]
    told = select(*columns).join(StandingRow, of_its_case())
    told = told.where(col(Contribution.email) != "", its_news() != Contribution.told).order_by(Contribution.email)
    orders: list[Order] = []
    async with services.database.transaction() as session:
        locked = told.limit(AT_ONCE).with_for_update(of=Contribution, skip_locked=True)
        for words, news, row in (await session.exec(locked)).all():
            words.told = news
            orders.append(_order(SecretMailKind.CONTRIBUTION_NEWS, words, is_proved=True))
            if news == "answered" and (contact_id := row.read().contact_id) is not None:
                orders += _introduce(words, await session.get_one(Account, contact_id))
        # In one order everywhere: two that write to the same addresses do not wait for each other.
        orders.sort(key=lambda order: order.email)
        mails = [await write_secret_mail(session, services.signing_key, order) for order in orders]
    for mail in mails:
        await start_confirmation(services, mail)


def _introduce(words: Contribution, account: Account) -> list[Order]:
    """To either side, how the other is reached; nobody is where somebody has gone."""
    if account.erased_at is not None:
        return []
    kind = SecretMailKind.CONTRIBUTION_CONTACT
    to_team = Order(kind, account.email, account.id, words.id, account.language)
    return [_order(kind, words, is_proved=True), to_team]


def _order(kind: SecretMailKind, about: Contribution | ContributionReport, **more: Any) -> Order:
    return Order(kind, about.email, subject_id=about.id, language=about.language, **more)
