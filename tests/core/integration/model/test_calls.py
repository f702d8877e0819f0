"""The calls of both wrappers' model classes: parameters, clients, one warning about the limit."""

import asyncio
from typing import ClassVar

import httpx2
import pytest
from renamed_settings import RenamedSettings
from replies import to_stream

from weryai_core import Choice, Chunk, InvalidRequestError
from weryai_core.integration import ModelCalls

KEY = "sk-0123456789abcdef"


class Model(ModelCalls, RenamedSettings):
    """Stands for a framework's model class."""


async def test_the_async_client_passed_in_is_used_under_the_name_of_the_wrapper():
    async with httpx2.AsyncClient() as http_client:
        client = Model(api_key=KEY, own_async_client=http_client)._async_client()
        assert client.given is http_client


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
