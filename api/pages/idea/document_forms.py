"""The page on which a concept or a story is written: its fields, its outcomes, its pictures; and what was typed into
it, with what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Request, Response

from api.pages.idea import outcome_rows
from api.pages.idea.document_view import PATHS, describe_version
from api.pages.idea.picture_forms import describe_beside
from api.pages.kit.fields import Field, new_key
from api.pages.kit.files import FILES, write_files_field
from api.pages.kit.forms import FormWriter, write_choices
from api.pages.kit.page import SignedInPage
from api.use_cases.attachments import list_for
from api.use_cases.documents import (
    Saved,
    SeenDocument,
    see_document,
)
from api.use_cases.three_way_merge import Window
from models.messages.story import ENGLISH, GUIDED, NEEDED
from models.queries.documents import FIELDS, HANDED_IN_BY, AskedChanges, find_asked_changes
from models.vocabulary import DocumentKind, Effort, StoryField

KINDS = {path: kind for kind, path in PATHS.items()}
PICTURES = ("picture_kept", "picture_saved", "picture_removed")
SAID = frozenset({"concept_saved", "story_saved", "files_kept", *PICTURES, "materials_saved"})
HANDED_IN_FROM = {DocumentKind.CONCEPT: "working", DocumentKind.STORY: "drafting"}
LINES = frozenset({StoryField.TITLE, StoryField.TITLE_EN})
LONGEST_LINE = 200


@dataclass(frozen=True)
class Typed:
    """What came from the form, and what is wrong about it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    """What goes along when it is handed in."""
    rows: Sequence[Mapping[str, str]] | None = None
    """The outcomes as they were typed; None where the form has none."""

    @property
    def kept(self) -> dict[str, str]:
        """What can be written down: a field that is wrong keeps nobody from keeping the others."""
        return {name: value for name, value in self.values.items() if name not in self.errors}


def kind_of(request: Request) -> DocumentKind:
    return KINDS[request.url.path.split("/")[3]]


async def see(page: SignedInPage, idea_id: UUID) -> SeenDocument:
    async with page.services.database.reading() as session:
        return await see_document(session, page.person, str(idea_id), kind_of(page.request))


async def show_again(
    page: SignedInPage, idea_id: UUID, typed: Typed, status: int, *, saved: Saved | None = None
) -> Response:
    seen = await see(page, idea_id)
    others = {name: saved.words[name] for name in saved.clashes} if saved else {}
    return await render_document(page, seen, typed, Window.of(seen.values), others, status)


async def render_document(
    page: SignedInPage,
    seen: SeenDocument,
    typed: Typed,
    window: Window,
    others: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    idea_id, draft, kind = seen.idea.id, seen.versions.draft, seen.kind
    async with page.services.database.reading() as session:
        asked = await find_asked_changes(session, idea_id, kind) if seen.row.state != "editing" else None
        files = await list_for(session, page.person, idea_id)
    fields = write_fields(page, kind, {**seen.values, **typed.values}, typed.errors, asked)
    rows = write_outcomes(page, seen, typed) if kind is DocumentKind.STORY else []
    beside = describe_beside(page.t, seen, files, typed.values, typed.errors) if kind is DocumentKind.STORY else None
    card = describe_version(page.speaker, seen.row, kind, seen.versions, seen.versions.latest, files)
    written = [*fields, *(one for row in rows for one in row), *(beside.fields if beside else ())]
    english = [one for one in fields if one.name in ENGLISH.values()]
    return page.render(
        "documents/edit.html",
        status,
        idea=seen.idea,
        kind=kind,
        here=f"/ideen/{idea_id}/{PATHS[kind]}",
        edits=seen.row.state == "editing",
        asked=asked,
        fields=[one for one in fields if one not in english],
        english=english,
        english_open=any(one.value or one.error for one in english),
        rows=rows,
        beside=beside,
        note=Field("note", "text", page.t("page.note.optional"), value=typed.note),
        hands_in=f"event.{HANDED_IN_BY[kind][0]}" if seen.row.state == HANDED_IN_FROM[kind] else "",
        key=new_key(),
        files=card.files,
        files_field=write_files_field(page.t, typed.errors.get(FILES, "")),
        versions=[line for line in card.others if line.version != (draft.version if draft else None)],
        errors=typed.errors,
        anchors={one.name: f"feld-{one.name}" for one in written} | {FILES: f"feld-{FILES}"},
        others=others or {},
        window=window.write(),
        saved=tell_saved(page, seen),
        told=page.flash(SAID),
    )


def write_fields(
    page: SignedInPage,
    kind: DocumentKind,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    asked: AskedChanges | None,
) -> list[Field]:
    """All of its fields; where changes were asked for, the field says so."""
    t, form = page.t, FormWriter(page.t, values, errors)
    wanted = asked.fields if asked else ()
    found = [
        form.write(
            str(name),
            "line" if name in LINES else "text",
            t(f"{kind}.{name}"),
            t(f"{kind}.{name}.help") if kind is DocumentKind.CONCEPT or name in GUIDED else "",
            required=name in NEEDED,
            notes=(t("document.concept.change_here"),) if name in wanted else (),
        )
        for name in FIELDS[kind]
    ]
    if kind is DocumentKind.STORY:
        choices = write_choices(t, Effort, "effort")
        found.insert(len(GUIDED), form.write("effort", "radio", help_=t("field.effort.help"), choices=choices))
    return found


def write_outcomes(page: SignedInPage, seen: SeenDocument, typed: Typed) -> list[list[Field]]:
    rows = typed.rows if typed.rows is not None else outcome_rows.shown_rows(page.t, seen.parts.outcomes)
    return outcome_rows.write_rows(page.t, rows, typed.errors, page.speaker.today)


def tell_saved(page: SignedInPage, seen: SeenDocument) -> str:
    """When the draft was kept; nothing as long as there is none."""
    draft = seen.versions.draft
    return page.t("page.draft.saved", at=page.t.time(draft.updated_at, page.speaker.zone)) if draft else ""
