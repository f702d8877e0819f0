"""Cuts bytes into server-sent events, by the WHATWG rules for an event stream.

The rules: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

The rules ignore lines without a known field. Services write errors, pages and whole answers in such
lines, so they are kept as events of the type `STRAY`. An object on a line of its own is one event,
and so is JSON over several lines. Two `data` lines that are an object each are two events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import methodcaller

from weryai_core.brackets import JsonEnd
from weryai_core.limits import DEFAULT_MAX_EVENT_BYTES, too_large
from weryai_core.wire import parse_json

STRAY = "stray"
"""Type of an event that the rules ignore."""

_DATA = b"data: "
_DATA_SIZE = len(_DATA)
_END = b"\n\n"
_IS_DATA = methodcaller("startswith", _DATA)
_LINE = 48  # bytes that a line takes beyond its own
_BOM = b"\xef\xbb\xbf"
_FIELD = re.compile(rb"[A-Za-z][\w-]*")
_MEANT = re.compile(rb"data|.*(error|exception|fail|fatal|traceback).*", re.IGNORECASE)


@dataclass(slots=True)
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

    def __init__(self, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        # A line whose end has not come yet. It grows in place: as `bytes`, a line of megabytes
        # would be copied thousands of times.
        self._rest = bytearray()
        self._at_start = True
        self._is_between = True  # whether no event has begun, and none has an id or a time
        self._ended_on_cr = False
        self._data: list[bytes] = []
        self._stray: list[bytes] = []
        self._wholeness: _Wholeness | None = None  # of the data or the stray lines
        self._continues = False  # whether stray lines continue the data
        self._size = 0
        self._around = 0  # bytes that the lines but the first take beyond their own
        self._event = ""
        self._id = ""
        self._retry: int | None = None

    @property
    def unread(self) -> int:
        """How many bytes of an event have arrived that is not whole."""
        return self._size + len(self._rest)

    def feed_plain(self, data: bytes) -> list[bytes] | None:
        """The data of the events that these bytes complete, if each has one line of data alone.

        Returns:
            What `feed` would return as events without a type, an id and a time. None if there may
            be others, or none is complete: then nothing has changed, and the bytes are for `feed`.
        """
        if not self._is_between or b"\r" in data:
            return None
        if self._rest:
            if _END not in data:
                return None
            data = bytes(self._rest + data)
        end = len(data) - len(_END)
        if end + len(_END) > self._max_event_bytes:
            return None
        if data.find(b"\n") == end and data.startswith(_DATA) and data.endswith(_END):
            events, rest = [data[_DATA_SIZE:end]], b""  # one event, as most services write them
        else:
            *events, rest = data.split(_END)
            if not events or data.count(b"\n") != 2 * len(events):
                return None
            if not all(map(_IS_DATA, events)):
                return None
            events = [event[_DATA_SIZE:] for event in events]
        if rest or self._rest:
            self._rest = bytearray(rest)
        self._at_start = False
        return events

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that these bytes complete.

        Raises:
            ReplyTooLargeError: An event is larger than the limit.
        """
        self._is_between = False
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
        events: list[ServerSentEvent] = []
        for line in lines:
            self._read_line(line.rstrip(b"\r\n"), events)
        self._check_size(len(self._rest))
        is_begun = self._data or self._stray or self._event or self._ended_on_cr
        self._is_between = not (is_begun or self._id or self._retry is not None)
        return events

    def _check_size(self, rest: int = 0) -> None:
        if self._size + self._around + rest > self._max_event_bytes:
            self._rest = bytearray()
            self._data, self._stray = [], []
            raise too_large("A streamed event is over", self._max_event_bytes, "max_event_bytes")

    def flush(self) -> list[ServerSentEvent]:
        """The event that lacks the empty line after it, and stray lines at the end.

        The rules drop such an event, since it may be cut. Call this once the bytes have ended.
        """
        events: list[ServerSentEvent] = []
        rest, self._rest = bytes(self._rest), bytearray()
        # A field that is cut is not a stray line.
        if rest and not b"data".startswith(rest) and not b"event".startswith(rest):
            self._read_line(rest, events)
        self._dispatch(events)
        return events

    def _read_line(self, line: bytes, events: list[ServerSentEvent]) -> None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(events)
            return
        if line.startswith(_DATA):  # as nearly all
            self._add_data(line[len(_DATA) :], events)
            return
        name, colon, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add_data(value, events)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry":
            self._retry = int(value) if value.isdigit() and len(value) < 10 else self._retry
        elif (name and not (colon and _FIELD.fullmatch(name))) or _MEANT.fullmatch(name):
            self._keep(line, events)
        # A line that starts with a colon is a comment; other fields are ignored.

    def _add_data(self, value: bytes, events: list[ServerSentEvent]) -> None:
        is_next = self._data and value.startswith((b"{", b"[")) and self._is_whole(self._data)
        if self._stray or is_next:
            self._dispatch(events)
        if self._data:
            self._around += _LINE
        self._data.append(value)
        self._size += len(_DATA) + len(value)

    def _keep(self, line: bytes, events: list[ServerSentEvent]) -> None:
        """Keep a line that is not a field."""
        if self._data and not self._continues:
            self._continues = not self._is_whole(self._data)
            if not self._continues:
                self._dispatch(events)
        self._size += len(line)
        self._around += _LINE
        if self._data:
            self._data.append(line)
            return
        self._stray.append(line)
        # JSON over several lines ends with a bracket that is not indented.
        is_end = line.startswith((b"}", b"]"))
        if (is_end or len(self._stray) == 1) and self._is_whole(self._stray):
            self._dispatch(events)

    def _is_whole(self, lines: list[bytes]) -> bool:
        if self._wholeness is None or not self._wholeness.is_of(lines):
            self._wholeness = _Wholeness(lines, self._max_event_bytes)
        return self._wholeness.look()

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        data, event = self._data or self._stray, self._event
        if not data and event == "error":
            data = [b""]  # the rules drop it, and with it that the answer is not whole
        if not data:
            self._event = ""
            self._size = self._around = 0
            return
        self._check_size()
        kind = event or ("message" if self._data else STRAY)
        self._data, self._stray, self._event = [], [], ""
        self._size = self._around = 0
        self._continues, self._wholeness = False, None
        whole = data[0] if len(data) == 1 else b"\n".join(data)
        events.append(ServerSentEvent(whole, kind, self._id, self._retry))


class _Wholeness:
    """Whether the lines of an event are a whole object or list, or the mark of the end.

    Each line is read once, and the whole is parsed once, however many lines there are.
    """

    __slots__ = ("_end", "_is_parsed", "_limit", "_lines", "_read")

    def __init__(self, lines: list[bytes], limit: int) -> None:
        self._lines = lines
        self._limit = limit
        self._read = 0  # lines
        self._end = JsonEnd()
        self._is_parsed = False  # what follows makes it no JSON

    def is_of(self, lines: list[bytes]) -> bool:
        """Whether it is about these lines, which may be more than before."""
        return self._lines is lines

    def look(self) -> bool:
        """Whether the lines are whole."""
        if self._is_parsed or not self._lines[-1].rstrip().endswith((b"}", b"]")):
            return False
        for place in range(self._read, len(self._lines)):
            self._end.add(self._lines[place])
        self._read = len(self._lines)
        self._is_parsed = self._end.has_come
        if not self._is_parsed:
            return False
        data = b"\n".join(self._lines).strip()
        return data == b"[DONE]" or parse_json(data, self._limit) is not None
