"""Settings: every environment variable that Ideenweg reads, in one typed place.

`load_settings()` also finds the services that `ideenweg up` has running under the var folder, so that commands in
another shell need no variables.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import psutil
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConnectConfig

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The folder with pipeline.toml and templates/: the clone, or /app in the image."""

TEMPLATES = PROJECT_ROOT / "templates"

AbsolutePath = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class Settings(BaseSettings):
    """What can be set from outside. Paths are absolute once read; a relative one counts from the current folder."""

    model_config = SettingsConfigDict(
        env_prefix="IDEENWEG_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    var: AbsolutePath = PROJECT_ROOT / "var"
    demo: bool = False
    pipeline: AbsolutePath = PROJECT_ROOT / "pipeline.toml"
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    public_url: str | None = None
    task_queue: str = "ideenweg"

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    temporal_address: str | None = Field(default=None, validation_alias="TEMPORAL_ADDRESS")
    temporal_namespace: str = Field(default="default", validation_alias="TEMPORAL_NAMESPACE")
    temporal_profile: str | None = Field(default=None, validation_alias="TEMPORAL_PROFILE")
    temporal_config_file: AbsolutePath | None = Field(default=None, validation_alias="TEMPORAL_CONFIG_FILE")

    @field_validator("public_url")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else None

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("postgresql", "postgres://")):
            raise ValueError("must be a PostgreSQL address: postgresql://user:password@host:5432/database")
        return value

    @property
    def base_url(self) -> str:
        """Where people reach the pages: IDEENWEG_PUBLIC_URL, or the address the web process listens on."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  a comparison, nothing listens
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def listens_on_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def temporal_is_configured(self) -> bool:
        """Whether somebody named a Temporal service; if not, `ideenweg up` starts the embedded one."""
        return bool(self.temporal_address or self.temporal_profile or self.temporal_config_file)

    def problems_before_serving(self) -> list[str]:
        """What is missing or dangerous for a web process, each with how to mend it; empty when it may serve."""
        problems = []
        if not self.demo and self.secret_key is None:
            problems.append("IDEENWEG_SECRET_KEY is not set: set it to at least 32 random characters.")
        if self.demo and not self.listens_on_loopback:
            problems.append(
                f"IDEENWEG_HOST is {self.host}, but demo mode signs anybody in: use 127.0.0.1, or unset IDEENWEG_DEMO."
            )
        if self.database_url is None:
            problems.append("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
        if not self.temporal_is_configured:
            problems.append("TEMPORAL_ADDRESS is not set and nothing embedded runs: set it, or start `ideenweg up`.")
        return problems


class RunningPart(BaseModel):
    """A process of a running installation; `created` tells it from a later process with the same number."""

    model_config = ConfigDict(frozen=True)

    pid: int
    created: float

    def is_alive(self) -> bool:
        return find_process(self) is not None


class Running(RunningPart):
    """{var}/run.json: what `ideenweg up` has running and where. It holds a password, so only its owner may read it."""

    web_url: str
    host: str
    port: int
    demo: bool = False
    database_url: str | None = None
    temporal_address: str | None = None
    temporal_namespace: str | None = None
    temporal_ui: str | None = None
    parts: dict[str, RunningPart] = {}

    @classmethod
    def path(cls, var: Path) -> Path:
        return var / "run.json"

    @classmethod
    def read(cls, var: Path) -> Running | None:
        """The record, stale or not; None when there is none or it cannot be read."""
        try:
            return cls.model_validate_json(cls.path(var).read_bytes())
        except (OSError, ValidationError):
            return None


def load_settings(**overrides: Any) -> Settings:
    """The environment's settings, completed by the running services under the var folder where a variable is unset."""
    settings = Settings(**overrides)
    running = find_running(settings.var)
    if running is None:
        return settings
    found: dict[str, Any] = {"host": running.host, "port": running.port, "demo": running.demo}
    if running.database_url:
        found["database_url"] = SecretStr(running.database_url)
    if running.temporal_address and not settings.temporal_is_configured:
        found["temporal_address"] = running.temporal_address
        found["temporal_namespace"] = running.temporal_namespace or "default"
    unset = {name: value for name, value in found.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


def find_running(var: Path) -> Running | None:
    """The installation that runs on this var folder; None when there is none or its record is stale."""
    running = Running.read(var)
    return running if running is not None and running.is_alive() else None


def find_process(part: RunningPart) -> psutil.Process | None:
    """The process that `part` names, or None when it ended (another one may have its number by now)."""
    try:
        process = psutil.Process(part.pid)
        same = abs(process.create_time() - part.created) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if same else None


def sqlalchemy_url(url: str | SecretStr) -> str:
    """A PostgreSQL address in the form that makes SQLAlchemy use psycopg 3, sync and async alike."""
    plain = url.get_secret_value() if isinstance(url, SecretStr) else url
    return "postgresql+psycopg://" + plain.partition("://")[2]


def libpq_url(url: str | SecretStr) -> str:
    """The same address in the form that psycopg and the PostgreSQL tools read."""
    plain = url.get_secret_value() if isinstance(url, SecretStr) else url
    return "postgresql://" + plain.partition("://")[2]


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_temporal_config(settings: Settings) -> ClientConnectConfig:
    """How to connect: keywords for `Client.connect`, from TEMPORAL_* variables and the profile they name.

    The user's default configuration file counts only when TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE asks for it, so
    that a profile for some other project never redirects this one.
    """
    from temporalio.envconfig import ClientConfig  # slow to import, and most commands do without

    uses_file = bool(settings.temporal_profile or settings.temporal_config_file)
    if not uses_file and not os.environ.get("TEMPORAL_ADDRESS"):
        # Embedded, found through run.json: a TEMPORAL_API_KEY or TEMPORAL_TLS for another service is not for it.
        return {"target_host": settings.temporal_address or "", "namespace": settings.temporal_namespace}
    config = ClientConfig.load_client_connect_config(
        config_file=str(settings.temporal_config_file) if settings.temporal_config_file else None,
        profile=settings.temporal_profile,
        disable_file=not uses_file,
    )
    config.setdefault("namespace", settings.temporal_namespace)
    return config


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def describe_errors(error: ValidationError) -> list[str]:
    """One line per wrong variable, named as in the environment; never the value, which may be a secret."""
    return [f"{_variable_name(str(item['loc'][0]))}: {item['msg']}" for item in error.errors(include_input=False)]


def variable_names() -> dict[str, str]:
    """Environment variable → field, for the documentation and the check of docker-compose.yml."""
    return {_variable_name(name): name for name in Settings.model_fields}


def _variable_name(field: str) -> str:
    info = Settings.model_fields.get(field)
    if info is None:
        return field.upper()
    return str(info.validation_alias) if info.validation_alias else f"IDEENWEG_{field.upper()}"
