"""Whole and streamed replies to LangChain's messages and message chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_weryai.provider import PROVIDER
from langchain_weryai.reply.plain_chunks import arguments_maker, is_inner, plain_maker
from langchain_weryai.request.invalid_calls import spoiler_of
from langchain_weryai.request.signatures import EXTRAS
from weryai_core import Choice, Chunk, ToolCallDelta, Usage
from weryai_core.integration import (
    GrowingExtras,
    holds_only_text,
    merge_sources,
    merge_tool_calls,
    next_arguments,
    parse_arguments,
    search_queries,
)

# Keys of `response_metadata` that mean something to LangChain; no field of a reply may set them.
_RESERVED = frozenset(
    ("model_provider", "finish_reason", "logprobs", "output_version", "model_name", "token_usage")
)


class StreamTranslator:
    """Translates the chunks of one streamed reply to LangChain's message chunks."""

    def __init__(self) -> None:
        self._make_plain = plain_maker()
        self._arguments: dict[int, list[str]] = {}
        self._ids: dict[int, str | None] = {}
        self._extras: dict[int, GrowingExtras] = {}

    def translate(self, chunk: Chunk) -> ChatGenerationChunk:
        """The chunk as LangChain's; the last one has the metadata and the usage."""
        if holds_only_text(chunk):
            choice = chunk.choices[0]
            return self._make_plain(choice.text, choice.reasoning)
        call = next_arguments(chunk)
        if call is not None and call.index in self._arguments and is_inner(call.arguments):
            self._arguments[call.index].append(call.arguments)
            return arguments_maker()(call.index, call.arguments)
        return ChatGenerationChunk(message=self._to_message(chunk))

    def _to_message(self, chunk: Chunk) -> AIMessageChunk:
        # LangChain joins the fragments of a call between message chunks, but not within one.
        calls = list(merge_tool_calls(chunk.choice.tool_calls))
        for call in calls:
            self._arguments.setdefault(call.index, []).append(call.arguments)
            self._ids.setdefault(call.index, call.id)
            if call.extra:
                self._extras.setdefault(call.index, GrowingExtras()).add(call.extra)
        if chunk.is_last:
            calls += self._spoilers()
        fields = common_fields(chunk, chunk.choice)
        # Once per stream: LangChain concatenates repeated values.
        fields["additional_kwargs"].pop(EXTRAS, None)
        if chunk.is_last and self._extras:
            fields["additional_kwargs"][EXTRAS] = {
                self._ids[index]: extra.value() for index, extra in self._extras.items()
            }
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
        """Fragments that make calls invalid whose arguments are not a JSON object."""
        whole = {index: "".join(pieces) for index, pieces in self._arguments.items()}
        return [
            ToolCallDelta(index, arguments=end)
            for index, arguments in whole.items()
            if parse_arguments(arguments) is None and (end := spoiler_of(arguments))
        ]


def to_result(chunk: Chunk) -> ChatResult:
    """A whole reply as LangChain's result, with the service's own usage in `llm_output`."""
    output: dict[str, Any] = {"model_name": chunk.model, "id": chunk.id}
    if chunk.usage is not None:
        output["token_usage"] = dict(chunk.usage.raw)
    return ChatResult(
        generations=[ChatGeneration(message=message) for message in to_messages(chunk)],
        llm_output=output,
    )


def to_messages(chunk: Chunk) -> list[AIMessage]:
    """A whole reply as LangChain's messages, one per choice; the first has the usage."""
    messages = []
    for choice in chunk.choices:
        calls, invalid_calls = to_tool_calls(choice.tool_calls)
        message = AIMessage(
            **common_fields(chunk, choice), tool_calls=calls, invalid_tool_calls=invalid_calls
        )
        messages.append(message)
    # Once only: it is the usage of all choices together.
    messages[0].usage_metadata = to_usage(chunk.usage)
    return messages


def common_fields(chunk: Chunk, choice: Choice) -> dict[str, Any]:
    """The arguments that messages and message chunks have in common."""
    additional: dict[str, Any] = dict(choice.extra)
    if choice.reasoning:
        additional["reasoning_content"] = choice.reasoning
    if choice.refusal:
        additional["refusal"] = choice.refusal
    if choice.audio:
        additional["audio"] = dict(choice.audio)
    if choice.images:
        additional["images"] = [
            {"type": "image_url", "image_url": {"url": image}} for image in choice.images
        ]
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
        # Once per stream: LangChain concatenates repeated values, such as "GPT_5GPT_5".
        metadata |= {k: value for k, value in chunk.metadata.items() if k not in _RESERVED}
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
        if found:
            metadata |= merge_sources(found)
            queries = search_queries(found)
            if queries:
                metadata["web_search_queries"] = queries
        if chunk.usage is not None and choice.index == 0:
            # Where LangChain puts that of `invoke`: with the cost, and as the service names it.
            metadata["token_usage"] = dict(chunk.usage.raw)
    return {
        "content": choice.text,
        "additional_kwargs": additional,
        "response_metadata": metadata,
    }


def to_tool_calls(
    calls: Sequence[ToolCallDelta],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """The valid and the invalid tool calls of a reply: arguments must be a JSON object."""
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
    """The sum of several replies' `usage` objects, including the objects in them.

    Values that are not numbers, such as the flag `is_byok`, are left out.
    """
    total: dict[str, Any] = {}
    for count in counts:
        for name, value in (count or {}).items():
            before = total.get(name)
            if isinstance(value, Mapping):
                total[name] = sum_usage([before if isinstance(before, Mapping) else None, value])
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                total[name] = (before if isinstance(before, (int, float)) else 0) + value
    return total
