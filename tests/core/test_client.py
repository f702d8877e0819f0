"""Both clients: our own over real HTTP, and those of both libraries passed in."""

import gzip
import pickle
import warnings

import httpx
import httpx2
import pytest
from pydantic import SecretStr
from replies import to_stream

from weryai_core import (
    AsyncClient,
    AuthenticationError,
    Client,
    ConfigurationError,
    InsufficientCreditsError,
    InvalidRequestError,
    MessageCountError,
    ModelEntry,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    ToolCallError,
    Usage,
    WeryAIError,
    __version__,
    merge_chunks,
)
from weryai_core.config import resolve_config

KEY = "sk-0123456789abcdef0123456789abcdef"
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
LIMITED = {"status": 1001, "desc": "failed", "message": "request rate limit exceeded"}
CALLS = ("chat", "stream", "models", "balance")


def test_a_chat_is_one_request_and_one_chunk(any_driver, service):
    service.reply(
        {
            "id": "chatcmpl-1",
            "model": "GPT_4O",
            "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }
    )
    chunk = any_driver.chat({**REQUEST, "temperature": 0.5, "web_search": True})
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


def test_the_headers_name_the_key_the_types_and_the_package(driver, service):
    service.reply_text("Hi")
    driver.chat()
    headers = service.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "application/json, text/event-stream"
    assert headers["user-agent"].startswith(f"weryai-integrations/{__version__} Python/3.")


def test_a_stream_is_one_request_and_its_chunks(any_driver, service):
    service.reply_stream("Hel", "lo")
    chunks = any_driver.stream()
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


def test_the_models_are_one_get_request(driver, service):
    service.reply({"models": [{"model": "GPT_4O", "desc": "x", "max_tokens": 9}]})
    (entry,) = driver.models()
    assert entry == ModelEntry("GPT_4O", "x", 9, raw=entry.raw)
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/chat/models", b"")
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_the_balance_is_one_get_request(driver, service):
    service.reply({"status": 0, "desc": "success", "message": "success", "data": 1000})
    assert driver.balance() == 1000.0
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/generation/balance", b"")


@pytest.mark.parametrize(("what", "field"), [("models", "models"), ("balance", "data")])
def test_an_account_answer_without_its_field_is_an_error_that_names_it(
    make_driver, service, what, field
):
    service.reply({}, headers={"x-request-id": "req-1"})
    with pytest.raises(ProtocolError) as caught:
        getattr(make_driver(max_retries=0), what)()
    assert str(caught.value) == (
        f"WeryAI answered with HTTP 200. The body holds no `{field}`. Request id: req-1."
    )


def test_headers_of_the_call_and_default_ones_are_sent(make_driver, service):
    driver = make_driver(default_headers={"USER-AGENT": "mine", "X-Team": "blue", "x-b": "1"})
    for ask in (driver.chat, driver.stream):
        service.reply_text("Hi")
        ask(headers={"X-B": "2"})
        headers = service.requests[-1].headers
        assert (headers["user-agent"], headers["x-team"], headers["x-b"]) == ("mine", "blue", "2")
        assert headers["authorization"] == f"Bearer {KEY}"


def test_the_default_query_is_sent_with_every_request(make_driver, service):
    driver = make_driver(default_query={"api-version": "1"})
    answers = {"models": {"models": []}, "balance": {"data": 1}}
    for what in CALLS:
        service.reply(answers[what]) if what in answers else service.reply_text("Hi")
        getattr(driver, what)()
    assert [request.path for request in service.requests] == [
        "/v1/chat/completions?api-version=1",
        "/v1/chat/completions?api-version=1",
        "/v1/chat/models?api-version=1",
        "/v1/generation/balance?api-version=1",
    ]


def test_a_compressed_answer_is_decompressed(any_driver, service):
    headers = {"content-encoding": "gzip"}
    whole = '{"choices":[{"message":{"content":"Grüße"},"finish_reason":"stop"}]}'.encode()
    streamed = to_stream({"choices": [{"delta": {"content": "Grüße"}, "finish_reason": "stop"}]})
    service.reply(gzip.compress(whole), headers=headers)
    assert any_driver.chat().text == "Grüße"
    service.reply(gzip.compress(streamed), headers=headers)
    assert merge_chunks(any_driver.stream()).text == "Grüße"


@pytest.mark.parametrize("n", [None, 1])
def test_the_only_requested_choice_may_have_number_1(driver, service, n):
    events = ['{"index":1,"delta":{"content":"Hi"}}', '{"index":1,"delta":{},"finish_reason":"x"}']
    service.reply("".join(f'data: {{"choices":[{event}]}}\n\n' for event in events))
    chunks = driver.stream({**REQUEST, "n": n})
    assert [chunk.choice.text for chunk in chunks] == ["Hi", "", ""]


def test_each_of_several_choices_keeps_its_number(driver, service):
    event = '{"index":1,"delta":{"content":"Hi"},"finish_reason":"stop"}'
    service.reply(f'data: {{"choices":[{event}]}}\n\n')
    first, *_ = driver.stream({**REQUEST, "n": 2})
    assert [choice.index for choice in first.choices] == [1]


def test_tools_in_the_prompt_are_read_from_the_text(driver, service):
    call = '<tool_call>{"name": "get_weather", "arguments": {}}</tool_call>'
    tool = {"type": "function", "function": {"name": "get_weather"}}
    request = {**REQUEST, "tools": [tool], "tool_choice": "required", "tool_calling": "prompted"}
    service.reply_text(call)
    assert driver.chat(request).choice.tool_calls[0].name == "get_weather"
    service.reply_stream(call[:20], call[20:])
    assert merge_chunks(driver.stream(request)).choice.tool_calls[0].name == "get_weather"
    for sent in service.requests:
        assert sent.json.keys() - {"stream"} == {"model", "messages"}
        assert sent.json["messages"][0]["role"] == "system"


@pytest.mark.parametrize(
    "options",
    [{"tool_choice": "required"}, {"tool_choice": {"type": "function", "function": {"name": "f"}}}],
    ids=["any tool", "a named tool"],
)
def test_an_answer_without_the_required_call_is_an_error_after_one_request(
    driver, service, options
):
    request = {**REQUEST, "tools": [{"type": "function", "function": {"name": "f"}}], **options}
    service.reply_text("Sunny.")
    with pytest.raises(ToolCallError) as caught:
        driver.chat(request)
    assert caught.value.partial.text == "Sunny."
    service.reply_stream("Sun", "ny.")
    with pytest.raises(ToolCallError) as caught:
        driver.stream(request)
    assert caught.value.partial.text == "Sunny."
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "options", [{"check_tool_choice": False}, {"tool_choice": "auto"}, {"tool_choice": None}]
)
def test_an_answer_without_a_call_is_good_if_none_is_required(driver, service, options):
    tools = [{"type": "function", "function": {"name": "f"}}]
    service.reply_text("Sunny.")
    assert driver.chat({**REQUEST, "tools": tools, "tool_choice": "any", **options}).text
    assert "check_tool_choice" not in service.requests[0].json


