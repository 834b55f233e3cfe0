"""Ports on this machine: which are free, who has the others, and which one a service had last time."""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import socket
from collections.abc import Iterable
from pathlib import Path

import psutil


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def find_free_port(candidates: Iterable[int] = ()) -> int:
    """The first free candidate, or any free port below those that the system gives to outgoing connections.

    A port from the system's own range is free now, but any connection may have taken it a second later.
    """
    for port in itertools.chain(candidates, (10_000 + secrets.randbelow(22_000) for _ in range(1000))):
        if port <= 65535 and is_free(port):
            return port
    raise OSError("there is no free port on 127.0.0.1")


def who_listens(port: int) -> str | None:
    """Name and process id of the process that listens on a port, where we may see it."""
    with contextlib.suppress(psutil.Error, RuntimeError, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    return None


class PortBook:
    """{var}/ports.json: each service gets the port it had last time, so that bookmarks go on working."""

    def __init__(self, path: Path, first: int) -> None:
        self._path = path
        self._candidates = range(first, first + 100)
        self._ports = self._read()

    def port_for(self, service: str) -> int:
        """The port it had last time, or the first free one behind the web port."""
        others = {port for name, port in self._ports.items() if name != service}
        known = [self._ports[service]] if service in self._ports else []
        port = find_free_port(port for port in (*known, *self._candidates) if port not in others)
        self.remember(service, port)
        return port

    def remember(self, service: str, port: int) -> None:
        self._ports[service] = port
        self._path.write_text(json.dumps(self._ports, indent=2) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, int]:
        try:
            ports = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): int(port) for name, port in ports.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}
