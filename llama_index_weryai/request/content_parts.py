"""Content blocks to the parts of a request's content. Reads the files and addresses they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    VideoBlock,
)

from weryai_core import InvalidRequestError, UnsupportedContentError
from weryai_core.integration import audio_part, data_uri, file_part, to_base64

Part = dict[str, Any]

_MEDIA = (ImageBlock, AudioBlock, VideoBlock, DocumentBlock, CitableBlock, CitationBlock)


def have_media(messages: Sequence[ChatMessage]) -> bool:
    """Whether messages hold blocks for which `to_parts` may read files or fetch addresses."""
    return any(isinstance(block, _MEDIA) for message in messages for block in message.blocks)


def to_parts(blocks: Sequence[ContentBlock]) -> list[Part]:
    """The blocks as parts.

    Raises:
        UnsupportedContentError: A block cannot be sent; the error names it.
        InvalidRequestError: The file or address that a block names cannot be read.
    """
    parts: list[Part] = []
    for block in blocks:
        if isinstance(block, CachePoint):
            # As with Anthropic: all up to here, so it is said with what is before it.
            if not parts:
                raise uncacheable("has nothing before it in its message")
            parts[-1]["cache_control"] = block.cache_control.model_dump()
            continue
        try:
            parts += _to_parts(block)
        except (ValueError, OSError) as error:
            # Core reads the file, fetches the address or finds that there is nothing.
            raise InvalidRequestError(
                f"The content of a message cannot be read, namely a block of type "
                f"{type(block).__name__}: {error}"
            ) from error
    return parts


def uncacheable(where: str) -> UnsupportedContentError:
    """The error of a `CachePoint` that cannot be sent, being `where` it is."""
    return UnsupportedContentError(
        f"A CachePoint {where}; a chat request can mark text and media only. Put it behind those."
    )


def _to_parts(block: ContentBlock) -> Iterator[Part]:
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
                raise ValueError("what kind of audio it is cannot be told; set its `format`.")
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
            yield from to_parts(block.content)
        case CitationBlock():
            yield {"type": "text", "text": f"{block.title} ({block.source}):"}
            yield from to_parts([block.cited_content])
        case _:
            raise UnsupportedContentError(
                f"A {type(block).__name__} cannot be sent here; a chat request takes text, images, "
                "audio, video and documents, and in an assistant's turn thoughts and tool calls."
            )


def _image_url(block: ImageBlock) -> str:
    picture = block.resolve_image().read()
    # Core tells the type of bytes and of paths by itself, but not of open files.
    kind = block.image_mimetype or ImageBlock(image=picture).image_mimetype
    kind = kind or guess_type(str(block.path))[0]
    if kind is None:
        raise ValueError("what kind of image it is cannot be told; set its `image_mimetype`.")
    return data_uri(kind, to_base64(picture))


def _video_url(block: VideoBlock) -> str:
    film = block.resolve_video().read()
    kind = block.video_mimetype or VideoBlock(video=film).video_mimetype
    if kind is None:
        raise ValueError("what kind of video it is cannot be told; set its `video_mimetype`.")
    return data_uri(kind, to_base64(film))


def _file_name(block: DocumentBlock) -> str:
    """The title of a document; where it has but core's own, the name of its file, if any."""
    title = block.title or ""
    place = block.path or block.url
    if title not in ("", "input_document") or not place:
        return title
    return PurePath(urlsplit(str(place)).path).name or title
