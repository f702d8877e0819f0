"""A reply and its chunks to LangChain's messages. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.utils.json import parse_partial_json

from langchain_weryai.request.messages import EXTRAS
from weryai_core import Choice, Chunk, ToolCallDelta, Usage
from weryai_core.integration import merge_sources, merge_tool_calls, parse_arguments, search_queries

PROVIDER = "weryai"
"""What `response_metadata["model_provider"]` and LangSmith call us."""


class StreamTranslator:
    """Makes LangChain's message chunks of the chunks of one streamed reply."""

    def __init__(self) -> None:
        self._arguments: dict[int, list[str]] = {}
        self._ids: dict[int, str | None] = {}

    def take(self, chunk: Chunk) -> AIMessageChunk:
        """A piece of the reply as LangChain's; the closing one has the metadata and usage."""
        # LangChain joins the fragments of a call from piece to piece, and not within one.
        calls = list(merge_tool_calls(chunk.choice.tool_calls))
        for call in calls:
            self._arguments.setdefault(call.index, []).append(call.arguments)
            self._ids.setdefault(call.index, call.id)
        if chunk.is_last:
            calls += self._spoilers()
        fields = common_fields(chunk, chunk.choice)
        extras = {self._ids[call.index]: dict(call.extra) for call in calls if call.extra}
        if extras:
            fields["additional_kwargs"][EXTRAS] = extras
        return AIMessageChunk(
            **fields,
            usage_metadata=to_usage(chunk.usage),
            tool_call_chunks=[
                tool_call_chunk(name=call.name, args=call.arguments, id=call.id, index=call.index)
                for call in calls
            ],
            chunk_position="last" if chunk.is_last else None,
        )

    def _spoilers(self) -> list[ToolCallDelta]:
        """What makes invalid calls of those whose arguments are no JSON object.

        LangChain completes the JSON of streamed arguments, so that those cut off at `max_tokens`
        would pass for a call, and half a path for a path.
        """
        whole = {index: "".join(pieces) for index, pieces in self._arguments.items()}
        return [
            ToolCallDelta(index, arguments=end)
            for index, arguments in whole.items()
            if parse_arguments(arguments) is None and (end := _spoiler(arguments))
        ]


def _spoiler(arguments: str) -> str:
    """What to append to arguments so that LangChain finds no object in them; "" for nothing.

    A bracket that nothing opened, behind the text that they may have broken off in.
    """
    for end in ("", "]", "}", '"]', '"}', '""]', '""}'):
        try:
            if not isinstance(parse_partial_json(arguments + end), dict):
                return end
        except ValueError:
            return end
    return ""


def to_messages(chunk: Chunk) -> list[AIMessage]:
    """A whole reply as LangChain's messages, one a choice; the first has the usage."""
    messages = []
    for choice in chunk.choices:
        calls, invalid_calls = to_tool_calls(choice.tool_calls)
        message = AIMessage(
            **common_fields(chunk, choice), tool_calls=calls, invalid_tool_calls=invalid_calls
        )
        messages.append(message)
    # Counted once: it is the usage of all choices together.
    messages[0].usage_metadata = to_usage(chunk.usage)
    return messages


def common_fields(chunk: Chunk, choice: Choice) -> dict[str, Any]:
    """What messages and their pieces have in common, as arguments of theirs."""
    additional: dict[str, Any] = {}
    if choice.reasoning:
        additional["reasoning_content"] = choice.reasoning
    if choice.refusal:
        additional["refusal"] = choice.refusal
    if choice.audio:
        additional["audio"] = dict(choice.audio)
    extras = {call.id: dict(call.extra) for call in choice.tool_calls if call.id and call.extra}
    if extras:
        additional[EXTRAS] = extras
    if choice.citations:
        additional["citations"] = [citation.to_dict() for citation in choice.citations]
    metadata: dict[str, Any] = {"model_provider": PROVIDER}
    if choice.finish_reason:
        metadata["finish_reason"] = choice.finish_reason
    if choice.logprobs:
        metadata["logprobs"] = choice.logprobs
    if chunk.is_last:
        # Once a stream: LangChain joins what chunks repeat, "GPT_5" twice to "GPT_5GPT_5".
        metadata |= {
            name: value
            for name, value in (
                ("id", chunk.id),
                ("model_name", chunk.model),
                ("created", chunk.created),
                ("system_fingerprint", chunk.system_fingerprint),
            )
            if value is not None
        }
        found = [fields for fields in (chunk.sources, choice.sources) if fields]
        metadata |= merge_sources(found)
        queries = search_queries(found)
        if queries:
            metadata["web_search_queries"] = queries
    return {
        "content": choice.text,
        "additional_kwargs": additional,
        "response_metadata": metadata,
    }


def to_tool_calls(
    calls: Sequence[ToolCallDelta],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Whole tool calls; those whose arguments are no JSON object are invalid."""
    valid, invalid = [], []
    for call in calls:
        arguments = parse_arguments(call.arguments)
        if arguments is None:
            error = "The arguments are not a JSON object."
            invalid.append(
                invalid_tool_call(name=call.name, args=call.arguments, id=call.id, error=error)
            )
        else:
            valid.append(tool_call(name=call.name or "", args=arguments, id=call.id))
    return valid, invalid


def to_usage(usage: Usage | None) -> UsageMetadata | None:
    """Token counts in LangChain's terms."""
    if usage is None:
        return None
    metadata = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )
    of_input = {
        "cache_read": usage.cached_tokens,
        "cache_creation": usage.cache_write_tokens,
        "audio": usage.prompt_audio_tokens,
    }
    of_output = {"reasoning": usage.reasoning_tokens, "audio": usage.completion_audio_tokens}
    for name, details in (("input_token_details", of_input), ("output_token_details", of_output)):
        known = {key: count for key, count in details.items() if count is not None}
        if known:
            metadata[name] = known  # type: ignore[literal-required]  # two keys of the TypedDict
    return metadata


def sum_usage(counts: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The service's `usage` objects of several replies in one; objects in them likewise."""
    total: dict[str, Any] = {}
    for count in counts:
        for name, value in (count or {}).items():
            if isinstance(value, Mapping):
                total[name] = sum_usage([total.get(name), value])
            elif isinstance(value, (int, float)):
                total[name] = total.get(name, 0) + value
    return total
