r"""Media in the text of tool results, as parts.

Frameworks write what a tool returned as text: JSON, a Python list, or objects as Python prints
them. A model cannot read the base64 in it, and pays for each character. What is a medium
beyond doubt becomes a part, and a note takes its place in the text:

    data:image/png;base64,iVBORw0KGgo...                       the whole text, or bare base64
    [{"type": "audio", "base64": ..., "mime_type": ...}]       the form of any API
    {"title": "Cats", "screenshot": "iVBORw0KGgo..."}          by its signature
    content=[ImageContent(type='image', data='iVBORw...')]     MCP's
    Page(number=1, screenshot='iVBORw0KGgo...')                an object's, by its signature
    b'\x89PNG...'                                               bytes

All other text stays word for word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import from_json

from weryai_core.media.kinds import Medium, read_medium
from weryai_core.media.parts import Part, file_part, is_sendable, medium_part, text_in, to_base64
from weryai_core.media.signatures import format_of, format_of_base64, is_base64, to_standard_base64
from weryai_core.wire import write_json

_SHORTEST = 32  # characters of a text with a medium
_SHORTEST_BARE = 64  # characters of base64 that has no type
_LONG = 512  # characters of a text that takes longer to search than to look up
_MOST_KNOWN = 4096
# Only texts with one of these are read: words next to data, and signatures in base64 and in bytes.
_WORDS = (";base64,", "mime", "media_type", "mediatype", "inline")
_SIGNATURES = (
    *("iVBORw0", "/9j/", "R0lGOD", "UklGR", "JVBERi", "SUQz", "T2dnUw", "ZkxhQ", "GkXfo", "Z0eX"),
    "b'",
)
_FIELDS = ("='", "=b'", '=b"')  # how the values of an object's fields begin
_MIME_TYPES = frozenset(("mime_type", "mimeType", "mimetype", "media_type"))
_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w=.+-]+)*?;base64,", re.IGNORECASE)
_UNKNOWN_ESCAPE = re.compile(r"\\[^'\"abfnrtvxuU0-7\n]")
_MCP_OBJECT = re.compile(
    r"\b(?:ImageContent|AudioContent|BlobResourceContents)"
    r"\((?:[^()']|'[^']*'|\((?:[^()']|'[^']*')*\))*\)"
)
# A field of an object as Python prints it: base64, or bytes with a signature.
_BYTES = (
    r"b(?P<quote>['\"])(?=\\x89PNG|\\xff\\xd8|GIF8|%PDF-|RIFF|ID3|OggS|fLaC|\\x1aE)(?:[^\\]|\\.)*?"
)
_FIELD = re.compile(
    rf"(?<=\w=)(?:'(?P<base64>[A-Za-z0-9+/_-]{{64,}}={{0,2}})'|(?P<bytes>{_BYTES}(?P=quote)))"
)
_MCP_DATA = re.compile(r"\b(?:data|blob)='([^']*)'")
_MCP_TYPE = re.compile(r"\bmime_?type='([^']*)'", re.IGNORECASE)

# Hash values and lengths of texts without media. An agent sends its results with each call, and to
# search them takes longer than all else. The texts themselves are not kept.
_known: set[tuple[int, int]] = set()


def read_written(text: str) -> list[Part] | None:
    """The text and the media that a tool's text holds, as parts; None if it holds no media."""
    if len(text) < _LONG or type(text) is not str:
        return _find_media(text)
    key = (hash(text), len(text))
    if key in _known:
        return None
    parts = _find_media(text)
    if parts is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known.add(key)
    return parts


def _find_media(text: str) -> list[Part] | None:
    if len(text) < _SHORTEST or not _may_hold_media(text):
        return None
    reader = _Reader()
    stripped = text.strip()
    if stripped[:1] in ("[", "{", "("):
        return reader.read_value(_value_of(stripped))
    if stripped[:2] in ("b'", 'b"'):
        return reader.read_value(_literal_of(stripped))
    rest = reader.read_text(stripped)
    if reader.has_changed:
        return reader.media or [_text(rest)]
    rest = _MCP_OBJECT.sub(lambda match: reader.read_object(match[0]), text)
    rest = _FIELD.sub(reader.read_field, rest)
    return [_text(rest), *reader.media] if reader.has_changed else None


