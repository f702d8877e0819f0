"""The data of a content block, from whichever fields hold it, and the error where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from langchain_weryai.request.blocks import Block
from weryai_core import UnsupportedContentError
from weryai_core.integration import data_uri, format_of_base64, to_base64

_TITLES = ("filename", "title", "name")
# LangChain's name, Anthropic's and MCP's.
_MIME_TYPES = ("mime_type", "media_type", "mimeType")
# LangChain's and OpenAI's names, Google's, and MCP's.
_ADDRESSES = ("url", "image_url", "file_url", "file_uri", "fileUri", "uri")


class BlockData(NamedTuple):
    """The data of a block in each form; None, or "" for the type, where it has none."""

    url: str | None
    base64: str | None
    file_id: str | None
    text: str | None
    mime_type: str


def read_data(block: Block) -> BlockData:
    """The data of a block. Bytes become base64, and so does a data URI."""
    source = block.get("source")  # Anthropic's
    fields = source if isinstance(source, Mapping) else block
    kind = block.get("source_type") if fields is block else fields.get("type")
    url = _first(fields, _ADDRESSES)
    if isinstance(url, Mapping):  # OpenAI's `image_url`
        url = url.get("url")
    mime_type = _first(fields, _MIME_TYPES)
    data = fields.get("data") if kind is not None else _first(fields, ("base64", "data"))
    file_id = fields.get("id") if kind == "id" else fields.get("file_id")
    text = fields.get("text")
    if kind == "text" and text is None:
        data, text = None, data
    for given in (url, data):
        if isinstance(given, str) and given.startswith("data:") and ";base64," in given:
            head, _, data = given.partition(";base64,")
            url, mime_type = None, head.removeprefix("data:")
    if isinstance(data, (bytes, bytearray)):
        data = to_base64(bytes(data))
    return BlockData(_str(url), _str(data), _str(file_id), _str(text), _str(mime_type) or "")


def address_of(block: Block, kind: str) -> str:
    """The address of a block's data, which for base64 is a data URI.

    Raises:
        UnsupportedContentError: The block has no address and no data, or the data have no type.
    """
    data = read_data(block)
    if data.base64 is not None:
        return data_uri(mime_type_of(block, data), data.base64)
    if data.url is None:
        raise refusal_of(block, f"Pass the {kind} as a URL or as base64.")
    return data.url


def mime_type_of(block: Block, data: BlockData) -> str:
    """The MIME type of a block's data: the one that the block has, or that of their first bytes.

    Raises:
        UnsupportedContentError: The block has none, and the data have no known signature.
    """
    mime_type = data.mime_type or format_of_base64(data.base64 or "")
    if not mime_type:
        raise refusal_of(block, "Add the `mime_type` of its base64.")
    return mime_type


def title_of(block: Block) -> Any:
    """The name of a block's file, or its title; None if it has none."""
    return next((name for key in _TITLES if (name := extra_of(block, key))), None)


def extra_of(block: Block, name: str) -> Any:
    """A field of a block itself, or of where LangChain keeps fields outside its standard."""
    for fields in (block, block.get("extras"), block.get("metadata")):
        if isinstance(fields, Mapping) and fields.get(name) is not None:
            return fields[name]
    return None


def refusal_of(block: Block, advice: str) -> UnsupportedContentError:
    """The error for a block whose data cannot be sent."""
    source = block.get("source")
    kind = source.get("type") if isinstance(source, Mapping) else block.get("source_type")
    names = ("url", "base64", "data", "file_id", "image_url", "file_url", "file_uri", "source")
    held = kind or next((name for name in names if block.get(name)), "nothing")
    return UnsupportedContentError(
        f"A content block of type {block['type']!r} that holds {held!r} cannot be sent. {advice}"
    )


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if fields.get(name)), None)


def _str(value: object) -> str | None:
    return value if isinstance(value, str) else None
