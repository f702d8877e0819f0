"""One content block as a part of a request's content."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_weryai.request.block_data import (
    address_of,
    extra_of,
    mime_type_of,
    read_data,
    refusal_of,
    title_of,
)
from langchain_weryai.request.blocks import CALLS, Block, kind_of, to_blocks
from weryai_core import UnsupportedContentError
from weryai_core.integration import (
    audio_part,
    file_part,
    is_plain,
    is_reasoning,
    link_in_words,
    source_in_words,
    text_in_words,
    value_in_words,
)

Part = dict[str, Any]

# For a clearer error in messages of users.
_ONLY_IN_ANSWERS = CALLS | {"server_tool_call", "server_tool_use", "server_tool_result"}
_OF_LANGCHAIN = frozenset(("id", "index", "extras", "annotations"))


def to_part(block: Block) -> Part:
    """A block as a part.

    Raises:
        UnsupportedContentError: The block cannot be sent; the error names it.
    """
    kind = kind_of(block)
    build = _BUILDERS.get(kind)
    if build is None:
        if kind in _ONLY_IN_ANSWERS or is_reasoning(block):
            raise UnsupportedContentError(
                f"A content block of type {kind!r} is allowed in an AIMessage only."
            )
        raise UnsupportedContentError(
            f"A content block of type {block.get('type')!r} cannot be sent; a chat request takes "
            "text, images, audio, video and files."
        )
    part = build(block)
    cache_control = extra_of(block, "cache_control")
    if cache_control is not None:
        part["cache_control"] = cache_control
    return part


def is_spoken(block: Block) -> bool:
    """Whether a block is text or a medium, and so may be part of a model's answer."""
    return kind_of(block) in _SPOKEN_BUILDERS


def _text(block: Block) -> Part:
    return {"type": "text", "text": text_in_words(block.get("text"))}


def _refused(block: Block) -> Part:
    # A refusal is what the model said, and every upstream takes text.
    refusal = block.get("refusal")
    return {"type": "text", "text": refusal if isinstance(refusal, str) else ""}


def _openai_media(block: Block) -> Part:
    """A medium in OpenAI's own form, without LangChain's fields."""
    kind = block["type"]
    medium = block.get(kind)
    if isinstance(medium, str) and medium and kind != "input_audio":
        medium = {"url": medium}  # LangChain's older examples have the address alone
    needed = "data" if kind == "input_audio" else "url"
    held = medium.get(needed) if isinstance(medium, Mapping) else None
    if not isinstance(medium, Mapping) or not isinstance(held, str) or not held:
        raise refusal_of(block, f"Pass `{kind}` as an object that has `{needed}`.")
    other = {name: value for name, value in block.items() if name not in _OF_LANGCHAIN}
    return {**other, kind: medium}


def _image(block: Block) -> Part:
    image = {"url": address_of(block, "image")}
    detail = extra_of(block, "detail")
    return {"type": "image_url", "image_url": {**image, "detail": detail} if detail else image}


def _video(block: Block) -> Part:
    return {"type": "video_url", "video_url": {"url": address_of(block, "video")}}


def _audio(block: Block) -> Part:
    data = read_data(block)
    if data.base64 is None:
        raise refusal_of(block, "Pass the audio as base64, with its `mime_type`.")
    return audio_part(data.base64, mime_type_of(block, data))


def _file(block: Block) -> Part:
    if isinstance(block.get("file"), Mapping):
        return {"type": "file", "file": dict(block["file"])}
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("type") == "content":
        return _document_of_blocks(block, source.get("content"))
    data = read_data(block)
    if data.text is not None:
        return _with_title(block, data.text)
    if data.file_id is not None:
        return {"type": "file", "file": {"file_id": data.file_id}}
    if data.base64 is None:
        raise refusal_of(block, "Pass the file as base64, with its `mime_type`, or as an id.")
    return file_part(title_of(block), mime_type_of(block, data), data.base64)


