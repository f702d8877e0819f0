"""Heads: writes that of a request, reads that of an answer if it is plain.

Plain is what servers send today: version 1.1, a final status, one header a line, and a body with a
length or in chunks. h11 needs 60 us for such a head and this module 10. It accepts no byte that h11
refuses. For anything else it gives None, and `h11_reply` reads or refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+"
_TEXT = rb"[^\x00\n\r\f\v]*"
_ANSWER = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2})(?: %b)?\r\n((?:%b:%b\r\n)*)\r\n" % (_TEXT, _TOKEN, _TEXT)
)
_REQUEST = re.compile(
    rb"%b [!-~]+ HTTP/1\.1\r\n(?:%b: (?:[!-~](?:[ -~]*[!-~])?)?\r\n)+" % (_TOKEN, _TOKEN)
)
_LENGTH = re.compile("[0-9]{1,15}")
_WITHOUT_BODY = (204, 304)
_KEPT = {"keep-alive": True, "close": False}
# Of a request: with these, the connection means something else.
_ODD = ("connection", "expect", "te", "upgrade")


class Head(NamedTuple):
    """The head of an answer.

    Attributes:
        status: The status code.
        headers: The headers, names in lower case; values of the same name are joined by a comma.
        framing: "chunked", or the length of the body in bytes; None if h11 has to tell.
        is_kept: Whether the server keeps the connection, as far as `framing` is known.
    """

    status: int
    headers: dict[str, str]
    framing: Literal["chunked"] | int | None
    is_kept: bool


def write_head(
    method: str, target: bytes, host: bytes, headers: Mapping[str, str], size: int | None
) -> bytes | None:
    """The head of a request; None if it is not plain.

    Args:
        method: The method.
        target: Path and query.
        host: The host, with its port unless that is the default.
        headers: The headers to send, names in lower case.
        size: The size of the body; None for no body.
    """
    if not headers.keys().isdisjoint(_ODD):
        return None
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if "host" not in headers:
        lines.insert(0, f"host: {host.decode()}\r\n")
    if size is not None:
        lines.append(f"content-length: {size}\r\n")
    head = b"%b %b HTTP/1.1\r\n%b" % (method.encode(), target, "".join(lines).encode())
    is_plain = _REQUEST.fullmatch(head) and head.count(b"\n") == len(lines) + 1
    return head + b"\r\n" if is_plain else None


def read_head(data: bytes) -> tuple[Head, int] | None:
    """The head of a plain answer and where its body begins; None for any other, and for a cut one.

    Args:
        data: The first bytes of the answer.
    """
    match = _ANSWER.match(data)
    if match is None:
        return None
    status, block = match.groups()
    head = to_head(int(status), [line.split(":", 1) for line in text_of(block).split("\r\n")[:-1]])
    return None if head.framing is None else (head, match.end())


def to_head(status: int, lines: Iterable[Sequence[str]]) -> Head:
    """The head of an answer in version 1.1.

    Args:
        status: The status code.
        lines: Names and values of the headers.
    """
    headers: dict[str, str] = {}
    for name, value in lines:
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    is_kept = _KEPT.get(headers.get("connection", "keep-alive").lower())
    is_plain = is_kept is not None and status not in _WITHOUT_BODY
    framing = _framing_of(headers) if is_plain else None
    return Head(status, headers, framing, is_kept is not False)


def text_of(data: bytes) -> str:
    """Headers as text: ASCII, else UTF-8, else Latin-1, as httpx2 reads them."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _framing_of(headers: Mapping[str, str]) -> Literal["chunked"] | int | None:
    length = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        return "chunked" if coding == "chunked" and length is None else None
    return int(length) if length is not None and _LENGTH.fullmatch(length) else None
