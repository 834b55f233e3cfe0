"""The table of events: everything that is known of an event beside the states it joins. One row an event.

A state's own events are declared by its machine, with who may fire them there; the row says the rest. The validator,
the forms of the pages, the JSON API, the notices and the README read it. What an event does to an idea is in
`models.rules.steps`, where that is more than to move along its machine.
"""

from functools import partial

from models.lifecycles.base import COACH, ENGINE, INNOVATOR, LEAD, Lifecycle
from models.lifecycles.event_spec import EventSpec, Group, Quiet, Scope, Told, Tone, Whom
from models.vocabulary import CrowdfundingResult, NoticeKind, Role

SUBMIT = "submit"
SUBMIT_WORK = "submit_work"
SUBMIT_STORY = "submit_story"
APPROVE_STORY = "approve_story"
CONSENT = "consent"
REOPEN = "reopen"
CLOSE = "close"
UNDO = "undo"
PLAN = "plan"
ASK = "ask"
MESSAGES = frozenset({"write_note", ASK})
"""Of the conversation; coaches and leads may keep them among themselves."""
START_CROWDFUNDING = "start_crowdfunding"
JOIN_TEAM = "join_team"
"""Somebody who was invited has said yes. Once more, it changes their share."""
LEAVE_TEAM = "leave_team"
CHANGE_OWNER = "change_owner"
"""Somebody else has the idea from now on. They have said yes before, or the owner's account goes."""

CORRECT = "correct"
"""Title, district, themes or office are put right by those who work with the idea."""

CROWDFUNDING_CLOSED = "crowdfunding_closed"
"""The hand-off is over; whether the idea is funded has been told before."""

EVERYBODY = INNOVATOR | COACH

_beside = partial(EventSpec, undoable=False, quiet=Quiet.TAKEN)
"""Beside the machines most events decide nothing."""
_common = partial(_beside, scope=Scope.OPEN)
_noted = partial(_beside, scope=Scope.NOTED)
_BOTH = (Whom.OWNER, Whom.COACH)

