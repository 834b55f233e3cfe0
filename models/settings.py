"""Settings: every environment variable that Ideenweg reads, in one typed place.

`load_settings()` also finds the services that `ideenweg up` has running under the var folder, so that commands in
another shell need no variables.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from models.addresses import is_address
from models.mail_server import MailServer, read_address
from models.running_services import find_running
from models.secret_files import SECRETS_DIR, SecretFiles, keep_key, variable_name
from models.vocabulary import CampaignStatus

if TYPE_CHECKING:
    pass

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The folder with pipeline.toml and templates/: the clone, or /app in the image."""

TEMPLATES = PROJECT_ROOT / "templates"

AbsolutePath = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]

CrowdfundingChoice = Literal["startnext_manual", "startnext_api", "sandbox"]
"""Which adapter stands behind the crowdfunding port."""

NO_PROXIES = "none"
"""What IDEENWEG_TRUSTED_PROXIES says where people come without a proxy, so that it is known and not forgotten."""


class Settings(BaseSettings):
    """What can be set from outside. Paths are absolute once read; a relative one counts from the current folder."""

    model_config = SettingsConfigDict(
        env_prefix="IDEENWEG_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return named["init_settings"], named["env_settings"], SecretFiles(settings_cls)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    var: AbsolutePath = PROJECT_ROOT / "var"
    demo: bool = False
    pipeline: AbsolutePath = PROJECT_ROOT / "pipeline.toml"
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    secret_key_old: SecretStr | None = Field(default=None, min_length=32)
    """The key before this one: what it has signed between our processes counts for as long as it is named."""
    public_url: str | None = None
    task_queue: str = "ideenweg"
    build_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,80}$")
    """The version of this worker, where versions run side by side."""
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    smtp_url: SecretStr | None = None
    mail_from: str | None = None

    hsts_subdomains: bool = False
    """Whether every host below the public one is under https, too: browsers are then told to use nothing else there."""
    session_idle_minutes: int = Field(default=120, ge=20, le=24 * 60)
    """How long a session lasts in which nothing is done."""
    session_hours: int = Field(default=12, ge=1, le=30 * 24)
    """How long a session lasts at the most."""
    step_up_minutes: int = Field(default=15, ge=5, le=24 * 60)
    """How long ago a sign-in may be for what takes data out, or changes many cases at once."""
    trusted_proxies: str | None = None
    """The addresses or networks of proxies whose word on where a request comes from is taken, with commas between; or
    the word none, where people come without a proxy."""
    staff_sign_in: Literal["mail", "provider"] = "mail"
    """What opens an account of the staff: a mail with a second factor, or nothing but their provider."""
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = Field(default="OpenID Connect", max_length=60)
    """What the staff know their provider as."""

    secrets_dir: AbsolutePath = SECRETS_DIR
    crowdfunding: CrowdfundingChoice | None = None
    startnext_consent: str | None = Field(default=None, max_length=200)
    startnext_credential: str | None = None
    startnext_amounts: Literal["euro", "cent"] | None = None
    startnext_statuses: Annotated[dict[str, CampaignStatus], NoDecode] = {"active": CampaignStatus.FUNDING}
    startnext_url: str = "https://www.startnext.com/myty/api/crowdfunding"

    scanner: Literal["none", "clamd"] = "none"
    """What looks through files that people attach."""
    clamd_address: str = "127.0.0.1:3310"
    """host:port of ClamAV's daemon, or the path of its socket."""

    temporal_ui: str | None = None
    """Where Temporal's own pages are, for leads who may look there."""

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    temporal_address: str | None = Field(default=None, validation_alias="TEMPORAL_ADDRESS")
    temporal_namespace: str = Field(default="default", validation_alias="TEMPORAL_NAMESPACE")
    temporal_profile: str | None = Field(default=None, validation_alias="TEMPORAL_PROFILE")
    temporal_config_file: AbsolutePath | None = Field(default=None, validation_alias="TEMPORAL_CONFIG_FILE")

    @field_validator("public_url", "temporal_ui")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else None

    @field_validator("clamd_address")
    @classmethod
    def _is_a_daemon(cls, value: str) -> str:
        port = value.rpartition(":")[2]
        if not value.startswith("/") and not (value != port and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("must be host:port, such as clamav:3310, or the path of a socket")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str | None) -> str | None:
        for part in () if value == NO_PROXIES else (value or "").split(","):
            if part.strip() and not _is_network(part.strip()):
                raise ValueError(
                    "must be addresses or networks with commas between, such as: 10.0.0.7, 172.18.0.0/16; or none"
                )
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, value: str | None) -> str | None:
        """Compared letter by letter with what the provider says of itself, so a final slash is left as it is."""
        parts = urlsplit(value or "")
        near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if value is not None and (not parts.hostname or parts.query or not (parts.scheme == "https" or near)):
            raise ValueError("must be an https:// address, as the provider writes it in its discovery document")
        return value

    @field_validator("startnext_consent")
    @classmethod
    def _is_dated(cls, value: str | None) -> str | None:
        if value is not None and not _names_a_day(value):
            raise ValueError("must name the written consent and its day, such as: 2026-11-03, contract 17/2026")
        return value

    @field_validator("startnext_credential")
    @classmethod
    def _is_a_name_and_no_key(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if value.startswith("snx_"):
            raise ValueError("is a key itself: name the file in IDEENWEG_SECRETS_DIR, or the variable, that holds it")
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", value):
            raise ValueError("must be the name of a file in IDEENWEG_SECRETS_DIR or of an environment variable")
        return value

    @field_validator("startnext_statuses", mode="before")
    @classmethod
    def _read_pairs(cls, value: Any) -> Any:
        """ "active=funding, paused=start" as a mapping."""
        if not isinstance(value, str):
            return value
        pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
        return {raw.strip(): status.strip() for raw, _, status in pairs}

    @field_validator("startnext_statuses")
    @classmethod
    def _leaves_payouts_to_people(cls, value: dict[str, CampaignStatus]) -> dict[str, CampaignStatus]:
        if CampaignStatus.PAID_OUT in value.values():
            raise ValueError("no status of Startnext may mean paid_out: that money has come is said by a person")
        return value

    @field_validator("startnext_url")
    @classmethod
    def _is_encrypted_or_near(cls, value: str) -> str:
        """The key goes there: only over TLS, or to a server on this machine."""
        parts = urlsplit(value)
        near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not (parts.scheme == "https" or near) or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("must be a plain https:// address")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("postgresql", "postgres://")):
            raise ValueError("must be a PostgreSQL address: postgresql://user:password@host:5432/database")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_mail_server(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_a_mail_address(cls, value: str | None) -> str | None:
        if value is not None:
            read_address(value)
        return value

    @property
    def mail_server(self) -> MailServer | None:
        """Where mails go to; None for the local mailbox."""
        return read_mail_server(self.smtp_url) if self.smtp_url is not None else None

    @property
    def sender(self) -> str:
        """Whom mails come from: IDEENWEG_MAIL_FROM, or nobody in particular at the public address. Where that is a
        number or has no dot, as on one's own machine, at a domain that is nobody's (RFC 2606).
        """
        nobody = f"noreply@{urlsplit(self.base_url).hostname}"
        return self.mail_from or f"Ideenweg <{nobody if is_address(nobody) else 'noreply@ideenweg.invalid'}>"

    @property
    def base_url(self) -> str:
        """Where people reach the pages: IDEENWEG_PUBLIC_URL, or the address the web process listens on."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  a comparison, nothing listens
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether people come over an encrypted line."""
        return self.base_url.startswith("https://")

    @property
    def passkey_host(self) -> str | None:
        """Whom passkeys are for (the relying party). None where browsers make none: at an address without a name, or
        without TLS.
        """
        host = urlsplit(self.base_url).hostname or ""
        return host if host == "localhost" or (self.is_https and not _is_network(host)) else None

    @property
    def staff_need_provider(self) -> bool:
        """Whether nothing but their provider opens an account of the staff."""
        return self.staff_sign_in == "provider"

    @property
    def session_idle(self) -> timedelta:
        return timedelta(minutes=self.session_idle_minutes)

    @property
    def session_longest(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def step_up_within(self) -> timedelta:
        return timedelta(minutes=self.step_up_minutes)

    @property
    def proxies(self) -> list[str]:
        """Whose word is taken on where a request comes from."""
        named = "" if self.trusted_proxies == NO_PROXIES else self.trusted_proxies or ""
        return [part.strip() for part in named.split(",") if part.strip()]

    @property
    def lacks_proxies(self) -> bool:
        """Whether people may come through a proxy of which nothing is known: then all of them count as one."""
        is_public = not self.listens_on_loopback or self.is_https
        return is_public and not self.demo and not self.proxies and self.trusted_proxies != NO_PROXIES

    @property
    def has_oidc(self) -> bool:
        """Whether the staff may come in through a provider."""
        return bool(self.oidc_issuer and not self.missing_for_oidc)

    @property
    def missing_for_oidc(self) -> list[str]:
        """What a half configured provider lacks; nothing where there is none, or all of it."""
        parts = {"ISSUER": self.oidc_issuer, "CLIENT_ID": self.oidc_client_id, "CLIENT_SECRET": self.oidc_client_secret}
        missing = [f"IDEENWEG_OIDC_{name}" for name, value in parts.items() if not value]
        return missing if len(missing) < len(parts) else []

    @property
    def signing_key(self) -> str:
        """What signs links in mails and guards forms: the same in every process of an installation.

        IDEENWEG_SECRET_KEY, or the key that demo mode and `ideenweg up` keep in the var folder.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if not self.has_signing_key:
            # Such a process refuses to serve; the application may still be built, to look at its routes.
            return secrets.token_urlsafe(48)
        return keep_key(self._kept_key)

    @property
    def signing_keys(self) -> list[str]:
        """The key that signs, and the one before it where it is named."""
        old = self.secret_key_old
        return [self.signing_key, *([old.get_secret_value()] if old is not None else [])]

    @property
    def has_signing_key(self) -> bool:
        """Whether the key is one that other processes have too."""
        return self.secret_key is not None or self.demo or self._kept_key.exists()

    @property
    def _kept_key(self) -> Path:
        return self.var / "secret.key"

    @property
    def crowdfunding_platform(self) -> CrowdfundingChoice:
        """What is configured; else the sandbox in demo mode, and hand-offs by people alone without it."""
        return self.crowdfunding or ("sandbox" if self.demo else "startnext_manual")

    @property
    def may_read_startnext(self) -> bool:
        """Whether the operator has named Startnext's consent and a key, without which its interface is not asked."""
        return bool(self.startnext_consent and self.startnext_credential)

    @property
    def listens_on_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def figures_are_for_this_machine(self) -> bool:
        """Whether somebody at this machine may read figures without a token. Behind a public address everybody may
        seem to come from here: a proxy does.
        """
        return self.metrics_token is None and (self.public_url is None or self.demo)

    @property
    def temporal_is_configured(self) -> bool:
        """Whether somebody named a Temporal service; if not, `ideenweg up` starts the embedded one."""
        return bool(self.temporal_address or self.temporal_profile or self.temporal_config_file)

    def problems_before_serving(self) -> list[str]:
        """What is missing or dangerous for a web process, each with how to mend it; empty when it may serve."""
        problems = []
        if not self.demo and self.secret_key is None:
            problems.append(
                "IDEENWEG_SECRET_KEY is not set: set it to at least 32 random characters: openssl rand -base64 48"
            )
        if self.demo and not self.listens_on_loopback:
            problems.append(
                f"IDEENWEG_HOST is {self.host}, but demo mode signs anybody in: use 127.0.0.1, or unset IDEENWEG_DEMO."
            )
        if missing := self.missing_for_oidc:
            problems.append(f"{', '.join(missing)} not set: set all three for the staff's provider, or none.")
        if self.staff_need_provider and not self.has_oidc and not missing:
            problems.append(
                "IDEENWEG_STAFF_SIGN_IN is provider, but there is none: set IDEENWEG_OIDC_ISSUER, "
                "IDEENWEG_OIDC_CLIENT_ID and IDEENWEG_OIDC_CLIENT_SECRET, or leave it at mail."
            )
        if self.session_idle > self.session_longest:
            problems.append("IDEENWEG_SESSION_IDLE_MINUTES is longer than IDEENWEG_SESSION_HOURS: shorten it.")
        if not self.demo and not self.listens_on_loopback and not self.is_https:
            problems.append(
                "IDEENWEG_PUBLIC_URL does not begin with https://, but the pages can be reached from elsewhere: "
                "sessions would go unencrypted. Set it to the address of the proxy that people come through."
            )
        if self.lacks_proxies:
            problems.append(
                "IDEENWEG_TRUSTED_PROXIES is not set: set it to where the proxy's requests come from, such as "
                "172.18.0.0/16, or to the word none where people come without a proxy. Else all of them count as one, "
                "and who asks too often stops everybody."
            )
        if self.database_url is None:
            problems.append("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
        if not self.temporal_is_configured:
            problems.append("TEMPORAL_ADDRESS is not set and nothing embedded runs: set it, or start `ideenweg up`.")
        return problems


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
        found["temporal_ui"] = running.temporal_ui
    unset = {name: value for name, value in found.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _names_a_day(text: str) -> bool:
    for found in re.findall(r"\d{4}-\d{2}-\d{2}", text):
        with contextlib.suppress(ValueError):
            return bool(date.fromisoformat(found))
    return False


def read_mail_server(url: SecretStr) -> MailServer:
    """Raises ValueError. At this very machine plain text is the default, anywhere else STARTTLS is."""
    return MailServer.parse(url, is_near=is_loopback(urlsplit(url.get_secret_value()).hostname or ""))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def describe_errors(error: ValidationError) -> list[str]:
    """One line per wrong variable, named as in the environment; never the value, which may be a secret."""
    found = [(str(item["loc"][0]), item["msg"]) for item in error.errors(include_input=False)]
    return [f"{variable_name(name, Settings.model_fields.get(name))}: {why}" for name, why in found]


def variable_names() -> dict[str, str]:
    """Environment variable → field, for the documentation and the check of docker-compose.yml."""
    return {variable_name(name, info): name for name, info in Settings.model_fields.items()}
