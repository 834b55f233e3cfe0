"""The archive: a tar file with a manifest first, its HMAC, and a checksum for everything behind it.

Reading is suspicious: an archive may come from anybody, and is restored by whoever may do everything here.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

MANIFEST = "manifest.json"
SIGNATURE = "manifest.hmac"
DUMP = "database.dump"
TEMPORAL = "temporal.db"
MOST_MANIFEST = 256 * 1024
LARGEST = 2**40
"""Bytes: a terabyte is no backup of an office."""

Short = Annotated[str, StringConstraints(max_length=100)]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,63}$")]
Count = Annotated[int, Field(ge=0, le=2**40)]
CHUNK = 1024 * 1024

Advance = Callable[[int], None]


class BackupProblem(Exception):
    """A backup cannot be made, or not be used. Its text says why, and what to do."""


class FileFacts(BaseModel):
    """By which a damaged file is noticed."""

    model_config = ConfigDict(frozen=True)

    size: int = Field(ge=0, le=LARGEST)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What is in a backup and what it was made of. Nothing personal, no secret."""

    model_config = ConfigDict(frozen=True)

    format: Literal[2] = 2
    made_at: datetime
    release: Short
    postgresql: int
    """The major version of the server."""
    schema_revision: Short
    key: Short
    """By which it is noticed that the secret key is another one."""
    counts: dict[TableName, Count] = Field(max_length=500)
    """Table → rows."""
    files: dict[Literal["database.dump", "temporal.db"], FileFacts] = {}
    """Exactly these names: whatever else an archive names, nothing is written for it."""

    @property
    def size(self) -> int:
        return sum(facts.size for facts in self.files.values())


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder that only we can read, on the same disk as a file to be, gone at the end."""
    with tempfile.TemporaryDirectory(prefix=".ideenweg-", dir=beside.absolute().parent) as folder:
        yield Path(folder)


def write_archive(target: Path, manifest: Manifest, folder: Path, key: str, advance: Advance) -> Manifest:
    """Pack the files of a folder behind their manifest and its signature. `target` takes its name only when it is
    whole, and only its owner may read it. Without a key it is not signed.
    """
    names = sorted(path.name for path in folder.iterdir())
    facts = {name: weigh(folder / name, advance) for name in names}
    complete = manifest.model_copy(update={"files": facts})
    text = complete.model_dump_json(indent=2).encode()
    with whole_or_not_there(target) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add_bytes(tar, MANIFEST, text)
        _add_bytes(tar, SIGNATURE, sign(text, key).encode())
        for name in names:
            tar.add(folder / name, arcname=name, filter=_anonymous)
    return complete


@contextmanager
def whole_or_not_there(target: Path) -> Iterator[BinaryIO]:
    """A private file that takes its name at the end of the block, and is gone where that fails."""
    temporary = target.with_name(f"{target.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def sign(manifest: bytes, key: str) -> str:
    """The HMAC of a manifest, which holds the checksums of the rest; empty without a key."""
    if not key:
        return ""
    derived = hmac.digest(key.encode(), b"ideenweg/backup/manifest", "sha256")
    return hmac.new(derived, manifest, hashlib.sha256).hexdigest()


# -- reading one, which may come from anybody ------------------------------------------------------------------------


@dataclass(frozen=True)
class Archive:
    """An archive whose outside is in order: known names, each once, of the sizes that the manifest says, no more."""

    path: Path
    manifest: Manifest
    text: bytes
    """The manifest, as it was signed."""
    signature: str
    places: dict[str, int]
    """Name → where its content begins."""

    def is_signed_by(self, *keys: str) -> bool:
        """Under one of these keys."""
        return any(hmac.compare_digest(self.signature, sign(self.text, key)) for key in keys if key)

    def unpack(self, folder: Path, advance: Advance) -> None:
        """Take the files out into a folder, each compared with its checksum. Raises BackupProblem."""
        with self.path.open("rb") as source:
            for name, facts in self.manifest.files.items():
                source.seek(self.places[name])
                with (folder / name).open("xb") as file:
                    _copy(source, file, facts.size)
                if weigh(folder / name, advance) != facts:
                    raise BackupProblem(f"{self.path} is damaged: {name} is not what was put in.")


def open_archive(path: Path) -> Archive:
    """Look at everything but the contents; nothing is written. Raises BackupProblem."""
    try:
        with path.open("rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise BackupProblem(f"{path} is no file.")
            return _look_at(path, source, os.fstat(source.fileno()).st_size)
    except (tarfile.TarError, UnicodeError):
        raise BackupProblem(f"{path} is no backup of Ideenweg.") from None
    except ValidationError:
        raise BackupProblem(f"{path} was made by another release: its manifest is not understood.") from None
    except OSError as error:
        raise BackupProblem(f"{path} cannot be read ({error.strerror}).") from None


def _look_at(path: Path, source: BinaryIO, size: int) -> Archive:
    text = _read_small(source, MANIFEST, MOST_MANIFEST)
    manifest = Manifest.model_validate_json(text)
    signature = _read_small(source, SIGNATURE, 64).decode("ascii")
    places: dict[str, int] = {}
    for name in sorted(manifest.files):
        member = _read_header(source)
        if member is None or (member.name, member.size) != (name, manifest.files[name].size):
            raise BackupProblem(f"{path} is damaged: it does not hold what its manifest says.")
        places[name] = source.tell()
        source.seek(_padded(member.size), os.SEEK_CUR)
        if source.tell() > size:
            raise BackupProblem(f"{path} is damaged: it ends too early.")
    if any(chunk.strip(b"\0") for chunk in iter(lambda: source.read(CHUNK), b"")):
        raise BackupProblem(f"{path} holds more than a backup of ours.")
    return Archive(path, manifest, text, signature, places)


def _read_small(source: BinaryIO, name: str, most: int) -> bytes:
    member = _read_header(source)
    if member is None or member.name != name or member.size > most:
        raise tarfile.ReadError
    content = source.read(_padded(member.size))
    if len(content) < member.size:
        raise tarfile.ReadError
    return content[: member.size]


def _read_header(source: BinaryIO) -> tarfile.TarInfo | None:
    """The next member, which is a plain file, or None at the end. Python's own reader follows extensions, links and
    sparse files, none of which is in an archive of ours."""
    block = source.read(tarfile.BLOCKSIZE)
    if not block.strip(b"\0"):
        return None
    member = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    if member.type != tarfile.REGTYPE or member.size < 0:
        raise tarfile.ReadError
    return member


def _padded(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(CHUNK, size))):
        target.write(chunk)
        size -= len(chunk)


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


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
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
