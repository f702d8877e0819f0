"""Reads cassettes: HAR 1.2 files, as the doctor, browsers and proxies write them.

HAR has whole bodies only. The doctor adds two fields of its own to a response, whose names begin
with an underscore, as HAR allows: `_pieces` says in which pieces the body came and when, `_error`
that it did not come to its end. A file without them is replayed in one piece.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from os import PathLike, fspath
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from weryai_emulator.checks import show
from weryai_emulator.json_text import read_json

# What the emulator decides itself: how the body is framed and compressed.
_OWN_HEADERS = frozenset(
    ("content-length", "transfer-encoding", "connection", "keep-alive", "content-encoding")
)
_UNKNOWN_TIME = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange.

    Attributes:
        place: Where it is recorded, as in "tools.har, entry 1".
        method: The method of the request.
        path: Its path, without the query.
        body: Its body.
        json: The JSON in its body; None if there is none.
        status: The status of the answer; 0 if none came.
        headers: Its headers, without those that the emulator sets.
        pieces: Its body, piece by piece, each with the seconds since the one before.
        is_cut: Whether the connection broke before the end of the answer.
    """

    place: str
    method: str
    path: str
    body: bytes
    json: Any
    status: int
    headers: tuple[tuple[str, str], ...]
    pieces: tuple[tuple[float, bytes], ...]
    is_cut: bool


def read_cassettes(directory: str | PathLike[str]) -> list[Recorded]:
    """Return the exchanges in all HAR files of a directory, in the order of their recording.

    Raises:
        ValueError: There is none, or a file cannot be read; the message says which and why.
    """
    files = sorted(Path(directory).glob("*.har"))
    if not files:
        raise ValueError(
            f"`cassettes` is {show(fspath(directory))}, where no .har file is. Pass a directory "
            "that `weryai-doctor --record` has written, or one with HAR files of other programs."
        )
    timed = [one for file in files for one in _read_file(file)]
    timed.sort(key=lambda one: one[0])
    return [recorded for _, recorded in timed]


def _read_file(file: Path) -> Iterator[tuple[float, Recorded]]:
    try:
        entries = read_json(file.read_bytes())["log"]["entries"]
    except OSError as error:
        raise ValueError(f"`cassettes`: {file.name} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"`cassettes`: {file.name} is not a HAR file.") from error
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        place = f"{file.name}, entry {number}"
        try:
            yield _time_of(entry), _read_entry(place, entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"`cassettes`: {place} is not one of HAR 1.2 ({error}).") from error


def _time_of(entry: Mapping[str, Any]) -> float:
    started = datetime.fromisoformat(entry.get("startedDateTime") or _UNKNOWN_TIME)
    return started.timestamp() if started.year > 1 else 0.0


def _read_entry(place: str, entry: Mapping[str, Any]) -> Recorded:
    request, response = entry["request"], entry["response"]
    sent = (request.get("postData") or {}).get("text") or ""
    body = sent.encode("utf-8", "surrogatepass")
    try:
        parsed = read_json(body) if body else None
    except ValueError:
        parsed = None
    return Recorded(
        place,
        method=request["method"].upper(),
        path=urlsplit(request["url"]).path,
        body=body,
        json=parsed,
        status=int(response["status"]),
        headers=tuple(_headers_of(response)),
        pieces=tuple(_pieces_of(response)),
        is_cut=bool(response.get("_error")),
    )


def _headers_of(response: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for header in response.get("headers") or ():
        name, value = header["name"].lower(), header["value"]
        # Browsers write HTTP/2's pseudo-headers, and one header of several lines.
        if name not in _OWN_HEADERS and not name.startswith(":") and "\n" not in value:
            yield name, value


def _pieces_of(response: Mapping[str, Any]) -> Iterator[tuple[float, bytes]]:
    content = response.get("content") or {}
    body = (content.get("text") or "").encode("utf-8", "surrogatepass")
    if content.get("encoding") == "base64":
        try:
            body = b64decode(body, validate=True)
        except binascii.Error as error:
            raise ValueError(f"base64: {error}") from error
    pieces: Sequence[Mapping[str, Any]] = response.get("_pieces") or ()
    if sum(piece["size"] for piece in pieces) != len(body):
        pieces = [{"time": 0, "size": len(body)}] if body else []
    starts = [0.0, *(piece["time"] / 1000 for piece in pieces)]
    waits = [max(0.0, later - earlier) for earlier, later in pairwise(starts)]
    position = 0
    for wait, piece in zip(waits, pieces, strict=True):
        yield wait, body[position : position + piece["size"]]
        position += piece["size"]
