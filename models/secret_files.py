"""Secrets in files: read where a container mounts them, kept where only their process reads them."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    pass

SECRETS_DIR = Path("/run/secrets")


LARGEST_SECRET = 64 * 1024


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets as files: what `{VARIABLE}_FILE` names, or a file named as the variable in IDEENWEG_SECRETS_DIR.

    For every field that is a `SecretStr`. The variable itself counts first, and an empty file as none.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        is_secret = "SecretStr" in str(field.annotation)
        return (find_secret_file(variable_name(field_name, field)) if is_secret else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value}


def find_secret_file(variable: str) -> str | None:
    """What a file holds in the place of a variable that is not set. Raises UnreadableSecret."""
    if os.environ.get(variable):
        return None
    if named := os.environ.get(f"{variable}_FILE"):
        return read_secret_file(Path(named), f"{variable}_FILE")
    file = Path(os.environ.get("IDEENWEG_SECRETS_DIR") or SECRETS_DIR) / variable
    return read_secret_file(file) if file.exists() else None


class UnreadableSecret(Exception):
    """Names the variable and the file, and never what is in it."""


def read_secret_file(path: Path, variable: str = "IDEENWEG_SECRETS_DIR") -> str:
    """Raises UnreadableSecret."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SECRET).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UnreadableSecret(f"{variable}: {path} cannot be read ({why})") from None


def read_secret(name: str, folder: Path) -> SecretStr | None:
    """What the file `name` in `folder` holds, or else the environment variable of that name; None without either."""
    try:
        text = (folder / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = os.environ.get(name, "").strip()
    return SecretStr(text) if text else None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def keep_key(path: Path) -> str:
    """The key in a file, made at the first call. Web and worker may both be the first; one of them wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as made:
            made.write(secrets.token_urlsafe(48))
            made.flush()
            with contextlib.suppress(FileExistsError):
                os.link(made.name, path)
    return path.read_text(encoding="utf-8")


def variable_name(field: str, info: FieldInfo | None) -> str:
    """The environment variable of a field of the settings; None for what is no field of theirs."""
    if info is None:
        return field.upper()
    return str(info.validation_alias) if info.validation_alias else f"IDEENWEG_{field.upper()}"
