"""Writes exchanges as cassettes: HAR 1.2, one file for each question.

HAR is the format in which browsers, proxies and test tools write down HTTP, so that a recording can
be read, cut and replayed by programs that do not know this package. It has no place for the pieces
of a stream and for a connection that breaks. Two fields whose names begin with an underscore have
those, as the format allows: `_pieces` and `_error`.

The address of the service is written as WeryAI's own, whichever it was.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from weryai_core.config import DEFAULT_BASE_URL
from weryai_core.doctor.record.exchange import Exchange, Piece
from weryai_core.doctor.record.privacy import Privacy
from weryai_core.version import __version__


class CassetteWriter:
    """Writes the cassettes of a run, each as soon as its answer has come.

    Args:
        directory: Where to write; it is made if it does not exist.
        privacy: What must not be in them.

    Raises:
        OSError: The directory cannot be made.
        ValueError: It holds cassettes already.
    """

    def __init__(self, directory: Path, privacy: Privacy) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.glob("*.har")):
            raise ValueError(
                f"{directory} holds cassettes already. Name another directory, or empty it."
            )
        self._directory = directory
        self._privacy = privacy

    def write(self, name: str, exchanges: Sequence[Exchange]) -> None:
        """Write one file.

        Args:
            name: What was asked.
            exchanges: The requests that it took, and their answers.
        """
        if exchanges:
            log = {
                "version": "1.2",
                "creator": {"name": "weryai-doctor", "version": __version__},
                "entries": [self._to_entry(exchange) for exchange in exchanges],
            }
            (self._directory / f"{name}.har").write_bytes(to_json({"log": log}, indent=1) + b"\n")

    def _to_entry(self, exchange: Exchange) -> dict[str, Any]:
        pieces = self._privacy.clean_pieces(exchange)
        last = pieces[-1].time if pieces else exchange.wait
        return {
            "startedDateTime": exchange.started.isoformat(timespec="microseconds"),
            "time": _milliseconds(last),
            "request": self._to_request(exchange),
            "response": self._to_response(exchange, pieces),
            "cache": {},
            "timings": {
                "send": 0,
                "wait": _milliseconds(exchange.wait),
                "receive": _milliseconds(max(0.0, last - exchange.wait)),
            },
        }

    def _to_request(self, exchange: Exchange) -> dict[str, Any]:
        request: dict[str, Any] = {
            "method": exchange.method,
            "url": DEFAULT_BASE_URL + exchange.path,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "queryString": [],
            "headersSize": -1,
            "bodySize": len(exchange.body),
        }
        if exchange.body:
            sent = self._privacy.clean_body(exchange.body).decode("utf-8", "replace")
            request["postData"] = {"mimeType": "application/json", "params": [], "text": sent}
        return request

    def _to_response(self, exchange: Exchange, pieces: Sequence[Piece]) -> dict[str, Any]:
        body = b"".join(piece.data for piece in pieces)
        response: dict[str, Any] = {
            "status": exchange.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _to_headers(self._privacy.clean_headers(exchange.headers)),
            "content": {
                "size": len(body),
                "mimeType": exchange.header("content-type"),
                **_to_text(body),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(body),
            "_pieces": [
                {"time": _milliseconds(piece.time), "size": len(piece.data)} for piece in pieces
            ],
        }
        if exchange.failure:
            response["_error"] = exchange.failure
        return response


def _to_headers(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _to_text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": b64encode(body).decode("ascii"), "encoding": "base64"}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
