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
service can cache it. Texts stay word for word: instead of escaping what looks like the end of an
element, the element gets another name (`earlier_message_2`). No model is trained to call tools with
these names, and the record is in a user's turn, so that models do not imitate it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count, groupby
from typing import Any

from weryai_core.media.kinds import kind_of
from weryai_core.media.tool_results import ResultMedia, takes
from weryai_core.models import model_info
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
_CALL_ID = re.compile(r" \(call (.*)\)(?=:$)")  # in the labels of media from tool results


class Record:
    """Writes one message after another; calls are numbered in the order of the messages.

    Args:
        model: Key of the model that is to read the record. Media that it is known not to take are
            named in words. All others stay as they are, between the words.
    """

    def __init__(self, model: str = "") -> None:
        self._model = model_info(model)
        self._numbers = count(1)
        self._calls: dict[str, dict[str, Any]] = {}  # attributes of the newest call by its id
        self._waiting: list[dict[str, Any]] = []  # those of the newest calls without a result

    def write(self, introduction: str, messages: Iterable[Message]) -> list[Message]:
        """A user message that holds some messages in words; none if they say nothing."""
        items = [item for message in messages for item in self._write(message)]
        return [{"role": "user", "content": _join([introduction, *items])}] if items else []

    def _write(self, message: Message) -> list[str | Part]:
        if not isinstance(message, Mapping):
            return _element("message", {}, [_to_text(message)])
        content = [*self._items(message)]
        if isinstance(message, ResultMedia):
            content = [*map(self._number_calls, content)]
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

    def _number_calls(self, label: str | Part) -> str | Part:
        """The label of a result's medium, with the number of the call in place of its id."""
        if not isinstance(label, str):
            return label
        return _CALL_ID.sub(lambda found: self._number_of(found[1]), label)

    def _number_of(self, id_: str) -> str:
        call = self._calls.get(id_)
        return f" (call {call['number']})" if call else ""

    def _items(self, message: Message) -> Iterable[str | Part]:
        """What a message says: texts, and the parts that stay parts."""
        content, refusal = message.get("content"), message.get("refusal")
        for part in content if isinstance(content, (list, tuple)) else [content]:
            yield from self._read(part, is_from_user=role_of(message) == "user")
        if refusal:
            yield _to_text(refusal)

    def _read(self, part: Any, *, is_from_user: bool) -> Iterable[str | Part]:
        if medium := kind_of(part):
            yield part if takes(self._model, medium) is not False else _name_medium(part, medium)
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


def _name_medium(part: Part, medium: str) -> str:
    """A medium in words, with its address or its name if it has one."""
    held = part.get(str(part.get("type")))
    fields = held if isinstance(held, Mapping) else part
    names = (fields.get(name) for name in ("filename", "url", "file_url", "file_id"))
    name = next((name for name in names if isinstance(name, str)), "data:")
    return f"[{medium}]" if name.startswith("data:") else f"[{medium}: {name}]"


def _element(kind: str, attributes: Mapping[str, Any], items: list[str | Part]) -> list[str | Part]:
    tag = base = f"earlier_{kind}"
    texts = [item for item in items if isinstance(item, str)]
    numbers = count(2)
    while any(f"</{tag}" in text for text in texts):
        tag = f"{base}_{next(numbers)}"
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
