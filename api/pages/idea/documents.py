"""The page on which a concept or a story is written, saved while somebody types, looked at and handed in; and its
versions."""

from enum import StrEnum
from uuid import UUID

from fastapi import Response
from starlette.datastructures import FormData

from api.pages.idea import outcome_rows
from api.pages.idea.document_forms import (
    LINES,
    LONGEST_LINE,
    Typed,
    kind_of,
    render_document,
    see,
    show_again,
)
from api.pages.idea.document_view import PATHS, describe_version
from api.pages.kit.files import FILES, take_files
from api.pages.kit.forms import read_text, read_texts
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
)
from api.use_cases.errors import NotFound
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.routers import page_router
from models.queries.documents import FIELDS, HANDED_IN_BY
from models.single_line import read_line
from models.tables.columns import utc_now
from models.typed_text import LONGEST_TEXT
from models.vocabulary import DocumentKind, Effort

router = page_router(prefix="/ideen/{idea_id}")


class Wish(StrEnum):
    """What a button asks for, beside being kept."""

    HAND_IN = "abgeben"
    PREVIEW = "ansehen"


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


async def render_version(page: SignedInPage, seen: SeenDocument, version: int | None) -> Response:
    idea_id, versions, kind = seen.idea.id, seen.versions, seen.kind
    async with page.services.database.reading() as session:
        files = await list_for(session, page.person, idea_id)
    shown = versions.latest if version is None else versions.find(version)
    path = f"/ideen/{idea_id}/{PATHS[kind]}" if seen.may_write else ""
    card = describe_version(page.speaker, seen.row, kind, versions, shown, files, path)
    return page.render("documents/version.html", idea=seen.idea, card=card)


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
