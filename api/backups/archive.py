"""The archive: a tar file with a manifest first, and a checksum for everything behind it."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

MANIFEST = "manifest.json"
DUMP = "database.dump"
TEMPORAL = "temporal.db"

CHUNK = 1024 * 1024

Advance = Callable[[int], None]


class BackupProblem(Exception):
    """A backup cannot be made, or not be used. Its text says why, and what to do."""


class FileFacts(BaseModel):
    """By which a damaged file is noticed."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class Manifest(BaseModel):
    """What is in a backup and what it was made of. Nothing personal, no secret."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    made_at: datetime
    release: str
    postgresql: int
    """The major version of the server."""
    schema_revision: str
    key: str
    """By which it is noticed that the secret key is another one."""
    counts: dict[str, int]
    """Table → rows."""
    files: dict[str, FileFacts] = {}

    @property
    def size(self) -> int:
        return sum(facts.size for facts in self.files.values())


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder that only we can read, on the same disk as a file to be, gone at the end."""
    with tempfile.TemporaryDirectory(prefix=".ideenweg-", dir=beside.absolute().parent) as folder:
        yield Path(folder)


def write_archive(target: Path, manifest: Manifest, folder: Path, advance: Advance) -> Manifest:
    """Pack the files of a folder behind their manifest. `target` takes its name only when it is whole, and only its
    owner may read it.
    """
    names = sorted(path.name for path in folder.iterdir())
    facts = {name: weigh(folder / name, advance) for name in names}
    complete = manifest.model_copy(update={"files": facts})
    temporary = target.with_name(f"{target.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                _add_text(tar, MANIFEST, complete.model_dump_json(indent=2))
                for name in names:
                    tar.add(folder / name, arcname=name, filter=_anonymous)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return complete


def read_manifest(source: Path) -> Manifest:
    """Raises BackupProblem."""
    try:
        with tarfile.open(source) as tar:
            first = tar.next()
            content = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
            if content is None:
                raise BackupProblem(f"{source} is no backup of Ideenweg.")
            return Manifest.model_validate_json(content.read())
    except (tarfile.TarError, EOFError):
        raise BackupProblem(f"{source} is no backup of Ideenweg.") from None
    except ValidationError:
        raise BackupProblem(f"{source} was made by another release: its manifest is not understood.") from None
    except OSError as error:
        raise BackupProblem(f"{source} cannot be read ({error.strerror}).") from None


def unpack(source: Path, manifest: Manifest, folder: Path, advance: Advance) -> None:
    """Take the files out into a folder, each compared with its checksum. Raises BackupProblem."""
    try:
        with tarfile.open(source) as tar:
            for name, facts in manifest.files.items():
                content = tar.extractfile(name)
                if content is None:
                    raise KeyError(name)
                with (folder / name).open("wb") as file:
                    shutil.copyfileobj(content, file, CHUNK)
                if weigh(folder / name, advance) != facts:
                    raise BackupProblem(f"{source} is damaged: {name} is not what was put in.")
    except (tarfile.TarError, EOFError, KeyError):
        raise BackupProblem(f"{source} is damaged: it ends too early, or a part is missing.") from None


def weigh(path: Path, advance: Advance) -> FileFacts:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            advance(len(chunk))
    return FileFacts(size=size, sha256=digest.hexdigest())


def fingerprint_of_key(key: str) -> str:
    """Tells two keys apart, and nothing of either: they are long and random."""
    return hashlib.sha256(f"backup/{key}".encode()).hexdigest()[:16]


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o600
    tar.addfile(info, io.BytesIO(content))


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose account made it is nobody's business."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info
