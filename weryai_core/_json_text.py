"""Finds the JSON in an answer that has more than that. No I/O."""

from __future__ import annotations

import json
import re

_THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_MOST_OPENINGS = 32  # braces to look behind; a text with more of them holds no JSON worth finding

_decoder = json.JSONDecoder()


def find_json(text: str) -> str:
    """The JSON object in a text: out of a code fence, behind words or `<think>` thoughts.

    Args:
        text: An answer, whole or so far.

    Returns:
        The first object that is whole; else what follows the first opening brace, which may be the
        beginning of one; else the text itself.
    """
    text = _THOUGHTS.sub("", text).strip()
    openings = [match.start() for match in re.finditer(r"\{", text)][:_MOST_OPENINGS]
    if not openings or text.startswith("["):
        return text
    for start in openings:
        try:
            _, end = _decoder.raw_decode(text, start)
        except ValueError:
            continue
        return text[start:end]
    return text[openings[0] :]
