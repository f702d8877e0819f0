"""What is sent: bodies and headers, and the names under which settings are accepted."""

import httpx
import httpx2
import pytest
from pydantic import SecretStr

from langchain_weryai import ChatWeryAI
from weryai_core import APITimeoutError, ConfigurationError, InvalidRequestError, NotFoundError

HELLO = [{"role": "user", "content": "Hello"}]
MINIMAL = {"model": "GPT_4O", "messages": HELLO}

PARAMETERS = {
    "max_tokens": 77,
    "temperature": 0.0,
    "top_p": 0.5,
    "presence_penalty": -2.0,
    "frequency_penalty": 2.0,
    "seed": 0,
    "n": 2,
    "stop": ["END"],
    "logprobs": True,
    "top_logprobs": 3,
    "reasoning_effort": "low",
    "plugins": [{"id": "file-parser"}],
}
OUT_OF_RANGE = {
    "max_tokens": 0,
    "temperature": 2.1,
    "top_p": -0.1,
    "presence_penalty": 2.5,
    "frequency_penalty": -2.5,
    "n": 0,
    "plugins": [{"name": "web"}],
}


def cases(table):
    return [pytest.param(name, value, id=name) for name, value in table.items()]


def without_stream(body):
    return {key: body[key] for key in body if key not in ("stream", "stream_options")}


async def test_only_what_was_set_is_sent(model, style, call, sent):
    await call(model)
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert sent() == (MINIMAL if style.endswith("invoke") else {**MINIMAL, **streamed})


@pytest.mark.parametrize(("name", "value"), cases(PARAMETERS))
def test_a_constructor_parameter_is_sent_under_its_own_name(make_model, sent, name, value):
    make_model(**{name: value}).invoke("Hello")
    assert sent() == {**MINIMAL, name: value}


@pytest.mark.parametrize(("name", "value"), cases({**PARAMETERS, "model": "GPT_5", "user": "me"}))
def test_a_parameter_of_the_call_is_sent_under_its_own_name(model, sent, name, value):
    model.invoke("Hello", **{name: value})
    assert sent() == {**MINIMAL, name: value}


@pytest.mark.every_style
async def test_every_call_style_sends_the_parameters_of_the_call(model, call, sent):
    await call(model, temperature=0.0, stop=["END"])
    body = without_stream(sent())
    assert body == {**MINIMAL, "temperature": 0.0, "stop": ["END"]}


def test_the_call_wins_over_the_constructor(make_model, sent):
    model = make_model(temperature=1, max_tokens=10, stop=["A"], web_search=True)
    model.invoke("Hello", temperature=0, max_tokens=20, stop=["B"], web_search=False)
    assert sent() == {**MINIMAL, "temperature": 0, "max_tokens": 20, "stop": ["B"]}


def test_a_bound_parameter_is_sent(model, sent):
    model.bind(temperature=0.1, stop=["X"]).invoke("Hello")
    assert sent() == {**MINIMAL, "temperature": 0.1, "stop": ["X"]}


def test_none_unsets_for_a_call(make_model, sent):
    make_model(temperature=1).invoke("Hello", temperature=None)
    assert sent() == MINIMAL


def test_max_completion_tokens_is_sent_as_max_tokens(make_model, sent):
    model = make_model(max_completion_tokens=5)
    assert model.max_tokens == 5
    model.invoke("Hello")
    assert sent() == {**MINIMAL, "max_tokens": 5}
    model.invoke("Hello", max_completion_tokens=6)
    assert sent() == {**MINIMAL, "max_tokens": 6}


def test_max_tokens_wins_over_max_completion_tokens(make_model, sent):
    make_model(max_tokens=4, max_completion_tokens=5).invoke("Hello")
    assert sent()["max_tokens"] == 4


@pytest.mark.parametrize("stop", ["END", ["END", "STOP"]], ids=["text", "list"])
@pytest.mark.parametrize("name", ["stop", "stop_sequences"])
def test_stop_has_two_names(make_model, sent, name, stop):
    make_model(**{name: stop}).invoke("Hello")
    assert sent() == {**MINIMAL, "stop": stop}


