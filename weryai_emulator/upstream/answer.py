"""The answer of an upstream as the gateway sends it.

Its texts, usage, log probabilities and all fields that the gateway does not know stay as they are.
The identifier and the name of the model are the gateway's, and a web search adds its sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from weryai_emulator.json_text import JsonObject
from weryai_emulator.upstream.sources import Search, StreamedSources, add_sources


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway knows of an answer before it comes.

    Attributes:
        id: The identifier of the completion.
        model: The model that the client asked for.
        search: The web search for it, or None.
    """

    id: str
    model: str
    search: Search | None = None

    def document(self, body: JsonObject) -> JsonObject:
        """Return a whole completion."""
        body = {**body, "id": self.id, "model": self.model}
        return body if self.search is None else add_sources(body, self.search)


class AnswerStream:
    """A streamed completion, chunk by chunk.

    Args:
        answer: What is known of it.
    """

    def __init__(self, answer: Answer) -> None:
        self._identity = {"id": answer.id, "model": answer.model}
        self._sources = None if answer.search is None else StreamedSources(answer.search)

    def translate(self, chunk: JsonObject) -> Iterator[JsonObject]:
        """Yield the chunks to send for one of the upstream's."""
        chunk = {**chunk, **self._identity}
        return iter([chunk]) if self._sources is None else self._sources.place(chunk)

    def finish(self) -> Iterator[JsonObject]:
        """Yield the chunks to send before the end of the stream."""
        return iter(()) if self._sources is None else self._sources.finish()
