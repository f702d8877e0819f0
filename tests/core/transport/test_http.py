"""Real connections: how they break, end, and are shared by loops, threads and processes."""

import asyncio
import contextlib
import gc
import os
import socket
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest

from weryai_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncClient,
    Client,
    ConfigurationError,
    StreamError,
    WeryAIError,
    merge_chunks,
)
from weryai_core.transport import http_options

KEY = "sk-0123456789abcdef0123456789abcdef"
LIBRARIES = {"httpx": httpx, "httpx2": httpx2}
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
PIECE = b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
BODY = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)


@pytest.fixture
def closed_url():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


@pytest.fixture
def driver(make_socket_driver, raw_server):
    """A client of the raw server, without retries."""
    return make_socket_driver(raw_server.url, max_retries=0)


# -- Connections that fail ---------------------------------------------------------------------


@pytest.mark.parametrize("what", ["chat", "stream", "models", "balance"])
def test_a_refused_connection_is_a_connection_error_and_no_timeout(
    make_socket_driver, closed_url, what
):
    with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
        getattr(make_socket_driver(closed_url), what)()
    assert type(caught.value) is APIConnectionError
    assert caught.value.status_code is None


def test_a_host_that_does_not_exist_is_a_connection_error(make_socket_driver):
    with pytest.raises(APIConnectionError) as caught:
        make_socket_driver("http://weryai.invalid/v1", max_retries=0).chat()
    assert type(caught.value) is APIConnectionError


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_connection_dropped_before_the_reply_is_no_timeout_and_retried(
    make_socket_driver, raw_server, what, then
):
    raw_server.reply(then=then, times=3)
    with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
        getattr(make_socket_driver(raw_server.url), what)()
    assert type(caught.value) is APIConnectionError
    assert len(raw_server.connections) == 3


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_timeout_before_the_first_byte_is_retried(make_socket_driver, raw_server, what):
    raw_server.reply(then="hold", times=3)
    driver = make_socket_driver(raw_server.url, timeout=(30, 0.05))
    with pytest.raises(APITimeoutError, match="Gave up after 3 requests"):
        getattr(driver, what)()
    assert raw_server.wait_for_requests(3)
    assert len(raw_server.connections) == 3


def test_the_timeout_of_a_call_holds_for_it(driver, raw_server):
    raw_server.reply(then="hold")
    with pytest.raises(APITimeoutError):
        driver.chat(timeout=(30, 0.05))


@pytest.fixture
def ask_until_bytes_are_in_time(make_socket_driver, make_raw_server):
    """Asks a server that stalls after its first bytes, and returns the result or the error.

    A loaded machine may send these bytes after the timeout, and then the client retries. If so,
    this asks another server, with a longer timeout.
    """

    def ask(reply, question):
        for seconds in (0.05, 0.5, 5):
            server = make_raw_server()
            reply(server)
            try:
                result = question(make_socket_driver(server.url, timeout=(30, seconds)))
            except WeryAIError as error:
                result = error
            if "Gave up after" not in str(result):
                break
        assert len(server.connections) == 1
        return result

    return ask


def test_a_timeout_amid_a_whole_reply_is_not_retried(ask_until_bytes_are_in_time):
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"
    error = ask_until_bytes_are_in_time(
        lambda server: server.reply(head, then="hold"), lambda driver: driver.chat()
    )
    assert isinstance(error, APITimeoutError)


def test_a_timeout_amid_a_stream_holds_what_arrived(ask_until_bytes_are_in_time):
    chunks = []

    def ask(driver):
        chunks.clear()
        return driver.stream(on_chunk=chunks.append)

    error = ask_until_bytes_are_in_time(lambda server: server.reply_stream(PIECE, then="hold"), ask)
    assert isinstance(error, APITimeoutError)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert error.partial.text == "Hel"


HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
BROKEN = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "broken header": b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "a header without end": HEAD + b"x-long: " + b"x" * 200_000 + b"\r\n\r\n",
    "broken length": HEAD + b"content-length: many\r\n\r\n",
    "short body": HEAD + b"content-length: 100\r\n\r\n{",
    "broken chunk length": CHUNKED + b"zz\r\n{}\r\n",
    "cut chunk": CHUNKED + b"64\r\n{",
    "no last chunk": CHUNKED + b"1\r\n{\r\n",
    "broken gzip": HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("what", ["chat", "stream", "models"])
