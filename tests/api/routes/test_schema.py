"""Schemathesis over the whole API: no 5xx, and no answer that the description does not know.

Every operation is tried by whoever gets furthest with it; where others are refused is in the table of permissions,
which is asked cell by cell. `IDEENWEG_SCHEMA_MINUTES=10` tries everything in each role for so long, with other data
each time; what it finds comes with its seed. Longer than four minutes it needs `-o faulthandler_timeout=0`, too.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.client import Client

from models.database import Database
from models.lifecycles import LIFECYCLES
from models.lifecycles.crowdfunding import CrowdfundingLifecycle
from models.lifecycles.events import COMMON_EVENTS, SUBMIT
from models.tables.columns import new_id
from tests.api.campaigns import HandOff
from tests.api.conftest import Web, in_days, make_services, open_web
from tests.api.serving import serve
from tests.breadth import EVERYTHING
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, invite_cast, write_idea

MINUTES = os.environ.get("IDEENWEG_SCHEMA_MINUTES")
EXAMPLES = 2 if EVERYTHING else 8
PHASES = "coverage,fuzzing" if EVERYTHING or MINUTES else "fuzzing"
"""What stands at the edges of each field is most of the work, and does not change with each change of ours."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)

ROLES = {"stranger": DORA, "innovator": ALMA, "coach": BEN, "lead": CARLA}
FURTHEST = {
    "innovator": ("ideas", "me", "health", "stories"),
    "coach": ("offers", "crowdfunding"),
    "lead": ("leads", "coaches"),
}
"""Role → the parts of the API in which it gets furthest."""

ENDLESS = "PUT /api/v1/ideas/{idea_id}/crowdfunding/package"
"""Has so many fields that all of them in depth take minutes."""

LIKELY = 0.8
"""How often a known word is taken and not a made-up one."""


@dataclass(frozen=True)
class Town:
    """The application with ideas at several places, and the words that somebody who knows them would use."""

    web: Web
    words: dict[str, list[str]]


@pytest.fixture
async def town(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Town]:
    await invite_cast(database, ben_has_places=90)
    async with open_web(make_services(database, database_url, client, tmp_path), with_inboxes=False) as web:
        hand_off = await HandOff.start(web)
        uploaded = await hand_off.upload()
        asked = await web.bring_to("matching")
        ideas = [hand_off.idea, asked, await write_idea(database), await web.hand_in(), new_id()]
        coaches, days = [BEN, BRUNO, ALMA], [in_days(10), "0001-01-01", "9999-12-31"]
        events = {event for lifecycle in LIFECYCLES.values() for event in lifecycle.actors}
        words = {
            "path.idea_id": ideas,
            "query.idea": ideas,
            "path.offer_id": [(await web.open_offer(asked))["id"], new_id()],
            "path.image_id": [uploaded.json()["package"]["images"][0]["id"], new_id()],
            "body.event": sorted({SUBMIT, *COMMON_EVENTS, *CrowdfundingLifecycle.actors, *events}),
            **dict.fromkeys(("path.coach_id", "body.coach_id", "body.cover_id", "body.successor"), coaches),
            **dict.fromkeys(("body.until", "body.from", "body.on", "body.ends_on", "body.deputy_from"), days),
        }
        yield Town(web, words)


def write_config(path: Path, town: Town, role: str | None) -> Path:
    """What Schemathesis reads: the words that it may know, and who asks: one role, or each where it gets furthest."""
    names = {parameter: parameter.replace(".", "_") for parameter in town.words}
    lines = [f"dictionaries.{names[parameter]}.values = {json.dumps(known)}" for parameter, known in town.words.items()]
    lines += ['phases.coverage.unexpected-methods = ["PATCH"]', "[parameters]"]
    lines += [f'"{name}" = {{ dictionary = "{known}", probability = {LIKELY} }}' for name, known in names.items()]
    for one, tags in FURTHEST.items():
        header = town.web.clients[ROLES[role or one]].headers["authorization"]
        lines += ["[[operations]]", f"include-tag = {json.dumps(tags)}"]
        lines += [f"headers = {{ Authorization = {json.dumps(header)} }}"]
    if role is None:
        lines += ["[[operations]]", f"include-name = {json.dumps(ENDLESS)}", "phases.coverage.enabled = false"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES if MINUTES else [None])
async def test_nothing_is_answered_that_is_not_described(town: Town, role: str | None, tmp_path: Path) -> None:
    config = write_config(tmp_path / "schemathesis.toml", town, role)
    how = [f"--max-examples={EXAMPLES}", "--generation-deterministic"]
    if MINUTES:
        how = [f"--max-time={float(MINUTES) * 60:.0f}", "--max-examples=1000", "--generation-database=none"]
    async with serve(town.web.app) as address:
        schemathesis = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", config),
            *("run", f"{address}/api/v1/openapi.json", f"--url={address}", f"--checks={','.join(CHECKS)}"),
            *(f"--phases={PHASES}", "--continue-on-failure", "--warnings=off", *how),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await schemathesis.communicate()
    assert schemathesis.returncode == 0, told.decode()
    assert cases_of(told.decode()) > EXAMPLES * 33
    await town.web.ask(CARLA, await town.web.hand_in(), "decline", reason="Es geht weiter.")


def cases_of(told: str) -> int:
    """How many requests were made up."""
    return int(told.partition(" generated")[0].rpartition(" ")[2])
