"""Content blocks to the parts of a request's content.

It reads LangChain's standard blocks of both versions, and the blocks of OpenAI's two APIs,
Anthropic's, Bedrock's and MCP's. What happens to a block that no part can carry depends on who
wrote it: for a user it is an error that names it (`to_parts`), from a model it is left out
(`parts_of_answer`), and from a tool it is put into words (`parts_of_result`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from weryai_core import UnsupportedContentError
from weryai_core.integration import (
    audio_part,
    data_uri,
    file_part,
    is_plain,
    is_reasoning,
    link_in_words,
    source_in_words,
    to_base64,
    value_in_words,
)

Content = str | list[str | dict[Any, Any]]
Block = Mapping[str, Any]
Part = dict[str, Any]

CALLS = frozenset(
    ("tool_use", "tool_call", "invalid_tool_call", "function_call", "custom_tool_call")
)
"""The types of blocks that are tool calls."""


def to_blocks(content: Content) -> list[dict[str, Any]]:
    """Content as blocks that each have a type, out of LangChain's wrapping."""
    if isinstance(content, str):
        content = [content]
    return [
        {"type": "text", "text": block} if isinstance(block, str) else _with_kind(_unwrapped(block))
        for block in content
        if isinstance(block, (str, Mapping))
    ]


def kind_of(block: Block) -> str:
    """The type of a block; "" if it has none."""
    return _str(block.get("type")) or ""


def as_call(block: Block) -> Block:
    """A block that is a tool call, with a name and with arguments that are an object."""
    given = block.get("input")
    if kind_of(block) == "custom_tool_call" and isinstance(given, str):
        return {**block, "input": {"input": given}}
    if kind_of(block) in CALLS:
        return block
    return {"name": kind_of(block), "args": block.get("action") or {}, **block}


def to_parts(blocks: Sequence[Block]) -> list[Part]:
    """The blocks of a user's message as parts.

    Raises:
        UnsupportedContentError: A block cannot be sent; the error names it.
    """
    parts: list[Part] = []
    for block in blocks:
        if "cachePoint" not in block:
            parts.append(_to_part(block))
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
        if kind_of(block) in _SPOKEN_BUILDERS and not is_reasoning(block):
            with suppress(UnsupportedContentError):
                part = _to_part(block)
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
                parts.append(_to_part(block))
            except UnsupportedContentError:
                parts.append({"type": "text", "text": _in_words(block)})
    return parts


def _unwrapped(block: Block) -> Block:
    """The block inside, if LangChain wrapped a block that is not one of its own."""
    value = block.get("value")
    is_wrapped = block.get("type") == "non_standard" and isinstance(value, Mapping)
    return value if is_wrapped and value else block


def _with_kind(block: Block) -> dict[str, Any]:
    """The block with a type. Bedrock's have none: their only key names what they hold."""
    if isinstance(block.get("type"), str) or len(block) != 1:
        return dict(block)
    ((kind, held),) = block.items()
    if kind == "text":
        return {"type": "text", "text": held}
    if kind == "toolUse" and isinstance(held, Mapping):
        return {**held, "type": "tool_use", "id": held.get("toolUseId")}
    source = held.get("source") if isinstance(held, Mapping) else None
    if kind not in _BEDROCK_MEDIA or not isinstance(source, Mapping):
        return dict(block)
    data, name = source.get("bytes"), str(held.get("format") or "")
    base64_data = to_base64(data) if isinstance(data, bytes) else data
    mime_type = name if "/" in name else f"{_BEDROCK_MEDIA[kind]}/{name}"
    about = {"text": source["text"]} if "text" in source else {}
    return {"type": kind, "base64": base64_data, "mime_type": mime_type, **about} | (
        {"name": held["name"]} if isinstance(held.get("name"), str) else {}
    )


def _in_words(block: Block) -> str:
    """A block that no part can carry, as text for the model."""
    if kind_of(block) not in _SPOKEN_BUILDERS:
        return value_in_words(block)
    data = _data(block)
    name = next((name for key in _TITLES if (name := _extra(block, key))), None)
    link = link_in_words({"title": name, "uri": data.url or data.file_id})
    # Never base64: a model cannot read it, and pays for each character.
    return f"[{block['type']}] {link}".rstrip()