def test_model_kwargs_are_sent(make_model, sent):
    make_model(model_kwargs={"user": "me"}).invoke("Hello")
    assert sent() == {**MINIMAL, "user": "me"}


def test_an_unknown_argument_is_sent_with_a_warning(make_model, sent):
    with pytest.warns(UserWarning, match="`top_k` is not a parameter of ChatWeryAI") as caught:
        model = make_model(top_k=3)
    assert caught[0].filename.endswith("conftest.py"), "it points at the line that made the model"
    assert model.model_kwargs == {"top_k": 3}
    model.invoke("Hello")
    assert sent() == {**MINIMAL, "top_k": 3}


@pytest.mark.parametrize("name", ["temperature", "model", "model_name", "api_key", "stop"])
def test_arguments_of_the_model_are_refused_in_model_kwargs(make_model, name):
    with pytest.raises(ConfigurationError, match=f"Pass `{name}` to ChatWeryAI itself"):
        make_model(model_kwargs={name: "x"})


def test_extra_body_wins_over_everything(make_model, sent):
    model = make_model(extra_body={"a": 1, "b": {"c": 2}, "temperature": 1.5}, temperature=0)
    model.invoke("Hello", extra_body={"a": 3})
    assert sent() == {**MINIMAL, "a": 3, "b": {"c": 2}, "temperature": 1.5}


@pytest.mark.parametrize(
    ("constructor", "per_call", "options"),
    [
        pytest.param({}, {}, {"include_usage": True}, id="default"),
        pytest.param({"stream_usage": False}, {}, None, id="off"),
        pytest.param({}, {"stream_usage": False}, None, id="off for a call"),
        pytest.param(
            {"stream_usage": False}, {"stream_usage": True}, {"include_usage": True}, id="on"
        ),
        pytest.param(
            {}, {"stream_options": {"x": 1}}, {"include_usage": True, "x": 1}, id="with others"
        ),
        pytest.param(
            {}, {"stream_options": {"include_usage": False}}, {"include_usage": False}, id="own"
        ),
    ],
)
def test_streams_ask_for_usage(make_model, sent, constructor, per_call, options):
    list(make_model(**constructor).stream("Hello", **per_call))
    expected = {**MINIMAL, "stream": True}
    assert sent() == (expected if options is None else {**expected, "stream_options": options})


@pytest.mark.parametrize(("name", "value"), cases(OUT_OF_RANGE))
def test_an_argument_out_of_range_is_an_error_when_the_model_is_made(make_model, name, value):
    with pytest.raises(InvalidRequestError, match=f"`{name}` must be"):
        make_model(**{name: value})


@pytest.mark.every_style
async def test_a_call_out_of_range_is_an_error_before_anything_is_sent(
    model, call, weryai_emulator
):
    with pytest.raises(InvalidRequestError, match="`temperature` must be"):
        await call(model, temperature=2.1)
    assert weryai_emulator.requests == []


def test_an_argument_of_a_wrong_type_is_named(make_model):
    with pytest.raises(ConfigurationError, match="`temperature`: Input should be a valid number"):
        make_model(temperature="hot")


