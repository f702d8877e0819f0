"""Parses tool calls in the tokens of their models, which a server has left in the text.

Servers turn a model's own form of a call into `tool_calls`. Where that fails, the tokens stay in
the text, and the call is not made:

    <|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|>   Kimi
    <|tool_call_begin|>add<|tool_sep|>{"a": 1}<|tool_call_end|>  (with bars of its own)    DeepSeek
    <tool_call>add<arg_key>a</arg_key><arg_value>1</arg_value></tool_call>                     GLM
    <tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>                             Qwen
    <tool_call><function=add><parameter=a>1</parameter></function></tool_call>                Qwen
    <invoke name="add"><parameter name="a">1</parameter></invoke>      Claude, DeepSeek (DSML) ...
    <|python_tag|>{"name": "add", "parameters": {"a": 1}}                                    Llama
    [TOOL_CALLS]add[ARGS]{"a": 1}                                                          Mistral
    <|channel|>commentary to=functions.add<|message|>{"a": 1}<|call|>                      gpt-oss
    to=functions.add {"a": 1}                                            gpt-oss, without tokens
    ```tool_code (a line) print(default_api.add(a=1)) (a line) ```                          Gemini

All are read the same way: marks, a name, arguments as JSON, in tags or as Python, marks. Marks and
end tags may be missing. The arguments must be complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import to_json

from weryai_core.call_shapes import WRITTEN_ARGUMENTS, holds_arguments, parameters_of, to_call
from weryai_core.call_tokens.code_spans import CodeSpans
from weryai_core.call_tokens.find import (
    Tools,
    find_attempts,
    find_head,
    is_python,
    skip_marks,
)
from weryai_core.call_tokens.marks import (
    AFTER_JSON,
    AFTER_TAGS,
    ARGUMENT,
    BETWEEN,
    IN_TOOL_NAME,
    LENIENT_TAGS,
    NAMED_TAGS,
    STRICT_TAGS,
    TAG_OF_CALL,
)
from weryai_core.call_tokens.python_code import read_python
from weryai_core.identifiers.written_names import is_nameless
from weryai_core.json_text import ESCAPED, parse_arguments, read_json, read_json_at, unescaped
from weryai_core.wire import arguments_of, name_of


class TokenCall(NamedTuple):
    """A call: its id if the model gave one, its name, and its arguments as JSON text."""

    id: str | None
    name: str
    arguments: str


_Read = tuple[list[TokenCall], int]
"""Calls, and where they end."""

_WRITTEN_NAME = re.compile(r'"(?:name|function|tool)"\s*:\s*"(?P<name>[^"\\]+)"')
_GEMINIS_QUOTE = "<ctrl46>"
_JSON_TYPES = {
    type(None): {"null"},
    bool: {"boolean"},
    int: {"integer", "number"},
    float: {"number"},
    list: {"array"},
    dict: {"object"},
}
_CODE_END = re.compile(r"\n?```|</|<[|\uff5c]|\Z")
_MOST_ATTEMPTS = 8  # at the end of a text
_MOST_CODE_ENDS = 16  # to try: strings in the code may hold some


def parse_tokens(
    text: str, tools: Tools, *, is_truncated: bool = False
) -> tuple[Sequence[TokenCall], str] | None:
    """The calls that a text begins with, and the text after them.

    Args:
        text: The text, which is an attempt to call (`find`).
        tools: The tools of the request.
        is_truncated: Whether the answer was truncated. Then the last call may have arguments that
            are not JSON, as they came.

    Returns:
        None if it is in doubt which calls these are.
    """
    text = text.replace(_GEMINIS_QUOTE, '"')
    start = skip_marks(text)
    if ESCAPED.match(text, start):
        text = text[:start] + unescaped(text[start:])
    calls: list[TokenCall] = []
    position = 0
    while (read := _read_calls(text, position, tools)) is not None:
        found, position = read
        calls += found
    between = BETWEEN.match(text, position) if calls else None
    rest = text[between.end() if between else position :]
    if not calls or _continues_call(rest) or any(True for _ in find_attempts(rest, tools)):
        broken = _truncated_call(rest, tools) if is_truncated else None
        if broken is None:
            return None
        calls.append(broken)
        rest = ""
    return calls, rest


def parse_ending(text: str, tools: Tools) -> Sequence[TokenCall] | None:
    """The calls that a text ends in; () if they cannot be read, None if there are none."""
    attempts = [*find_attempts(text, tools)][-_MOST_ATTEMPTS:]
    for position in attempts:
        parsed = parse_tokens(text[position:], tools)
        if parsed is not None and not parsed[1].strip():
            return parsed[0]
    return () if attempts else None


def _read_calls(text: str, position: int, tools: Tools) -> _Read | None:
    """The calls that begin at a position, of one form; None if none can be read."""
    start = skip_marks(text, position)
    marks = text[position:start]
    head = find_head(text, start, tools, marks)
    try:
        if head is not None:
            return _read_named(text, head, tools)
        if text[start : start + 1] in ("{", "["):
            # Without a mark, only arguments make a call of it.
            read = _read_json_calls(text, start, tools if marks.strip() else {})
            if read is not None:
                return read
        if is_python(text, start, tools, marks):
            return _read_python(text, start, tools)
    except ValueError:
        pass
    return None


def _read_named(text: str, head: re.Match[str], tools: Tools) -> _Read | None:
    """The call whose name has been read, with its arguments in JSON or in tags."""
    name, position = head["name"], head.end()
    if text.startswith("{", position):
        value, position = _read_json(text, position)
        closing = AFTER_TAGS.match(text, position)
        call = _to_call(name, value, head.groupdict().get("id"))
        return ([call], closing.end() if closing else position) if call else None
    schema = tools.get(name, {}).get("properties")
    properties = schema if isinstance(schema, Mapping) else {}
    named = head.re is IN_TOOL_NAME
    for patterns in (NAMED_TAGS,) if named else (STRICT_TAGS, LENIENT_TAGS):
        value, end = _read_tags(text, position, patterns, properties)
        closing = AFTER_TAGS.match(text, end)
        if closing or (value and not text[end:].strip()):
            call = _to_call(name, value)
            return ([call], closing.end() if closing else len(text)) if call else None
    return None


def _read_tags(
    text: str, position: int, patterns: Sequence[re.Pattern[str]], properties: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """The arguments in tags from a position on, and where they end."""
    value = {}
    while found := next((tag for p in patterns if (tag := p.match(text, position))), None):
        if ARGUMENT.search(found["value"]):
            break  # an end tag is missing
        key, fields = found["key"].strip(), found.groupdict()
        if patterns is LENIENT_TAGS and properties and key not in properties:
            break
        written = found["value"]
        is_framed = len(written) > 1 and written[0] == written[-1] == "\n"
        if fields.get("sign") == "=" or (is_framed and not fields.get("kind")):
            written = written.removeprefix("\n").removesuffix("\n")
        value[key] = _to_value(written, properties.get(key), fields.get("kind"))
        position = found.end()
    return value, position


def _continues_call(rest: str) -> bool:
    """Whether the text after calls may be part of them: they ended too early."""
    spans = CodeSpans()
    position = 0
    for tag in TAG_OF_CALL.finditer(rest):
        spans.read(rest[position : tag.start()])
        position = tag.start()
        if not spans.is_code:
            return True
    return False


def _read_json_calls(text: str, position: int, tools: Tools) -> _Read | None:
    """The calls that are whole in a JSON value; those without a name are left out."""
    try:
        value, end = _read_json(text, position)
    except ValueError:
        return _read_unclosed(text, position, tools)
    entries = value if isinstance(value, list) else [value]
    named = [entry for entry in entries if not is_nameless(entry, tools)]
    calls = [call for entry in named if (call := _to_whole_call(entry, tools))]
    return (calls, end) if entries and len(calls) == len(named) else None


def _read_json(text: str, position: int) -> tuple[Any, int]:
    """A JSON value and where it ends, also one with too many braces around it.

    Raises:
        ValueError: No JSON begins there, or it is truncated.
    """
    while text.startswith("{{", position):
        position += 1
    value, end = read_json_at(text, position)
    excess = AFTER_JSON.match(text, end)
    return value, excess.end() if excess else end


def _read_unclosed(text: str, position: int, tools: Tools) -> _Read | None:
    """The call in JSON whose arguments are complete, and which lacks the braces after them."""
    written = WRITTEN_ARGUMENTS.search(text, position)
    if written is None:
        return None
    name = _WRITTEN_NAME.search(text, position, written.start())
    if name is None:
        return None
    value, end = read_json_at(text, written.end())
    excess = AFTER_JSON.match(text, end)
    call = _to_call(name["name"], value) if excess and isinstance(value, Mapping) else None
    return ([call], excess.end()) if call and excess else None


def _read_python(text: str, position: int, tools: Tools) -> _Read | None:
    for number, end in enumerate(_CODE_END.finditer(text, position)):
        if number == _MOST_CODE_ENDS:
            break
        try:
            found = read_python(text[position : end.start()])
        except ValueError:
            continue
        calls = [_to_call(name, arguments) for name, arguments in found]
        return [call for call in calls if call], end.start()
    return None


def _to_whole_call(entry: Any, tools: Tools) -> TokenCall | None:
    if not isinstance(entry, Mapping):
        return None
    known = parameters_of(tools.get((name_of(to_call(entry)) or "").removeprefix("functions.")))
    call = to_call(entry, known=known)
    name = (name_of(call) or "").removeprefix("functions.")
    if not name or not (name in tools or holds_arguments(entry)):
        return None
    arguments = arguments_of(call)
    return _to_call(name, {} if arguments is None else arguments)


def _to_call(name: str, arguments: Any, id_: str | None = None) -> TokenCall | None:
    if isinstance(arguments, str):
        arguments = parse_arguments(arguments)
    if arguments is None or not isinstance(arguments, Mapping):
        return None
    return TokenCall(id_ if id_ != name else None, name, to_json(arguments).decode())


def _truncated_call(text: str, tools: Tools) -> TokenCall | None:
    """The call that a truncated text ends in, with its arguments as they came."""
    start = skip_marks(text)
    head = find_head(text, start, tools, text[:start])
    if head:
        return TokenCall(head.groupdict().get("id"), head["name"], text[head.end() :])
    name = _WRITTEN_NAME.search(text, start)
    return TokenCall(None, name["name"], text[start:]) if name else None


def _to_value(text: str, schema: Any, kind: str | None) -> Any:
    """The value of an argument in tags, as the tool's schema has it."""
    types = _types_of(schema)
    if kind == "true" or (kind is None and types == {"string"}):
        return text
    try:
        value = read_json(text.strip())
    except ValueError:
        return text
    # With a string allowed, a text that looks like another value is one only if that is allowed.
    is_certain = kind is not None or "string" not in types
    return value if is_certain or types & _JSON_TYPES.get(type(value), set()) else text


def _types_of(schema: Any) -> set[str]:
    """The types that a schema allows, as far as it names them."""
    if not isinstance(schema, Mapping):
        return set()
    named = schema.get("type")
    types = {named} if isinstance(named, str) else set()
    types.update(entry for entry in named or () if isinstance(named, list))
    for word in ("anyOf", "oneOf"):
        options = schema.get(word)
        for option in options if isinstance(options, list) else ():
            types |= _types_of(option)
    if not types and isinstance(schema.get("enum"), list):
        types.update("string" for value in schema["enum"] if isinstance(value, str))
    return types
