"""The tokens and tags that models put around their tool calls, as patterns.

`MARK` finds one of them in a text: the start of a call, the end of one, or another special token of
a chat template. `BETWEEN` is what stands around calls without a meaning of its own.
"""

from __future__ import annotations

import re

# What gpt-oss writes before the addressee of a message.
ADDRESSEES = (
    "commentary ",
    "analysis ",
    "assistantcommentary ",
    "assistantanalysis ",
    "assistant ",
)
# DeepSeek's tokens have a wide bar and a low block in place of "|" and "_".
_BAR, _JOIN = "[|\uff5c]", "[_\u2581]"
_CALLS = rf"tool{_JOIN}calls?(?:{_JOIN}section)?"
# Tags may have a prefix: `seed:`, `minimax:`, `xai:`, DeepSeek's DSML.
PREFIX = r"(?:[\w-]{1,20}:|[|\uff5c\u2016]{1,2}DSML[|\uff5c\u2016]{1,2})?"
_ARGUMENTS = "(?:parameters|arguments|args|input)"
WRAPPER = r"(?:tool_calls?|function_?calls?|tool_use|tool_code)"

_END = (
    rf"<{_BAR}(?:{_CALLS}{_JOIN}end|/tool_call|call|python_end){_BAR}>|<tool_call\|>"
    rf"|</{PREFIX}(?:{WRAPPER}|invoke)>|\[/TOOL_CALLS\]"
)
BEFORE_ARGUMENTS = (
    rf"(?:<{_BAR}(?:tool_call_argument_begin|tool{_JOIN}sep){_BAR}>|\[ARGS\]|\[CALL_ID\]\w{{1,40}})"
)
_START = (
    rf"<{_BAR}(?:{_CALLS}{_JOIN}(?:begin|start)|tool_call|python_(?:tag|start)){_BAR}>"
    rf"|{BEFORE_ARGUMENTS}|<arg_key>|\[TOOL_CALLS\]|```tool_(?:code|calls?)\b"
    r"|<\|start\|>|<\|channel\|>"
    rf"|<{PREFIX}(?:{WRAPPER}|invoke)\b|<{PREFIX}function(?=[=\s(/])"
)
_OTHER = rf"<{_BAR}[\w\u2581/]{{1,40}}{_BAR}>"
MARK = re.compile(rf"(?P<end>{_END})|(?P<start>{_START})|(?P<other>{_OTHER})", re.IGNORECASE)

IS_SPECIAL = re.compile(r"</?[|\uff5c\u2016]|\[/?[A-Z]")
"""Whether a mark is a special token, which no user writes: not a tag."""
CLAUSE_AFTER_END = re.compile(rf"(?:{_END})(?:[ \t]+|,[ \t]+)(?P<letter>\w)", re.IGNORECASE)
CLAUSE_AFTER_TAG = re.compile(
    r"<[^<>\n]{1,120}>[ \t]+(?P<word>[^\W\d_]+)(?:[ \t]+[^\W\d_]|[.,;:](?:\s|\Z))"
)
PROSE_AFTER_END = re.compile(rf"(?:{_END})[ \t]*[\w.,;:!?)]", re.IGNORECASE)

_UNFINISHED = r"<[^\s<>]{0,40}|\[/?[A-Z_]{0,10}|`{1,3}(?:t\w{0,9})?"
UNFINISHED = re.compile(rf"(?:{_UNFINISHED})\Z", re.IGNORECASE)
"""What may be the beginning of a mark, at the end of a text."""

_MAY_BEGIN = re.compile(r"<(?:[^\s<>]|\Z)|\[/?(?:[act]|\Z)|`{1,3}(?:t|\Z)", re.IGNORECASE)


def may_begin_mark(text: str) -> bool:
    """Whether a mark, or another token or tag, may begin in a text; a quick check."""
    if "<" in text or "[" in text or "`" in text:
        return _MAY_BEGIN.search(text) is not None
    return False