def test_headers_identify_the_caller(model, weryai_emulator, key):
    model.invoke("Hello")
    headers = weryai_emulator.last_request.headers
    assert headers["authorization"] == f"Bearer {key}"
    assert headers["user-agent"].startswith("weryai-integrations/")
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_headers_of_the_model_and_of_the_call_are_sent(make_model, call, weryai_emulator):
    model = make_model(default_headers={"X-Team": "blue", "X-Trace": "one"})
    await call(model, extra_headers={"x-trace": "two", "X-Call": "3"})
    headers = weryai_emulator.last_request.headers
    assert {name: headers[name] for name in ("x-team", "x-trace", "x-call")} == {
        "x-team": "blue",
        "x-trace": "two",
        "x-call": "3",
    }
    assert "extra_headers" not in weryai_emulator.last_request.json


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"timeout": 0.05}, id="seconds"),
        pytest.param({"request_timeout": 0.05}, id="field name"),
        pytest.param({"timeout": (5.0, 0.05, 5.0, 5.0)}, id="tuple"),
        pytest.param({"timeout": httpx.Timeout(0.05)}, id="httpx"),
        pytest.param({"timeout": httpx2.Timeout(0.05)}, id="httpx2"),
        pytest.param({"total_timeout": 0.05}, id="total"),
        pytest.param({"deadline": 0.05}, id="deadline"),
    ],
)
def test_silence_is_a_timeout_however_the_timeout_is_given(make_model, weryai_emulator, settings):
    weryai_emulator.hang()
    with pytest.raises(APITimeoutError):
        make_model(**settings).invoke("Hello")
    assert all(not settings.keys() & request.json.keys() for request in weryai_emulator.requests)


@pytest.mark.parametrize("name", ["timeout", "request_timeout", "total_timeout", "deadline"])
async def test_a_call_has_its_own_timeout(model, call, weryai_emulator, name):
    weryai_emulator.hang()
    with pytest.raises(APITimeoutError):
        await call(model, **{name: 0.05})
    assert all(name not in request.json for request in weryai_emulator.requests)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_client_passed_in_is_used(make_model, library):
    seen = []
    with library.Client(event_hooks={"request": [seen.append]}) as http_client:
        model = make_model(http_client=http_client)
        model.invoke("Hello")
        model.close()
        model.invoke("Hello")
    assert len(seen) == 2


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_an_async_client_passed_in_is_used(make_model, library):
    seen = []

    async def note(request):
        seen.append(request)

    async with library.AsyncClient(event_hooks={"request": [note]}) as http_client:
        await make_model(http_async_client=http_client).ainvoke("Hello")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("alias", "field", "value"),
    [
        pytest.param("model", "model_name", "GPT_5", id="model"),
        pytest.param("api_key", "weryai_api_key", "sk-another-key", id="api_key"),
        pytest.param("base_url", "weryai_api_base", "http://localhost:1/v1", id="base_url"),
        pytest.param("timeout", "request_timeout", 7, id="timeout"),
        pytest.param("stop_sequences", "stop", ["END"], id="stop"),
        pytest.param("proxy", "weryai_proxy", "http://proxy.test", id="proxy"),
    ],
)
def test_a_setting_has_an_alias_and_a_field_name(alias, field, value):
    base = {"model": "GPT_4O", "api_key": "sk-key"}
    base.pop(alias, None)
    for name in (alias, field):
        value_of_field = getattr(ChatWeryAI(**base, **{name: value}), field)
        assert value_of_field == (SecretStr(value) if alias in ("api_key", "proxy") else value)


@pytest.mark.parametrize("variable", ["WERYAI_BASE_URL", "WERYAI_API_BASE"])
def test_settings_come_from_the_environment(monkeypatch, weryai_emulator, variable):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv(variable, weryai_emulator.base_url)
    model = ChatWeryAI(model="GPT_4O")
    assert model.weryai_api_base == weryai_emulator.base_url
    model.invoke("Hello")
    headers = weryai_emulator.last_request.headers
    assert headers["authorization"] == "Bearer sk-from-the-environment"


def test_arguments_win_over_the_environment(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", "http://localhost:1/v1")
    model = ChatWeryAI(model="GPT_4O", api_key="sk-argument", base_url="http://localhost:2")
    assert model.weryai_api_key.get_secret_value() == "sk-argument"
    assert model.weryai_api_base == "http://localhost:2/v1"


def test_the_service_is_weryai_by_default():
    model = ChatWeryAI(model="GPT_4O", api_key="sk-argument")
    assert model.weryai_api_base == "https://api.weryai.com/v1"


def test_a_missing_key_is_an_error_that_names_both_places():
    with pytest.raises(ConfigurationError) as caught:
        ChatWeryAI(model="GPT_4O")
    assert str(caught.value) == "No API key. Pass `api_key` or set `WERYAI_API_KEY`."


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param({"base_url": "weryai"}, "`base_url` must be", id="address"),
        pytest.param({"max_retries": -1}, "`max_retries` must be", id="retries"),
        pytest.param({"timeout": 0}, "`timeout` must be", id="timeout"),
        pytest.param({"model": ""}, "`model`: String should have", id="model"),
        pytest.param({"default_headers": {"a": 1}}, "`default_headers.a`", id="headers"),
    ],
)
def test_settings_that_cannot_be_used_are_named(make_model, arguments, named):
    with pytest.raises(ConfigurationError, match=named):
        make_model(**arguments)


