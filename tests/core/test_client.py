"""Both clients: our own over real HTTP, and those of both libraries passed in."""

import copy
import gzip
import pickle
import re

import httpx
import httpx2
import pytest
from pydantic import SecretStr

from weryai_core import (
    APIError,
    AsyncClient,
    AuthenticationError,
    Client,
    ConfigurationError,
    InsufficientCreditsError,
    InvalidRequestError,
    MessageCountError,
    ModelEntry,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    Usage,
    WeryAIError,
    __version__,
    merge_chunks,
)
from weryai_core.config import resolve_config
from weryai_core.integration import Clients

KEY = "sk-0123456789abcdef0123456789abcdef"
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
LIMITED = {"status": 1001, "desc": "failed", "message": "request rate limit exceeded"}


def test_a_chat_is_one_request_and_one_chunk(driver, service):
    service.reply(
        {
            "id": "chatcmpl-1",
            "model": "GPT_4O",
            "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }
    )
    chunk = driver.chat({**REQUEST, "temperature": 0.5, "web_search": True})
    assert (chunk.text, chunk.id, chunk.is_last) == ("Hi", "chatcmpl-1", True)
    assert chunk.usage == Usage(1, 2, 3, raw=chunk.usage.raw)
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.json == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "temperature": 0.5,
        "plugins": [{"id": "web"}],
    }


def test_the_headers_say_who_asks_for_what(driver, service):
    service.reply_text("Hi")
    driver.chat()
    headers = service.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "application/json, text/event-stream"
    assert headers["user-agent"].startswith(f"weryai-integrations/{__version__} Python/3.")


def test_a_stream_is_one_request_and_its_chunks(driver, service):
    service.reply_stream("Hel", "lo")
    chunks = driver.stream()
    assert [chunk.text for chunk in chunks] == ["Hel", "lo", "", ""]
    assert [chunk.is_last for chunk in chunks] == [False, False, False, True]
    assert merge_chunks(chunks).choice.finish_reason == "stop"
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.json == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_a_stream_answered_by_one_document_is_one_chunk(driver, service):
    service.reply_text("Hi")
    (chunk,) = driver.stream()
    assert (chunk.text, chunk.is_last) == ("Hi", True)


@pytest.mark.parametrize(
    "body",
    [
        {"models": [{"model": "GPT_4O", "desc": "x", "max_tokens": 9}]},
        {"object": "list", "data": [{"model": "GPT_4O", "desc": "x", "max_tokens": 9}]},
        {"status": 0, "data": {"models": [{"model": "GPT_4O", "desc": "x", "max_tokens": 9}]}},
    ],
    ids=["bare", "OpenAI", "envelope"],
)
def test_the_models_are_asked_for_in_one_request(driver, service, body):
    service.reply(body)
    (entry,) = driver.models()
    assert entry == ModelEntry("GPT_4O", "x", 9, raw=entry.raw)
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/chat/models", b"")
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("data", [1000, {"balance": 1000}], ids=["number", "object"])
def test_the_balance_is_asked_for_in_one_request(driver, service, data):
    service.reply({"status": 0, "desc": "success", "message": "success", "data": data})
    assert driver.balance() == 1000.0
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/generation/balance", b"")


# What is neither a model list nor a balance, and the error it is.
NO_ACCOUNT = {
    "documented refusal": ({"status": 1002, "desc": "Authentication failed"}, AuthenticationError),
    "null": ({"status": 1011, "message": "x", "data": None}, InsufficientCreditsError),
    "0 beside an error": ({"status": 1004, "message": "x", "data": 0}, InsufficientCreditsError),
    "list beside an error": (
        {"status": 1004, "message": "x", "data": []},
        InsufficientCreditsError,
    ),
    "nothing": ({"status": 0, "data": None}, ProtocolError),
    "text": ({"models": "x", "data": "1000"}, ProtocolError),
    "list": ([1000], ProtocolError),
    "number": (1000, ProtocolError),
    "empty": (b"", ProtocolError),
    "HTML": (b"<html>", ProtocolError),
}


