"""A Startnext of our own: an HTTP server on this machine that knows projects and keys, and can be made to misbehave."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

KEY = "snx_user_Z2VoZWltZXItU2NobHVlc3NlbA"
REASONS = {200: "OK", 302: "Found", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


def project(link_caption: str = "pflegelotsen", **fields: Any) -> dict[str, Any]:
    """As in the example of the developer guide."""
    return {
        "id": 12345,
        "title": "Pflegelotsen im Quartier",
        "subtitle": "Nachbarn begleiten Angehörige",
        "link_caption": link_caption,
        "status": "active",
        "currency": "EUR",
        "current_funding": 7550.00,
        "total_funding": 7550.00,
        "funding_threshold": 10000.00,
    } | fields


def http(status: int, body: Any = b"", **headers: str) -> bytes:
    """A whole answer; what is not bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Something')}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "Connection: close", "", "")).encode() + content


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class FakeStartnext:
    """Answers as Startnext's guide says, unless `answer` says otherwise."""

    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    answer: bytes | None = None
    """Sent as it is, whatever is asked. Empty: the line is cut."""
    waits: float = 0
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/myty/api/crowdfunding"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            method, path, _ = first.split(" ")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            self.asked.append(Asked(method, path, headers))
            await asyncio.sleep(self.waits)
            writer.write(self.answer if self.answer is not None else self._answer(path, headers))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, headers: dict[str, str]) -> bytes:
        if headers.get("authorization") != f"Bearer {KEY}":
            return http(401, {"error": "invalid key"})
        found = self.projects.get(path.removeprefix("/myty/api/crowdfunding/project/"))
        return http(200, {"project": found, "status": 0}) if found else http(404, {"error": "not found"})
