"""A tool call that grows with its fragments: its name, its id, and its arguments as they leave."""

from __future__ import annotations

import re
from typing import Any

from weryai_core.json_text import NO_ARGUMENTS, PLACEHOLDERS, parse_arguments, read_json

EMPTY_OBJECT = re.compile(r"\s*\{\s*\}\s*")
_MOST_ENCODINGS = 3  # how often arguments may be JSON text within JSON text


class GrowingCall:
    """A call that has begun: what identifies its further fragments, and what has not left yet."""

    __slots__ = (
        "arguments",
        "began_in",
        "extra",
        "held",
        "index",
        "name",
        "own_id",
        "size",
        "unsent",
        "wire_id",
        "wire_index",
    )

    def __init__(self, wire_index: int | None, began_in: int) -> None:
        self.wire_index = wire_index
        self.wire_id: str | None = None
        self.began_in = began_in  # number of the delta
        self.name = ""
        self.arguments: list[str] = []
        self.size = 0  # characters of the arguments
        self.held = ""  # first arguments, which may not be the real ones
        self.unsent = ""  # arguments
        self.extra: dict[str, Any] = {}  # unsent, too
        self.index: int | None = None  # None until it has left
        self.own_id = ""  # generated

    @property
    def has_arguments(self) -> bool:
        """Whether any arguments have come."""
        return bool(self.arguments or self.held)

    @property
    def is_complete(self) -> bool:
        """Whether the arguments are whole; a placeholder may yet be replaced."""
        # Checked from the end first, since parsing is slow.
        if not self.arguments or not self.arguments[-1].rstrip().endswith(("}", "]")):
            return False
        return _is_json("".join(self.arguments))

    def append(self, arguments: str) -> None:
        """Append a piece to the arguments."""
        self.arguments.append(arguments)
        self.size += len(arguments)

    def begin(self, arguments: str) -> str:
        """The part of the first arguments that is certain; the rest is held back."""
        self.held += arguments
        begun = _begun(self.held)
        if begun:
            self.held = ""
        return begun

    def equals(self, arguments: str) -> bool:
        """Whether these are the arguments once more."""
        given = parse_arguments(arguments)
        return given is not None and parse_arguments("".join(self.arguments)) == given

    def repeats(self, other: GrowingCall) -> bool:
        """Whether this call, which begins after the other, is the other one once more."""
        has_own_id = self.wire_id is not None and self.wire_id != other.wire_id
        if has_own_id or self.began_in == other.began_in or self.name.strip() != other.name.strip():
            return False
        is_same_place = self.wire_index == other.wire_index or self.wire_id is not None
        arguments = "".join(self.arguments) or self.held
        known = "".join(other.arguments) or other.held
        return is_same_place and parse_arguments(known or "{}") == parse_arguments(
            arguments or "{}"
        )

    def rest_of(self, arguments: str) -> str | None:
        """What restated arguments add to those so far; None if they are not those so far."""
        if not begins(arguments) or len(arguments) < self.size:
            return None
        so_far = "".join(self.arguments) or self.held
        # After one of the three, the same words may begin a nested object.
        if not so_far or so_far.rstrip()[-1:] in (":", ",", "["):
            return None
        return arguments.removeprefix(so_far) if arguments.startswith(so_far) else None


def begins(arguments: str) -> bool:
    """Whether a fragment may begin the arguments of a call."""
    return arguments.lstrip().startswith("{")


def _begun(text: str) -> str:
    """The arguments as far as they are certain; "" as long as all may be a placeholder.

    Arguments that are JSON text within JSON text are not certain before they end.
    """
    rest = text[_end_of_placeholders(text) :]
    if rest.startswith('"') or any(word.startswith(rest.rstrip()) for word in NO_ARGUMENTS):
        return ""
    return rest if rest.startswith("{") else text


def finished(text: str) -> str:
    """The arguments in a text of which nothing was certain, now that it has ended."""
    place = _end_of_placeholders(text)
    if place == len(text):
        return "{}" if "{" in text else ""
    rest = text[place:]
    return _decoded(rest) if rest.startswith(("{", '"')) else text


def _end_of_placeholders(text: str) -> int:
    # Sent by some for a tool without parameters, and by some before the real arguments.
    found = PLACEHOLDERS.match(text)
    return found.end() if found else 0


def _decoded(text: str) -> str:
    """The object in arguments that are JSON text within JSON text; other arguments unchanged."""
    inner = text
    try:
        for _ in range(_MOST_ENCODINGS):
            value = read_json(inner)
            if not isinstance(value, str):
                break
            inner = value
    except ValueError:
        return text
    if inner == text or parse_arguments(inner) is None:
        return text
    return _begun(inner) or finished(inner)


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True