def test_a_broken_answer_is_a_connection_error_and_retried(
    make_socket_driver, raw_server, what, data
):
    raw_server.reply(data, times=3)
    with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
        getattr(make_socket_driver(raw_server.url), what)()
    assert type(caught.value) is APIConnectionError
    assert len(raw_server.connections) == 3


# What comes of a stream once its first part has arrived, and how the connection ends then.
BREAKS = {
    "closed": ((), "close"),
    "reset": ((), "reset"),
    "cut chunk": ((b"64\r\ndata: {",), "close"),
}


@pytest.mark.timeout(10)  # a transport that misses the break waits for ever
@pytest.mark.parametrize(("rest", "then"), BREAKS.values(), ids=BREAKS)
def test_a_stream_that_breaks_after_a_chunk_is_a_stream_error_that_holds_it(
    make_socket_driver, raw_server, rest, then
):
    arrived = threading.Event()
    raw_server.reply_stream(PIECE, arrived, *rest, then=then)
    with pytest.raises(StreamError, match="The stream broke off: ") as caught:
        make_socket_driver(raw_server.url).stream(on_chunk=lambda chunk: arrived.set())
    assert caught.value.partial.text == "Hel"
    assert caught.value.__cause__ is not None
    assert len(raw_server.connections) == 1


