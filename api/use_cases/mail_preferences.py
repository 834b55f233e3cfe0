"""How somebody wants their mail: rhythm by group, and a deputy for the days they are away."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.dialects.postgresql import insert

from api.runtime.services import Services
from api.use_cases.errors import Invalid
from models.queries.notice_settings import list_deputies
from models.rules.notice_timing import CHOICES
from models.tables import Account, NoticeSettings
from models.tables.columns import utc_now
from models.vocabulary import NoticeGroup, Rhythm
from workflows.client import EngineAway


class PreferencesForm(BaseModel):
    """All of what somebody can choose. It replaces what was there; what is left out is as it usually is."""

    model_config = ConfigDict(extra="forbid")

    turn: Rhythm = CHOICES[NoticeGroup.TURN][0]
    news: Rhythm = CHOICES[NoticeGroup.NEWS][0]
    talk: Rhythm = CHOICES[NoticeGroup.TALK][0]
    lead: Rhythm = CHOICES[NoticeGroup.LEAD][0]
    digest: Rhythm = CHOICES[NoticeGroup.DIGEST][0]
    deputy_id: UUID | None = None
    deputy_from: date | None = None
    deputy_until: date | None = None


async def save_preferences(services: Services, account: Account, form: PreferencesForm) -> None:
    """Raises Invalid. What waits already is mailed as it is wanted from now on."""
    for group in NoticeGroup:
        if getattr(form, group) not in CHOICES[group]:
            raise Invalid(group, "cannot be chosen for this group")
    await _check_deputy(services, account, form)
    values = form.model_dump(mode="python") | {
        "deputy_id": str(form.deputy_id) if form.deputy_id else None,
        "updated_at": utc_now(),
    }
    async with services.database.transaction() as session:
        chosen = insert(NoticeSettings).values(account_id=account.id, **values)
        await session.exec(chosen.on_conflict_do_update(index_elements=["account_id"], set_=values))
    # An inbox that does not hear it reads it when it wakes.
    with suppress(EngineAway):
        await services.engine.knock(account.id)


async def _check_deputy(services: Services, account: Account, form: PreferencesForm) -> None:
    today, longest = services.today(), timedelta(days=services.policy.engine.longest_pause_days)
    days = (form.deputy_from, form.deputy_until)
    if form.deputy_id is None:
        if any(days):
            raise Invalid("deputy_id", "is needed with deputy_from and deputy_until")
        return
    if form.deputy_from is None or form.deputy_until is None:
        raise Invalid("deputy_until", "a deputy needs a first and a last day")
    if form.deputy_until < max(form.deputy_from, today):
        raise Invalid("deputy_until", "must not be before deputy_from, nor in the past")
    if form.deputy_until - form.deputy_from > longest:
        raise Invalid("deputy_until", f"must be within {longest.days} days")
    async with services.database.reading() as session:
        candidates = {person.id for person in await list_deputies(session, account, today)}
    if str(form.deputy_id) not in candidates:
        raise Invalid("deputy_id", "must be another lead")
