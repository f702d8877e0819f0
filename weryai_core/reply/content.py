"""Reads the content of a message in any shape: a text, a part, a list of parts, a JSON value.

A part is OpenAI's, Anthropic's, Google's or a gateway's. A text may be `{"value": "..."}`, an image
an address, a data URI, base64 or an object of any of them. An object that is not a part is the
answer itself, which some services parse in JSON mode; it is text again here. So is an object that
has a field which parts do not have.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from weryai_core.reply.citations import ContentPart
from weryai_core.reply.reasoning import is_reasoning, reasoning_in_part
from weryai_core.signatures.parts import has_signature
from weryai_core.wire import Call, calls_of, write_json

Fields = Mapping[str, Any]

_TEXTS = ("text", "content", "value")
_CONTENTS = ("content", "text", "output_text", "answer", "response", "parts", "output")
_OF_CONTENT = frozenset(_CONTENTS)
# What a part without a type holds.
_OF_PARTS = frozenset(
    (*_TEXTS, "thinking", "reasoning", "refusal", "image_url", "inline_data", "inlineData")
).union(("functionCall", "toolUse", "reasoningContent"))
# What it has next to that. An object with any other field is an answer that happens to have a
# `text` or a `reasoning`.
_NEXT_TO_PARTS = frozenset(
    (
        *("index", "id", "role", "name", "status", "annotations", "citations", "cache_control"),
        *("thought", "thoughtSignature", "thought_signature", "signature", "extra_content"),
        *("mime_type", "mimeType", "videoMetadata", "partMetadata", "logprobs", "type"),
    )
)
_OF_BARE_PARTS = _OF_PARTS | _NEXT_TO_PARTS
# Kinds of calls in lower case and without separators; calls of a server's own tools are no calls.
_CALL_KINDS = ("tooluse", "toolcall", "functioncall", "function")
_CALL_FRAGMENT = "inputjsondelta"
_CALL_IDS = ("id", "call_id", "tool_call_id", "toolCallId", "toolUseId")
_REFUSALS = ("refusal", "message", "reason")
_NO_REFUSALS = ("null", "none", "nil", "n/a", "undefined", "false")
_IS_REFUSED = ("true",)
_NOT_PLAIN = ("image", "thinking", "reasoning", "refusal", "tool", "function")
_IMAGE_FIELDS = ("image_url", "url", "image", "source", "inline_data", "inlineData")
_BASE64_FIELDS = ("b64_json", "base64", "data", "result")
_DEEPEST = 3  # objects of an image within one another
# With dashes in place of other signs only if it is long: ids have them as well.
_BASE64 = re.compile(r"([A-Za-z0-9+/\s]+|[A-Za-z0-9_\-]{100,})={0,2}\s*")
# How the base64 of PNG, JPEG, GIF, WebP and SVG begins.
_IMAGES = ("iVBOR", "/9j/", "R0lG", "UklG", "PHN2", "PD94")
_LONGEST_PATH = 64  # without a dot and the like
_LONGEST_ADDRESS = 2000
_ADDRESS = re.compile(r"[\w.~+\-]*:?[/\\]\S+|[\w\-]+\.\w{2,4}")
_SENDABLE = ("http://", "https://", "data:")
_OTHER_MEDIA = ("file", "audio", "video", "document")

_logger = logging.getLogger(__name__)


class Content(NamedTuple):
    """What the content of a message holds; each is empty if the content has none of it.

    Attributes:
        text: The text.
        reasoning: The reasoning.
        refusal: The words of refusal.
        images: Addresses or data URIs. Addresses may be such that nobody but the service can open,
            see `split_images`.
        parts: The places of the parts that have citations or a number.
        signed: The parts that may be signed: with reasoning, or with a signature.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    images: tuple[str, ...] = ()
    parts: tuple[ContentPart, ...] = ()
    signed: tuple[Fields, ...] = ()


NO_CONTENT = Content()


def read_content(content: object) -> Content:
    """The content of a message."""
    content = _parts_in(content)
    if isinstance(content, str):
        return Content(content)
    if _is_nothing(content):
        return NO_CONTENT
    is_list = isinstance(content, list)
    entries: list[Any] = content if isinstance(content, list) else [content]
    if any(isinstance(entry, str) or _is_part(entry, is_listed=is_list) for entry in entries):
        return _read_parts(entries)
    return Content(write_json(content).decode())


