"""The one reader of JSON that a model wrote: tool arguments, structured answers, prompted calls.

`pydantic_core.from_json` reads a text first: it is fast, and most texts are proper JSON. Where it
refuses, `strict_json` corrects what models get wrong without changing what they meant, and
`from_json` reads the result. Whatever is still not JSON is invalid. Truncated text is never
completed, except by `read_growing`, which says so.

All functions raise ValueError and nothing else, also for JSON that is nested too deeply. The
values hold only what JSON can be written from again.

JSON from services is read by `weryai_core.wire.parse_json`.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

from pydantic_core import from_json, to_json

from weryai_core.reasoning_marks import TAG, is_start
from weryai_core.reasoning_tags import split_reasoning
from weryai_core.strict_json import StrictJson, to_strict

# What services send for a call without arguments; PHP writes an empty object as a list.
NO_ARGUMENTS = ("null", "None", "undefined", '""', "{}", "[]")
PLACEHOLDERS = re.compile(r'(?:\s|null|None|undefined|""|\{\s*+\}|\[\s*+\])*+')
"""Texts without arguments, in any number."""

ESCAPED = re.compile(
    r'\s*+(?:`{1,3}\w*\s*+)?[{\[]\s*+(?:\\++"|(?P<entity>&(?:quot|#0*34|#[xX]0*22);))'
)
"""How JSON begins whose quotes are escaped, though it stands in no string."""

_MOST_ENCODINGS = 3  # how often arguments may be encoded

# How a JSON object begins, also one of Python or JSON5.
_OBJECT_START = re.compile(r"\{\s*([\"'}]|[A-Za-z_$][\w$]*\s*:|\Z)")
# A brace that does not begin an object: what follows is no name, no comment and no end.
_NO_OBJECT = re.compile(r"\{\s*+(?![\"'}\\/#\ufeff\u200b]|[\w$.+-]++\s*+:|[\w$.+-]*+\Z)")
# What counts for pairing braces: the braces, and strings, which may hold some.
_BRACE = re.compile(r'[{}]|"(?:[^"\\]|\\.)*(?:"|\Z)', re.DOTALL)
# A list at the beginning of a code fence. In prose, a bracket rarely begins JSON.
_FENCED_LIST = re.compile(r"[^{]*?```\w*\s*(?=\[\s*([\[{\"\]\d-]|\Z))")
_MAX_OPENINGS = 32  # braces to try; a text with more of them holds no JSON worth finding
_MAX_TOKEN = 8  # longest token that is not a string; longer numbers take the slow path

# Finds where a value ends, which `from_json` cannot.
_decoder = json.JSONDecoder(strict=False)


def read_json(text: str) -> Any:
    """Return the value of a text that is JSON from beginning to end.

    Raises:
        ValueError: The text is not JSON, is truncated, or is nested too deeply.
    """
    try:
        return from_json(text)
    except (ValueError, TypeError):  # TypeError: half a surrogate pair, unescaped
        pass
    try:
        return from_json(to_strict(text))
    except TypeError:
        raise ValueError("JSON has no surrogates between its tokens") from None
    except ValueError:
        inner = unescaped(text)
        if inner == text:
            raise
    return read_json(inner)


def unescaped(text: str) -> str:
    r"""Return JSON whose quotes are escaped, `{\"a\": 1}` or `{&quot;a&quot;: 1}`, without escapes.

    Any other text is returned as it is.
    """
    for _ in range(_MOST_ENCODINGS):
        found = ESCAPED.match(text)
        if found is None:
            break
        if found["entity"]:
            text = html.unescape(text)
            continue
        try:
            text = json.loads(f'"{text}"', strict=False)
        except ValueError:
            break
    return text


def read_json_at(text: str, position: int) -> tuple[Any, int]:
    """Return the JSON value that begins at a position, and where it ends.

    Raises:
        ValueError: No JSON begins there, or it is truncated or nested too deeply.
    """
    end = _end_of_value(text, position)
    return read_json(text[position:end]), end


def read_growing(text: str) -> Any:
    """Return the value of a text that may break off anywhere, as far as it goes.

    Strings, lists and objects that break off count as ended there. This is for showing an answer
    while it is streamed, and not for running a tool.

    Returns:
        The value; None if there is none yet.
    """
    for correct in (str, StrictJson().feed):
        try:
            return from_json(correct(text), allow_partial="trailing-strings")
        except (ValueError, TypeError):
            continue
    return None


def parse_arguments(text: str) -> dict[str, Any] | None:
    """Return the arguments of a whole tool call, which may be JSON text within JSON text.

    Returns:
        The arguments; {} for none (`""`, `null`, `[]` and the like), None if the text is not a
        JSON object.
    """
    arguments: Any = text
    try:
        for _ in range(_MOST_ENCODINGS):
            if isinstance(arguments, str):
                if PLACEHOLDERS.fullmatch(arguments):
                    return {}
                arguments = read_json(arguments)
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None


def comparable(value: Any) -> str:
    """A JSON value as a text that equal values have in common: `5`, `5.0` and `5e0` are one number.

    Unlike in Python, `true` is not `1`.
    """
    return json.dumps(_with_integers(value), sort_keys=True)


def _with_integers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _with_integers(inner) for key, inner in value.items()}
    return [*map(_with_integers, value)] if isinstance(value, list) else value


def to_strict_json(text: str) -> str:
    """Return JSON that every parser reads: the text itself if possible.

    NaN and Infinity, which JSON does not have, become strings.

    Raises:
        ValueError: See `read_json`.
    """
    try:
        from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError):
        return to_json(read_json(text), inf_nan_mode="strings").decode()
    return text


def find_json(text: str) -> str:
    """Find the JSON object in an answer: in a code fence, after prose, after reasoning in tags.

    A JSON list is found if it is the whole text or the content of a code fence.

    Args:
        text: An answer, whole or so far.

    Returns:
        The text of the first complete object. If there is none: that of the first broken or
        truncated one, up to its last brace or the end. Otherwise the text itself. Never an object
        inside another one.
    """
    # Each answer may lack the start tag here: prose before the JSON is left out anyway.
    text = unescaped(split_reasoning(text, held_back=len(text))[1].strip())
    text = text[after_late_reasoning(text) :].strip()
    if text.startswith("["):
        return text
    fence = _FENCED_LIST.match(text)
    if fence:
        start = fence.end()
        try:
            return text[start : _end_of_value(text, start)]
        except ValueError:
            return text[start:]
    return _find_object(text) or text


def after_late_reasoning(text: str) -> int:
    """Find where the answer begins after an end tag of reasoning without a start tag; else 0.

    An answer with JSON follows the tag, which stands in no JSON itself: what precedes it, JSON
    included, is reasoning.
    """
    found = 0
    if "</" not in text and "[/" not in text and "/think" not in text:
        return found
    position, is_open = 0, False
    for tag in TAG.finditer(text):
        if is_start(tag):
            is_open = True
            continue
        position = _end_of_objects(text, position, tag.start())
        if is_open or position > tag.start():
            is_open = False
        elif _OBJECT_START.search(text, tag.end()) or text[tag.end() :].lstrip().startswith("["):
            found = tag.end()
    return found


def _end_of_objects(text: str, position: int, limit: int) -> int:
    """Where the JSON objects end that begin between two positions."""
    for _ in range(_MAX_OPENINGS):
        start = text.find("{", position, limit)
        if start < 0:
            break
        try:
            position = _end_of_value(text, start)
        except ValueError:
            position = start + 1
    return position


def _find_object(text: str) -> str | None:
    broken = None
    braces = _Braces(text)
    start = text.find("{")
    for _ in range(_MAX_OPENINGS):
        if start < 0:
            break
        try:
            return text[start : _end_of_value(text, start)]
        except ValueError as error:
            end = None if _is_truncated(text, error) else braces.end_of(start)
        if _OBJECT_START.match(text, start):
            broken = broken or text[start:end]
            if end is None:
                break
        start = text.find("{", start + 1 if end is None else end)
    return broken


def _is_truncated(text: str, error: ValueError) -> bool:
    """Whether the text ends before its JSON does: a quick answer for texts that grow."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _MAX_TOKEN


class _Braces:
    """Where the braces of a text are closed. Each is looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[int, int | None] = {}

    def end_of(self, start: int) -> int | None:
        """Where the brace that opens at `start` is closed; None if it is not."""
        if start not in self._ends:
            self._find_ends(start)
        return self._ends[start]

    def _find_ends(self, start: int) -> None:
        unclosed: list[int] = []
        for match in _BRACE.finditer(self._text, start):
            if match.group() == "{":
                unclosed.append(match.start())
            elif match.group() == "}":
                self._ends[unclosed.pop()] = match.end()
                if not unclosed:
                    return
        self._ends.update(dict.fromkeys(unclosed))


def _end_of_value(text: str, position: int) -> int:
    try:
        return _decoder.raw_decode(text, position)[1]
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None
    except ValueError:
        if _NO_OBJECT.match(text, position):
            raise
        strict = StrictJson()
        value = strict.feed(text[position:])
        if not (strict.is_complete and _is_json(value)):
            raise
        return position + strict.size


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True
