"""Parts of a message's content that both wrappers make from their frameworks' blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import to_json

from weryai_core.media.signatures import format_of_base64
from weryai_core.wire import parts_of

_BYTES_MODES: tuple[Literal["utf8", "base64"], ...] = ("utf8", "base64")
_LONGEST_DATA = 1000  # characters of base64 that are passed through
_DATA = re.compile(r'"([A-Za-z0-9+/_-]{1000,}={0,2})"')


def is_plain(parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all parts are texts and nothing else."""
    return all(part.keys() == {"type", "text"} for part in parts)


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


def text_in_words(text: Any) -> str:
    """The `text` of a part, in the form of any API: a list and an object of texts are their texts.

    A value that holds no text is written as JSON, and None is "".
    """
    if text is None or isinstance(text, str):
        return text or ""
    if isinstance(text, list) and all(isinstance(one, (str, Mapping)) for one in text):
        texts = [one if isinstance(one, str) else _text_within(one) for one in text]
    else:
        texts = [_text_within(text)]
    found = [one for one in texts if one is not None]
    return "".join(found) if len(found) == len(texts) else value_in_words(text)


def _text_within(fields: Any) -> str | None:
    """The text in an object, such as OpenAI's `{"value": "..."}`; None if it has none."""
    names = ("value", "text") if isinstance(fields, Mapping) else ()
    return next((fields[name] for name in names if isinstance(fields.get(name), str)), None)


def value_in_words(value: Any) -> str:
    """Any value as text for a model: JSON, in which other objects are their texts.

    Long data in base64 are left out, unless their first bytes say what they are: a reader of the
    text finds those (`media.written`).
    """
    written = _to_json(value)
    return written if len(written) < _LONGEST_DATA else _DATA.sub(_without_data, written)


def _to_json(value: Any) -> str:
    for bytes_mode in _BYTES_MODES:
        with suppress(ValueError):  # bytes that are not text
            return to_json(
                value, fallback=str, inf_nan_mode="constants", bytes_mode=bytes_mode
            ).decode()
    return str(value)  # it contains itself


def _without_data(match: re.Match[str]) -> str:
    data = match[1]
    kinds = (str.islower, str.isupper, str.isdigit)  # a sequence of genes has one of them
    if format_of_base64(data) or not all(any(map(is_kind, data)) for is_kind in kinds):
        return match[0]
    return f'"({len(data)} characters of base64 left out)"'


def mark_end(params: list[dict[str, Any]], cache_control: object) -> None:
    """Have a prompt cache cover messages up to their end, as a message's `cache_control` asks for.

    The last part of the content carries it. A message of tool calls only has none, and then the
    mark is on the message before it. A mark that is there already wins.

    Args:
        params: Entries of a request's `messages`; one of them changes.
        cache_control: `{"type": "ephemeral"}`, or its type only. Anything else is ignored.
    """
    if not cache_control:
        return
    if isinstance(cache_control, str):
        cache_control = {"type": cache_control}
    if isinstance(cache_control, BaseModel):  # llama-index-core's
        cache_control = cache_control.model_dump(exclude_none=True)
    if not isinstance(cache_control, Mapping) or not cache_control:
        return
    for param in reversed(params):
        if parts := parts_of(param.get("content")):
            marked = {"cache_control": dict(cache_control), **parts[-1]}
            param["content"] = [*parts[:-1], marked]
            return
