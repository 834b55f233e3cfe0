"""Stands in for the application under the supervisor, so that its tests need neither pages nor workflows.

`python stand_in.py up` runs a real supervisor over this program; `migrate`, `demo`, `worker` and `web` are its parts.
A file named `{part}-dies` in the var folder makes that part end at once.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import signal
import sys
import threading
from pathlib import Path

ACCOUNTS = [{"role": "innovator", "name": "Alma", "email": "alma@example.org"}]


def main() -> None:
    command = sys.argv[1]
    if command == "up":
        up()
    var = Path(os.environ["IDEENWEG_VAR"])
    if (var / f"{command}-dies").exists():
        sys.exit(f"{command} had to die")
    if command == "demo" and "--accounts" in sys.argv:
        print(json.dumps(ACCOUNTS))
    elif command in ("demo", "migrate"):
        with (var / f"{command}-runs").open("a") as file:
            file.write("once\n")
    elif command == "worker":
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        stopped.wait()
        (var / "worker-drained").touch()
    elif command == "web":
        http.server.HTTPServer(("127.0.0.1", int(os.environ["IDEENWEG_PORT"])), Answer).serve_forever()


def up() -> None:
    from api.operations.embedded import supervised
    from api.operations.embedded.supervisor import Supervisor
    from models.settings import Settings

    supervised.FIRST_PAUSE = 0.1
    sys.exit(asyncio.run(Supervisor(Settings(), program=(sys.executable, __file__)).run()))


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["DATABASE_URL"].encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    main()
