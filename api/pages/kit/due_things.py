"""What waits for one person in a case: each thing with its day, its verb and the place where it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.pages.kit.case_lines import answer_path, first_question
from api.pages.kit.step_forms import next_event
from api.pages.kit.turn_presenter import Position, TurnPresenter
from models.case_names import page_of, tell_event, tell_place
from models.queries.my_work import Case
from models.vocabulary import Role
from models.workflow_ids import APPOINTMENT


@dataclass(frozen=True)
class DueThing:
    """One thing to do, until a day where it has one. `place` says where it stands what is no idea."""

    day: date | None
    label: str
    path: str
    place: str = ""

    @property
    def order(self) -> date:
        return self.day or date.max


def list_things(speaker: TurnPresenter, case: Case, role: Role) -> list[DueThing]:
    """What somebody has to do in a case for whose side they act, the first one first; of several on one day the turn,
    then the question, then the task."""
    return sorted(_find_things(speaker, case, role), key=lambda thing: thing.order)


def _find_things(speaker: TurnPresenter, case: Case, role: Role) -> Iterator[DueThing]:
    t = speaker.t
    if is_meeting(case):
        yield tell_meeting(speaker, case)
    if case.paused_until is not None:
        return
    if speaker.is_mine(Position.of_case(case)):
        yield tell_turn(speaker, case, role)
    if (question := first_question(case, role)) is not None:
        yield DueThing(question.due, t("page.question.answer"), answer_path(question.idea_id, question.id))
    for task in case.tasks:
        if not task.asks and (task.assignee or Role.INNOVATOR) == role:
            yield DueThing(task.due, t("page.work.finish", title=task.title), f"/ideen/{task.idea_id}#plan")


def tell_turn(speaker: TurnPresenter, case: Case, role: Role) -> DueThing:
    """The step along the path, for whoever is on turn in a role."""
    row, t = case.row, speaker.t
    if case.is_idea:
        event = next_event(row, role)
        label = tell_event(t, row.stage, event) if event else t("page.turn.you")
        return DueThing(row.holder_until, label, f"/ideen/{row.idea_id}#schritte")
    place = tell_place(t, row.kind, row.stage, row.state)
    return DueThing(row.holder_until, t(f"case.{row.kind}.open"), place_of(case), place)


def is_meeting(case: Case) -> bool:
    """An appointment for which a time is agreed."""
    return case.row.kind == APPOINTMENT and case.row.state == "agreed"


def tell_meeting(speaker: TurnPresenter, case: Case) -> DueThing:
    """Who has agreed to meet meets, also while the path rests."""
    row, t = case.row, speaker.t
    start = row.read().start
    at = t.time(start, speaker.zone) if start is not None else ""
    place = tell_place(t, row.kind, row.stage, row.state)
    return DueThing(row.holder_until, t("page.work.meeting", time=at), place_of(case), place)


def place_of(case: Case) -> str:
    """Where a case that is no idea is worked on."""
    at = "#termine" if case.row.kind == APPOINTMENT else ""
    return f"/{page_of(case.row.kind, case.row.idea_id)}{at}"
