"""Every cell of state x event x role. The tables are written from the design, not read from the machines."""

from typing import NamedTuple

import pytest

from models.lifecycles.event_spec import Scope
from models.lifecycles.events import COMMON_EVENTS, EVENTS
from models.messages.commands import Actor, Receipt, Refusal, RefusalCode
from models.messages.rulebook import Duration
from models.vocabulary import Outcome, Role, SearchNews, Stage
from tests.cast import BEN, BRUNO, OPEN_PLACES, Place, Story, alma, ben, bruno, carla, dora, engine, place_name

# who: i innovator, c coach, l lead, e engine
MACHINE_CELLS = """
identify.screening       | request_clarification | l   | identify.clarification
identify.screening       | shortlist             | l   | identify.matching
identify.screening       | decline               | l   | declined
identify.screening       | refer                 | l   | referred
identify.clarification   | clarify               | il  | identify.screening
identify.clarification   | decline               | l   | declined
identify.matching        | coach_found           | e   | develop.planning
identify.matching        | no_coach              | e   | identify.unmatched
identify.unmatched       | assign_coach          | l   | develop.planning
identify.unmatched       | search_again          | l   | identify.matching
identify.unmatched       | decline               | l   | declined
develop.planning         | agree_plan            | cl  | develop.working
develop.working          | submit_work           | ic  | develop.reviewing
develop.reviewing        | request_changes       | cl  | develop.working
develop.reviewing        | approve_concept       | cl  | support.assessing
support.assessing        | request_support       | cl  | support.arranging
support.assessing        | no_support_needed     | cl  | accompany.piloting
support.arranging        | arrange               | l   | support.using
support.arranging        | cannot_arrange        | l   | support.assessing
support.using            | confirm_use           | ic  | support.assessing
accompany.piloting       | check_in(on_track)    | ic  | accompany.piloting
accompany.piloting       | check_in(needs_help)  | ic  | accompany.helping
accompany.piloting       | check_in(done)        | ic  | accompany.concluding
accompany.helping        | give_help             | cl  | accompany.piloting
accompany.helping        | send_back             | cl  | develop.planning
accompany.concluding     | conclude              | cl  | make_visible.drafting
accompany.concluding     | request_more          | cl  | accompany.piloting
make_visible.drafting    | submit_story          | i   | make_visible.editing
make_visible.editing     | request_changes       | l   | make_visible.drafting
make_visible.editing     | approve_story         | l   | make_visible.consenting
make_visible.consenting  | consent               | i   | completed
make_visible.consenting  | refuse_consent        | i   | make_visible.drafting
"""

EVERYWHERE = """
pause           | icl | stays
withdraw        | i   | withdrawn
close           | l   | closed
send_back       | l   | begins
extend_deadline | cl  | stays
snooze          | icl | stays
mark_chased     | cl  | stays
hand_over       | cl  | stays
plan            | icl | stays
write_note      | icl | stays
ask             | icl | stays
correct         | cl  | stays
join_team       | e   | stays
change_owner    | e   | stays
"""

WITH_A_COACH = """
change_coach    | cle | stays
cover_coach     | le  | stays
"""

IN_A_COACHED_STAGE = """
assign_coach    | l   | stays
"""

WHERE_MONEY_IS_RAISED = """
start_crowdfunding | icl | stays
"""

NOT_WHILE_PAUSED = {"pause", "ask", "extend_deadline", "snooze", "mark_chased", "start_crowdfunding"}

ON_TURN = {
    "identify.screening": "lead 10wd",
    "identify.clarification": "innovator 14d",
    "identify.matching": "coach_search 5wd",
    "identify.unmatched": "lead 5wd",
    "develop.planning": "coach 10wd",
    "develop.working": "innovator 30d",
    "develop.reviewing": "coach 5wd",
    "support.assessing": "coach 10wd",
    "support.arranging": "lead 15wd",
    "support.using": "innovator 60d",
    "accompany.piloting": "innovator 28d",
    "accompany.helping": "coach 3wd",
    "accompany.concluding": "coach 10wd",
    "make_visible.drafting": "innovator 20d",
    "make_visible.editing": "lead 5wd",
    "make_visible.consenting": "innovator 10d",
}

FIRST_STATES = {
    "identify": "screening",
    "develop": "planning",
    "support": "assessing",
    "accompany": "piloting",
    "make_visible": "drafting",
}

LETTERS = {"i": Role.INNOVATOR, "c": Role.COACH, "l": Role.LEAD, "e": Role.ENGINE}
ACTORS: dict[Role, Actor] = {Role.INNOVATOR: alma, Role.COACH: ben, Role.LEAD: carla, Role.ENGINE: engine}