ROWS = (
    _beside(SUBMIT, scope=Scope.BEGINNING, roles=INNOVATOR, tone=Tone.ALONG),
    # identify
    EventSpec("request_clarification", required=("note",), asks=True, quiet=Quiet.NEVER),
    EventSpec("clarify", answers=True, takes_files=True, tone=Tone.ALONG),
    EventSpec("shortlist", tone=Tone.ALONG, quiet=Quiet.TAKEN),
    EventSpec("coach_found"),
    EventSpec("no_coach", calls=Told(NoticeKind.NO_COACH, (Whom.LEADS,))),
    EventSpec("decline", required=("reason",), optional=("partner",), tone=Tone.GRAVE, quiet=Quiet.NEVER),
    EventSpec("refer", optional=("partner",), quiet=Quiet.NEVER),
    # develop
    EventSpec("agree_plan", tone=Tone.ALONG),
    EventSpec(SUBMIT_WORK, required=("document_id",), answers=True, tone=Tone.ALONG),
    EventSpec("request_changes", required=("note",), optional=("fields",), asks=True),
    EventSpec("approve_concept", tone=Tone.ALONG),
    # support
    EventSpec("request_support", tone=Tone.ALONG),
    EventSpec("no_support_needed"),
    EventSpec("arrange", tone=Tone.ALONG),
    EventSpec("cannot_arrange"),
    EventSpec("confirm_use", tone=Tone.ALONG),
    # accompany
    EventSpec("check_in", required=("answer",), tone=Tone.ALONG),
    EventSpec("give_help", tone=Tone.ALONG),
    EventSpec("conclude", tone=Tone.ALONG),
    EventSpec("request_more"),
    # make visible
    EventSpec(SUBMIT_STORY, required=("document_id",), answers=True, tone=Tone.ALONG),
    EventSpec(APPROVE_STORY, tone=Tone.ALONG, quiet=Quiet.NEVER),
    EventSpec(CONSENT, owner_alone=True, tone=Tone.ALONG, quiet=Quiet.NEVER),
    EventSpec("refuse_consent", owner_alone=True),
    # every open idea
    _common(
        "write_note",
        roles=EVERYBODY,
        required=("note",),
        optional=("task_id", "mentioned"),
        takes_files=True,
        keeps_undo=True,
        tells=Told(NoticeKind.MESSAGE, (Whom.EVERYBODY,)),
        group=Group.TALK,
    ),
    # A message that asks. It rests in a pause, so nobody begins one there.
    _common(
        "ask",
        roles=EVERYBODY,
        required=("note", "task_id", "assignee", "until"),
        optional=("mentioned",),
        takes_files=True,
        stops_in_pause=True,
        keeps_undo=True,
        changes_tasks=True,
        calls=Told(NoticeKind.ASKED, (Whom.ASSIGNEE,)),
        tells=Told(NoticeKind.MESSAGE, (Whom.EVERYBODY,)),
        group=Group.TALK,
        quiet=Quiet.NEVER,
    ),
    # All tasks at once, as they are from now on: new ones, others, fewer, in another order.
    _common(
        PLAN,
        roles=EVERYBODY,
        required=("tasks",),
        undoable=True,
        changes_tasks=True,
        tells=Told(NoticeKind.TASK_ADDED, (Whom.ASSIGNEE,)),
        group=Group.ELSEWHERE,
    ),
    _common("finish_task", roles=EVERYBODY, required=("task_id",), changes_tasks=True, group=Group.ELSEWHERE),
    _common(
        "pause",
        roles=EVERYBODY,
        required=("until", "reason"),
        stops_in_pause=True,
        tells=Told(NoticeKind.PAUSED, _BOTH),
        group=Group.TIME,
        quiet=Quiet.OFFERED,
    ),
    _common("resume", roles=EVERYBODY, changes_tasks=True, tells=Told(NoticeKind.RESUMED, _BOTH), tone=Tone.ALONG),
    _common(
        "extend_deadline",
        roles=COACH,
        required=("days", "reason"),
        stops_in_pause=True,
        changes_tasks=True,
        tells=Told(NoticeKind.DEADLINE_MOVED, (Whom.HOLDER,)),
        group=Group.TIME,
        quiet=Quiet.OFFERED,
    ),
    _common("snooze", roles=EVERYBODY, required=("until",), stops_in_pause=True, group=Group.TIME),
    _common(
        "mark_chased",
        roles=COACH,
        optional=("note",),
        stops_in_pause=True,
        undoable=True,
        among_us=True,
        group=Group.TIME,
    ),
    _common(
        "assign_coach",
        roles=LEAD,
        required=("coach_id",),
        undoable=True,
        tone=Tone.ALONG,
        group=Group.COACH,
        quiet=Quiet.NEVER,
    ),
    # A pause stops a search: nobody is asked while the clock stands still.
    _common("search_again", roles=LEAD, stops_in_pause=True, undoable=True, group=Group.COACH),
    _common(
        "change_coach",
        roles=COACH | ENGINE,
        required=("reason",),
        optional=("coach_id",),
        group=Group.COACH,
        quiet=Quiet.NEVER,
    ),
    _common("cover_coach", roles=LEAD | ENGINE, required=("until",), optional=("coach_id",), group=Group.COACH),
    _common("end_cover", roles=COACH | ENGINE, group=Group.COACH),
    _common(
        CORRECT, roles=COACH, optional=("title", "district", "themes", "office"), keeps_undo=True, group=Group.FACTS
    ),
    _common(
        "hand_over",
        roles=COACH,
        required=("partner",),
        tells=Told(NoticeKind.HANDED_OVER, _BOTH),
        group=Group.ENDING,
        quiet=Quiet.NEVER,
    ),
    _common(
        "send_back", roles=LEAD, required=("stage", "reason"), undoable=True, group=Group.ENDING, quiet=Quiet.OFFERED
    ),
    _common("withdraw", roles=INNOVATOR, owner_alone=True, undoable=True, tone=Tone.GRAVE, group=Group.ENDING),
    _common(
        CLOSE,
        roles=LEAD,
        required=("outcome", "reason"),
        optional=("duplicate_of",),
        undoable=True,
        tone=Tone.GRAVE,
        group=Group.ENDING,
        quiet=Quiet.NEVER,
    ),
    _beside(
        REOPEN,
        scope=Scope.ENDED,
        roles=LEAD,
        owner_alone=True,
        required=("reason",),
        optional=("stage",),
        changes_tasks=True,
        tells=Told(NoticeKind.REOPENED, _BOTH),
        tone=Tone.ALONG,
        group=Group.ENDING,
        quiet=Quiet.NEVER,
    ),
    _common(START_CROWDFUNDING, roles=EVERYBODY, stops_in_pause=True, group=Group.ELSEWHERE),
    _common(
        JOIN_TEAM, roles=ENGINE, required=("member_id", "share"), tells=Told(NoticeKind.TEAM_JOINED, (Whom.OWNER,))
    ),
    _common(
        LEAVE_TEAM,
        roles=INNOVATOR | LEAD | ENGINE,
        required=("member_id",),
        undoable=True,
        tells=Told(NoticeKind.TEAM_LEFT, (Whom.OWNER,)),
        group=Group.ELSEWHERE,
    ),
    _common(
        CHANGE_OWNER,
        roles=ENGINE,
        required=("member_id",),
        optional=("share",),
        calls=Told(NoticeKind.OWNER_BECOME, (Whom.OWNER,)),
        tells=Told(NoticeKind.OWNER_CHANGED, (Whom.FORMER_OWNER, Whom.COACH)),
    ),
    _common(UNDO, roles=EVERYBODY, changes_tasks=True, group=Group.ELSEWHERE),
    # the engine's own notes
    *(_noted(name) for name in ("remind", "overdue", "escalate", "offer_made", CROWDFUNDING_CLOSED)),
    *(_noted(f"crowdfunding_{result}") for result in CrowdfundingResult),
)

EVENTS: dict[str, EventSpec] = {spec.name: spec for spec in ROWS}
COMMON_EVENTS: dict[str, EventSpec] = {name: spec for name, spec in EVENTS.items() if spec.scope is Scope.OPEN}
"""What every open idea knows, whatever its state."""


def next_step(lifecycle: type[Lifecycle], state: str, role: Role) -> str | None:
    """The step of a state that a role can take: the one along the path, where it may; None where there is none."""
    events = sorted(lifecycle.events_in(state), key=lambda event: not EVENTS[event].moves_along)
    return next((event for event in events if role in lifecycle.actors[event]), None)
