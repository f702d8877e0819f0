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
from typing import Any

from weryai_core.call_tokens.code_spans import CodeSpans
from weryai_core.call_tokens.find import (
    Tools,
    find_attempts,
    find_head,
    is_python,
    skip_marks,
    takes_nothing,
)
from weryai_core.call_tokens.json_calls import (
    CallsAndEnd,
    TokenCall,
    read_json_calls,
    read_value,
    to_call,
    written_name,
)
from weryai_core.call_tokens.marks import (
    AFTER_TAGS,
    ARGUMENT,
    BETWEEN,
    IN_CHANNEL,
    IN_TOOL_NAME,
    LENIENT_TAGS,
    NAMED_TAGS,
    NO_ARGUMENTS,
    STRICT_TAGS,
    TAG_OF_CALL,
    WITHOUT_ARGUMENTS,
)
from weryai_core.call_tokens.python_code import read_python
from weryai_core.json_text import ESCAPED, read_json, unescaped

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
    is_bare = not text[:start].strip()
    while (read := _read_calls(text, position, tools, is_bare=is_bare)) is not None:
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


def _read_calls(text: str, position: int, tools: Tools, *, is_bare: bool) -> CallsAndEnd | None:
    """The calls that begin at a position, of one form; None if none can be read."""
    start = skip_marks(text, position)
    marks = text[position:start]
    head = find_head(text, start, tools, marks)
    try:
        if head is not None:
            return _read_named(text, head, tools)
        if text[start : start + 1] in ("{", "["):
            read = read_json_calls(text, start, tools, is_bare=is_bare)
            if read is not None:
                return read
        if is_python(text, start, tools, marks):
            return _read_python(text, start, tools)
    except ValueError:
        pass
    return None


def _read_named(text: str, head: re.Match[str], tools: Tools) -> CallsAndEnd | None:
    """The call whose name has been read, with its arguments in JSON or in tags."""
    name, position = head["name"], head.end()
    fields = head.groupdict()
    is_closed = fields.get("closed") or head.re is WITHOUT_ARGUMENTS
    if is_closed or (head.re in IN_CHANNEL and NO_ARGUMENTS.match(text, position)):
        call = to_call(name, {}, tools, fields.get("id"))
        return ([call], position) if call and takes_nothing(tools.get(name)) else None
    if text.startswith("{", position):
        value, position = read_value(text, position)
        closing = AFTER_TAGS.match(text, position)
        call = to_call(name, value, tools, fields.get("id"))
        return ([call], closing.end() if closing else position) if call else None
    schema = tools.get(name, {}).get("properties")
    properties = schema if isinstance(schema, Mapping) else {}
    named = head.re is IN_TOOL_NAME
    for patterns in (NAMED_TAGS,) if named else (STRICT_TAGS, LENIENT_TAGS):
        value, end = _read_tags(text, position, patterns, properties)
        closing = AFTER_TAGS.match(text, end)
        if closing or (value and not text[end:].strip()):
            call = to_call(name, value, tools)
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


def _read_python(text: str, position: int, tools: Tools) -> CallsAndEnd | None:
    for number, end in enumerate(_CODE_END.finditer(text, position)):
        if number == _MOST_CODE_ENDS:
            break
        try:
            found = read_python(text[position : end.start()])
        except ValueError:
            continue
        calls = [to_call(name, arguments, tools) for name, arguments in found]
        return [call for call in calls if call], end.start()
    return None


def _truncated_call(text: str, tools: Tools) -> TokenCall | None:
    """The call that a truncated text ends in, with its arguments as they came."""
    start = skip_marks(text)
    head = find_head(text, start, tools, text[:start])
    if head:
        return TokenCall(head.groupdict().get("id"), head["name"], text[head.end() :])
    name = written_name(text, start)
    return TokenCall(None, name, text[start:]) if name else None


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