@pytest.mark.parametrize(("body", "error_class"), NO_ACCOUNT.values(), ids=NO_ACCOUNT)
@pytest.mark.parametrize("what", ["models", "balance"])
def test_anything_but_models_or_a_balance_is_an_error(
    make_driver, service, what, body, error_class
):
    service.reply(body, headers={"x-request-id": "req-1"})
    with pytest.raises(error_class) as caught:
        getattr(make_driver(max_retries=0), what)()
    assert type(caught.value) is error_class
    assert caught.value.request_id == "req-1"


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_headers_of_the_call_and_default_ones_are_sent(make_driver, service, what):
    driver = make_driver(default_headers={"USER-AGENT": "mine", "X-Team": "blue", "x-b": "1"})
    service.reply_text("Hi")
    getattr(driver, what)(headers={"X-B": "2"})
    headers = service.requests[0].headers
    assert (headers["user-agent"], headers["x-team"], headers["x-b"]) == ("mine", "blue", "2")
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("encoding", ["chat", "stream"])
def test_a_compressed_answer_is_unpacked(driver, service, to_stream, encoding):
    headers = {"content-encoding": "gzip"}
    end = {"choices": [{"delta": {"content": "Grüße"}, "finish_reason": "stop"}]}
    whole = '{"choices":[{"message":{"content":"Grüße"},"finish_reason":"stop"}]}'.encode()
    body = whole if encoding == "chat" else to_stream(end)
    service.reply(gzip.compress(body), headers=headers)
    if encoding == "chat":
        assert driver.chat().text == "Grüße"
    else:
        assert merge_chunks(driver.stream()).text == "Grüße"


# -- Errors ------------------------------------------------------------------------------------

REFUSALS = {
    "401": (401, b"", AuthenticationError),
    "403": (403, {"status": 403, "msg": "INVALID_API_KEY"}, AuthenticationError),
    "402": (402, b"", InsufficientCreditsError),
    "404": (404, b"<html>", NotFoundError),
    "400": (400, {"status": 400, "msg": "BAD_REQUEST"}, InvalidRequestError),
    "408": (408, b"", APIError),
    "409": (409, b"", APIError),
    "425": (425, b"", APIError),
    "envelope in 200": (200, {"status": 1004, "message": "x"}, InsufficientCreditsError),
    "OpenAI in 200": (200, {"error": {"code": "invalid_api_key"}}, AuthenticationError),
    "redirect": (302, b"", APIError),
}


