"""The package as one ZIP: the same package, findings and images give the same bytes, wherever and whenever."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from activities.packaging.checklist import compile_checklist, write_html, write_pdf
from activities.packaging.copy_blocks import write_copy_blocks
from activities.packaging.images import EXTENSIONS
from activities.packaging.package_facts import PackageDetails
from activities.packaging.sheets import write_budget, write_credits, write_rewards
from models.i18n import languages, texts_in
from models.messages.package import SCHEMA_VERSION, Finding, Package
from models.tables import CampaignImage

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP can tell; it stands for all files, since only their content matters."""

README = "LIESMICH.txt"
BYTES_THAT_SHRINK = (".txt", ".json", ".csv", ".html")


class ImageMissing(Exception):
    """The package names an image whose bytes were not given. Says its id."""

    def __init__(self, image_id: str) -> None:
        self.image_id = image_id
        super().__init__(image_id)


class PackagedImage(BaseModel):
    """An image of the package as a file of the ZIP."""

    model_config = ConfigDict(extra="forbid")

    id: str
    file: str
    media_type: str
    width: int
    height: int
    sha256: str


class PackageFile(BaseModel):
    """`package.json`: the package for programs."""

    model_config = ConfigDict(extra="forbid", title="Ideenweg campaign package")

    schema_version: Literal[1] = SCHEMA_VERSION
    key: str = Field(description="Attempt and digest: names this state of the package for ever.")
    digest: str = Field(description="SHA-256 of the canonical JSON (RFC 8785) of `package`, in hex.")
    currency: Literal["EUR"] = Field(default="EUR", description="Of all sums, which are integer cents.")
    package: Package
    files: list[PackagedImage]


def render(
    package: Package, findings: list[Finding], details: PackageDetails, images: Iterable[CampaignImage]
) -> bytes:
    """The ZIP. `images` may hold more than the package names. Raises ImageMissing.

    Takes about a second of computing, so call it beside an event loop.
    """
    stored = {image.id: image for image in images}
    names = _name_images(package, stored)
    files = {
        "package.json": _write_json(_package_file(package, details, names, stored).model_dump(mode="json")),
        "package.schema.json": _write_json(write_schema()),
        **_written(package, findings, details, names),
        **{name: stored[image_id].content for image_id, name in names.items()},
    }
    return _zip(files)


def write_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of `package.json`."""
    schema = PackageFile.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _written(
    package: Package, findings: list[Finding], details: PackageDetails, names: Mapping[str, str]
) -> dict[str, bytes]:
    """What people read, in the language of the package."""
    texts = texts_in(package.language)
    checklist = compile_checklist(package, findings, details, texts)
    copies = {_copy_name(language): write_copy_blocks(package, texts_in(language)) for language in languages()}
    return copies | {
        "rewards.csv": write_rewards(package, texts),
        "budget.csv": write_budget(package, details, texts),
        "images/credits.csv": write_credits(package, names, texts),
        "checklist.html": write_html(checklist),
        "checklist.pdf": write_pdf(checklist, details),
        README: _write_readme(details),
    }


def _name_images(package: Package, stored: Mapping[str, CampaignImage]) -> dict[str, str]:
    """Image id → its file, numbered in the package's order."""
    names = {}
    for number, image in enumerate(package.images, start=1):
        if image.id not in stored:
            raise ImageMissing(image.id)
        names[image.id] = f"images/{number:02}.{EXTENSIONS[stored[image.id].media_type]}"
    return names


def _package_file(
    package: Package, details: PackageDetails, names: Mapping[str, str], stored: Mapping[str, CampaignImage]
) -> PackageFile:
    files = [
        PackagedImage(
            id=image_id,
            file=name,
            media_type=stored[image_id].media_type,
            width=stored[image_id].width,
            height=stored[image_id].height,
            sha256=hashlib.sha256(stored[image_id].content).hexdigest(),
        )
        for image_id, name in names.items()
    ]
    return PackageFile(key=details.key, digest=details.digest, package=package, files=files)


def _copy_name(language: str) -> str:
    return f"{texts_in(language)('package.copy.file')}-{language}.txt"


def _write_readme(details: PackageDetails) -> bytes:
    """What each file is for, in every language one after the other."""
    files = {
        "checklist": "checklist.html, checklist.pdf",
        "copy": ", ".join(map(_copy_name, languages())),
        "sheets": "rewards.csv, budget.csv",
        "images": "images/",
        "json": "package.json, package.schema.json",
    }
    parts = []
    for language in languages():
        texts = texts_in(language)
        entries = [f"{names}\n    {texts(f'package.readme.{kind}')}" for kind, names in files.items()]
        introduction = texts("package.readme.about", house=details.house)
        parts.append("\n\n".join([introduction, *entries, texts("package.readme.digest")]))
    separator = f"\n\n{'-' * 72}\n\n"
    return (separator.join(parts) + "\n").replace("\n", "\r\n").encode()


def _write_json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Names sorted, one time for all. What is packed already, as images are, is stored as it is."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            shrinks = name.endswith(BYTES_THAT_SHRINK)
            entry.compress_type = zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED
            archive.writestr(entry, files[name], compresslevel=9 if shrinks else None)
    return target.getvalue()
