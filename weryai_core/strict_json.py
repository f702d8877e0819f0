r"""Rewrites JSON as models write it to JSON that every parser reads, piece by piece.

Text goes in, in pieces of any size; JSON comes out, and it depends on the text alone, never on how
it was cut. Proper JSON passes through as it is. Rewritten is what has one meaning only:

    in strings       line breaks and other control characters; a backslash that begins no escape
                     (`\d`, `C:\users`), which stands for itself; halves of surrogate pairs
    as Python, JSON5 'single quotes', True, False, None, {names: without quotes}, +1, .5, 5.
    between tokens   a comma before a closing bracket; // # and /* comments */; escaped line breaks
    around it        a code fence, tokens of chat templates such as `<tool_call>` and `<|im_end|>`;
                     too many braces, also within it; after it too many closing brackets,
                     comments, null characters

A backslash that begins no escape shows that its writer does not escape. What `\n` in the same
string means then, is decided by `backslashes`; a string with two meanings stays as it is.

No value is invented, completed or closed. Truncated JSON stays truncated, and what has two meanings
(a missing comma, a quote within a string) stays as it is, so that parsers refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from weryai_core.backslashes import literal_backslashes, may_be_literal
from weryai_core.json_patterns import (
    BEFORE,
    BEFORE_VALUES,
    CLOSING,
    CONTENT,
    FILLER,
    IN_STRING,
    LITERALS,
    LONGEST_ATOM,
    NUMBER,
    PATH_SO_FAR,
    PATH_START,
    PLAIN,
    REWRITTEN,
    TOKEN,
)

Edit = tuple[int, int, int]
"""Start and end of a passage that was rewritten, in the text that came, and its new length."""

_MOST_PIECES = 256  # a piece of two characters takes as much memory as fifty in one text


class _Doubt:
    """The rest of a string whose meaning is not certain yet, which is held back."""

    __slots__ = ("edits", "place", "start")

    def __init__(self, place: int, edits: int, start: int) -> None:
        self.place = place  # in what is written
        self.edits = edits  # before it
        self.start = start  # in the text


class StrictJson:
    """Rewrites one JSON value.

    Attributes:
        edits: What was rewritten, in order.
        is_complete: Whether the value has ended.
        size: How many characters have been read; those up to its end if the value is complete.
    """

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self.is_complete: bool = False
        self.size: int = 0
        self._step: Callable[[StrictJson, bool], bool] = StrictJson._begin
        self._text = ""  # the text that is not read yet begins at `_at`
        self._at = 0
        self._out: list[str] = []
        self._open: list[str] = []  # the brackets that close what is open
        self._doubled: list[int] = []  # how deep objects are with a brace too many around them
        self._last = ""  # the last of `{ [ , :`, or "v" after a value
        self._comma: int | None = None  # where a comma is that may be one too many
        self._after_comma: list[str] = []
        self._comment: list[str] = []
        self._quote = ""
        self._tail: list[str] = []
        self._doubt: _Doubt | None = None
        self._content: list[str] = []  # of the string, as it came
        self._blocks: list[str] = []  # what precedes that, see `_keep_content`
        self._start = 0  # of the content
        self._has_backslashes = False  # in the string, which begin no escape

    @property
    def is_in_string(self) -> bool:
        """Whether the text ends within a string."""
        return self._step in (StrictJson._begin_content, StrictJson._in_string)

    @property
    def takes_value(self) -> bool:
        """Whether a value may follow: after a colon, or in a list."""
        if self._step is not StrictJson._between or self._at < len(self._text):
            return False
        return self._last in (":", "[") or (self._last == "," and self._open[-1:] == ["]"])

    @property
    def tail(self) -> str:
        """What has come after a complete value."""
        return "".join(self._tail)

    def feed(self, text: str, *, is_end: bool = False) -> str:
        """Read the next piece.

        Args:
            text: The piece.
            is_end: Whether it is the last one.

        Returns:
            The JSON as far as it is certain.
        """
        rest = self._text[self._at :]
        is_in_string = self._step is StrictJson._in_string and self._doubt is None
        if is_in_string and not rest and PLAIN.fullmatch(text):
            self.size += len(text)  # most pieces: words in a string
            self._keep_content(text)
            return text
        self._text, self._at = rest + text, 0
        while self._step(self, is_end):
            pass
        if is_end:
            self._finish()
        if self._doubt is None or is_end:
            written, self._out = self._out, []
        elif self._doubt.place:
            written, self._out = self._out[: self._doubt.place], self._out[self._doubt.place :]
            self._doubt.place = 0
        else:
            return ""
        return "".join(written)

    def _begin(self, is_end: bool) -> bool:
        """Read what precedes the value: white space, a code fence."""
        found = BEFORE.match(self._text, self._at)
        if found is None:
            self._step = StrictJson._pass
            return True
        match found.lastgroup:
            case "space":
                self._write(found.group())
            case "mark":
                self._write("", found.end() - self._at)
            case "value":
                self._step = StrictJson._between
            case _:  # a fence that may go on
                self._step = StrictJson._pass if is_end else self._step
                return is_end
        return self._at < len(self._text)

    def _between(self, is_end: bool) -> bool:
        """Read tokens up to the next string, comment or end of the value."""
        while (found := TOKEN.match(self._text, self._at)) is not None:
            kind, token = found.lastgroup, found.group()
            if kind == "space":
                self._write(token)
            elif kind == "quote":
                self._begin_string(token)
                return True
            elif kind == "comma" and self._comma is None and self._last == "v":
                self._comma = self.size
                self._skip(1)
                self._last = ","
            elif kind in ("comma", "colon"):
                self._write_token(token, last=token)
            elif token == "{" and self._last == "{":
                self._double()
            elif kind == "opening":
                self._write_token(token, last=token)
                self._open.append(CLOSING[token])
            elif kind == "atom" and len(token) <= LONGEST_ATOM:
                if found.end() == len(self._text) and not is_end:
                    return False
                self._write_atom(token)
            elif kind == "blank":
                self._write(" ", len(token))
            elif kind == "unfinished" and not is_end:
                return False
            else:
                return self._turn(kind, token)
        return False

    def _double(self) -> None:
        """Drop a brace too many; one too many then ends the object, or may follow the value."""
        if len(self._open) > 1:
            self._doubled.append(len(self._open))
        self._write("", 1)

    def _turn(self, kind: str | None, token: str) -> bool:
        """Read a token after which another step may follow; returns True to go on."""
        if kind == "closing":
            self._close(token)
        elif kind in ("line", "block"):
            self._step = StrictJson._skip_line if kind == "line" else StrictJson._skip_block
            self._drop(len(token))
        else:
            self._step = StrictJson._pass
        return True

    def _close(self, bracket: str) -> None:
        if self._open[-1:] != [bracket]:
            self._step = StrictJson._pass
            return
        if self._doubled[-1:] == [len(self._open)]:
            self._doubled.pop()
            self._write("", 1)
            return
        self._open.pop()
        if self._comma is not None:  # it is one too many
            self.edits.append((self._comma, self._comma + 1, 0))
            self._comma = None
            self._out += self._after_comma
            self._after_comma = []
        self._write(bracket)
        self._end_value()

    def _begin_string(self, quote: str) -> None:
        if quote == "'" and self._last not in BEFORE_VALUES:
            self._step = StrictJson._pass
            return
        self._quote = quote
        self._write_token('"', last="v")
        self._content, self._blocks = [], []
        self._start, self._has_backslashes = self.size, False
        self._step = StrictJson._begin_content

    def _begin_content(self, is_end: bool) -> bool:
        """Read whether a string begins as a path does."""
        so_far = "".join((*self._blocks, *self._content)) + self._text[self._at :]
        if PATH_START.match(so_far):
            self._hold()
        elif not is_end and PATH_SO_FAR.match(so_far):
            drive = self._text[self._at :].partition("\\")[0]
            self._write_content(self._at + len(drive))
            return False
        self._step = StrictJson._in_string
        return True

    def _in_string(self, is_end: bool) -> bool:
        found = CONTENT[self._quote].match(self._text, self._at)
        end = found.end() if found else self._at
        for special in IN_STRING.finditer(self._text, self._at, end):
            kind, start = special.lastgroup, special.start()
            if kind == "literal" and self._doubt is None:
                may_be = may_be_literal(self._text, start + 1)
                if may_be is None and not is_end:
                    self._write_content(start)
                    return False  # the next letters decide
                if may_be:
                    self._write_content(start)
                    self._hold()
            if kind is None or kind == "literal":
                continue
            self._write_content(start)
            if kind == "backslash":
                self._has_backslashes = True
                if self._doubt is None:
                    self._hold()
            self._write_content(special.end(), REWRITTEN[kind](special.group()))
        self._write_content(end)
        if not self._text.startswith(self._quote, end):
            return False  # the text ends, perhaps within an escape
        if self._doubt is not None and not self._end_doubt(self._doubt):
            return True
        self._write('"')
        self._step = StrictJson._between
        self._end_value()
        return True

    def _write_content(self, end: int, text: str | None = None) -> None:
        """Write a passage of a string up to a place, or a text in place of it."""
        passage = self._text[self._at : end]
        self._keep_content(passage)
        self._write(passage if text is None else text, len(passage))

    def _keep_content(self, passage: str) -> None:
        self._content.append(passage)
        if len(self._content) >= _MOST_PIECES:
            self._blocks.append("".join(self._content))
            self._content.clear()

    def _hold(self) -> None:
        """Hold the rest of the string back until its meaning is certain."""
        self._doubt = _Doubt(len(self._out), len(self.edits), self.size)

    def _end_doubt(self, doubt: _Doubt) -> bool:
        """Decide what a string means that has ended; False if it stays as it came."""
        self._doubt = None
        if not self._has_backslashes:
            return True
        content = "".join((*self._blocks, *self._content))
        before = doubt.start - self._start
        literal = literal_backslashes(content)
        if literal is None:
            self._replace_held(doubt, content[before:])
            self._step = StrictJson._pass
        elif literal:

            def rewrite(found: re.Match[str]) -> str:
                if before + found.start() in literal:
                    return found.group().replace("\\", "\\\\")
                write = REWRITTEN.get(found.lastgroup or "")
                return write(found.group()) if write else found.group()

            written = IN_STRING.sub(rewrite, content[before:])
            self._replace_held(doubt, written)
            self.edits.append((doubt.start, self.size, len(written)))
        return literal is not None

    def _replace_held(self, doubt: _Doubt, text: str) -> None:
        del self._out[doubt.place :], self.edits[doubt.edits :]
        self._out.append(text)

    def _write_atom(self, atom: str) -> None:
        """Write a number, a literal or a name."""
        is_name = self._open[-1:] == ["}"] and self._last in ("{", ",")
        self._write_token(f'"{atom}"' if is_name else _to_value(atom), len(atom), last="v")

    def _skip_line(self, is_end: bool) -> bool:
        end = self._text.find("\n", self._at)
        self._drop((len(self._text) if end < 0 else end) - self._at)
        return self._end_comment(is_ended=end >= 0)

    def _skip_block(self, is_end: bool) -> bool:
        end = self._text.find("*/", self._at)
        if end < 0:
            self._drop(len(self._text) - self._text.endswith("*", self._at) - self._at)
        else:
            self._drop(end + 2 - self._at)
        return self._end_comment(is_ended=end >= 0)

    def _end_comment(self, *, is_ended: bool) -> bool:
        if is_ended:
            self._comment.clear()
            self._step = StrictJson._between
        return is_ended

    def _pass(self, is_end: bool) -> bool:
        """Pass on what is not JSON as it is."""
        self._keep_comma()
        self._write(self._text[self._at :])
        return False

    def _follow(self, is_end: bool) -> bool:
        """Keep what follows the value for the end."""
        self._tail.append(self._text[self._at :])
        self._at = len(self._text)
        return False

    def _finish(self) -> None:
        """Write what was held back, now that nothing follows."""
        if self.is_complete:
            tail, self._tail = self.tail, []
            if tail.isspace() or FILLER.fullmatch(tail) is None:
                self._out.append(tail)
            elif tail:
                self.edits.append((self.size, self.size + len(tail), 0))
            return
        self._keep_comma()
        self._out += self._comment  # without an end it was none
        self._comment = []
        self._write(self._text[self._at :])

    def _end_value(self) -> None:
        self._last = "v"
        if not self._open:
            self.is_complete = True
            self._step = StrictJson._follow

    def _write_token(self, text: str, size: int = 1, *, last: str) -> None:
        self._keep_comma()
        self._write(text, size)
        self._last = last

    def _keep_comma(self) -> None:
        if self._comma is not None:
            self._comma = None
            self._out += [",", *self._after_comma]
            self._after_comma = []

    def _write(self, text: str, size: int | None = None) -> None:
        """Write a text in place of the next characters: of as many as it has, or of `size`."""
        if size is None:
            size = len(text)
        elif text != self._text[self._at : self._at + size]:
            self.edits.append((self.size, self.size + size, len(text)))
        if text:
            (self._out if self._comma is None else self._after_comma).append(text)
        self.size += size
        self._at += size

    def _drop(self, size: int) -> None:
        """Drop a piece of a comment."""
        self._comment.append(self._text[self._at : self._at + size])
        if size:
            self._write("", size)

    def _skip(self, size: int) -> None:
        self.size += size
        self._at += size


def _to_value(atom: str) -> str:
    """A number or a literal as JSON has it; anything else unchanged."""
    number = NUMBER.fullmatch(atom)
    if number is None or not (number[2] or number[4]):
        return LITERALS.get(atom, atom)
    fraction = f".{number[4] or 0}" if number[3] else ""
    return f"{number[1]}{number[2] or 0}{fraction}{number[5] or ''}"


def to_strict(text: str) -> str:
    """A whole text with these corrections; from where it is not JSON, as it is."""
    return StrictJson().feed(text, is_end=True)
