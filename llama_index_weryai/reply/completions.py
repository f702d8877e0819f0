"""The chunks of a streamed reply as LlamaIndex's completions, which have no message.

The usual chunk, with text or reasoning alone, becomes a completion at once. Any other becomes a
response first, from which LlamaIndex takes the completion.
"""

from __future__ import annotations

from llama_index.core.base.llms.generic_utils import chat_response_to_completion_response
from llama_index.core.base.llms.types import CompletionResponse

from llama_index_weryai.reply.plain_responses import completion_maker
from llama_index_weryai.reply.responses import ResponseBuilder
from weryai_core import Chunk


class CompletionBuilder:
    """Builds the completions. Each holds all text so far and, as `delta`, the new text."""

    def __init__(self) -> None:
        self._responses = ResponseBuilder()
        self._make_plain = completion_maker()

    def add(self, chunk: Chunk) -> CompletionResponse:
        """Return the completion after this chunk."""
        plain = self._responses.next_plain(chunk)
        if plain is not None:
            text, _, delta, raw, additional = plain
            return self._make_plain(text, delta, raw, additional)
        response = self._responses.add_any(chunk)
        completion = chat_response_to_completion_response(response)
        completion.delta = response.delta
        return completion
