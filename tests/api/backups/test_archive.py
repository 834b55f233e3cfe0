"""The archive: private, whole or not there, and suspicious of what was changed."""

import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.backups.archive import BackupProblem, Manifest, fingerprint_of_key, read_manifest, unpack, write_archive

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
    write_archive(target, MANIFEST, folder, ignore)
    return target


def test_what_was_packed_comes_out_again(archive: Path, tmp_path: Path) -> None:
    manifest = read_manifest(archive)
    assert (manifest.counts, manifest.files["database.dump"].size) == ({"idea": 2}, 500_000)
    (tmp_path / "out").mkdir()
    weighed: list[int] = []
    unpack(archive, manifest, tmp_path / "out", weighed.append)
    assert (tmp_path / "out" / "temporal.db").read_bytes() == b"histories"
    assert sum(weighed) == manifest.size


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
        write_archive(tmp_path / "backup.tar", MANIFEST, folder, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


def test_a_changed_byte_is_noticed(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[content.index(b"ideasideas") + 1000] ^= 1
    archive.write_bytes(content)
    with pytest.raises(BackupProblem, match=r"damaged: database\.dump"):
        unpack(archive, read_manifest(archive), tmp_path, ignore)


def test_an_archive_that_was_cut_off_is_noticed(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:200_000])
    with pytest.raises(BackupProblem, match="damaged"):
        unpack(archive, read_manifest(archive), tmp_path, ignore)


@pytest.mark.parametrize("content", [b"", b"not a tar file" * 100])
def test_something_else_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "letter.tar").write_bytes(content)
    with pytest.raises(BackupProblem, match="no backup of Ideenweg"):
        read_manifest(tmp_path / "letter.tar")


def test_another_tar_file_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(__file__, arcname="letter.txt")
    with pytest.raises(BackupProblem, match="no backup of Ideenweg"):
        read_manifest(tmp_path / "other.tar")
    with pytest.raises(BackupProblem, match="No such file"):
        read_manifest(tmp_path / "missing.tar")


def test_the_manifest_holds_no_key(archive: Path) -> None:
    key = "a key of tests, long enough to sign"
    assert fingerprint_of_key(key) != fingerprint_of_key(key + "!")
    assert key not in fingerprint_of_key(key)
