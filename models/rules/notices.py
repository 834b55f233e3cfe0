"""Who is told of a step, and what. Nobody is told what they did themselves, and nobody twice of one step."""

from models.lifecycles.common import CHANGE_OWNER, JOIN_TEAM, LEAVE_TEAM
from models.messages.commands import Actor
from models.messages.idea import Entry, Notice, Standing
from models.rules.permissions import coaches_of
from models.vocabulary import NoticeKind, Role, Share

OWN_WORD: dict[str, NoticeKind] = {
    "pause": NoticeKind.PAUSED,
    "resume": NoticeKind.RESUMED,
    "hand_over": NoticeKind.HANDED_OVER,
    "reopen": NoticeKind.REOPENED,
}
"""Events that innovator and coach hear of even when the turn does not change."""

IN_TEAM: dict[str, NoticeKind] = {JOIN_TEAM: NoticeKind.TEAM_JOINED, LEAVE_TEAM: NoticeKind.TEAM_LEFT}
"""Of these the owner hears."""


def notices_of(before: Standing, after: Standing, entry: Entry) -> list[Notice]:
    """The notices of one entry. The first that fits a recipient is the one they get, so what asks them to act comes
    first: news may be off, or told once a week.
    """
    if after.outcome is not None and before.outcome is None:
        coach = (Role.COACH, before.coach_id) if before.coach_id else None
        ended = _to(NoticeKind.ENDED, (Role.INNOVATOR, after.owner_id), coach)
        return _without(_with_team(ended, after), entry.actor)
    wanted = [*_calls(before, after, entry), *_news(before, after, entry), *_messages(after, entry)]
    return _without(_with_team(wanted, after), entry.actor)


def _calls(before: Standing, after: Standing, entry: Entry) -> list[Notice]:
    """What asks somebody to act."""
    wanted: list[Notice] = []
    owner = (Role.INNOVATOR, after.owner_id)
    coach = (Role.COACH, after.coach_id) if after.coach_id else None
    if entry.event == CHANGE_OWNER:
        wanted += _to(NoticeKind.OWNER_BECOME, owner)
    if after.coach_id != before.coach_id:
        wanted += _to(NoticeKind.COACHING, coach)
    if entry.event == "no_coach":
        wanted += _to(NoticeKind.NO_COACH, (Role.LEAD, None))
    holder = after.holder
    if _turn_is_new(before, after) and holder is not None and holder.role is not Role.COACH_SEARCH:
        wanted += _to(_turn_kind(after), (holder.role, holder.account_id))
    wanted += _moved(before, after)
    if entry.event == "add_task":
        wanted += _to(NoticeKind.TASK_ADDED, coach if entry.facts.get("assignee") == Role.COACH else owner)
    return wanted


def _news(before: Standing, after: Standing, entry: Entry) -> list[Notice]:
    """What has happened."""
    wanted: list[Notice] = []
    owner = (Role.INNOVATOR, after.owner_id)
    coach = (Role.COACH, after.coach_id) if after.coach_id else None
    if entry.event == CHANGE_OWNER:
        wanted += _to(NoticeKind.OWNER_CHANGED, (Role.INNOVATOR, before.owner_id), coach)
    if entry.event in OWN_WORD:
        wanted += _to(OWN_WORD[entry.event], owner, coach)
    if after.coach_id != before.coach_id and after.coach_id is not None:
        wanted += _to(NoticeKind.COACH_FOUND, owner)
    if before.coach_id is not None and after.coach_id != before.coach_id:
        wanted += _to(NoticeKind.COACH_LEFT, owner, (Role.COACH, before.coach_id))
    if entry.event == "extend_deadline" and after.holder is not None:
        wanted += _to(NoticeKind.DEADLINE_MOVED, (after.holder.role, after.holder.account_id))
    if entry.event in IN_TEAM:
        wanted += _to(IN_TEAM[entry.event], owner)
    if after.stage != before.stage:
        wanted += _to(NoticeKind.STAGE_REACHED, owner)
    return wanted


def _turn_is_new(before: Standing, after: Standing) -> bool:
    """Also where it comes back: after a pause, and where an idea is open again."""
    if after.holder is None or after.pause is not None:
        return False
    if before.holder is None or before.version == 0 or before.pause is not None:
        return True
    if (after.stage, after.state) != (before.stage, before.state):
        return True
    return (after.holder.role, after.holder.account_id) != (before.holder.role, before.holder.account_id)


TOLD_TO_TEAM = frozenset(
    {
        *(NoticeKind.STAGE_REACHED, NoticeKind.ENDED, NoticeKind.REOPENED, NoticeKind.PAUSED, NoticeKind.RESUMED),
        *(NoticeKind.COACH_FOUND, NoticeKind.COACH_LEFT, NoticeKind.HANDED_OVER, NoticeKind.OWNER_CHANGED),
    }
)
"""News of an idea, as its owner hears them."""


def _moved(before: Standing, after: Standing) -> list[Notice]:
    """Another office is in charge: where its leads are on turn, they hear so."""
    holder = after.holder
    if after.office == before.office or holder is None or holder.role is not Role.LEAD or after.pause is not None:
        return []
    return _to(NoticeKind.YOUR_TURN, (holder.role, holder.account_id))


def _messages(after: Standing, entry: Entry) -> list[Notice]:
    """A note that is not internal goes to all who work on the idea; as long as there is no coach, to the leads."""
    if entry.event != "write_note" or entry.internal:
        return []
    team = [(Role.INNOVATOR, account) for account in (after.owner_id, *after.team)]
    coaches: list[tuple[Role, str | None]] = [(Role.COACH, account) for account in sorted(coaches_of(after))]
    if not coaches and entry.actor.role is Role.INNOVATOR:
        coaches = [(Role.LEAD, None)]
    return _to(NoticeKind.MESSAGE, *team, *coaches)


def _with_team(wanted: list[Notice], after: Standing) -> list[Notice]:
    """Whoever is in the team hears the news; calls to act and reminders go to the owner alone, so that one person
    feels asked, and collaborators hear that the team is on turn."""
    found = list(wanted)
    for notice in wanted:
        if notice.account_id != after.owner_id:
            continue
        for member, share in after.team.items():
            if notice.kind in TOLD_TO_TEAM:
                found.append(Notice(kind=notice.kind, to=Role.INNOVATOR, account_id=member))
            elif notice.kind is NoticeKind.YOUR_TURN and share == Share.COLLABORATOR:
                found.append(Notice(kind=NoticeKind.TEAM_TURN, to=Role.INNOVATOR, account_id=member))
    return found


def _turn_kind(after: Standing) -> NoticeKind:
    """A question that has been asked is asked again."""
    asked = after.clock is not None and any(key.startswith("remind") for key in after.clock.rung)
    return NoticeKind.CHECK_IN if after.state == "piloting" and asked else NoticeKind.YOUR_TURN


def _to(kind: NoticeKind, *people: tuple[Role, str | None] | None) -> list[Notice]:
    return [Notice(kind=kind, to=role, account_id=account) for role, account in filter(None, people)]


def _without(wanted: list[Notice], actor: Actor) -> list[Notice]:
    """One notice a recipient, none to the actor. A lead who acts is left out when the group is resolved."""
    chosen: dict[tuple[Role, str | None] | str, Notice] = {}
    for notice in wanted:
        if notice.account_id is not None and notice.account_id == actor.account_id:
            continue
        chosen.setdefault(notice.account_id or (notice.to, None), notice)
    return list(chosen.values())
