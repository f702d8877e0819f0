"""The one reader of reasoning that a model wrote in tags at the head of its text.

    <think>The user greets me.</think>Hello!

`TagReader` is a state machine with four steps: read the head, read reasoning, wait for an end tag
without a start tag, copy the answer. What a later piece may still change is held back, so the
result depends on the text alone and not on how a stream cut it.

Only the head counts: a tag after other text, in a code fence or in backticks is part of the answer.
Servers whose prompt ends with the start tag send the end tag alone. That one is read only where
`held_back` allows it, since text that was given out cannot be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from weryai_core.strict_json import Edit

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")
# Start -> end, in lower case: the tags, and Mistral's and Kimi's own tokens.
_ENDS = {f"<{name}>": f"</{name}>" for name in _NAMES} | {
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}
_MOST_ATTRIBUTES = 99  # characters
_TAGS = (*_ENDS, *_ENDS.values())
_LONGEST_END = max(map(len, _ENDS.values()))
_START = re.compile(
    rf"<(?P<name>{'|'.join(_NAMES)})(?:\s[^<>]{{0,{_MOST_ATTRIBUTES}}})?>|\[think\]|◁think▷",
    re.IGNORECASE,
)
_START_WITH_ATTRIBUTES = re.compile(
    rf"<(?:{'|'.join(_NAMES)})\s[^<>]{{0,{_MOST_ATTRIBUTES}}}", re.IGNORECASE
)
_PATTERNS = {end: re.compile(re.escape(end), re.IGNORECASE) for end in _ENDS.values()}
_ANY_END = re.compile("|".join(map(re.escape, _ENDS.values())), re.IGNORECASE)
# A text that mentions an end tag: in quotes, or between words of a sentence.
_QUOTED = re.compile(r"[`\"'\u201c\u2018«(]\Z")
_AFTER_WORD = re.compile(r"\w[ \t]\Z")
_IN_SENTENCE = re.compile(r"[ \t.,;:!?)]")
_MOST_MENTIONS = 8  # to search a text for; one with more of them is about tags
# With these an answer begins, and reasoning does not.
_ANSWER_STARTS = ("{", "[", "<", "`")


def split_reasoning(text: str, *, held_back: int = 0) -> tuple[str, str]:
    """The reasoning at the head of a whole text, and the rest. See `TagReader`."""
    return TagReader(held_back).feed(text, is_end=True)


class TagReader:
    """Separates the reasoning at the head of a text from the rest of it.

    Reasoning without an end tag was truncated: it goes on to the end of the text.

    Args:
        held_back: Up to how many characters to hold back for an end tag without a start tag.

    Attributes:
        edits: What was removed from the original text, in order.
    """

    def __init__(self, held_back: int = 0) -> None:
        self.edits: list[Edit] = []
        self._held_back = held_back
        self._rest = ""  # text that is held back
        self._position = 0  # where it begins in the original text
        self._waiting: list[str] = []  # text before the rest, while an end tag may come
        self._length = 0  # characters of that text
        self._mentions = 0  # pieces of it that mention an end tag
        self._end = ""  # the end tag of the reasoning that is being read
        self._is_inside = False  # some of that reasoning has come
        self._step: Callable[[TagReader, bool], bool] = TagReader._read_head
        self._reasoning: list[str] = []
        self._text: list[str] = []

    @property
    def is_copying(self) -> bool:
        """Whether all further text is part of the answer."""
        return self._step is TagReader._copy

    @property
    def is_holding(self) -> bool:
        """Whether text is held back because it may become reasoning."""
        return bool(self._rest or self._waiting)

    def stop_waiting(self) -> None:
        """Expect no end tag without a start tag, because the reasoning came in another way."""
        self._held_back = 0

    def feed(self, text: str, *, is_end: bool) -> tuple[str, str]:
        """Read the next piece.

        Args:
            text: The piece.
            is_end: Whether it is the last one.

        Returns:
            The reasoning and the text of the answer, as far as they are certain.
        """
        self._rest += text
        while self._step(self, is_end):
            pass
        reasoning, answer = "".join(self._reasoning), "".join(self._text)
        self._reasoning, self._text = [], []
        return reasoning, answer

    def _read_head(self, is_end: bool) -> bool:
        """Read the start of the text, or what follows reasoning."""
        visible = self._rest.lstrip()
        if not is_end and may_start(visible):
            return False
        blank = len(self._rest) - len(visible)
        start = _START.match(visible)
        if start:
            self._remove(blank + start.end())
            self._end = _end_of(start)
            self._is_inside = False
            self._step = TagReader._read_reasoning
            return True
        end = _ANY_END.match(visible)
        if end:  # of reasoning that the model left out
            self._remove(blank + end.end())
            return True
        if self.edits:
            self._remove(blank)
        if not self._rest:
            return False
        may_be_reasoning = not self.edits and not visible.startswith(_ANSWER_STARTS)
        is_waiting = self._held_back and may_be_reasoning
        self._step = TagReader._await_end if is_waiting else TagReader._copy
        return True

    def _read_reasoning(self, is_end: bool) -> bool:
        """Release reasoning up to its end tag, without the white space around it."""
        if not self._is_inside:
            self._remove(len(self._rest) - len(self._rest.lstrip()))
        end = find_end(self._rest, self._end)
        if end:
            self._reason(self._rest[: end.start()].rstrip())
            self._remove(end.end())
            self._step = TagReader._read_head
            return True
        certain = self._rest if is_end else self._rest[: before_end(self._rest, self._end)]
        reasoning = certain.rstrip()
        self._reason(reasoning)
        self._remove(len(self._rest) if is_end else len(reasoning))
        return False

    def _await_end(self, is_end: bool) -> bool:
        """Wait for an end tag without a start tag: what precedes it is reasoning."""
        end = None
        for end in _ANY_END.finditer(self._rest):
            if end.end() == len(self._rest) and not is_end:
                return False  # what follows decides
            before = "".join(self._waiting) + self._rest[: end.start()]
            length = self._length + end.end()
            if length <= self._held_back and not _is_mention(before, self._rest[end.end() :]):
                self._reason(before.strip())
                self.edits.append((0, length, 0))
                self._position, self._rest = length, self._rest[end.end() :]
                self._waiting = []
                self._step = TagReader._read_head
                return True
        kept = min(len(self._rest), _LONGEST_END)
        self._waiting.append(self._rest[: len(self._rest) - kept])
        self._length += len(self._rest) - kept
        self._rest = self._rest[len(self._rest) - kept :]
        self._mentions += end is not None
        is_prose = self._mentions > _MOST_MENTIONS
        if is_prose or is_end or self._length + kept > self._held_back:
            self._rest = "".join(self._waiting) + self._rest
            self._waiting = []
            self._step = TagReader._copy
            return True
        return False

    def _copy(self, is_end: bool) -> bool:
        self._text.append(self._rest)
        self._rest = ""
        return False

    def _reason(self, reasoning: str) -> None:
        if reasoning:
            self._reasoning.append(reasoning)
            self._is_inside = True

    def _remove(self, length: int) -> None:
        if not length:
            return
        start, end = self._position, self._position + length
        if self.edits and self.edits[-1][1] == start:
            start = self.edits.pop()[0]
        self.edits.append((start, end, 0))
        self._position, self._rest = end, self._rest[length:]


def _is_mention(before: str, after: str) -> bool:
    """Whether an end tag between these texts is a word of the answer, and ends no reasoning."""
    if _QUOTED.search(before[-1:]) or _START.search(before):
        return True
    return bool(_AFTER_WORD.search(before[-2:]) and _IN_SENTENCE.match(after))


def end_tag(text: str) -> str:
    """The end tag of the reasoning that a text begins with; "" if it begins with none."""
    start = _START.match(text)
    return _end_of(start) if start else ""


def may_start(text: str) -> bool:
    """Whether more text may make a tag of the beginning of a text."""
    folded = text.lower()
    if any(tag.startswith(folded) for tag in _TAGS):
        return folded not in _TAGS
    return _START_WITH_ATTRIBUTES.fullmatch(text) is not None


def find_end(text: str, end: str) -> re.Match[str] | None:
    """The first place of an end tag in a text."""
    return _PATTERNS[end].search(text)


def before_end(text: str, end: str) -> int:
    """Where the beginning of an end tag may stand at the end of a text; else the text's length."""
    start = text.rfind(end[0], -len(end) + 1 if len(text) >= len(end) else 0)
    return start if start >= 0 and end.startswith(text[start:].lower()) else len(text)


def _end_of(start: re.Match[str]) -> str:
    return _ENDS[f"<{start['name']}>".lower() if start["name"] else start[0].lower()]