def test_a_model_that_rejects_a_forced_call_gets_auto_from_then_on(make_driver, service):
    driver = make_driver(max_retries=0)
    tools = [{"type": "function", "function": {"name": "f"}}]
    request = {**REQUEST, "tools": tools, "tool_choice": "required"}
    message = "deepseek-reasoner does not support this tool_choice"
    service.reply({"error": {"message": message, "type": "invalid_request_error"}}, status=400)
    service.reply_text("Sunny.")
    with pytest.warns(UserWarning, match='falls back to tool_choice="auto"'):
        assert driver.chat(request).text == "Sunny."
    service.reply_stream("Sunny.")
    assert merge_chunks(driver.stream(request)).text == "Sunny."
    choices = [received.json["tool_choice"] for received in service.requests]
    assert choices == ["required", "auto", "auto"]


def test_another_refusal_of_a_forced_call_is_an_error(driver, service):
    tools = [{"type": "function", "function": {"name": "f"}}]
    service.reply(b"", status=401)
    with pytest.raises(AuthenticationError):
        driver.chat({**REQUEST, "tools": tools, "tool_choice": "required"})
    assert len(service.requests) == 1


# -- Long conversations --------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_conversation_is_folded_with_one_warning_a_client(make_driver, service, what):
    talk = [{"role": "user", "content": f"Line {n}"} for n in range(60)]
    for driver in (make_driver(), make_driver()):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            for _ in range(2):
                service.reply_text("Hi")
                getattr(driver, what)({**REQUEST, "messages": talk})
        assert [str(one.message)[:48] for one in caught] == [
            "The conversation has 60 messages, and WeryAI tak"
        ]
    sent = service.requests[-1].json["messages"]
    assert len(sent) == 37
    assert "\nLine 23\n" in sent[0]["content"]
    assert sent[1:] == talk[24:]


def test_who_chooses_to_fold_is_not_warned(driver, service):
    talk = [{"role": "user", "content": f"Line {n}"} for n in range(60)]
    service.reply_text("Hi")
    driver.chat({**REQUEST, "messages": talk, "message_overflow": "fold"})
    assert len(service.requests[-1].json["messages"]) == 37


