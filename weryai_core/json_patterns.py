"""The patterns of JSON as models write it, for `strict_json`.

Each pattern is linear in the length of its text: repetitions are possessive, or have a bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic_core import to_json

_HEX = "[0-9a-fA-F]"
_TAG = r"<[|\uff5c]?/?[A-Za-z][^<>\s]{0,60}>"  # of a chat template
_FENCE = r"`{1,3}\w{0,20}\s{0,50}+"
_MARKS = rf"(?:{_FENCE}|{_TAG}\s{{0,50}}+){{1,8}}+"
# What precedes a value: white space, which is kept, marks without width, a code fence or tokens.
BEFORE = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<value>[{\[\"])"
    rf"|(?P<mark>[\ufeff\u200b-\u200d\u2060]|{_FENCE}(?=[{{\[\"])|{_MARKS}(?=\{{))"
    rf"|(?P<unfinished>(?:{_MARKS})?(?:<[^<>\s]{{0,63}})?\Z)"
)
_COMMENT = r"(?://|\#)[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/"
FILLER = re.compile(
    rf"(?:[\s\x00\ufeff\u200b-\u200d\u2060}}\])`,;]|{_TAG}|\[/[A-Z_]{{1,20}}\]|{_COMMENT})*+"
)
"""What may follow a value without a meaning of its own."""

TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<opening>[{\[])"
    r"|(?P<closing>[}\]])"
    r"|(?P<comma>,)"
    r"|(?P<colon>:)"
    r"|(?P<quote>[\"'])"
    r"|(?P<atom>[\w$.+-]+)"
    r"|(?P<line>//|\#)"
    r"|(?P<block>/\*)"
    r"|(?P<blank>\\[nrt]|[\s\ufeff\u200b-\u200d\u2060])"
    r"|(?P<unfinished>[/\\]\Z)"
    r"|(?P<other>.)",
    re.DOTALL,
)
CLOSING = {"{": "}", "[": "]"}
BEFORE_VALUES = ("{", "[", ",", ":")
LITERALS = {"True": "true", "False": "false", "None": "null"}
NUMBER = re.compile(r"\+?(-?)(\d*)(?:(\.)(\d*))?([eE][-+]?\d+)?")
LONGEST_ATOM = 1000  # characters; what is longer is neither a number nor a name

# An escape that the next piece may complete. The first half of a pair waits for the second.
_UNFINISHED = rf"(?:{_HEX}{{0,3}}|[dD][89abAB]{_HEX}{{2}}(?:\\(?:u{_HEX}{{0,3}})?)?)\Z"
# The content of a string as far as its escapes are whole.
CONTENT = {
    quote: re.compile(
        rf"[^{quote}\\]*+(?:\\(?:[^u]|u(?!{_UNFINISHED}))[^{quote}\\]*+)*+", re.DOTALL
    )
    for quote in "\"'"
}
# Content of a string that is as it should be.
PLAIN = re.compile(r"[^\x00-\x1f\"'\\\ud800-\udfff]+")
# How a path of Windows begins, which has no escapes.
PATH_START = re.compile(r"[A-Za-z]:\\(?!\\)|\\\\\w")
PATH_SO_FAR = re.compile(r"(?:[A-Za-z](?::\\?)?|\\{1,2})?\Z")
# What is rewritten in a string: the named groups, but for escapes that may be none.
IN_STRING = re.compile(
    rf"\\u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
    rf"|(?P<half>\\u[dD][89a-fA-F]{_HEX}{{2}}|[\ud800-\udfff])"
    r"|(?P<literal>\\(?:[bf/]|[nrt](?=[A-Za-z]|\Z)))"  # may stand for itself
    rf"|\\(?:u{_HEX}{{4}}|[\"\\nrt])"
    r"|(?P<apostrophe>\\')"
    r"|(?P<backslash>\\)"
    r"|(?P<quote>\")"
    r"|(?P<control>[\x00-\x1f])",
)
REWRITTEN: dict[str, Callable[[str], str]] = {
    "half": lambda found: "\ufffd",
    "apostrophe": lambda found: "'",
    "backslash": lambda found: "\\\\",
    "quote": lambda found: '\\"',
    "control": lambda found: to_json(found).decode()[1:-1],
}