@pytest.mark.parametrize(("status", "body", "error_class"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("what", ["chat", "stream", "models", "balance"])
def test_a_refusal_is_its_class_and_asked_for_once(
    driver, service, what, status, body, error_class
):
    service.reply(body, status=status, headers={"x-request-id": "req-1"})
    with pytest.raises(error_class) as caught:
        getattr(driver, what)()
    assert type(caught.value) is error_class
    assert (caught.value.status_code, caught.value.request_id) == (status, "req-1")
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("request_", "error_class"),
    [
        ({**REQUEST, "temperature": 3}, InvalidRequestError),
        ({**REQUEST, "messages": []}, MessageCountError),
        ({**REQUEST, "messages": REQUEST["messages"] * 51}, MessageCountError),
        ({"messages": REQUEST["messages"]}, InvalidRequestError),
    ],
    ids=["bound", "no message", "51 messages", "no model"],
)
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_request_out_of_bounds_is_not_sent(driver, service, what, request_, error_class):
    with pytest.raises(error_class):
        getattr(driver, what)(request_)
    assert service.requests == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_stream_out_of_bounds_is_refused_before_it_is_read(kind):
    with pytest.raises(InvalidRequestError):
        kind(api_key=KEY).stream({**REQUEST, "top_p": 2})


@pytest.mark.parametrize("what", ["chat", "stream", "models", "balance"])
@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("key", [KEY, "plain-0123456789"])
def test_an_echoed_key_is_kept_out_of_the_error(make_driver, service, what, status, key):
    body = {"status": 1002, "message": f"wrong key: {key}", "data": None}
    service.reply(body, status=status)
    with pytest.raises(WeryAIError) as caught:
        getattr(make_driver(api_key=key), what)()
    error = caught.value
    assert key not in f"{error} {error!r} {error.response} {error.response.text}"
    assert key.encode() not in pickle.dumps(error)


@pytest.mark.parametrize("what", ["chat", "stream"])
@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("place", ["default header", "header of the call", "query"])
def test_echoed_values_of_headers_are_kept_out_of_the_error(
    make_driver, service, what, status, place
):
    token = "tenant-0123/45"
    settings = {
        "default header": {"default_headers": {"X-Tenant": token, "X-Run": "1"}},
        "header of the call": {"default_headers": {"X-Run": "1"}},
        "query": {"default_query": {"tenant": [token], "run": 1}},
    }
    headers = {"X-Auth": f"Bearer {token}"} if place == "header of the call" else None
    # JSON may write a slash with a backslash before it.
    escaped = token.replace("/", "\\/")
    body = f'{{"status": 1002, "message": "{token}, {escaped}: run 1 refused", "data": null}}'
    service.reply(body.encode(), status=status, headers={"x-echo": token})
    driver = make_driver(max_retries=0, **settings[place])
    with pytest.raises(WeryAIError, match="run 1 refused") as caught:
        getattr(driver, what)(headers=headers)
    error = caught.value
    shown = f"{error} {error!r} {error.response} {error.response.text} {error.response.headers}"
    assert token not in shown
    assert escaped not in shown
    assert token.encode() not in pickle.dumps(error)


def test_a_key_echoed_in_a_header_is_kept_out_of_the_error(driver, service):
    service.reply(b"", status=401, headers={"x-key": f"Bearer {KEY}"})
    with pytest.raises(AuthenticationError) as caught:
        driver.chat()
    assert KEY not in str(caught.value.response.headers)
    assert KEY.encode() not in pickle.dumps(caught.value)


# -- Retries -----------------------------------------------------------------------------------

PASSING = {
    "429": (429, b"", RateLimitError),
    "500": (500, b"", ServerError),
    "503": (503, b"<html>", ServerError),
    "rate limit in 200": (200, LIMITED, RateLimitError),
    "busy in 200": (200, {"status": 6010}, RateLimitError),
    "server error in 200": (200, {"status": 6001}, ServerError),
    "empty 200": (200, b"", ProtocolError),
    "HTML 200": (200, b"<html>", ProtocolError),
    "no choices": (200, {"status": 0, "data": None}, ProtocolError),
}


@pytest.mark.parametrize(("status", "body", "error_class"), PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_what_may_pass_is_asked_for_three_times(driver, service, what, status, body, error_class):
    for _ in range(5):
        service.reply(body, status=status)
    with pytest.raises(error_class, match=r"Gave up after 3 requests\.$"):
        getattr(driver, what)()
    assert len(service.requests) == 3
    assert len({request.body for request in service.requests}) == 1


@pytest.mark.parametrize(("status", "body", "error_class"), PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_without_retries_one_request_is_made(make_driver, service, what, status, body, error_class):
    service.reply(body, status=status)
    with pytest.raises(error_class):
        getattr(make_driver(max_retries=0), what)()
    assert len(service.requests) == 1


@pytest.mark.parametrize("failures", [1, 2])
def test_an_answer_after_failures_is_the_answer(driver, service, failures):
    for failure in range(2 * failures):
        service.reply(b"", status=500 + failure % 2)
        if failure % failures == failures - 1:
            service.reply_text("Hi") if failure < failures else service.reply_stream("Hi")
    assert driver.chat().text == "Hi"
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 2 * (failures + 1)


def test_models_and_balance_are_retried_too(driver, service):
    service.reply(b"", status=500)
    service.reply({"models": []})
    assert driver.models() == []
    service.reply(LIMITED)
    service.reply({"status": 0, "data": 5})
    assert driver.balance() == 5.0


def test_a_wait_of_0_s_that_the_service_asks_for_is_kept(driver, service):
    service.reply(b"", status=429, headers={"retry-after": "0"})
    service.reply_text("Hi")
    assert driver.chat().text == "Hi"


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_too_long_a_wait_is_an_error_at_once(driver, service, what):
    service.reply(b"", status=429, headers={"Retry-After": "61"})
    with pytest.raises(RateLimitError, match="The service asks to wait 61 s, longer than the 60 s"):
        getattr(driver, what)()
    assert len(service.requests) == 1


def test_a_stream_that_begins_with_an_error_that_may_pass_is_retried(driver, service, to_stream):
    role = {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}
    service.reply(to_stream(LIMITED))
    service.reply(to_stream(role, {"error": {"code": "server_error"}}))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 3


def test_a_stream_that_begins_with_an_error_that_stays_is_not_retried(driver, service, to_stream):
    service.reply(to_stream({"error": {"code": "insufficient_quota"}}))
    with pytest.raises(InsufficientCreditsError):
        driver.stream()
    assert len(service.requests) == 1


def test_a_stream_cut_before_its_first_chunk_is_retried(driver, service, to_stream):
    service.reply(to_stream({"choices": [{"delta": {"role": "assistant"}}]}, done=False))
    service.reply(to_stream(done=True))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 3


@pytest.mark.parametrize(
    ("end", "error_class"),
    [
        ([], StreamError),
        ([LIMITED], RateLimitError),
        ([{"error": {"code": "server_error"}}], ServerError),
        (["no json"], ProtocolError),
    ],
    ids=["cut", "envelope", "error object", "no JSON"],
)
def test_nothing_is_retried_after_the_first_chunk(driver, service, to_stream, end, error_class):
    piece = {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    service.reply(to_stream(piece, *end, done=False))
    chunks = []
    with pytest.raises(error_class) as caught:
        driver.stream(on_chunk=chunks.append)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert caught.value.partial.text == "Hel"
    assert len(service.requests) == 1


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


@pytest.mark.parametrize("library", [httpx, httpx2])
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
    library, of_http, of_client, of_call, expected
):
    seen = []

    def answer(request):
        seen.append(request.extensions["timeout"])
        return library.Response(200, json={"choices": [{"message": {"content": "Hi"}}]})

    with library.Client(transport=library.MockTransport(answer), **of_http) as http:
        client = Client(api_key=KEY, timeout=of_client, http_client=http)
        client.chat(REQUEST, timeout=of_call)
        list(client.stream(REQUEST, timeout=of_call))
    assert seen == [expected] * 2


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_timeout_of_a_call_that_is_none_is_refused(kind):
    with pytest.raises(ConfigurationError, match="`timeout` must be seconds above 0"):
        kind(api_key=KEY).stream(REQUEST, timeout=-1)


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(
    ("name", "error_name", "requests"),
    [
        ("ConnectError", "APIConnectionError", 3),
        ("ReadError", "APIConnectionError", 3),
        ("RemoteProtocolError", "APIConnectionError", 3),
        ("ProxyError", "APIConnectionError", 3),
        ("ConnectTimeout", "APITimeoutError", 3),
        ("ReadTimeout", "APITimeoutError", 3),
        ("PoolTimeout", "APITimeoutError", 3),
    ],
)
def test_an_exception_of_the_library_is_retried_and_then_ours(
    make_config, library, name, error_name, requests
):
    seen = []

    def fail(request):
        seen.append(request)
        raise getattr(library, name)("boom", request=request)

    with library.Client(transport=library.MockTransport(fail)) as http:
        client = Client.from_config(make_config("http://weryai.test"), http_client=http)
        with pytest.raises(WeryAIError, match=r"Gave up after 3 requests\.$") as caught:
            client.chat(REQUEST)
    assert type(caught.value).__name__ == error_name
    assert isinstance(caught.value.__cause__, getattr(library, name))
    assert len(seen) == requests


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


CONFIG = resolve_config(api_key=KEY)


@pytest.mark.parametrize("way_", ["sync", "aio"])
def test_the_same_settings_give_the_same_client(way_):
    get = getattr(Clients(), way_)
    client = get(CONFIG)
    assert get(CONFIG) is client
    assert get(resolve_config(api_key=KEY)) is client


@pytest.mark.parametrize("way_", ["sync", "aio"])
@pytest.mark.parametrize(
    "changed",
    [{"api_key": "sk-another"}, {"base_url": "https://b"}, {"timeout": 3}, {"max_retries": 0}],
    ids=str,
)
def test_changed_settings_give_another_client(way_, changed):
    get = getattr(Clients(), way_)
    client = get(CONFIG)
    config = resolve_config(**{"api_key": KEY, **changed})
    assert get(config) is not client
    assert get(config).config == config


@pytest.mark.parametrize("way_", ["sync", "aio"])
def test_clients_of_eight_settings_are_kept(way_):
    get = getattr(Clients(), way_)
    configs = [resolve_config(api_key=f"sk-{number}") for number in range(9)]
    clients = [get(config) for config in configs[:8]]
    assert [get(config) for config in configs[:8]] == clients
    get(configs[8])
    assert get(configs[7]) is clients[7]
    assert get(configs[0]) is not clients[0]


def test_another_http_client_gives_another_client():
    pair = Clients()
    with httpx2.Client() as http:
        client = pair.sync(CONFIG, http)
        assert client.given is http
        assert pair.sync(CONFIG, http) is client
        assert pair.sync(CONFIG) is not client


@pytest.mark.parametrize(
    "again",
    [lambda pair: pickle.loads(pickle.dumps(pair)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_a_pair_travels_empty_and_without_the_key(again):
    pair = Clients()
    client = pair.sync(CONFIG)
    pair.aio(CONFIG)
    assert KEY.encode() not in pickle.dumps(pair)
    other = again(pair)
    assert isinstance(other, Clients)
    assert vars(other) == vars(Clients())
    assert other.sync(CONFIG) is not client


async def test_closing_a_pair_closes_both(service, service_url):
    pair = Clients()
    pair.close()
    await pair.aclose()
    config = resolve_config(api_key=KEY, base_url=service_url)
    service.reply_text("Hi")
    service.reply_text("Hi")
    assert pair.sync(config).chat(REQUEST).text == "Hi"
    assert (await pair.aio(config).chat(REQUEST)).text == "Hi"
    await pair.aclose()


def test_the_user_agent_names_package_and_version():
    from weryai_core.transport.call import USER_AGENT

    assert re.fullmatch(r"weryai-integrations/\d+\.\d+\.\d+ Python/3\.\d+\.\d+\S*", USER_AGENT)


@pytest.mark.parametrize(("what", "field"), [("models", "models"), ("balance", "data")])
def test_the_field_that_is_missing_is_that_of_the_call(make_driver, service, what, field):
    service.reply({})
    with pytest.raises(ProtocolError) as caught:
        getattr(make_driver(max_retries=0), what)()
    assert str(caught.value) == f"WeryAI answered with HTTP 200. The body holds no `{field}`."


@pytest.mark.parametrize(
    ("what", "body", "expected"),
    [
        ("models", b'{"models":[]}', []),
        ("balance", b'{"status":0,"data":7}', 7.0),
    ],
)
def test_a_byte_order_mark_does_not_hide_an_answer(driver, service, what, body, expected):
    service.reply(b"\xef\xbb\xbf" + body)
    assert getattr(driver, what)() == expected


# default_query -> what follows the path.
QUERIES = {
    "text": ({"api-version": "1"}, "?api-version=1"),
    "several": ({"a": "1", "b": 2}, "?a=1&b=2"),
    "a list": ({"a": ["1", "2"]}, "?a=1&a=2"),
    "special characters": ({"a b": "c&d=\u00e9"}, "?a+b=c%26d%3D%C3%A9"),
    "none": ({}, ""),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("chat", "/v1/chat/completions"),
        ("stream", "/v1/chat/completions"),
        ("models", "/v1/chat/models"),
        ("balance", "/v1/generation/balance"),
    ],
)
def test_the_default_query_is_sent_with_every_request(
    make_driver, service, what, path, query, expected
):
    answers = {"models": {"models": []}, "balance": {"data": 1}}
    service.reply(answers[what]) if what in answers else service.reply_text("Hi")
    getattr(make_driver(default_query=query), what)()
    assert service.requests[0].path == path + expected


@pytest.mark.parametrize("n", [None, 1])
def test_the_one_answer_that_was_asked_for_may_be_called_1(driver, service, n):
    events = ['{"index":1,"delta":{"content":"Hi"}}', '{"index":1,"delta":{},"finish_reason":"x"}']
    service.reply("".join(f'data: {{"choices":[{event}]}}\n\n' for event in events))
    chunks = driver.stream({**REQUEST, "n": n})
    assert [chunk.choice.text for chunk in chunks] == ["Hi", "", ""]


def test_of_several_answers_each_keeps_its_number(driver, service):
    event = '{"index":1,"delta":{"content":"Hi"},"finish_reason":"stop"}'
    service.reply(f'data: {{"choices":[{event}]}}\n\n')
    first, *_ = driver.stream({**REQUEST, "n": 2})
    assert [choice.index for choice in first.choices] == [1]
