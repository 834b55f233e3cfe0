"""How the people of an idea are reached, wherever somebody acts on it or on what stands beside it."""

from api.pages.kit.turn_presenter import TurnPresenter
from models.queries.account_names import Contact
from models.queries.idea import IdeaView
from models.rules.contacts import contacts_for


def list_contacts(speaker: TurnPresenter, view: IdeaView) -> list[tuple[str, Contact]]:
    """Those on the other side, each under what they are to the idea: behind the coach comes who stands in for them."""
    shown = contacts_for(view.row.standing(), speaker.visitor.id or "", speaker.visitor.roles)
    return [
        (speaker.t(title), contact)
        for role in shown
        for title, contact in zip((f"role.{role}", "turn.role.cover"), view.contacts[role], strict=False)
    ]
