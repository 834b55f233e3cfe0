"""What is refused before it enters a history: the questions that every case asks of a command, in their order."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from models.cases.ledger import find_line, is_remembered
from models.messages.cases import CaseState
from models.messages.commands import Actor, CaseCommand, Refusal, RefusalCode
from models.messages.rulebook import Rulebook
from models.vocabulary import Role

EXTEND, SNOOZE = "extend_deadline", "snooze"
"""What the clock of every kind of case knows."""

GIVE_UP = "withdraw"
"""By which its owner ends a case of any kind, and the engine what has lost its sense."""

S = TypeVar("S", bound=CaseState)
C = TypeVar("C", bound=CaseCommand)


class Refusals(Generic[S, C]):
    """Decides on the commands of one kind of case, which answers the questions below."""

    name: str
    """As developers read it in a refusal: "idea"."""

    def refusal(self, case: S | None, command: C, now: datetime) -> Refusal | None:
        """Why a command cannot be carried out; None where it can, or was already. Without a state, the case is not
        there yet."""
        if case is None:
            return Refusal(code=RefusalCode.NOT_ALLOWED, detail=f"the {self.name} is being prepared")
        event, role = command.event, command.actor.role
        standing: Any = case.standing
        earlier = find_line(case.ledger, command.id)
        if earlier is not None:
            if earlier.fingerprint == command.fingerprint:
                return None
            return self.refuse(case, command, RefusalCode.ID_REUSED, "this command id was used for another request")
        if not is_remembered(case.ledger, standing.version, command.searched_to):
            detail = f"more has happened than the {self.name} remembers: look again"
            return self.refuse(case, command, RefusalCode.UNSURE, detail)
        if self.begins(standing, command):
            return self.refuse_fields(case, command, now)
        if not self.is_who_they_say(standing, command.actor, event):
            detail = f"you have no such role toward this {self.name}"
            return self.refuse(case, command, RefusalCode.FORBIDDEN, detail)
        if command.expected_version is not None and command.expected_version != standing.version:
            detail = f"the {self.name} is at version {standing.version} now"
            return self.refuse(case, command, RefusalCode.STALE, detail)
        known = self.known_events(standing)
        if event not in known:
            detail = f"{event} is not possible: {self.tell_place(standing)}"
            return self.refuse(case, command, RefusalCode.NOT_ALLOWED, detail)
        if role not in known[event]:
            return self.refuse(case, command, RefusalCode.FORBIDDEN, f"{role} may not {event}")
        if not self.may_themselves(standing, command.actor, event):
            return self.refuse(case, command, RefusalCode.FORBIDDEN, f"{event} is not yours to do")
        return self.refuse_fields(case, command, now)

    def refuse(self, case: S, command: C, code: RefusalCode, detail: str, field: str | None = None) -> Refusal:
        allowed = self.allowed_events(case.standing, command.actor.account_id, [command.actor.role])
        return Refusal(code=code, field=field, detail=detail, allowed_events=allowed, version=case.standing.version)

    def invalid(self, case: S, command: C, field: str, detail: str) -> Refusal:
        return self.refuse(case, command, RefusalCode.INVALID, detail, field)

    def refuse_times(
        self, case: S, command: C, today: date, rulebook: Rulebook, *, names_a_day: bool
    ) -> Refusal | None:
        """The limits of a day that somebody names, and of days more."""
        until, days = command.until, command.days
        if command.event == EXTEND and (days is None or not 1 <= days <= rulebook.longest_extension_days):
            return self.invalid(case, command, "days", f"must be between 1 and {rulebook.longest_extension_days}")
        if not names_a_day:
            return None
        if until is None:
            return self.invalid(case, command, "until", f"{command.event} needs until")
        if until <= today:
            return self.invalid(case, command, "until", "must be a day after today")
        if (until - today).days > rulebook.longest_pause_days:
            return self.invalid(case, command, "until", f"must be within {rulebook.longest_pause_days} days")
        return None

    # -- what a kind answers ---------------------------------------------------------------------------------

    def begins(self, standing: Any, command: C) -> bool:
        """Whether this is the first command of a case that is not there yet."""
        return False

    def is_who_they_say(self, standing: Any, actor: Actor, event: str) -> bool:
        raise NotImplementedError

    def known_events(self, standing: Any) -> Mapping[str, Collection[Role]]:
        """Event → roles, for everything that makes sense where the case stands now."""
        raise NotImplementedError

    def tell_place(self, standing: Any) -> str:
        raise NotImplementedError

    def may_themselves(self, standing: Any, actor: Actor, event: str) -> bool:
        """Whether somebody in a role that may fire the event may do so in person."""
        raise NotImplementedError

    def allowed_events(self, standing: Any, account_id: str | None, roles: Collection[Role]) -> list[str]:
        raise NotImplementedError

    def refuse_fields(self, case: S, command: C, now: datetime) -> Refusal | None:
        """The first field that is missing or out of range."""
        raise NotImplementedError
