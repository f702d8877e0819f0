"""The one reader of reasoning that a model wrote in tags at the head of its text.

    <think>The user greets me.</think>Hello!

`TagReader` is a state machine: it reads the head, then reasoning or the messages of gpt-oss, waits
for an end tag where one may come late, and copies the answer. What a later piece may still change
is held back, so the result depends on the text alone and not on how a stream cut it.

Only the head counts: a tag after other text, in a code fence or in backticks is part of the answer.
Servers whose prompt ends with the start tag send the end tag alone. That one is read only where
`held_back` allows it, since text that was given out cannot be taken back. What precedes it is
reasoning if an answer follows. If nothing does, that is the answer: an empty one is never right.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from weryai_core.reasoning_marks import (
    EMPTY_TAG,
    HEADER,
    IN_PROSE,
    IN_PROSE_SO_FAR,
    MENTION,
    MESSAGE_END,
    TAG,
    before_tag,
    find_role,
    is_start,
    kind_of,
    may_be_role,
    may_start,
)
from weryai_core.strict_json import Edit
from weryai_core.text_pieces import Backlog

_BLANK = re.compile(r"[\s\ufeff\u200b\u2060]*")
_HEAD = re.compile(r"[\s\ufeff\u200b\u2060]*+[<\[\u25c1]")
# A text that mentions a tag: in quotes, or between words of a sentence.
_QUOTED = re.compile(r"[`\"'\u201c\u2018«(]\Z")
_QUOTE_ENDS = re.compile(r"[`\"'\u201d\u2019»)]")
_AFTER_WORD = re.compile(r"\w[ \t]\Z")
_LONGEST_MENTION = 12  # characters
_IN_SENTENCE = re.compile(r"[ \t.,;:!?)]")
_MOST_MENTIONS = 8  # to search a text for; one with more of them is about tags
_LONGEST_END = 40  # characters of an end tag
_LATE_END = 200  # characters in which a second end tag may come
_LONGEST_PROSE = 2000  # characters in which the end tag of reasoning that looks like prose may come
# With these an answer begins, and reasoning does not.
_ANSWER_STARTS = ("{", "[", "<", "`")


def may_begin_with_tag(text: str) -> bool:
    """Whether `split_reasoning` may find something in a whole text: a quick answer."""
    return _HEAD.match(text) is not None


def split_reasoning(text: str, *, held_back: int = 0) -> tuple[str, str]:
    """The reasoning at the head of a whole text, and the rest. See `TagReader`."""
    return TagReader(held_back).feed(text, is_end=True)


class TagReader:
    """Separates the reasoning at the head of a text from the rest of it.

    Reasoning without an end tag was truncated: it goes on to the end of the text. It may end with
    the tag of another name, and hold reasoning in tags itself.

    Args:
        held_back: Up to how many characters to hold back for an end tag without a start tag.

    Attributes:
        edits: What was changed in the original text, in order.
        has_answer: Whether an answer has come outside of the text, such as a tool call.
    """

    def __init__(self, held_back: int = 0) -> None:
        self.edits: list[Edit] = []
        self.has_answer: bool = False
        self._limit = held_back  # characters of the head in which an end tag may come
        self._rest = ""  # text that is held back
        self._backlog = Backlog()
        self._position = 0  # where it begins in the original text
        self._scanned = 0  # how far it was searched for tags
        self._waiting: list[str] = []  # text before the rest, while an end tag may come
        self._length = 0  # characters of that text
        self._mentions = 0  # end tags in it that are mentions
        self._open: list[str] = []  # the kinds of tags that are open
        self._last = ""  # the last characters of the reasoning that is being read
        self._step: Callable[[TagReader, bool], bool] = TagReader._read_head
        self._has_message = False  # of gpt-oss, with text of the answer
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

    def wait_to_end(self) -> None:
        """Expect an end tag without a start tag anywhere: nothing was given out yet."""
        self._limit = sys.maxsize

    def stop_waiting(self) -> None:
        """Expect no end tag without a start tag, because the reasoning came in another way."""
        self._limit = 0

    def feed(self, text: str, *, is_end: bool) -> tuple[str, str]:
        """Read the next piece.

        Args:
            text: The piece.
            is_end: Whether it is the last one.

        Returns:
            The reasoning and the text of the answer, as far as they are certain.
        """
        new = self._backlog.add(text, len(self._rest), is_end=is_end)
        if new is None:
            return "", ""
        self._rest += new
        while self._step(self, is_end):
            pass
        reasoning, answer = "".join(self._reasoning), "".join(self._text)
        self._reasoning, self._text = [], []
        return reasoning, answer

    def _read_head(self, is_end: bool) -> bool:
        """Read the start of the text, or what follows reasoning."""
        blank = _end_of_blank(self._rest)
        visible = self._rest[blank:]
        is_bare = self._limit > 0  # what may lose a tag may leave a role
        if not is_end and (may_start(visible) or may_be_role(visible, is_bare=is_bare)):
            return False
        role = find_role(visible, is_bare=is_bare)
        if role and _is_leaked(role, visible[role.end() :]):
            self._remove(blank + role.end())
            return True
        header = HEADER.match(visible)
        if header and "to=" not in header[0]:
            self._remove(blank + header.end())
            is_reasoning = header["channel"].strip() == "analysis"
            self._begin_reasoning("") if is_reasoning else self._begin_message()
            return True
        empty = EMPTY_TAG.match(visible)
        tag = None if header or empty else TAG.match(visible)
        if empty or (tag and not is_start(tag)):  # reasoning that the model left out
            self._remove(blank + (empty or tag).end())  # type: ignore[union-attr]  # one is set
            self._limit = 0
            return True
        is_word = tag and _is_subject(visible, tag.end(), is_end=is_end)
        if tag and is_word is None:
            return False
        if tag and not is_word:
            self._remove(blank + tag.end())
            self._begin_reasoning(kind_of(tag))
            return True
        if self.edits:
            self._remove(blank)
        if not self._rest:
            return False
        is_waiting = self._limit and not visible.startswith(_ANSWER_STARTS)
        self._scanned = 0
        self._step = TagReader._await_end if is_waiting else TagReader._copy
        return True

    def _begin_reasoning(self, kind: str) -> None:
        """Begin reasoning in tags of a kind, or in a message of gpt-oss (kind "")."""
        self._open = [kind]
        self._last = ""
        self._scanned = 0
        self._step = TagReader._read_reasoning

    def _read_reasoning(self, is_end: bool) -> bool:
        """Release reasoning up to its end tag, without the white space around it."""
        if not self._last:
            self._remove(_end_of_blank(self._rest))
        certain = len(self._rest)
        for mark in (TAG if self._open[0] else MESSAGE_END).finditer(self._rest, self._scanned):
            if mark.end() == certain and not is_end:
                certain = mark.start()  # what follows decides
                break
            if self._is_doubled(mark):
                self._remove(mark.end())
                return True
            self._scanned = mark.end()
            if self._ends_reasoning(mark):
                self._reason(self._rest[: mark.start()].rstrip())
                self._remove(mark.end())
                self._step = TagReader._read_head
                return True
        if not is_end:
            certain = min(certain, before_tag(self._rest))
        reasoning = self._rest[:certain].rstrip()
        self._reason(reasoning)
        self._scanned = max(0, self._scanned - len(reasoning))
        self._remove(certain if is_end else len(reasoning))
        return False

    def _is_doubled(self, mark: re.Match[str]) -> bool:
        """Whether a mark is the start tag once more, at the head of the reasoning."""
        if self._last or mark.start() or not self._open[0]:
            return False
        return is_start(mark) and kind_of(mark) == self._open[0]

    def _ends_reasoning(self, mark: re.Match[str]) -> bool:
        """Whether a mark within reasoning is the end of it."""
        if not self._open[0]:
            return True
        before = (self._last + self._rest[max(0, mark.start() - 3) : mark.start()])[-3:]
        after = self._rest[mark.end() : mark.end() + 1]
        kind = kind_of(mark)
        if is_start(mark):
            if not _is_word(before, after):
                self._open.append(kind)
            return False
        if kind not in self._open:
            self._limit = max(self._limit, _LATE_END)  # its own end tag may still come
            return not _is_word(before, after)
        if before.endswith("`") and after == "`":
            return False
        is_nested = self._open.count(kind) > 1
        while self._open.pop() != kind:
            pass
        if is_nested:
            self._limit = max(self._limit, _LATE_END)
        elif not self._open:
            self._limit = 0
        return is_nested or not self._open

    def _begin_message(self) -> None:
        """Begin a message of gpt-oss that is part of the answer."""
        if self._has_message:
            start, end, _ = self.edits.pop()
            self.edits.append((start, end, 2))
            self._text.append("\n\n")
        self._has_message = True
        self._step = TagReader._read_message

    def _read_message(self, is_end: bool) -> bool:
        """Release the text of a message."""
        end = MESSAGE_END.search(self._rest)
        if end:
            self._release(end.start())
            self._remove(len(end[0]))
            self._limit = 0
            self._step = TagReader._read_head
            return True
        self._release(len(self._rest) if is_end else before_tag(self._rest))
        return False

    def _await_end(self, is_end: bool) -> bool:
        """Wait for an end tag without a start tag: what precedes it is reasoning."""
        for end in TAG.finditer(self._rest, self._scanned):
            is_at_end = not is_start(end) and _says_nothing(self._rest, end.end(), is_end=is_end)
            if is_at_end and not is_end and not self.has_answer:
                return False  # what follows decides
            self._scanned = end.end()
            if is_start(end):
                continue
            before = "".join(self._waiting) + self._rest[: end.start()]
            length = self._length + end.end()
            if length <= self._limit and not _is_mention(before, self._rest[end.end() :]):
                self._unwait()
                if is_at_end and not self.has_answer:
                    if not MENTION.search(before[-_LONGEST_MENTION:]):
                        self._release(len(before.rstrip()))
                        self._remove(len(self._rest))
                    self._step = TagReader._copy
                    return True
                self._reason(before.strip())
                self._remove(length)
                self._limit = 0
                self._step = TagReader._read_head
                return True
            self._mentions += 1
            if self._mentions > _MOST_MENTIONS:
                break
        length = max(0, len(self._rest) - _LONGEST_END)
        self._waiting.append(self._rest[:length])
        self._length += length
        self._rest = self._rest[length:]
        self._scanned = max(0, self._scanned - length)
        is_prose = self._mentions > _MOST_MENTIONS
        if is_prose or is_end or self._length + len(self._rest) > self._limit:
            self._unwait()
            self._step = TagReader._copy
            return True
        return False

    def _unwait(self) -> None:
        self._rest = "".join(self._waiting) + self._rest
        self._waiting, self._length, self._mentions, self._scanned = [], 0, 0, 0

    def _copy(self, is_end: bool) -> bool:
        self._text.append(self._rest)
        self._rest = ""
        return False

    def _reason(self, reasoning: str) -> None:
        if reasoning:
            self._reasoning.append(reasoning)
            self._last = reasoning[-3:]

    def _release(self, length: int) -> None:
        self._text.append(self._rest[:length])
        self._position += length
        self._rest = self._rest[length:]

    def _remove(self, length: int) -> None:
        if not length:
            return
        start, end, size = self._position, self._position + length, 0
        if self.edits and self.edits[-1][1] == start:
            start, _, size = self.edits.pop()
        self.edits.append((start, end, size))
        self._position, self._rest = end, self._rest[length:]


def _end_of_blank(text: str) -> int:
    """Where white space at the beginning of a text ends, marks without a width included."""
    found = _BLANK.match(text)
    return found.end() if found else 0


def _is_subject(text: str, end: int, *, is_end: bool) -> bool | None:
    """Whether the start tag that ends here is a word of an answer; None if it may be.

    It is one if a sentence about it follows, and no end tag but those that are words as well.
    """
    if not is_end and IN_PROSE_SO_FAR.match(text, end):
        return None
    prose = IN_PROSE.match(text, end)
    if prose is None or prose[0].endswith("</"):
        return prose is not None
    is_end = is_end or len(text) > _LONGEST_PROSE
    text = text[:_LONGEST_PROSE]
    for tag in TAG.finditer(text, prose.end()):
        if tag.end() == len(text) and not is_end:
            return None
        if not is_start(tag) and not _is_word(text[: tag.start()], text[tag.end() :]):
            return False
    return True if is_end else None


def _is_leaked(role: re.Match[str], after: str) -> bool:
    """Whether the start of a turn is no part of the answer that follows it."""
    if TAG.match(after) or EMPTY_TAG.match(after) or HEADER.match(after):
        return True
    is_direct = role[0].endswith(">") and after[:1].isalnum()
    return role["token"] is not None and ("\n" in role[0] or is_direct)


def _says_nothing(text: str, start: int, *, is_end: bool) -> bool:
    """Whether a text has only white space and more end tags, and few, from a position on."""
    first = start
    while True:
        start = _BLANK.match(text, start).end()  # type: ignore[union-attr]  # it always matches
        more = TAG.match(text, start)
        if more is None or is_start(more):
            is_over = start == len(text) or (not is_end and may_start(text[start:]))
            return is_over and start <= first + _LATE_END
        start = more.end()


def _is_mention(before: str, after: str) -> bool:
    """Whether an end tag between these texts is a word of the answer, and ends no reasoning."""
    if _QUOTED.search(before[-1:]) or any(map(is_start, TAG.finditer(before))):
        return True
    return _is_word(before, after)


def _is_word(before: str, after: str) -> bool:
    """Whether a tag between these texts is a word of a sentence, or in quotes."""
    if _QUOTED.search(before[-1:]) and _QUOTE_ENDS.match(after):
        return True
    return bool(_AFTER_WORD.search(before[-2:]) and _IN_SENTENCE.match(after))