@pytest.mark.parametrize("end", [END, b"data: [DONE]\n\n"], ids=["finish reason", "DONE"])
@pytest.mark.timeout(10)  # a transport that misses the break waits for ever
@pytest.mark.parametrize(("rest", "then"), BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_after_the_answer_takes_nothing_from_it(
    driver, raw_server, end, rest, then
):
    arrived = threading.Event()

    def note_the_end(chunk):
        if chunk.choice.finish_reason or chunk.is_last:
            arrived.set()

    raw_server.reply_stream(PIECE + end, arrived, *rest, then=then)
    chunks = driver.stream(on_chunk=note_the_end)
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last


def test_a_stall_after_the_finish_reason_takes_nothing_from_the_answer(
    ask_until_bytes_are_in_time,
):
    chunks = ask_until_bytes_are_in_time(
        lambda server: server.reply_stream(PIECE + END, then="hold"),
        lambda driver: driver.stream(),
    )
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last


@pytest.mark.parametrize("value", ["two\r\nlines", "ключ"], ids=["newline", "unicode"])
def test_a_header_that_http_cannot_carry_is_an_error_of_ours_without_it(driver, value):
    with pytest.raises(WeryAIError) as caught:
        driver.chat(headers={"x-secret": value})
    assert value not in str(caught.value)


LONG_LABEL = f"http://{'a' * 64}.test/v1"


@pytest.mark.parametrize("url", [LONG_LABEL, "http://a..test/v1"], ids=["long", "empty"])
@pytest.mark.parametrize("what", ["chat", "stream", "balance"])
def test_a_host_with_an_impossible_label_is_a_connection_error(make_socket_driver, what, url):
    with pytest.raises(APIConnectionError) as caught:
        getattr(make_socket_driver(url, max_retries=0), what)()
    assert type(caught.value) is APIConnectionError


@pytest.mark.parametrize("reason", [b"\xff\xfe", "Gr\u00fc\u00dfe".encode(), b""], ids=repr)
@pytest.mark.parametrize("status", [200, 500])
def test_an_odd_reason_phrase_is_at_worst_an_error_of_ours(driver, raw_server, status, reason):
    raw_server.reply(ANSWER.replace(b"200 OK", b"%d %b" % (status, reason)))
    with contextlib.suppress(WeryAIError):
        assert driver.chat().text == "Hi"


# -- Redirects and proxies ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(make_socket_driver, service, service_url, raw_server, status):
    service.reply(b"", status=status, headers={"location": f"{raw_server.url}/elsewhere"})
    with pytest.raises(APIError, match="Redirects are not followed") as caught:
        make_socket_driver(service_url).chat()
    assert caught.value.status_code == status
    assert len(service.requests) == 1
    assert raw_server.connections == []


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_client_passed_in_that_follows_redirects_does_not_do_so_for_us(library, what):
    hosts = []

    def answer(request):
        hosts.append(request.url.host)
        return library.Response(307, headers={"location": "http://elsewhere.test/"})

    transport = library.MockTransport(answer)
    with library.Client(transport=transport, follow_redirects=True) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        with pytest.raises(APIError):
            list(client.stream(REQUEST)) if what == "stream" else client.chat(REQUEST)
    assert hosts == ["weryai.test"]


@pytest.fixture
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_the_proxy_of_the_environment_is_used(
    monkeypatch, no_proxies, make_socket_driver, raw_server, what
):
    monkeypatch.setenv("HTTP_PROXY", raw_server.url.removesuffix("/v1"))
    raw_server.reply(ANSWER)
    driver = make_socket_driver("http://weryai.invalid/v1", max_retries=0)
    getattr(driver, what)()
    request = raw_server.connections[0].request
    assert request.startswith(b"POST http://weryai.invalid/v1/chat/completions HTTP/1.1\r\n")


def test_a_proxy_that_refuses_a_tunnel_is_a_connection_error_and_never_sees_the_key(
    monkeypatch, no_proxies, make_socket_driver, raw_server
):
    monkeypatch.setenv("HTTPS_PROXY", raw_server.url.removesuffix("/v1"))
    raw_server.reply(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(APIConnectionError) as caught:
        make_socket_driver("https://weryai.invalid/v1", max_retries=0).chat()
    assert type(caught.value) is APIConnectionError
    request = raw_server.connections[0].request
    assert request.startswith(b"CONNECT weryai.invalid:443 HTTP/1.1\r\n")
    assert b"authorization: bearer" not in request.lower()


@pytest.fixture
def make_own(make_own_driver):
    """Clients of our own, without retries."""

    def make(base_url="http://weryai.invalid/v1", **settings):
        return make_own_driver(base_url, max_retries=0, **settings)

    return make


@pytest.fixture
def proxied(raw_server):
    """The address of a proxy, with a password."""
    return raw_server.url.removesuffix("/v1").replace("//", "//user:hush@")


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_the_proxy_that_was_passed_is_used(monkeypatch, make_own, raw_server, proxied, what):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    raw_server.reply(ANSWER)
    getattr(make_own(proxy=proxied), what)()
    request = raw_server.connections[0].request
    assert request.startswith(b"POST http://weryai.invalid/v1/chat/completions HTTP/1.1\r\n")
    assert b"proxy-authorization: basic dxnlcjpodxno\r\n" in request.lower()


def test_a_proxy_that_was_passed_tunnels_and_never_sees_the_key(make_own, raw_server, proxied):
    raw_server.reply(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(APIConnectionError) as caught:
        make_own("https://weryai.invalid/v1", proxy=proxied).chat()
    assert type(caught.value) is APIConnectionError
    request = raw_server.connections[0].request.lower()
    assert request.startswith(b"connect weryai.invalid:443 http/1.1\r\n")
    assert b"proxy-authorization: basic dxnlcjpodxno\r\n" in request
    assert b"\r\nauthorization:" not in request


def test_a_proxy_that_is_not_there_is_an_error_without_its_password(make_own, closed_url):
    proxy = closed_url.removesuffix("/v1").replace("//", "//user:hush@")
    with pytest.raises(APIConnectionError) as caught:
        make_own(proxy=proxy).chat()
    assert "hush" not in "".join(traceback.format_exception(caught.value))


# What keeps a client from being made: variables, and `proxy`.
UNUSABLE = {
    "no certificates": ({"SSL_CERT_FILE": "/nonexistent/ca.pem"}, None),
    "certificates that are none": ({"SSL_CERT_FILE": os.devnull}, None),
    "SOCKS in the environment": ({"ALL_PROXY": "socks5://127.0.0.1:9"}, None),
    "SOCKS": ({}, "socks5://user:hush@127.0.0.1:9"),
    "an unknown kind": ({}, "gopher://user:hush@127.0.0.1:9"),
    "an unknown kind in the environment": ({"ALL_PROXY": "gopher://user:hush@127.0.0.1:9"}, None),
    "a password that cuts the address": ({"ALL_PROXY": "http://user:hush/@127.0.0.1:9"}, None),
    "half an address": ({"ALL_PROXY": "http://[::1"}, None),
    "an impossible host": ({}, "http://user:hush@xn--\u00e9"),
}


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize(("environment", "proxy"), UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("what", ["chat", "stream", "models"])
def test_a_client_that_cannot_be_made_is_a_configuration_error_at_first_use(
    monkeypatch, make_own, what, environment, proxy
):
    monkeypatch.setitem(sys.modules, "socksio", None)  # as if it were not installed
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = make_own(proxy=proxy)
    with pytest.raises(ConfigurationError) as caught:
        getattr(client, what)()
    assert str(caught.value).startswith(("The HTTP client cannot be set up.", "A SOCKS proxy"))
    assert "hush" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.usefixtures("no_proxies")
def test_a_client_that_could_not_be_made_is_made_once_it_can(
    monkeypatch, make_own, service, service_url
):
    client = make_own(service_url)
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent/ca.pem")
    with pytest.raises(ConfigurationError):
        client.chat()
    monkeypatch.delenv("SSL_CERT_FILE")
    service.reply_text("Hi")
    assert client.chat().text == "Hi"


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("variable", ["NO_PROXY", "HTTP_PROXY"])
@pytest.mark.parametrize("way", ["async"])
def test_an_async_client_minds_no_socks_proxy_that_it_does_not_use(
    monkeypatch, make_own, raw_server, variable
):
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv(variable, "127.0.0.1" if variable == "NO_PROXY" else raw_server.url[:-3])
    raw_server.reply(ANSWER)
    url = raw_server.url if variable == "NO_PROXY" else "http://weryai.invalid/v1"
    assert make_own(url).chat().text == "Hi"


# -- Clients passed in that cannot be used -----------------------------------------------------


@pytest.fixture(params=LIBRARIES)
def library(request):
    return LIBRARIES[request.param]


CALLS = {
    "chat": lambda client: client.chat(REQUEST),
    "stream": lambda client: client.stream(REQUEST),
    "models": lambda client: client.models(),
    "balance": lambda client: client.balance(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_closed_client_passed_in_is_a_configuration_error(library, call):
    http = library.Client()
    http.close()
    with pytest.raises(ConfigurationError) as caught:
        call(Client(api_key="k", http_client=http))
    assert str(caught.value) == "The HTTP client that was passed in is closed; pass an open one."


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_closed_async_client_passed_in_is_a_configuration_error(library, call):
    http = library.AsyncClient()
    await http.aclose()
    with pytest.raises(ConfigurationError, match="passed in is closed"):
        await call(AsyncClient(api_key="k", http_client=http))


def test_a_client_closed_before_its_stream_is_read_is_an_error_of_ours(library):
    http = library.Client()
    stream = Client(api_key="k", base_url="http://127.0.0.1:9", http_client=http).stream(REQUEST)
    http.close()
    with pytest.raises(APIConnectionError, match="must be open") as caught:
        next(stream)
    assert not caught.value.is_retryable


CLOSED_LOOP = """
import httpx, httpx2
from weryai_core import APIConnectionError
async def chat(client):
    return (await client.chat(REQUEST)).text
http = {"httpx": httpx, "httpx2": httpx2}[sys.argv[2]].AsyncClient()
client = AsyncClient(**{**settings, "max_retries": 2}, http_client=http)
print(asyncio.run(chat(client)))
try:
    asyncio.run(chat(client))
except APIConnectionError as error:
    print(type(error).__name__, error.is_retryable, "made for the event loop" in str(error))
"""


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_client_of_a_closed_loop_is_an_error_that_is_not_retried(
    run_script, service, service_url, name
):
    """In a process of its own: the library leaves the connection of the closed loop open."""
    service.reply_text("Hi")
    done = run_script(PRELUDE + CLOSED_LOOP, service_url, name)
    assert done.stdout == "Hi\nAPIConnectionError False True\n", done.stderr
    assert done.returncode == 0
    assert len(service.requests) <= 2


# -- Bodies that stay open after the answer ----------------------------------------------------

DONE = b"data: [DONE]\n\n"


@pytest.fixture
def short_linger(monkeypatch):
    monkeypatch.setattr(http_options, "LINGER", 0.05)


@pytest.mark.usefixtures("short_linger")
@pytest.mark.timeout(10)  # a client that waits for the end waits for ever
@pytest.mark.parametrize("rest", [(), (b"5\r\n: hi\n\r\n",), (b"64\r\n: h",)], ids=repr)
def test_a_stream_ends_at_done_though_its_body_stays_open(driver, raw_server, rest):
    raw_server.reply_stream(PIECE + END + DONE, *rest, then="hold")
    chunks = driver.stream()
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last
    assert raw_server.connections[0].wait_until_closed()


@pytest.mark.usefixtures("short_linger")
@pytest.mark.timeout(10)
def test_a_client_whose_stream_stayed_open_goes_on(make_own, raw_server):
    raw_server.reply_stream(PIECE + END + DONE, then="hold")
    raw_server.reply_stream(PIECE + END + DONE, then="hold")
    driver = make_own(raw_server.url)
    for _ in range(2):
        assert merge_chunks(driver.stream()).text == "Hel"
    assert len(raw_server.connections) == 2


@pytest.mark.timeout(10)
def test_what_comes_behind_done_within_the_time_is_read(driver, raw_server):
    given = threading.Event()
    raw_server.reply_stream(PIECE + END + DONE, given, b"5\r\n: hi\n\r\n0\r\n\r\n", then="hold")
    chunks = driver.stream(on_chunk=lambda chunk: chunk.is_last and given.set())
    assert chunks[-1].is_last


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that can be read once, sync or async; notes how far it was read and closed."""

    def __init__(self, *pieces):
        self.left = list(pieces)
        self.is_closed = False

    def __iter__(self):
        while self.left:
            yield self.left.pop(0)

    async def __aiter__(self):
        while self.left:
            yield self.left.pop(0)

    def close(self):
        self.is_closed = True

    async def aclose(self):
        self.is_closed = True


class Network:
    """A network stream that gives no socket away."""

    def get_extra_info(self, name):
        raise AssertionError(f"asked for its {name}")


def test_an_http_2_answer_is_not_read_on_and_its_connection_not_shut_down():
    body = Body(PIECE + END + DONE, b": hi\n\n")
    extensions = {"http_version": b"HTTP/2", "network_stream": Network()}
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, stream=body, extensions=extensions)
    )
    with httpx.Client(transport=transport) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        assert merge_chunks(list(client.stream(REQUEST))).text == "Hel"
    assert body.left == [b": hi\n\n"]
    assert body.is_closed


def test_a_transport_without_a_network_is_read_to_its_end():
    body = Body(PIECE + END + DONE, b": hi\n\n")
    threads = threading.active_count()
    seen = []

    def answer(request):
        return httpx.Response(200, stream=body)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        for chunk in client.stream(REQUEST):
            seen.append(chunk.text)
            assert threading.active_count() == threads
    assert seen == ["Hel", "", ""]
    assert body.left == []
    assert body.is_closed


def test_a_stream_ends_where_no_thread_can_be_started(monkeypatch, raw_server, make_config):
    """As while the interpreter shuts down."""

    def refuse(self):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    raw_server.reply_stream(PIECE + END + DONE, then="hold")
    client = Client.from_config(make_config(raw_server.url, max_retries=0))
    monkeypatch.setattr(threading.Timer, "start", refuse)
    with client:
        assert merge_chunks(list(client.stream(REQUEST))).text == "Hel"


# -- What errors give away ---------------------------------------------------------------------

# What the server says, and what it does then.
FAILURES = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "close"),
    "hung up": (b"", "close"),
    "reset": (b"", "reset"),
    "silence": (b"", "hold"),
    "cut stream": (CHUNKED + b"%x\r\n%b\r\n" % (len(PIECE), PIECE), "close"),
    "reset stream": (CHUNKED + b"%x\r\n%b\r\n" % (len(PIECE), PIECE), "reset"),
    "stalled stream": (CHUNKED + b"%x\r\n%b\r\n" % (len(PIECE), PIECE), "hold"),
    "broken gzip": (BROKEN["broken gzip"], "close"),
    "broken chunk": (BROKEN["broken chunk length"], "close"),
    "no answer": (HEAD + b"content-length: 2\r\n\r\n{}", "close"),
    "an error event": (HEAD + b'\r\ndata: {"error":{"message":"x"}}\n\n', "close"),
    "refusal": (b"HTTP/1.1 401 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", "close"),
}


def told_by(error):
    """All that an error, and those behind it, hold: texts, attributes, and frames of packages."""
    seen, behind = [], [error]
    while behind:
        error = behind.pop()
        if error is None or error in seen:
            continue
        seen.append(error)
        behind += [error.__cause__, error.__context__]
        yield f"{error} {error!r} {vars(error)}"
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename != __file__ and "tests" not in frame.f_code.co_filename:
                yield f"{frame.f_code.co_name} {frame.f_locals!r}"


@pytest.mark.parametrize(("data", "then"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("what", ["chat", "stream", "models"])
def test_no_error_and_no_frame_behind_it_holds_the_key(
    make_socket_driver, raw_server, what, data, then
):
    raw_server.reply(data, then=then)
    driver = make_socket_driver(raw_server.url, max_retries=0, timeout=(30, 0.05))
    with pytest.raises(WeryAIError) as caught:
        getattr(driver, what)()
    told = list(told_by(caught.value))
    assert [text for text in told if KEY in text] == []


@pytest.mark.parametrize("what", ["chat", "stream", "models"])
def test_no_frame_behind_a_refused_connection_holds_the_key(make_socket_driver, closed_url, what):
    with pytest.raises(APIConnectionError) as caught:
        getattr(make_socket_driver(closed_url), what)()
    told = list(told_by(caught.value))
    assert [text for text in told if KEY in text] == []


def test_no_error_of_a_tunnel_holds_the_proxys_password(make_own, raw_server, proxied):
    raw_server.reply(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(APIConnectionError) as caught:
        make_own("https://weryai.invalid/v1", proxy=proxied).chat()
    told = list(told_by(caught.value))
    assert [text for text in told if "hush" in text or "dXNlcjpodXNo" in text] == []


# -- Streams that end early --------------------------------------------------------------------


def test_closing_a_stream_early_closes_its_connection(driver, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    seen = []
    chunk = driver.first_chunk(lambda: seen.append(raw_server.connections[0].wait_until_closed()))
    assert chunk.text == "Hel"
    assert seen == [True]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_stream_that_the_collector_finds_amid_the_library_s_work_is_closed_all_the_same(
    raw_server, make_config, library
):
    raw_server.reply_stream(PIECE, then="hold")
    config = make_config(raw_server.url, max_retries=0)
    with library.Client() as http:
        stream = Client.from_config(config, http_client=http).stream(REQUEST)
        next(stream)
        cycle = [stream]
        cycle.append(cycle)
        del stream, cycle
        with http._transport._pool._optional_thread_lock:  # as when it assigns connections
            gc.collect()
        assert raw_server.connections[0].wait_until_closed()


@pytest.fixture(params=[None, httpx, httpx2], ids=["own", "httpx", "httpx2"])
async def async_client(request, raw_server, make_config):
    """An async client of the raw server, on our own and on passed-in HTTP clients."""
    config = make_config(raw_server.url, max_retries=0)
    if request.param is None:
        async with AsyncClient.from_config(config) as client:
            yield client
        return
    async with request.param.AsyncClient() as http:
        yield AsyncClient.from_config(config, http_client=http)


async def cancel_when(task, has_begun, connections):
    await asyncio.to_thread(has_begun)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(connections[0].wait_until_closed)


async def test_cancelling_a_chat_closes_its_connection(async_client, raw_server):
    raw_server.reply(then="hold")
    task = asyncio.create_task(async_client.chat(REQUEST))
    await cancel_when(task, raw_server.wait_for_requests, raw_server.connections)


async def test_cancelling_a_stream_closes_its_connection(async_client, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    begun = threading.Event()

    async def read():
        async for _ in async_client.stream(REQUEST):
            begun.set()

    task = asyncio.create_task(read())
    await cancel_when(task, begun.wait, raw_server.connections)


async def test_a_cancelled_call_leaves_the_client_usable(async_client, raw_server):
    raw_server.reply(then="hold")
    raw_server.reply(ANSWER)
    task = asyncio.create_task(async_client.chat(REQUEST))
    await cancel_when(task, raw_server.wait_for_requests, raw_server.connections)
    assert (await async_client.chat(REQUEST)).text == "Hi"


# -- Connections that are kept -----------------------------------------------------------------


def test_connections_are_kept_and_used_again(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
        service.reply_stream("Hi")
    with Client(api_key="k", base_url=service_url) as client:
        for _ in range(2):
            client.chat(REQUEST)
            list(client.stream(REQUEST))
    assert len({request.connection for request in service.requests}) == 1


async def test_async_connections_are_kept_and_used_again(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
        service.reply_stream("Hi")
    async with AsyncClient(api_key="k", base_url=service_url) as client:
        for _ in range(2):
            await client.chat(REQUEST)
            assert [chunk async for chunk in client.stream(REQUEST)]
    assert len({request.connection for request in service.requests}) == 1


def test_a_kept_connection_that_was_closed_is_replaced(raw_server):
    raw_server.reply(ANSWER, times=2)
    with Client(api_key="k", base_url=raw_server.url, max_retries=0) as client:
        assert client.chat(REQUEST).text == "Hi"
        assert raw_server.connections[0].wait_until_closed()
        assert client.chat(REQUEST).text == "Hi"


async def test_a_kept_async_connection_that_was_closed_is_replaced(raw_server):
    raw_server.reply(ANSWER, times=2)
    async with AsyncClient(api_key="k", base_url=raw_server.url, max_retries=0) as client:
        assert (await client.chat(REQUEST)).text == "Hi"
        assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)
        assert (await client.chat(REQUEST)).text == "Hi"


# -- Loops, threads, processes -----------------------------------------------------------------


def test_three_loops_in_a_row_make_three_requests(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)
    for _ in range(3):
        service.reply_text("Hi")
        assert asyncio.run(client.chat(REQUEST)).text == "Hi"
    assert len(service.requests) == 3


def test_three_loops_in_a_row_stream_three_times(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)

    async def read():
        return [chunk.text async for chunk in client.stream(REQUEST)]

    for _ in range(3):
        service.reply_stream("Hel", "lo")
        assert asyncio.run(read()) == ["Hel", "lo", "", ""]
    assert len(service.requests) == 3


def test_two_loops_in_two_threads_use_a_client_at_once(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)
    both_run = threading.Barrier(2)

    async def chat_often():
        await asyncio.to_thread(both_run.wait)
        texts = [(await client.chat(REQUEST)).text for _ in range(5)]
        await asyncio.to_thread(both_run.wait)
        return texts

    for _ in range(10):
        service.reply_text("Hi")
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(asyncio.run, chat_often()) for _ in range(2)]
        assert [future.result() for future in futures] == [["Hi"] * 5] * 2
    assert len(service.requests) == 10
    assert len({request.connection for request in service.requests}) == 2


async def test_many_tasks_of_a_loop_share_a_client(service, service_url):
    for _ in range(20):
        service.reply_text("Hi")
    async with AsyncClient(api_key="k", base_url=service_url, max_retries=0) as client:
        chunks = await asyncio.gather(*(client.chat(REQUEST) for _ in range(20)))
    assert [chunk.text for chunk in chunks] == ["Hi"] * 20


def test_many_threads_share_a_client(service, service_url):
    for _ in range(40):
        service.reply_text("Hi")
    with (
        Client(api_key="k", base_url=service_url, max_retries=0) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        texts = pool.map(lambda _: client.chat(REQUEST).text, range(40))
        assert list(texts) == ["Hi"] * 40
    assert len(service.requests) == 40


PRELUDE = """
import asyncio, gc, os, sys
from weryai_core import AsyncClient, Client
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
settings = {"api_key": "k", "base_url": sys.argv[1], "max_retries": 0}
"""
COMPLAINTS = ("Traceback", "ResourceWarning", "Unclosed", "unclosed", "never", "closed loop")


def assert_ran(done, expected):
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
    assert [word for word in COMPLAINTS if word in done.stderr] == [], done.stderr


def test_a_loop_that_was_closed_is_not_touched(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)
    for close_client in (False, False, True):
        service.reply_text("Hi")
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(client.chat(REQUEST)).text == "Hi"
        if close_client:
            loop.run_until_complete(client.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert len(service.requests) == 3


def test_a_loop_closed_with_its_connections_open_is_not_touched(run_script, service, service_url):
    """Its owner left it so, without `shutdown_asyncgens`; the next loop works all the same."""
    script = """
client = AsyncClient(**settings)
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.chat(REQUEST)).text)
loop.close()
print(asyncio.run(client.chat(REQUEST)).text)
"""
    service.reply_text("Hi")
    service.reply_text("Hi")
    done = run_script(PRELUDE + script, service_url)
    assert (done.returncode, done.stdout) == (0, "Hi\nHi\n"), done.stderr
    assert "Event loop is closed" not in done.stderr
    assert len(service.requests) == 2


LEFT = {
    "open": "loop.run_until_complete(asyncio.sleep(0))",
    "closed": "loop.close()",
    "current": "asyncio.set_event_loop(loop)",
}


@pytest.mark.parametrize("end", LEFT.values(), ids=LEFT)
def test_a_loop_that_nobody_shuts_down_is_no_noise_at_exit(run_script, service, service_url, end):
    script = f"""
import warnings
warnings.simplefilter("ignore", ResourceWarning)  # as without -X dev
client = AsyncClient(**settings)
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.chat(REQUEST)).text)
{end}
"""
    service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + script, service_url), "Hi\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_that_exits_leaves_the_connections_to_its_parent(run_script, service, service_url):
    script = """
import warnings
warnings.simplefilter("ignore", ResourceWarning)
client = AsyncClient(**settings)
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.chat(REQUEST)).text, flush=True)
pid = os.fork()
if pid == 0:
    sys.exit(3)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), flush=True)
