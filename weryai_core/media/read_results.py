"""Results of tools as models read them: media as the API's parts, text files as text.

Tools return media in the forms of many APIs, and as text (see `written`). What no model takes, such
as an archive, is left out in words. Blank text, which some services refuse, is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import is_
from typing import Any

from weryai_core.media.kinds import Medium, read_medium
from weryai_core.media.parts import is_sendable, medium_part, text_in
from weryai_core.media.signatures import format_of_base64, to_standard_base64
from weryai_core.media.written import read_written
from weryai_core.option_values import ToolMedia
from weryai_core.wire import Message, is_result, parts_of

# How OpenAI's API names parts with media.
_OWN_TYPES = ("image_url", "input_audio", "video_url")
_TEXT = frozenset(("type", "text"))
_EMPTY = "(empty)"


def with_readable_results(messages: Sequence[Message], where: ToolMedia) -> Sequence[Message]:
    """The messages with the results of tools as models read them.

    Args:
        messages: A request's messages. They are not changed.
        where: Where media go. With "keep", parts with media stay as they are.
    """
    read = [_read_result(one, where) if is_result(one) else one for one in messages]
    return messages if all(map(is_, read, messages)) else read


def _read_result(message: Message, where: ToolMedia) -> Message:
    content = message.get("content")
    if isinstance(content, str) and not _is_blank(content) and read_written(content) is None:
        return message
    parts = [part for given in parts_of(content) for part in _read_part(given, where)]
    parts = [part for part in parts if not _is_blank(part)]
    given = content if isinstance(content, (list, tuple)) else ()
    if given and len(parts) == len(given) and all(map(is_, parts, given)):
        return message
    # Many upstreams take nothing but a string here.
    are_texts = all(isinstance(part, Mapping) and part.keys() == _TEXT for part in parts)
    read = "\n".join(part["text"] for part in parts) if are_texts else parts
    return message if read and read == content else {**message, "content": read or _EMPTY}


def _read_part(part: Any, where: ToolMedia) -> list[Any]:
    text = part.get("text") if isinstance(part, Mapping) and part.get("type") == "text" else part
    if isinstance(text, str):
        written = read_written(text)
        return [part] if written is None else written
    medium = None if where == "keep" else read_medium(part)
    if medium is None or not medium.base64:
        return [part]
    mime_type = medium.mime_type or format_of_base64(medium.base64)
    return [_read_medium(part, replace(medium, mime_type=mime_type))] if mime_type else [part]


def _is_blank(part: Any) -> bool:
    text = part.get("text") if isinstance(part, Mapping) and part.get("type") == "text" else part
    return text is None or (isinstance(text, str) and (not text or text.isspace()))


def _read_medium(part: Mapping[str, Any], medium: Medium) -> Mapping[str, Any]:
    """A medium with data as the API's part, as text, or left out in words."""
    data = to_standard_base64(medium.base64 or "")
    if is_sendable(medium.mime_type):
        is_own = part.get("type") in _OWN_TYPES or isinstance(part.get("file"), Mapping)
        return part if is_own else medium_part(replace(medium, data=data))
    text = text_in(medium.mime_type, data)
    words = f"({medium.mime_type} left out)" if text is None else text
    return {"type": "text", "text": f"{medium.name}:\n{words}" if medium.name else words}
