"""LlamaIndex's messages to WeryAI's, and chunks of a reply to its responses. Reads media blocks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    ChatResponse,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    LogProb,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from llama_index_weryai._citations import note, to_blocks
from weryai_core import (
    Chunk,
    InvalidRequestError,
    ToolCallDelta,
    UnsupportedContentError,
    merge_sources,
    merge_tool_calls,
    parse_arguments,
)

_ROLES = {MessageRole.CHATBOT: "assistant", MessageRole.MODEL: "assistant"}


def to_params(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """The messages as a request's `messages`; they are not changed.

    Raises:
        UnsupportedContentError: A content block cannot be sent; the error names it.
    """
    return [to_param(message) for message in messages]


def have_media(messages: Sequence[ChatMessage]) -> bool:
    """Whether messages hold blocks for which `to_params` may read files or fetch addresses."""
    media = (ImageBlock, AudioBlock, DocumentBlock)
    return any(isinstance(block, media) for message in messages for block in message.blocks)


def to_param(message: ChatMessage) -> dict[str, Any]:
    """One message as an entry of a request's `messages`.

    Raises:
        UnsupportedContentError: See `to_params`.
    """
    role = _ROLES.get(message.role, message.role.value)
    param: dict[str, Any] = {"role": role, "content": _to_content(message.blocks, role)}
    extra = message.additional_kwargs
    if role == "assistant":
        calls = _call_params(message)
        if calls:
            param["tool_calls"] = calls
            # Null is OpenAI's way of saying that a turn is tool calls only; some refuse "".
            param["content"] = param["content"] or None
    elif role == "tool":
        param["tool_call_id"] = extra.get("tool_call_id")
    if isinstance(extra.get("name"), str):
        param["name"] = extra["name"]
    return param


class ResponseBuilder:
    """Makes LlamaIndex's responses of the chunks of one reply.

    Each response has the whole message so far and, as `delta`, what is new of it; the last one has
    the usage in its `raw`. A reply that comes whole is one chunk, and so one response.
    """

    def __init__(self) -> None:
        self._text = ""
        self._reasoning = ""
        self._refusal = ""
        self._calls: tuple[ToolCallDelta, ...] = ()
        self._finish_reason: str | None = None

    def take(self, chunk: Chunk) -> ChatResponse:
        """The response after this chunk."""
        choice = chunk.choice
        self._text += choice.text
        self._reasoning += choice.reasoning
        self._refusal += choice.refusal
        if choice.tool_calls:
            self._calls = merge_tool_calls((*self._calls, *choice.tool_calls))
        self._finish_reason = choice.finish_reason or self._finish_reason
        additional: dict[str, Any] = {}
        if choice.reasoning:
            # Where agents look for it.
            additional["thinking_delta"] = choice.reasoning
        if chunk.is_last and self._finish_reason:
            additional["finish_reason"] = self._finish_reason
        message = self._message(is_whole=chunk.is_last)
        if choice.citations:
            note(choice.citations)
            message.blocks += to_blocks(choice.citations)
            # Again as plain dicts, and beside the message: streaming chat engines drop blocks, and
            # a completion has no message.
            plain = [citation.to_dict() for citation in choice.citations]
            message.additional_kwargs["citations"] = additional["citations"] = plain
        return ChatResponse(
            message=message,
            delta=choice.text,
            raw=_to_raw(chunk),
            logprobs=_to_logprobs(choice.logprobs),
            additional_kwargs=additional,
        )

    def _message(self, *, is_whole: bool) -> ChatMessage:
        blocks: list[ContentBlock] = []
        if self._reasoning:
            blocks.append(ThinkingBlock(content=self._reasoning))
        if self._text or not self._calls:
            blocks.append(TextBlock(text=self._text))
        blocks += [_to_call_block(call, is_whole=is_whole) for call in self._calls]
        extra: dict[str, Any] = {}
        if self._calls:
            # Core looks for calls in both places.
            extra["tool_calls"] = [_to_call_param(call) for call in self._calls]
        if self._refusal:
            extra["refusal"] = self._refusal
        return ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=extra)


def _to_call_block(call: ToolCallDelta, *, is_whole: bool) -> ToolCallBlock:
    # While it is streamed, and when it is no JSON object, the text is all there is.
    arguments = parse_arguments(call.arguments) if is_whole else None
    return ToolCallBlock(
        tool_call_id=call.id,
        tool_name=call.name or "",
        tool_kwargs=call.arguments if arguments is None else arguments,
    )


def _to_call_param(call: ToolCallDelta) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _to_raw(chunk: Chunk) -> dict[str, Any]:
    """The JSON object as it came, with a `usage` that token counters can read, or none."""
    raw = {name: value for name, value in chunk.raw.items() if name != "usage"}
    if not chunk.is_last:
        return raw
    raw = {"id": chunk.id, "model": chunk.model, "created": chunk.created, **raw}
    raw |= merge_sources((chunk.sources, chunk.choice.sources))
    if chunk.usage is not None:
        raw["usage"] = {
            **chunk.usage.raw,
            "prompt_tokens": chunk.usage.prompt_tokens,
            "completion_tokens": chunk.usage.completion_tokens,
            "total_tokens": chunk.usage.total_tokens,
        }
    return raw


def _to_logprobs(logprobs: Any) -> list[list[LogProb]] | None:
    """OpenAI's log probabilities: per token, the alternatives, or the token itself.

    Entries of another shape are passed over; `raw` has them as they came.
    """
    tokens = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not isinstance(tokens, list) or not tokens:
        return None
    per_token = [_mappings(token.get("top_logprobs")) or [token] for token in _mappings(tokens)]
    return [[*_read_logprobs(entries)] for entries in per_token]


def _read_logprobs(entries: Sequence[Mapping[str, Any]]) -> Iterator[LogProb]:
    for entry in entries:
        # Both by name: core's defaults would make a sure thing of an entry without a number.
        with suppress(ValidationError, KeyError):
            yield LogProb(
                token=entry["token"], logprob=entry["logprob"], bytes=entry.get("bytes") or []
            )


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _to_content(blocks: Sequence[ContentBlock], role: str) -> str | list[dict[str, Any]]:
    """Content as a string where it is text alone, else as a list of parts."""
    parts = []
    for block in blocks:
        # Thoughts and sources are not sent back; tool calls have a place of their own.
        if role == "assistant" and isinstance(block, (ThinkingBlock, ToolCallBlock, CitationBlock)):
            continue
        parts.append(_to_part(block))
    if all(part["type"] == "text" for part in parts):
        # As `ChatMessage.content` joins them.
        return "\n".join(part["text"] for part in parts)
    return parts


def _to_part(block: ContentBlock) -> dict[str, Any]:
    try:
        return _encode(block)
    except (ValueError, OSError) as error:
        # Core reads the file, fetches the address or finds that there is nothing.
        raise InvalidRequestError(
            f"The content of a message cannot be read, namely a block of type "
            f"{type(block).__name__}: {error}"
        ) from error


def _encode(block: ContentBlock) -> dict[str, Any]:
    match block:
        case TextBlock():
            return {"type": "text", "text": block.text}
        case ImageBlock():
            image = {"url": str(block.url) if block.url else _image_url(block)}
            if block.detail:
                image["detail"] = block.detail
            return {"type": "image_url", "image_url": image}
        case AudioBlock():
            sound = block.resolve_audio().read()
            kind = block.format or AudioBlock(audio=sound).format or "wav"
            return {"type": "input_audio", "input_audio": {"data": _base64(sound), "format": kind}}
        case DocumentBlock():
            pages = block.resolve_document().read()
            kind = block.document_mimetype or "application/octet-stream"
            return {
                "type": "file",
                "file": {
                    "filename": block.title,
                    "file_data": f"data:{kind};base64,{_base64(pages)}",
                },
            }
        case _:
            raise UnsupportedContentError(
                f"A {type(block).__name__} cannot be sent; a chat request takes text, images, "
                "audio and documents."
            )


def _image_url(block: ImageBlock) -> str:
    picture = block.resolve_image().read()
    # Core tells the type of bytes and of paths by itself, but not of open files.
    kind = block.image_mimetype or ImageBlock(image=picture).image_mimetype
    if kind is None:
        raise ValueError("what kind of image it is cannot be told; set its `image_mimetype`.")
    return f"data:{kind};base64,{_base64(picture)}"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _call_params(message: ChatMessage) -> list[dict[str, Any]]:
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    if blocks:
        return [_from_call_block(block) for block in blocks]
    # How older histories, and those of other integrations, keep them.
    entries = message.additional_kwargs.get("tool_calls") or []
    return [
        entry.model_dump(exclude_none=True) if isinstance(entry, BaseModel) else dict(entry)
        for entry in entries
    ]


def _from_call_block(block: ToolCallBlock) -> dict[str, Any]:
    arguments = block.tool_kwargs
    text = arguments if isinstance(arguments, str) else to_json(arguments).decode()
    function = {"name": block.tool_name, "arguments": text}
    return {"id": block.tool_call_id, "type": "function", "function": function}
