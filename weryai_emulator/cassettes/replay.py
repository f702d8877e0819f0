"""Finds the recorded answer to a request.

Requests are the same if method, path and body are; the order of keys in JSON does not matter, nor
does the query. Where the same request was recorded several times, the answers come in that order,
and then the last one again and again.
"""

from __future__ import annotations

import json
from collections import Counter
from os import PathLike
from typing import Any

from weryai_emulator.cassettes.differences import differences
from weryai_emulator.cassettes.har import Recorded, read_cassettes
from weryai_emulator.json_text import to_bytes
from weryai_emulator.options import ErrorStyle
from weryai_emulator.request.errors import NOT_FOUND, Refusal
from weryai_emulator.server.record import RecordedRequest
from weryai_emulator.server.script import ScriptedPieces, ScriptedRaw, Silence

_MOST_SHOWN = 3  # differences in an error

Replayed = ScriptedPieces | ScriptedRaw | Silence


class Cassettes:
    """The recorded exchanges of a directory, and which of them are used up.

    Args:
        directory: Where the HAR files are.
        error_style: The form of the error for a request that is not recorded.

    Raises:
        ValueError: They cannot be read.
    """

    def __init__(
        self, directory: str | PathLike[str], *, error_style: ErrorStyle = "envelope"
    ) -> None:
        self._error_style: ErrorStyle = error_style
        self._recorded = read_cassettes(directory)
        self._by_request: dict[tuple[str, ...], list[Recorded]] = {}
        for one in self._recorded:
            key = _key_of(one.method, one.path, one.body, one.json)
            self._by_request.setdefault(key, []).append(one)
        self._used: Counter[tuple[str, ...]] = Counter()

    def answer(self, request: RecordedRequest) -> Replayed:
        """Return the answer to a request; an error that names the nearest one if none is recorded.

        Args:
            request: The request as the emulator received it.
        """
        key = _key_of(request.method, request.path, request.body, request.json)
        found = self._by_request.get(key)
        if found is None:
            return self._refusal(request)
        turn = min(self._used[key], len(found) - 1)
        self._used[key] += 1
        return _to_answer(found[turn])

    def rewind(self) -> None:
        """Begin again with the first answer to each request."""
        self._used.clear()

    def _refusal(self, request: RecordedRequest) -> ScriptedRaw:
        message = f"No cassette holds this request. {self._nearest(request)}"
        refusal = Refusal(NOT_FOUND, message)
        return ScriptedRaw(
            refusal.http_status(self._error_style),
            to_bytes(refusal.to_body(self._error_style)),
            "application/json",
            {},
        )

    def _nearest(self, request: RecordedRequest) -> str:
        """Return which recorded request differs least from one, and how."""
        method, path = request.method, request.path
        alike = [one for one in self._recorded if (one.method, one.path) == (method, path)]
        if not alike:
            known = sorted({f"{one.method} {one.path}" for one in self._recorded})
            return f"None is recorded for {method} {path}; there are: {', '.join(known)}."
        found = {one.place: [*differences(request.json, one.json)] for one in alike}
        place = min(found, key=lambda place: len(found[place]))
        listed = found[place][:_MOST_SHOWN] or ["the bytes of the body differ"]
        more = len(found[place]) - len(listed)
        ending = f"; and {more} more differences" if more > 0 else ""
        return f"The nearest one is {place}: {'; '.join(listed)}{ending}."


def _key_of(method: str, path: str, body: bytes, parsed: Any) -> tuple[str, ...]:
    """Return what equal requests have in common."""
    if parsed is None:
        return method, path, body.decode("utf-8", "replace")
    return method, path, json.dumps(_with_plain_numbers(parsed), sort_keys=True)


def _with_plain_numbers(value: Any) -> Any:
    """Return JSON in which 1.0 is written as 1: not all languages tell them apart."""
    if isinstance(value, dict):
        return {name: _with_plain_numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _to_answer(recorded: Recorded) -> Replayed:
    if not recorded.status:
        return Silence(close=True)
    return ScriptedPieces(recorded.status, recorded.headers, recorded.pieces, recorded.is_cut)
