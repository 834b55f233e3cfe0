"""Asking whoever a stuck case beside an idea waits for: it rests then, as an idea does."""

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Entered, new_key
from api.pages.kit.forms import read_text
from api.pages.kit.page import SignedInPage
from api.pages.kit.step_forms import StepForm
from api.pages.kit.step_taking import NotTaken, Taken, try_step
from api.pages.lead.stuck_remedies import CHASED, Helping, tell_chase
from api.use_cases.command_sender import CaseForm, Done
from api.use_cases.crowdfunding import CampaignForm, send_campaign_command
from api.use_cases.plain_case_sender import send_plain_command
from models.cases.calendar import calendar_of
from models.cases.refusals import SNOOZE
from models.queries.stuck_lines import StuckCase
from models.rules.kinds import KINDS, PLAIN
from models.tables import StandingRow
from models.vocabulary import Role
from models.workflow_ids import CROWDFUNDING, IDEA


async def find_beside(page: SignedInPage, its_id: str) -> StandingRow | None:
    """The case that stands beside an idea, where this is the id of one."""
    async with page.services.database.reading() as session:
        row = await session.get(StandingRow, its_id)
    return row if row is not None and row.kind != IDEA else None


async def write_chase_beside(
    page: SignedInPage, session: AsyncSession, case: StuckCase, entered: Entered | None
) -> Helping:
    """What helps else stands on the page of the case. A note is left out: everybody there would read it."""
    row = await session.get(StandingRow, case.case_id)
    error = (entered.error or "") if entered else ""
    if row is None or case.chased or case.holder_role is Role.LEAD:
        return Helping(error=error)
    if SNOOZE not in KINDS[row.kind].allowed_events(row.read(), page.person.id, [Role.LEAD]):
        return Helping(error=error)
    return Helping(chase=StepForm(CHASED, tell_chase(page), "", "", (), key=new_key(), error=error))


async def chase_beside(page: SignedInPage, row: StandingRow, sent: FormData) -> Taken | NotTaken:
    """A lead puts it off: as with an idea, neither they nor whoever is on turn hear of it before."""
    key, rulebook = read_text(sent, "schluessel")[:80] or new_key(), page.services.rulebook(row.kind)
    until = calendar_of(rulebook).deadline(page.services.today(), rulebook.chased_for)

    async def ask() -> Done:
        asker = (page.services, page.person, row.idea_id)
        if row.kind == CROWDFUNDING:
            return await send_campaign_command(*asker, CampaignForm(event=SNOOZE, until=until), key)
        rules = next(kind for kind in PLAIN if kind.name == row.kind)
        return await send_plain_command(*asker, CaseForm(event=SNOOZE, until=until), row.number or 0, key, rules=rules)

    def explain(refused: CommandRefused) -> Entered:
        return Entered(CHASED, {}, {}, page.t(f"refusal.{refused.refusal.code}"))

    return await try_step(page.t, CHASED, {}, key, ask, explain)