COACHED = {Stage.DEVELOP, Stage.SUPPORT, Stage.ACCOMPANY}


class Cell(NamedTuple):
    """One line of a table: who may fire an event here, and where it leads."""

    event: str
    answer: str | None
    roles: frozenset[Role]
    target: str


def _cell(event: str, who: str, target: str) -> Cell:
    name, _, answer = event.rstrip(")").partition("(")
    return Cell(name, answer or None, frozenset(LETTERS[letter] for letter in who), target)


def _rows(table: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in table.splitlines() if line]


def machine_cells(place: Place) -> list[Cell]:
    return [_cell(*row) for where, *row in _rows(MACHINE_CELLS) if where == place_name(place)]


def common_cells(place: Place, *, paused: bool = False) -> list[Cell]:
    stage = place[0]
    rows = _rows(EVERYWHERE)
    if stage is not Stage.IDENTIFY:
        rows += _rows(WITH_A_COACH)
    if stage in COACHED:
        rows += _rows(IN_A_COACHED_STAGE)
    if stage in (Stage.SUPPORT, Stage.ACCOMPANY):
        rows += _rows(WHERE_MONEY_IS_RAISED)
    if paused:
        rows = [row for row in rows if row[0] not in NOT_WHILE_PAUSED] + [["resume", "icl", "stays"]]
    on_turn = _letter_on_turn(place)
    rows = [row if row[0] != "snooze" else ["snooze", on_turn, "stays"] for row in rows]
    rows = [row if row[0] != "mark_chased" else ["mark_chased", _others("cl", on_turn), "stays"] for row in rows]
    return [_cell(event, who, _target(place, target)) for event, who, target in rows]


def _letter_on_turn(place: Place) -> str:
    """Whoever is on turn puts off their own reminders; nobody does while a search is."""
    role = ON_TURN[place_name(place)].split()[0]
    return "" if role == "coach_search" else role[0]


def _others(letters: str, on_turn: str) -> str:
    """Nobody chases themselves."""
    return "".join(letter for letter in letters if letter != on_turn)


def _target(place: Place, target: str) -> str:
    if target == "stays":
        return place_name(place)
    return f"{place[0]}.{FIRST_STATES[place[0]]}" if target == "begins" else target


MACHINE_EVENTS = sorted({row[1].partition("(")[0] for row in _rows(MACHINE_CELLS)})
ALL_EVENTS = sorted({*MACHINE_EVENTS, *COMMON_EVENTS, "submit", "reopen", "remind", "escalate", "no_such_event"})

in_every_state = pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)


@in_every_state
def test_the_design_names_who_is_on_turn_and_for_how_long(place: Place) -> None:
    story = Story.at(place)
    role, limit = ON_TURN[place_name(place)].split()
    assert story.holder.role == role
    assert str(_limit(story)) == limit
    assert story.clock.due == story.calendar.deadline(story.today, _limit(story))
    assert story.holder.until == story.clock.due


def _limit(story: Story) -> Duration:
    return story.idea.rulebook.limit_of(*story.place).limit


@in_every_state
def test_every_event_the_design_allows_here_leads_where_it_says(place: Place) -> None:
    for cell in [*machine_cells(place), *common_cells(place)]:
        for role in cell.roles:
            if not _is_there(place, role):
                continue
            story = Story.at(place)
            _fire(story, ACTORS[role], cell)
            assert _where(story) == cell.target, f"{cell.event} by {role}"
            assert story.last.event == cell.event


@in_every_state
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_every_other_event_is_refused_here(place: Place, *, paused: bool) -> None:
    cells = common_cells(place, paused=paused) + ([] if paused else machine_cells(place))
    story = Story.at(place)
    if paused:
        story.do(carla, "pause")
    for event in ALL_EVENTS:
        roles = frozenset[Role]().union(*(cell.roles for cell in cells if cell.event == event))
        for role, actor in ACTORS.items():
            if role in roles and _is_there(place, role):
                continue
            answer = story.refused(actor, event)
            assert answer.code == _code(place, role, known=bool(roles)), f"{event} by {role}: {answer}"


@in_every_state
def test_a_stranger_may_do_nothing_in_any_role(place: Place) -> None:
    story = Story.at(place)
    for event in ALL_EVENTS:
        for role in (Role.INNOVATOR, Role.COACH):
            answer = story.refused(dora.model_copy(update={"role": role}), event)
            assert answer.code is RefusalCode.FORBIDDEN


@in_every_state
def test_in_a_pause_the_common_events_work_and_keep_the_state(place: Place) -> None:
    for cell in common_cells(place, paused=True):
        for role in cell.roles:
            if not _is_there(place, role):
                continue
            story = Story.at(place)
            story.do(carla, "pause")
            _fire(story, ACTORS[role], cell)
            assert _where(story) == cell.target, f"{cell.event} by {role}"


