"""Removes what a server left at the very end of a text: the token that ends a turn, or a tag.

Chat templates end a turn by `<|im_end|>`, `<|endoftext|>`, `<|eot_id|>` or DeepSeek's token with
wide bars. It is removed where it directly follows the end of a word or of a sentence, unless the
text holds another token, or its last line a colon, "=" or code. Everywhere else it may be part of
the answer, and is kept: a token that stays does no harm.

Some servers leave the end tag of reasoning there: it is removed unless the text has a start tag, or
is about the tag.
"""

from __future__ import annotations

import re

from weryai_core.chunk import Choice
from weryai_core.new_chunk import changed
from weryai_core.reasoning_marks import MENTION
from weryai_core.text_pieces import Backlog, TextPieces

_BAR = "[|\uff5c\\[\\]]"
_NAMES = r"(?:im_end|endoftext|eot_id|end[_\u2581]of[_\u2581]sentence)"
_TOKEN_AT_END = re.compile(rf"<{_BAR}{_NAMES}{_BAR}>\s*\Z")
_TOKEN_SO_FAR = re.compile(rf"<(?:{_BAR}(?:[\w\u2581]{{0,16}}{_BAR}?|{_NAMES}{_BAR}>\s*))?\Z")
_OTHER_TOKEN = re.compile(rf"<{_BAR}\w+{_BAR}>|</?(?:s|bos|eos|pad|unk)>", re.IGNORECASE)
# The server may have left the role before the answer as well.
_ROLE = re.compile(
    r"\s*<[|\uff5c](?:im_start[|\uff5c]>assistant|assistant[|\uff5c]>)", re.IGNORECASE
)
_ANNOUNCES = re.compile(r"[:=`\uff1a\u2192]")
_WORD_ENDS = re.compile(r"[\w.!?)\u2026\u3002\uff01\uff1f]\Z")
_LIST_ITEM = re.compile(r"(?:\A|\n)[ \t]*(?:\d{1,3}|[A-Za-z])[.)]\Z")

_END_TAG = r"(?:</think(?:ing)?>)"
_TAG_AT_END = re.compile(rf"{_END_TAG}(?:\s*{_END_TAG})*\s*\Z", re.IGNORECASE)
_TAG_SO_FAR = re.compile(rf"(?:{_END_TAG}\s*)*(?:</?[a-z]{{0,8}})?\Z", re.IGNORECASE)
_START_TAG = re.compile(r"<think(?:ing)?\b", re.IGNORECASE)


class EndTokenRemover:
    """Reads the pieces of one choice; a whole choice is one piece.

    Args:
        tags: Whether to remove end tags of reasoning instead of a token.
    """

    def __init__(self, *, tags: bool = False) -> None:
        self._at_end = _TAG_AT_END if tags else _TOKEN_AT_END
        self._so_far = _TAG_SO_FAR if tags else _TOKEN_SO_FAR
        self._is_text = _tag_is_text if tags else _token_is_text
        self._held = ""
        self._backlog = Backlog()
        self._before = TextPieces()  # the text before it

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece without what a server left at the end; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        if not self._held and "<" not in piece.text:
            if piece.text:
                self._before.add(piece.text)
            return piece
        is_end = is_last or piece.finish_reason is not None
        new = self._backlog.add(piece.text, len(self._held), is_end=is_end)
        if new is None:
            return changed(piece, text="") if piece.text else piece
        text = self._held + new
        found = (self._at_end if is_end else self._so_far).search(text)
        length = found.start() if found else len(text)
        self._before.add(text[:length])
        if is_end and found and self._is_text(str(self._before)):
            length = len(text)
        self._held = "" if is_end else text[length:]
        return piece if text[:length] == piece.text else changed(piece, text=text[:length])

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `Step` in `chain`."""
        return not self._held

    def note_copied(self, text: str, reasoning: str) -> None:
        """Note what passed unchanged."""
        if text:
            self._before.add(text)


def _token_is_text(before: str) -> bool:
    """Whether the token after a text is part of the answer."""
    if not _WORD_ENDS.search(before) or _LIST_ITEM.search(before):
        return True
    role = _ROLE.match(before)
    has_others = _OTHER_TOKEN.search(before, role.end() if role else 0) is not None
    return has_others or _ANNOUNCES.search(before.rpartition("\n")[2]) is not None


def _tag_is_text(before: str) -> bool:
    """Whether the end tag after a text is part of the answer."""
    return bool(_START_TAG.search(before) or MENTION.search(before))
