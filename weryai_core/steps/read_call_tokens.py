"""Makes calls of the tokens that a server has left in a text: pieces of a choice in, pieces out.

From a token that a call follows, the text is held back to its end, since a call ends an answer.
Tokens in code, and tokens that no call follows, are text. A call that cannot be read remains text,
which `has_broken_call` reports: it is never the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from weryai_core.chunk import Choice, ToolCallDelta, merge_tool_calls
from weryai_core.json_text import parse_arguments
from weryai_core.prompted.call_tokens import (
    LOOKAHEAD,
    STRAY_TOKEN,
    TOKEN,
    UNFINISHED_TOKEN,
    TokenCall,
    Tools,
    find_attempt,
    is_attempt,
    is_code,
    parse_tokens,
)
from weryai_core.steps.move_citations import move_citations
from weryai_core.strict_json import Edit

_TRUNCATED = ("length", "max_tokens", "MAX_TOKENS")


def has_broken_call(text: str, tools: Tools) -> bool:
    """Whether the text of a whole answer holds a call that could not be read."""
    return bool(tools) and find_attempt(text, tools) is not None


class TokenReader:
    """Reads the pieces of one choice; a whole choice is one piece.

    Args:
        tools: The tools of the request.
        prefix: What the ids of the calls begin with; each call appends its number.
        names: The names of tools as the request has them -> the names that the user gave.
    """

    def __init__(
        self, tools: Tools, prefix: str, *, names: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._tools = tools
        self._names = names
        self._prefix = prefix
        self._held = ""
        self._is_call = False  # what is held back begins with a call
        self._passed: list[str] = []  # the text before it
        self._position = 0  # where it begins in the text
        self._edits: list[Edit] = []
        self._sent: list[ToolCallDelta] = []  # the calls in their field
        self._is_truncated = False

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with tool calls in place of their tokens; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        self._sent += piece.tool_calls
        text = piece.text
        if not self._held and not ("<" in text or "[" in text):
            self._pass(text)
            return self._placed(piece) if piece.citations else piece
        self._held += text
        is_end = is_last or piece.finish_reason is not None
        self._is_truncated = self._is_truncated or piece.finish_reason in _TRUNCATED
        released = self._release(is_end=is_end)
        calls: list[ToolCallDelta] = []
        if is_end and self._is_call:
            rest, calls = self._end(is_last=is_last)
            released += rest
        is_stop = piece.finish_reason == "stop" and calls
        return self._placed(
            replace(
                piece,
                text=released,
                tool_calls=(*piece.tool_calls, *calls),
                logprobs=piece.logprobs if released == text else None,
                finish_reason="tool_calls" if is_stop else piece.finish_reason,
            )
        )

    def _placed(self, piece: Choice) -> Choice:
        return replace(piece, citations=move_citations(piece.citations, self._edits))

    def _release(self, *, is_end: bool) -> str:
        """Release text up to a token that a call follows."""
        released: list[str] = []
        while not self._is_call:
            token = TOKEN.search(self._held)
            stray = STRAY_TOKEN.search(self._held, 0, token.start() if token else len(self._held))
            if stray:
                released.append(self._take(stray.start()))
                if self._is_code(0):
                    released.append(self._take(len(stray[0])))
                else:
                    self._edits.append((self._position, self._position + len(stray[0]), 0))
                    self._skip(len(stray[0]))
                continue
            if not token:
                unfinished = None if is_end else UNFINISHED_TOKEN.search(self._held)
                length = unfinished.start() if unfinished else len(self._held)
                released.append(self._take(length))
                break
            if not self._is_code(token.start()):
                rest = self._held[token.start() :]
                self._is_call = is_attempt(rest, self._tools, is_end=is_end)
                if self._is_call or (len(rest) < LOOKAHEAD and not is_end):
                    released.append(self._take(token.start()))
                    break
            released.append(self._take(token.end()))
        return "".join(released)

    def _end(self, *, is_last: bool) -> tuple[str, list[ToolCallDelta]]:
        """The text and the calls of what is held back; text alone if it cannot be read."""
        parsed = parse_tokens(self._held, self._tools, is_truncated=self._is_truncated)
        if parsed is None:
            return (self._take(len(self._held)) if is_last else ""), []
        found, rest = parsed
        start = self._position
        self._skip(len(self._held) - len(rest))
        self._edits.append((start, self._position, 0))
        self._is_call = False
        return (self._take(len(self._held)) if rest.strip() else ""), self._to_deltas(found)

    def _to_deltas(self, calls: Sequence[TokenCall]) -> list[ToolCallDelta]:
        """The calls, numbered, without those that the server has also read itself."""
        sent = merge_tool_calls(self._sent)
        known = [(call.name, parse_arguments(call.arguments)) for call in sent]
        number = max((call.index + 1 for call in sent), default=0)
        named = [call._replace(name=self._names.get(call.name, call.name)) for call in calls]
        new = [c for c in named if (c.name, parse_arguments(c.arguments)) not in known]
        return [
            ToolCallDelta(n, call.id or f"{self._prefix}{n:02x}", call.name, call.arguments)
            for n, call in enumerate(new, number)
        ]

    def _is_code(self, position: int) -> bool:
        return is_code("".join(self._passed) + self._held[:position])

    def _take(self, length: int) -> str:
        text = self._held[:length]
        self._pass(text)
        self._held = self._held[length:]
        return text

    def _skip(self, length: int) -> None:
        self._position += length
        self._held = self._held[length:]

    def _pass(self, text: str) -> None:
        if text:
            self._passed.append(text)
            self._position += len(text)
