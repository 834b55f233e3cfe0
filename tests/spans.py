"""What was traced, as a tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@dataclass
class Spans:
    """What was traced."""

    exporter: InMemorySpanExporter

    @property
    def all(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [one for one in self.all if one.name == name]

    def parent_of(self, one: ReadableSpan) -> ReadableSpan | None:
        return next((other for other in self.all if one.parent and one.parent.span_id == id_of(other)), None)

    def ancestors(self, one: ReadableSpan) -> list[str]:
        """Names from the span up to its root."""
        names = [one.name]
        while (parent := self.parent_of(one)) is not None:
            one = parent
            names.append(one.name)
        return names


def id_of(one: ReadableSpan) -> Any:
    assert one.context is not None
    return one.context.span_id
