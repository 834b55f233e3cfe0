"""Who may do what with an idea. The one place for the API, the pages and the workflows.

The machine says what the state allows; this says to whom.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from models.lifecycles import LIFECYCLES
from models.lifecycles.events import COMMON_EVENTS, EVENTS, LEAVE_TEAM, REOPEN, UNDO
from models.messages.commands import Actor
from models.messages.idea import Standing
from models.rules.holders import is_on_turn, needs_coach, waits_for_others
from models.vocabulary import DocumentKind, Role, Share, Stage

FUNDED_STAGES = frozenset({Stage.SUPPORT, Stage.ACCOMPANY})
"""Where an idea may go for crowdfunding."""

ACTING_ORDER = (Role.INNOVATOR, Role.COACH, Role.LEAD)
"""Somebody with several roles acts in the one that is closest to the idea."""


PUBLISHED = "published"
"""How a path ends whose story is told."""


class Teamed(Protocol):
    """An idea, as its workflow carries it or as SQL shows it."""

    @property
    def owner_id(self) -> str: ...

    @property
    def team(self) -> Mapping[str, str]: ...


class OnItsPath(Teamed, Protocol):
    """The same, with how it has ended, where it has."""

    @property
    def stage(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def outcome(self) -> str | None: ...


def roles_toward(standing: Standing, account_id: str, platform_roles: Collection[Role]) -> list[Role]:
    """The roles in which an account may touch this idea; empty for a stranger, and for an observer, who only looks.

    Conflict of interest: whose idea it is has the innovator's role at most, whatever they are here besides.
    """
    if is_own(standing, account_id):
        return [Role.INNOVATOR] if works_on(standing, account_id) else []
    roles = {Role.COACH: account_id in coaches_of(standing), Role.LEAD: Role.LEAD in platform_roles}
    return [role for role in ACTING_ORDER if roles.get(role)]


def is_own(idea: Teamed, account_id: str | None) -> bool:
    """Whether an idea is somebody's own: they have handed it in, or are in its team, if only to look on."""
    return account_id is not None and (account_id == idea.owner_id or account_id in idea.team)


def works_on(idea: Teamed, account_id: str | None) -> bool:
    """Whether an account is on the innovator's side: the owner, or a collaborator."""
    return account_id is not None and (account_id == idea.owner_id or idea.team.get(account_id) == Share.COLLABORATOR)


def may_view(standing: Standing, account_id: str, platform_roles: Collection[Role]) -> bool:
    return account_id in standing.team or bool(roles_toward(standing, account_id, platform_roles))


def may_change_words(idea: Teamed, state: str, account_id: str | None, *, is_read: bool) -> bool:
    """What an idea says is corrected by those who work on it: until somebody has begun to read it, and while somebody
    asks back."""
    is_open = state == "clarification" or (state == "screening" and not is_read)
    return is_open and works_on(idea, account_id)


def may_attach(idea: OnItsPath, account_id: str | None) -> bool:
    """Files are added to an idea by those who work on it, for as long as the path goes on."""
    return works_on(idea, account_id) and idea.outcome is None


def may_write_concept(idea: OnItsPath, account_id: str | None) -> bool:
    """By those who work on the idea, from the plan on until it is handed in, and again once changes were asked for."""
    is_open = (idea.stage, idea.state) in ((Stage.DEVELOP, "planning"), (Stage.DEVELOP, "working"))
    return is_open and works_on(idea, account_id) and idea.outcome is None


def may_write_story(idea: OnItsPath, account_id: str | None, platform_roles: Collection[Role]) -> bool:
    """By those who work on the idea until it is handed in; then by a lead whose own it is not, before its owner is
    asked."""
    if idea.stage != Stage.MAKE_VISIBLE or idea.outcome is not None:
        return False
    if idea.state == "drafting":
        return works_on(idea, account_id)
    return idea.state == "editing" and Role.LEAD in platform_roles and not is_own(idea, account_id)


def may_write(
    kind: DocumentKind, idea: OnItsPath, account_id: str | None, platform_roles: Collection[Role] = ()
) -> bool:
    if kind is DocumentKind.CONCEPT:
        return may_write_concept(idea, account_id)
    return may_write_story(idea, account_id, platform_roles)


def may_manage_team(standing: Standing, account_id: str | None) -> bool:
    """Who is invited is the owner's affair, for as long as the path goes on."""
    return account_id == standing.owner_id and standing.outcome is None


def may_hand_over(standing: Standing, account_id: str | None, platform_roles: Collection[Role]) -> bool:
    """Whom the idea goes to is its owner's affair, and a lead's where the owner does not answer any more. Who is in the
    team asks nobody to take it over, whatever else they are."""
    if account_id == standing.owner_id:
        return True
    return Role.LEAD in platform_roles and account_id not in standing.team


def coaches_of(standing: Standing) -> set[str]:
    """The coach and whoever stands in for them."""
    cover = standing.cover.account_id if standing.cover is not None else None
    return {account for account in (standing.coach_id, cover) if account is not None}