def _google_media(block: Block) -> Part:
    """Google's block for data of any MIME type."""
    data = read_data(block)
    if data.url is None and data.base64 is None:
        raise refusal_of(block, "Pass `data` as base64, with its `mime_type`, or a `file_uri`.")
    kind = mime_type_of(block, data).lower().partition("/")[0]
    builders = {"image": _image, "audio": _audio, "video": _video, "text": _plain_text}
    return builders.get(kind, _file)(block)


def _document_of_blocks(block: Block, content: object) -> Part:
    """Anthropic's document that holds blocks, which must be text."""
    parts = [to_part(inner) for inner in _inner(content) if "cachePoint" not in inner]
    if not parts or not is_plain(parts):
        raise refusal_of(block, "Send its blocks as blocks of the message.")
    return _with_title(block, _joined(parts))


def _search_result(block: Block) -> Part:
    parts = [to_part(inner) for inner in _inner(block.get("content")) if is_spoken(inner)]
    words = source_in_words(block.get("title"), block.get("source"), _joined(parts))
    return {"type": "text", "text": words}


def _resource_link(block: Block) -> Part:
    return {"type": "text", "text": link_in_words(block)}


def _resource(block: Block) -> Part:
    """MCP's embedded resource: its text, or its medium if a part can carry that."""
    held = block.get("resource")
    if not isinstance(held, Mapping):
        raise refusal_of(block, "Pass its `resource` as an object.")
    text, blob = held.get("text"), held.get("blob")
    if isinstance(text, str):
        about = held.get("title") or held.get("uri")
        return {"type": "text", "text": source_in_words(about, None, text)}
    if not isinstance(blob, str):
        return _resource_link(held)
    mime_type = held.get("mimeType") or held.get("mime_type") or "application/octet-stream"
    name = held.get("name") or str(held.get("uri") or "").rpartition("/")[2]
    return _google_media(
        {"type": "resource", "base64": blob, "mime_type": str(mime_type), "filename": name}
    )


def _json(block: Block) -> Part:
    return {"type": "text", "text": value_in_words(block.get("json", block))}


def _plain_text(block: Block) -> Part:
    data = read_data(block)
    text = data.text
    if data.base64 is not None:
        try:
            text = base64.b64decode(data.base64, validate=True).decode()
        except ValueError as error:  # also that of base64 and that of UTF-8
            raise refusal_of(block, "Its base64 is not UTF-8 text.") from error
    if text is None:
        return _file(block)
    return _with_title(block, text)


def _input_file(block: Block) -> Part:
    fields = {name: block[name] for name in ("filename", "file_data", "file_id") if name in block}
    if not fields.keys() & {"file_data", "file_id"}:
        raise refusal_of(block, "Pass the file as `file_data` or `file_id`.")
    return {"type": "file", "file": fields}


def _with_title(block: Block, text: str) -> Part:
    about = (block.get("title"), block.get("context"))
    return {"type": "text", "text": "\n".join([*filter(None, about), text])}


def _inner(content: object) -> list[dict[str, Any]]:
    """The blocks inside a block."""
    return to_blocks(content) if isinstance(content, (str, list)) else []


def _joined(parts: Sequence[Part]) -> str:
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


_SPOKEN_BUILDERS: dict[str, Callable[[Block], Part]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "text-plain": _plain_text,
    "refusal": _refused,
    "image": _image,
    "input_image": _image,
    "audio": _audio,
    "video": _video,
    "file": _file,
    "document": _file,
    "input_file": _input_file,
    "media": _google_media,
    "file_data": _google_media,
    # OpenAI's own.
    "image_url": _openai_media,
    "input_audio": _openai_media,
    "video_url": _openai_media,
}
# What users and tools send, and models do not.
_GIVEN_BUILDERS: dict[str, Callable[[Block], Part]] = {
    "search_result": _search_result,  # Anthropic's
    "computer_screenshot": _image,  # OpenAI's
    "resource_link": _resource_link,  # MCP's
    "resource": _resource,
    "json": _json,
}
_BUILDERS = _SPOKEN_BUILDERS | _GIVEN_BUILDERS