class _Data(NamedTuple):
    """The data of a block in each form; None, or "" for the type, where it has none."""

    url: str | None
    base64: str | None
    file_id: str | None
    text: str | None
    mime_type: str


def _to_part(block: Block) -> Part:
    kind = block.get("type")
    build = _BUILDERS.get(kind_of(block))
    if build is None:
        if kind_of(block) in _ONLY_IN_ANSWERS or is_reasoning(block):
            raise UnsupportedContentError(
                f"A content block of type {kind!r} is allowed in an AIMessage only."
            )
        raise UnsupportedContentError(
            f"A content block of type {kind!r} cannot be sent; a chat request takes text, images, "
            "audio, video and files."
        )
    part = build(block)
    cache_control = _extra(block, "cache_control")
    if cache_control is not None:
        part["cache_control"] = cache_control
    return part


def _text(block: Block) -> Part:
    text = block.get("text")
    if isinstance(text, Mapping):  # OpenAI's Assistants
        text = text.get("value")
    return {"type": "text", "text": text if isinstance(text, str) else ""}


def _refused(block: Block) -> Part:
    # A refusal is what the model said, and every upstream takes text.
    return {"type": "text", "text": _str(block.get("refusal")) or ""}


def _openai_media(block: Block) -> Part:
    """A medium in OpenAI's own form, without LangChain's fields."""
    kind = block["type"]
    medium = block.get(kind)
    if isinstance(medium, str) and medium and kind != "input_audio":
        medium = {"url": medium}  # LangChain's older examples have the address alone
    needed = "data" if kind == "input_audio" else "url"
    if not isinstance(medium, Mapping) or not _str(medium.get(needed)):
        raise _refusal(block, f"Pass `{kind}` as an object that has `{needed}`.")
    other = {name: value for name, value in block.items() if name not in _OF_LANGCHAIN}
    return {**other, kind: medium}


def _image(block: Block) -> Part:
    data = _data(block)
    image = {"url": _url(block, data, "image")}
    detail = _extra(block, "detail")
    return {"type": "image_url", "image_url": {**image, "detail": detail} if detail else image}


def _video(block: Block) -> Part:
    return {"type": "video_url", "video_url": {"url": _url(block, _data(block), "video")}}


def _audio(block: Block) -> Part:
    data = _data(block)
    if data.base64 is None:
        raise _refusal(block, "Pass the audio as base64, with its `mime_type`.")
    return audio_part(data.base64, _mime_type(block, data))


def _file(block: Block) -> Part:
    if isinstance(block.get("file"), Mapping):
        return {"type": "file", "file": dict(block["file"])}
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("type") == "content":
        return _document_of_blocks(block, source.get("content"))
    data = _data(block)
    if data.text is not None:
        return _with_title(block, data.text)
    if data.file_id is not None:
        return {"type": "file", "file": {"file_id": data.file_id}}
    if data.base64 is None:
        raise _refusal(block, "Pass the file as base64, with its `mime_type`, or as an id.")
    name = next((name for key in _TITLES if (name := _extra(block, key))), None)
    return file_part(name, _mime_type(block, data), data.base64)


def _document_of_blocks(block: Block, content: object) -> Part:
    """Anthropic's document that holds blocks, which must be text."""
    parts = to_parts(to_blocks(content)) if isinstance(content, (str, list)) else []
    if not parts or not is_plain(parts):
        raise _refusal(block, "Send its blocks as blocks of the message.")
    return _with_title(block, "\n".join(part["text"] for part in parts))


def _search_result(block: Block) -> Part:
    content = block.get("content")
    parts = parts_of_result(to_blocks(content)) if isinstance(content, (str, list)) else []
    text = "\n".join(part["text"] for part in parts if part["type"] == "text")
    return {"type": "text", "text": source_in_words(block.get("title"), block.get("source"), text)}


def _resource_link(block: Block) -> Part:
    return {"type": "text", "text": link_in_words(block)}


