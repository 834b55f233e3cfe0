"""What is declared, locked and installed agree, and a fresh machine is told what it lacks."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from models.i18n import languages
from models.settings import PROJECT_ROOT, TEMPLATES

PYPROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^[a-z0-9-]+==[^\\\n]+", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Package → version, of what is installed on this system and this Python."""
    pinned = map(Requirement, PINNED.findall((PROJECT_ROOT / name).read_text(encoding="utf-8")))
    return {one.name: str(one.specifier)[2:] for one in pinned if one.marker is None or one.marker.evaluate()}


def normal(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_every_dependency_is_locked() -> None:
    project = PYPROJECT["project"]
    assert {normal(requirement) for requirement in project["dependencies"]} <= set(locked("requirements.lock"))
    assert {normal(r) for r in project["optional-dependencies"]["dev"]} <= set(locked("requirements-dev.lock"))


def test_tests_run_on_the_versions_that_are_served() -> None:
    runtime = locked("requirements.lock")
    development = locked("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_registry(name: str) -> None:
    text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    assert "make lock" in text
    assert not re.search(r"://|index-url|find-links", text)
    requirements = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert [block.splitlines()[0] for block in requirements if "--hash=sha256:" not in block] == []


def test_what_is_installed_is_what_is_locked() -> None:
    for name, version in locked("requirements.lock").items():
        assert importlib.metadata.version(name) == version


def test_every_top_level_package_is_installed() -> None:
    found = PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert found == ["models*", "activities*", "workflows*", "api*"]
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == {pattern.rstrip("*") for pattern in found}


def test_templates_are_found_from_the_source_tree() -> None:
    assert TEMPLATES == PROJECT_ROOT / "templates"
    assert TEMPLATES.is_dir()


def test_the_licence_is_the_eupl() -> None:
    text = (PROJECT_ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "15.Applicable Law" in text
    assert PYPROJECT["project"]["license"] == "EUPL-1.2"


GOES_WITH_THE_EUPL = {
    *(
        "mit",
        "mit-0",
        "mit license",
        "the mit license (mit)",
        "mit-cmu",
        "isc license",
        "psf-2.0",
        "apache-2.0",
        "apache license, version 2.0",
        "apache software license",
    ),
    *("bsd", "bsd-2-clause", "bsd-3-clause", "3-clause bsd license", "bsd license", "dual license"),
    # Used as libraries, as they come.
    *("mpl-2.0", "lgpl-3.0-only"),
}
"""Licences of packages that a work under EUPL-1.2 may use and be shipped with."""


def licences_of(package: str) -> set[str]:
    """What a package says of itself: an expression, else a word, else classifiers, else how its licence begins."""
    told = importlib.metadata.metadata(package).json
    classifiers = [line for line in told.get("classifier", []) if line.startswith("License ::")]
    named = told.get("license_expression") or told.get("license")
    named = named or " AND ".join(line.rpartition(" :: ")[2] for line in classifiers)
    if not named:
        files = importlib.metadata.files(package) or []
        texts = [file.read_text() for file in files if ".dist-info/licenses/" in str(file)]
        named = " AND ".join(text.strip().partition("\n")[0] for text in texts)
    return {part.strip().lower() for part in re.split(r" AND | OR ", str(named))}


def test_what_is_shipped_may_be_shipped_under_our_licence() -> None:
    for package in locked("requirements.lock"):
        licences = licences_of(package)
        assert licences, package
        assert licences <= GOES_WITH_THE_EUPL, f"{package}: {licences}"


CATEGORIES = {
    *("workflow-management", "business-process-management", "digital-citizenship", "collaboration"),
    *("task-management", "project-management", "crm", "fundraising", "knowledge-management", "online-community"),
}
SCOPES = {"society", "welfare", "local-authorities", "healthcare", "culture", "education", "employment"}
"""Of the standard's lists, what could be true of this software: https://yml.publiccode.tools, 0.4."""


def test_publiccode_says_what_the_standard_asks_for() -> None:
    """By the rules of publiccode.yml 0.4: mandatory keys, values of its lists, lengths, what a kind of upkeep needs."""
    told: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert told["publiccodeYmlVersion"] == "0.4"
    assert told["name"] == "Ideenweg"
    assert re.fullmatch(r"https://\S+", told["url"])
    assert set(told["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}
    assert told["developmentStatus"] in ("concept", "development", "beta", "stable", "obsolete")
    assert told["softwareType"] == "standalone/web"
    assert set(told["categories"]) <= CATEGORIES
    assert set(told["intendedAudience"]["scope"]) <= SCOPES
    assert told["legal"]["license"] == PYPROJECT["project"]["license"]
    assert told["maintenance"]["type"] in ("internal", "contract", "community", "none")
    needed = {"internal": "contacts", "community": "contacts", "contract": "contractors"}.get(
        told["maintenance"]["type"]
    )
    assert needed is None or told["maintenance"][needed]
    assert told["localisation"]["localisationReady"] is True
    assert told["localisation"]["availableLanguages"] == list(languages())
    assert {"de", "en"} <= set(told["description"])
    for description in told["description"].values():
        assert len(description["shortDescription"]) <= 150
        assert "\n" not in description["shortDescription"].strip()
        assert 150 <= len(description["longDescription"]) <= 10_000
        assert 5 <= len(description["features"]) <= 20
        assert all((PROJECT_ROOT / picture).is_file() for picture in description["screenshots"])
    assert all(one["name"] for one in told["dependsOn"]["open"])


def test_the_command_line_lists_its_commands(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "api.cli", "--help"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert all(command in shown.stdout for command in ("up", "web", "worker", "doctor"))


def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDEENWEG_PORT", "geheim")
    monkeypatch.setenv("DATABASE_URL", "mysql://alma:geheim@db/ideen")
    run = subprocess.run([sys.executable, "-m", "api.cli", "doctor"], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert run.returncode == 2
    assert "IDEENWEG_PORT" in run.stderr
    assert "DATABASE_URL" in run.stderr
    assert "geheim" not in run.stderr + run.stdout


@pytest.fixture
def bare_folder(tmp_path: Path) -> Path:
    shutil.copy(PROJECT_ROOT / "Makefile", tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True)


def test_make_alone_lists_its_commands(bare_folder: Path) -> None:
    shown = make(bare_folder).stdout
    for target in ("run", "test", "check", "lock", "clean"):
        assert f"make {target} " in shown


def test_make_says_that_python_is_too_old(bare_folder: Path) -> None:
    run = make(bare_folder, ".venv/bin/python", "PYTHON=/bin/false")
    assert run.returncode != 0
    assert "needs Python 3.11 or newer" in run.stderr
    assert not (bare_folder / ".venv").exists()


def test_make_says_that_the_module_venv_is_missing(bare_folder: Path) -> None:
    python = bare_folder / "python-without-venv"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    python.chmod(0o755)
    run = make(bare_folder, ".venv/bin/python", f"PYTHON={python}")
    assert run.returncode != 0
    assert "python3-venv" in run.stderr
