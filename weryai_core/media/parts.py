"""Media as the parts of a chat request: what OpenAI's API defines, and `video_url`."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

from weryai_core.media.kinds import Medium

Part = dict[str, Any]

# The images that OpenAI's, Anthropic's or Google's APIs take.
_IMAGES = frozenset(("png", "jpeg", "jpg", "gif", "webp", "heic", "heif"))
# Text that is no `text/*`.
_TEXTS = re.compile(
    r"text/.*|(?:application|image)/(?:.*\+)?(?:json|xml|yaml|javascript|sql|toml)\b"
)
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_AUDIO_FORMATS = {"mpeg": "mp3", "wave": "wav", "vnd.wave": "wav"}


def medium_part(medium: Medium) -> Part:
    """A medium with data as a part.

    Args:
        medium: The medium. Its data are not None.
    """
    data = medium.base64 or ""
    if medium.kind == "audio":
        return audio_part(data, medium.mime_type)
    if medium.kind == "image":
        image = {"url": data_uri(medium.mime_type, data)}
        detail = {"detail": medium.detail} if medium.detail else {}
        return {"type": "image_url", "image_url": {**image, **detail}}
    if medium.kind == "video":
        return {"type": "video_url", "video_url": {"url": data_uri(medium.mime_type, data)}}
    return file_part(medium.name, medium.mime_type, data)


def is_sendable(mime_type: str) -> bool:
    """Whether some model takes data of a MIME type."""
    main, _, sub = mime_type.lower().partition(";")[0].partition("/")
    if main == "image":
        return sub in _IMAGES
    return main in ("audio", "video") or (main == "application" and sub == "pdf")


def is_text(mime_type: str) -> bool:
    """Whether data of a MIME type are text."""
    return _TEXTS.match(mime_type.lower()) is not None


def text_in(mime_type: str, base64: str) -> str | None:
    """The text that the data of a file are; None if they are none."""
    if not is_text(mime_type):
        return None
    try:
        return b64decode(base64).decode()
    except ValueError:  # also that of base64 and that of UTF-8
        return None


def audio_part(base64: str, kind: str) -> Part:
    """Audio as a part.

    Args:
        base64: The audio.
        kind: Its format or MIME type.
    """
    return {"type": "input_audio", "input_audio": {"data": base64, "format": audio_format(kind)}}


def file_part(filename: str | None, mime_type: str, base64: str) -> Part:
    """A file as a part. OpenAI rejects a file without a name, so a missing one has a default."""
    if not filename:
        filename = "document.pdf" if mime_type == "application/pdf" else "document"
    file = {"filename": filename, "file_data": data_uri(mime_type, base64)}
    return {"type": "file", "file": file}


def audio_format(kind: str) -> str:
    """The `format` of an `input_audio` part, from a format or a MIME type: mp3 for audio/mpeg."""
    name = kind.lower().partition(";")[0].strip().removeprefix("audio/").removeprefix("x-")
    return _AUDIO_FORMATS.get(name, name)


def data_uri(mime_type: str, base64: str) -> str:
    """Base64 data as an address, e.g. `data:image/png;base64,iVBOR`."""
    return f"data:{mime_type};base64,{base64}"


def as_base64(data: bytes) -> str | None:
    """Bytes that are base64 already, in the one way that `to_base64` writes it; None for others."""
    digits = data.rstrip(b"=")
    if not digits or len(data) % 4 or len(data) - len(digits) > 2:
        return None
    end = data[-4:]
    if digits.translate(None, _DIGITS) or b64encode(b64decode(end)) != end:
        return None
    return data.decode()


def to_base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return b64encode(data).decode()
