"""Ideas as lines of a list."""

from dataclasses import dataclass

from api.pages.kit.turn_presenter import Badge, Position, TurnPresenter
from models.queries.board import Card
from models.queries.my_work import Case
from models.tables import StandingRow
from models.vocabulary import Role

TASKS_SHOWN = 3


@dataclass(frozen=True)
class CaseLine:
    """One idea in a list: what, where on the path, who is on turn, how the deadline stands."""

    id: str
    title: str
    row: Position
    badge: Badge
    who: str
    next: str = ""
    notes: tuple[str, ...] = ()
    share: Badge | None = None
    """What the visitor has to do with an idea that is not their own."""


def write_case(
    speaker: TurnPresenter, case: Case, *, next_: str = "", campaign: StandingRow | None = None, mine: bool = False
) -> CaseLine:
    """An idea of one's own work, with its first open tasks and its crowdfunding; `mine`: that waits for the visitor."""
    t, position = speaker.t, Position.of(case.row, case.holder)
    about = [case.idea.reference] if case.idea.reference else []
    about += [speaker.name(case.owner)] if case.row.owner_id != speaker.visitor.id else []
    notes = [" · ".join(about)] if about else []
    notes += [tell_campaign(speaker, campaign, mine=mine)] if campaign is not None else []
    for task in case.tasks[:TASKS_SHOWN]:
        due = f" · {speaker.due(task.due).text}" if task.due else ""
        notes.append(t("page.task.line", title=task.title, who=t(f"role.{task.assignee or Role.INNOVATOR}")) + due)
    badge, who = speaker.badge(position), speaker.short_who(position)
    return CaseLine(
        case.idea.id, case.idea.title, position, badge, who, next_, tuple(notes), write_share(speaker, case.row)
    )


def write_share(speaker: TurnPresenter, row: StandingRow) -> Badge | None:
    """What the visitor has to do with an idea that is not their own: a share in its team, or standing in."""
    t, visitor = speaker.t, str(speaker.visitor.id)
    if visitor in row.team:
        return Badge(t("page.team.badge", share=t(f"share.{row.team[visitor]}")), "hand", "plain")
    return Badge(t("turn.role.cover"), "hand", "plain") if row.cover_id == visitor else None


def tell_campaign(speaker: TurnPresenter, campaign: StandingRow, *, mine: bool) -> str:
    """The idea's crowdfunding in one line, with its deadline where the reader has to do something."""
    t = speaker.t
    words = t("page.crowdfunding.line", state=t(f"crowdfunding.state.{campaign.state}"))
    if not mine:
        return words
    due = f" · {speaker.due(campaign.holder_until).text}" if campaign.holder_until else ""
    return f"{words} · {t('page.turn.you')}{due}"


def write_card(speaker: TurnPresenter, card: Card) -> CaseLine:
    """An idea in a lead's list, with its people."""
    t, position = speaker.t, Position.of(card, card.holder)
    people = [card.reference] if card.reference else []
    people += [speaker.name(card.owner)] + ([t("page.coach", name=speaker.name(card.coach))] if card.coach else [])
    badge, who = speaker.badge(position), speaker.short_who(position)
    return CaseLine(card.id, card.title, position, badge, who, "", (" · ".join(people),))
