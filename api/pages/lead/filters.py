"""Filters of the lead's list: read from the address, shown as choices and chips."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from api.pages.kit.fields import Choice
from api.pages.kit.page import AnyPage
from api.pages.kit.tables import read_columns
from api.pages.kit.turn_presenter import TurnPresenter
from models.i18n import Texts
from models.lifecycles import LIFECYCLES
from models.queries.board import BoardFilter, Due, Sort
from models.queries.coaches import CoachName
from models.queries.happenings import Happening, Span
from models.queries.paging import MOST_COUNTED
from models.queries.saved_views import ViewLine
from models.rules.days import read_day
from models.typed_text import clean
from models.vocabulary import Outcome, Role, Stage, ViewReach

LONGEST_TEXT = 200

MOST_COACHES = 50
"""In a choice, which is read through; whoever is behind them is found among *Menschen*, with their ideas."""

NAMES = ("text", "phase", "stand", "amzug", "coach", "buero", "thema", "faellig", "zeige", "sortierung", "spalten")

OF_FIGURES = ("erreicht", "was", "von", "bis", "alter")
"""Filters by which the figures of the overview lead to their ideas; the form keeps them and does not ask for them."""

SHOWS = ("open", "stuck", "ended", "completed", "left", "all")

DUES = {"vorbei": Due.LATE, "heute": Due.TODAY, "woche": Due.WEEK}

AGE = re.compile("([0-9]{0,4})-([0-9]{0,4})")
"""Of the address: more than so many days in its state, and at most so many."""


SORTS: dict[str, Sort] = {
    "frist": Sort.DUE,
    "neu": Sort.SUBMITTED_LATEST,
    "alt": Sort.ENTERED,
    "bewegt": Sort.LAST_LATEST,
    "-frist": Sort.DUE_LATEST,
    "-neu": Sort.SUBMITTED,
    "-alt": Sort.ENTERED_LATEST,
    "-bewegt": Sort.LAST,
}
"""What the list is sorted by; a minus turns it round, as a second click on the head of its column does."""

OFFERED_SORTS = tuple(name for name in SORTS if not name.startswith("-"))

COLUMNS = ("stand", "amzug", "frist", "seit", "eingang", "bewegt", "coach", "ort", "themen", "buero", "person")
"""Of the list, beside the title, in this order."""

USUAL_COLUMNS = ("stand", "amzug", "frist", "seit")


SAID = frozenset({"view_saved"})


@dataclass(frozen=True)
class Filters:
    """The filters of an address, as far as they mean something. `values` is what the form shows again."""

    values: Mapping[str, str]
    wanted: BoardFilter
    sort: Sort
    board: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.values["spalten"].split(".")) if "spalten" in self.values else USUAL_COLUMNS

    @property
    def of_figures(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if name in OF_FIGURES}

    def address(self, **changes: str | None) -> str:
        """The list, or the board, with these filters and some changed; None takes one away."""
        return ("/leitung/tafel" if self.board else "/leitung") + self.query(**changes)

    def query(self, **changes: str | None) -> str:
        """With its question mark; empty where nothing is filtered."""
        values = {**self.values, **changes}
        query = urlencode({name: value for name, value in values.items() if value})
        return f"?{query}" if query else ""


def count_list(t: Texts, shown: int, *, is_whole: bool, all_: int | None = None, what: str = "page.lead.count") -> str:
    """How many ideas a page shows, and of how many, where that was counted; `what` is the key of other lists."""
    if not is_whole and all_ is not None:
        key = f"{what}.of_many" if all_ > MOST_COUNTED else f"{what}.of"
        return t(key, count=shown, all=t.number(min(all_, MOST_COUNTED)))
    return t(what if is_whole else f"{what}.page", count=shown)


def describe_filters(
    page: AnyPage, filters: Filters, coaches: Sequence[CoachName], views: list[ViewLine], lost: Sequence[str]
) -> dict[str, Any]:
    """What list and board have in common: the filters, those that are active, and the saved views."""
    choices, said = list_choices(page.speaker, coaches, lost), page.said
    visitor = page.speaker.visitor.account
    reaches = [one for one in ViewReach if one is not ViewReach.OFFICE or (visitor and visitor.office)]
    return {
        "filters": filters,
        "choices": choices,
        "more_coaches": len(coaches) >= MOST_COACHES,
        "chips": list_chips(filters, choices, page.speaker),
        "views": [
            *list_shipped(page.t, filters, visitor.office if visitor else None),
            *((view.name, address_of(view), is_shown(view, filters)) for view in views),
        ],
        "reaches": reaches,
        "told": page.speaker.t(f"page.said.{said}") if said in SAID else "",
    }


def list_shipped(t: Texts, filters: Filters, office: str | None) -> list[tuple[str, str, bool]]:
    """The views that everybody has: name, address, and whether it is the one that is shown."""
    own = {"buero": office} if office else {}
    views: dict[str, dict[str, str]] = {
        "new": {"phase": Stage.IDENTIFY, "stand": "screening"},
        "ours": {"amzug": Role.LEAD, **own},
        **({"office": own} if own else {}),
        "week": {"faellig": "woche"},
    }
    return [
        (t(f"page.views.shipped.{name}"), replace(filters, values=values).address(), values == dict(filters.values))
        for name, values in views.items()
    ]


def address_of(view: ViewLine) -> str:
    return read_filters(view.filters, board=view.board).address() + ("" if view.filters else "?zeige=open")


def is_shown(view: ViewLine, filters: Filters) -> bool:
    return dict(view.filters) == dict(filters.values) and view.board == filters.board


def read_filters(query: Mapping[str, str], *, board: bool = False) -> Filters:
    """What means nothing is left out, so that a mistyped address shows a list and not an error."""
    given = {name: clean(query.get(name, ""))[:LONGEST_TEXT] for name in (*NAMES, *OF_FIGURES)}
    holder, columns = given["amzug"], read_columns(query, COLUMNS)
    known = {
        "text": bool(given["text"]),
        "phase": given["phase"] in set(Stage),
        "stand": given["stand"] in set(state_names()),
        "amzug": holder in set(Role) - {Role.ENGINE},
        "coach": is_id(given["coach"]),
        "buero": bool(given["buero"]),
        "thema": bool(given["thema"]),
        "faellig": given["faellig"] in DUES,
        "zeige": given["zeige"] in SHOWS and given["zeige"] != "open",
        "sortierung": given["sortierung"] in SORTS,
        "spalten": bool(columns) and columns != USUAL_COLUMNS,
        "erreicht": given["erreicht"] in set(Stage),
        "was": given["was"] in set(Happening),
        **{name: given["was"] in set(Happening) and read_day(given[name]) is not None for name in ("von", "bis")},
        "alter": read_age(given["alter"]) is not None,
    }
    given["spalten"] = ".".join(columns)
    values = {name: given[name] for name, holds in known.items() if holds}
    shows = values.get("zeige", "open")
    wanted = BoardFilter(
        stage=Stage(values["phase"]) if "phase" in values else None,
        state=values.get("stand"),
        holder_role=Role(values["amzug"]) if "amzug" in values else None,
        coach_id=values.get("coach"),
        office=values.get("buero"),
        open=True if shows in ("open", "stuck") else None,
        ended=True if shows == "ended" else None,
        outcome=Outcome.COMPLETED if shows == "completed" else None,
        left=shows == "left",
        stuck=True if shows == "stuck" else None,
        theme=values.get("thema"),
        due=DUES.get(values.get("faellig", "")),
        reached=Stage(values["erreicht"]) if "erreicht" in values else None,
        met=(Happening(values["was"]), Span(*(read_day(values.get(name, "")) for name in ("von", "bis"))))
        if "was" in values
        else None,
        aged=read_age(values.get("alter", "")),
        text=values.get("text"),
    )
    return Filters(values, wanted, SORTS[values.get("sortierung", "frist")], board)


def read_age(text: str) -> tuple[int | None, int | None] | None:
    """
    >>> read_age("14-30"), read_age("120-"), read_age("-"), read_age("old")
    ((14, 30), (120, None), None, None)
    """
    found = AGE.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    least, most = (int(part) if part else None for part in found.groups())
    return least, most


def state_names() -> list[str]:
    """All open states in the order of the path, then the endings."""
    states = [state for lifecycle in LIFECYCLES.values() for state in lifecycle.open_states()]
    return [*states, *(str(outcome) for outcome in Outcome), "published"]


def list_choices(speaker: TurnPresenter, coaches: Sequence[CoachName], lost: Sequence[str]) -> dict[str, list[Choice]]:
    """`lost`: offices that the configuration does not have any more."""
    t = speaker.t
    states = [
        Choice(state, f"{t(f'stage.{stage}')}: {t(f'state.{stage}.{state}')}")
        for stage, lifecycle in LIFECYCLES.items()
        for state in lifecycle.open_states()
    ]
    holders = (Role.LEAD, Role.COACH, Role.INNOVATOR, Role.COACH_SEARCH)
    return {
        "zeige": [Choice(name, t(f"page.lead.show.{name}")) for name in SHOWS],
        "phase": [Choice(stage, t(f"stage.{stage}")) for stage in Stage],
        "stand": states,
        "amzug": [Choice(role, t(f"role.{role}")) for role in holders],
        "coach": [Choice(coach.id, coach.name) for coach in coaches],
        "buero": [Choice(key, name) for key, name in speaker.names.offices(lost).items()],
        "thema": [Choice(key, name) for key, name in speaker.names.all_themes().items()],
        "faellig": [Choice(name, t(f"page.lead.due.{name}")) for name in DUES],
        "erreicht": [Choice(stage, t(f"stage.{stage}")) for stage in Stage],
        "was": [Choice(what, tell_happening(t, what)) for what in Happening],
        "sortierung": [Choice(name, t(f"page.lead.sort.{name}")) for name in OFFERED_SORTS],
    }


def tell_happening(t: Texts, what: Happening) -> str:
    if what.stage is not None:
        return t("page.overview.passed", stage=t(f"stage.{what.stage}"))
    return t(f"page.overview.{what}")


def tell_filter(speaker: TurnPresenter, choices: Mapping[str, Sequence[Choice]], name: str, value: str) -> str:
    """A filter in words."""
    named = {choice.value: choice.label for choice in choices.get(name, ())}
    if name == "alter" and (age := read_age(value)) is not None:
        value = f"> {age[0]}" if age[1] is None else f"{0 if age[0] is None else age[0] + 1}–{age[1]}"
    elif name in ("von", "bis") and (day := read_day(value)) is not None:
        value = speaker.t.short_day(day)
    return f"{speaker.t(f'page.lead.{name}')}: {named.get(value, value)}"


def list_chips(filters: Filters, choices: dict[str, list[Choice]], speaker: TurnPresenter) -> list[dict[str, Any]]:
    """Every active filter in words, with the address of the list without it."""
    chips = []
    for name, value in filters.values.items():
        if name in ("sortierung", "spalten"):
            continue
        label = tell_filter(speaker, choices, name, value)
        chips.append({"label": label, "without": filters.address(**{name: None})})
    return chips


def is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
