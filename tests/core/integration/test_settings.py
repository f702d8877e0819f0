"""The base of both wrappers' model classes: settings, clients, calls."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx2
import pytest
from pydantic import Field, SecretStr
from replies import to_stream
from shown_secrets import shown_in

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_core import Choice, Chunk, ConfigurationError, InvalidRequestError
from weryai_core.integration import ModelSettings
from weryai_core.integration.request_fields import RequestFields

KEY = "sk-0123456789abcdef"
MODELS = (ChatWeryAI, WeryAI)


class Model(ModelSettings):
    """Stands for a framework's model class, with two names of its own."""

    model: str = "GPT_4O"
    api_key: SecretStr | None = Field(default=None, repr=False)
    api_base: str | None = None
    timeout: Any = None
    proxy: SecretStr | None = None
    own_async_client: Any = None

    _field_names: ClassVar[Mapping[str, str]] = {
        "base_url": "api_base",
        "async_http_client": "own_async_client",
    }


@pytest.mark.parametrize("wrapper", MODELS)
def test_both_classes_have_the_shared_fields_unchanged(wrapper):
    for name, shared in ModelSettings.model_fields.items():
        own = wrapper.model_fields[name]
        for attribute in ("annotation", "default", "description", "exclude", "repr", "alias"):
            assert getattr(own, attribute) == getattr(shared, attribute), (name, attribute)


@pytest.mark.parametrize("wrapper", MODELS)
def test_every_field_has_a_description(wrapper):
    ours = {*ModelSettings.model_fields, *wrapper.__annotations__} & wrapper.model_fields.keys()
    assert [name for name in ours if not wrapper.model_fields[name].description] == []


def test_the_defaults_are_unset():
    fields = ModelSettings.model_fields
    assert {name: field.default for name, field in fields.items() if field.default is not None} == {
        "stream_chunk_timeout": 600.0,
        "max_reply_bytes": 64 * 1024 * 1024,
        "max_event_bytes": 16 * 1024 * 1024,
        "max_retries": 2,
        "allow_insecure": False,
        "message_overflow": "fold",
        "tool_calling": "native",
        "check_content_filter": True,
        "stream_usage": True,
        "echo_reasoning": "auto",
        "reasoning_tags": True,
        "tool_media": "auto",
        "drop_unsupported": False,
    }


def test_the_parameters_that_are_sent_are_these():
    assert list(RequestFields.model_fields) == [
        "max_tokens",
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "logprobs",
        "top_logprobs",
        "reasoning_effort",
        "web_search",
        "plugins",
    ]


def test_only_parameters_that_are_set_are_sent():
    model = Model(api_key=KEY, temperature=0, seed=7, web_search=False, max_retries=5)
    expected = {"model": "GPT_4O", "temperature": 0.0, "seed": 7, "web_search": False}
    assert model._parameters() == expected
    assert Model(api_key=KEY)._parameters() == {"model": "GPT_4O"}


def test_connection_settings_are_resolved_under_the_names_of_the_wrapper(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", KEY)
    monkeypatch.setenv("WERYAI_BASE_URL", "https://example.com")
    model = Model(timeout=httpx2.Timeout(7))
    assert model.api_key.get_secret_value() == KEY
    assert model.api_base == "https://example.com/v1"
    assert model.timeout == (7, 7, 7, 7)
    assert Model(timeout=7).timeout == 7


async def test_the_async_client_passed_in_is_used_under_the_name_of_the_wrapper():
    async with httpx2.AsyncClient() as http_client:
        client = Model(api_key=KEY, own_async_client=http_client)._async_client()
        assert client.given is http_client


def test_parameters_are_checked_when_the_model_is_made():
    with pytest.raises(InvalidRequestError, match="`temperature` must be"):
        Model(api_key=KEY, temperature=3)


def test_parameters_of_a_call_override_those_of_the_model():
    model = Model(api_key=KEY, temperature=0, seed=7, echo_reasoning=False)
    messages = [{"role": "user", "content": "Hello"}]
    request, options = model._request(messages, {"temperature": 1, "timeout": 9}, stream=True)
    assert request == {
        "model": "GPT_4O",
        "messages": messages,
        "temperature": 1,
        "seed": 7,
        "echo_reasoning": False,
        "stream_options": {"include_usage": True},
    }
    assert options == {"timeout": 9, "headers": None}


def test_the_error_for_invalid_arguments_shows_neither_values_nor_the_key():
    with pytest.raises(ConfigurationError) as caught:
        Model(api_key=KEY, temperature="hot stuff")
    assert str(caught.value).startswith(
        "Model cannot be created with these arguments. `temperature`: "
    )
    assert "hot stuff" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_secrets_are_neither_shown_nor_saved():
    model = Model(api_key=KEY, default_headers={"x": "hush"}, default_query={"y": "hush"})
    shown = f"{model!r} {model} {model.model_dump()} {model.model_dump_json()}"
    assert "hush" not in shown


ASSIGN = {
    "assigned": lambda model, values: [setattr(model, *item) for item in values.items()],
    "copied": lambda model, values: vars(model).update(vars(model.model_copy(update=values))),
}


@pytest.mark.parametrize("assign", ASSIGN.values(), ids=ASSIGN)
def test_assigned_secrets_are_checked_and_hidden(assign):
    model = Model(api_key=KEY)
    secrets = {
        "api_key": "Bearer sk-assigned",
        "proxy": "http://ann:sk-assigned@proxy.test",
        "default_headers": {"x": "sk-assigned"},
        "default_query": {"y": "sk-assigned"},
    }
    assign(model, secrets)
    assert "sk-assigned" not in f"{vars(model)} {model.model_dump()}"
    assert not any(isinstance(value, Mapping) for value in vars(model).values())
    config = model._config()
    assert config.api_key.get_secret_value() == "sk-assigned"
    assert (config.default_headers, config.default_query) == (
        {"x": "sk-assigned"},
        {"y": "sk-assigned"},
    )
    for name in secrets:
        with pytest.raises(ConfigurationError) as caught:
            assign(model, {name: "sk-bad \0 value"})
        assert shown_in(caught.value, "sk-bad", skip=__file__) == []
    assign(model, dict.fromkeys(list(secrets)[1:]))
    assert model.proxy is model.default_headers is model.default_query is None


def test_a_copy_shares_the_connections_and_a_deep_one_has_its_own():
    model = Model(api_key=KEY)
    assert model.model_copy()._clients is model._clients
    assert model.model_copy(deep=True)._clients is not model._clients


ANSWER = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def used(raw_server, make_config):
    """A model that made one call in each way and keeps two connections open."""

    async def make():
        model, config = Model(api_key=KEY), make_config(raw_server.url)
        for _ in range(2):
            raw_server.reply(
                b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER),
                then="hold",
            )
        assert model._clients.sync(config).chat(REQUEST).text == "Hi"
        assert (await model._clients.aio(config).chat(REQUEST)).text == "Hi"
        return model

    return make


