"""The settings that the model classes of both frameworks share."""

import asyncio

import pytest
from pydantic import Field

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_core import ConfigurationError
from weryai_core.integration import ModelSettings
from weryai_core.integration.settings import RequestFields

KEY = "sk-0123456789abcdef"
MODELS = (ChatWeryAI, WeryAI)


class Model(ModelSettings):
    """Stands for a framework's model class."""

    api_key: str = Field(repr=False)


@pytest.mark.parametrize("name", ModelSettings.model_fields)
def test_both_classes_have_the_same_fields(name):
    first, second = (model.model_fields[name] for model in MODELS)
    shared = ModelSettings.model_fields[name]
    for attribute in ("annotation", "default", "description", "exclude", "repr", "alias"):
        found = [getattr(field, attribute) for field in (first, second)]
        assert found == [getattr(shared, attribute)] * 2
    assert shared.description


def test_the_defaults_are_unset():
    fields = ModelSettings.model_fields
    assert {name: field.default for name, field in fields.items() if field.default is not None} == {
        "max_retries": 2,
        "message_overflow": "error",
        "tool_calling": "native",
        "stream_usage": True,
        "echo_reasoning": "auto",
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


def test_parameters_that_are_set_are_given_by_name_and_others_left_out():
    model = Model(api_key=KEY, temperature=0, seed=7, web_search=False, max_retries=5)
    assert model._set_fields() == {"temperature": 0.0, "seed": 7, "web_search": False}
    assert Model(api_key=KEY)._set_fields() == {}


def test_arguments_that_cannot_be_used_are_named_without_their_values_or_the_key():
    with pytest.raises(ConfigurationError) as caught:
        Model(api_key=KEY, temperature="hot stuff")
    assert str(caught.value).startswith("Model cannot be made of these arguments. `temperature`: ")
    assert "hot stuff" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_secrets_are_neither_shown_nor_saved():
    model = Model(api_key=KEY, default_headers={"x": "hush"}, default_query={"y": "hush"})
    shown = f"{model!r} {model} {model.model_dump()} {model.model_dump_json()}"
    assert "hush" not in shown


def test_a_copy_shares_the_connections_and_a_deep_one_has_its_own():
    model = Model(api_key=KEY)
    assert model.model_copy()._clients is model._clients
    assert model.model_copy(deep=True)._clients is not model._clients


ANSWER = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def used(raw_server, make_config):
    """A model that has asked once, in each way, and keeps two connections open."""

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
def test_an_answer_cut_off_at_the_default_limit_is_warned_of_by_any_word(reason):
    with pytest.warns(UserWarning, match="`max_tokens` is not set"):
        Model(api_key=KEY)._warn_of_limit(REQUEST, reason)


async def test_a_model_that_was_never_used_can_be_closed():
    model = Model(api_key=KEY)
    model.close()
    await model.aclose()
