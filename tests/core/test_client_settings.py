"""What the clients are made with: HTTP clients, timeouts, keys."""

import httpx
import httpx2
import pytest
from client_calls import KEY, REQUEST
from pydantic import SecretStr

from weryai_core import (
    AsyncClient,
    Client,
    ConfigurationError,
    WeryAIError,
)
from weryai_core.config import resolve_config

# -- HTTP clients passed in --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Client, httpx.AsyncClient, "Client or httpx.Client, not AsyncClient"),
        (Client, httpx2.AsyncClient, "Client or httpx.Client, not AsyncClient"),
        (AsyncClient, httpx.Client, "AsyncClient or httpx.AsyncClient, not Client"),
        (AsyncClient, httpx2.Client, "AsyncClient or httpx.AsyncClient, not Client"),
        (Client, dict, "Client or httpx.Client, not dict"),
        (AsyncClient, str, "AsyncClient or httpx.AsyncClient, not str"),
    ],
)
def test_an_http_client_of_the_wrong_kind_is_refused(kind, given, message):
    with pytest.raises(ConfigurationError) as caught:
        kind(api_key=KEY, http_client=given())
    assert str(caught.value) == f"The HTTP client passed in must be an httpx2.{message}."


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_an_http_client_passed_in_is_not_closed(library):
    with library.Client() as http:
        with Client(api_key=KEY, http_client=http):
            pass
        Client(api_key=KEY, http_client=http).close()
        assert not http.is_closed


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_an_async_http_client_passed_in_is_not_closed(library):
    async with library.AsyncClient() as http:
        async with AsyncClient(api_key=KEY, http_client=http):
            pass
        await AsyncClient(api_key=KEY, http_client=http).aclose()
        assert not http.is_closed


OURS = {"connect": 10.0, "read": 600.0, "write": 600.0, "pool": 600.0}


@pytest.mark.parametrize(
    ("of_http", "of_client", "of_call", "expected"),
    [
        ({}, None, None, OURS),
        ({"timeout": 5.0}, None, None, OURS),
        ({"timeout": 30}, None, None, dict.fromkeys(OURS, 30)),
        ({"timeout": None}, None, None, dict.fromkeys(OURS)),
        ({"timeout": 30}, 20, None, dict.fromkeys(OURS, 20)),
        ({"timeout": 30}, 20, 10, dict.fromkeys(OURS, 10)),
        ({}, None, (1, 2), {"connect": 1, "read": 2, "write": 2, "pool": 2}),
        ({}, None, httpx.Timeout(7, connect=1), {**dict.fromkeys(OURS, 7), "connect": 1}),
        ({}, httpx2.Timeout(7, read=None), None, {**dict.fromkeys(OURS, 7), "read": None}),
    ],
    ids=["default", "library's", "passed in", "none", "client", "call", "tuple", "httpx", "httpx2"],
)
def test_the_timeout_is_the_calls_then_the_clients_then_the_http_clients_then_ours(
    of_http, of_client, of_call, expected
):
    for library in (httpx, httpx2):
        assert timeouts_seen_by(library, of_http, of_client, of_call) == [expected] * 2


def timeouts_seen_by(library, of_http, of_client, of_call):
    """The timeouts of a chat and of a stream, as a client passed in gets them."""
    seen = []

    def answer(request):
        seen.append(request.extensions["timeout"])
        return library.Response(200, json={"choices": [{"message": {"content": "Hi"}}]})

    with library.Client(transport=library.MockTransport(answer), **of_http) as http:
        client = Client(api_key=KEY, timeout=of_client, http_client=http)
        client.chat(REQUEST, timeout=of_call)
        list(client.stream(REQUEST, timeout=of_call))
    return seen


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_invalid_timeout_of_a_call_is_refused(kind):
    with pytest.raises(ConfigurationError, match="`timeout` must be seconds above 0"):
        kind(api_key=KEY).stream(REQUEST, timeout=-1)


@pytest.mark.parametrize(
    ("name", "error_name"),
    [
        ("ConnectError", "APIConnectionError"),
        ("ReadError", "APIConnectionError"),
        ("RemoteProtocolError", "APIConnectionError"),
        ("ProxyError", "APIConnectionError"),
        ("ConnectTimeout", "APITimeoutError"),
        ("ReadTimeout", "APITimeoutError"),
        ("PoolTimeout", "APITimeoutError"),
    ],
)
def test_an_exception_of_the_library_is_retried_and_then_ours(make_config, name, error_name):
    for library in (httpx, httpx2):
        seen = []

        def fail(request, library=library, seen=seen):
            seen.append(request)
            raise getattr(library, name)("boom", request=request)

        with library.Client(transport=library.MockTransport(fail)) as http:
            client = Client.from_config(make_config("http://weryai.test"), http_client=http)
            with pytest.raises(WeryAIError, match=r"Gave up after 3 requests\.$") as caught:
                client.chat(REQUEST)
        assert type(caught.value).__name__ == error_name
        assert isinstance(caught.value.__cause__, getattr(library, name))
        assert len(seen) == 3


# -- Settings and lives of clients -------------------------------------------------------------


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_takes_its_settings_or_finds_them(monkeypatch, kind):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", "https://a")
    assert kind().config == resolve_config(api_key="sk-environment", base_url="https://a/v1")
    client = kind(
        api_key=SecretStr(KEY),
        base_url="https://b",
        timeout=3,
        max_retries=5,
        default_headers={"x-a": "b"},
    )
    assert client.config == resolve_config(
        api_key=KEY, base_url="https://b", timeout=3, max_retries=5, default_headers={"x-a": "b"}
    )


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_without_a_key_is_refused(kind):
    with pytest.raises(ConfigurationError, match="`api_key` or set `WERYAI_API_KEY`"):
        kind()


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_key_is_kept_out_of_the_repr_of_a_client(kind):
    client = kind(api_key=KEY)
    assert KEY not in f"{client!r} {client} {client.config!r} {client.config}"


def test_a_client_may_be_used_again_after_it_was_closed(service, service_url):
    client = Client(api_key=KEY, base_url=service_url)
    client.close()
    for _ in range(2):
        with client:
            service.reply_text("Hi")
            assert client.chat(REQUEST).text == "Hi"
    client.close()


async def test_an_async_client_may_be_used_again_after_it_was_closed(service, service_url):
    client = AsyncClient(api_key=KEY, base_url=service_url)
    await client.aclose()
    for close in (client.aclose, client.close):
        service.reply_text("Hi")
        assert (await client.chat(REQUEST)).text == "Hi"
        await close()
    async with client:
        service.reply_text("Hi")
        assert (await client.chat(REQUEST)).text == "Hi"