@in_every_state
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_the_buttons_are_exactly_what_is_allowed(place: Place, *, paused: bool) -> None:
    story = Story.at(place)
    if paused:
        story.do(carla, "pause")
    cells = common_cells(place, paused=paused) + ([] if paused else machine_cells(place))
    for role in (Role.INNOVATOR, Role.COACH, Role.LEAD):
        offered = story.refused(ACTORS[role].model_copy(update={"role": role}), "no_such_event").allowed_events
        assert len(offered) == len(set(offered))
        assert set(offered) == {cell.event for cell in cells if role in cell.roles}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_ended_idea_knows_nothing_but_reopen_by_a_lead(outcome: Outcome) -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    story.do(carla, "close", outcome=outcome)
    for event in ALL_EVENTS:
        for role, actor in ACTORS.items():
            if (event, role) == ("reopen", Role.LEAD):
                continue
            expected = RefusalCode.FORBIDDEN if event == "reopen" else RefusalCode.NOT_ALLOWED
            assert story.refused(actor, event).code is expected
    story.do(carla, "reopen")
    assert story.standing.outcome is None


def test_the_tables_of_this_test_know_every_event_of_the_engine() -> None:
    common = {row[0] for row in _rows(EVERYWHERE + WITH_A_COACH + IN_A_COACHED_STAGE + WHERE_MONEY_IS_RAISED)}
    assert set(COMMON_EVENTS) == common | {"resume", "finish_task", "search_again", "end_cover", "leave_team", "undo"}
    crowdfunding = {"funded", "failed", "cancelled", "withdrawn", "expired", "closed"}
    assert {event for event, spec in EVENTS.items() if spec.scope is Scope.NOTED} == {
        *("remind", "overdue", "escalate", "offer_made"),
        *(f"crowdfunding_{news}" for news in crowdfunding),
    }


def _fire(story: Story, actor: Actor, cell: Cell) -> None:
    if cell.event == "coach_found":
        assert story.news(SearchNews.FOUND, coach_id=BEN)
    elif cell.event == "no_coach":
        assert story.news(SearchNews.EXHAUSTED)
    else:
        fields: dict[str, object] = {"answer": cell.answer} if cell.answer else {}
        if cell.event == "send_back" and cell.target != place_name(story.place) and cell.target == "develop.planning":
            fields["stage"] = Stage.DEVELOP
        answer = story.ask(actor, cell.event, **fields)
        assert isinstance(answer, Receipt), answer


def _where(story: Story) -> str:
    return str(story.standing.outcome or place_name(story.place))


def _is_there(place: Place, role: Role) -> bool:
    """Before the coach is found, Ben is a stranger to the idea."""
    return role is not Role.COACH or place[0] is not Stage.IDENTIFY


def _code(place: Place, role: Role, *, known: bool) -> RefusalCode:
    if not _is_there(place, role):
        return RefusalCode.FORBIDDEN
    return RefusalCode.FORBIDDEN if known else RefusalCode.NOT_ALLOWED


def test_finish_task_appears_with_the_first_open_task() -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    assert story.refused(alma, "finish_task").code is RefusalCode.NOT_ALLOWED
    story.add_task(ben, "task-1")
    for actor in (alma, ben, carla):
        assert "finish_task" in story.refused(actor, "no_such_event").allowed_events
    story.do(alma, "finish_task", task_id="task-1")
    assert story.standing.tasks == []


def test_end_cover_appears_while_somebody_stands_in() -> None:
    story = Story.at((Stage.DEVELOP, "planning"))
    story.do(carla, "cover_coach", coach_id=BRUNO)
    story.do(carla, "cover_coach", coach_id=BRUNO)
    for actor in (ben, bruno, carla):
        assert "end_cover" in story.refused(actor, "no_such_event").allowed_events
    assert story.refused(alma, "end_cover").code is RefusalCode.FORBIDDEN
    story.do(ben, "end_cover")
    assert story.refused(bruno, "end_cover").code is RefusalCode.FORBIDDEN


@pytest.mark.parametrize("stage", sorted(COACHED))
def test_search_again_appears_when_nobody_was_found(stage: Stage) -> None:
    story = Story.at((stage, FIRST_STATES[stage]))
    story.do(ben, "change_coach")
    assert story.refused(carla, "search_again").code is RefusalCode.NOT_ALLOWED
    story.news(SearchNews.EXHAUSTED)
    assert isinstance(story.ask(ben, "search_again"), Refusal)
    story.do(carla, "search_again")
    assert story.standing.search == story.standing.searches == 3
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    assert (story.standing.coach_id, story.place) == (BRUNO, (stage, FIRST_STATES[stage]))
