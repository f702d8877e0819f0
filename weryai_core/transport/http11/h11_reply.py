"""Answers that are not plain, and requests whose headers are not: h11 reads and writes those.

Its faults become httpcore2's, as in httpcore2 itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import h11
import httpcore2

from weryai_core.transport.http11.head import Head, text_of, to_head

_MOST_OF_HEAD = 100 * 1024  # bytes, as in httpcore2
_SWITCHING = 101
_OPENING = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx"


class H11Reply:
    """One answer, read by h11.

    Attributes:
        is_complete: Whether all of it was read.
    """

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_OF_HEAD)
        self.is_complete: bool = False

    @classmethod
    def to_plain_request(cls, method: str) -> Self:
        """The answer to a request that was written without h11."""
        reply = cls()
        reply.write(method, b"/", [("host", "host")], b"")
        return reply

    @classmethod
    def after_data(cls) -> Self:
        """The rest of a body in chunks, from the line end after the data of one on."""
        reply = cls.to_plain_request("POST")
        reply.feed(_OPENING)
        reply.read_head()
        list(reply.read_body())
        return reply

    def write(
        self, method: str, target: bytes, headers: list[tuple[str, str]], body: bytes | None
    ) -> bytes:
        """The bytes of a request.

        Raises:
            httpcore2.LocalProtocolError: A header cannot be sent, or contradicts the body.
            UnicodeEncodeError: A header is not ASCII.
        """
        lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
        events: list[h11.Event] = []
        try:
            events.append(h11.Request(method=method, target=target, headers=lines))
            if body:
                events.append(h11.Data(data=body))
            events.append(h11.EndOfMessage())
            return b"".join(self._h11.send(event) or b"" for event in events)
        except h11.LocalProtocolError as error:
            raise httpcore2.LocalProtocolError(error) from error

    def feed(self, data: bytes) -> None:
        """Take bytes of the connection; none if it has ended.

        Raises:
            httpcore2.RemoteProtocolError: It has ended before the answer began.
        """
        if not data and self._h11.their_state is h11.SEND_RESPONSE:
            raise httpcore2.RemoteProtocolError("Server disconnected without sending a response.")
        self._h11.receive_data(data)

    def read_head(self) -> Head | None:
        """The head of the answer; None while it is not complete.

        Raises:
            httpcore2.RemoteProtocolError: It is no head.
        """
        while True:
            event = self._next_event()
            if event is h11.NEED_DATA:
                return None
            is_final = isinstance(event, h11.Response)
            if is_final or getattr(event, "status_code", None) == _SWITCHING:
                names = [name.decode() for name, _ in event.headers]
                # Together: all of them have one encoding.
                values = text_of(b"\n".join([value for _, value in event.headers])).split("\n")
                head = to_head(event.status_code, zip(names, values, strict=False))
                return head if event.http_version == b"1.1" else head._replace(framing=None)

    def unread(self) -> bytes:
        """What has come after the head and was not read."""
        return self._h11.trailing_data[0]

    def read_body(self) -> Iterator[bytes]:
        """The pieces of the body among the bytes that were fed.

        Raises:
            httpcore2.RemoteProtocolError: The body is cut or malformed.
        """
        while True:
            event = self._next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif event is h11.NEED_DATA:
                return
            elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                self.is_complete = True
                return

    def is_kept(self) -> bool:
        """Whether the connection can be used again."""
        is_done = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        return is_done and not self.unread()

    def _next_event(self) -> Any:
        try:
            return self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise httpcore2.RemoteProtocolError(error) from error
