"""Signed reasoning of answers: WeryAI's own, and that of other providers' classes.

ChatAnthropic and ChatBedrockConverse keep signatures in the blocks of reasoning,
ChatGoogleGenerativeAI in a map by the ids of tool calls or in blocks of text, ChatOpenRouter and
ChatLiteLLM in the fields of a message that this package uses too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage

from weryai_core.integration import (
    call_extras,
    family_of,
    google_extras,
    is_reasoning,
    message_extras,
    reasoning_in_part,
    thinking_entry,
    with_extras,
)

EXTRAS = "tool_call_extras"
"""The key of `additional_kwargs` for what models want back with their calls, by id."""

Block = Mapping[str, Any]

_MAKERS = ("model_name", "model", "model_id", "model_provider")
_GOOGLES = "__gemini_function_call_thought_signatures__"
# LangChain joins the texts of streamed entries, and so repeats this field of them.
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)


def maker_of(message: AIMessage) -> str | None:
    """The model that made a message, or its provider; None if the message does not say."""
    found = map(
        message.response_metadata.get, ("model_name", "model", "model_id", "model_provider")
    )
    return next((name for name in found if isinstance(name, str) and name), None)


def signed_calls(
    message: AIMessage, blocks: Sequence[Block], calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The tool calls of a message with what its model wants back with them."""
    own = _mapping(message.additional_kwargs.get(EXTRAS))
    googles = _mapping(message.additional_kwargs.get(_GOOGLES))
    of_position = _by_position(blocks)
    of_id = {block["id"]: block for block in blocks if isinstance(block.get("id"), str)}
    signed = []
    for position, call in enumerate(calls):
        places = (of_id.get(call["id"]), of_position.get(position))
        found = (_signature_of(block) for block in places if block is not None)
        signature = googles.get(call["id"]) or next(filter(None, found), None)
        extras = own.get(call["id"]) or call_extras(call) or google_extras(signature)
        signed.append(with_extras(call, _mapping(extras)))
    return signed


def signed_reasoning(
    message: AIMessage, blocks: Sequence[Block], calls: Sequence[dict[str, Any]]
) -> Mapping[str, Any]:
    """The fields for signed reasoning of a message, apart from those of its calls."""
    own = message_extras(message.additional_kwargs)
    if own:
        return {name: _restored(value) for name, value in own.items()}
    is_gemini = family_of(maker_of(message) or "") == "Gemini"
    entries = [] if is_gemini else [entry for block in blocks if (entry := _thinking(block))]
    if entries:
        return {"thinking_blocks": entries}
    if any(map(call_extras, calls)):
        return {}
    # Only Google signs text as well.
    said = [block for block in blocks if is_gemini or not is_reasoning(block)]
    found = [signature for block in said if (signature := _signature_of(block))]
    return google_extras(found[-1]) if found else {}


def _by_position(blocks: Sequence[Block]) -> dict[int, Block]:
    """The blocks in which older versions keep signatures, by the positions of the calls."""
    found = [block for block in blocks if block.get("type") == "function_call_signature"]
    given = [block.get("index") for block in found]
    numbers = [index if isinstance(index, int) else place for place, index in enumerate(given)]
    return dict(zip(numbers, found, strict=True))


def _thinking(block: Block) -> dict[str, Any] | None:
    """A block of Claude's as an entry of `thinking_blocks`; None if it is not signed."""
    if block.get("type") == "redacted_thinking":
        data = block.get("data")
        return {"type": "redacted_thinking", "data": data} if isinstance(data, str) else None
    if not is_reasoning(block):
        return None
    return thinking_entry(reasoning_in_part(block), _signature_of(block))


def _signature_of(block: Block) -> object:
    """The signature of a block, in the forms of Anthropic, Google, Bedrock and LangChain's v1."""
    inner = _mapping(block.get("reasoning_content") or block.get("reasoningContent"))
    places = (block, block.get("extras"), inner, inner.get("reasoningText"))
    for fields in map(_mapping, places):
        signature = fields.get("signature") or fields.get("thought_signature")
        if signature:
            return signature
    return None


def _restored(value: Any) -> Any:
    """Entries of `reasoning_details` as they were before LangChain joined the chunks."""
    return [_with_one_format(entry) for entry in value] if isinstance(value, list) else value


def _with_one_format(entry: Any) -> Any:
    form = entry.get("format") if isinstance(entry, Mapping) else None
    repeated = _REPEATED.fullmatch(form) if isinstance(form, str) else None
    return {**entry, "format": repeated[1]} if repeated else entry


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