print(loop.run_until_complete(client.chat(REQUEST)).text)
"""
    service.reply_text("Hi")
    service.reply_text("Hi")
    done = run_script(PRELUDE + script, service_url)
    assert (done.returncode, done.stdout) == (0, "Hi\n3\nHi\n"), done.stderr
    first, second = service.requests
    assert first.connection == second.connection


DROPPED = {
    "sync": """
def use():
    client = Client(**settings)
    print(client.chat(REQUEST).text)
use()
gc.collect()
""",
    "sync, at exit": """
client = Client(**settings)
print(client.chat(REQUEST).text)
""",
    "sync stream, half read": """
def use():
    for chunk in Client(**settings).stream(REQUEST):
        print(chunk.text)
        break
use()
gc.collect()
""",
    "async, within the loop": """
async def use():
    client = AsyncClient(**settings)
    print((await client.chat(REQUEST)).text)
async def main():
    await use()
    gc.collect()
    await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "async, with the loop": """
async def main():
    client = AsyncClient(**settings)
    print((await client.chat(REQUEST)).text)
asyncio.run(main())
gc.collect()
""",
    "async, after the loop": """
client = AsyncClient(**settings)
print(asyncio.run(client.chat(REQUEST)).text)
del client
gc.collect()
""",
    "async, in a cycle": """
async def main():
    client = AsyncClient(**settings)
    print((await client.chat(REQUEST)).text)
    cycle = [client]
    cycle.append(cycle)
    del client, cycle
    gc.collect()
    await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "async, while the loop shuts down": """
