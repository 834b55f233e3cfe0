"""Appointment: times are offered, one is chosen, and when it is over the coach says what became of it."""

from typing import ClassVar

from statemachine import State

from models.lifecycles.base import COACH, ENGINE, INNOVATOR, Machine
from models.vocabulary import Role


class AppointmentLifecycle(Machine):
    """From the first times that are offered to the minutes that it took."""

    choosing = State(initial=True)
    proposing = State()
    agreed = State()
    noting = State()
    held = State(final=True)
    missed = State(final=True)
    cancelled = State(final=True)

    choose = choosing.to(agreed)
    decline_times = choosing.to(proposing)
    move = choosing.from_(choosing, proposing, agreed)
    end = agreed.to(noting)
    note_held = noting.to(held)
    note_missed = noting.to(missed)
    withdraw = cancelled.from_(choosing, proposing, agreed, noting)

    on_turn: ClassVar = {
        "choosing": Role.INNOVATOR,
        "proposing": Role.COACH,
        "agreed": Role.ENGINE,
        "noting": Role.COACH,
    }
    """Where the coach has proposed. `models.rules.appointment` knows whose turn it is where the innovator has."""
    actors: ClassVar = {
        "choose": INNOVATOR | COACH,
        "decline_times": INNOVATOR | COACH,
        "move": INNOVATOR | COACH,
        "end": ENGINE,
        "note_held": COACH,
        "note_missed": COACH,
        "withdraw": INNOVATOR | COACH | ENGINE,
    }
