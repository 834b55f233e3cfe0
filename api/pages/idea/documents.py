"""The page on which a concept or a story is written, saved while somebody types, looked at and handed in; and its
versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from api.pages.idea import outcome_rows
from api.pages.idea.document_view import PATHS, describe_version
from api.pages.kit.fields import Field, new_key
from api.pages.kit.files import FILES, take_files, write_files_field
from api.pages.kit.forms import FormWriter, read_text, read_texts, write_choices
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import is_fragment, see_other
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.use_cases.attachments import list_for
from api.use_cases.documents import (
    Saved,
    SeenDocument,
    attach_to_document,
    check_may_write,
    save_document,
    see_document,
)
from api.use_cases.errors import NotFound
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.routers import page_router
from models.messages.story import ENGLISH, GUIDED, NEEDED
from models.queries.documents import FIELDS, HANDED_IN_BY, AskedChanges, find_asked_changes
from models.single_line import read_line
from models.tables.columns import utc_now
from models.typed_text import LONGEST_TEXT
from models.vocabulary import DocumentKind, Effort, StoryField

router = page_router(prefix="/ideen/{idea_id}")

KINDS = {path: kind for kind, path in PATHS.items()}
SAID = frozenset({"concept_saved", "story_saved", "files_kept"})
HANDED_IN_FROM = {DocumentKind.CONCEPT: "working", DocumentKind.STORY: "drafting"}
LINES = frozenset({StoryField.TITLE, StoryField.TITLE_EN})
LONGEST_LINE = 200


class Wish(StrEnum):
    """What a button asks for, beside being kept."""

    HAND_IN = "abgeben"
    PREVIEW = "ansehen"


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


@router.get("/konzept")
@router.get("/geschichte")
async def show_document(page: SignedInPage, idea_id: UUID) -> Response:
    """The fields for those who write; for all others what was written last."""
    seen = await see(page, idea_id)
    if seen.may_write:
        return await render_document(page, seen, Typed(), Window.of(seen.values))
    return await render_version(page, seen, None)


@router.get("/konzept/{version}")
@router.get("/geschichte/{version}")
async def show_version(page: SignedInPage, idea_id: UUID, version: int) -> Response:
    seen = await see(page, idea_id)
    if seen.versions.find(version) is None:
        raise NotFound("there is no such version")
    return await render_version(page, seen, version)


@router.post("/konzept")
@router.post("/geschichte")
async def write_document(page: SignedInPage, idea_id: UUID) -> Response:
    """Keep what was typed and do what the button says; asked while somebody types, only say that it is kept."""
    kind = kind_of(page.request)
    async with page.services.database.reading() as session:
        await check_may_write(session, page.person, str(idea_id), kind)
    sent = await page.form()
    typed, window = read_typed(page, kind, sent), Window.read(sent.get(SEEN))
    saved = await save_document(page.services, page.person, str(idea_id), kind, typed.kept, window)
    if is_fragment(page.request):
        return answer_while_typing(page, kind, typed, saved, window)
    if saved.clashes:
        errors = dict.fromkeys(saved.clashes, page.t("page.words.clash"))
        return await show_again(page, idea_id, Typed(typed.values, errors, typed.note, typed.rows), 409, saved=saved)
    if typed.errors:
        return await show_again(page, idea_id, typed, 422)
    match sent.get("absicht"):
        case Wish.HAND_IN:
            return await hand_in(page, idea_id, kind, sent)
        case Wish.PREVIEW:
            return see_other(f"/ideen/{idea_id}/{PATHS[kind]}/{await find_number(page, idea_id)}")
    return see_other(f"/ideen/{idea_id}/{PATHS[kind]}", meldung=f"{kind}_saved")


@router.post("/konzept/dateien")
@router.post("/geschichte/dateien")
async def add_files(page: SignedInPage, idea_id: UUID) -> Response:
    """Add files to what is being written."""
    idea, kind = str(idea_id), kind_of(page.request)
    wrong = await take_files(
        page,
        lambda session: check_may_write(session, page.person, idea, kind),
        lambda files: attach_to_document(page.services, page.person, idea, kind, files),
    )
    if wrong:
        return await show_again(page, idea_id, Typed({}, {FILES: wrong}), 422)
    return see_other(f"/ideen/{idea_id}/{PATHS[kind]}", meldung="files_kept")


async def see(page: SignedInPage, idea_id: UUID) -> SeenDocument:
    async with page.services.database.reading() as session:
        return await see_document(session, page.person, str(idea_id), kind_of(page.request))


def read_typed(page: SignedInPage, kind: DocumentKind, sent: FormData) -> Typed:
    names = [name for name in FIELDS[kind] if name in sent]
    values = {str(name): text for name, text in read_texts(sent, names).items()}
    values |= {str(name): read_line(values[name]) for name in names if name in LINES}
    longest = {name: LONGEST_LINE if name in LINES else LONGEST_TEXT for name in names}
    errors = {name: page.t("page.too_long") for name in values if len(values[name]) > longest[name]}
    if "effort" in sent:
        effort = read_text(sent, "effort")
        values["effort"] = effort if effort in list(Effort) else ""
    told = outcome_rows.read_rows(page.t, sent)
    if told is not None and told.packed is not None:
        values["outcomes"] = told.packed
    errors |= told.errors if told is not None else {}
    return Typed(values, errors, read_text(sent, "note"), told.rows if told is not None else None)


async def hand_in(page: SignedInPage, idea_id: UUID, kind: DocumentKind, sent: FormData) -> Response:
    note, (event, _) = read_text(sent, "note"), HANDED_IN_BY[kind]
    step = [("event", event), ("note", note), ("schluessel", sent.get("schluessel") or "")]
    taken = await take_from_form(page, str(idea_id), FormData(step))
    if isinstance(taken, NotTaken):
        return await show_again(page, idea_id, Typed({}, taken.entered.list_wrong(page.t), note), taken.status)
    return see_other(f"/ideen/{idea_id}", meldung=taken.event, v=taken.version)


async def find_number(page: SignedInPage, idea_id: UUID) -> int:
    latest = (await see(page, idea_id)).versions.latest
    return latest.version if latest else 1


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
    card = describe_version(page.speaker, seen.row, kind, seen.versions, seen.versions.latest, files)
    written = [*fields, *(one for row in rows for one in row)]
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


async def render_version(page: SignedInPage, seen: SeenDocument, version: int | None) -> Response:
    idea_id, versions, kind = seen.idea.id, seen.versions, seen.kind
    async with page.services.database.reading() as session:
        files = await list_for(session, page.person, idea_id)
    shown = versions.latest if version is None else versions.find(version)
    path = f"/ideen/{idea_id}/{PATHS[kind]}" if seen.may_write else ""
    card = describe_version(page.speaker, seen.row, kind, versions, shown, files, path)
    return page.render("documents/version.html", idea=seen.idea, card=card)


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


def answer_while_typing(page: SignedInPage, kind: DocumentKind, typed: Typed, saved: Saved, window: Window) -> Response:
    t = page.t

    def label(name: str) -> str:
        if name.startswith("outcomes"):
            return t("document.story.outcomes")
        return t(f"{kind}.{name}") if name in FIELDS[kind] else t(f"field.{name}")

    return page.render(
        "hand_in/saved.html",
        unkept=", ".join(dict.fromkeys(label(name) for name in typed.errors)),
        clashes=", ".join(label(name) for name in saved.clashes),
        window=window.go_on(saved.words, saved.clashes).write(),
        saved=t("page.draft.saved", at=t.time(utc_now(), page.speaker.zone)),
        counts={},
        alike=None,
    )
