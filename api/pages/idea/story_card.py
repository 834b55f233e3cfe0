"""The story of an idea on its page: as it would appear, what was changed of it, and whether it is public."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.stories import may_edit_story
from models.queries.stories import Story, StoryView
from models.rules.differences import Change, Piece, find_differences
from models.tables import StandingRow


@dataclass(frozen=True)
class StoryCard:
    """The whole section."""

    story: Story
    changes: Sequence[tuple[str, Sequence[Piece]]]
    """Of what was changed: its name, and the pieces of both texts."""
    is_public: bool
    is_withdrawn: bool
    may_edit: bool
    is_asked: bool
    """Whether the visitor decides about it now."""
    is_owner: bool
    named: bool


def describe_story(speaker: TurnPresenter, view: StoryView, row: StandingRow, *, named: bool) -> StoryCard:
    is_asked = row.state == "consenting" and speaker.visitor.id == row.owner_id
    return StoryCard(
        story=replace(view.shown, name=view.owner if named and is_asked else view.shown.name),
        changes=list_changes(speaker, view) if view.is_edited else (),
        is_public=view.is_public,
        is_withdrawn=view.withdrawn_at is not None and row.state == "published",
        may_edit=may_edit_story(row, speaker.visitor.id, speaker.visitor.roles),
        is_asked=is_asked,
        is_owner=speaker.visitor.id == row.owner_id,
        named=named,
    )


def list_changes(speaker: TurnPresenter, view: StoryView) -> list[tuple[str, Sequence[Piece]]]:
    """Of each part whose words are others. Other blanks alone are no change that anybody could see marked."""
    before, after = view.written, view.shown
    parts = (("title", before.title, after.title), ("teaser", before.summary, after.summary))
    told = ((name, find_differences(old, new)) for name, old, new in (*parts, ("text", before.text, after.text)))
    return [
        (speaker.t(f"field.story_{name}"), pieces)
        for name, pieces in told
        if any(piece.change is not Change.SAME for piece in pieces)
    ]