def find_content(message: Fields) -> object:
    """The content of a message, by the name of any service; None if it has none."""
    content = message.get("content")
    if not _is_nothing(content) or _OF_CONTENT.isdisjoint(message):
        return content
    return next((message[name] for name in _CONTENTS if not _is_nothing(message.get(name))), None)


def read_images(images: object) -> tuple[str, ...]:
    """The images in a message's `images`: addresses, base64, or parts of content."""
    entries = images if isinstance(images, list) else [images]
    found = (url for entry in entries for url in _images(entry))
    return tuple(dict.fromkeys(found))


def split_images(images: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The images that can be opened, and Markdown of the addresses that cannot: `gs://`, paths."""
    kept = tuple(image for image in images if image.startswith(_SENDABLE))
    rest = (f"![image]({image})" for image in images if not image.startswith(_SENDABLE))
    return kept, "\n\n".join(rest)


def calls_in_content(content: object) -> list[Call]:
    """The parts of content that are tool calls, as entries of `tool_calls`.

    Anthropic's `tool_use`, Bedrock's `toolUse`, Google's `functionCall` and their like.
    """
    content = _parts_in(content)
    entries = content if isinstance(content, list) else [content]
    calls = _CallParts()
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        kind = str(entry.get("type") or "").lower().replace("_", "").replace("-", "")
        if kind == _CALL_FRAGMENT:
            calls.add_fragment(entry.get("index"), entry.get("partial_json"))
            continue
        is_bare = not kind and not entry.keys().isdisjoint(("functionCall", "toolUse"))
        if not is_bare and kind not in _CALL_KINDS:
            continue
        inner = entry.get("functionCall") or entry.get("toolUse")
        fields = {**entry, **inner} if isinstance(inner, Mapping) else entry
        if fields.get("partial_json"):
            fields = {**fields, "input": fields["partial_json"]}
        # The type is not that of a call. The index is that of the part.
        call = {name: fields[name] for name in fields if name != "type"}
        given = (fields[name] for name in _CALL_IDS if isinstance(fields.get(name), str))
        calls.add({**call, "id": next(given, None)})
    return calls_of({"tool_calls": calls.merged()})


class _CallParts:
    """The parts of content that are tool calls, and the pieces of their arguments."""

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._places: dict[str, int] = {}  # index -> the last call that has it
        self._pieces: dict[int, list[str]] = {}  # by the call's place

    def add(self, call: dict[str, Any]) -> None:
        """Add a call."""
        self._places[repr(call.get("index"))] = len(self._calls)
        self._calls.append(call)

    def add_fragment(self, index: object, piece: object) -> None:
        """Add Anthropic's `input_json_delta` to its call, or as a fragment of an earlier one."""
        last = len(self._calls) - 1
        place = last if index is None else self._places.get(repr(index), -1)
        if place < 0:
            self.add({"index": index, "arguments": piece})
            return
        pieces = self._pieces.get(place)
        if pieces is None:
            before = self._calls[place].get("input")
            pieces = self._pieces[place] = [before if isinstance(before, str) else ""]
        pieces.append(f"{piece or ''}")

    def merged(self) -> list[dict[str, Any]]:
        """The calls with all of their pieces."""
        for place, pieces in self._pieces.items():
            self._calls[place]["input"] = "".join(pieces)
        return self._calls


def read_refusal(refusal: object) -> str:
    """The words of a message's `refusal`: a text, an object or parts; "" if it is empty."""
    if not refusal:
        return ""
    if isinstance(refusal, str):
        return "" if refusal.lower() in (*_NO_REFUSALS, *_IS_REFUSED) else refusal
    entries = refusal if isinstance(refusal, list) else [refusal]
    texts = (e if isinstance(e, str) else _text_of(e, (*_TEXTS, *_REFUSALS)) for e in entries)
    return "".join(texts)


def says_refusal(refusal: object) -> bool:
    """Whether a message's `refusal` only says that its text is one."""
    return refusal is True or (isinstance(refusal, str) and refusal.lower() in _IS_REFUSED)


def _parts_in(content: object) -> object:
    """The parts in Google's `{"role": "model", "parts": [...]}`, or in lists of parts in a list.

    Any other content is unchanged.
    """
    parts = content.get("parts") if isinstance(content, Mapping) else None
    if isinstance(content, list) and all(isinstance(entry, list) for entry in content):
        parts = [part for entry in content for part in entry]
    if not isinstance(parts, list) or not parts:
        return content
    return parts if all(_is_part(part, is_listed=True) for part in parts) else content


def _read_parts(entries: list[Any]) -> Content:
    texts, length = [], 0
    reasoning, refusal, parts = [], [], []
    images: list[str] = []
    signed: list[Fields] = []
    for entry in entries:
        fields = {"text": entry} if isinstance(entry, str) else entry
        if not isinstance(fields, Mapping):
            continue
        start = length
        kind = str(fields.get("type") or "").lower()
        reasons = is_reasoning(fields) or any(word in kind for word in ("thinking", "reasoning"))
        if reasons or has_signature(fields):
            signed.append(fields)
        if reasons:
            reasoning.append(reasoning_in_part(fields) or _text_of(fields, ("text",)))
        if not any(word in kind for word in _NOT_PLAIN) and not fields.get("thought"):
            texts.append(_text_of(fields))
            length += len(texts[-1])
        if isinstance(fields.get("refusal"), str):
            refusal.append(fields["refusal"])
        if any(word in kind for word in _OTHER_MEDIA) and not _text_of(fields):
            _logger.warning("The answer holds a part of the type %r. It is left out.", kind[:40])
        if "image" in kind or not fields.keys().isdisjoint(_IMAGE_FIELDS[:1] + _IMAGE_FIELDS[4:]):
            images += _images(fields)
        index, citations = fields.get("index"), fields.get("citations")
        if isinstance(index, int) or citations:
            number = index if isinstance(index, int) else None
            cited = tuple(citations) if isinstance(citations, list) else ()
            parts.append(ContentPart(number, start, length, cited))
    return Content(
        "".join(texts),
        "".join(reasoning),
        "".join(refusal),
        tuple(dict.fromkeys(images)),
        tuple(parts),
        tuple(signed),
    )


def _is_part(entry: object, *, is_listed: bool) -> bool:
    """Whether a value is a part of content; in a list, whatever has a type is one."""
    if not isinstance(entry, Mapping):
        return False
    kind = entry.get("type")
    if isinstance(kind, str) and (
        is_listed or kind.endswith("text") or any(word in kind for word in _NOT_PLAIN)
    ):
        return True
    says = any(isinstance(entry[name], (str, list, Mapping)) for name in _OF_PARTS & entry.keys())
    return says and _OF_BARE_PARTS.issuperset(entry)


def _is_nothing(content: object) -> bool:
    """Whether content is empty; 0 and false are answers that a service has parsed."""
    return content is None or content in ("", [], {})


def _text_of(fields: object, names: tuple[str, ...] = _TEXTS) -> str:
    """The text of a part, also one in an object: `{"text": {"value": "..."}}`."""
    if not isinstance(fields, Mapping):
        return ""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list):
            return "".join(entry if isinstance(entry, str) else _text_of(entry) for entry in value)
        if isinstance(value, Mapping):
            value = value.get("value", value.get("text"))
        if isinstance(value, str):
            return value
    return ""


def _is_base64(text: str) -> bool:
    """Whether a text is base64, and not a path."""
    if _BASE64.fullmatch(text) is None:
        return False
    is_path = text.startswith("/") or (len(text) < _LONGEST_PATH and ("/" in text or len(text) % 4))
    return text.startswith(_IMAGES) or not is_path


def _images(value: object, mime_type: str = "image/png", depth: int = 0) -> Iterator[str]:
    """The image in a value, as an address or a data URI."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith((*_SENDABLE[:2], "data:image/")):
            yield text
        elif _is_base64(text):
            yield f"data:{mime_type};base64,{text}"
        elif len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text):
            yield text
        elif text:
            _logger.warning(
                "An image is neither an address nor base64: %.40r. It is left out.", text
            )
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        given = (value.get(name) for name in ("mime_type", "mimeType", "media_type"))
        mime_type = next((kind for kind in given if isinstance(kind, str) and kind), mime_type)
        if not mime_type.startswith("image/"):
            return
        for name in (*_IMAGE_FIELDS, *_BASE64_FIELDS):
            if value.get(name):
                yield from _images(value[name], mime_type, depth + 1)
                return
