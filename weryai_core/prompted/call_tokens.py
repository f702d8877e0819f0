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

`find_token` finds where such a form begins, `parse_tokens` reads the calls from there on. A form is
a call only beyond doubt: its arguments are a complete JSON object, or complete tags. Forms that
prose may hold as well must name a tool of the request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import to_json

from weryai_core.json_text import parse_arguments, read_json, read_json_at
from weryai_core.wire import function_of

Tools = Mapping[str, Mapping[str, Any]]
"""The parameters' schemas of a request's tools, by name."""


class TokenCall(NamedTuple):
    """A call: its id if the model gave one, its name, and its arguments as JSON text."""

    id: str | None
    name: str
    arguments: str


# DeepSeek's tokens have a wide bar and a low block in place of "|" and "_".
_BAR, _JOIN = "[|\uff5c]", "[_\u2581]"
_NAMESPACE = r"(?:[\w-]{1,20}:|[|\uff5c\u2016]{1,2}DSML[|\uff5c\u2016]{1,2})?"
TOKEN = re.compile(
    rf"<{_BAR}tool{_JOIN}calls?(?:{_JOIN}section)?{_JOIN}begin{_BAR}>"
    r"|<\|tool_call\|>|<\|python_tag\|>|<\|channel\|>|\[TOOL_CALLS\]|<function="
    rf"|<{_NAMESPACE}(?:tool_calls?|function_calls?|invoke)\b"
)
"""How a form begins."""

STRAY_TOKEN = re.compile(
    rf"<{_BAR}tool{_JOIN}calls?(?:{_JOIN}section)?{_JOIN}end{_BAR}>|<\|/tool_call\|>|<\|call\|>"
)
"""The end of a form; alone, it is what a server left of a call that it read."""

UNFINISHED_TOKEN = re.compile(r"<[^\s<>]{0,40}\Z|\[[A-Z_]{0,10}\Z")
"""What may be the beginning of either, at the end of a text."""

LOOKAHEAD = 300
"""Characters after a token that show whether a call follows."""

