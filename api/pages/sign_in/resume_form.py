"""A form that met the end of a session: kept while its sender signs in, and shown to them filled in."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.fields import Field
from api.pages.kit.forms_to_keep import way_in
from api.pages.kit.page import AnyPage
from api.pages.kit.visitors import see_member
from api.use_cases.three_way_merge import FIELD as SEEN
from api.web.kept_forms import find_form
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.i18n import Texts

router = page_router()

LINES = frozenset({"title", "name", "email", "organisation"})
"""Words that fit into one line. All others have a box."""


@router.get("/aufgehoben/{kept_id}")
async def show_kept(page: AnyPage, kept_id: UUID) -> Response:
    """A look sends nothing: whoever has signed in reads once more what goes out in their name."""
    found = await find_form(page.request, page.services, str(kept_id), page.visitor.id)
    if found is None:
        await see_member(page.request, page.visitor)
        raise ProblemError(404, "kept_gone")
    words = [(at, *pair) for at, pair in enumerate(found.fields) if is_text(*pair)]
    return page.render(
        "errors/kept.html",
        action=found.path,
        fields=[write_field(page.t, at, name, value) for at, name, value in words],
        hidden=[pair for pair in found.fields if not is_text(*pair)],
        way_in=way_in(page.request, page.request.url.path),
    )


def is_text(name: str, value: str) -> bool:
    """Whether a field holds words of a person, and not what a choice, a button or a window stands for."""
    return name in LINES or (name != SEEN and any(sign.isspace() for sign in value.strip())) or name == "note"


def write_field(t: Texts, at: int, name: str, value: str) -> tuple[str, Field]:
    """With its id on the page: a form may have several of one name."""
    key = f"field.{name}"
    kind = "line" if name in LINES else "text"
    label = t(key) if t.has(key) else t("page.kept.text")
    return f"feld-{at}", Field(name, kind, label, required=True, value=value, longest=10_000)
