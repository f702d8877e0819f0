"""Content blocks to the parts of a request's content.

It reads LangChain's standard blocks of both versions, and the blocks of OpenAI's two APIs and of
Anthropic's. A block that no part can carry is an error that names it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from weryai_core import UnsupportedContentError
from weryai_core.integration import audio_part, data_uri, file_part

Content = str | list[str | dict[Any, Any]]
Block = Mapping[str, Any]
Part = dict[str, Any]


def to_parts(blocks: Sequence[Block]) -> list[Part]:
    """The blocks as parts.

    Raises:
        UnsupportedContentError: A block cannot be sent; the error names it.
    """
    return [_to_part(block) for block in blocks]


def unwrapped(block: Mapping[str, Any]) -> dict[str, Any]:
    """The block inside, if LangChain wrapped a block that is not one of its own."""
    value = block.get("value")
    if block.get("type") == "non_standard" and isinstance(value, Mapping) and "type" in value:
        return dict(value)
    return dict(block)


class _Data(NamedTuple):
    """The data of a block in each form; None, or "" for the type, where it has none."""

    url: str | None
    base64: str | None
    file_id: str | None
    text: str | None
    mime_type: str


def _to_part(block: Block) -> Part:
    kind = block.get("type")
    build = _BUILDERS.get(kind) if isinstance(kind, str) else None
    if build is None:
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
    return {"type": "text", "text": block.get("text") or ""}


def _as_it_is(block: Block) -> Part:
    return dict(block)


def _image_url(block: Block) -> Part:
    image = block.get("image_url")
    # LangChain's older examples have the address alone.
    return {**block, "image_url": {"url": image} if isinstance(image, str) else image}


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
    data = _data(block)
    if data.text is not None:
        return _with_title(block, data.text)
    if data.file_id is not None:
        return {"type": "file", "file": {"file_id": data.file_id}}
    if data.base64 is None:
        raise _refusal(block, "Pass the file as base64, with its `mime_type`, or as an id.")
    name = _extra(block, "filename") or _extra(block, "title") or _extra(block, "name")
    return file_part(name, _mime_type(block, data), data.base64)


def _plain_text(block: Block) -> Part:
    data = _data(block)
    text = data.text
    if data.base64 is not None:
        try:
            text = base64.b64decode(data.base64, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
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
    mime_type = fields.get("mime_type") or fields.get("media_type")
    data = fields.get("base64") if kind is None else fields.get("data")
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


_BUILDERS: dict[str, Callable[[Block], Part]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "text-plain": _plain_text,
    "image": _image,
    "input_image": _image,
    "audio": _audio,
    "video": _video,
    "file": _file,
    "document": _file,
    "input_file": _input_file,
    # OpenAI's own.
    "image_url": _image_url,
    "input_audio": _as_it_is,
    "video_url": _as_it_is,
    "refusal": _as_it_is,
}
