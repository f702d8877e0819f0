"""Redirects, proxies, certificates, and HTTP clients that were passed in."""

import os
import socket
import sys
import traceback

import httpx
import httpx2
import pytest
from raw_answers import ANSWER, PRELUDE, REQUEST

from weryai_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncClient,
    Client,
    ConfigurationError,
)
from weryai_core.transport import http_options

LIBRARIES = {"httpx": httpx, "httpx2": httpx2}


def test_a_redirect_is_not_followed(socket_drivers, service, service_url, raw_server):
    for driver in socket_drivers(service_url):
        for status in (301, 302, 303, 307, 308):
            service.requests.clear()
            headers = {"location": f"{raw_server.url}/elsewhere"}
            service.reply(b"", status=status, headers=headers)
            with pytest.raises(APIError, match="Redirects are not followed") as caught:
                driver.chat()
            assert caught.value.status_code == status
            assert len(service.requests) == 1
    assert raw_server.connections == []


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_client_passed_in_that_follows_redirects_follows_none_of_ours(library):
    hosts = []

    def answer(request):
        hosts.append(request.url.host)
        return library.Response(307, headers={"location": "http://elsewhere.test/"})

    transport = library.MockTransport(answer)
    with library.Client(transport=transport, follow_redirects=True) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        with pytest.raises(APIError):
            client.chat(REQUEST)
        with pytest.raises(APIError):
            list(client.stream(REQUEST))
    assert hosts == ["weryai.test"] * 2


@pytest.fixture
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_proxy_of_the_environment_is_used(monkeypatch, no_proxies, socket_drivers, raw_server):
    monkeypatch.setenv("HTTP_PROXY", raw_server.url.removesuffix("/v1"))
    for driver in socket_drivers("http://weryai.invalid/v1", max_retries=0):
        for ask in (driver.chat, driver.stream):
            raw_server.connections.clear()
            raw_server.reply(ANSWER)
            ask()
            request = raw_server.connections[0].request
            assert request.startswith(
                b"POST http://weryai.invalid/v1/chat/completions HTTP/1.1\r\n"
            )


@pytest.mark.parametrize(
    ("no_proxy", "address", "is_proxied"),
    [
        ("", "https://api.weryai.com", True),
        ("", "http://api.weryai.com", False),  # HTTPS_PROXY alone is set
        ("weryai.com", "https://api.weryai.com", False),
        (".weryai.com", "https://weryai.com", True),
        ("api.weryai.com:8443", "https://api.weryai.com", True),
        ("10.0.0.0/8, ::1", "https://[::1]", False),
        ("*", "https://api.weryai.com", False),
        ("", "https://localhost:8000", False),
        ("", "https://127.0.0.1", False),
        ("", "https://[::1]:8000", False),
    ],
)
def test_the_proxy_for_an_address_is_the_one_that_httpx2_uses(
    monkeypatch, no_proxies, no_proxy, address, is_proxied
):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    proxy = http_options.proxies(None)(address)
    expected = "http://127.0.0.1:9" if is_proxied else None
    assert (None if proxy is None else str(proxy.url)) == expected


def test_a_proxy_of_the_environment_does_not_serve_this_machine(
    monkeypatch, no_proxies, make_own, raw_server
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for answer in (ANSWER, ANSWER):
        raw_server.reply(answer)
        assert make_own(raw_server.url).chat().text == "Hi"


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


def test_the_proxy_that_was_passed_is_used(monkeypatch, make_own, raw_server, proxied):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    raw_server.reply(ANSWER)
    make_own(proxy=proxied).chat()
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


@pytest.mark.timeout(30)  # it would wait for the time of the pool
@pytest.mark.parametrize("then", ["hold", b"a"], ids=["silent", "dripping"])
def test_a_proxy_that_opens_no_tunnel_is_a_timeout(make_own, raw_server, proxied, then):
    raw_server.reply(b"HTTP/1.1 200 OK\r\nx: ", then=then)
    with pytest.raises(APITimeoutError):
        make_own("https://weryai.invalid/v1", proxy=proxied, timeout=(0.2, 0.3, 0.3, 600)).chat()


def test_the_system_takes_little_of_what_it_cannot_send():
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    with socket.socket() as connection, socket.socket(socket.AF_UNIX) as other:
        for one in (connection, other, None):
            http_options.show_progress(one)
        if option is not None:
            assert connection.getsockopt(socket.IPPROTO_TCP, option) == 128 * 1024


def test_a_proxy_that_is_not_there_is_an_error_without_its_password(make_own, closed_url):
    proxy = closed_url.removesuffix("/v1").replace("//", "//user:hush@")
    with pytest.raises(APIConnectionError) as caught:
        make_own(proxy=proxy).chat()
    assert "hush" not in "".join(traceback.format_exception(caught.value))


# Settings with which no client can be made: variables, and `proxy`.
UNUSABLE = {
    "no certificates": ({"SSL_CERT_FILE": "/nonexistent/ca.pem"}, None),
    "a file without certificates": ({"SSL_CERT_FILE": os.devnull}, None),
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
def test_a_client_that_cannot_be_made_is_a_configuration_error_at_first_use(
    monkeypatch, own_drivers, environment, proxy
):
    monkeypatch.setitem(sys.modules, "socksio", None)  # as if it were not installed
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for driver in own_drivers("http://weryai.invalid/v1", max_retries=0, proxy=proxy):
        for ask in (driver.chat, driver.stream, driver.models):
            with pytest.raises(ConfigurationError) as caught:
                ask()
            message = str(caught.value)
            assert message.startswith(("The HTTP client cannot be set up.", "A SOCKS proxy"))
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
def test_an_async_client_ignores_a_socks_proxy_that_it_does_not_use(
    monkeypatch, make_own, raw_server, variable
):
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv(variable, "127.0.0.1" if variable == "NO_PROXY" else raw_server.url[:-3])
    raw_server.reply(ANSWER)
    url = raw_server.url if variable == "NO_PROXY" else "http://weryai.invalid/v1"
    assert make_own(url).chat().text == "Hi"


@pytest.fixture(params=LIBRARIES)
def library(request):
    return LIBRARIES[request.param]


CALLS = (
    lambda client: client.chat(REQUEST),
    lambda client: client.stream(REQUEST),
    lambda client: client.models(),
    lambda client: client.balance(),
)


def test_a_closed_client_passed_in_is_a_configuration_error(library):
    http = library.Client()
    http.close()
    for call in CALLS:
        with pytest.raises(ConfigurationError) as caught:
            call(Client(api_key="k", http_client=http))
        assert (
            str(caught.value) == "The HTTP client that was passed in is closed; pass an open one."
        )


async def test_a_closed_async_client_passed_in_is_a_configuration_error(library):
    http = library.AsyncClient()
    await http.aclose()
    for call in CALLS:
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
    run_forked, service, service_url, name
):
    """In a process of its own: the library leaves the connection of the closed loop open."""
    service.reply_text("Hi")
    done = run_forked(PRELUDE + CLOSED_LOOP, service_url, name)
    assert done.stdout == "Hi\nAPIConnectionError False True\n", done.stderr
    assert done.returncode == 0
    assert len(service.requests) <= 2
