"""The chunks of a streamed reply as LlamaIndex's completions, which have no message.

The usual chunk, with text or reasoning alone, becomes a completion at once. Any other becomes a
response first, from which LlamaIndex takes the completion.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from llama_index.core.base.llms.generic_utils import chat_response_to_completion_response
from llama_index.core.base.llms.types import CompletionResponse

from llama_index_weryai.reply.responses import ResponseBuilder
from weryai_core import Chunk
from weryai_core.integration import (
    choose_maker,
    new_object,
    set_extra,
    set_fields,
    set_names,
    set_private,
)

CompletionMaker = Callable[[str, str, dict[str, Any], dict[str, Any]], CompletionResponse]
"""Makes the completion: all text so far, the new text, the JSON object, additional arguments."""

_EXAMPLES: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("", "", {}, {}),
    (" Hi\n", "\n", {"id": "c", "choices": [{"index": 0}]}, {"thinking_delta": "\t"}),
    ('\u00e9\U0001f600 {"a": "', "", {"id": None}, {}),
)


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


@cache
def completion_maker() -> CompletionMaker:
    """The maker of this process: the quick one unless LlamaIndex's class has changed."""
    return choose_maker(make_quickly, make_validated, _EXAMPLES)


def make_validated(
    text: str, delta: str, raw: dict[str, Any], additional: dict[str, Any]
) -> CompletionResponse:
    """The completion, made by LlamaIndex's constructor."""
    return CompletionResponse(text=text, delta=delta, raw=raw, additional_kwargs=additional)


def make_quickly(
    text: str, delta: str, raw: dict[str, Any], additional: dict[str, Any]
) -> CompletionResponse:
    """The completion, made without validation. It keeps the two dicts as they are."""
    completion = new_object(CompletionResponse)
    set_fields(
        completion,
        {
            "text": text,
            "additional_kwargs": additional,
            "raw": raw,
            "logprobs": None,
            "delta": delta,
        },
    )
    set_names(completion, {"text", "additional_kwargs", "raw", "delta"})
    set_extra(completion, None)
    set_private(completion, None)
    return completion