_NAME = r"(?:functions\.)?(?P<name>[\w.-]{1,128}?)"
_FENCE = r"\s*(?:```(?:json)?\s*)?"
_SEP = rf"<{_BAR}tool{_JOIN}sep{_BAR}>"
# Between calls.
_WRAPPERS = re.compile(
    rf"(?:\s|,|;|```(?!\w)|{STRAY_TOKEN.pattern}"
    rf"|<{_BAR}tool{_JOIN}calls(?:{_JOIN}section)?{_JOIN}begin{_BAR}>"
    rf"|<\|end\|>|<\|start\|>assistant|</?{_NAMESPACE}(?:tool_calls|function_calls)>"
    rf"|</{_NAMESPACE}(?:tool_call|function_call)>)+"
)
# What precedes the JSON of the arguments.
_WITH_ARGUMENTS = (
    re.compile(
        rf"<\|tool_call_begin\|>\s*(?P<id>{_NAME}(?::\d+)?)\s*<\|tool_call_argument_begin\|>{_FENCE}"
    ),
    re.compile(
        rf"<{_BAR}tool{_JOIN}call{_JOIN}begin{_BAR}>\s*(?:function{_SEP})?{_NAME}(?:{_SEP}|\s){_FENCE}"
        r"(?=\{)"
    ),
    re.compile(rf"\[TOOL_CALLS\]\s*{_NAME}(?:\[CALL_ID\]\w+)?(?:\[ARGS\])?\s*(?=\{{)"),
    re.compile(
        rf"<\|channel\|>[\w\s]{{0,20}}to={_NAME}(?:\s+[\w\s]*)?(?:<\|constrain\|>\w*\s*)?<\|message\|>\s*"
    ),
)
# What precedes the JSON of whole calls.
_WITH_CALLS = re.compile(
    rf"(?:<{_NAMESPACE}(?:tool_call|function_call)>|<\|tool_call\|>|<\|python_tag\|>|\[TOOL_CALLS\])"
    rf"{_FENCE}(?=[{{\[])"
)
# What precedes arguments in tags, those tags, and what ends them.
_WITH_TAGS = (
    (
        re.compile(rf"(?:<{_NAMESPACE}tool_call>\s*)?<function={_NAME}>\s*"),
        re.compile(r"\s*<parameter=(?P<key>[^>]+)>(?P<value>.*?)</parameter>", re.DOTALL),
        re.compile(r"\s*</function>"),
    ),
    (
        re.compile(rf'(?:<{_NAMESPACE}tool_call>\s*)?<{_NAMESPACE}invoke\s+name="{_NAME}"\s*>\s*'),
        re.compile(
            rf'\s*<{_NAMESPACE}parameter\s+name="(?P<key>[^"]+)"(?:\s+string="(?P<kind>\w+)")?\s*>'
            rf"(?P<value>.*?)</{_NAMESPACE}parameter>",
            re.DOTALL,
        ),
        re.compile(rf"\s*</{_NAMESPACE}invoke>"),
    ),
    (
        re.compile(r"<tool_call>\s*(?P<name>[\w.-]{1,128})\s*(?=<)"),
        re.compile(
            r"\s*<arg_key>(?P<key>.*?)</arg_key>\s*<arg_value>(?P<value>.*?)</arg_value>", re.DOTALL
        ),
        re.compile(r"\s*</tool_call>"),
    ),
)
_NAME_KEYS = ("name", "function", "tool", "recipient_name")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")
# What a call begins with after its token, and what stands between the token and the name.
_CALL_START = re.compile(
    rf"(?:{TOKEN.pattern})[\s>]*(?:```(?:json)?)?[\s\[]*"
    r'\{\s*"(?:name|function|tool|arguments|parameters|type|id)"\s*:'
)
_AROUND_NAME = re.compile(r"functions?|invoke|name|tool_call|commentary|to|json|[\W\d_]")
_AFTER_NAME = re.compile(r"(?::\d+|\.call)?(?:\s*(?:[^\w\s,;.!?]|\Z)|\s*\n)")


def is_attempt(text: str, tools: Tools, *, is_end: bool = True) -> bool:
    """Whether a text that begins with a token goes on like a call, be it a broken one.

    Args:
        text: The text.
        tools: The tools of the request.
        is_end: Whether nothing follows the text.
    """
    wrapper = _WRAPPERS.match(text)
    text = text[wrapper.end() if wrapper else 0 :][:LOOKAHEAD]
    if _CALL_START.match(text) or any(head.match(text) for head in _WITH_ARGUMENTS):
        return True
    token = TOKEN.match(text)
    start = token.end() if token else 0
    for name in tools:
        found = text.find(name, start)
        if found >= 0 and not _AROUND_NAME.sub("", text[start:found]):
            end = found + len(name)
            return (is_end or end < len(text)) and _AFTER_NAME.match(text, end) is not None
    return False


def find_attempt(text: str, tools: Tools) -> int | None:
    """Where a text goes on like a call after a token; None if nowhere outside of code."""
    for token in TOKEN.finditer(text):
        if not is_code(text[: token.start()]) and is_attempt(text[token.start() :], tools):
            return token.start()
    return None


def is_code(before: str) -> bool:
    """Whether what follows a text is in backticks or in a code fence."""
    return before.endswith("`") or before.count("```") % 2 == 1


