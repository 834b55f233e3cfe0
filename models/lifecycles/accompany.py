"""Accompany: the idea is tried out, and somebody asks regularly how it goes."""

from statemachine import State

from models.lifecycles.base import COACH, INNOVATOR_OR_COACH, Lifecycle
from models.vocabulary import Answer, Role, Stage


class AccompanyLifecycle(Lifecycle):
    """A pilot with check-ins; help where it is asked for; a conclusion."""

    stage = Stage.ACCOMPANY

    piloting = State(initial=True)
    helping = State()
    concluding = State()
    sent_back = State(final=True)
    concluded = State(final=True)

    check_in = (
        piloting.to(piloting, cond="is_on_track")
        | piloting.to(helping, cond="needs_help")
        | piloting.to(concluding, cond="is_done")
    )
    give_help = helping.to(piloting)
    send_back = helping.to(sent_back)
    conclude = concluding.to(concluded)
    request_more = concluding.to(piloting)

    on_turn = {"piloting": Role.INNOVATOR, "helping": Role.COACH, "concluding": Role.COACH}
    actors = {
        "check_in": INNOVATOR_OR_COACH,
        "give_help": COACH,
        "send_back": COACH,
        "conclude": COACH,
        "request_more": COACH,
    }
    leads_to = {"sent_back": Stage.DEVELOP, "concluded": Stage.MAKE_VISIBLE}

    def is_on_track(self, answer: Answer | None = None) -> bool:
        return answer == Answer.ON_TRACK

    def needs_help(self, answer: Answer | None = None) -> bool:
        return answer == Answer.NEEDS_HELP

    def is_done(self, answer: Answer | None = None) -> bool:
        return answer == Answer.DONE