class _Reader:
    """Takes the media out of one value, in order.

    Attributes:
        media: The parts so far.
        has_changed: Whether a note is in place of something.
    """

    def __init__(self) -> None:
        self.media: list[Part] = []
        self.has_changed = False

    def read_value(self, value: Any) -> list[Part] | None:
        """What a value holds as parts; None if it holds no media."""
        blocks = value if isinstance(value, (list, tuple)) else [value]
        if all(map(_is_block, blocks)):
            parts = [part for block in blocks for part in self._read_block(block)]
        else:
            rest = self._read(value)
            parts = [_text(rest if isinstance(rest, str) else _written(rest)), *self.media]
        return parts if self.has_changed else None

    def read_text(self, text: str) -> str:
        """A note if the whole text is a medium; otherwise the text itself."""
        uri = _URI.match(text)
        data = text[uri.end() :] if uri else text
        mime_type = uri[1].lower() if uri else ""
        if not uri and len(text) >= _SHORTEST_BARE:
            mime_type = format_of_base64(text)
        return self._note(mime_type, data) if mime_type and is_base64(data) else text

    def read_object(self, written: str) -> str:
        """One of MCP's objects, as Python prints it, with a note in place of its data."""
        data, kind = _MCP_DATA.search(written), _MCP_TYPE.search(written)
        if data is None or not is_base64(data[1]):
            return written
        note = self._note(kind[1] if kind else format_of_base64(data[1]), data[1])
        return written[: data.start(1)] + note + written[data.end(1) :]

    def read_field(self, match: re.Match[str]) -> str:
        """The value of an object's field, as Python prints it, or a note in its place."""
        base64, written = match["base64"], match["bytes"]
        if base64 is not None:
            rest = self.read_text(base64)
            return match[0] if rest is base64 else f"'{rest}'"
        data = _literal_of(written)
        mime_type = format_of(data) if isinstance(data, bytes) else ""
        return f"'{self._note(mime_type, to_base64(data))}'" if mime_type else written

    def _read_block(self, block: Any) -> list[Part]:
        """A text or a medium as parts, without a note where the medium itself stands."""
        before = len(self.media)
        if isinstance(block, Mapping) and block.get("type") == "text":
            return [_text(block["text"])]
        rest = self._read(block)
        return self.media[before:] or [_text(str(rest))]

    def _read(self, value: Any) -> Any:
        """The value with a note in place of each medium."""
        if isinstance(value, str):
            return self.read_text(value) if len(value) >= _SHORTEST else value
        if isinstance(value, bytes):
            return self._note(format_of(value) or _text_type(value), to_base64(value))
        if isinstance(value, Mapping):
            medium = _medium_in(value)
            if medium is not None:
                return self._note(medium.mime_type, medium.base64 or "", medium.name)
            return {name: self._read(inner) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._read(inner) for inner in value]
        return value

    def _note(self, mime_type: str, data: str, name: str = "") -> str:
        """What takes the place of data: a note, or the text that they are."""
        self.has_changed = True
        data = to_standard_base64(data)
        if not is_sendable(mime_type):
            text = text_in(mime_type, data)
            return f"({mime_type or 'binary data'} left out)" if text is None else text
        part = file_part(name, mime_type, data)
        medium = read_medium(part)
        self.media.append(part if medium is None else medium_part(medium))
        return f"({mime_type} attached)"


def _may_hold_media(text: str) -> bool:
    """A quick answer, since most results are text without any."""
    head = text[:_SHORTEST].lstrip()
    is_value = head[:1] in ("[", "{", "(") or head[:2] in ("b'", 'b"')
    is_prose = not is_value and any(map(str.isspace, head))
    if is_prose and ("=" not in text or not any(one in text for one in _FIELDS)):
        return False
    if any(one in text for one in _SIGNATURES):
        return True
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def _value_of(text: str) -> Any:
    """The value of JSON, or of a Python literal; None if the text is neither."""
    try:
        return from_json(text)
    except (ValueError, TypeError):  # TypeError: half a surrogate pair
        return _literal_of(text)


def _literal_of(text: str) -> Any:
    if _UNKNOWN_ESCAPE.search(text.replace(r"\\", "")):  # Python writes none, and warns of them
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _is_block(value: Any) -> bool:
    """Whether this is a text, bytes, or a block that is text or a medium."""
    if isinstance(value, Mapping):
        is_text = value.get("type") == "text" and isinstance(value.get("text"), str)
        return is_text or _medium_in(value) is not None
    return isinstance(value, (str, bytes))


def _medium_in(value: Mapping[str, Any]) -> Medium | None:
    """The medium that an object is, with its MIME type; None if it is none, or has no data."""
    medium = read_medium(value, guesses=False)
    has_own_form = medium is None and "type" not in value and not _MIME_TYPES.isdisjoint(value)
    if has_own_form:
        medium = read_medium({"type": "media", **value}, guesses=False)
    data = "" if medium is None else medium.base64 or ""
    if medium is None or not data or not is_base64(data):
        return None
    if has_own_form and (len(data) < _SHORTEST_BARE or not medium.mime_type):
        return None
    mime_type = medium.mime_type or format_of_base64(data)
    return replace(medium, mime_type=mime_type) if mime_type else None


def _text_type(data: bytes) -> str:
    """The MIME type of bytes that are text; "" for others."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return ""
    return "text/plain"


def _written(value: Any) -> str:
    try:
        return write_json(value).decode()
    except ValueError:  # pydantic's own is one
        return str(value)


def _text(text: str) -> Part:
    return {"type": "text", "text": text}
