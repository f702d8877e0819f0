"""Takes the answer to a JSON schema out of what models put around it: pieces in, pieces out.

The first field decides. Text passes through as it comes from a field of the schema on. Where it may
be a wrapper, such as `{"Person": {...}}` or `{"name": "Person", "arguments": {...}}`, the text is
held back to its end, and the answer inside is returned. Text that is no wrapper stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from weryai_core.chunk import Choice
from weryai_core.json_text import read_json
from weryai_core.new_chunk import changed
from weryai_core.schemas.answers import AnswerShape, may_begin_call
from weryai_core.steps.move_citations import move_citations
from weryai_core.strict_json import Edit
from weryai_core.wire import write_json

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_FIRST_NAME = re.compile(r'\s*\{\s*"((?:[^"\\]|\\.)*)"\s*:\s*', re.DOTALL)
_BEGINNING = re.compile(r'\s*(?:\{\s*(?:"(?:[^"\\]|\\.)*\\?(?:"\s*)?)?)?\Z', re.DOTALL)


class Unwrapper:
    """Unwraps the pieces of one choice; a whole choice is one piece."""

    def __init__(self, shape: AnswerShape) -> None:
        self._text = UnwrappedText(shape, shape.find)

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with what of its text is certain.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        if self._text.is_decided:
            return piece
        text = self._text.feed(piece.text)
        if is_last or piece.finish_reason is not None or piece.tool_calls:
            text += self._text.end()
        if text == piece.text:
            return piece
        citations = move_citations(piece.citations, self._text.edits)
        return changed(piece, text=text, citations=citations)

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return self._text.is_decided or not piece.text

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""


class UnwrappedText:
    """Takes an object out of what a text has around it.

    Args:
        shape: What the object looks like.
        find: Finds the object in a value that may be a wrapper, or returns that value.

    Attributes:
        is_decided: Whether the text passes through from now on.
        edits: What was changed, in places of the text that came.
    """

    def __init__(self, shape: AnswerShape, find: Callable[[Any], Any]) -> None:
        self.is_decided: bool = False
        self.edits: list[Edit] = []
        self._shape = shape
        self._find = find
        self._held = ""

    def feed(self, text: str) -> str:
        """Read the next piece; returns the text as far as it is certain."""
        if self.is_decided:
            return text
        self._held += text
        self.is_decided = bool(self._passes())
        return self._held if self.is_decided else ""

    def end(self) -> str:
        """Return what is held back: the object inside if it is a wrapper, else the text itself."""
        if self.is_decided:
            return ""
        self.is_decided = True
        text = self._unwrapped()
        if text != self._held:
            self.edits.append((0, len(self._held), len(text)))
        return text

    def _passes(self) -> bool | None:
        """Whether the text is no wrapper; None if that is not known yet."""
        first = _FIRST_NAME.match(self._held)
        if first is None:
            return None if _BEGINNING.match(self._held) else True
        name = first.group(1)
        value = self._held[first.end() :]
        if not value:
            return None
        if name not in self._shape.names:
            return not self._shape.may_be_wrapped(name, value)
        text = _STRING.match(value)
        if text is not None:
            return not may_begin_call(self._shape.name, name, text.group(1))
        may_begin = may_begin_call(self._shape.name, name, value[1:], is_whole=False)
        return None if value[0] == '"' and may_begin else True

    def _unwrapped(self) -> str:
        try:
            value = read_json(self._held)
        except ValueError:
            return self._held
        found = self._find(value)
        if found is value or not isinstance(found, Mapping):
            return self._held
        return write_json(found).decode()