def test_an_unknown_argument_given_twice_is_an_error(make_model):
    with pytest.warns(UserWarning, match="top_k"), pytest.raises(ConfigurationError) as caught:
        make_model(top_k=3, model_kwargs={"top_k": 4})
    assert str(caught.value) == "`top_k` is passed twice: as an argument and in `model_kwargs`."


# Arguments of a call -> what is sent.
OTHER_NAMES = {
    "model_name": ({"model_name": "GPT_5"}, {"model": "GPT_5"}),
    "stop_sequences": ({"stop_sequences": ["A"]}, {"stop": ["A"]}),
    "model_kwargs": ({"model_kwargs": {"user": "me"}}, {"user": "me"}),
    "additional_kwargs": ({"additional_kwargs": {"seed": 1}}, {"seed": 1}),
    "extra_body": ({"model_kwargs": {"extra_body": {"a": 1}}}, {"a": 1}),
    "extra_body that wins": (
        {"max_tokens": 5, "extra_body": {"max_completion_tokens": 9}},
        {"max_tokens": 9},
    ),
}


@pytest.mark.parametrize(("given", "expected"), OTHER_NAMES.values(), ids=OTHER_NAMES)
def test_other_names_of_parameters_are_accepted_in_calls(model, sent, given, expected):
    model.invoke("Hello", **given)
    assert sent() == {**MINIMAL, **expected}


@pytest.mark.parametrize(
    ("name", "value"),
    [("weryai_api_key", "sk-mislaid-0123"), ("http_client", None), ("proxy", "http://proxy.test")],
)
def test_settings_of_the_model_are_refused_in_calls(model, weryai_emulator, name, value):
    with pytest.raises(InvalidRequestError, match=f"`{name}` is a setting of the model") as caught:
        model.invoke("Hello", **{name: value})
    assert "sk-mislaid-0123" not in str(caught.value)
    assert weryai_emulator.requests == []


@pytest.mark.every_style
async def test_every_call_style_refuses_settings_of_the_model(model, call, weryai_emulator):
    with pytest.raises(InvalidRequestError, match="`max_retries` is a setting of the model"):
        await call(model, max_retries=5)
    assert weryai_emulator.requests == []


@pytest.fixture
def seen():
    """A sync and an async HTTP client, and the addresses that they request."""
    addresses = []

    async def note(request):
        addresses.append(request.url)

    with httpx.Client(
        event_hooks={"request": [lambda request: addresses.append(request.url)]}
    ) as http:
        yield addresses, http, httpx.AsyncClient(event_hooks={"request": [note]})


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_the_default_query_is_sent(make_model, call, seen):
    addresses, http, http_async = seen
    async with http_async:
        clients = {"http_client": http, "http_async_client": http_async}
        await call(make_model(default_query={"api-version": "1"}, **clients))
    assert [address.query for address in addresses] == [b"api-version=1"]


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_the_proxy_is_used(make_model, call, weryai_emulator):
    proxy = weryai_emulator.base_url.removesuffix("/v1").replace("//", "//user:hush@")
    with pytest.raises(NotFoundError):  # the emulator is no proxy, but sees what one would see
        await call(make_model(proxy=proxy, base_url="http://weryai.invalid"))
    assert weryai_emulator.last_request.path == "http://weryai.invalid/v1/chat/completions"
    headers = weryai_emulator.last_request.headers
    assert headers["proxy-authorization"] == "Basic dXNlcjpodXNo"
