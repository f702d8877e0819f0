"""Makes calls of the tokens that a server has left in a text: pieces of a choice in, pieces out.

From a mark that a call follows, the text is held back to its end, since a call ends an answer.
Marks in code and in the middle of a sentence, and marks that no call follows, are text. So are
calls without any token (`functions.add:0{}`) that are not the head of an answer. A call that
cannot be read remains text, and `is_broken` reports it: it is never the answer.

Without tools in the request, or where it forbids calls, no call can be the answer: then each is
broken. Without tools that holds for special tokens, unless more text follows them.

A model may write its calls among its reasoning. Where nothing else comes, they are its calls.

A server may have read a call that it also leaves in the text. That call is made once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from weryai_core.call_tokens.code_spans import CodeSpans
from weryai_core.call_tokens.find import (
    LOOKAHEAD,
    Tools,
    begins_bare_call,
    goes_on,
    is_attempt,
    is_subject,
)
from weryai_core.call_tokens.json_calls import TokenCall
from weryai_core.call_tokens.marks import (
    IS_SPECIAL,
    MARK,
    ONLY_MARKS,
    PROSE_AFTER_END,
    UNFINISHED,
    may_begin_mark,
)
from weryai_core.call_tokens.parse import parse_ending, parse_tokens
from weryai_core.chunk import Choice, ToolCallDelta, merge_tool_calls
from weryai_core.json_text import parse_arguments
from weryai_core.new_chunk import changed
from weryai_core.steps.move_citations import move_citations
from weryai_core.steps.read_arguments import ArgumentsReader
from weryai_core.steps.unwrap_arguments import ArgumentsUnwrapper
from weryai_core.strict_json import Edit
from weryai_core.text_pieces import Backlog, TextPieces

_MOST_PASSED = 256  # pieces to keep before they are looked at
_TRUNCATED = ("length", "max_tokens", "MAX_TOKENS")
_BLANK = " \t\r\n\ufeff\u200b"
_LONGEST_STRAY = 1000  # characters of marks at the end of a text
_CALL_ENDS = ("}", "]", ">", ")")
# A form that is explained: `{"name": ..., "arguments": {...}}`.
_EXPLAINED = re.compile(
    r"[:{\[(]\s*(?:\.{3}|\u2026)\s*[}\]),]|(?:[|\uff5c]>|:\d{1,3}|\[ARGS\])\s*(?:\.{3}|\u2026)"
)
# An id in the place of a name.
_IS_ID = re.compile(
    r"\d+|[0-9a-f]{24,}|(?:call|toolu|tooluse|fc|chatcmpl-tool|tool_call)[_-](?=\w*\d)\w+"
)


class TokenReader:
    """Reads the pieces of one choice; a whole choice is one piece.

    Args:
        tools: The tools of the request.
        prefix: What the ids of the calls begin with; each call appends its number.
        names: The names of tools as the request has them -> the names that the user gave.
        expects_json: Whether the answer is JSON, so that JSON alone is no call.
        allows_calls: Whether the request allows calls.
        only_tool: The tool that the request forces; None if the model may choose.

    Attributes:
        has_calls: Whether it has read calls.
        is_broken: Whether the answer ended in a call that cannot be read.
        is_truncated: Whether it was truncated.
    """

    def __init__(
        self,
        tools: Tools,
        prefix: str,
        *,
        names: Mapping[str, str] = MappingProxyType({}),
        expects_json: bool = False,
        allows_calls: bool = True,
        only_tool: str | None = None,
    ) -> None:
        self.has_calls: bool = False
        self.is_broken: bool = False
        self.is_truncated: bool = False
        self._tools = tools
        self._makes_calls = bool(tools) and allows_calls
        self._names = names
        self._only_tool = only_tool
        self._prefix = prefix
        self._held = ""
        self._backlog = Backlog()
        self._more = TextPieces()  # what follows, once a call has begun
        self._is_head = bool(tools) and not expects_json  # nothing but white space has come
        self._is_call = False  # what is held back begins with a call
        self._is_bare = False  # without a mark
        self._explains = False  # the text is about such calls
        self._passed: list[str] = []  # the text before it, as far as it was not looked at
        self._spans = CodeSpans()  # of that text
        self._position = 0  # where it ends
        self._edits: list[Edit] = []
        self._sent: list[ToolCallDelta] = []  # the calls in their field
        self._found: list[TokenCall] = []  # the calls in the text that are still to be made
        self._has_text = False
        self._reasoning = TextPieces()

    @property
    def is_empty(self) -> bool:
        """Whether neither text nor calls have come so far."""
        self._look_back()
        return not (self._has_text or self.has_calls or self._sent)

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with tool calls in place of their tokens; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        text = piece.text
        if piece.tool_calls:
            self._sent += piece.tool_calls
        if piece.reasoning:
            self._reasoning.add(piece.reasoning)
        is_end = is_last or piece.finish_reason is not None
        if not (text or is_end):
            return piece
        is_held = self._held or self._is_head or self._found or (is_end and self._reasoning)
        if not (is_held or may_begin_mark(text)):
            self._passed.append(text)
            if len(self._passed) >= _MOST_PASSED:
                self._look_back()
            return self._placed(piece) if piece.citations else piece
        self._look_back()
        self.is_truncated = self.is_truncated or piece.finish_reason in _TRUNCATED
        released = self._read_text(text, is_end=is_end)
        if is_end and self.is_empty and not piece.refusal:
            self._end_reasoning()
        is_stop = piece.finish_reason == "stop" and bool(self._found)
        calls = self._made_calls(is_last=is_last)
        if released == text and not calls and not is_stop:
            return self._placed(piece) if piece.citations else piece
        return self._placed(
            changed(
                piece,
                text=released,
                tool_calls=(*piece.tool_calls, *calls),
                logprobs=piece.logprobs if released == text else None,
                finish_reason="tool_calls" if is_stop else piece.finish_reason,
            )
        )

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return not (self._held or self._found or (self._is_head and piece.text))

    def note_copied(self, text: str, reasoning: str) -> None:
        """Note what has passed unchanged."""
        if text:
            self._passed.append(text)
            self._look_back()
        if reasoning:
            self._reasoning.add(reasoning)

    def _placed(self, piece: Choice) -> Choice:
        return changed(piece, citations=move_citations(piece.citations, self._edits))

    def _read_text(self, text: str, *, is_end: bool) -> str:
        """The text that is certain now. The calls in it are found at its end."""
        if self._is_call:
            self._more.add(text)
        else:
            new = self._backlog.add(text, len(self._held), is_end=is_end)
            if new is None:
                return ""
            self._held += new
        released: list[str] = []
        calls: Sequence[TokenCall] = ()
        if self._is_head and not self._read_head(released, is_end=is_end):
            return ""
        while not calls:
            if not self._is_call:
                self._release(released, is_end=is_end)
            if not (is_end and self._is_call):
                break
            self._held += self._more.take()
            calls = self._end(released)
            if self.is_broken:
                released.append(self._take(len(self._held)))
                self._is_call = False
                break
        self._found += calls
        return "".join(released)

    def _read_head(self, released: list[str], *, is_end: bool) -> bool:
        """Whether the text is past its head, where a call may come without its first mark."""
        visible = self._held.lstrip(_BLANK)
        found = begins_bare_call(visible, self._tools, is_end=is_end) if visible else None
        if found is None and not is_end:
            return False
        self._is_head = False
        if found:
            released.append(self._take(len(self._held) - len(visible)))
            self._is_call = self._is_bare = True
        return True

    def _release(self, released: list[str], *, is_end: bool) -> None:
        """Release text up to a mark that a call follows."""
        while not self._is_call:
            mark = MARK.search(self._held)
            if not mark:
                unfinished = None if is_end else UNFINISHED.search(self._held)
                released.append(self._take(unfinished.start() if unfinished else len(self._held)))
                break
            released.append(self._take(mark.start()))
            if not self._spans.is_code:
                self._is_call = is_attempt(self._held, self._tools, is_end=is_end)
                is_stray = not self._is_call and self._is_stray(mark)
                if self._is_call or (not is_end and (is_stray or len(self._held) < LOOKAHEAD)):
                    break
                if is_stray:
                    self._end_stray(released)
                    break
            released.append(self._take(len(mark[0])))

    def _is_stray(self, mark: re.Match[str]) -> bool:
        """Whether nothing but marks of calls stands at the end of the text."""
        if len(self._held) > _LONGEST_STRAY or not ONLY_MARKS.match(self._held):
            return False
        if self._sent or self.has_calls:
            return True
        if mark["other"] or not self._tools or self._explains:
            return False
        if self._spans.is_sentence or self._spans.is_list:
            return False
        tail = self._spans.tail.rstrip()
        return not tail.endswith(">") if IS_SPECIAL.match(mark[0]) else tail.endswith(_CALL_ENDS)

    def _end_stray(self, released: list[str]) -> None:
        """Remove the marks at the end. Without a call in the answer, one was lost."""
        if self._sent or self.has_calls:
            self._remove(len(self._held))
        else:
            self.is_broken = True
            released.append(self._take(len(self._held)))

    def _end(self, released: list[str]) -> Sequence[TokenCall]:
        """The calls of what is held back; text that follows them is released."""
        parsed = parse_tokens(self._held, self._tools, is_truncated=self.is_truncated)
        rest = parsed[1] if parsed else ""
        if self._is_text(rest, is_read=parsed is not None):
            self._explains = self._explains or not self._is_bare
            self._is_call = self._is_bare = False
            released.append(self._take(self._end_of_text(rest, is_read=parsed is not None)))
            return ()
        calls = self._with_names(parsed[0]) if parsed else None
        if calls is None or not self._makes_calls:
            self.is_broken = True
            return ()
        self._remove(len(self._held) - len(rest))
        self._is_call = False
        self.has_calls = True
        taken = self._take(len(self._held))
        released.append(taken if taken.strip() else "")
        return calls

    def _end_of_text(self, rest: str, *, is_read: bool) -> int:
        """Where the call ends that is text, as far as that is known."""
        if is_read:
            return len(self._held) - len(rest)
        end = PROSE_AFTER_END.search(self._held)
        mark = MARK.match(self._held)
        return end.end() - 1 if end else len(mark[0]) if mark else 1

    def _with_names(self, calls: Sequence[TokenCall]) -> Sequence[TokenCall] | None:
        """The calls; None if an id stands in the place of a name, and the tool is in doubt."""
        named = []
        for call in calls:
            if call.name not in self._tools and _IS_ID.fullmatch(call.name):
                if self._only_tool is None:
                    return None
                call = call._replace(name=self._only_tool, id=call.id or call.name)
            named.append(call)
        return named

    def _end_reasoning(self) -> None:
        """Find the calls that the reasoning ends in."""
        found = parse_ending(self._reasoning.take(), self._tools)
        found = found and (self._with_names(found) or ())
        if found and self._makes_calls:
            self.has_calls = True
            self._found += found
        else:
            self.is_broken = self.is_broken or found is not None

    def _is_text(self, rest: str, *, is_read: bool) -> bool:
        """Whether a call that has been found is part of prose: more of a sentence is around it."""
        if self._is_bare and self._held.startswith(("{", "[")):
            return not is_read or bool(rest.strip())
        after = rest if is_read else self._held
        if self._spans.tag and f"</{self._spans.tag}" in after.lower():
            return True
        if rest.strip() and (not self._tools or self._spans.is_indented):
            return True
        if not is_read and (self._is_plain or _EXPLAINED.search(self._held)):
            return True
        is_whole = is_read and not (self._is_bare or self._has_text)
        if is_subject(self._held, rest, self._tools, is_read=is_read, is_whole=is_whole):
            return True
        may_go_on = self._spans.is_sentence and (rest or not is_read)
        return bool(may_go_on and goes_on(self._held, rest))

    @property
    def _is_plain(self) -> bool:
        """Whether what is held back is the head of a text, and has no token in it."""
        if not self._is_bare or self._held.lstrip(_BLANK).startswith("tool_code"):
            return False
        return MARK.search(self._held) is None

    def _made_calls(self, *, is_last: bool) -> list[ToolCallDelta]:
        """The calls in the text, numbered, without those that the server has also read itself.

        The arguments of the server's calls may come as late as the last piece.
        """
        if not self._found or (self._sent and not is_last):
            return []
        sent = self._received(self._sent)
        number = max((call.index + 1 for call in sent), default=0)
        found = [
            ToolCallDelta(n, call.id, self._names.get(call.name, call.name), call.arguments)
            for n, call in enumerate(self._found, number)
        ]
        self._found.clear()
        if sent:
            known = [(call.name, parse_arguments(call.arguments)) for call in sent]
            found = [
                call
                for call, received in zip(found, self._received(found), strict=True)
                if (call.name, parse_arguments(received.arguments)) not in known
            ]
        return [
            replace(call, index=n, id=call.id or f"{self._prefix}{n:02x}")
            for n, call in enumerate(found, number)
        ]

    def _received(self, calls: Sequence[ToolCallDelta]) -> Sequence[ToolCallDelta]:
        """The calls with the arguments that their tools get."""
        piece = Choice(tool_calls=merge_tool_calls(calls))
        piece = ArgumentsReader().read(piece, True)
        return ArgumentsUnwrapper(self._tools, self._names).read(piece, True).tool_calls

    def _take(self, length: int) -> str:
        text = self._held[:length]
        self._passed.append(text)
        self._look_back()
        self._held = self._held[length:]
        return text

    def _remove(self, length: int) -> None:
        self._edits.append((self._position, self._position + length, 0))
        self._position += length
        self._held = self._held[length:]

    def _look_back(self) -> None:
        """Note what the text before has."""
        text = "".join(self._passed)
        self._passed.clear()
        self._has_text = self._has_text or bool(text.strip())
        self._spans.read(text)
        self._position += len(text)
