"""Words that a report shows: without control characters, pieces of prompts and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from weryai_core.config import DEFAULT_BASE_URL

_PIECE = 20  # characters of a prompt that are recognized
_OWN = (urlsplit(DEFAULT_BASE_URL).hostname or "").partition(".")[2]

# Controls of terminals, and marks that change the direction of text.
_CONTROLS = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)
# Last words of host names. A report also names fields such as `message.content`.
_ENDS = (
    "com|net|org|edu|gov|mil|int|info|biz|io|ai|co|cc|me|tv|app|dev|cloud|tech|xyz|site|online|top"
    "|shop|pro|au|br|ca|ch|cn|de|es|eu|fr|hk|in|it|jp|kr|nl|ru|se|sg|tw|uk|us"
    "|internal|intranet|local|localdomain|lan|corp|home|private|svc|cluster|test|example|invalid"
)
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>`]+"  # a URL
    rf"|(?<![\w.@-])(?:[a-z0-9_-]+\.)+(?:{_ENDS})\b(?![\w-]|\.\w)(?::\d+)?(?:/[^\s\"'<>`]*)?"
    r"|(?<![\w.@-])(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*:\d{2,5}(?:/[^\s\"'<>`]*)?(?![\w:])"
    r"|\blocalhost\b",
    re.IGNORECASE,
)


def printable(text: str) -> str:
    """A text as it can be shown on any terminal: in one line, and without control characters."""
    text = " ".join(_CONTROLS.sub("", text).split())
    return text.encode("utf-8", "backslashreplace").decode()


def hide_addresses(text: str, mark: str) -> str:
    """A text with a mark in place of URLs and host names, except the service's own."""
    return _ADDRESS.sub(lambda found: found[0] if _is_own(found[0]) else mark, text)


def _is_own(address: str) -> bool:
    host = address.partition("://")[2] or address
    host = re.split(r"[:/?#]", host, maxsplit=1)[0].lower()
    return host == _OWN or host.endswith(f".{_OWN}")


class Prompts:
    """The prompts of a run, in whose pieces a service may quote them.

    Args:
        texts: The prompts.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        whole = {printable(text) for text in texts}
        short = sorted((text for text in whole if len(text) < _PIECE), key=len, reverse=True)
        self._short = re.compile("|".join(map(re.escape, short)) or "(?!)", re.IGNORECASE)
        self._pieces = {
            text[start : start + _PIECE]
            for text in map(_lower, whole)
            for start in range(len(text) - _PIECE + 1)
        }

    def hide(self, text: str, mark: str) -> str:
        """A text with a mark in place of each piece of a prompt, in whatever case."""
        lower = _lower(text)
        parts: list[str] = []
        end = 0  # of what is done
        for start in range(len(text) - _PIECE + 1):
            if lower[start : start + _PIECE] in self._pieces:
                if start > end or not parts:
                    parts += [text[end:start], " " if text[start] == " " else "", mark]
                end = start + _PIECE
        return self._short.sub(mark, "".join([*parts, text[end:]]))


def _lower(text: str) -> str:
    """A text in lower case, of the same length."""
    return "".join(one if len(one.lower()) != 1 else one.lower() for one in text)
