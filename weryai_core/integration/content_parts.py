"""Parts of a message's content that both wrappers make from their frameworks' blocks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from weryai_core.wire import parts_of

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


def source_in_words(title: object, source: object, text: str) -> str:
    """A passage with its title and its source, as far as they are known, on the line before it."""
    named = f"{title} ({source})" if title and source else title or source
    return f"{named}:\n{text}" if named and text else text or str(named or "")


def link_in_words(link: Mapping[str, Any]) -> str:
    """A link to something that is not sent: its title, its address and what it is about."""
    title = link.get("title") or link.get("name") or link.get("filename")
    address = link.get("uri") or link.get("url")
    head = ": ".join(str(word) for word in (title, address) if word)
    about = link.get("description")
    return "\n".join(str(line) for line in (head, about) if line)


def value_in_words(value: Any) -> str:
    """Any value as text for a model: JSON, in which other objects are their texts."""
    try:
        return to_json(value, fallback=str, inf_nan_mode="constants").decode()
    except ValueError:  # it contains itself, or bytes that are not text
        return str(value)


def mark_end(params: list[dict[str, Any]], cache_control: object) -> None:
    """Have a prompt cache cover messages up to their end, as a message's `cache_control` asks for.

    The last part of the content carries it. A message of tool calls only has none, and then the
    mark is on the message before it. A mark that is there already wins.

    Args:
        params: Entries of a request's `messages`; one of them changes.
        cache_control: `{"type": "ephemeral"}`, or its type only. Anything else is ignored.
    """
    if isinstance(cache_control, str) and cache_control:
        cache_control = {"type": cache_control}
    if not isinstance(cache_control, Mapping) or not cache_control:
        return
    for param in reversed(params):
        if parts := parts_of(param.get("content")):
            marked = {"cache_control": dict(cache_control), **parts[-1]}
            param["content"] = [*parts[:-1], marked]
            return
