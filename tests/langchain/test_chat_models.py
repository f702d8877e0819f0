"""The ways of calling a model, and what LangChain's callbacks, tracers and caches see of a call."""

import inspect

import pytest
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler

from weryai_core import __version__


class Tokens(BaseCallbackHandler):
    """Collects the tokens that LangChain reports."""

    def __init__(self):
        self.tokens = []

    def on_llm_new_token(self, token, **kwargs):
        self.tokens.append(token)


def test_invoke_streams_if_streaming_is_set(make_model, sent):
    handler = Tokens()
    message = make_model(streaming=True).invoke("Hello", {"callbacks": [handler]})
    assert sent()["stream"] is True
    assert "".join(handler.tokens) == message.text == 'Hello! You said: "Hello"'


def test_streams_report_each_token_once(model):
    handler = Tokens()
    pieces = list(model.stream("Hello", {"callbacks": [handler]}))
    assert handler.tokens == [piece.text for piece in pieces]


def test_batch_gives_the_answers_in_order(model):
    answers = model.batch(["one", "two", "three"])
    assert [answer.text for answer in answers] == [
        'You said: "one"',
        'You said: "two"',
        'You said: "three"',
    ]


async def test_abatch_gives_the_answers_in_order(model):
    answers = await model.abatch([f"number {number}" for number in range(20)])
    assert [answer.text for answer in answers] == [
        f'You said: "number {number}"' for number in range(20)
    ]


async def test_astream_events_v2_report_the_stream(model):
    events = [event async for event in model.astream_events("Hello", version="v2")]
    names = [event["event"] for event in events]
    assert names[0] == "on_chat_model_start"
    assert names[-1] == "on_chat_model_end"
    assert set(names[1:-1]) == {"on_chat_model_stream"}
    assert events[0]["metadata"]["ls_provider"] == "weryai"
    assert events[0]["metadata"]["ls_model_name"] == "GPT_4O"
    text = "".join(event["data"]["chunk"].text for event in events[1:-1])
    output = events[-1]["data"]["output"]
    assert text == output.text == 'Hello! You said: "Hello"'
    assert output.usage_metadata["input_tokens"] > 0
    assert output.response_metadata["finish_reason"] == "stop"


@pytest.mark.every_style
async def test_the_usage_callback_counts_every_style(model, call):
    usage = UsageMetadataCallbackHandler()
    message = await call(model, "Hello", config={"callbacks": [usage]})
    counted = usage.usage_metadata["GPT_4O"]
    assert counted["total_tokens"] == message.usage_metadata["total_tokens"] > 0


@pytest.mark.parametrize("style", ["stream", "astream"])
@pytest.mark.parametrize(("settings", "arguments"), [({"n": 2}, {}), ({}, {"n": 2})])
async def test_several_answers_are_not_streamed(make_model, call, sent, settings, arguments):
    message = await call(make_model(**settings), **arguments)
    assert message.text == 'Hello! You said: "Hello"'
    assert "stream" not in sent()
    assert "stream_options" not in sent()


def test_a_call_for_one_answer_is_streamed_although_the_model_is_set_to_two(make_model, sent):
    list(make_model(n=2).stream("Hello", n=1))
    assert sent()["stream"] is True
    assert sent()["n"] == 1


def test_tracers_see_the_parameters_of_the_call(make_model):
    model = make_model(temperature=0.5, max_tokens=9, stop="END")
    assert model._get_ls_params() == {
        "ls_provider": "weryai",
        "ls_model_type": "chat",
        "ls_model_name": "GPT_4O",
        "ls_temperature": 0.5,
        "ls_max_tokens": 9,
        "ls_stop": ["END"],
    }
    assert model._get_ls_params(stop=["X"], model="GPT_5", temperature=0, max_tokens=1) == {
        "ls_provider": "weryai",
        "ls_model_type": "chat",
        "ls_model_name": "GPT_5",
        "ls_temperature": 0,
        "ls_max_tokens": 1,
        "ls_stop": ["X"],
    }


def test_the_model_names_its_type_and_its_package_version(model):
    assert model._llm_type == "weryai-chat"
    assert model.metadata["lc_versions"]["weryai-integrations"] == __version__
    assert model.model == model.model_name == "GPT_4O"


def test_the_cache_key_depends_on_the_request_parameters(make_model):
    def key_of(model):
        return model._get_llm_string(stop=None)

    assert key_of(make_model()) == key_of(make_model())
    assert key_of(make_model()) != key_of(make_model(temperature=0))
    assert key_of(make_model()) != key_of(make_model(model="GPT_5"))
    assert key_of(make_model()) != key_of(make_model(model_kwargs={"user": "me"}))
    assert key_of(make_model()) != key_of(make_model(extra_body={"user": "me"}))


@pytest.mark.parametrize("name", ["_generate", "_agenerate"])
def test_the_signatures_that_langchain_reads_with_each_call_are_known(model, name):
    method = getattr(model, name)
    assert method.__func__.__signature__ == inspect.signature(method.__func__)
    assert [*inspect.signature(method).parameters] == ["messages", "stop", "run_manager", "kwargs"]
