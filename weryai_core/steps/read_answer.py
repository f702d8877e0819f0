"""Reads the answer to a request for JSON: pieces of a choice in, pieces with the JSON alone out.

Models put JSON into a code fence, after their reasoning or into prose. What precedes the JSON is
held back, and dropped once the JSON begins; what follows it is dropped. The JSON itself passes
through as it comes, as strict JSON. An answer without JSON, such as an apology, is returned as it
is, and so is text that comes with a tool call.

What counts as JSON depends on the text alone, never on how a stream happened to cut it. There is
one exception: JSON among reasoning whose start tag is missing. A stream has given that out when the
end tag comes. The tag and the answer then follow it, so that `find_json` finds the answer.
"""

from __future__ import annotations

import re

from weryai_core.chunk import Choice
from weryai_core.json_text import after_late_reasoning, find_json, read_json, unescaped
from weryai_core.new_chunk import changed
from weryai_core.reasoning_marks import LONGEST_TAG, TAG, find_end, may_start, start_kind
from weryai_core.steps.move_citations import move_citations
from weryai_core.strict_json import Edit, StrictJson, to_strict
from weryai_core.text_pieces import Backlog

# How an object begins: with a brace, its first name and a colon, which prose rarely has.
_NAME = r"(?:\"(?:[^\"\\]|\\.){0,200}\"|'(?:[^'\\]|\\.){0,200}'|[A-Za-z_$][\w$]{0,200})"
_OBJECT = re.compile(rf"\{{\s{{0,200}}{_NAME}\s{{0,200}}:", re.DOTALL)
_OBJECT_SO_FAR = re.compile(
    r"\{\s{0,200}(?:\"(?:[^\"\\]|\\.){0,200}\\?|'(?:[^'\\]|\\.){0,200}\\?"
    rf"|{_NAME}\s{{0,200}})?\Z",
    re.DOTALL,
)
# How a list begins where it counts: at the start of the text, or of a code fence.
_LIST = re.compile(r"(?:```\w{0,20})?\s{0,200}(?=\[\s{0,200}[\[{\"\d\]-])")
_LIST_SO_FAR = re.compile(r"(?:`{1,2}|```\w{0,20})?\s{0,200}(?:\[\s{0,200})?\Z")
_OPENING = re.compile("[{`]")

_MOST_ENCODINGS = 3  # how often an answer may be JSON text within JSON text
_QUOTE = re.compile('"|&(?:quot|#)')
_LONGEST_FENCE = 100  # characters before such a text

# What may stand around an empty object that is the whole answer.
_AROUND = re.compile(r"\s*(?:`{1,3}\w*)?[\s`]*")


class AnswerReader:
    """Reads the pieces of one choice; a whole choice is one piece."""

    def __init__(self) -> None:
        self._text = AnswerText()

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with the JSON of its text alone.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        is_end = is_last or piece.finish_reason is not None
        text = self._text.feed(piece.text, is_end=is_end) if piece.text else ""
        if piece.tool_calls:
            text += self._text.give_up()
        if is_end:
            text += self._text.end()
        if text == piece.text and not piece.citations:
            return piece
        edits = self._text.edits if piece.citations else []
        return changed(piece, text=text, citations=move_citations(piece.citations, edits))

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return not piece.text

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""