ONLY_MARKS = re.compile(rf"(?:\s|{_END}|{_START}|{_OTHER})*(?:{_UNFINISHED})?\Z", re.IGNORECASE)
"""A text of marks alone, of which the last may go on."""

# gpt-oss writes an answer in several messages, each with a channel.
_HEADER = (
    r"(?:<\|start\|>assistant)?<\|channel\|>\s*(?:{})\s*"
    r"(?:<\|constrain\|>\s*\w{{0,20}}\s*)?<\|message\|>"
)
BETWEEN = re.compile(
    rf"(?:[\s,;]|```(?!\w)|{_END}|</{PREFIX}(?:function|tool)>|</s>"
    rf"|<{PREFIX}{WRAPPER}>|\[TOOL_CALLS\]|function<{_BAR}tool{_JOIN}sep{_BAR}>\s*(?=<)"
    r"|<\|(?:im_start|start_header_id)\|>assistant\b"
    rf"|<{_BAR}(?!(?:start|channel|message|constrain){_BAR})[\w\u2581/]{{1,40}}{_BAR}>"
    rf"|{_HEADER.format('analysis')}.*?<\|end\|>|{_HEADER.format('final|commentary')})+",
    re.IGNORECASE | re.DOTALL,
)

# How calls begin, after what stands between them.
_NAME = r"(?:functions[.:]|(?:call:)?default_api[.:])?(?P<name>[\w.-]{1,128}?)"
IN_CHANNEL = tuple(
    re.compile(
        rf"(?:<\|start\|>assistant)?{before}<\|channel\|>[\w\s]{{0,20}}{after}"
        r"(?:<\|constrain\|>\s*\w{0,20}\s*)?<\|message\|>\s*",
        re.IGNORECASE,
    )
    for before, after in (
        ("", rf"to={_NAME}(?:\s[\w\s]{{0,20}})?"),
        (rf"\s*to={_NAME}(?:\s[\w\s]{{0,20}})?", ""),
    )
)
# The header alone, whose tokens the server has removed, with whatever stands before the JSON.
# The format may follow the name without a space.
ADDRESSED = tuple(
    re.compile(
        r"(?:assistant)?\s*+(?:(?:commentary|analysis)\s*+)?to=functions\."
        rf"{name}(?![\w-])[^{{]{{0,200}}(?=\{{)"
    )
    for name in (r"(?P<name>[\w-]{1,128})", r"(?P<name>[\w-]{1,128}?)(?:json|code)")
)
IN_TAG = re.compile(
    rf"<(?P<prefix>{PREFIX})(?:{WRAPPER}|invoke|function)(?:=|\s+name\s*=\s*)(?P<quote>[\"']?)"
    rf"{_NAME}(?P=quote)(?:\s[^<>]{{0,99}})?(?P<closed>/)?>\s*",
    re.IGNORECASE,
)
# Llama's slips: `<function=add{...}`, `<function(add)>{...}`, `<function=add,{...}>`.
IN_BROKEN_TAG = re.compile(
    rf"<(?P<prefix>{PREFIX})function(?:\s*[=/(]\s*|\s+){_NAME}[\s,)\[>]*(?=\{{)", re.IGNORECASE
)
IN_TOOL_NAME = re.compile(
    rf"(?:<(?P<prefix>{PREFIX})(?:invoke|function)>\s*)?<(?P<tag>(?:tool_|function_)?name)>\s*{_NAME}\s*"
    rf"</(?P=tag)>\s*(?:<{_ARGUMENTS}>\s*)?",
    re.IGNORECASE,
)
BEFORE_TAGS = re.compile(
    rf"{_NAME}\s*(?:</arg_value>\s*)?(?=<arg_key>|<{PREFIX}parameter[=\s])", re.IGNORECASE
)
BEFORE_JSON = re.compile(
    rf"(?:function<{_BAR}tool{_JOIN}sep{_BAR}>)?(?P<id>{_NAME}(?::\d{{1,9}})?)"
    rf"(?P<marks>(?:\s*{BEFORE_ARGUMENTS})*)\s*(?:```\w{{0,12}}\s*|\()?(?=\{{)",
    re.IGNORECASE,
)
_EMPTY_FENCE = r"(?:```\w{0,12}\s*```\s*)?"
WITHOUT_ARGUMENTS = re.compile(
    rf"(?:function<{_BAR}tool{_JOIN}sep{_BAR}>)?(?P<id>{_NAME}(?::\d{{1,9}})?)"
    rf"\s*(?:{BEFORE_ARGUMENTS}\s*)*{_EMPTY_FENCE}(?={_END})",
    re.IGNORECASE,
)
NO_ARGUMENTS = re.compile(rf"\s*(?={_END})", re.IGNORECASE)
PYTHON = re.compile(
    r"(?:\w{1,40}\s*=\s*)?(?:print\(\s*)?(?P<list>\[)?\s*(?P<api>default_api\.)?(?P<name>[\w-]{1,128})"
    r"(?P<method>\.call)?\(",
)
ARGUMENTS_ALONE = re.compile(
    rf"{BEFORE_ARGUMENTS}\s*(?:```\w{{0,12}}\s*)?\{{"
    r"|<arg_key>[^<>]{1,99}</arg_key>\s*<arg_value>",
    re.IGNORECASE,
)
"""Arguments whose name was lost."""

