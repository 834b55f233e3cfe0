"""A coach answers an offer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from activities.polling import wait_until
from api.runtime.services import Services
from api.use_cases.command_sender import SHOWN_WITHIN_SECONDS
from api.use_cases.errors import Conflict, Forbidden, NotFound
from models.messages.coaching import OfferAnswer, OfferVerdict
from models.queries.offers import FoundOffer, OfferLine, read_offer
from models.rules.permissions import may_see_board
from models.tables import Account, Note, Offer, StandingRow
from models.vocabulary import DeclineReason, OfferStatus, Role, Stage
from workflows.client import OfferClosed


@dataclass(frozen=True)
class Answered:
    """The offer after the answer, and for an accepted one where the idea stands. `shown`: the lists know it too."""

    offer: OfferLine
    stage: Stage | None = None
    state: str | None = None
    version: int | None = None
    shown: bool = True


async def accept_offer(services: Services, account: Account, offer_id: str) -> Answered:
    """Take an idea on. Raises Forbidden, NotFound, Conflict, OfferClosed, EngineAway."""
    found = await find_own_offer(services, account, offer_id)
    if found.line.status is not OfferStatus.ACCEPTED:
        answer = OfferAnswer(offer_id=offer_id, coach_id=account.id, accepted=True)
        found = await _send(services, account, found, answer, OfferStatus.ACCEPTED)
    return await _tell_where_it_stands(services, found)


async def decline_offer(
    services: Services, account: Account, offer_id: str, reason: DeclineReason, note: str | None = None
) -> Answered:
    """Let an idea pass to the next coach. Raises Forbidden, NotFound, OfferClosed, EngineAway."""
    found = await find_own_offer(services, account, offer_id)
    if found.line.status is not OfferStatus.DECLINED:
        note_id = await _store_note(services, account, found, note) if note else None
        answer = OfferAnswer(offer_id=offer_id, coach_id=account.id, accepted=False, reason=reason, note_id=note_id)
        try:
            found = await _send(services, account, found, answer, OfferStatus.DECLINED)
        except OfferClosed:
            await _forget_note(services, offer_id, note_id)
            raise
    return Answered(found.line)


async def find_own_offer(services: Services, account: Account, offer_id: str) -> FoundOffer:
    """Only the coach who was asked may answer; a lead is told so, for everybody else there is no such offer."""
    async with services.database.reading() as session:
        found = await read_offer(session, offer_id)
    if found is not None and found.coach_id == account.id:
        return found
    if found is not None and may_see_board([Role(role) for role in account.roles]):
        raise Forbidden("only the coach who was asked may answer")
    raise NotFound("there is no such offer, or it is not yours")


async def _send(
    services: Services, account: Account, found: FoundOffer, answer: OfferAnswer, wanted: OfferStatus
) -> FoundOffer:
    if found.line.status is not OfferStatus.OPEN:
        raise OfferClosed
    verdict = await _ask(services, found, answer)
    if verdict is OfferVerdict.NO_PLACE:
        raise Conflict("you have no free place, or you are away", code="no_place")
    # The search may have ended with the very same answer, sent twice at the same moment.
    now = await find_own_offer(services, account, answer.offer_id)
    if now.line.status is not wanted:
        raise OfferClosed
    return now


async def _ask(services: Services, found: FoundOffer, answer: OfferAnswer) -> OfferVerdict:
    try:
        return await services.engine.answer_offer(found.line.idea.id, found.search, answer)
    except OfferClosed:
        return OfferVerdict.TOO_LATE


async def _tell_where_it_stands(services: Services, found: FoundOffer) -> Answered:
    """After an acceptance: wait until the lists show its coach, for two seconds at most."""
    row: StandingRow | None = None

    async def coach_is_shown() -> bool:
        nonlocal row
        async with services.database.reading() as session:
            row = (
                await session.exec(select(StandingRow).where(StandingRow.case_id == found.line.idea.id))
            ).one_or_none()
        # Another search than the one of the offer: the idea has moved on since.
        return row is not None and (row.coach_id is not None or row.search != found.search or row.outcome is not None)

    shown = await wait_until(coach_is_shown, SHOWN_WITHIN_SECONDS)
    if row is None:
        return Answered(found.line, shown=False)
    return Answered(found.line, stage=Stage(row.stage), state=row.state, version=row.version, shown=shown)


async def _store_note(services: Services, account: Account, found: FoundOffer, note: str) -> str:
    """The coach's words stay between coach and leads."""
    note_id = _note_id(found.line.id)
    values = insert(Note).values(
        id=note_id,
        idea_id=found.line.idea.id,
        author_id=account.id,
        event="decline_offer",
        internal=True,
        body=note,
        created_at=datetime.now(UTC),
    )
    async with services.database.transaction() as session:
        await session.exec(values.on_conflict_do_nothing())
    return note_id


async def _forget_note(services: Services, offer_id: str, note_id: str | None) -> None:
    """The words of an answer that came too late are not kept."""
    if note_id is None:
        return
    async with services.database.transaction() as session:
        offer = await session.get(Offer, offer_id)
        note = await session.get(Note, note_id)
        if note is not None and (offer is None or offer.note_id != note_id):
            await session.delete(note)


def _note_id(offer_id: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"note/offer/{offer_id}"))
