"""Content blocks as the parts of a message's content.

What happens to a block that no part can carry depends on who wrote it: for a user it is an error
that names it (`to_parts`), from a model it is left out (`parts_of_answer`), and from a tool it is
put into words (`parts_of_result`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from langchain_weryai.request.block_data import read_data, title_of
from langchain_weryai.request.block_parts import Part, is_spoken, to_part
from langchain_weryai.request.blocks import Block, kind_of, to_blocks
from weryai_core import UnsupportedContentError
from weryai_core.integration import is_reasoning, link_in_words, value_in_words


def to_parts(blocks: Sequence[Block]) -> list[Part]:
    """The blocks of a user's message as parts.

    Raises:
        UnsupportedContentError: A block cannot be sent; the error names it.
    """
    parts: list[Part] = []
    for block in blocks:
        if "cachePoint" not in block:
            parts.append(to_part(block))
        elif parts:
            # Bedrock's: it covers everything up to here, so it marks the part before it.
            parts[-1]["cache_control"] = {"type": "ephemeral"}
    return parts


def parts_of_answer(blocks: Sequence[Block]) -> list[Part]:
    """The text and the media of an assistant's message as parts.

    Any other block is a trace of another provider's server and is left out, whatever its kind. So
    are reasoning and tool calls, which have fields of their own.
    """
    parts = []
    for block in blocks:
        if is_spoken(block) and not is_reasoning(block):
            with suppress(UnsupportedContentError):
                part = to_part(block)
                if part["type"] != "text" or part["text"]:
                    parts.append(part)
    return parts


def parts_of_result(blocks: Sequence[Block]) -> list[Part]:
    """The output of a tool as parts. What no part can carry is put into words."""
    parts: list[Part] = []
    for block in blocks:
        content = block.get("content")
        if kind_of(block) == "tool_result":  # Anthropic's
            parts += parts_of_result(to_blocks(content)) if isinstance(content, (str, list)) else []
        elif not is_reasoning(block) and "cachePoint" not in block:
            try:
                parts.append(to_part(block))
            except UnsupportedContentError:
                parts.append({"type": "text", "text": _in_words(block)})
    return parts


def _in_words(block: Block) -> str:
    """A block that no part can carry, as text for the model."""
    if not is_spoken(block):
        return value_in_words(block)
    data = read_data(block)
    link = link_in_words({"title": title_of(block), "uri": data.url or data.file_id})
    if not link and data.base64 is None:
        return value_in_words(block)  # in a form that is unknown
    # Never base64: a model cannot read it, and pays for each character.
    return f"[{block['type']}] {link}".rstrip()