FENCE = re.compile(r"```\w{0,12}\s*(?=[\[{])")

# Arguments in tags. With a value that holds "<", they need their end tags.
_TAGS_END = rf"(?:</{PREFIX}(?:function|invoke|tool|{_ARGUMENTS}|{WRAPPER})>|<function>)"
_ARGUMENT = rf"<(?:{PREFIX}parameter[=\s]|arg_key>)"
_AFTER_VALUE = rf"(?=\s*(?:{_ARGUMENT}|{_TAGS_END}|<{_BAR}|\Z))"
_PARAMETER = (
    rf"\s*<{PREFIX}parameter(?P<sign>=|\s+name\s*=\s*)(?P<quote>[\"']?)"
    r"(?P<key>[^<>\"'=]{1,128})(?P=quote)(?:\s+string=[\"'](?P<kind>\w+)[\"'])?\s*>"
)
_KEY_AND_VALUE = r"\s*<arg_key>(?P<key>[^<]*)</arg_key>\s*<arg_value>"
STRICT_TAGS, LENIENT_TAGS = (
    tuple(
        re.compile(
            rf"{before}(?P<value>{value})(?:{after}{_AFTER_VALUE}{missing})",
            re.DOTALL | re.IGNORECASE,
        )
        for before, after in (
            (_PARAMETER, rf"</{PREFIX}parameter>"),
            (_KEY_AND_VALUE, "</arg_value>"),
        )
    )
    for value, missing in ((".*?", ""), ("[^<]*?", rf"|(?=\s*(?:{_ARGUMENT}|{_TAGS_END}))"))
)
NAMED_TAGS = (re.compile(r"\s*<(?P<key>[\w.-]{1,128})>(?P<value>.*?)</(?P=key)>", re.DOTALL),)
ARGUMENT = re.compile(_ARGUMENT, re.IGNORECASE)
TAG_OF_CALL = re.compile(
    rf"</?{PREFIX}(?:parameters?\b|arg_key>|arg_value>|function[>=]|invoke\b|{WRAPPER}\b)",
    re.IGNORECASE,
)
"""A tag that no text after a call has, unless it is part of the call."""

AFTER_TAGS = re.compile(rf"(?:\s*{_TAGS_END})+", re.IGNORECASE)
AFTER_JSON = re.compile(r"[\s}\])>]*(?=</?[\w|\uff5c\u2016]|\[/?[A-Z]|```|\Z)")