async def closed(raw_server):
    waits = [asyncio.to_thread(one.wait_until_closed) for one in raw_server.connections]
    return await asyncio.gather(*waits)


async def test_a_model_that_is_closed_closes_its_connections(used, raw_server):
    model = await used()
    model.close()
    assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)
    await model.aclose()
    assert await closed(raw_server) == [True, True]


async def test_a_with_block_closes_the_connections(used, raw_server):
    with await used():
        pass
    assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)


async def test_an_async_with_block_closes_the_connections(used, raw_server):
    async with await used():
        pass
    assert await closed(raw_server) == [True, True]


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_an_answer_truncated_at_the_default_limit_warns_for_any_finish_reason(reason):
    chunk = Chunk((Choice(finish_reason=reason),))
    with pytest.warns(UserWarning, match="`max_tokens` is not set"):
        Model(api_key=KEY)._warn_about_limit(REQUEST, chunk)


async def test_a_model_that_was_never_used_can_be_closed():
    model = Model(api_key=KEY)
    model.close()
    await model.aclose()


# Settings that are no parameters of the API, each with a value that is not the default.
OPTIONS = {
    "message_overflow": "trim",
    "tool_calling": "prompted",
    "tool_media": "keep",
    "reasoning_tags": False,
    "drop_unsupported": True,
    "check_content_filter": False,
}


def test_settings_other_than_the_defaults_go_with_the_request():
    model = Model(api_key=KEY, stream_usage=False, **OPTIONS)
    request, _ = model._request([], {}, stream=True)
    assert {name: request[name] for name in OPTIONS} == OPTIONS
    assert "stream_options" not in request


async def fetch(model, method):
    """The text of the answer in one of the four ways of asking."""
    translate = [lambda chunk: chunk.text] if "stream" in method else []
    answer = getattr(model, method)(REQUEST["messages"], {"seed": 7}, *translate)
    if method == "_afetch_stream":
        return "".join([text async for text in answer])
    if method == "_fetch_stream":
        return "".join(answer)
    return (await answer if method == "_afetch" else answer).text


@pytest.mark.parametrize("method", ["_fetch", "_afetch", "_fetch_stream", "_afetch_stream"])
async def test_each_way_of_asking_sends_the_request_and_warns_about_the_limit_once(
    service, service_url, method
):
    choice = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "length"}
    for _ in range(2):
        if "stream" in method:
            service.reply(to_stream({"choices": [{**choice, "delta": choice["message"]}]}))
        else:
            service.reply({"choices": [choice]})
    async with Model(api_key=KEY, api_base=service_url, temperature=0) as model:
        with pytest.warns(UserWarning, match="`max_tokens` is not set"):
            await fetch(model, method)
        assert await fetch(model, method) == "Hi"
    sent = service.requests[-1].json
    assert (sent["temperature"], sent["seed"]) == (0, 7)
    assert sent["messages"] == REQUEST["messages"]
    assert sent.get("stream", False) is ("stream" in method)


class FrameworkModel(Model):
    """Has a field of its framework's that holds for all calls."""

    _framework_settings: ClassVar[tuple[str, ...]] = ("profile",)


@pytest.mark.parametrize("name", ["base_url", "api_base", "own_async_client", "profile"])
def test_a_call_cannot_change_settings_by_the_cores_or_the_wrappers_name(name):
    model = FrameworkModel(api_key=KEY)
    with pytest.raises(InvalidRequestError, match=f"`{name}` is a setting of the model"):
        model._request([], {name: "x"})


def test_names_of_other_frameworks_are_parameters_like_any_other():
    request, _ = FrameworkModel(api_key=KEY)._request([], {"context_window": 5})
    assert request["context_window"] == 5
