"""The page on which a concept is written, saved while somebody types, looked at and handed in; and its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from fastapi import Response
from starlette.datastructures import FormData

from api.pages.idea.concept_view import describe_version
from api.pages.kit.fields import Field, new_key
from api.pages.kit.files import FILES, take_files, write_files_field
from api.pages.kit.forms import FormWriter, read_text, read_texts
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import is_fragment, see_other
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.use_cases.attachments import list_for
from api.use_cases.concepts import (
    Saved,
    SeenConcept,
    attach_to_concept,
    check_may_write,
    save_concept,
    see_concept,
)
from api.use_cases.errors import NotFound
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.routers import page_router
from models.lifecycles.events import SUBMIT_WORK
from models.queries.concepts import AskedChanges, find_asked_changes
from models.tables.columns import utc_now
from models.typed_text import LONGEST_TEXT
from models.vocabulary import ConceptField

router = page_router(prefix="/ideen/{idea_id}/konzept")

SAID = frozenset({"concept_saved", "files_kept"})


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
    """What goes along with the concept when it is handed in."""

    @property
    def kept(self) -> dict[str, str]:
        """What can be written down: a field that is wrong keeps nobody from keeping the others."""
        return {name: value for name, value in self.values.items() if name not in self.errors}


@router.get("")
async def show_concept(page: SignedInPage, idea_id: UUID) -> Response:
    """The fields for those who write; for all others what was written last."""
    async with page.services.database.reading() as session:
        seen = await see_concept(session, page.person, str(idea_id))
    if seen.may_write:
        return await render_concept(page, seen, Typed(), Window.of(seen.words))
    return await render_version(page, seen, None)


@router.get("/{version}")
async def show_version(page: SignedInPage, idea_id: UUID, version: int) -> Response:
    async with page.services.database.reading() as session:
        seen = await see_concept(session, page.person, str(idea_id))
    if seen.concept.find(version) is None:
        raise NotFound("there is no such version")
    return await render_version(page, seen, version)


@router.post("")
async def write_concept(page: SignedInPage, idea_id: UUID) -> Response:
    """Keep what was typed and do what the button says; asked while somebody types, only say that it is kept."""
    async with page.services.database.reading() as session:
        await check_may_write(session, page.person, str(idea_id))
    sent = await page.form()
    typed, window = read_typed(page, sent), Window.read(sent.get(SEEN))
    saved = await save_concept(page.services, page.person, str(idea_id), typed.kept, window)
    if is_fragment(page.request):
        return answer_while_typing(page, typed, saved, window)
    if saved.clashes:
        errors = dict.fromkeys(saved.clashes, page.t("page.words.clash"))
        return await show_again(page, idea_id, Typed(typed.values, errors, typed.note), 409, saved=saved)
    if typed.errors:
        return await show_again(page, idea_id, typed, 422)
    match sent.get("absicht"):
        case Wish.HAND_IN:
            return await hand_in(page, idea_id, sent)
        case Wish.PREVIEW:
            return see_other(f"/ideen/{idea_id}/konzept/{await find_number(page, idea_id)}")
    return see_other(f"/ideen/{idea_id}/konzept", meldung="concept_saved")


@router.post("/dateien")
async def add_files(page: SignedInPage, idea_id: UUID) -> Response:
    """Add files to what is being written."""
    idea = str(idea_id)
    wrong = await take_files(
        page,
        lambda session: check_may_write(session, page.person, idea),
        lambda files: attach_to_concept(page.services, page.person, idea, files),
    )
    if wrong:
        return await show_again(page, idea_id, Typed({}, {FILES: wrong}), 422)
    return see_other(f"/ideen/{idea_id}/konzept", meldung="files_kept")


def read_typed(page: SignedInPage, sent: FormData) -> Typed:
    names = [str(name) for name in ConceptField if name in sent]
    values = read_texts(sent, names)
    long = {name: page.t("page.too_long") for name, value in values.items() if len(value) > LONGEST_TEXT}
    return Typed(values, long, read_text(sent, "note"))


async def hand_in(page: SignedInPage, idea_id: UUID, sent: FormData) -> Response:
    note = read_text(sent, "note")
    step = [("event", SUBMIT_WORK), ("note", note), ("schluessel", sent.get("schluessel") or "")]
    taken = await take_from_form(page, str(idea_id), FormData(step))
    if isinstance(taken, NotTaken):
        return await show_again(page, idea_id, Typed({}, taken.entered.list_wrong(page.t), note), taken.status)
    return see_other(f"/ideen/{idea_id}", meldung=taken.event, v=taken.version)


async def find_number(page: SignedInPage, idea_id: UUID) -> int:
    async with page.services.database.reading() as session:
        latest = (await see_concept(session, page.person, str(idea_id))).concept.latest
    return latest.version if latest else 1


async def show_again(
    page: SignedInPage, idea_id: UUID, typed: Typed, status: int, *, saved: Saved | None = None
) -> Response:
    async with page.services.database.reading() as session:
        seen = await see_concept(session, page.person, str(idea_id))
    others = {name: saved.words[name] for name in saved.clashes} if saved else {}
    return await render_concept(page, seen, typed, Window.of(seen.words), others, status)


async def render_concept(
    page: SignedInPage,
    seen: SeenConcept,
    typed: Typed,
    window: Window,
    others: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    idea_id, draft = seen.idea.id, seen.concept.draft
    async with page.services.database.reading() as session:
        asked = await find_asked_changes(session, idea_id)
        files = await list_for(session, page.person, idea_id)
    fields = write_fields(page, {**seen.words, **typed.values}, typed.errors, asked)
    card = describe_version(page.speaker, seen.row, seen.concept, seen.concept.latest, files)
    return page.render(
        "documents/concept.html",
        status,
        idea=seen.idea,
        asked=asked,
        fields=fields,
        note=Field("note", "text", page.t("page.note.optional"), value=typed.note),
        hands_in=seen.row.state == "working",
        key=new_key(),
        files=card.files,
        files_field=write_files_field(page.t, typed.errors.get(FILES, "")),
        versions=[line for line in card.others if line.version != (draft.version if draft else None)],
        errors=typed.errors,
        anchors={one.name: f"feld-{one.name}" for one in fields} | {FILES: f"feld-{FILES}"},
        others=others or {},
        window=window.write(),
        saved=tell_saved(page, seen),
        told=page.flash(SAID),
    )


async def render_version(page: SignedInPage, seen: SeenConcept, version: int | None) -> Response:
    idea_id, concept = seen.idea.id, seen.concept
    async with page.services.database.reading() as session:
        files = await list_for(session, page.person, idea_id)
    shown = concept.latest if version is None else concept.find(version)
    path = f"/ideen/{idea_id}/konzept" if seen.may_write else ""
    card = describe_version(page.speaker, seen.row, concept, shown, files, path)
    return page.render("documents/concept_version.html", idea=seen.idea, card=card)


def write_fields(
    page: SignedInPage, values: Mapping[str, str], errors: Mapping[str, str], asked: AskedChanges | None
) -> Sequence[Field]:
    """The six of them; where changes were asked for, the field says so."""
    t, form = page.t, FormWriter(page.t, values, errors)
    wanted = asked.fields if asked else ()
    return [
        form.write(
            name,
            "text",
            t(f"concept.{name}"),
            t(f"concept.{name}.help"),
            notes=(t("page.concept.change_here"),) if name in wanted else (),
        )
        for name in ConceptField
    ]


def tell_saved(page: SignedInPage, seen: SeenConcept) -> str:
    """When the draft was kept; nothing as long as there is none."""
    draft = seen.concept.draft
    return page.t("page.draft.saved", at=page.t.time(draft.updated_at, page.speaker.zone)) if draft else ""


def answer_while_typing(page: SignedInPage, typed: Typed, saved: Saved, window: Window) -> Response:
    t = page.t
    return page.render(
        "hand_in/saved.html",
        unkept=", ".join(t(f"concept.{name}") for name in typed.errors),
        clashes=", ".join(t(f"concept.{name}") for name in saved.clashes),
        window=window.go_on(saved.words, saved.clashes).write(),
        saved=t("page.draft.saved", at=t.time(utc_now(), page.speaker.zone)),
        counts={},
        alike=None,
    )
