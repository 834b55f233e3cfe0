"""Pictures and materials of a story as forms: what is said of each, what is missing, and how another one is added."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from api.pages.kit.fields import Field
from api.pages.kit.files import tell_size
from api.pages.kit.forms import FormWriter, read_text, write_choices
from api.use_cases.documents import SeenDocument
from models.i18n import Texts
from models.messages.story import MOST_MATERIALS, MOST_PICTURES, StoryMaterial, StoryPicture
from models.queries.attachments import FileLine
from models.single_line import read_line
from models.vocabulary import AttachedTo, Licence, PeopleShown

FILE = "bild"
NEW = "neu"
"""The form of a picture that is still to come."""
SAID = {"alt": "line", "alt_en": "line", "credit": "line", "licence": "select", "people": "select"}
NEEDED = frozenset(SAID) - {"alt_en"}
LONGEST = 300
MATERIAL, TITLE = "material", "titel"


@dataclass(frozen=True)
class PictureForm:
    """A picture with what is said of it."""

    id: str
    alt: str
    width: int
    height: int
    fields: Sequence[Field]
    lacks: str
    """What is missing, as one sentence; empty where nothing is."""
    is_first: bool


@dataclass(frozen=True)
class MaterialForm:
    """A file of the story, and the title under which everybody may have it."""

    id: str
    name: str
    size: str
    is_public: bool
    title: str


@dataclass(frozen=True)
class Beside:
    """What a story has beside its words, where it is written."""

    idea_id: str
    pictures: Sequence[PictureForm]
    new: Sequence[Field]
    """Empty where the story shows as many as it may."""
    materials: Sequence[MaterialForm]

    @property
    def is_open(self) -> bool:
        """Whether something is to be put right about the new one, or it would be the first."""
        return not self.pictures or any(one.error for one in self.new)

    @property
    def fields(self) -> list[Field]:
        return [*(one for picture in self.pictures for one in picture.fields), *self.new]


def describe_beside(
    t: Texts,
    seen: SeenDocument,
    files: Iterable[FileLine],
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Beside:
    pictures = seen.parts.pictures
    forms = [_describe(t, n, one, typed, errors) for n, one in enumerate(pictures)]
    new = [
        Field(FILE, "file", t("field.picture"), t("field.picture.help"), required=True, error=errors.get(FILE, "")),
        *write_said(t, NEW, typed, errors),
    ]
    titles = {one.attachment_id: one.title for one in seen.parts.materials}
    ids = {one.id for one in seen.versions.documents}
    theirs = [file for file in files if file.of_kind == AttachedTo.DOCUMENT and file.of_id in ids]
    materials = [
        MaterialForm(one.id, one.name, tell_size(t, one.size), one.id in titles, titles.get(one.id, ""))
        for one in theirs
    ]
    return Beside(seen.idea.id, forms, new if len(pictures) < MOST_PICTURES else (), materials)


def write_said(t: Texts, key: str, values: Mapping[str, str], errors: Mapping[str, str]) -> list[Field]:
    """What is said of a picture, field by field."""
    form = FormWriter(t, values, errors)
    choices = {
        "licence": write_choices(t, Licence, "licence"),
        "people": write_choices(t, PeopleShown, "people_shown"),
    }
    return [
        form.write(
            f"{FILE}.{key}.{name}",
            kind,
            t(f"field.picture_{name}"),
            t(f"field.picture_{name}.help"),
            required=name in NEEDED,
            choices=choices.get(name, ()),
            longest=LONGEST,
        )
        for name, kind in SAID.items()
    ]


def read_said(t: Texts, sent: FormData, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """What was typed, by field, and what is wrong with it."""
    names = {name: f"{FILE}.{key}.{name}" for name in SAID}
    typed = {at: read_line(read_text(sent, at)) for at in names.values()}
    for name, known in (("licence", list(Licence)), ("people", list(PeopleShown))):
        if typed[names[name]] not in known:
            typed[names[name]] = ""
    return typed, {at: t("page.too_long") for at, text in typed.items() if len(text) > LONGEST}


def as_picture(picture_id: str, typed: Mapping[str, str], key: str) -> StoryPicture:
    said = {name: typed[f"{FILE}.{key}.{name}"] or None for name in SAID}
    return StoryPicture(
        id=picture_id,
        alt=said["alt"] or "",
        alt_en=said["alt_en"] or "",
        credit=said["credit"] or "",
        licence=Licence(said["licence"]) if said["licence"] else None,
        people=PeopleShown(said["people"]) if said["people"] else None,
    )


def read_materials(sent: FormData, names: Mapping[str, str]) -> list[StoryMaterial]:
    """Those of the files that were ticked; one without a title is called what its file is called."""
    chosen = [one for one in names if one in sent.getlist(MATERIAL)][:MOST_MATERIALS]
    titled = {one: read_line(read_text(sent, f"{TITLE}.{one}"))[:LONGEST] for one in chosen}
    return [StoryMaterial(attachment_id=one, title=title or names[one]) for one, title in titled.items()]


def tell_lacks(t: Texts, picture: StoryPicture) -> str:
    return t("document.story.picture.lacks", what=", ".join(t(f"field.picture_{name}") for name in picture.lacks))


def _describe(
    t: Texts, number: int, picture: StoryPicture, typed: Mapping[str, str], errors: Mapping[str, str]
) -> PictureForm:
    known = {f"{FILE}.{picture.id}.{name}": str(getattr(picture, name) or "") for name in SAID}
    return PictureForm(
        id=picture.id,
        alt=picture.alt,
        width=picture.width,
        height=picture.height,
        fields=write_said(t, picture.id, {**known, **typed}, errors),
        lacks=tell_lacks(t, picture) if picture.lacks else "",
        is_first=number == 0,
    )
