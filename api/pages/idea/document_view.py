"""Concept and story of an idea as pages tell them: field by field, with what was changed since the version before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.kit.files import FileView, show_files
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.attachments import may_redact
from models.i18n import Texts
from models.messages.story import StoryParts, StoryPicture
from models.queries.attachments import FileLine
from models.queries.documents import FIELDS, Versions
from models.rules.differences import Change, Piece, find_differences
from models.rules.permissions import may_write
from models.tables import Document, StandingRow
from models.vocabulary import AttachedTo, DocumentKind

PATHS = {DocumentKind.CONCEPT: "konzept", DocumentKind.STORY: "geschichte"}
"""Where each is written, beneath its idea."""


@dataclass(frozen=True)
class VersionLine:
    """One version in a list of them."""

    version: int
    path: str
    at: str


@dataclass(frozen=True)
class DocumentCard:
    """A version, with what leads on from it. `version` is None as long as nothing was written."""

    kind: DocumentKind
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


def describe_document(
    speaker: TurnPresenter, row: StandingRow, kind: DocumentKind, versions: Versions, files: Sequence[FileLine]
) -> DocumentCard | None:
    """On the page of the idea: what was handed in last, or that it is to be written. None where there is nothing."""
    writes = may_write(kind, row, speaker.visitor.id, speaker.visitor.roles)
    latest = next(iter(versions.handed_in), None)
    if latest is None and not writes and versions.draft is None:
        return None
    shown = latest or versions.draft
    path = f"/ideen/{row.idea_id}/{PATHS[kind]}" if writes else ""
    return describe_version(speaker, row, kind, versions, shown, files, path)


def describe_version(
    speaker: TurnPresenter,
    row: StandingRow,
    kind: DocumentKind,
    versions: Versions,
    shown: Document | None,
    files: Sequence[FileLine],
    path: str = "",
) -> DocumentCard:
    t = speaker.t
    others = [describe_line(speaker, one) for one in versions.documents if one is not shown]
    if shown is None:
        return DocumentCard(kind, None, "", True, (), (), (), others, path)
    before = versions.before(shown)
    return DocumentCard(
        kind=kind,
        version=shown.version,
        at=t.instant(shown.handed_in_at or shown.updated_at, speaker.zone),
        is_draft=shown.handed_in_at is None,
        words=list_words(t, shown),
        changes=list_changes(t, kind, before, shown) if before is not None else (),
        files=files_up_to(speaker, row, versions, shown, files),
        others=others,
        path=path,
        own_path=describe_line(speaker, shown).path,
    )


def describe_line(speaker: TurnPresenter, document: Document) -> VersionLine:
    at, kind = speaker.t.instant(document.handed_in_at or document.updated_at, speaker.zone), document.kind
    said = speaker.t(f"document.{kind}.version.{'draft' if document.handed_in_at is None else 'of'}", at=at)
    path = f"/ideen/{document.idea_id}/{PATHS[DocumentKind(kind)]}/{document.version}"
    return VersionLine(document.version, path, said)


def list_words(t: Texts, document: Document) -> list[tuple[str, str]]:
    """Of a concept all fields, of a story those that say something."""
    kind = DocumentKind(document.kind)
    told = [(t(f"{kind}.{name}"), document.words.get(name, "")) for name in FIELDS[kind]]
    if kind is DocumentKind.CONCEPT:
        return told
    return [(name, text) for name, text in [*told, *list_parts(t, document.parts)] if text]


def list_parts(t: Texts, parts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a story has beside its words, as lines of text."""
    read = StoryParts.model_validate(parts)
    outcomes = "\n".join(
        f"{t.number(one.value)} {one.unit}".strip()
        + f" – {one.what} ({t('story.outcome.as_of', day=t.day(one.as_of), how=t(f'evidence.{one.provenance}'))})"
        for one in read.outcomes
    )
    effort = t(f"effort.{read.effort}") if read.effort else ""
    return [
        (t("field.effort"), effort),
        (t("document.story.outcomes"), outcomes),
        (t("story.pictures"), "\n".join(tell_picture(t, one) for one in read.pictures)),
        (t("story.materials"), "\n".join(one.title for one in read.materials)),
    ]


def tell_picture(t: Texts, picture: StoryPicture) -> str:
    """In one line: what it shows, whose it is, who is in it."""
    said = [picture.alt or t("story.picture.without_alt"), picture.alt_en, picture.credit]
    said += [t(f"licence.{picture.licence}")] if picture.licence else []
    said += [t(f"people_shown.{picture.people}")] if picture.people else []
    return " – ".join(one for one in said if one)


def list_changes(t: Texts, kind: DocumentKind, before: Document, after: Document) -> list[tuple[str, Sequence[Piece]]]:
    """Of each field whose words are others. Other blanks alone are no change that anybody could see marked."""
    texts = [(t(f"{kind}.{name}"), before.words.get(name, ""), after.words.get(name, "")) for name in FIELDS[kind]]
    if kind is DocumentKind.STORY:
        parts = zip(list_parts(t, before.parts), list_parts(t, after.parts), strict=True)
        texts += [(label, old, new) for (label, old), (_, new) in parts]
    told = [(label, find_differences(old, new)) for label, old, new in texts]
    return [(label, pieces) for label, pieces in told if any(piece.change is not Change.SAME for piece in pieces)]


def files_up_to(
    speaker: TurnPresenter, row: StandingRow, versions: Versions, shown: Document, files: Sequence[FileLine]
) -> list[FileView]:
    """Those of a version and of the ones before it: a version goes on from the last one with its files. Whoever has
    sent one for the draft may take it away."""
    account = speaker.visitor.account
    ids = {one.id for one in versions.documents if one.version <= shown.version}
    draft_id = versions.draft.id if versions.draft else None
    theirs = [file for file in files if file.of_kind == AttachedTo.DOCUMENT and file.of_id in ids]
    gone = [
        file.id
        for file in theirs
        if account is not None
        and (may_redact(row, account) or (file.of_id == draft_id and file.uploaded_by == account.id))
    ]
    return show_files(speaker.t, row.idea_id, theirs, gone)
