"""What a case is called and where its page is, by its kind: lists of all kinds name none of them."""

from models.i18n import Texts
from models.workflow_ids import CONTRIBUTION, CROWDFUNDING, IDEA, REPLICATION

PAGES = {CROWDFUNDING: "crowdfunding", REPLICATION: "nachmachen", CONTRIBUTION: "beitraege"}
"""Kind → its page, below that of its idea. The words of a kind are `case.{kind}`, `case.{kind}.open`,
`calendar.{kind}`, and `{kind}.state.{state}` of each state."""


def page_of(kind: str, idea_id: str) -> str:
    """The address of its page, without a slash before."""
    return "/".join(filter(None, ("ideen", idea_id, PAGES.get(kind))))


def tell_state(t: Texts, kind: str, stage: str, state: str) -> str:
    """ "Konzept entsteht", "Wird bestätigt" """
    return t(f"state.{stage}.{state}" if kind == IDEA else f"{kind}.state.{state}")


def tell_place(t: Texts, kind: str, stage: str, state: str) -> str:
    """ "Entwickeln · Konzept entsteht", "Crowdfunding: Wird bestätigt" """
    told = tell_state(t, kind, stage, state)
    return f"{t(f'stage.{stage}')} · {told}" if kind == IDEA else t(f"case.{kind}", state=told)


def tell_event(t: Texts, stage: str, event: str) -> str:
    """What a step is called on a button, "Frist verlängern"; in the words of the phase where it has its own."""
    own = f"event.{stage}.{event}"
    return t(own if t.has(own) else f"event.{event}")
