"""Removes the tokens that end a turn where a server left them at the very end of a text.

Such tokens belong to chat templates: `<|im_end|>`, `<|endoftext|>`, DeepSeek's with wide bars.
Elsewhere in the text, in quotes, or after a word and a space they are part of the answer. Some
servers leave the end tag of reasoning there: it is removed unless the text has a start tag.
"""

from __future__ import annotations

import re
from dataclasses import replace

from weryai_core.chunk import Choice

_NAMES = (
    *("im_end", "end", "return", "endoftext", "end_of_text", "end_of_turn", "eot_id"),
    *("user", "observation", "end_of_solution", "end_of_sentence", "end\u2581of\u2581sentence"),
)
_TOKEN = rf"(?:<[|\uff5c\[](?:{'|'.join(_NAMES)})[|\uff5c\]]>|<end_of_turn>|<eos>)"
_AT_END = re.compile(rf"{_TOKEN}(?:\s*{_TOKEN})*\s*\Z")
# What more text may make one of.
_SO_FAR = re.compile(
    rf"(?:{_TOKEN}\s*)*(?:<(?:[|\uff5c\[][\w\u2581]{{0,16}}[|\uff5c\]]?|[a-z_]{{0,11}}))?\Z"
)
_IN_SENTENCE = re.compile(r"(?:[`\"'\u201c\u2018\u00ab(]|\w[ \t])\Z")
_END_TAG = r"(?:</think(?:ing)?>)"
_TAG_AT_END = re.compile(rf"{_END_TAG}(?:\s*{_END_TAG})*\s*\Z", re.IGNORECASE)
_TAG_SO_FAR = re.compile(rf"(?:{_END_TAG}\s*)*(?:</?[a-z]{{0,8}})?\Z", re.IGNORECASE)
_START_TAG = re.compile(r"<think(?:ing)?\b", re.IGNORECASE)
_LOOKBEHIND = 2  # characters


class EndTokenRemover:
    """Reads the pieces of one choice; a whole choice is one piece.

    Args:
        tags: Whether to remove end tags of reasoning instead of tokens.
    """

    def __init__(self, *, tags: bool = False) -> None:
        self._at_end, self._so_far = (_TAG_AT_END, _TAG_SO_FAR) if tags else (_AT_END, _SO_FAR)
        self._held = ""
        self._before = ""  # the last characters before it
        self._has_start = False  # a start tag, so that an end tag is part of the answer

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece without tokens that end a turn; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        if not self._held and "<" not in piece.text:
            if piece.text:
                is_short = len(piece.text) < _LOOKBEHIND
                before = self._before + piece.text if is_short else piece.text
                self._before = before[-_LOOKBEHIND:]
            return piece
        text = self._held + piece.text
        is_end = is_last or piece.finish_reason is not None
        found = (self._at_end if is_end else self._so_far).search(text)
        length = found.start() if found else len(text)
        before = (self._before + text[:length])[-_LOOKBEHIND:]
        if self._at_end is _TAG_AT_END:
            self._has_start = self._has_start or _START_TAG.search(text, 0, length) is not None
        if is_end and found and (self._has_start or _IN_SENTENCE.search(before)):
            length = len(text)
        self._held = "" if is_end else text[length:]
        self._before = before
        return piece if text[:length] == piece.text else replace(piece, text=text[:length])
