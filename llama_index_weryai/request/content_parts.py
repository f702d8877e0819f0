"""Content blocks as the parts of a message's content.

Media are sent as data URIs, so a block that names a file or a URL is read here. What happens to a
block that cannot be sent depends on who wrote it: for a user it is an error that names it
(`to_parts`), from a model it is left out (`parts_of_answer`), and from a tool it is put into words
(`parts_of_result`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from mimetypes import guess_type
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    VideoBlock,
)

from llama_index_weryai.request.files import Media, names_file, with_data
from weryai_core import InvalidRequestError, UnsupportedContentError
from weryai_core.integration import (
    as_base64,
    audio_part,
    data_uri,
    file_part,
    link_in_words,
    to_base64,
    value_in_words,
)

Part = dict[str, Any]

_FILES = (ImageBlock, AudioBlock, VideoBlock, DocumentBlock)
_MEDIA = (*_FILES, CitableBlock, CitationBlock)
# Sources of an answer are not sent back, only the text that cites them.
_SPOKEN = (TextBlock, *_FILES, CitableBlock)


def have_media(messages: Sequence[ChatMessage]) -> bool:
    """Return whether messages hold blocks for which `to_parts` may read files or fetch URLs."""
    return any(isinstance(block, _MEDIA) for message in messages for block in message.blocks)


def to_parts(blocks: Sequence[ContentBlock], media: Media) -> list[Part]:
    """Return the blocks of a user's message as parts.

    Raises:
        UnsupportedContentError: A block cannot be sent; the error names it.
        InvalidRequestError: The file or URL of a block cannot be read, see `with_data`.
        APITimeoutError: The time of the call is over.
    """
    parts: list[Part] = []
    for block in blocks:
        if isinstance(block, CachePoint):
            if not _mark_last(parts, block):
                raise UnsupportedContentError(
                    "A CachePoint has nothing before it in its message, but it can mark only text "
                    "and media. Put it after one of those."
                )
        else:
            parts += _read(block, media)
    return parts


def parts_of_answer(blocks: Sequence[ContentBlock], media: Media) -> list[Part]:
    """Return the text and the media of an assistant's message as parts.

    Any other block is a trace of another provider's server and is left out, whatever its class. So
    are reasoning and tool calls, which have fields of their own.
    """
    parts: list[Part] = []
    for block in blocks:
        if isinstance(block, CachePoint):
            _mark_last(parts, block)
        elif isinstance(block, _SPOKEN):
            with suppress(InvalidRequestError):
                parts += _read(block, media)
    return parts


def parts_of_result(blocks: Sequence[ContentBlock], media: Media) -> list[Part]:
    """Return the output of a tool as parts. What no part can carry is put into words."""
    parts: list[Part] = []
    for block in blocks:
        if isinstance(block, CachePoint):
            _mark_last(parts, block)
        elif not isinstance(block, ThinkingBlock):
            try:
                parts += _read(block, media)
            except InvalidRequestError:
                parts.append({"type": "text", "text": _in_words(block)})
    return parts


def _mark_last(parts: Sequence[Part], point: CachePoint) -> bool:
    """Mark the last part. Return whether there is one.

    Anthropic's rule: the point covers everything up to it, so it marks the part before it.
    """
    if parts:
        parts[-1]["cache_control"] = point.cache_control.model_dump()
    return bool(parts)


def _read(block: ContentBlock, media: Media) -> list[Part]:
    if isinstance(block, _FILES):
        block = with_data(block, media)
    try:
        return [*_to_parts(block, media)]
    except (ValueError, OSError) as error:
        # Core finds the block empty.
        raise InvalidRequestError(
            f"The {type(block).__name__} of a message cannot be read: {error}"
        ) from error


def _in_words(block: Any) -> str:
    """Return a block that cannot be sent as text for the model."""
    match block:
        case TextBlock():
            return block.text
        case CitableBlock(content=inner) | CitationBlock(cited_content=inner):
            blocks = inner if isinstance(inner, list) else [inner]
            return "\n".join([f"{block.title} ({block.source}):", *map(_in_words, blocks)])
        case ImageBlock() | AudioBlock() | VideoBlock() | DocumentBlock():
            # Never the data: a model cannot read it, and pays for each character.
            link = link_in_words({"title": getattr(block, "title", None), "uri": _place(block)})
            return f"[{block.block_type}] {link}".rstrip()
    return value_in_words(block)


def _place(block: Any) -> str:
    """Return the address of a block, or the name of its file: its folder concerns nobody."""
    url = str(block.url or "")
    if url and not names_file(url):
        return "" if url[:5].lower() == "data:" else url
    return re.split(r"[/\\]", url or str(block.path or ""))[-1]


def _to_parts(block: ContentBlock, media: Media) -> Iterator[Part]:
    match block:
        case TextBlock():
            yield {"type": "text", "text": block.text}
        case ImageBlock():
            image = {"url": str(block.url) if block.url else _image_url(block)}
            detail = {"detail": block.detail} if block.detail else {}
            yield {"type": "image_url", "image_url": {**image, **detail}}
        case AudioBlock():
            sound = block.resolve_audio().read()
            kind = block.format or AudioBlock(audio=sound).format
            if kind is None:
                raise ValueError("the kind of audio is unknown; set its `format`.")
            yield audio_part(to_base64(sound), kind)
        case VideoBlock():
            video = {"url": str(block.url) if block.url else _video_url(block)}
            detail = {"detail": block.detail} if block.detail else {}
            rate = {"fps": block.fps} if block.fps else {}
            yield {"type": "video_url", "video_url": {**video, **detail}, **rate}
        case DocumentBlock():
            pages = block.resolve_document().read()
            name = _file_name(block)
            kind = block.document_mimetype or guess_type(name)[0] or "application/octet-stream"
            yield file_part(name, kind, to_base64(pages))
        case CitableBlock():
            yield {"type": "text", "text": f"{block.title} ({block.source}):"}
            yield from to_parts(block.content, media)
        case CitationBlock():
            yield {"type": "text", "text": f"{block.title} ({block.source}):"}
            yield from to_parts([block.cited_content], media)
        case _:
            raise UnsupportedContentError(
                f"A {type(block).__name__} cannot be sent here; a chat request takes text, images, "
                "audio, video and documents, and in an assistant's turn reasoning and tool calls."
            )


def _image_url(block: ImageBlock) -> str:
    if block.image_mimetype and isinstance(block.image, bytes):
        # As core keeps it. To decode and encode 5 MB takes longer than to send them.
        base64 = as_base64(block.image)
        if base64 is not None:
            return data_uri(block.image_mimetype, base64)
    picture = block.resolve_image().read()
    # Core finds the type of bytes and of paths, but not of open files.
    kind = block.image_mimetype or ImageBlock(image=picture).image_mimetype
    kind = kind or guess_type(str(block.path))[0]
    if kind is None:
        raise ValueError("the kind of image is unknown; set its `image_mimetype`.")
    return data_uri(kind, to_base64(picture))


def _video_url(block: VideoBlock) -> str:
    film = block.resolve_video().read()
    kind = block.video_mimetype or VideoBlock(video=film).video_mimetype
    if kind is None:
        raise ValueError("the kind of video is unknown; set its `video_mimetype`.")
    return data_uri(kind, to_base64(film))


def _file_name(block: DocumentBlock) -> str:
    """Return the title of a document. Instead of core's default title, return its file's name."""
    title = block.title or ""
    place = block.path or block.url
    if title not in ("", "input_document") or not place:
        return title
    return PurePath(urlsplit(str(place)).path).name or title
