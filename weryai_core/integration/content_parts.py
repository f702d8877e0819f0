"""Parts of a message's content that both wrappers make from their frameworks' blocks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

Part = dict[str, Any]

_AUDIO_FORMATS = {"mpeg": "mp3", "wave": "wav", "vnd.wave": "wav"}


def is_plain(parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all parts are texts and nothing else."""
    return all(part.keys() == {"type", "text"} for part in parts)


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


def to_base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return b64encode(data).decode()
