"""One answer as it is read from a connection: its head, then its body piece by piece.

It has those attributes of an httpx2 response that the clients use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weryai_core.transport.http11.body import ChunkedBody, SizedBody
from weryai_core.transport.http11.h11_reply import H11Reply
from weryai_core.transport.http11.head import Head, read_head


class Reply:
    """An answer whose head has come.

    Args:
        method: The method of the request.
        read: Gives the next bytes of the connection; none if it has ended.
        release: Takes the connection back; called once, with whether it can be used again.
        odd: What wrote the request, if that was h11.
        network: The connection.

    Attributes:
        status_code: The status code.
        headers: The headers, names in lower case.
        http_version: The version.
        extensions: The connection, as httpx2 names it.
        num_bytes_downloaded: Bytes of the body that have come.
        is_closed: Whether the connection was given back.
        is_stream_consumed: False: no hook has read the body.

    Raises:
        httpcore2.RemoteProtocolError: What came is no answer.
    """

    http_version = "HTTP/1.1"
    is_stream_consumed = False

    def __init__(
        self,
        method: str,
        read: Callable[[], bytes],
        release: Callable[[bool], None],
        *,
        odd: H11Reply | None = None,
        network: Any = None,
    ) -> None:
        self._read = read
        self._release = release
        self._odd = odd
        self._body: SizedBody | ChunkedBody | None = None
        data = read()
        plain = read_head(data) if odd is None else None
        if plain is None:
            head, self._first = self._read_odd_head(method, data)
        else:
            head, place = plain
            self._first = data[place:]
        if self._odd is None:
            framing = head.framing
            self._body = ChunkedBody() if framing == "chunked" else SizedBody(framing or 0)
        self._is_kept = head.is_kept
        self.status_code: int = head.status
        self.headers: dict[str, str] = head.headers
        self.extensions: dict[str, Any] = {"network_stream": network}
        self.num_bytes_downloaded: int = 0
        self.is_closed: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status_code <= 299

    def iter_raw(self) -> Iterator[bytes]:
        """The pieces of the body as they come. All that arrived comes before an error.

        Raises:
            httpcore2.RemoteProtocolError: The body is cut or malformed.
        """
        body, data, read = self._body, self._first, self._read
        self._first = b""
        if body is None:
            yield from self._odd_pieces(data)
            return
        while True:
            piece = body.feed(data) if data else b""
            if piece:
                self.num_bytes_downloaded += len(piece)
                yield piece
            if body.is_complete:
                return
            if body.odd is not None:
                self._odd = H11Reply.after_data()
                yield from self._odd_pieces(body.odd)
                return
            data = read()
            if not data:
                body.end()

    iter_bytes = iter_raw  # decompressing is up to `bodies`

    def close(self) -> None:
        """Give the connection back, to be used again if the body was read to its end."""
        if self.is_closed:
            return
        self.is_closed = True
        if self._odd is not None:
            is_reusable = self._odd.is_complete and self._odd.is_kept()
        else:
            body = self._body
            is_whole = body is not None and body.is_complete and not body.rest
            # If nobody looked at an empty body, what came after it is still there.
            is_reusable = is_whole and not self._first
        self._release(is_reusable and self._is_kept)

    def _read_odd_head(self, method: str, data: bytes) -> tuple[Head, bytes]:
        """A head that h11 reads, and what came after it if the body is plain again."""
        odd = self._odd or H11Reply.to_plain_request(method)
        odd.feed(data)
        while (head := odd.read_head()) is None:
            odd.feed(self._read())
        if self._odd is None and head.framing is not None:
            return head, odd.unread()
        self._odd = odd
        return head, b""

    def _odd_pieces(self, data: bytes) -> Iterator[bytes]:
        odd = self._odd
        assert odd is not None
        if data:
            odd.feed(data)
        while True:
            for piece in odd.read_body():
                self.num_bytes_downloaded += len(piece)
                yield piece
            if odd.is_complete:
                return
            odd.feed(self._read())
