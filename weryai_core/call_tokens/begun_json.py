"""Tells from the beginning of JSON whether it may be a tool call.

`begins_call` looks for the name of a tool. `may_be_call` refuses JSON before its name has come: a
field that no call has, or a value that the field of a call never has.
"""

from __future__ import annotations

import re
from collections.abc import Container
from json import JSONDecoder

from weryai_core.call_shapes import ARGUMENT_NAMES, is_argument

NAME_KEYS = ("name", "function", "tool", "tool_name", "function_name", "recipient_name")
"""The fields for the name of a call in JSON."""

CALL_TYPES = ("function", "tool_use", "tool_call", "function_call", None)
"""The values of a call's `type`, as far as bare JSON with them is a call."""

ID_KEYS = frozenset(("id", "call_id", "tool_call_id", "index"))
"""The fields that number a call."""

_NAMES = "|".join(NAME_KEYS)
JSON_START = re.compile(
    rf'[\[\s]*\{{+\s*"(?:{_NAMES}|{"|".join(ARGUMENT_NAMES)}|type|{"|".join(sorted(ID_KEYS))})"\s*:'
)
_NAME_IN_JSON = re.compile(rf'"(?:{_NAMES})"\s*:\s*"(?:functions\.)?([^"\\]*)"')
# A JSON object so far, before its first value.
_JSON_SO_FAR = re.compile(r'(?:\[\s*)?(?:\{\s*(?:"(?:[a-z_]{1,14}(?:"\s*)?)?)?)?\Z')
_OPENING = re.compile(r"[\[\s]*\{+\s*")
_KEY = re.compile(r'"([^"\\]*)"\s*:\s*')
_SCALAR = re.compile(r'(?:"([^"\\]*)"|-?\d[\d.eE+-]*|null)(?=\s*[,}])')
_SCALAR_START = re.compile(r'["\d-]|n|\Z')
_NAME_START = re.compile(r'"|\Z')
_HOLDER_START = re.compile(r'["{]|\Z')
# An object, one in a text, or no value.
_VALUE_START = re.compile(
    r'\{|n|\[\s*(?:\]|\Z)|"(?:\s*(?:[{"\\`\[]|\Z)|null|None|undefined|[nNu]\w*\Z)|\Z'
)
_COMMA = re.compile(r"\s*,\s*")
_DECODER = JSONDecoder(strict=False)


def begins_call(text: str, tools: Container[str]) -> bool | None:
    """Whether JSON is that of a call: it names a tool of the request. None if it may be."""
    if not JSON_START.match(text):
        return None if _JSON_SO_FAR.match(text) else False
    name = _NAME_IN_JSON.search(text)
    return None if name is None else name[1] in tools


def may_be_call(text: str) -> bool:
    """Whether the fields of a JSON object, as far as they have come, are those of a call."""
    opening = _OPENING.match(text)
    position = opening.end() if opening else len(text)
    while key := _KEY.match(text, position):
        name, start = key[1], key.end()
        is_name = name in NAME_KEYS
        if is_name or is_argument(name):
            begins = _NAME_START if name == "name" else _HOLDER_START if is_name else _VALUE_START
            if not begins.match(text, start):
                return False
            if is_name and not text.startswith("{", start):
                return True
            try:
                value, position = _DECODER.raw_decode(text, start)
            except (ValueError, RecursionError):
                return True  # more of it follows, or it is nested too deeply
            if is_name and not value.keys().isdisjoint(NAME_KEYS):
                return True
        elif name in ID_KEYS or name == "type":
            if not _SCALAR_START.match(text, start):
                return False
            scalar = _SCALAR.match(text, start)
            if scalar is None:
                return True
            if name == "type" and scalar[1] not in CALL_TYPES:
                return False
            position = scalar.end()
        else:
            return False
        comma = _COMMA.match(text, position)
        if comma is None:
            return not text[position:].lstrip().startswith("}")
        position = comma.end()
    return True