def known_events(standing: Standing) -> dict[str, frozenset[Role]]:
    """Event → roles, for everything that makes sense where the idea stands now."""
    if standing.outcome is not None:
        # Who has told their story tells it anew when they like.
        revisers = {Role.INNOVATOR} if standing.state == PUBLISHED else set()
        undo = {UNDO: EVENTS[UNDO].roles} if standing.undo else {}
        return {REOPEN: EVENTS[REOPEN].roles | revisers} | undo
    lifecycle = LIFECYCLES[standing.stage]
    events: dict[str, frozenset[Role]] = {}
    if standing.pause is None:
        events |= {event: lifecycle.actors[event] for event in lifecycle.events_in(standing.state)}
    for event, spec in COMMON_EVENTS.items():
        if _makes_sense(event, standing):
            events[event] = events[event] | spec.roles if event in events else spec.roles
    return events


def allowed_events(standing: Standing, account_id: str | None, roles: Collection[Role]) -> list[str]:
    """What somebody with these roles toward the idea may fire now, the state's own events first."""
    mine = {*roles} | ({Role.INNOVATOR} if account_id in standing.team else set())
    return [
        event
        for event, allowed in known_events(standing).items()
        if any(may_speak(standing, account_id, role, event) for role in allowed & mine)
    ]


def may_speak(standing: Standing, account_id: str | None, role: Role, event: str) -> bool:
    """Whether somebody in a role that may fire the event may do so themselves: the owner is not alone in theirs,
    reminders are put off by those who get them, and nobody chases themselves."""
    if event == "snooze":
        return is_on_turn(standing, account_id, role)
    if event == "mark_chased":
        return waits_for_others(standing, account_id, role)
    if role is not Role.INNOVATOR or account_id == standing.owner_id:
        return True
    if event == LEAVE_TEAM:
        return account_id in standing.team
    return works_on(standing, account_id) and not EVENTS[event].owner_alone


def acting_role(standing: Standing, account_id: str, platform_roles: Collection[Role], event: str) -> Role | None:
    """The role in which an account would fire the event; None where it has no role toward the idea.

    Where none of its roles may fire the event, the closest role is given, so that the refusal can be told.
    """
    mine = roles_toward(standing, account_id, platform_roles)
    if account_id in standing.team and Role.INNOVATOR not in mine:
        # An observer has one step, or is told why there are no others.
        mine = [*mine, Role.INNOVATOR]
    allowed = known_events(standing).get(event, frozenset())
    for role in mine:
        if role in allowed and may_speak(standing, account_id, role, event):
            return role
    return mine[0] if mine else None


def is_who_they_say(standing: Standing, actor: Actor) -> bool:
    """Whether the actor still has the role they act in: coach and team may have changed since they looked."""
    own = is_own(standing, actor.account_id)
    if actor.role is Role.INNOVATOR:
        return own
    if actor.role is Role.COACH:
        return actor.account_id in coaches_of(standing) and not own
    return actor.role is Role.ENGINE or (actor.role is Role.LEAD and not own)


def _makes_sense(event: str, standing: Standing) -> bool:
    if standing.pause is not None and COMMON_EVENTS[event].stops_in_pause:
        return False
    match event:
        case "resume":
            return standing.pause is not None
        case "change_coach":
            return standing.coach_id is not None
        case "cover_coach":
            # Once more with another last day, or another stand-in, it is the same absence.
            return standing.coach_id is not None
        case "end_cover":
            return standing.cover is not None
        case "assign_coach":
            return needs_coach(standing.stage)
        case "search_again":
            return needs_coach(standing.stage) and standing.coach_id is None and standing.search is None
        case "finish_task":
            return bool(standing.tasks)
        case "leave_team":
            return bool(standing.team)
        case "start_crowdfunding":
            return standing.stage in FUNDED_STAGES and standing.crowdfunding is None
        case "undo":
            return standing.undo is not None
        case "extend_deadline" | "mark_chased":
            return standing.clock is not None
        case "snooze":
            # A search reminds its coaches itself: there is nothing of ours to put off.
            searches = standing.holder is not None and standing.holder.role is Role.COACH_SEARCH
            return standing.clock is not None and not searches
        case _:
            return True


def may_read_internal(standing: Standing, account_id: str, platform_roles: Collection[Role]) -> bool:
    """Internal notes are for the coaches of an idea and for leads whose own it is not."""
    return bool({Role.COACH, Role.LEAD} & set(roles_toward(standing, account_id, platform_roles)))


def may_see_sessions(standing: Standing, account_id: str, platform_roles: Collection[Role]) -> bool:
    """So is the session log; who reads it may write in it as well."""
    return may_read_internal(standing, account_id, platform_roles)


def may_correct_session(account_id: str, platform_roles: Collection[Role], coach_id: str) -> bool:
    """What somebody has noted of a session they correct themselves, or a lead does."""
    return account_id == coach_id or Role.LEAD in platform_roles


def may_manage_coach(account_id: str, platform_roles: Collection[Role], coach_id: str) -> bool:
    """Absence and profile are a coach's own affair, or a lead's."""
    return account_id == coach_id or Role.LEAD in platform_roles


def may_see_board(platform_roles: Collection[Role]) -> bool:
    """The lead's list, the stuck list, all ideas."""
    return Role.LEAD in platform_roles


def stages_to_send_back_to(standing: Standing) -> list[Stage]:
    """The present stage, to begin it again, and those before it."""
    return [stage for stage in Stage if stage.position <= standing.stage.position]
