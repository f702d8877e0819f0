"""Names of tools as models and gateways write them, read as the names that the user gave."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from typing import Any

from weryai_core.call_shapes import holds_arguments, to_call
from weryai_core.wire import Call, function_of, name_of

_log = logging.getLogger(__name__)

ToolNames = Mapping[str, str]
"""Names as they were sent -> the names that the user gave."""

# Fields of a call that are not the name of a tool.
_OF_CALLS = frozenset(("id", "type", "index", "function", "name", "arguments"))
# Characters without width, which Python does not count as white space.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
# What programs write for a missing value.
_NO_NAMES = ("null", "undefined", "none", "nil")
# The namespaces of tools in the prompts of OpenAI's, Kimi's and Google's models, the number of the
# call, and tokens and tags of their own forms of a call, which servers leave around the name.
_TOKEN = r"(?:<[^<>\n]{1,60}>|\[[A-Z_]{2,20}\])"
_DECORATED = re.compile(
    rf"(?:\s|{_TOKEN}|functions?(?={_TOKEN})|(?:functions?|default_api|tools?)[.:/]|[\"'`])*"
    rf"(?P<name>.+?)(?::\d+)?[\"'`]?(?:\s*(?:<|>|{_TOKEN}).*)?",
    re.DOTALL,
)


def read_name(entry: Mapping[str, Any], known: Collection[str]) -> str | None:
    """The name in a tool call, or a piece of one; None if it is missing.

    Words for a missing value count as missing, unless a known name begins with them.
    """
    name = name_of(entry)
    if name is None:
        return None
    name = _INVISIBLE.sub("", name)
    word = name.strip()
    if word.lower() in _NO_NAMES and not any(one.startswith(word) for one in known):
        return None
    return name or None


def is_nameless(entry: object, known: Collection[str]) -> bool:
    """Whether this is a whole call whose name is missing: only a field for it or for arguments is.

    Args:
        entry: A call of any API.
        known: The names of the request's tools.
    """
    if not isinstance(entry, Mapping):
        return False
    if not (holds_arguments(entry) or "name" in entry or "name" in function_of(entry)):
        return False
    return not (read_name(to_call(entry), known) or "").strip()


def log_nameless(count: int) -> None:
    """Log how many calls of an answer are left out because they have no name."""
    if count:
        _log.warning("The answer has %d tool calls without a name. They are left out.", count)


def with_name(call: Call, known: frozenset[str]) -> Call:
    """A call whose name is the key of its arguments: `{"get_weather": {"city": "Rome"}}`.

    Args:
        call: An entry of `tool_calls`.
        known: The names of the request's tools.

    Returns:
        The call with its name; the call itself if it has one, or no known one.
    """
    function = function_of(call)
    is_unknown = known.isdisjoint(call) and known.isdisjoint(function)
    if is_unknown or name_of(call) is not None:
        return call
    for fields in (function, call):
        names = [name for name in known.intersection(fields) - _OF_CALLS if _held(fields[name])]
        if len(names) == 1:
            [name] = names
            inner = fields[name]
            if isinstance(inner, Mapping) and inner.get("name") == name:
                return {**call, "function": inner}
            return {**call, "function": {"name": name, "arguments": inner}}
    return call


def _held(value: object) -> bool:
    """Whether a value can be arguments: an object, or the text of one."""
    is_text = isinstance(value, str) and value.lstrip().startswith("{")
    return is_text or isinstance(value, Mapping)


def given_name(name: str, tool_names: ToolNames) -> str:
    """The name that the user gave to the tool that a model calls.

    A namespace before a known name, a number after it, and tokens, tags and quotes around it are
    not part of it, unless the user gave a tool the whole name.
    """
    name = name.strip()
    own = frozenset(tool_names.values())
    if name in tool_names or name in own:
        return tool_names.get(name, name)
    match = _DECORATED.fullmatch(name)
    bare = match["name"].strip() if match else name
    return tool_names.get(bare, bare if bare in own else name)
