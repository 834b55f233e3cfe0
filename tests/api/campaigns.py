"""A crowdfunding hand-off of Alma's, asked for through the API, with Ben as her coach."""

import io
from functools import cache
from typing import Any

import httpx
from PIL import Image

from models.messages.package import Package
from tests.api.conftest import Web, in_days, until
from tests.factories import ALMA, BEN, good_package

ADDRESS = "https://www.startnext.com/pflegelotsen"


class HandOff:
    """The running attempt of one idea."""

    def __init__(self, web: Web, idea: str) -> None:
        self.web = web
        self.idea = idea

    @classmethod
    async def start(cls, web: Web, who: str = ALMA, **words: Any) -> "HandOff":
        """An idea in `support` whose crowdfunding has begun."""
        idea = await web.bring_to("assessing", **words)
        hand_off = cls(web, idea)
        await hand_off.begin(who)
        return hand_off

    @classmethod
    async def at(cls, web: Web, state: str, **words: Any) -> "HandOff":
        """A hand-off that has come to a state on the straight way."""
        hand_off = await cls.start(web, **words)
        if state == "not_ready":
            return hand_off
        await hand_off.make_ready()
        for reached, event, who, fields in WAY:
            if (await hand_off.read())["state"] == state:
                break
            await hand_off.ask(who, event, **fields)
            await hand_off.until_in(reached)
        return hand_off

    async def begin(self, who: str = ALMA) -> None:
        await self.web.ask(who, self.idea, "start_crowdfunding")

        async def is_there() -> bool:
            answer = await self.web.alma.get(self.path())
            return answer.status_code == 200 and answer.json()["holder"] is not None

        await until(is_there)

    def path(self, *parts: str) -> str:
        return "/".join((f"/api/v1/ideas/{self.idea}/crowdfunding", *parts))

    async def read(self, who: str = ALMA, **params: Any) -> dict[str, Any]:
        answer = await self.web.clients[who].get(self.path(), params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def put(
        self, package: Package | dict[str, Any], who: str = ALMA, revision: int | None = None
    ) -> httpx.Response:
        content = package.model_dump(mode="json") if isinstance(package, Package) else package
        headers = {"If-Match": f'"{revision}"'} if revision is not None else {}
        return await self.web.clients[who].put(self.path("package"), json=content, headers=headers)

    async def upload(self, who: str = ALMA, key: str | None = None, data: bytes | None = None) -> httpx.Response:
        words = {"alt": "Zwei am Tisch", "credit": "Alma Arnold", "rights_confirmed": "true"}
        files = {"file": ("foto.jpg", data if data is not None else picture(), "image/jpeg")}
        headers = {"Idempotency-Key": key} if key else {}
        return await self.web.clients[who].post(self.path("images"), data=words, files=files, headers=headers)

    async def make_ready(self, **fields: Any) -> dict[str, Any]:
        """Upload an image and write everything else."""
        uploaded = await self.upload()
        assert uploaded.status_code == 201, uploaded.text
        images = uploaded.json()["package"]["images"]
        answer = await self.put(good_package(**({"images": images, "start_on": in_days(90)} | fields)))
        assert answer.status_code == 200, answer.text
        assert answer.json()["ready"], answer.json()["findings"]
        return dict(answer.json())

    async def try_to(
        self, who: str, event: str, headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        return await self.web.clients[who].post(self.path("commands"), json={"event": event, **fields}, headers=headers)

    async def ask(self, who: str, event: str, **fields: Any) -> dict[str, Any]:
        """A step that must succeed; a confirmation is one of the package as it is."""
        if event == "confirm":
            fields.setdefault("digest", (await self.read())["digest"])
        answer = await self.try_to(who, event, **fields)
        assert answer.status_code == 200, answer.text
        await self.until_version(answer.json()["version"])
        return dict(answer.json())

    async def until_version(self, version: int) -> None:
        async def is_shown() -> bool:
            return bool((await self.read())["version"] >= version)

        await until(is_shown)

    async def until_in(self, state: str) -> None:
        async def is_there() -> bool:
            return bool((await self.read())["state"] == state)

        await until(is_there)


WAY: list[tuple[str, str, str, dict[str, Any]]] = [
    ("packaged", "pack", ALMA, {}),
    ("packaged", "confirm", ALMA, {}),
    ("awaiting_entry", "confirm", BEN, {}),
    ("awaiting_entry", "link", ALMA, {"address": ADDRESS}),
    ("linked", "confirm_link", BEN, {}),
]
"""The state reached, event, who, fields."""


@cache
@cache
def picture(width: int = 60, height: int = 40, **options: Any) -> bytes:
    """A small JPEG."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(target, "JPEG", **options)
    return target.getvalue()
