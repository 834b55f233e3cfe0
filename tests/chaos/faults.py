"""A worker whose activities fail: before they begin, after they have committed, or together with their process.

`python -m tests.chaos.faults` is the worker of the product with nothing else changed. CHAOS_FAULTS says how often, such
as "seed=7 before=0.03 after=0.03 slow=0.02 die=0.002".
"""

import asyncio
import os
import random
import signal
from dataclasses import dataclass, fields
from typing import Any

from temporalio.client import Client
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from temporalio.worker import Interceptor as WorkerInterceptor

import workflows.worker
from models.settings import Settings, load_settings
from workflows.client import connect
from workflows.telemetry import tell

VARIABLE = "CHAOS_FAULTS"


class Planted(Exception):
    """An activity that fails because it is told to."""


@dataclass(frozen=True)
class Rates:
    """How often each fault happens, as a share of all attempts. A slow one waits for up to `pause` seconds."""

    seed: float = 0
    before: float = 0
    after: float = 0
    slow: float = 0
    die: float = 0
    pause: float = 4.0

    @classmethod
    def read(cls, text: str) -> "Rates":
        return cls(**{name: float(value) for name, _, value in (part.partition("=") for part in text.split())})

    def __str__(self) -> str:
        return " ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))


class Faults(ClientInterceptor, WorkerInterceptor):
    """Around every activity of the worker that is made of a client with them."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        # A worker that was started anew must not die of the very same dice again.
        self.dice = random.Random(f"{rates.seed}-{os.getpid()}")

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Faulty(next, self)


class _Faulty(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, faults: Faults) -> None:
        super().__init__(next)
        self.faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if self._happens("slow"):
            await asyncio.sleep(self.faults.dice.uniform(0.5, 1) * self.faults.rates.pause)
        if self._happens("before"):
            raise Planted("before")
        result = await super().execute_activity(input)
        if self._happens("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._happens("after"):
            raise Planted("after")
        return result

    def _happens(self, fault: str) -> bool:
        rate: float = getattr(self.faults.rates, fault)
        happens = self.faults.dice.random() < rate
        if happens:
            print(f"planted {fault}", flush=True)
        return happens


async def connect_with_faults(settings: Settings, *, lazy: bool = False) -> Client:
    """As the product connects. A worker takes the interceptors of its client along."""
    config = (await connect(settings, lazy=lazy)).config()
    config["interceptors"] = [*config["interceptors"], Faults(Rates.read(os.environ.get(VARIABLE, "")))]
    return Client(**config)


def main() -> None:
    workflows.worker.connect = connect_with_faults  # type: ignore[attr-defined]
    settings = load_settings()
    with tell(settings, "worker"):
        asyncio.run(workflows.worker.main(settings))


if __name__ == "__main__":
    main()
