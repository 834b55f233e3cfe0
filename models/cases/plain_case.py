"""A plain kind of case: one machine says where a step leads, and who is on turn follows from the state it is in.

It declares a machine, who stands for which role, and a limit for each state in `pipeline.toml`
(`[limits.<kind>.<state>]`): all the questions of the kernel have an answer then, and it overrides what differs.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Generic

from models.cases import clocks
from models.cases.calendar import Calendar, calendar_of
from models.cases.kind import Kind
from models.cases.refusals import EXTEND, GIVE_UP, SNOOZE, C, S
from models.cases.step import Step
from models.lifecycles.base import COACH, ENGINE, Machine
from models.lifecycles.events import CHANGE_OWNER
from models.messages.cases import Clock, Entry, Holder, Notice, Pause, WakeUp
from models.messages.commands import Actor, CaseCommand, Refusal
from models.messages.rulebook import Rulebook
from models.vocabulary import NoticeKind, Role, WakeUpKind, Why


class PlainStep(Step[S], Generic[S]):
    """One version of a plain case in the making."""

    def __init__(self, kind: "PlainKind[Any, Any]", *told: Any) -> None:
        super().__init__(*told)
        self.kind = kind

    def fire(self, **given: object) -> None:
        """Let the machine decide where this event leads."""
        self.standing.state = type(self.standing.state)(
            self.kind.machine.go_on(self.standing.state, self.event, **given)
        )

    def resume(self) -> None:
        """The clock goes on with the time that was left."""
        standing = self.standing
        if standing.clock is not None:
            clocks.shift_over_pause(standing.clock, standing.pause, self.today, self.calendar)
            clocks.rearm(standing.clock, self.now, self.calendar)
        standing.pause = None

    def settle(self) -> None:
        standing, before, turn = self.standing, self.before, self.kind.turn(self.standing)
        if turn is None:
            standing.pause = None
        waited_for = (self.kind.phase(before), before.turn)
        if (self.kind.phase(standing), turn) != waited_for or self.event in self.kind.restarts_clock:
            self.start_clock()
        if (standing.state, turn) != (before.state, before.turn) or standing.version == 1:
            standing.entered_at = self.now
        standing.holder = self.kind.find_holder(standing, turn)

    def write_notices(self, entry: Entry) -> list[Notice]:
        return self.kind.notices(self.before, self.standing, entry)

    def start_clock(self) -> None:
        """Begin what is waited for with the whole time."""
        standing = self.standing
        standing.clock = self.kind.start_clock(standing, self.case.rulebook, self.today, self.calendar)
        if standing.clock is not None:
            clocks.skip_past(standing.clock, self.now, self.calendar)
        if standing.pause is not None:
            standing.pause = Pause(since=self.today, until=standing.pause.until)


class PlainKind(Kind[S, C], Generic[S, C]):
    """What follows from a machine, its people and its limits."""

    command: ClassVar[type[CaseCommand]]
    machine: ClassVar[type[Machine]]
    begins_with: ClassVar[str] = ""
    """The event of the first step, where somebody asks for it."""
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Event → the fields it cannot do without."""
    restarts_clock: ClassVar[Collection[str]] = ()
    """Events with which the time begins anew, also where what is waited for stays the same."""
    follows_owner: ClassVar[bool] = False
    """Whether it is told whose its idea is from now on."""
    lapses: ClassVar[Mapping[str, str]] = {}
    """States of which nobody waits for the end of the time: with it, this event comes by itself."""
    unasked: ClassVar[Collection[str]] = ()
    """Events that no form asks for, though a person stands behind them."""

    # -- who is on turn, and until when ----------------------------------------------------------------------

    def people(self, standing: Any) -> Mapping[Role, str | None]:
        """Who stands for which role. None where that is found out when somebody asks."""
        return {Role.INNOVATOR: standing.owner_id, Role.COACH: None, Role.LEAD: None}

    def turn(self, standing: Any) -> Role | None:
        """Who has to act; None only where the case has ended."""
        return self.machine.on_turn.get(standing.state)

    def phase(self, standing: Any) -> str | None:
        """What is waited for, by its key among the limits; None where the engine works or all is over."""
        return str(standing.state) if standing.state in self.machine.on_turn else None

    def start_clock(self, standing: Any, rulebook: Rulebook, today: date, calendar: Calendar) -> Clock | None:
        phase = self.phase(standing)
        return None if phase is None else clocks.start_clock(rulebook.limit_of(standing.kind, phase), today, calendar)

    def find_holder(self, standing: Any, turn: Role | None) -> Holder | None:
        if turn is None:
            return None
        paused, clock = standing.pause, standing.clock
        return Holder(
            role=turn,
            account_id=self.people(standing).get(turn),
            since=standing.entered_at,
            until=paused.until if paused is not None else clock.due if clock is not None else None,
            why=Why.PAUSED if paused is not None else Why.STATE,
        )

    # -- what the engine does by itself ----------------------------------------------------------------------

    def upcoming(self, standing: Any, rulebook: Rulebook) -> list[WakeUp]:
        """Every future message with its recipient, in the order of time."""
        calendar = calendar_of(rulebook)
        if standing.turn is None:
            return []
        if standing.pause is not None:
            at = calendar.send_time(calendar.on_working_day(standing.pause.until))
            return [WakeUp(kind=WakeUpKind.PAUSE_END, key="pause_end", at=at, to=standing.turn)]
        if standing.clock is None:
            return []
        account_id = self.people(standing).get(standing.turn)
        found = clocks.wake_ups(standing.clock, standing.turn, account_id, calendar)
        return self._let_lapse(self.lapses[standing.state], found) if standing.state in self.lapses else found

    def _let_lapse(self, event: str, found: Iterable[WakeUp]) -> list[WakeUp]:
        """Where it would be late, it ends."""
        end = {"kind": WakeUpKind.EXPIRY, "key": event, "to": Role.ENGINE, "account_id": None}
        kept = (one for one in found if one.kind is not WakeUpKind.ESCALATION)
        return [one.model_copy(update=end) if one.kind is WakeUpKind.OVERDUE else one for one in kept]

    def due(self, case: S, now: datetime) -> list[WakeUp]:
        return [wake_up for wake_up in self.upcoming(case.standing, case.rulebook) if wake_up.at <= now]

    def next_at(self, case: S) -> datetime | None:
        return next((wake_up.at for wake_up in self.upcoming(case.standing, case.rulebook)), None)

    def ring_alone(self, case: S, wake_up: WakeUp, now: datetime) -> None:
        """The clock goes on after a pause; what comes by itself at its time is an event of that key."""
        lapses = wake_up.kind is WakeUpKind.EXPIRY
        event = wake_up.key if lapses else "resume"
        step = self.begin_step(case, now, event, f"{event}-{case.standing.version}")
        if lapses:
            self.move(step)
        else:
            step.resume()
        step.finish()

    # -- its steps -------------------------------------------------------------------------------------------

    def begin(self, standing: Any, rulebook: Rulebook, about: str) -> tuple[S, C]:
        """A case that nobody has asked for, and the engine's command with which it begins. `about`: what gives rise to
        it, so that the same begins once."""
        state: Any = self.state(standing=standing, rulebook=rulebook)
        command: Any = self.command(
            id=f"{self.begins_with}-{about}", event=self.begins_with, actor=Actor(role=Role.ENGINE)
        )
        return state, command

    def begin_step(self, *told: Any) -> PlainStep[S]:
        return PlainStep(self, *told)

    def carry_out(self, step: Any, command: C) -> None:
        if command.event == CHANGE_OWNER:
            step.standing.owner_id = getattr(command, "owner_id", None) or step.standing.owner_id
            if step.standing.turn is Role.INNOVATOR:
                # As with the idea: with the whole time, not with what the former owner left over.
                step.start_clock()
        elif command.event == EXTEND:
            step.extend(command.days)
        elif command.event == SNOOZE:
            step.keep_quiet(command.until, lead_too=command.actor.role is Role.LEAD)
        elif step.standing.version > 0:
            self.move(step, command)

    def move(self, step: Any, command: Any = None) -> None:
        """Along the machine, with what that asks. A command that any kind knows, as in bulk, says nothing of its own;
        without one, the time has come.
        """
        step.fire()

    def notices(self, before: Any, after: Any, entry: Entry) -> list[Notice]:
        """Nobody hears of what they have done themselves."""
        people, told = self.people(after), self.tells(before, after, entry)
        found = [Notice(kind=kind, to=role, account_id=people.get(role)) for kind, role in told if role is not None]
        return [one for one in found if one.account_id is None or one.account_id != entry.actor.account_id]

    def tells(self, before: Any, after: Any, entry: Entry) -> Iterable[tuple[NoticeKind, Role | None]]:
        """What a step tells to whom: whose turn it has become hears so."""
        goes_on = before.turn == after.turn and before.pause is None
        return () if after.pause is not None or goes_on else ((NoticeKind.YOUR_TURN, after.turn),)

    def is_news(self, standing: Any, command: C) -> bool:
        return command.event != CHANGE_OWNER or getattr(command, "owner_id", None) != standing.owner_id

    # -- what is refused -------------------------------------------------------------------------------------

    def begins(self, standing: Any, command: C) -> bool:
        return standing.version == 0 and command.event == self.begins_with

    def makes_sense(self, event: str, role: Role, standing: Any) -> bool:
        """Whether an event that the machine knows here is one for this role now."""
        return True

    def own(self, standing: Any, account_id: str | None, roles: Collection[Role], event: str) -> frozenset[Role]:
        """In which of their roles somebody may fire an event in person."""
        return frozenset(roles)

    def is_who_they_say(self, standing: Any, actor: Actor, event: str) -> bool:
        """A collaborator speaks for a team, and nobody for another side than that of their own idea. Who belongs to a
        team or leads is known to whoever asks, since those change."""
        if actor.role is Role.ENGINE:
            return event in (GIVE_UP, CHANGE_OWNER)
        if actor.role is Role.INNOVATOR:
            return True
        people = self.people(standing)
        is_one = actor.role in standing.elsewhere or people.get(actor.role) in (None, actor.account_id)
        return actor.role in people and is_one and actor.account_id != standing.owner_id

    def known_events(self, standing: Any) -> dict[str, frozenset[Role]]:
        found = {}
        for event in self.machine.events_in(standing.state):
            roles = frozenset(role for role in self.machine.actors[event] if self.makes_sense(event, role, standing))
            if roles:
                found[event] = roles
        if standing.clock is not None and standing.pause is None and standing.turn is not Role.ENGINE:
            found |= {EXTEND: COACH, SNOOZE: frozenset({standing.turn, Role.LEAD})}
        if self.follows_owner and standing.turn is not None:
            found |= {CHANGE_OWNER: ENGINE}
        return found

    def acting_role(self, standing: Any, account_id: str, roles: Collection[Role], event: str) -> Role | None:
        """The role in which an account would fire the event. Where none of its roles may, the closest, so that the
        refusal can be told; None for a stranger."""
        own = self.own(standing, account_id, roles, event)
        allowed = self.known_events(standing).get(event, frozenset()) & own
        mine = [role for role in self.people(standing) if role in roles]
        return next((role for role in mine if role in allowed), mine[0] if mine else None)

    def tell_place(self, standing: Any) -> str:
        return str(standing.state)

    def may_themselves(self, standing: Any, actor: Actor, event: str) -> bool:
        return actor.role in self.own(standing, actor.account_id, [actor.role], event)

    def allowed_events(self, standing: Any, account_id: str | None, roles: Collection[Role]) -> list[str]:
        """What somebody with these roles may fire now; the buttons on the page."""
        known = self.known_events(standing)
        return [event for event, allowed in known.items() if allowed & self.own(standing, account_id, roles, event)]

    def refuse_fields(self, case: S, command: C, now: datetime) -> Refusal | None:
        rulebook = command.rulebook or case.rulebook
        today, names_a_day = calendar_of(rulebook).today(now), command.event == SNOOZE
        if why := self.refuse_times(case, command, today, rulebook, names_a_day=names_a_day):
            return why
        needed = self.required.get(command.event, ())
        for field in (*needed, "owner_id") if command.event == CHANGE_OWNER else needed:
            if getattr(command, field, None) is None:
                return self.invalid(case, command, field, f"{command.event} needs {field}")
        return None