async def main():
    client = AsyncClient(**settings)
    return (await client.chat(REQUEST)).text
loop = asyncio.new_event_loop()
print(loop.run_until_complete(main()))
loop.run_until_complete(loop.shutdown_asyncgens())
loop.close()
gc.collect()
""",
    "async, at exit": """
client = AsyncClient(**settings)
print(asyncio.run(client.chat(REQUEST)).text)
""",
    "async stream, half read": """
async def main():
    async for chunk in AsyncClient(**settings).stream(REQUEST):
        print(chunk.text)
        break
asyncio.run(main())
gc.collect()
""",
}


@pytest.mark.parametrize("script", DROPPED.values(), ids=DROPPED)
def test_a_client_that_is_dropped_leaves_nothing_open(run_script, service, service_url, script):
    service.reply_stream("Hi") if "stream" in script else service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + script, service_url), "Hi\n")


FORKED = {
    "sync": """
client = Client(**settings)
def chat():
    return client.chat(REQUEST).text
""",
    "async, a loop a call": """
client = AsyncClient(**settings)
def chat():
    return asyncio.run(client.chat(REQUEST)).text
""",
    "async, a loop a process": """
client = AsyncClient(**settings)
loops = {}
def chat():
    loop = loops.get(os.getpid()) or loops.setdefault(os.getpid(), asyncio.new_event_loop())
    return loop.run_until_complete(client.chat(REQUEST)).text
