"""LlamaIndex's messages as the messages of a chat request.

Each message becomes one entry: its blocks become the content, an assistant's reasoning and tool
calls have fields of their own. Content blocks may read files and fetch URLs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import BaseModel

from llama_index_weryai.arguments import MediaSource
from llama_index_weryai.request.content_parts import (
    Part,
    have_media,
    parts_of_answer,
    parts_of_result,
    to_parts,
)
from llama_index_weryai.request.files import Media
from llama_index_weryai.request.signatures import maker_of, signed_calls, signed_reasoning
from weryai_core.integration import (
    FileReader,
    arun_apart,
    calls_of,
    is_plain,
    is_plain_call,
    mark_end,
    to_call_param,
)

_ROLES = {
    **{role: role.value for role in MessageRole},
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.FUNCTION: "tool",  # OpenAI's older name
}

_SCALARS = frozenset((str, int, float, bool, type(None)))
_OF_CALLS = {"model", "tool_calls"}


def to_params(
    messages: Sequence[ChatMessage], media: MediaSource = "any", reader: FileReader | None = None
) -> list[dict[str, Any]]:
    """Return the messages as a request's `messages`, reasoning as `reasoning_content`.

    Args:
        messages: The messages. They stay unchanged.
        media: Whether content blocks may name files and addresses.
        reader: Reads those, within the time of the call. Default: one without such a limit.

    Raises:
        UnsupportedContentError: A content block cannot be sent; the error names it.
        InvalidRequestError: The file or URL of a block cannot be read.
        APITimeoutError: The time of the call is over.
    """
    how = Media(media, reader or FileReader())
    params: list[dict[str, Any]] = []
    for message in messages:
        params.append(to_param(message, how))
        # Core's extractors set it.
        mark_end(params, message.additional_kwargs.get("cache_control"))
    return params


async def ato_params(
    messages: Sequence[ChatMessage], media: MediaSource = "any", reader: FileReader | None = None
) -> list[dict[str, Any]]:
    """Async version of `to_params`: reads media in a thread, not in the event loop."""
    if not have_media(messages):
        return to_params(messages, media)
    reader = reader or FileReader()
    try:
        return await arun_apart(partial(to_params, messages, media, reader))
    except BaseException:
        reader.stop()  # after a cancellation, the thread goes on
        raise


def to_param(message: ChatMessage, media: Media) -> dict[str, Any]:
    """Return one message as an entry of a request's `messages`. See `to_params`."""
    role = _ROLES[message.role]
    extra = message.additional_kwargs
    if role == "assistant":
        param = _from_text_and_calls(message) or _from_assistant(message, media)
    elif role == "tool":
        content: Any = _text_of(message.blocks)
        if content is None:
            content = _to_content(parts_of_result(message.blocks, media))
        param = {"role": role, "content": content, "tool_call_id": extra.get("tool_call_id")}
    else:
        content = _text_of(message.blocks)
        if content is None:
            content = _to_content(to_parts(message.blocks, media))
        param = {"role": role, "content": content}
    if isinstance(extra.get("name"), str):
        param["name"] = extra["name"]
    return param


def _text_of(blocks: Sequence[ContentBlock]) -> str | None:
    """Return the text that the blocks are; None if one of them is something else."""
    if len(blocks) == 1 and type(blocks[0]) is TextBlock:
        return blocks[0].text
    if all(type(block) is TextBlock for block in blocks):
        return "\n".join([block.text for block in blocks])  # type: ignore[union-attr]  # see above
    return None


def _from_text_and_calls(message: ChatMessage) -> dict[str, Any] | None:
    """Return an answer that is a text and calls, and nothing else, as most are; else None."""
    extra = message.additional_kwargs
    if not extra.keys() <= _OF_CALLS:
        return None
    calls = [block for block in message.blocks if type(block) is ToolCallBlock]
    if not calls and not extra.get("tool_calls"):
        text = _text_of(message.blocks)
        return None if text is None else {"role": "assistant", "content": text}
    known = extra.get("tool_calls") or []
    if not (calls and type(known) is list and all(map(is_plain_call, known))):
        return None
    text = _text_of([block for block in message.blocks if type(block) is not ToolCallBlock])
    if text is None:
        return None
    param: dict[str, Any] = {"role": "assistant", "content": text or None}
    maker = maker_of(message)
    if maker:
        param["model"] = maker
    return {**param, "tool_calls": [_call_param(call) for call in calls]}


def _from_assistant(message: ChatMessage, media: Media) -> dict[str, Any]:
    content = _to_content(parts_of_answer(message.blocks, media))
    refusal = message.additional_kwargs.get("refusal")
    if isinstance(refusal, str) and refusal:  # it is what the model said
        if isinstance(content, str):
            content += refusal if refusal != content.strip() else ""
        else:
            content = [*content, {"type": "text", "text": refusal}]
    param: dict[str, Any] = {"role": "assistant", "content": content}
    blocks = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    reasoning = "".join(block.content or "" for block in blocks)
    if reasoning:
        param["reasoning_content"] = reasoning
    calls = _call_params(message)
    signed = signed_reasoning(message, calls)
    param |= signed
    maker = maker_of(message)
    if maker and (calls or signed):
        param["model"] = maker  # it is never sent, and tells the core whose these are
    if calls:
        param["tool_calls"] = calls
        # OpenAI writes null where a turn is tool calls only; some upstreams refuse "".
        param["content"] = content or None
    return param


def _to_content(parts: list[Part]) -> str | list[Part]:
    """Return parts as a string if they are only text."""
    # `ChatMessage.content` joins texts in the same way.
    return "\n".join(part["text"] for part in parts) if is_plain(parts) else parts


def _call_params(message: ChatMessage) -> list[dict[str, Any]]:
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    entries = message.additional_kwargs.get("tool_calls")
    if not isinstance(entries, (list, tuple)):
        entries = calls_of(message.additional_kwargs)
    if blocks:
        # A block has no field for what a model wants back with its call.
        params = [_call_param(block) for block in blocks]
        return signed_calls(message, params, calls_of(message.additional_kwargs))
    # Older histories and other integrations keep calls here.
    if not entries and message.additional_kwargs.get("function_call"):
        entries = [message.additional_kwargs["function_call"]]
    return [_call_param(entry) for entry in entries]


def _call_param(call: Any) -> dict[str, Any]:
    """Return a call as an entry of `tool_calls`. Core leaves out one that names no tool."""
    if type(call) is ToolCallBlock and _is_flat(call.tool_kwargs):
        fields = {"args": call.tool_kwargs, "name": call.tool_name, "id": call.tool_call_id}
        return to_call_param({**fields, "type": "tool_call"})
    fields = call.model_dump() if isinstance(call, BaseModel) else call
    return to_call_param(fields if isinstance(fields, Mapping) else {})


def _is_flat(arguments: Any) -> bool:
    """Return whether arguments hold texts, numbers and the like only."""
    if type(arguments) is str:
        return True
    return type(arguments) is dict and all(type(one) in _SCALARS for one in arguments.values())
