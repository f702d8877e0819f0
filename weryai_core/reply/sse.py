"""Cuts bytes into server-sent events, by the WHATWG rules for an event stream.

The rules: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

from dataclasses import dataclass

from weryai_core.errors import ProtocolError

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Limit on one event: far above any chunk, far below what would fill the memory."""

_DATA = b"data: "
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event.

    Attributes:
        data: The data lines joined by line feeds, as UTF-8 bytes: they go to the JSON parser.
        event: Type of the event; "message" if the server named none.
        id: The last id that the server named, "" before the first.
        retry: The reconnection time that the server named last, in milliseconds; None before that.
    """

    data: bytes
    event: str = "message"
    id: str = ""
    retry: int | None = None


class SSEDecoder:
    """Cuts a stream of bytes into events, however the bytes are divided.

    Lines end at CR, LF or CRLF only: U+2028 inside data is data.

    Args:
        max_event_bytes: Limit on one event.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        # A line whose end has not come yet. It grows in place: as `bytes`, a line of megabytes
        # would be copied thousands of times.
        self._rest = bytearray()
        self._at_start = True
        self._ended_on_cr = False
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._id = ""
        self._retry: int | None = None

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that these bytes complete.

        Raises:
            ProtocolError: An event is larger than the limit.
        """
        if self._ended_on_cr and data:
            # The CR ended its line already; an LF right after it belongs to the same line end.
            self._ended_on_cr = False
            data = data.removeprefix(b"\n")
        lines = data.splitlines(keepends=True)
        rest = b""
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            rest = lines.pop()
        elif lines:
            self._ended_on_cr = lines[-1].endswith(b"\r")
        if lines and self._rest:
            lines[0] = bytes(self._rest + lines[0])
            self._rest = bytearray()
        self._rest += rest
        events = []
        for line in lines:
            event = self._read_line(line.rstrip(b"\r\n"))
            if event is not None:
                events.append(event)
        if self._size + len(self._rest) > self._max_event_bytes:
            raise ProtocolError(f"A streamed event is over {self._max_event_bytes} bytes long.")
        return events

    def flush(self) -> ServerSentEvent | None:
        """The event that lacks the empty line after it; None if there is none.

        The rules drop such an event, since it may be cut. Call this once the bytes have ended.
        """
        if self._rest:
            self._read_line(bytes(self._rest))
            self._rest = bytearray()
        return self._dispatch()

    def _read_line(self, line: bytes) -> ServerSentEvent | None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        if line.startswith(_DATA):  # as nearly all
            self._data.append(line[len(_DATA) :])
            self._size += len(line)
            return None
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(line)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) < 10:
            self._retry = int(value)
        # A line that starts with a colon is a comment; other fields are ignored.
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        data, event = self._data, self._event
        self._data, self._event, self._size = [], "", 0
        if not data:
            return None
        whole = data[0] if len(data) == 1 else b"\n".join(data)
        return ServerSentEvent(whole, event or "message", self._id, self._retry)
