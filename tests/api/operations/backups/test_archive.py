"""The archive: private, whole or not there, and suspicious of what was changed."""

import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.operations.backups.archive import BackupProblem, Manifest, fingerprint_of_key, open_archive, write_archive

KEY = "a key of tests, long enough to sign"
MANIFEST = Manifest(
    made_at=datetime(2026, 11, 22, tzinfo=UTC),
    release="0.1.0",
    postgresql=18,
    schema_revision="0004",
    key="",
    counts={"idea": 2},
)


def ignore(_more: int) -> None:
    return


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "database.dump").write_bytes(b"ideas" * 100_000)
    (folder / "temporal.db").write_bytes(b"histories")
    target = tmp_path / "backup.tar"
    write_archive(target, MANIFEST, folder, KEY, ignore)
    return target


def test_what_was_packed_comes_out_again(archive: Path, tmp_path: Path) -> None:
    opened = open_archive(archive)
    assert (opened.manifest.counts, opened.manifest.files["database.dump"].size) == ({"idea": 2}, 500_000)
    (tmp_path / "out").mkdir()
    weighed: list[int] = []
    opened.unpack(tmp_path / "out", weighed.append)
    assert (tmp_path / "out" / "temporal.db").read_bytes() == b"histories"
    assert sum(weighed) == opened.manifest.size


def test_any_tar_program_can_read_it(archive: Path) -> None:
    by_hand = archive.parent / "by-hand"
    by_hand.mkdir()
    with tarfile.open(archive) as tar:
        assert tar.getnames() == ["manifest.json", "manifest.hmac", "database.dump", "temporal.db"]
        for name in tar.getnames():
            held = tar.extractfile(name)
            assert held is not None
            (by_hand / name).write_bytes(held.read())
    assert (by_hand / "temporal.db").read_bytes() == b"histories"


