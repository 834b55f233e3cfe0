"""What waits for somebody behind the entries of their menu: read along with who they are, on every page."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.queries.contributions import count_waiting
from models.queries.deliveries import UNDELIVERED
from models.queries.letters import is_letter, may_pass_on
from models.tables import (
    Account,
    Draft,
    ErasureRequest,
    Feedback,
    MailRow,
    NoticeRow,
    Offer,
    StandingRow,
    has_role,
    is_own,
)
from models.tables.notice import is_unread
from models.vocabulary import OfferStatus, Role


class Waiting(NamedTuple):
    """How many of each; 0 for what is not theirs to look after."""

    offers: int = 0
    undelivered: int = 0
    """Mails that did not arrive."""
    feedback: int = 0
    """Messages about the platform that wait for an answer."""
    wishes: int = 0
    """People who wait to be erased."""
    notices: int = 0
    """What they were told and have not read."""
    letters: int = 0
    """Mails that have to be passed on to somebody."""
    contributions: int = 0
    """To stories, that have to be decided on, and reports of them."""
    has_ideas: bool = False
    """Ideas, drafts or teams of their own, whatever they are here besides."""


NOTHING = Waiting()


@cache
def told_waiting() -> tuple[Any, ...]:
    """Beside an account: the fields of `Waiting`. What is not theirs is not counted either."""
    offers = _count(Offer, col(Offer.coach_id) == col(Account.id), col(Offer.status) == OfferStatus.OPEN)
    mails = _count(MailRow, col(MailRow.state).in_(UNDELIVERED))
    feedback = _count(Feedback, col(Feedback.answered_at).is_(None))
    coach, lead = has_role(Role.COACH), has_role(Role.LEAD)
    return (
        case((coach, offers), else_=0),
        case((lead, mails), else_=0),
        case((lead, feedback), else_=0),
        case((lead, _count_wishes()), else_=0),
        _count(NoticeRow, col(NoticeRow.account_id) == col(Account.id), is_unread()),
        case((lead, _count_letters(is_lead=True)), (coach, _count_letters(is_lead=False)), else_=0),
        case((lead, count_waiting(col(Account.id))), else_=0),
        or_(_there_is(StandingRow, is_own(col(Account.id))), _there_is(Draft, _is_open_draft())),
    )


def _count_letters(*, is_lead: bool) -> Any:
    waits = (is_letter(), col(MailRow.passed_on_at).is_(None))
    return _count(MailRow, *waits, may_pass_on(col(Account.id), is_lead=is_lead))


def _count(table: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(table).where(*conditions).correlate(Account).scalar_subquery()


def _there_is(table: Any, condition: Any) -> Any:
    return select(table).where(condition).correlate(Account).exists()


def _is_open_draft() -> Any:
    return and_(col(Draft.account_id) == col(Account.id), col(Draft.sent_at).is_(None))


def _count_wishes() -> Any:
    wisher = aliased(Account)
    is_there = and_(col(wisher.id) == col(ErasureRequest.account_id), col(wisher.erased_at).is_(None))
    wishes = select(func.count()).select_from(ErasureRequest).join(wisher, is_there)
    return wishes.where(col(ErasureRequest.withdrawn_at).is_(None)).scalar_subquery()
