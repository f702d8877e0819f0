"""What the media in messages are: one reader for the parts and blocks of all APIs and frameworks.

    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBOR..."}}      a request's
    {"type": "image", "source": {"type": "base64", "media_type": ..., "data": ...}}    Anthropic's
    {"type": "image", "base64": "iVBOR...", "mime_type": "image/png"}                  a framework's

The type of a part says what it is. For files, the MIME type or the name's ending decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any, Literal

Kind = Literal["image", "pdf", "audio", "video", "file"]
"""What a medium is; "file" for a document of another or an unknown format."""

_TYPES: Mapping[str, Kind] = {
    "image": "image",
    "image_url": "image",
    "input_image": "image",
    "audio": "audio",
    "audio_url": "audio",
    "input_audio": "audio",
    "video": "video",
    "video_url": "video",
    "input_video": "video",
    "document": "file",
    "file": "file",
    "file_url": "file",
    "input_file": "file",
    "media": "file",  # Google's, of any MIME type
    "resource": "file",  # MCP's
}
# Fields that hold the data, the address or the description of a medium.
_INNER = (
    "source",
    "file",
    "image_url",
    "audio_url",
    "video_url",
    "file_url",
    "input_audio",
    "input_image",
    "inline_data",
    "inlineData",
    "resource",
)
_GOOGLES = ("inline_data", "inlineData")
_DATA = ("data", "base64", "blob", "file_data", "url", *_INNER)
_LONGEST_HEAD = 200  # characters of "data:application/pdf;name=...;base64,"
_LONGEST_SCHEME = 16  # characters of "https://"
_MIME_TYPES = ("mime_type", "media_type", "mimeType", "mimetype")
_NAMES = ("filename", "file_name", "title", "name")
_ADDRESSES = ("url", "file_url", "image_url", "uri")


@dataclass(frozen=True, slots=True)
class Medium:
    """An image, audio, video or file in a message.

    Attributes:
        kind: What it is.
        mime_type: Its MIME type; "" if unknown.
        data: Its data in base64, or as a data URI; None if the message has an address or an id.
        detail: OpenAI's `detail` of an image; None if it has none.
        name: The name or the title of its file; "" if it has none.
    """

    kind: Kind
    mime_type: str = ""
    data: str | None = None
    detail: str | None = None
    name: str = ""

    @property
    def base64(self) -> str | None:
        """The data in base64."""
        is_uri = self.data is not None and self.data[:5].lower() == "data:"
        return self.data.partition(",")[2] if self.data is not None and is_uri else self.data


def is_medium(part: object) -> bool:
    """Whether a part or block is an image, audio, video or file."""
    return isinstance(part, Mapping) and _type_of(part) in _TYPES and not _is_text(part)


def read_medium(part: object, *, guesses: bool = True) -> Medium | None:
    """The medium that a part or block is; None if it is none.

    Args:
        part: The part or block.
        guesses: Whether a name or an address says what it is, if nothing else does.
    """
    if not isinstance(part, Mapping) or not is_medium(part):
        return None
    fields = list(_mappings(part))
    data = next(_texts(fields, _DATA), None)
    mime_type = next(_texts(fields, _MIME_TYPES), "")
    if data is not None and data[:5].lower() == "data:":
        head = data[5:_LONGEST_HEAD].partition(",")[0]
        mime_type = mime_type or head.partition(";")[0]
    elif data is not None and "://" in data[:_LONGEST_SCHEME]:
        data = None
    if not mime_type and guesses:
        guessed = (guess_type(name[-80:])[0] for name in _texts(fields, (*_NAMES, *_ADDRESSES)))
        mime_type = next((guess for guess in guessed if guess), "")
    detail = next(_texts(fields, ("detail",)), None)
    kind = _kind(_TYPES[_type_of(part)], mime_type)
    name = next(_texts(fields, _NAMES), "")
    return Medium(kind, mime_type.lower(), data, detail, name)


def kind_of(part: object) -> Kind | None:
    """The kind of the medium that a part or block is; None if it is none."""
    medium = read_medium(part)
    return None if medium is None else medium.kind


def _kind(kind: Kind, mime_type: str) -> Kind:
    if kind != "file":
        return kind
    main, _, sub = mime_type.lower().partition("/")
    if main == "image":
        return "image"
    if main == "audio":
        return "audio"
    if main == "video":
        return "video"
    return "pdf" if sub.partition(";")[0] == "pdf" else "file"


def _type_of(part: Mapping[str, Any]) -> str:
    """The type of a part; Google's parts with data have none."""
    kind = part.get("type")
    if kind is None and any(isinstance(part.get(name), Mapping) for name in _GOOGLES):
        return "media"
    return kind if isinstance(kind, str) else ""


def _is_text(part: Any) -> bool:
    """Whether the data of a document is text."""
    resource = part.get("resource")
    if part.get("type") == "resource":
        return not (isinstance(resource, Mapping) and isinstance(resource.get("blob"), str))
    source = part.get("source")
    fields = source if isinstance(source, Mapping) else part
    kinds = (fields.get("type"), part.get("source_type"))
    return part.get("type") in ("document", "file") and ("text" in kinds or "content" in kinds)


def _mappings(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The part and the mappings in it that describe its medium."""
    yield part
    for name in _INNER:
        inner = part.get(name)
        if isinstance(inner, Mapping):
            yield inner


def _texts(fields: list[Mapping[str, Any]], names: tuple[str, ...]) -> Iterator[str]:
    for mapping in fields:
        for name in names:
            value = mapping.get(name)
            if isinstance(value, str) and value:
                yield value