def test_only_its_owner_may_read_it_and_it_names_no_account_of_the_machine(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as tar:
        assert {(member.uname, member.uid, member.mode) for member in tar} == {("", 0, 0o600)}


def test_one_that_was_interrupted_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "database.dump").write_bytes(b"ideas")

    def stop(_more: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_archive(tmp_path / "backup.tar", MANIFEST, folder, KEY, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


def test_a_changed_byte_is_noticed(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[content.index(b"ideasideas") + 1000] ^= 1
    archive.write_bytes(content)
    with pytest.raises(BackupProblem, match=r"damaged: database\.dump"):
        open_archive(archive).unpack(tmp_path, ignore)


def test_it_is_known_under_its_own_key_alone(archive: Path) -> None:
    opened = open_archive(archive)
    assert opened.is_signed_by(KEY)
    assert opened.is_signed_by("x" * 40, KEY), "also where it is the key before this one"
    assert not any(opened.is_signed_by(other) for other in (KEY + "!", "", "x" * 40))
    archive.write_bytes(archive.read_bytes().replace(b'"idea": 2', b'"idea": 3'))
    assert not open_archive(archive).is_signed_by(KEY), "the manifest is what is signed"


def test_without_a_key_it_is_signed_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    write_archive(tmp_path / "backup.tar", MANIFEST, tmp_path / "work", "", ignore)
    assert not open_archive(tmp_path / "backup.tar").is_signed_by("")


# -- from anybody -------------------------------------------------------------------------------------------------


class Forger:
    """Packs whatever somebody may think of, with checksums that are right."""

    def __init__(self, archive: Path) -> None:
        with tarfile.open(archive) as tar:
            self.members = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]

    def find(self, name: str) -> tuple[tarfile.TarInfo, bytes]:
        return next((member, content) for member, content in self.members if member.name == name)

    def add(self, name: str, content: bytes = b"evil", kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
        member = tarfile.TarInfo(name)
        member.size, member.type, member.linkname = len(content), kind, link
        self.members.append((member, content))

    def rename(self, name: str, to: str) -> None:
        """In the manifest, too."""
        self.find(name)[0].name = to
        self.rewrite(lambda text: text.replace(name.encode(), to.encode()))

    def rewrite(self, change: Callable[[bytes], bytes]) -> None:
        (member, text), *rest = self.members
        changed = change(text)
        assert changed != text
        member.size = len(changed)
        self.members = [(member, changed), *rest]

    def pack(self, target: Path, form: int = tarfile.GNU_FORMAT, mode: str = "w") -> Path:
        with tarfile.open(target, mode, format=form) as tar:  # type: ignore[call-overload]
            for member, content in self.members:
                tar.addfile(member, io.BytesIO(content))
        return target


def claim(name: str, size: int) -> Callable[[Forger], None]:
    def forge(forger: Forger) -> None:
        found = str(len(forger.find(name)[1])).encode()
        forger.rewrite(lambda text: text.replace(b'"size": ' + found, b'"size": %d' % size))

    return forge


def turn_into(kind: bytes, link: str = "/etc/passwd") -> Callable[[Forger], None]:
    def forge(forger: Forger) -> None:
        member = forger.find("temporal.db")[0]
        member.type, member.linkname, member.size = kind, link, 0

    return forge


FORGED: dict[str, Callable[[Forger], None]] = {
    "out of the folder": lambda forger: forger.rename("database.dump", "../evil"),
    "an absolute name": lambda forger: forger.rename("temporal.db", "/etc/cron.d/evil"),
    "a name of a folder": lambda forger: forger.rename("temporal.db", "temporal.db/evil"),
    "a third file": lambda forger: forger.add("evil"),
    "a third file by another name for the folder": lambda forger: forger.add("./database.dump"),
    "one file twice": lambda forger: forger.add("database.dump"),
    "a link behind everything": lambda forger: forger.add("evil", b"", tarfile.SYMTYPE, "/etc/passwd"),
    "a link instead": turn_into(tarfile.SYMTYPE),
    "a hard link instead": turn_into(tarfile.LNKTYPE),
    "a device instead": turn_into(tarfile.CHRTYPE),
    "a pipe instead": turn_into(tarfile.FIFOTYPE),
    "a folder instead": turn_into(tarfile.DIRTYPE),
    "another size": claim("database.dump", 499_999),
    "a huge size": claim("temporal.db", 2**39),
    "an impossible size": claim("temporal.db", 2**70),
    "a size below nothing": claim("temporal.db", -1),
    "a long manifest": lambda forger: forger.rewrite(lambda text: text + b" " * 300_000),
    "a table that is none": lambda forger: forger.rewrite(lambda text: text.replace(b'"idea"', b'"idea; DROP"')),
    "no checksum": lambda forger: forger.rewrite(lambda text: text.replace(b"sha256", b"md5")),
    "another file first": lambda forger: forger.members.reverse(),
    "without its signature": lambda forger: forger.members.remove(forger.find("manifest.hmac")),
    "a long signature": lambda forger: forger.members.insert(1, (tarfile.TarInfo("manifest.hmac"), b"")),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_nothing_is_written_of_what_is_no_archive_of_ours(
    archive: Path, tmp_path: Path, forge: Callable[[Forger], None]
) -> None:
    forger = Forger(archive)
    forge(forger)
    forged = forger.pack(tmp_path / "forged.tar")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupProblem):
        open_archive(forged)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_size_that_only_the_header_claims_is_noticed(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    header = content.index(b"temporal.db" + b"\0" * 20)
    member = tarfile.TarInfo.frombuf(bytes(content[header : header + 512]), "utf-8", "strict")
    member.size = 2**40
    content[header : header + 512] = member.tobuf(tarfile.GNU_FORMAT)
    archive.write_bytes(content)
    with pytest.raises(BackupProblem, match="damaged"):
        open_archive(archive)


@pytest.mark.parametrize("mode", ["w:gz", "w:xz"])
def test_nothing_is_unpacked_to_look_at_it(archive: Path, tmp_path: Path, mode: str) -> None:
    with pytest.raises(BackupProblem, match="no backup"):
        open_archive(Forger(archive).pack(tmp_path / "packed", mode=mode))


def test_extensions_that_say_something_else_than_the_headers_are_not_read(archive: Path, tmp_path: Path) -> None:
    forger = Forger(archive)
    forger.find("temporal.db")[0].pax_headers = {"path": "../evil", "size": "5"}
    with pytest.raises(BackupProblem):
        open_archive(forger.pack(tmp_path / "forged.tar", tarfile.PAX_FORMAT))


def test_an_archive_that_was_cut_off_is_noticed(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:200_000])
    with pytest.raises(BackupProblem, match="damaged"):
        open_archive(archive)


@pytest.mark.parametrize("content", [b"", b"not a tar file" * 100])
def test_something_else_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "letter.tar").write_bytes(content)
    with pytest.raises(BackupProblem, match="no backup of Ideenweg"):
        open_archive(tmp_path / "letter.tar")


def test_another_tar_file_a_folder_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(__file__, arcname="letter.txt")
    with pytest.raises(BackupProblem, match="no backup of Ideenweg"):
        open_archive(tmp_path / "other.tar")
    for path, why in ((tmp_path / "missing.tar", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(BackupProblem, match=why):
            open_archive(path)


def test_the_manifest_holds_no_key(archive: Path) -> None:
    key = "a key of tests, long enough to sign"
    assert fingerprint_of_key(key) != fingerprint_of_key(key + "!")
    assert key not in fingerprint_of_key(key)
