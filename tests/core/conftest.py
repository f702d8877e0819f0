"""What the tests of the core share: services on loopback or behind a transport, and clients."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, closing
from dataclasses import dataclass, field, replace
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import httpx2
import pytest
from replies import to_stream

from weryai_core import AsyncClient, Chunk, Client, Config, RetryPolicy
from weryai_core.config import resolve_config as resolve

KEY = "sk-0123456789abcdef0123456789abcdef"
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
LIBRARIES = {"httpx": httpx, "httpx2": httpx2}


@dataclass
class Received:
    """A request as the service saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: object = None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """The service: it answers from a queue and remembers the requests."""

    requests: list[Received] = field(default_factory=list)
    _answers: deque[tuple[int, dict[str, str], bytes]] = field(default_factory=deque)

    def reply(
        self, body: object = b"", *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """Queue an answer: bytes as they are, text as UTF-8, other values as JSON."""
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self._answers.append((status, headers or {}, body))

    def reply_text(self, text: str) -> None:
        """Queue a whole reply with this text."""
        choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
        self.reply({"id": "chatcmpl-1", "choices": [choice]})

    def reply_stream(self, *texts: str) -> None:
        """Queue a streamed reply with these pieces of text."""
        pieces = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.reply(to_stream(*pieces, end), headers={"content-type": "text/event-stream"})

    def answer(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(received)
        return self._answers.popleft() if self._answers else (418, {}, b"nothing is queued")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.command, self.path, headers, self.rfile.read(length))
        received.connection = self.client_address
        status, given, body = self.server.service.answer(received)  # type: ignore[attr-defined]
        given = {"content-length": str(len(body)), **given}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.wfile.write(f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body)

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    block_on_close = False
    request_queue_size = 128  # the default of 5 costs a second when many connect at once


@pytest.fixture(scope="session")
def _loopback() -> Iterator[ThreadingHTTPServer]:
    server = _Server(("127.0.0.1", 0), _Handler)

    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service() -> Service:
    """The service without a network."""
    return Service()


@pytest.fixture
def service_url(_loopback: ThreadingHTTPServer, service: Service) -> str:
    """The address at which the service answers over real HTTP."""
    _loopback.service = service  # type: ignore[attr-defined]
    return f"http://127.0.0.1:{_loopback.server_port}/v1"


class Driver:
    """Calls a synchronous or asynchronous client from a synchronous test."""

    def __init__(self, way: str, config: Config, make_http: Callable[[], Any] | None) -> None:
        self.way = way
        self.config = config
        self._make_http = make_http
        self._own = {"sync": Client, "async": AsyncClient}[way].from_config(config)

    def chat(self, request: Any = REQUEST, **options: Any) -> Chunk:
        return self._call("chat", request, **options)

    def models(self) -> Any:
        return self._call("models")

    def balance(self) -> float:
        return self._call("balance")

    def stream(
        self,
        request: Any = REQUEST,
        *,
        on_chunk: Callable[[Chunk], object] = lambda chunk: None,
        **options: Any,
    ) -> list[Chunk]:
        """All chunks; `on_chunk` gets each as it comes."""
        chunks: list[Chunk] = []
        if self.way == "sync":
            with self._passing() as client, closing(client.stream(request, **options)) as stream:
                for chunk in stream:
                    chunks.append(chunk)
                    on_chunk(chunk)
            return chunks

        async def collect() -> list[Chunk]:
            async with (
                self._passing() as client,
                aclosing(client.stream(request, **options)) as stream,
            ):
                async for chunk in stream:
                    chunks.append(chunk)
                    on_chunk(chunk)
            return chunks

        return asyncio.run(collect())

    def first_chunk(self, before_close: Callable[[], Any]) -> Chunk:
        """The first chunk of a stream, which is closed before the client is."""
        if self.way == "sync":
            with self._passing() as client:
                stream = client.stream(REQUEST)
                chunk = next(stream)
                stream.close()
                before_close()
            return chunk

        async def first() -> Chunk:
            async with self._passing() as client:
                stream = client.stream(REQUEST)
                chunk = await stream.__anext__()
                await stream.aclose()
                await asyncio.to_thread(before_close)
            return chunk

        return asyncio.run(first())

    def _call(self, name: str, *args: Any, **options: Any) -> Any:
        if self.way == "sync":
            with self._passing() as client:
                return getattr(client, name)(*args, **options)

        async def call() -> Any:
            async with self._passing() as client:
                return await getattr(client, name)(*args, **options)

        return asyncio.run(call())

    def _passing(self) -> Any:
        return _Passing(self._own, self.config, self._make_http)


class _Passing:
    """Our own client, or one on an HTTP client that is passed in and closed here."""

    def __init__(self, own: Any, config: Config, make_http: Callable[[], Any] | None) -> None:
        self._own, self._config, self._make_http = own, config, make_http

    def __enter__(self) -> Any:
        self._http = self._make_http() if self._make_http else None
        if self._http is None:
            return self._own
        return type(self._own).from_config(self._config, http_client=self._http)

    def __exit__(self, *exc: object) -> None:
        (self._http or self._own).close()

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(self, *exc: object) -> None:
        await (self._http or self._own).aclose()


@pytest.fixture(params=["sync", "async"])
def way(request: pytest.FixtureRequest) -> str:
    """Both clients."""
    return request.param


@pytest.fixture
def make_config() -> Callable[..., Config]:
    """Settings with retries that do not wait."""

    def make(base_url: str, **settings: Any) -> Config:
        config = resolve(**{"api_key": KEY, "base_url": base_url, **settings})
        policy = RetryPolicy(config.retry.max_retries, jitter=lambda low, high: 0.0)
        return replace(config, retry=policy)

    return make


@pytest.fixture
def make_driver(
    way: str, service_url: str, make_config: Callable[..., Config]
) -> Callable[..., Driver]:
    """Clients of the service, over real HTTP."""
    return lambda **settings: Driver(way, make_config(service_url, **settings), None)


@pytest.fixture
def driver(make_driver: Callable[..., Driver]) -> Driver:
    """A client of the service, with the default settings."""
    return make_driver()


@pytest.fixture(params=["own", "httpx", "httpx2"])
def any_driver(
    request: pytest.FixtureRequest, way: str, service: Service, driver: Driver
) -> Driver:
    """A client of the service: on HTTP clients of our own, and on ones that were passed in."""
    if request.param == "own":
        return driver
    return Driver(way, driver.config, lambda: _mocked(LIBRARIES[request.param], way, service))


def _mocked(library: Any, way: str, service: Service) -> Any:
    def answer(request: Any) -> Any:
        received = Received(
            request.method,
            request.url.raw_path.decode(),
            dict(request.headers),
            request.content,
        )
        status, headers, body = service.answer(received)
        return library.Response(status, headers=headers, content=body)

    kind = library.Client if way == "sync" else library.AsyncClient
    return kind(transport=library.MockTransport(answer))


@pytest.fixture(params=["own", "httpx", "httpx2"])
def make_socket_driver(
    request: pytest.FixtureRequest, way: str, make_config: Callable[..., Config]
) -> Callable[..., Driver]:
    """Clients on real sockets: our own, and those of both libraries passed in."""

    def make(base_url: str, **settings: Any) -> Driver:
        config = make_config(base_url, **settings)
        if request.param == "own":
            return Driver(way, config, None)
        return Driver(way, config, _maker(LIBRARIES[request.param], way))

    return make


def _maker(library: Any, way: str) -> Callable[[], Any]:
    """What makes an HTTP client of a library."""
    return partial(library.Client if way == "sync" else library.AsyncClient, verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """The certificates, read once: reading them takes longer than a call."""
    return ssl.create_default_context()


@pytest.fixture
def own_drivers(make_config: Callable[..., Config]) -> Callable[..., list[Driver]]:
    """Both clients of our own, on real sockets, for one test to loop over."""

    def make(base_url: str, **settings: Any) -> list[Driver]:
        config = make_config(base_url, **settings)
        return [Driver(way, config, None) for way in ("sync", "async")]

    return make


@pytest.fixture
def socket_drivers(
    own_drivers: Callable[..., list[Driver]],
) -> Callable[..., list[Driver]]:
    """All clients on real sockets, for one test to loop over: our own, and passed-in ones."""

    def make(base_url: str, **settings: Any) -> list[Driver]:
        own = own_drivers(base_url, **settings)
        given = [
            Driver(driver.way, driver.config, _maker(library, driver.way))
            for library in LIBRARIES.values()
            for driver in own
        ]
        return [*own, *given]

    return make


@pytest.fixture
def make_own_driver(way: str, make_config: Callable[..., Config]) -> Callable[..., Driver]:
    """Clients of our own, on real sockets."""
    return lambda base_url, **settings: Driver(way, make_config(base_url, **settings), None)


@pytest.fixture
def closed_url() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@dataclass
class Connection:
    """One connection to the raw server."""

    request: bytes = b""
    closed: threading.Event = field(default_factory=threading.Event)

    def wait_until_closed(self) -> bool:
        """Whether the client closes it; the limit is for a test that fails."""
        return self.closed.wait(30)


class RawServer:
    """Writes exact bytes on each new connection once a request has come in.

    After the bytes it closes the connection, resets it, or holds it until the client closes it.
    Bytes in place of these words are sent again and again until then.
    """

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self._answers: deque[tuple[tuple[bytes | threading.Event, ...], str | bytes]] = deque()
        self._asked = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopping = False
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def reply(
        self, *data: bytes | threading.Event, then: str | bytes = "close", times: int = 1
    ) -> None:
        """Queue these bytes; the server waits for an event among them."""
        self._answers.extend([(data, then)] * times)

    def reply_stream(self, *parts: bytes | threading.Event, then: str | bytes = "close") -> None:
        """Queue the head of a chunked event stream, and its first part as a chunk."""
        body, *rest = parts
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        chunk = b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body)
        self.reply(head + chunk, *rest, then=then)

    def wait_for_requests(self, count: int = 1) -> bool:
        """Whether this many requests have come in; the limit is for a test that fails."""
        with self._asked:
            return self._asked.wait_for(lambda: len(self.connections) >= count, 30)

    def stop(self) -> None:
        self._stopping = True
        socket.create_connection(self._listener.getsockname()).close()
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._stopping:
                client.close()
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        connection = Connection()
        with client:
            connection.request = _read_request(client)
            with self._asked:
                self.connections.append(connection)
                self._asked.notify_all()
            data, then = self._answers.popleft() if self._answers else ((), "close")
            try:
                for part in data:
                    if isinstance(part, bytes):
                        client.sendall(part)
                    else:
                        part.wait(30)
                if then == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif isinstance(then, bytes):
                    while not connection.closed.wait(0.02):
                        client.sendall(then)
                elif then == "hold":
                    while client.recv(65536):
                        pass
            except OSError:
                pass  # the client has hung up, as some tests want
        connection.closed.set()


def _read_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0:
        piece = client.recv(missing)
        data += piece
        missing = missing - len(piece) if piece else 0
    return data


@pytest.fixture
def make_raw_server() -> Iterator[Callable[[], RawServer]]:
    """Start servers that say and do exactly what the test wrote."""
    with ExitStack() as servers:

        def make() -> RawServer:
            server = RawServer()
            servers.callback(server.stop)
            return server

        yield make


@pytest.fixture
def raw_server(make_raw_server: Callable[[], RawServer]) -> RawServer:
    """A server that says and does exactly what the test wrote."""
    return make_raw_server()
