"""JSON as text: write a value, and find the objects that a prompt contains."""

from __future__ import annotations

import json
from typing import Any

JsonObject = dict[str, Any]


def to_json(value: Any) -> str:
    """Return a value as JSON, with every character that JSON allows unescaped."""
    return json.dumps(value, ensure_ascii=False)


def to_bytes(value: Any, *, compact: bool = True) -> bytes:
    """Return a value as JSON in UTF-8; in ASCII if it holds half a surrogate pair."""
    separators = (",", ":") if compact else None
    try:
        return json.dumps(value, ensure_ascii=False, separators=separators).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=separators).encode()


def read_json(text: str | bytes) -> Any:
    """Return the value that a JSON text is; bytes may be UTF-8, UTF-16 or UTF-32, with a mark.

    Raises:
        ValueError: It is not JSON, or it is nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_object(text: str) -> JsonObject | None:
    """Return the JSON object that a text is, or None if it is anything else."""
    try:
        value = read_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def split_objects(text: str) -> tuple[list[JsonObject], str]:
    """Return the JSON objects inside a text, and the text around them."""
    decoder = json.JSONDecoder()
    objects: list[JsonObject] = []
    rest: list[str] = []
    done = 0
    position = text.find("{")
    while position != -1:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position = text.find("{", position + 1)
            continue
        objects.append(value)
        rest.append(text[done:position])
        done = end
        position = text.find("{", end)
    return objects, " ".join([*rest, text[done:]])