def _resource(block: Block) -> Part:
    """MCP's embedded resource: its text, or its medium if a part can carry that."""
    held = block.get("resource")
    if not isinstance(held, Mapping):
        raise _refusal(block, "Pass its `resource` as an object.")
    text, blob = _str(held.get("text")), _str(held.get("blob"))
    if text is not None:
        about = held.get("title") or held.get("uri")
        return {"type": "text", "text": source_in_words(about, None, text)}
    if blob is None:
        return _resource_link(held)
    mime_type = _str(held.get("mimeType")) or _str(held.get("mime_type")) or ""
    kind = mime_type.partition("/")[0]
    if kind not in ("image", "audio", "video"):
        kind = "file"
    name = _str(held.get("name")) or str(held.get("uri") or "").rpartition("/")[2]
    medium = {"type": kind, "base64": blob, "filename": name}
    return _to_part({**medium, "mime_type": mime_type or "application/octet-stream"})


def _json(block: Block) -> Part:
    return {"type": "text", "text": value_in_words(block.get("json", block))}


def _plain_text(block: Block) -> Part:
    data = _data(block)
    text = data.text
    if data.base64 is not None:
        try:
            text = base64.b64decode(data.base64, validate=True).decode()
        except ValueError as error:  # also that of base64 and that of UTF-8
            raise _refusal(block, "Its base64 is not UTF-8 text.") from error
    if text is None:
        return _file(block)
    return _with_title(block, text)


def _with_title(block: Block, text: str) -> Part:
    about = (block.get("title"), block.get("context"))
    return {"type": "text", "text": "\n".join([*filter(None, about), text])}


def _input_file(block: Block) -> Part:
    fields = {name: block[name] for name in ("filename", "file_data", "file_id") if name in block}
    if not fields.keys() & {"file_data", "file_id"}:
        raise _refusal(block, "Pass the file as `file_data` or `file_id`.")
    return {"type": "file", "file": fields}


def _data(block: Block) -> _Data:
    """The data of a block, from whichever fields hold it."""
    source = block.get("source")  # Anthropic's
    fields = source if isinstance(source, Mapping) else block
    kind = block.get("source_type") if fields is block else fields.get("type")
    url = fields.get("url") or fields.get("image_url")
    # LangChain's name, Anthropic's and MCP's.
    mime_type = fields.get("mime_type") or fields.get("media_type") or fields.get("mimeType")
    data = fields.get("data") if kind is not None else fields.get("base64") or fields.get("data")
    file_id = fields.get("id") if kind == "id" else fields.get("file_id")
    text = fields.get("text")
    if kind == "text" and text is None:
        data, text = None, data
    if isinstance(url, str) and url.startswith("data:") and ";base64," in url:
        # Another spelling of base64 data.
        head, _, data = url.partition(";base64,")
        url, mime_type = None, head.removeprefix("data:")
    return _Data(_str(url), _str(data), _str(file_id), _str(text), _str(mime_type) or "")


def _str(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _url(block: Block, data: _Data, kind: str) -> str:
    """The address of a block's data, which for base64 is a data URI."""
    if data.base64 is not None:
        return data_uri(_mime_type(block, data), data.base64)
    if data.url is None:
        raise _refusal(block, f"Pass the {kind} as a URL or as base64.")
    return data.url


def _mime_type(block: Block, data: _Data) -> str:
    if not data.mime_type:
        raise _refusal(block, "Add the `mime_type` of its base64.")
    return data.mime_type


def _extra(block: Block, name: str) -> Any:
    """A field of a block itself, or of where LangChain keeps fields outside its standard."""
    for fields in (block, block.get("extras"), block.get("metadata")):
        if isinstance(fields, Mapping) and fields.get(name) is not None:
            return fields[name]
    return None


def _refusal(block: Block, advice: str) -> UnsupportedContentError:
    source = block.get("source")
    kind = source.get("type") if isinstance(source, Mapping) else block.get("source_type")
    names = ("url", "base64", "file_id", "image_url", "file_url", "source")
    held = kind or next((name for name in names if block.get(name)), "nothing")
    return UnsupportedContentError(
        f"A content block of type {block['type']!r} that holds {held!r} cannot be sent. {advice}"
    )


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
# For a clearer error in messages of users.
_ONLY_IN_ANSWERS = CALLS | {"server_tool_call", "server_tool_use", "server_tool_result"}
_TITLES = ("filename", "title", "name")
_BEDROCK_MEDIA = {"image": "image", "video": "video", "document": "application"}
_OF_LANGCHAIN = frozenset(("id", "index", "extras", "annotations"))
