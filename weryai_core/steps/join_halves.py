"""Joins the characters that a stream tore apart: pieces of a choice in, pieces without halves out.

It is the first thing that happens to the pieces of a choice, and to those of torn streams only.
Whatever field of whatever JSON a text came in, what counts is which text of the choice goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from weryai_core.chunk import Choice, ToolCallDelta, merge_choices
from weryai_core.surrogates import HalfJoiner, to_text, without_surrogates


class TornPieces:
    """The halves of the texts of one choice."""

    def __init__(self) -> None:
        self._halves = HalfJoiner()

    def join(self, piece: Choice) -> Choice:
        """A piece with whole characters. If it is the end, with what was held back as well."""
        halves = self._halves
        calls = [
            replace(call, arguments=halves.join(("call", call.index), call.arguments))
            for call in piece.tool_calls
        ]
        audio = {
            name: halves.join(("audio", name), value) if isinstance(value, str) else value
            for name, value in piece.audio.items()
        }
        joined = replace(
            piece,
            text=halves.join("text", piece.text),
            reasoning=halves.join("reasoning", piece.reasoning),
            refusal=halves.join("refusal", piece.refusal),
            tool_calls=tuple(calls),
            audio=audio,
        )
        if piece.finish_reason:
            joined = merge_choices(piece.index, [joined, self.rest(piece.index)])
            halves.clear()
        return joined

    def rest(self, index: int) -> Choice:
        """What is held back, as a piece of the choice with this number. Changes nothing."""
        rest = Choice(index)
        for key, half in self._halves.held.items():
            match key:
                case ("call", int(number)):
                    rest = replace(
                        rest, tool_calls=(*rest.tool_calls, ToolCallDelta(number, arguments=half))
                    )
                case ("audio", str(name)):
                    rest = replace(rest, audio={**rest.audio, name: half})
                case "text":
                    rest = replace(rest, text=half)
                case "reasoning":
                    rest = replace(rest, reasoning=half)
                case _:
                    rest = replace(rest, refusal=half)
        return rest

    def moved(self, position: int, text: str) -> int:
        """Where a place in the text of the next piece is once the piece is joined."""
        return len(self._halves.peek("text", text[:position])) if position else 0


def without_halves(piece: Choice) -> Choice:
    """A piece whose fields hold no halves, except for the texts that `TornPieces` joins."""
    cleaned: Choice = replace(
        piece,
        tool_calls=tuple(_cleaned(call) for call in piece.tool_calls),
        finish_reason=piece.finish_reason and to_text(piece.finish_reason),
        logprobs=without_surrogates(piece.logprobs),
        sources=without_surrogates(piece.sources),
        audio={
            name: value if isinstance(value, str) else without_surrogates(value)
            for name, value in piece.audio.items()
        },
        images=tuple(map(to_text, piece.images)),
    )
    return cleaned


def with_whole_arguments(calls: Sequence[ToolCallDelta]) -> tuple[ToolCallDelta, ...]:
    """Calls whose arguments do not go on, without halves."""
    return tuple(replace(_cleaned(call), arguments=to_text(call.arguments)) for call in calls)


def _cleaned(call: ToolCallDelta) -> ToolCallDelta:
    return replace(
        call,
        id=call.id and to_text(call.id),
        name=call.name and to_text(call.name),
        extra=without_surrogates(call.extra),
    )
