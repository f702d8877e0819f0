"""Moves an answer to the place where its request looks for it: pieces of a choice in, pieces out.

Some models write the JSON of an answer in their text though a call of a tool was required. Where
the text holds an object with fields of exactly one of the tools whose arguments are answers, that
object becomes the arguments of a call, and the text is dropped. Any other text stays text. It is
held back until a call comes, or the end.

Others call a tool of the schema's name, which nobody offered, though JSON was requested as text.
The arguments of that call become the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from weryai_core.chunk import Choice, ToolCallDelta
from weryai_core.json_text import read_json
from weryai_core.new_chunk import changed
from weryai_core.schemas.answers import AnswerShape, normalized, to_shape
from weryai_core.steps.move_citations import move_citations
from weryai_core.steps.read_answer import json_in
from weryai_core.wire import write_json


class AnswerToCall:
    """Makes a call of an answer in the text of one choice; a whole choice is one piece.

    Args:
        schemas: The schemas of the tools whose arguments are answers, by their names.
        call_id: The id of the call.
    """

    def __init__(self, schemas: Mapping[str, Mapping[str, Any]], call_id: str) -> None:
        self._shapes = [to_shape(schema, name=name) for name, schema in schemas.items()]
        self._call_id = call_id
        self._held: list[str] = []
        self._is_decided = False

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with a call in place of its text; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        if self._is_decided:
            return piece
        if piece.text:
            self._held.append(piece.text)
        self._is_decided = bool(piece.tool_calls or piece.refusal or piece.finish_reason or is_last)
        if not self._is_decided:
            return changed(piece, text="") if piece.text else piece
        text = "".join(self._held)
        call = None if piece.tool_calls or piece.refusal else self._call_in(text)
        if call is None:
            return piece if text == piece.text else changed(piece, text=text)
        return changed(
            piece,
            text="",
            tool_calls=(call,),
            citations=move_citations(piece.citations, [(0, len(text), 0)]),
            finish_reason="tool_calls" if piece.finish_reason == "stop" else piece.finish_reason,
        )

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return self._is_decided or not piece.text

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""

    def _call_in(self, text: str) -> ToolCallDelta | None:
        """The call that a text stands for; None for any other text."""
        try:
            value = read_json(json_in(text))
        except ValueError:
            return None
        found = [(shape.name, shape.find(value)) for shape in _fitting(self._shapes, value)]
        if len(found) != 1:
            return None
        [(name, arguments)] = found
        return ToolCallDelta(0, self._call_id, name, write_json(arguments).decode())


class AnswerToText:
    """Makes text of the call that answers in one choice; a whole choice is one piece.

    Args:
        name: The name of the requested schema.
        tools: The names of the tools that the request offers. Without any, each call answers.
    """

    def __init__(self, name: str, tools: Collection[str]) -> None:
        self._name = name
        self._tools = tools
        self._answers: dict[int, bool] = {}  # the index of a call -> whether it answers

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with text in place of a call that answers.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow.
        """
        if not piece.tool_calls and not self._answers:
            return piece
        for call in piece.tool_calls:
            self._answers.setdefault(call.index, self._is_answer(call.name or ""))
        if not any(self._answers.values()):
            return piece
        answers = [call for call in piece.tool_calls if self._answers[call.index]]
        text = piece.text + "".join(call.arguments for call in answers)
        is_call = piece.finish_reason == "tool_calls" and all(self._answers.values())
        return changed(
            piece,
            text=text,
            tool_calls=tuple(call for call in piece.tool_calls if call not in answers),
            finish_reason="stop" if is_call else piece.finish_reason,
        )

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return not self._answers

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""

    def _is_answer(self, name: str) -> bool:
        if name in self._tools:
            return False
        return not self._tools or normalized(name) == normalized(self._name)


def _fitting(shapes: Sequence[AnswerShape], value: Any) -> Sequence[AnswerShape]:
    """The shapes that a value has: those whose required fields are there, if there are any."""
    known = [
        (shape, inner)
        for shape in shapes
        if isinstance(inner := shape.find(value), Mapping) and shape.names & inner.keys()
    ]
    complete = [shape for shape, inner in known if shape.required <= inner.keys() <= shape.names]
    return complete or [shape for shape, _ in known]
