"""Finds the reasoning of a message: in fields next to the text, or in parts of the content.

Several fields may bring the same reasoning, in one delta or in different ones. `OneReasoning` shows
it once.

DeepSeek, Kimi and Qwen name the field `reasoning_content`, OpenRouter and vLLM `reasoning`, Ollama
`thinking`. Anthropic and Mistral send parts `{"thinking": ...}`, some gateways
`{"reasoning": ...}`. Histories bring OpenAI's `summary` and Bedrock's
`{"reasoningContent": {"reasoningText": {"text": ...}}}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_KINDS = frozenset(("reasoning", "reasoning_content", "thinking", "redacted_thinking"))
# Where a part has its reasoning, and where an object of it has its text.
_FIELDS = ("thinking", "reasoning", "reasoning_content", "reasoningContent")
_TEXTS = ("text", "thinking", "reasoning", "reasoningText", "summary", "content")

Piece = tuple[str, str, bool]
"""A piece of reasoning: the name of its field, its text, and whether a signature ends that text."""

_PLAIN_FIELDS = ("reasoning_content", "reasoning", "thinking")
_CONTENT = "content"
_MANY = 256  # pieces to keep before they are joined
_FEW = 32  # pieces of a text to join each time one is compared


def reasoning_in_fields(message: Mapping[str, Any]) -> str:
    """The reasoning in a field of the message; "" if there is none."""
    for name in _PLAIN_FIELDS:
        if message.get(name):
            return _text_of(message[name])
    return ""


def plain_field(delta: Mapping[str, Any]) -> str:
    """The one field that holds the reasoning of a delta as text; "" if several or none do."""
    names = [name for name in _PLAIN_FIELDS if delta.get(name)]
    return names[0] if len(names) == 1 else ""


def all_reasoning(
    message: Mapping[str, Any], in_content: str, extras: Mapping[str, Any]
) -> Iterator[Piece]:
    """The reasoning of a message, once for each place that holds it.

    Args:
        message: A message or a delta.
        in_content: The reasoning in parts of its content.
        extras: Its fields for signed reasoning.
    """
    is_plain = False
    for name in _PLAIN_FIELDS:
        if message.get(name) and (text := _text_of(message[name])):
            is_plain = True
            yield name, text, False
    if in_content and not is_plain:
        yield _CONTENT, in_content, False
    yield from reasoning_in_extras(extras)


def reasoning_in_extras(extras: Mapping[str, Any]) -> Iterator[Piece]:
    """The texts in the fields for signed reasoning, unless they are encrypted."""
    if isinstance(text := extras.get("reasoning_text"), str) and text:
        yield "reasoning_text", text, False
    for name in ("reasoning_details", "thinking_blocks", "reasoning_items"):
        entries = extras.get(name)
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, Mapping) and (text := _text_of(entry)):
                yield name, text, bool(entry.get("signature"))
    fields = extras.get("provider_specific_fields")
    if isinstance(fields, Mapping):
        if text := reasoning_in_fields(fields):
            yield "provider_specific_fields", text, False
        for name, text, is_end in reasoning_in_extras(fields):
            yield f"provider_specific_fields.{name}", text, is_end


def is_marked(delta: Mapping[str, Any]) -> bool:
    """Whether Google marks the text of a delta as reasoning.

    It also puts tags around reasoning, unless a gateway removed them.
    """
    extra = delta.get("extra_content")
    fields = extra.values() if isinstance(extra, Mapping) else ()
    return any(isinstance(one, Mapping) and one.get("thought") is True for one in fields)


@dataclass(slots=True)
class _Source:
    """A field that brings reasoning.

    Attributes:
        position: How many of the characters that were shown it has brought.
        start: Where the block that it is bringing begins.
        differs: Whether it brings something else than what was shown.
    """

    position: int = 0
    start: int = 0
    differs: bool = False


class OneReasoning:
    """The reasoning of one answer, which several fields may bring.

    The first field that brings some is shown. Others are expected to repeat it, in pieces of any
    length: of them only what goes on from there is shown. A plain field whose text is another one
    goes on with it; a field for signed reasoning may have a summary, which is not shown.
    """

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}
        self._pieces: list[str] = []
        self._joined = 0  # how many of them are joined ones
        self._length = 0

    def add_next(self, name: str, text: str) -> bool:
        """`add` for the next piece of the only field so far; False, and no change, for any other.

        All of such a piece is new.
        """
        source = self._sources.get(name)
        if source is None or len(self._sources) > 1:
            return False
        if source.differs or source.position != self._length:
            return False
        self._show(text)
        source.position = self._length
        return True

    def add(self, pieces: Iterable[Piece]) -> str:
        """What the pieces of reasoning of one delta add to what was shown.

        A piece that a signature ends may hold the whole block once more.
        """
        return "".join(
            self._add(name, text, is_end=is_end, goes_on=number == 0)
            for number, (name, text, is_end) in enumerate(pieces)
        )

    def _add(self, name: str, text: str, *, is_end: bool, goes_on: bool) -> str:
        source = self._sources.get(name)
        if source is None:
            text, source = self._begin(name, text, goes_on=goes_on)
            if not text:
                return ""
            self._sources[name] = source
        if source.differs or (is_end and self._is_restated(source, text)):
            return ""
        new = self._beyond(source, text)
        if new:
            self._show(new)
        source.position = self._length if new else source.position + len(text)
        if is_end:
            source.start = source.position
        return new

    def _show(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
        if len(self._pieces) - self._joined >= _MANY:
            self._pieces[self._joined :] = ["".join(self._pieces[self._joined :])]
            self._joined += 1

    def _begin(self, name: str, text: str, *, goes_on: bool) -> tuple[str, _Source]:
        """The first text of a field, and where it belongs; white space may differ."""
        if not self._length:
            return text, _Source()
        first = text.lstrip()
        if not first:
            return "", _Source()
        shown = self._since(0).lstrip()
        repeats = shown.startswith(first) or first.startswith(shown)
        plain = (*_PLAIN_FIELDS, _CONTENT)
        if goes_on and not repeats and name in plain:
            found = (self._sources[other] for other in plain if other in self._sources)
            if (other := next(found, None)) is not None:
                return text, other
        position = self._length - len(shown)
        return first, _Source(position, position)

    def _is_restated(self, source: _Source, text: str) -> bool:
        block = self._since(source.start)[: source.position - source.start]
        if not block or text != block:
            return False
        source.start = source.position
        return True

    def _beyond(self, source: _Source, text: str) -> str:
        """The end of a text that was not shown yet."""
        if source.position == self._length:
            return text
        rest = self._since(source.position)
        if text.startswith(rest):
            return text[len(rest) :]
        source.differs = not rest.startswith(text)
        return ""

    def _since(self, position: int) -> str:
        """What was shown from a position on."""
        missing, count = self._length - position, 0
        while missing > 0:
            count += 1
            missing -= len(self._pieces[-count])
        if count > _FEW:
            self._pieces, self._joined = ["".join(self._pieces)], 1
            return self._pieces[0][position:]
        return "".join(self._pieces[len(self._pieces) - count :])[-missing:]


def is_reasoning(part: Mapping[str, Any]) -> bool:
    """Whether a part of the content is reasoning, also if it is encrypted."""
    if part.get("thought") is True:  # Google marks a text so
        return True
    kind = part.get("type")
    return kind in _KINDS if isinstance(kind, str) else any(name in part for name in _FIELDS)


def reasoning_in_part(part: Mapping[str, Any]) -> str:
    """The reasoning that one part of the content holds; "" if it holds none."""
    for name in _FIELDS:
        if part.get(name):
            return _text_of(part[name])
    kind = part.get("type")
    is_kind = isinstance(kind, str) and kind in _KINDS
    return _text_of(part) if is_kind or part.get("thought") is True else ""


def _text_of(value: object) -> str:
    """The text of reasoning that is a text, an object, or a list of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_text_of, value))
    if isinstance(value, Mapping):
        return next((_text_of(value[name]) for name in _TEXTS if value.get(name)), "")
    return ""
