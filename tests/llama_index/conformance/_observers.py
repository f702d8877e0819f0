"""Observers of an LLM: callbacks, instrumentation and a rate limiter that record their calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llama_index.core.callbacks import CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from pydantic import PrivateAttr


class Callbacks(BaseCallbackHandler):
    """Keeps the names of LLM events in order, and all payloads as text."""

    def __init__(self) -> None:
        super().__init__([], [])
        self.llm_events: list[str] = []
        self.seen: list[str] = []

    def on_event_start(
        self,
        event_type: CBEventType,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        parent_id: str = "",
        **kwargs: Any,
    ) -> str:
        self._keep("start", event_type, payload)
        return event_id

    def on_event_end(
        self,
        event_type: CBEventType,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        **kwargs: Any,
    ) -> None:
        self._keep("end", event_type, payload)

    def start_trace(self, trace_id: str | None = None) -> None:
        pass

    def end_trace(
        self, trace_id: str | None = None, trace_map: dict[str, list[str]] | None = None
    ) -> None:
        pass

    def _keep(self, name: str, event_type: CBEventType, payload: dict[str, Any] | None) -> None:
        self.seen.append(str(payload))
        if event_type == CBEventType.LLM:
            self.llm_events.append(name)


class Events(BaseEventHandler):
    """Keeps the events of LlamaIndex's instrumentation."""

    _seen: list[Any] = PrivateAttr(default_factory=list)

    def handle(self, event: Any, **kwargs: Any) -> None:
        self._seen.append(event)

    def named(self, *names: str) -> list[Any]:
        """The events of these classes."""
        return [event for event in self._seen if type(event).__name__ in names]

    def seen(self) -> list[str]:
        """All events as text."""
        return [f"{event!r} {event.model_dump()}" for event in self._seen]


@contextmanager
def watching() -> Iterator[Events]:
    """Collect the events while the block runs."""
    root, events = get_dispatcher(), Events()
    root.add_event_handler(events)
    try:
        yield events
    finally:
        root.event_handlers.remove(events)


class Limiter:
    """A rate limiter that counts, and never waits."""

    def __init__(self) -> None:
        self.asked = 0

    def acquire(self, num_tokens: int = 0) -> None:
        self.asked += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:
        self.asked += 1
