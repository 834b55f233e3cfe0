"""Cases as lines of a list."""

from dataclasses import dataclass, replace

from api.pages.kit.turn_presenter import Badge, Position, TurnPresenter
from models.case_names import page_of, tell_place
from models.i18n import Texts
from models.queries.board import Card
from models.queries.my_work import Case
from models.rules.permissions import is_own
from models.tables import StandingRow, Task
from models.vocabulary import Role
from models.workflow_ids import IDEA

TASKS_SHOWN = 3


@dataclass(frozen=True)
class CaseLine:
    """One case in a list: what, how far, who is on turn, how the deadline stands."""

    id: str
    """Of its idea."""
    title: str
    row: Position
    badge: Badge
    who: str
    path: str
    next: str = ""
    notes: tuple[str, ...] = ()
    share: Badge | None = None
    """What the visitor has to do with an idea that is not their own."""
    place: str = ""
    """What it is and how far, in words; an idea shows where it is on its path."""


def write_case(speaker: TurnPresenter, case: Case, *, next_: str = "") -> CaseLine:
    """A case of one's own work; an idea with its first open tasks."""
    t, row, position = speaker.t, case.row, Position.of_case(case)
    about = [case.idea.reference] if case.idea.reference else []
    # Who is asked for help learns who asks once they have said yes.
    is_named = row.owner_id != speaker.visitor.id and row.holder_role != Role.ORIGINAL
    about += [speaker.name(case.owner)] if is_named else []
    notes = [" · ".join(about)] if about else []
    sees_internal = not is_own(case.of, speaker.visitor.id)
    for task in [task for task in case.tasks if sees_internal or not task.internal][:TASKS_SHOWN]:
        due = f" · {speaker.due(task.due).text}" if task.due else ""
        what, who = name_task(t, task), t(f"role.{task.assignee or Role.INNOVATOR}")
        notes.append(t("page.task.line", title=what, who=who) + due)
    badge, who, path = speaker.badge(position), speaker.short_who(position), page_of(row.kind, row.idea_id)
    share, place = write_share(speaker, case.of), "" if case.is_idea else tell_place(t, row.kind, row.stage, row.state)
    return CaseLine(case.idea.id, case.idea.title, position, badge, who, path, next_, tuple(notes), share, place)


def name_task(t: Texts, task: Task) -> str:
    """The words of a question stand in the conversation alone."""
    return t("page.task.question") if task.asks else task.title


def first_question(case: Case, role: Role) -> Task | None:
    """The question to a role that wants its answer first."""
    asked = [task for task in case.tasks if task.asks and task.assignee == role]
    return min(asked, key=lambda task: str(task.due), default=None)


def answer_path(idea_id: str, task_id: str) -> str:
    """Where a question is read and answered."""
    return f"/ideen/{idea_id}?antwort={task_id}#gespraech"


def write_share(speaker: TurnPresenter, row: StandingRow) -> Badge | None:
    """What the visitor has to do with an idea that is not their own: a share in its team, or standing in."""
    t, visitor = speaker.t, str(speaker.visitor.id)
    if visitor in row.team:
        return Badge(t("page.team.badge", share=t(f"share.{row.team[visitor]}")), "hand", "plain")
    return Badge(t("turn.role.cover"), "hand", "plain") if row.cover_id == visitor else None


def write_card(speaker: TurnPresenter, card: Card) -> CaseLine:
    """An idea in a lead's list, with its people."""
    t, position = speaker.t, Position.of(card, card.holder)
    people = [card.reference] if card.reference else []
    people += [speaker.name(card.owner)] + ([t("page.coach", name=speaker.name(card.coach))] if card.coach else [])
    badge, who = speaker.badge(position), speaker.short_who(position)
    return CaseLine(card.id, card.title, position, badge, who, page_of(IDEA, card.id), notes=(" · ".join(people),))


def tell_beside(speaker: TurnPresenter, card: Card) -> Badge | None:
    """What else the idea has, where that is late: "Crowdfunding: seit 4 Tagen überfällig"."""
    due = speaker.due(card.beside_until)
    if card.beside is None or card.paused_until is not None or due.tone != "late":
        return None
    return replace(due, text=speaker.t(f"case.{card.beside}", state=due.text))
