"""The concept of an idea as pages tell it: field by field, with what was changed since the version before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.kit.files import FileView, show_files
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.attachments import may_redact
from models.i18n import Texts
from models.queries.attachments import FileLine
from models.queries.concepts import Concept
from models.rules.differences import Change, Piece, find_differences
from models.rules.permissions import may_write_concept
from models.tables import Document, StandingRow
from models.vocabulary import AttachedTo, ConceptField


@dataclass(frozen=True)
class VersionLine:
    """One version in a list of them."""

    version: int
    path: str
    at: str


@dataclass(frozen=True)
class ConceptCard:
    """A version, with what leads on from it. `version` is None as long as nothing was written."""

    version: int | None
    at: str
    is_draft: bool
    words: Sequence[tuple[str, str]]
    changes: Sequence[tuple[str, Sequence[Piece]]]
    """Of each field that says something else than in the version before: its name, and the pieces of both."""
    files: Sequence[FileView]
    others: Sequence[VersionLine]
    path: str = ""
    """Where it is written; empty for those who only read."""
    own_path: str = ""
    """Of this version alone."""


def describe_concept(
    speaker: TurnPresenter, row: StandingRow, concept: Concept, files: Sequence[FileLine]
) -> ConceptCard | None:
    """On the page of the idea: what was handed in last, or that it is to be written. None where there is nothing."""
    writes = may_write_concept(row, speaker.visitor.id)
    latest = next(iter(concept.versions), None)
    if latest is None and not writes and concept.draft is None:
        return None
    shown = latest or concept.draft
    return describe_version(speaker, row, concept, shown, files, f"/ideen/{row.idea_id}/konzept" if writes else "")


def describe_version(
    speaker: TurnPresenter,
    row: StandingRow,
    concept: Concept,
    shown: Document | None,
    files: Sequence[FileLine],
    path: str = "",
) -> ConceptCard:
    t = speaker.t
    others = [describe_line(speaker, one) for one in concept.documents if one is not shown]
    if shown is None:
        return ConceptCard(None, "", True, (), (), (), others, path)
    before = concept.before(shown)
    return ConceptCard(
        version=shown.version,
        at=t.instant(shown.handed_in_at or shown.updated_at, speaker.zone),
        is_draft=shown.handed_in_at is None,
        words=[(t(f"concept.{name}"), shown.words.get(name, "")) for name in ConceptField],
        changes=list_changes(t, before.words, shown.words) if before is not None else (),
        files=files_up_to(speaker, row, concept, shown, files),
        others=others,
        path=path,
        own_path=describe_line(speaker, shown).path,
    )


def describe_line(speaker: TurnPresenter, document: Document) -> VersionLine:
    at = speaker.t.instant(document.handed_in_at or document.updated_at, speaker.zone)
    said = speaker.t(
        "page.concept.version.draft" if document.handed_in_at is None else "page.concept.version.of", at=at
    )
    return VersionLine(document.version, f"/ideen/{document.idea_id}/konzept/{document.version}", said)


def list_changes(t: Texts, before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, Sequence[Piece]]]:
    """Of each field whose words are others. Other blanks alone are no change that anybody could see marked."""
    told = ((name, find_differences(before.get(name, ""), after.get(name, ""))) for name in ConceptField)
    return [
        (t(f"concept.{name}"), pieces)
        for name, pieces in told
        if any(piece.change is not Change.SAME for piece in pieces)
    ]


def files_up_to(
    speaker: TurnPresenter, row: StandingRow, concept: Concept, shown: Document, files: Sequence[FileLine]
) -> list[FileView]:
    """Those of a version and of the ones before it: a version goes on from the last one with its files. Whoever has
    sent one for the draft may take it away."""
    account = speaker.visitor.account
    ids = {one.id for one in concept.documents if one.version <= shown.version}
    draft_id = concept.draft.id if concept.draft else None
    theirs = [file for file in files if file.of_kind == AttachedTo.DOCUMENT and file.of_id in ids]
    gone = [
        file.id
        for file in theirs
        if account is not None
        and (may_redact(row, account) or (file.of_id == draft_id and file.uploaded_by == account.id))
    ]
    return show_files(speaker.t, row.idea_id, theirs, gone)
