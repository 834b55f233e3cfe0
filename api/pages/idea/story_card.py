"""The story of an idea on its page: as it would appear, what was changed of it, and whether it is public."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.pages.idea.document_view import VersionLine, describe_line, list_changes
from api.pages.idea.picture_forms import tell_lacks
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.stories import BY_LEAD, BY_OWNER
from models.i18n import Texts
from models.queries.documents import Versions
from models.queries.stories import PublicStory, StoryView
from models.rules.differences import Piece
from models.rules.permissions import is_own, may_write
from models.tables import StandingRow
from models.vocabulary import DocumentKind, Role


@dataclass(frozen=True)
class StoryCard:
    """The whole section."""

    story: PublicStory
    slug: str
    """Of what the public reads."""
    changes: Sequence[tuple[str, Sequence[Piece]]]
    """Of what was changed: its name, and the pieces of both texts."""
    is_aside: bool
    """The idea has gone back to an earlier phase, and its story is read all the while."""
    is_public: bool
    is_withdrawn: bool
    may_edit: bool
    is_asked: bool
    """Whether the visitor decides about it now."""
    takes_down: str
    """`owner` or `lead`, where the visitor may take it down."""
    taken_down_by: str
    reason: str
    lacks: Sequence[str]
    """What keeps it from being published, picture by picture."""
    previews: bool
    """What would appear is not what the public reads."""
    named: bool
    versions: Sequence[VersionLine]

    @property
    def was_public(self) -> bool:
        return self.is_public or self.is_withdrawn


def describe_story(
    speaker: TurnPresenter, view: StoryView, versions: Versions, row: StandingRow, *, named: bool, is_aside: bool
) -> StoryCard:
    is_asked = row.state == "consenting" and speaker.visitor.id == row.owner_id
    kept = view.published
    return StoryCard(
        story=replace(view.shown, name=view.owner if named and is_asked else ""),
        slug=kept.slug if kept is not None and kept.taken_down_at is None else "",
        changes=list_changes(speaker.t, DocumentKind.STORY, view.written, view.latest) if view.is_edited else (),
        is_aside=is_aside,
        is_public=view.is_public,
        is_withdrawn=kept is not None and kept.taken_down_at is not None,
        may_edit=may_write(DocumentKind.STORY, row, speaker.visitor.id, speaker.visitor.roles),
        is_asked=is_asked,
        takes_down=may_take_down(speaker, row),
        taken_down_by=(kept.taken_down_by or "") if kept is not None else "",
        reason=kept.reason if kept is not None else "",
        lacks=list_lacks(speaker.t, view.shown),
        previews=row.state in ("editing", "consenting") or (row.outcome is not None and not view.is_public),
        named=named,
        versions=[describe_line(speaker, one) for one in versions.documents],
    )


def list_lacks(t: Texts, story: PublicStory) -> list[str]:
    return [
        f"{t('document.story.picture', number=number)}: {tell_lacks(t, picture)}"
        for number, picture in enumerate(story.pictures, start=1)
        if picture.lacks
    ]


def may_take_down(speaker: TurnPresenter, row: StandingRow) -> str:
    if speaker.visitor.id == row.owner_id:
        return BY_OWNER
    return BY_LEAD if speaker.visitor.has(Role.LEAD) and not is_own(row, speaker.visitor.id) else ""
