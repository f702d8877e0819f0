"""Takes the answer to a JSON schema out of what models put around it: pieces in, pieces out.

The first field decides. Text passes through as it comes from a field of the schema on. Where it may
be a wrapper, such as `{"Person": {...}}` or `{"name": "Person", "arguments": {...}}`, the text is
held back to its end, and the answer inside is returned. Text that is no wrapper stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from weryai_core.chunk import Choice
from weryai_core.json_text import read_json
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
        self._shape = shape
        self._held = ""
        self._is_decided = False

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with what of its text is certain.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        if self._is_decided:
            return piece
        self._held += piece.text
        held = self._held
        is_end = is_last or piece.finish_reason is not None or bool(piece.tool_calls)
        text = self._release(is_end=is_end)
        if text == piece.text:
            return piece
        edits: list[Edit] = []
        if self._is_decided and text != held:
            edits.append((0, len(held), len(text)))
        return replace(piece, text=text, citations=move_citations(piece.citations, edits))

    def _release(self, *, is_end: bool) -> str:
        passes = self._passes()
        if not passes and not is_end:
            return ""
        self._is_decided = True
        return self._held if passes else self._unwrapped()

    def _passes(self) -> bool | None:
        """Whether the text is no wrapper; None if that is not known yet."""
        first = _FIRST_NAME.match(self._held)
        if first is None:
            return None if _BEGINNING.match(self._held) else True
        name = first.group(1)
        if name not in self._shape.names:
            return False
        value = self._held[first.end() :]
        if not value:
            return None
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
        found = self._shape.find(value)
        if found is value or not isinstance(found, Mapping):
            return self._held
        return write_json(found).decode()
