"""Finds the JSON in an answer that has more than that. No I/O."""

from __future__ import annotations

import json
import re

_THOUGHTS = re.compile(r"<(think|thinking)>.*?(</\1>|\Z)", re.DOTALL)
# The rest of thoughts whose beginning the upstream has cut off.
_THOUGHTS_END = re.compile(r".*</think(ing)?>", re.DOTALL)
# What an object begins with, if it is JSON's.
_BEGINNING = re.compile(r'\{\s*("|\}|\Z)')
# What counts when braces are paired: the braces, and texts, which may hold some.
_BRACE = re.compile(r'[{}]|"(?:[^"\\]|\\.)*(?:"|\Z)', re.DOTALL)
# A list at the beginning of a code fence. In mere words, a bracket begins anything but JSON.
_FENCED_LIST = re.compile(r"[^{]*?```\w*\s*(?=\[\s*([\[{\"\]\d-]|\Z))")
_MOST_OPENINGS = 32  # braces to look behind; a text with more of them holds no JSON worth finding

_LONGEST_TOKEN = 8  # of those that are no text: a number may be longer, and takes the long way

_decoder = json.JSONDecoder()


def find_json(text: str) -> str:
    """The JSON object in a text: out of a code fence, behind words or thoughts in `<think>`.

    Also the JSON list that is the text or is what a code fence holds.

    Args:
        text: An answer, whole or so far.

    Returns:
        The first object that is whole. If there is none: the first that is broken, or what may be
        the beginning of one, which goes to the end of the text; else the text itself. Never an
        object out of another one.
    """
    text = _without_thoughts(text)
    if text.startswith("["):
        return text
    fence = _FENCED_LIST.match(text)
    if fence:
        start = fence.end()
        try:
            return text[start : _decoder.raw_decode(text, start)[1]]
        except json.JSONDecodeError:
            return text[start:]
    broken = None
    start = text.find("{")
    for _ in range(_MOST_OPENINGS):
        if start < 0:
            break
        try:
            return text[start : _decoder.raw_decode(text, start)[1]]
        except json.JSONDecodeError as error:
            end = None if _goes_on(text, error) else _end(text, start)
        if _BEGINNING.match(text, start):
            broken = broken or text[start:end]
            if end is None:
                break
        start = text.find("{", start + 1 if end is None else end)
    return broken or text


def _without_thoughts(text: str) -> str:
    text = text.strip()
    if text.startswith("{"):
        return text  # no thoughts before it, and what looks like some in it belongs to it
    return _THOUGHTS_END.sub("", _THOUGHTS.sub("", text)).strip()


def _goes_on(text: str, error: json.JSONDecodeError) -> bool:
    """Whether JSON broke off because the text did: a quick answer for texts that grow."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _LONGEST_TOKEN


def _end(text: str, start: int) -> int | None:
    """Where the brace that opens at `start` is closed; None if it is not."""
    depth = 0
    for match in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    return None
