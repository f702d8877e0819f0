"""Writes messages in words: the record of what was said and done earlier in a conversation.

    <earlier_message from="user">                       a message: who, and what it says
    Is it cold in Oslo?
    </earlier_message>
    <earlier_call number="1" tool="get_weather">        a tool call: its arguments
    {"city":"Oslo"}
    </earlier_call>
    <earlier_result number="1" tool="get_weather">      its result
    -4 °C
    </earlier_result>

A record only grows at its end, so a longer one begins with the shorter one, byte for byte, and a
service can cache it. Texts stay word for word. If one has the tag of an element, it gets an element
whose name does not occur in it (`earlier_message_2`): no text can end its element, or pass for a
system message. No model is trained to call tools with these names, and the record is in a user's
turn, so that models do not imitate it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count, groupby
from typing import Any

from weryai_core.media.kinds import kind_of
from weryai_core.media.tool_results import EmptiedResult, ResultMedia
from weryai_core.wire import (
    Message,
    Part,
    arguments_of,
    calls_of,
    id_of,
    is_result,
    legacy_call_of,
    name_of,
    role_of,
    write_json,
)

_REASONING = ("thinking", "reasoning")
_TAG = re.compile(r"<[\s/]*earlier_[a-z]+(?:_([0-9]+))?", re.IGNORECASE)  # of a record's element


class Record:
    """Writes one message after another; calls are numbered in the order of the messages.

    Media stay as they are, between the words. Those of a tool result are in it again.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._calls: dict[str, dict[str, Any]] = {}  # attributes of the newest call by its id
        self._waiting: list[dict[str, Any]] = []  # those of the newest calls without a result
        self._whole: list[EmptiedResult] = []  # results that the record has with their media

    def write(self, introduction: str, messages: Iterable[Message]) -> list[Message]:
        """A user message that holds some messages in words; none if they say nothing."""
        items = [item for message in messages for item in self._write(message)]
        return [{"role": "user", "content": _join([introduction, *items])}] if items else []

    def _write(self, message: Message) -> list[str | Part]:
        if not isinstance(message, Mapping):
            return _element("message", {}, [_to_text(message)])
        if isinstance(message, ResultMedia):
            return self._write_media(message)
        if isinstance(message, EmptiedResult):
            self._whole.append(message)
            message = message.whole
        content = [*self._items(message)]
        if is_result(message):
            return _element("result", self._call_of(message), content)
        items: list[str | Part] = []
        if content:
            named = {"from": role_of(message), "name": message.get("name")}
            items = _element("message", named, content)
        legacy = legacy_call_of(message)
        calls = [*calls_of(message), *([legacy] if legacy else ())]
        if calls:
            self._waiting.clear()
        for call in calls:
            attributes = {"number": next(self._numbers), "tool": name_of(call)}
            self._waiting.append(attributes)
            if id_ := id_of(call):
                self._calls[id_] = attributes
            items += _element("call", attributes, [_to_text(arguments_of(call) or "{}")])
        return items

    def _call_of(self, result: Message) -> Mapping[str, Any]:
        """The number and tool of the call that a result answers, as far as known."""
        id_, named = result.get("tool_call_id"), {"tool": result.get("name")}
        if id_:
            call = self._calls.get(str(id_))
        else:
            call = next((c for c in self._waiting if named["tool"] in (None, c["tool"])), None)
        if call in self._waiting:
            self._waiting.remove(call)
        return call or named

    def _write_media(self, message: ResultMedia) -> list[str | Part]:
        """The media of those results that the record does not have."""
        parts = [
            part
            for result, parts in message.by_result
            if not any(result is written for written in self._whole)
            for part in parts
        ]
        items = [*self._items({"role": "user", "content": parts})]
        return _element("message", {"from": "user"}, items) if items else []

    def _items(self, message: Message) -> Iterable[str | Part]:
        """What a message says: texts, and the parts that stay parts."""
        content, refusal = message.get("content"), message.get("refusal")
        for part in content if isinstance(content, (list, tuple)) else [content]:
            yield from self._read(part, is_from_user=role_of(message) == "user")
        if refusal and refusal != content:
            yield _to_text(refusal)

    def _read(self, part: Any, *, is_from_user: bool) -> Iterable[str | Part]:
        if kind_of(part):
            yield part
            return
        if isinstance(part, Mapping):
            kind = part.get("type")
            text = part.get("refusal" if kind == "refusal" else "text")
            if isinstance(text, str):
                part = text
            elif isinstance(kind, str) and any(word in kind for word in _REASONING):
                return
            elif is_from_user:
                yield part
                return
        if part is not None and part != "":
            yield _to_text(part)


def _element(kind: str, attributes: Mapping[str, Any], items: list[str | Part]) -> list[str | Part]:
    texts = (item for item in items if isinstance(item, str))
    used = {number for text in texts for number in _TAG.findall(text)}
    free = (f"_{number}" for number in count(2) if str(number) not in used)
    tag = f"earlier_{kind}{next(free) if used else ''}"
    set_ = {name: value for name, value in attributes.items() if value is not None}
    written = "".join(f' {name}="{_escape(str(value))}"' for name, value in set_.items())
    return [f"<{tag}{written}>", *items, f"</{tag}>"]


def _escape(value: str) -> str:
    """The value of an attribute: a name, which need not stay word for word."""
    return value.replace("&", "&amp;").replace('"', "&quot;").replace(">", "&gt;")


def _join(items: Iterable[str | Part]) -> str | list[Part]:
    """Content with these texts and parts: text if there are only texts."""
    parts: list[Part] = []
    for are_texts, group in groupby(items, key=lambda item: isinstance(item, str)):
        if are_texts:
            parts.append({"type": "text", "text": "\n".join(map(str, group))})
        else:
            parts += [item for item in group if not isinstance(item, str)]
    return parts[0]["text"] if len(parts) == 1 else parts


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return write_json(value).decode()
    except ValueError:  # pydantic's own is one
        return str(value)