# -- Errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (401, b"", AuthenticationError),
        (200, {"status": 1004, "message": "x"}, InsufficientCreditsError),
        (200, {"error": {"code": "invalid_api_key"}}, AuthenticationError),
    ],
    ids=["by status", "by an envelope in 200", "by an error in 200"],
)
def test_refusals_raise_their_class_after_one_request(driver, service, status, body, error_class):
    for number, what in enumerate(CALLS, 1):
        service.reply(body, status=status, headers={"x-request-id": "req-1"})
        with pytest.raises(error_class) as caught:
            getattr(driver, what)()
        assert type(caught.value) is error_class
        assert (caught.value.status_code, caught.value.request_id) == (status, "req-1")
        assert len(service.requests) == number


@pytest.mark.parametrize(
    ("request_", "error_class"),
    [
        ({**REQUEST, "temperature": 3}, InvalidRequestError),
        ({**REQUEST, "messages": []}, MessageCountError),
    ],
    ids=["out of bounds", "no message"],
)
def test_an_invalid_request_is_not_sent(driver, service, request_, error_class):
    for ask in (driver.chat, driver.stream):
        with pytest.raises(error_class):
            ask(request_)
    assert service.requests == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_invalid_stream_is_refused_before_it_is_read(kind):
    with pytest.raises(InvalidRequestError):
        kind(api_key=KEY).stream({**REQUEST, "top_p": 2})


@pytest.mark.parametrize("key", [KEY, "plain-0123456789"])
def test_an_echoed_key_is_redacted_from_the_error(make_driver, service, key):
    driver = make_driver(api_key=key, max_retries=0)
    body = {"status": 1002, "message": f"wrong key: {key}", "data": None}
    for what in CALLS:
        for status in (200, 401):
            service.reply(body, status=status, headers={"x-key": f"Bearer {key}"})
            with pytest.raises(WeryAIError) as caught:
                getattr(driver, what)()
            error = caught.value
            shown = f"{error} {error!r} {error.response} {error.response.text}"
            assert key not in shown
            assert key not in str(error.response.headers)
            assert key.encode() not in pickle.dumps(error)


@pytest.mark.parametrize("place", ["default header", "header of the call", "query"])
def test_echoed_values_of_headers_and_queries_are_redacted(make_driver, service, place):
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
    driver = make_driver(max_retries=0, **settings[place])
    for ask in (driver.chat, driver.stream):
        service.reply(body.encode(), status=401, headers={"x-echo": token})
        with pytest.raises(WeryAIError, match="run 1 refused") as caught:
            ask(headers=headers)
        error = caught.value
        shown = f"{error} {error!r} {error.response} {error.response.text} {error.response.headers}"
        assert token not in shown
        assert escaped not in shown
        assert token.encode() not in pickle.dumps(error)


# -- Retries -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (503, b"<html>", ServerError),
        (200, LIMITED, RateLimitError),
        (200, b"", ProtocolError),
    ],
    ids=["by status", "by an envelope in 200", "by an empty body"],
)
def test_temporary_errors_are_retried_twice(driver, service, status, body, error_class):
    for ask in (driver.chat, driver.stream):
        service.requests.clear()
        for _ in range(3):
            service.reply(body, status=status)
        with pytest.raises(error_class, match=r"Gave up after 3 requests\.$"):
            ask()
        assert len(service.requests) == 3
        assert len({request.body for request in service.requests}) == 1


def test_without_retries_one_request_is_made(make_driver, service):
    driver = make_driver(max_retries=0)
    for number, ask in enumerate((driver.chat, driver.stream), 1):
        service.reply(b"", status=500)
        with pytest.raises(ServerError):
            ask()
        assert len(service.requests) == number


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


def test_a_long_wait_is_an_error_at_once(driver, service):
    for number, ask in enumerate((driver.chat, driver.stream), 1):
        service.reply(b"", status=429, headers={"Retry-After": "61"})
        with pytest.raises(RateLimitError, match="asks to wait 61 s, longer than the 60 s"):
            ask()
        assert len(service.requests) == number


def test_a_stream_that_begins_with_an_error_that_is_temporary_is_retried(driver, service):
    role = {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}
    service.reply(to_stream(LIMITED))
    service.reply(to_stream(role, {"error": {"code": "server_error"}}))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 3


def test_a_stream_that_begins_with_a_lasting_error_is_not_retried(driver, service):
    service.reply(to_stream({"error": {"code": "insufficient_quota"}}))
    with pytest.raises(InsufficientCreditsError):
        driver.stream()
    assert len(service.requests) == 1


def test_a_stream_cut_before_its_first_chunk_is_retried(driver, service):
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
def test_nothing_is_retried_after_the_first_chunk(driver, service, end, error_class):
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
