"""One contribution to Alma's story, and a clock that only the test moves; and what is written for one as rows."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from activities.record import PLAIN
from api.runtime.services import Services
from api.use_cases.contributions import ContributionForm, begin_contributions, send_contribution_command
from models.cases.calendar import calendar_of
from models.database import Database
from models.messages.cases import Entry
from models.messages.commands import ENGINE, Actor, Receipt, Refusal
from models.messages.contribution import ContributionCommand, ContributionStanding, ContributionState
from models.rules.contribution import CONTRIBUTIONS
from models.tables import Account, Contribution, ContributionReport, StandingRow
from models.tables.columns import new_id
from models.vocabulary import ContributionSort, Unfit
from models.workflow_ids import CONTRIBUTION
from tests.cast import ALMA, BERLIN, IDEA, MONDAY, POLICY
from tests.factories import CARLA


def begin(
    idea_id: str,
    start: datetime,
    n: int = 1,
    sort: ContributionSort = ContributionSort.HINT,
    owner_id: str = ALMA,
) -> ContributionState:
    """A contribution whose address is proved, before its first step."""
    standing = ContributionStanding(
        idea_id=idea_id, n=n, owner_id=owner_id, office="dresden", entered_at=start, sort=sort
    )
    return ContributionState(standing=standing, rulebook=POLICY.rulebook(start.date(), CONTRIBUTION))


async def write_contribution(services: Services, idea_id: str, state: str = "received", **fields: Any) -> Contribution:
    """A question of Gustav's whose address is proved, and perhaps shown."""
    words = {"sort": "question", "body": "Darf auch meine Nachbarin mitmachen?", "email": "gustav@example.org"}
    known: dict[str, Any] = {"id": new_id(), "idea_id": idea_id, "number": 1, "language": "de"} | words
    row = Contribution(**(known | fields))
    async with services.database.transaction() as session:
        session.add(row)
    if row.number is not None:
        await begin_contributions(services, Contribution.id == row.id)
    if state == "answering":
        async with services.database.session() as session:
            lead = await session.get_one(Account, CARLA)
        form = ContributionForm(event="show")
        await send_contribution_command(services, lead, idea_id, form, row.number or 0)
    return row


async def write_report(database: Database, contribution_id: str) -> str:
    report = ContributionReport(id=new_id(), contribution_id=contribution_id, reason="insult", language="de")
    report.body = "Das bin ich."
    async with database.transaction() as session:
        session.add(report)
    return report.id


def standing_of(standing: ContributionStanding, state: str = "received") -> StandingRow:
    """Its row, where no workflow has to run."""
    shown = standing.model_copy(update={"version": 1, "state": state})
    return StandingRow(**PLAIN.row_values(shown, []))


class ContributionStory:
    def __init__(self, start: datetime = MONDAY, sort: ContributionSort = ContributionSort.HINT) -> None:
        self.now = start.astimezone(UTC)
        self._ids = count(1)
        self.contribution = begin(IDEA, self.now, sort=sort)
        CONTRIBUTIONS.take(self.contribution, self.command(ENGINE, "contribute"), self.now)

    @property
    def standing(self) -> ContributionStanding:
        return self.contribution.standing

    @property
    def last(self) -> Entry:
        return self.contribution.outbox[-1]

    def told(self) -> set[tuple[str, str]]:
        return {(str(notice.kind), notice.account_id or str(notice.to)) for notice in self.last.notices}

    def command(self, actor: Actor, event: str, **fields: Any) -> ContributionCommand:
        """A command with what its event needs, where it is not given."""
        today = calendar_of(self.contribution.rulebook).today(self.now)
        needed: dict[str, dict[str, Any]] = {
            "refuse": {"reason": Unfit.OFF_TOPIC},
            "answer": {"note_id": "note-1"},
            "extend_deadline": {"days": 5},
            "snooze": {"until": today + timedelta(days=3)},
        }
        values = {"id": f"contribution-{next(self._ids)}"} | needed.get(event, {}) | fields
        return ContributionCommand(event=event, actor=actor, **values)

    def ask(self, actor: Actor, event: str, **fields: Any) -> Receipt | Refusal:
        command = self.command(actor, event, **fields)
        refused = CONTRIBUTIONS.refusal(self.contribution, command, self.now)
        return refused or CONTRIBUTIONS.take(self.contribution, command, self.now)

    def go_to(self, day: date, at: time = time(8)) -> list[Entry]:
        """Move on to a local time, and let the engine do what is due; returns what it did."""
        self.now = datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)
        first = len(self.contribution.outbox)
        while CONTRIBUTIONS.ring(self.contribution, self.now):
            pass
        return self.contribution.outbox[first:]
