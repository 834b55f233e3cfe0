"""Intake: a coach or a lead writes down what somebody has told them, by telephone, by letter or in person.

It waits for its address like any idea that comes without an account, and belongs to whoever proves the address: the
person, or the office that reads an address for them. Nobody's consent is guessed: who heard it, and when, is kept.
"""

from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.secret_mails.confirm_draft import LASTS
from api.runtime.services import Services
from api.use_cases.confirmation import start_confirmation, write_another_confirmation, write_confirmation
from api.use_cases.drafts import DraftNotFound, TypedWords, idea_words, new_draft
from api.use_cases.idea_text import check_words
from models.addresses import canonical_address
from models.queries.paging import at_most
from models.tables import Account, Draft
from models.tables.columns import utc_now
from models.vocabulary import IntakeWay

MOST_WAITING = 50


@dataclass(frozen=True)
class Intake:
    """What was told, by whom, and how it came."""

    words: TypedWords
    way: IntakeWay
    heard_on: date
    """On which day the person agreed to what becomes of their data."""
    is_held: bool
    """The address is not the person's own: the office reads it for them."""


async def take_in(services: Services, taker: Account, intake: Intake, key: str, network: str | None) -> None:
    """Keep it until its address is proved, and write there. The same key again is the same idea. Raises WrongWords,
    ValidationError."""
    typed, now = intake.words, utc_now()
    draft = new_draft(
        services.policy,
        check_words(services.policy, idea_words(typed)),
        typed.organisation,
        id=str(uuid5(NAMESPACE_URL, f"{taker.id}/intake/{key}")),
        name=typed.name,
        email=canonical_address(typed.email),
        waits_since=now,
        taken_in={
            "by": taker.id,
            "way": intake.way,
            "heard_on": intake.heard_on.isoformat(),
            "held": intake.is_held,
        },
    )
    draft.words = {**draft.words, "phone": typed.phone, "reach": typed.reach, "post": typed.post}
    draft.expires_at = now + LASTS
    async with services.database.transaction() as session:
        written = insert(Draft).values(draft.model_dump()).on_conflict_do_nothing().returning(col(Draft.id))
        if (await session.exec(written)).first() is None:
            return
        mail = await write_confirmation(session, services, draft, network)
    await start_confirmation(services, mail)


async def write_there_again(services: Services, taker: Account, draft_id: str, email: str, network: str | None) -> bool:
    """Another mail, to the same address or to a corrected one; only whoever took the idea in has it written.

    False where nobody waits for it any more: the address is proved, or its time is over. Raises DraftNotFound.
    """
    async with services.database.transaction() as session:
        draft = await session.get(Draft, draft_id, with_for_update=True)
        if draft is None or (draft.taken_in or {}).get("by") != taker.id:
            raise DraftNotFound
        if draft.waits_since is None or draft.expires_at <= utc_now():
            return False
        mail = await write_another_confirmation(session, services, draft, network, email)
    await start_confirmation(services, mail)
    return True


async def list_waiting(session: AsyncSession, taker_id: str) -> list[Draft]:
    """What somebody has taken in and nobody has confirmed yet, the latest first."""
    taken: dict[str, str] = {"by": taker_id}
    its = select(Draft).where(
        col(Draft.taken_in).contains(taken), col(Draft.waits_since).is_not(None), col(Draft.expires_at) > utc_now()
    )
    return list((await session.exec(its.order_by(col(Draft.waits_since).desc()).limit(at_most(MOST_WAITING)))).all())