def parse_tokens(
    text: str, tools: Tools, *, is_truncated: bool = False
) -> tuple[Sequence[TokenCall], str] | None:
    """The calls that a text begins with, and the text after them.

    Args:
        text: What follows `find_attempt`.
        tools: The tools of the request.
        is_truncated: Whether the answer was truncated. Then the last call may have arguments that
            are not JSON, as they came.

    Returns:
        None if it is in doubt which calls these are.
    """
    calls: list[TokenCall] = []
    position = 0
    while True:
        between = _WRAPPERS.match(text, position)
        position = between.end() if between else position
        read = _read_call(text, position, tools)
        if read is None:
            break
        found, position = read
        calls += found
    rest = text[position:]
    if find_attempt(rest, tools) is not None:
        broken = _truncated_call(rest) if is_truncated else None
        if broken is None:
            return None
        calls.append(broken)
        rest = ""
    return (calls, rest) if calls else None


def _read_call(text: str, position: int, tools: Tools) -> tuple[list[TokenCall], int] | None:
    """The calls of the form that begins at a position, and its end."""
    try:
        for head in _WITH_ARGUMENTS:
            start = head.match(text, position)
            if start:
                value, end = read_json_at(text, start.end())
                call = _to_call(start["name"], value, start.groupdict().get("id"))
                return ([call], end) if call else None
        start = _WITH_CALLS.match(text, position)
        if start:
            value, end = read_json_at(text, start.end())
            entries = value if isinstance(value, list) else [value]
            calls = [call for entry in entries if (call := _to_whole_call(entry))]
            return (calls, end) if calls and len(calls) == len(entries) else None
        return _read_tags(text, position, tools)
    except ValueError:
        return None


def _read_tags(text: str, position: int, tools: Tools) -> tuple[list[TokenCall], int] | None:
    for head, tag, tail in _WITH_TAGS:
        start = head.match(text, position)
        if not start or start["name"] not in tools:
            continue
        position = start.end()
        if text.startswith("{", position):
            value, position = read_json_at(text, position)
        else:
            value = {}
            properties = tools[start["name"]].get("properties")
            while found := tag.match(text, position):
                schema = properties.get(found["key"]) if isinstance(properties, Mapping) else None
                value[found["key"].strip()] = _to_value(
                    found["value"], schema, found.groupdict().get("kind")
                )
                position = found.end()
        end = tail.match(text, position)
        call = _to_call(start["name"], value)
        if call and (end or (value and not text[position:].strip())):
            return [call], end.end() if end else len(text)
    return None


def _to_whole_call(entry: Any) -> TokenCall | None:
    if not isinstance(entry, Mapping):
        return None
    fields = function_of(entry) or entry
    name = next((fields[key] for key in _NAME_KEYS if isinstance(fields.get(key), str)), "")
    arguments: Any = next((fields[key] for key in _ARGUMENT_KEYS if key in fields), {})
    return _to_call(name.removeprefix("functions."), arguments) if name else None


def _to_call(name: str, arguments: Any, id_: str | None = None) -> TokenCall | None:
    if isinstance(arguments, str):
        arguments = parse_arguments(arguments)
    if arguments is None or not isinstance(arguments, Mapping):
        return None
    return TokenCall(id_ if id_ != name else None, name, to_json(arguments).decode())


def _truncated_call(text: str) -> TokenCall | None:
    """The call that a truncated text ends in, with its arguments as they came."""
    for head in (*_WITH_ARGUMENTS, *(tags[0] for tags in _WITH_TAGS)):
        start = head.match(text)
        if start:
            return TokenCall(start.groupdict().get("id"), start["name"], text[start.end() :])
    start = _WITH_CALLS.match(text)
    name = re.search(r'"(?:name|function|tool)"\s*:\s*"([^"\\]+)"', text)
    return TokenCall(None, name[1], text[start.end() :]) if start and name else None


def _to_value(text: str, schema: Any, kind: str | None) -> Any:
    """The value of an argument in tags, as the tool's schema has it."""
    text = text.strip("\n")
    type_ = schema.get("type") if isinstance(schema, Mapping) else None
    if kind == "true" or (kind is None and type_ == "string"):
        return text
    try:
        return read_json(text.strip())
    except ValueError:
        return text
