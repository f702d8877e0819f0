"""LangChain's messages to WeryAI's, and chunks of a reply to LangChain's messages. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
    convert_to_openai_data_block,
    is_data_content_block,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.utils.json import parse_partial_json
from pydantic_core import to_json

from weryai_core import (
    Choice,
    Chunk,
    ToolCallDelta,
    UnsupportedContentError,
    Usage,
    merge_sources,
    parse_arguments,
    search_queries,
)

PROVIDER = "weryai"
"""What `response_metadata["model_provider"]` and LangSmith call us."""

# Parts of an assistant's turn that are sent elsewhere (tool calls) or not sent back (thoughts).
_ASSISTANT_EXTRAS = frozenset(
    (
        "tool_use",
        "tool_call",
        "tool_call_chunk",
        "invalid_tool_call",
        "reasoning",
        "reasoning_content",
        "thinking",
        "redacted_thinking",
    )
)
# Content parts that are OpenAI's already.
_OPENAI_PARTS = frozenset(("image_url", "input_audio", "video_url", "refusal"))


def to_params(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The messages as a request's `messages`.

    Raises:
        UnsupportedContentError: A message or a content block cannot be sent; the error names it.
    """
    return [to_param(message) for message in messages]


def to_param(message: BaseMessage) -> dict[str, Any]:
    """One message as an entry of a request's `messages`.

    Raises:
        UnsupportedContentError: See `to_params`.
    """
    match message:
        case AIMessage():
            param = _from_ai(message)
        case HumanMessage():
            param = {"role": "user", "content": _to_content(message.content)}
        case SystemMessage():
            # Where LangChain keeps that a system message came in as OpenAI's developer role.
            role = message.additional_kwargs.get("__openai_role__", "system")
            param = {"role": role, "content": _to_content(message.content)}
        case ToolMessage():
            param = {
                "role": "tool",
                "tool_call_id": message.tool_call_id,
                "content": _to_content(message.content),
            }
        case FunctionMessage():
            param = {"role": "function", "content": _to_content(message.content)}
        case ChatMessage():
            param = {"role": message.role, "content": _to_content(message.content)}
        case _:
            raise UnsupportedContentError(
                f"A {type(message).__name__} cannot be sent; use a SystemMessage, HumanMessage, "
                "AIMessage, ToolMessage or ChatMessage."
            )
    if message.name:
        param["name"] = message.name
    return param


class StreamTranslator:
    """Makes LangChain's message chunks of the chunks of one streamed reply."""

    def __init__(self) -> None:
        self._arguments: dict[int, list[str]] = {}

    def take(self, chunk: Chunk) -> AIMessageChunk:
        """A piece of the reply as LangChain's; the closing one has the metadata and usage."""
        calls = list(chunk.choice.tool_calls)
        for call in calls:
            self._arguments.setdefault(call.index, []).append(call.arguments)
        if chunk.is_last:
            calls += self._spoilers()
        return AIMessageChunk(
            **_common_fields(chunk, chunk.choice),
            usage_metadata=_to_usage(chunk.usage),
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
        calls, invalid_calls = _to_tool_calls(choice.tool_calls)
        message = AIMessage(
            **_common_fields(chunk, choice), tool_calls=calls, invalid_tool_calls=invalid_calls
        )
        messages.append(message)
    # Counted once: it is the usage of all choices together.
    messages[0].usage_metadata = _to_usage(chunk.usage)
    return messages


def _common_fields(chunk: Chunk, choice: Choice) -> dict[str, Any]:
    additional: dict[str, Any] = {}
    if choice.reasoning:
        additional["reasoning_content"] = choice.reasoning
    if choice.refusal:
        additional["refusal"] = choice.refusal
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


def _to_tool_calls(
    calls: Sequence[ToolCallDelta],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
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


def _to_usage(usage: Usage | None) -> UsageMetadata | None:
    if usage is None:
        return None
    metadata = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )
    of_input = {"cache_read": usage.cached_tokens, "audio": usage.prompt_audio_tokens}
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


def _from_ai(message: AIMessage) -> dict[str, Any]:
    parts = [part for part in _to_parts(message.content) if part["type"] not in _ASSISTANT_EXTRAS]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    # An answer streamed as blocks is one text, so its blocks are joined without a gap.
    content: Any = "".join(texts) if len(texts) == len(parts) else parts
    calls = [_call_param(call["id"], call["name"], call["args"]) for call in message.tool_calls]
    calls += [
        _call_param(call["id"], call["name"], call["args"]) for call in message.invalid_tool_calls
    ]
    param: dict[str, Any] = {"role": "assistant", "content": content}
    if calls:
        param["tool_calls"] = calls
        # Null is OpenAI's way of saying that a turn is tool calls only; some refuse "".
        param["content"] = content or None
    return param


def _call_param(id_: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else to_json(arguments or {}).decode()
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": text}}


def _to_content(content: str | list[str | dict[Any, Any]]) -> str | list[dict[str, Any]]:
    """Content as a string where it is one text, else as a list of parts."""
    if isinstance(content, str):
        return content
    parts = [_checked(part) for part in _to_parts(content)]
    if not parts:
        return ""
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return str(parts[0]["text"])
    return parts


def _to_parts(content: str | list[str | dict[Any, Any]]) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [_to_part(block) for block in content]


def _to_part(block: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    kind = block.get("type")
    if kind == "text" or (kind == "text-plain" and "text" in block):
        part = {"type": "text", "text": block.get("text") or ""}
        if "cache_control" in block:
            part["cache_control"] = block["cache_control"]
        return part
    if kind in _OPENAI_PARTS or (kind == "file" and "file" in block) or kind in _ASSISTANT_EXTRAS:
        return dict(block)
    if kind in ("image", "document") and isinstance(block.get("source"), Mapping):
        return _from_anthropic(str(kind), block["source"])
    if is_data_content_block(dict(block)):
        try:
            return convert_to_openai_data_block(dict(block))
        except (ValueError, KeyError) as error:
            raise UnsupportedContentError(
                f"A content block of type {kind!r} cannot be sent: {error}"
            ) from error
    raise UnsupportedContentError(
        f"A content block of type {kind!r} cannot be sent; a chat request takes text, images, "
        "audio and files."
    )


def _checked(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] in _ASSISTANT_EXTRAS:
        raise UnsupportedContentError(
            f"A content block of type {part['type']!r} belongs into an AIMessage."
        )
    return part


def _from_anthropic(kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """Anthropic's image and document blocks, as OpenAI's parts."""
    url = source.get("url")
    if source.get("type") == "base64":
        url = f"data:{source.get('media_type')};base64,{source.get('data')}"
    if not isinstance(url, str):
        raise UnsupportedContentError(
            f"An Anthropic {kind} block with a source of type {source.get('type')!r} cannot be "
            "sent; use 'base64' or 'url'."
        )
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": "document", "file_data": url}}