import atexit
def close():
    loop = loops[os.getpid()]
    loop.run_until_complete(client.aclose())
    loop.close()
atexit.register(close)
""",
}
FORK = """
print(chat(), flush=True)
pid = os.fork()
if pid == 0:
    code = 1
    try:
        code = 0 if [chat(), chat()] == ["Hi", "Hi"] else 2
    finally:
        os._exit(code)
_, status = os.waitpid(pid, 0)
print(os.WEXITSTATUS(status), chat(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("name", FORKED)
def test_a_client_works_on_both_sides_of_a_fork(run_script, service, service_url, name):
    for _ in range(4):
        service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + FORKED[name] + FORK, service_url), "Hi\n0 Hi\n")
    first, child, *_, last = [request.connection for request in service.requests]
    assert child != first
    if name != "async, a loop a call":
        assert last == first  # the child has not closed it
    assert len(service.requests) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_client_not_used_before_a_fork_works_after_it(run_script, service, service_url, kind):
    script = f"""
client = {kind}(**settings)
def chat():
    reply = client.chat(REQUEST)
    return (asyncio.run(reply) if asyncio.iscoroutine(reply) else reply).text
pid = os.fork()
if pid == 0:
    os._exit(0 if chat() == "Hi" else 1)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), chat())
"""
    service.reply_text("Hi")
    service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + script, service_url), "0 Hi\n")
