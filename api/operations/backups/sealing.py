"""Encryption with age (https://age-encryption.org/v1): an archive that only somebody else's key opens.

In chunks of 64 KiB, so in little memory; what is decrypted lies in a private folder for as long as it is restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyrage

from api.operations.backups.archive import BackupProblem, whole_or_not_there

BEGINS = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
LARGEST_KEY_FILE = 64 * 1024


def seal(plain: Path, target: Path, recipients: Sequence[Any]) -> None:
    """Encrypt a file to everybody whose key is given."""
    with plain.open("rb") as source, whole_or_not_there(target) as file:
        pyrage.encrypt_io(source, file, list(recipients))


@contextmanager
def opened(path: Path, identities: Sequence[Any], workshop: Path) -> Iterator[Path]:
    """The archive in plain: itself, or decrypted into `workshop` for as long as the block lasts.

    Raises BackupProblem.
    """
    if not is_sealed(path):
        if identities:
            raise BackupProblem(f"{path} is not encrypted. Leave out --identity if that is right.")
        yield path
        return
    if not identities:
        raise BackupProblem(f"{path} is encrypted: name the file with the key that opens it, --identity FILE.")
    plain = workshop / "plain.tar"
    try:
        unseal(path, plain, identities)
        yield plain
    finally:
        plain.unlink(missing_ok=True)


def unseal(path: Path, target: Path, identities: Sequence[Any]) -> None:
    """Raises BackupProblem. A changed byte is noticed when its chunk is read, so the target may be begun."""
    try:
        with path.open("rb") as source, target.open("xb") as file:
            pyrage.decrypt_io(source, file, list(identities))
    except (pyrage.DecryptError, OSError) as error:
        why = getattr(error, "strerror", None) or "it is damaged, or for other keys"
        raise BackupProblem(f"{path} cannot be decrypted: {why}.") from None


def is_sealed(path: Path) -> bool:
    """Raises BackupProblem."""
    try:
        with path.open("rb") as file:
            return file.read(64).startswith(BEGINS)
    except OSError as error:
        raise BackupProblem(f"{path} cannot be read ({error.strerror}).") from None


def read_recipients(given: Iterable[str]) -> list[Any]:
    """`age1…`, `ssh-ed25519 …` or `ssh-rsa …`, or a file with such lines. Raises BackupProblem."""
    lines = [line for one in given for line in ([one] if is_recipient(one) else _lines_of(Path(one)))]
    return [_read(line, RECIPIENTS, pyrage.RecipientError, "no key to encrypt to") for line in lines]


def read_identities(files: Iterable[Path]) -> list[Any]:
    """Files with `AGE-SECRET-KEY-1…` lines, or private keys of OpenSSH without a passphrase. Raises BackupProblem."""
    found: list[Any] = []
    for file in files:
        lines = _lines_of(file)
        if lines[0].startswith("-----BEGIN"):
            found.append(_read("\n".join(lines) + "\n", [read_ssh_identity], pyrage.IdentityError, f"in {file} no key"))
        else:
            found += [_read(line, [pyrage.x25519.Identity.from_str], pyrage.IdentityError, "no key") for line in lines]
    return found


def is_recipient(text: str) -> bool:
    return text.startswith(("age1", "ssh-ed25519 ", "ssh-rsa "))


def read_ssh_identity(text: str) -> Any:
    return pyrage.ssh.Identity.from_buffer(text.encode())


RECIPIENTS: list[Callable[[str], Any]] = [pyrage.x25519.Recipient.from_str, pyrage.ssh.Recipient.from_str]


def _read(text: str, readers: Sequence[Callable[[str], Any]], wrong: type[Exception], what: str) -> Any:
    for reader in readers:
        try:
            return reader(text)
        except wrong:
            continue
    raise BackupProblem(f"There is {what} that is understood. Keys begin with age1, AGE-SECRET-KEY-1 or ssh-.")


def _lines_of(file: Path) -> list[str]:
    """Raises BackupProblem."""
    try:
        text = file.read_bytes()[:LARGEST_KEY_FILE].decode()
    except (OSError, UnicodeError):
        raise BackupProblem(f"{file} cannot be read as a file with keys.") from None
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise BackupProblem(f"{file} holds no key.")
    return lines