class AnswerText:
    """Separates the JSON in a text from the rest of it."""

    def __init__(self) -> None:
        self._held = ""  # what precedes the JSON
        self._backlog = Backlog()
        self._scanned = 0  # how far no JSON begins
        self._is_fresh = True
        self._has_begun = False  # whether the text is past its reasoning
        self._after_reasoning = 0  # where a whole text begins whose reasoning lacks the start tag
        self._reasoning_kind = ""  # of the tags that reasoning stands in
        self._json: StrictJson | None = None
        self._start = 0
        self._is_list_alone = False
        self._is_ended = False
        self._removed: list[Edit] = []

    @property
    def edits(self) -> list[Edit]:
        """What was changed, in places of the original text."""
        of_json = self._json.edits if self._json else ()
        moved = [(start + self._start, end + self._start, size) for start, end, size in of_json]
        return [*self._removed, *moved]

    def feed(self, text: str, *, is_end: bool = False) -> str:
        """Read the next piece; returns the JSON as far as it is certain.

        Args:
            text: The piece.
            is_end: Whether it is the last one.
        """
        if self._is_ended:
            return text
        if is_end and self._is_fresh:
            self._after_reasoning = self._scanned = after_late_reasoning(text)
        self._is_fresh = False
        if self._json is not None:
            return self._json.feed(text)
        new = self._backlog.add(text, len(self._held), is_end=is_end)
        if new is None:
            return ""
        self._held += new
        start = self._find_start()
        return "" if start is None else self._begin(start)

    def give_up(self) -> str:
        """Return what is held back as it came, and from now on all text: it is no answer yet."""
        if self._is_ended:
            return ""
        begun = self._read_backlog()
        self._is_ended = True
        if self._json is None:
            return self._held
        rest = self._json.tail if self._json.is_complete else self._json.feed("", is_end=True)
        return begun + rest

    def end(self) -> str:
        """Return what is left of the JSON; the text itself if it holds none."""
        if self._is_ended:
            return ""
        begun = self._read_backlog()
        self._is_ended = True
        strict = self._json
        if strict is None:
            return self._rest_of_odd_text()
        return begun + self._rest_after(strict)

    def _read_backlog(self) -> str:
        return self.feed("", is_end=True) if self._backlog else ""

    def _rest_after(self, strict: StrictJson) -> str:
        """What is left of JSON that has begun."""
        tail = strict.tail
        if not strict.is_complete or self._is_list_alone or tail.isspace():
            return strict.feed("", is_end=True)
        end = self._start + strict.size
        # The JSON that has been given out was part of the reasoning. `find_json` finds the answer.
        answer = after_late_reasoning(tail)
        start = max((tag.start() for tag in TAG.finditer(tail, 0, answer)), default=len(tail))
        self._removed.append((end, end + start, 0))
        return tail[start:]

    def _find_start(self) -> int | None:
        """Where the JSON begins; None if it has not begun."""
        if not self._has_begun:
            if not self._skip_reasoning() or _LIST_SO_FAR.match(self._held, self._scanned):
                return None
            self._has_begun = True
            alone = _LIST.match(self._held, self._scanned)
            if alone is not None:
                self._is_list_alone = "`" not in alone.group()
                return alone.end()
        while (found := _OPENING.search(self._held, self._scanned)) is not None:
            self._scanned = found.start()
            is_object = found.group() == "{"
            begun = (_OBJECT if is_object else _LIST).match(self._held, self._scanned)
            if begun is not None:
                return self._scanned if is_object else begun.end()
            if (_OBJECT_SO_FAR if is_object else _LIST_SO_FAR).match(self._held, self._scanned):
                return None
            self._scanned += 1
        self._scanned = len(self._held)
        return None

    def _skip_reasoning(self) -> bool:
        """Skip reasoning in tags; False if it goes on, or may still begin."""
        if self._after_reasoning:
            return True
        if not self._reasoning_kind:
            visible = self._held.lstrip()
            if may_start(visible):
                return False
            self._reasoning_kind = start_kind(visible)
            if not self._reasoning_kind:
                return True
        end = find_end(self._held, self._reasoning_kind, self._scanned)
        # The tag may be cut by the end of the piece.
        self._scanned = end.end() if end else max(0, len(self._held) - LONGEST_TAG)
        return end is not None

    def _begin(self, start: int) -> str:
        self._start = start
        self._json = StrictJson()
        before, rest = self._held[:start], self._held[start:]
        self._held = ""
        if before and not before.isspace():
            self._removed.append((0, start, 0))
            before = ""
        return before + self._json.feed(rest)

    def _rest_of_odd_text(self) -> str:
        """The JSON in a text in which none has begun, such as `{}`; else the text itself."""
        inner = _decoded(self._held)
        if inner != self._held:
            self._removed.append((0, len(self._held), len(inner)))
            return inner
        found = find_json(self._held)
        try:
            value = read_json(found)
        except ValueError:
            return self._held
        start = self._held.find(found)
        around = self._held[:start], self._held[start + len(found) :]
        if not isinstance(value, (dict, list)) or not all(map(_AROUND.fullmatch, around)):
            return self._held
        self._removed += [(0, start, 0), (start + len(found), len(self._held), 0)]
        return to_strict(found)


def json_in(text: str) -> str:
    """The JSON in a whole text, as a request for JSON reads it; the text itself if it has none."""
    answer = AnswerText()
    return answer.feed(text, is_end=True) + answer.end()


def _decoded(text: str) -> str:
    """The JSON in a text that is JSON text within JSON text, or escaped; another text unchanged."""
    if _QUOTE.search(text.lstrip()[:_LONGEST_FENCE]) is None:
        return text
    inner = unescaped(text)
    try:
        for _ in range(_MOST_ENCODINGS):
            value = read_json(inner)
            if not isinstance(value, str):
                break
            inner = find_json(value)
    except ValueError:
        return text
    is_encoded = inner is not text and isinstance(value, (dict, list))
    return to_strict(inner) if is_encoded else text
