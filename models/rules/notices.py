"""Who is told of a step, and what. Nobody is told what they did themselves, and nobody twice of one step.
When a notice becomes a mail stands in `notice_timing`, its words in the catalogues, under `notice.<kind>`."""

from collections.abc import Collection

from models.lifecycles.event_spec import Told, Whom
from models.lifecycles.events import EVENTS
from models.messages.cases import Entry, Notice
from models.messages.commands import Actor
from models.messages.idea import Standing
from models.rules.holders import person_for
from models.rules.permissions import coaches_of, is_own
from models.vocabulary import NoticeKind, Role, Share

Person = tuple[Role, str | None]
"""Somebody in their role; a role alone for those who share it."""


def notices_of(before: Standing, after: Standing, entry: Entry, mentioned: Collection[str] = ()) -> list[Notice]:
    """The notices of one entry. The first that fits a recipient is the one they get, so what asks them to act comes
    first: news may be off, or told once a week. `mentioned`: whom a message is brought to the notice of.
    """
    if after.outcome is not None and before.outcome is None:
        coach: list[Person] = [(Role.COACH, before.coach_id)] if before.coach_id else []
        ended = _to(NoticeKind.ENDED, (Role.INNOVATOR, after.owner_id), *coach)
        return _without(_with_team(ended, after), entry.actor)
    pointed = _to(NoticeKind.MENTIONED, *((role_around(after, one), one) for one in mentioned))
    wanted = [*_calls(before, after, entry), *pointed, *_news(before, after, entry)]
    return _without(_with_team(wanted, after), entry.actor)


def role_around(standing: Standing, account_id: str) -> Role:
    """In which role somebody has to do with an idea; whoever is neither in its team nor coaches it leads."""
    if is_own(standing, account_id):
        return Role.INNOVATOR
    return Role.COACH if account_id in coaches_of(standing) else Role.LEAD


def _calls(before: Standing, after: Standing, entry: Entry) -> list[Notice]:
    """What asks somebody to act."""
    wanted = _told(EVENTS[entry.event].calls, before, after, entry)
    if after.coach_id != before.coach_id and after.coach_id is not None:
        wanted += _to(NoticeKind.COACHING, (Role.COACH, after.coach_id))
    holder = after.holder
    if _turn_is_new(before, after) and holder is not None and holder.role is not Role.COACH_SEARCH:
        wanted += _to(_turn_kind(after), (holder.role, holder.account_id))
    return wanted + _moved(before, after)


def _news(before: Standing, after: Standing, entry: Entry) -> list[Notice]:
    """What has happened."""
    wanted, owner = _told(EVENTS[entry.event].tells, before, after, entry), (Role.INNOVATOR, after.owner_id)
    if after.coach_id != before.coach_id and after.coach_id is not None:
        wanted += _to(NoticeKind.COACH_FOUND, owner)
    if before.coach_id is not None and after.coach_id != before.coach_id:
        wanted += _to(NoticeKind.COACH_LEFT, owner, (Role.COACH, before.coach_id))
    if after.stage != before.stage:
        wanted += _to(NoticeKind.STAGE_REACHED, owner)
    return wanted


def _turn_is_new(before: Standing, after: Standing) -> bool:
    """Also where it comes back: after a pause, and where an idea is open again."""
    if after.holder is None or after.pause is not None:
        return False
    if before.holder is None or before.pause is not None:
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


def _told(told: Told | None, before: Standing, after: Standing, entry: Entry) -> list[Notice]:
    """What a row of the table says of who hears of its event. A note that is internal is told to nobody but whoever is
    asked by it."""
    if told is None:
        return []
    reached = [whom for whom in told.to if not entry.internal or whom is Whom.ASSIGNEE]
    return [notice for whom in reached for notice in _to(told.kind, *_people(whom, before, after, entry))]


def _people(whom: Whom, before: Standing, after: Standing, entry: Entry) -> list[Person]:
    owner: list[Person] = [(Role.INNOVATOR, after.owner_id)]
    coach: list[Person] = [(Role.COACH, after.coach_id)] if after.coach_id else []
    match whom:
        case Whom.OWNER:
            return owner
        case Whom.FORMER_OWNER:
            return [(Role.INNOVATOR, before.owner_id)]
        case Whom.COACH:
            return coach
        case Whom.HOLDER:
            return [(after.holder.role, after.holder.account_id)] if after.holder else []
        case Whom.ASSIGNEE:
            return [person_for(after, Role(role)) for role in str(entry.facts["assignee"]).split()]
        case Whom.LEADS:
            return [(Role.LEAD, None)]
        case Whom.EVERYBODY:
            coaches: list[Person] = [(Role.COACH, account) for account in sorted(coaches_of(after))]
            if not coaches and entry.actor.role is Role.INNOVATOR:
                coaches = [(Role.LEAD, None)]
            return [*owner, *((Role.INNOVATOR, account) for account in after.team), *coaches]


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


def _to(kind: NoticeKind, *people: Person) -> list[Notice]:
    return [Notice(kind=kind, to=role, account_id=account) for role, account in people]


def _without(wanted: list[Notice], actor: Actor) -> list[Notice]:
    """One notice a recipient, none to the actor. A lead who acts is left out when the group is resolved."""
    chosen: dict[tuple[Role, str | None] | str, Notice] = {}
    for notice in wanted:
        if notice.account_id is not None and notice.account_id == actor.account_id:
            continue
        chosen.setdefault(notice.account_id or (notice.to, None), notice)
    return list(chosen.values())
