"""The four call styles, and what every one of them gives."""

import asyncio

import pytest
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, FunctionMessage, HumanMessage

from weryai_core import __version__

USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 30,
    "total_tokens": 42,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 1},
    "completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 2},
}
USAGE_METADATA = {
    "input_tokens": 12,
    "output_tokens": 30,
    "total_tokens": 42,
    "input_token_details": {"cache_read": 8, "audio": 1},
    "output_token_details": {"reasoning": 20, "audio": 2},
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}


@pytest.fixture
def answer(weryai_emulator, chunk, whole, style):
    """Queues one and the same answer, whole or in chunks as the call style needs it."""
    if style in ("invoke", "ainvoke"):
        message = {"content": "I look.", "reasoning_content": "Paris?", "tool_calls": [CALL]}
        weryai_emulator.reply_json(whole(message, "tool_calls", usage=USAGE))
        return
    opening = {**CALL, "index": 0, "function": {"name": "get_weather", "arguments": '{"city"'}}
    rest = {"index": 0, "function": {"arguments": ': "Paris"}'}}
    weryai_emulator.reply_chunks(
        [
            chunk({"role": "assistant", "content": ""}),
            chunk({"reasoning_content": "Par"}),
            chunk({"reasoning_content": "is?"}),
            chunk({"content": "I "}),
            chunk({"content": "look."}),
            chunk({"tool_calls": [opening]}),
            chunk({"tool_calls": [rest]}),
            chunk({}, "tool_calls"),
            {**chunk(usage=USAGE), "choices": []},
        ]
    )


@pytest.mark.usefixtures("answer")
async def test_every_call_style_gives_the_same_message(model, call):
    message = await call(model)
    assert message.content == message.text == "I look."
    assert message.additional_kwargs == {"reasoning_content": "Paris?"}
    assert message.tool_calls == [
        {"type": "tool_call", "id": "call_1", "name": "get_weather", "args": {"city": "Paris"}}
    ]
    assert message.invalid_tool_calls == []
    assert message.usage_metadata == USAGE_METADATA
    metadata = dict(message.response_metadata)
    metadata.pop("token_usage", None)
    assert metadata == {
        "model_provider": "weryai",
        "model_name": "GPT_4O",
        "finish_reason": "tool_calls",
        "id": "chatcmpl-1",
        "created": 1711929600,
    }
    assert message.content_blocks == [
        {"type": "reasoning", "reasoning": "Paris?"},
        {"type": "text", "text": "I look."},
        {"type": "tool_call", "id": "call_1", "name": "get_weather", "args": {"city": "Paris"}},
    ]


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("style", ["ainvoke", "astream"])
async def test_message_ids_are_those_of_the_run(model, call):
    assert (await call(model)).id.startswith("lc_run-")


def test_one_chunk_has_the_usage_though_every_event_repeats_it(model, chunk, weryai_emulator):
    usages = [
        {"prompt_tokens": 12, "completion_tokens": count, "total_tokens": 12 + count}
        for count in range(3)
    ]
    weryai_emulator.reply_chunks(
        [chunk({"content": "x"}, usage=usage) for usage in usages] + [chunk({}, "stop")]
    )
    pieces = list(model.stream("Hello"))
    assert [piece.usage_metadata for piece in pieces if piece.usage_metadata] == [
        {"input_tokens": 12, "output_tokens": 2, "total_tokens": 14}
    ]
    assert pieces[-1].usage_metadata is not None


def test_every_chunk_names_the_provider_and_one_the_rest(model, merge):
    pieces = list(model.stream("Tell me a story."))
    assert len(pieces) > 10
    assert all(isinstance(piece, AIMessageChunk) for piece in pieces)
    assert {piece.response_metadata["model_provider"] for piece in pieces} == {"weryai"}
    for name in ("model_name", "id", "finish_reason", "created"):
        assert sum(name in piece.response_metadata for piece in pieces) == 1
    assert [piece.chunk_position for piece in pieces].count("last") == 1
    assert pieces[-1].chunk_position == "last"
    assert merge(pieces).response_metadata["model_name"] == "GPT_4O"


def test_a_repeated_finish_reason_is_given_once(model, chunk, merge, weryai_emulator):
    weryai_emulator.reply_chunks([chunk({"content": "a"}, "stop"), chunk({"content": "b"}, "stop")])
    merged = merge(list(model.stream("Hello")))
    assert merged.response_metadata["finish_reason"] == "stop"
    assert merged.text == "ab"


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_a_whole_document_in_answer_to_a_stream_is_understood(
    model, call, whole, weryai_emulator
):
    message = {"content": "Hi.", "reasoning_content": "Hm.", "tool_calls": [CALL]}
    weryai_emulator.reply_json(whole(message, usage=USAGE))
    merged = await call(model)
    assert merged.text == "Hi."
    assert merged.additional_kwargs == {"reasoning_content": "Hm."}
    assert [call["args"] for call in merged.tool_calls] == [{"city": "Paris"}]
    assert merged.usage_metadata == USAGE_METADATA
    assert merged.response_metadata["finish_reason"] == "stop"
    assert merged.chunk_position == "last"


async def test_log_probabilities_are_in_the_metadata(model, call):
    message = await call(model, "Hello", logprobs=True, top_logprobs=1)
    entries = message.response_metadata["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == message.text
    assert all(len(entry["top_logprobs"]) == 1 for entry in entries)


async def test_a_refusal_is_kept(model, call, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not."})
    message = await call(model)
    assert message.content == ""
    assert message.additional_kwargs == {"refusal": "I will not."}


async def test_a_call_of_a_function_is_a_tool_call(
    model, call, style, chunk, whole, weryai_emulator
):
    if style.endswith("invoke"):
        function = {"name": "add", "arguments": '{"a": 1}'}
        weryai_emulator.reply_json(whole({"content": None, "function_call": function}))
    else:
        pieces = [{"name": "add"}, {"arguments": '{"a": '}, {"arguments": "1}"}]
        chunks = [chunk({"function_call": piece}) for piece in pieces]
        weryai_emulator.reply_chunks([*chunks, chunk({}, "function_call")])
    (tool_call,) = (await call(model)).tool_calls
    assert tool_call["id"]
    assert (tool_call["name"], tool_call["args"]) == ("add", {"a": 1})


async def test_calls_of_functions_in_a_history_have_ids_of_their_own(model, call, weryai_emulator):
    function = {"name": "add", "arguments": '{"a":1}'}
    asked = AIMessage("", additional_kwargs={"function_call": function})
    given = FunctionMessage("3", name="add")
    await call(model, [HumanMessage("Add."), asked, given, HumanMessage("Again."), asked, given])
    sent = weryai_emulator.last_request.json["messages"]
    assert [sent[1]["tool_calls"], sent[4]["tool_calls"]] == [
        [{"id": id_, "type": "function", "function": function}] for id_ in ("add", "add_2")
    ]
    assert [sent[2]["tool_call_id"], sent[5]["tool_call_id"]] == ["add", "add_2"]
    assert {sent[2]["role"], sent[5]["role"]} == {"tool"}


async def test_a_reply_without_usage_has_none(model, call, style, chunk, whole, weryai_emulator):
    if style.endswith("invoke"):
        weryai_emulator.reply_json(whole({"content": "Hi."}))
    else:
        weryai_emulator.reply_chunks([chunk({"content": "Hi."}, "stop")])
    message = await call(model)
    assert message.text == "Hi."
    assert message.usage_metadata is None


def test_invoke_streams_if_told_to(make_model, sent):
    class Tokens(BaseCallbackHandler):
        def __init__(self):
            self.tokens = []

        def on_llm_new_token(self, token, **kwargs):
            self.tokens.append(token)

    handler = Tokens()
    message = make_model(streaming=True).invoke("Hello", {"callbacks": [handler]})
    assert sent()["stream"] is True
    assert "".join(handler.tokens) == message.text == 'Hello! You said: "Hello"'


def test_streams_signal_each_token_once(model):
    class Tokens(BaseCallbackHandler):
        def __init__(self):
            self.tokens = []

        def on_llm_new_token(self, token, **kwargs):
            self.tokens.append(token)

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


async def test_astream_events_v2_tell_of_the_stream(model):
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


async def test_the_usage_callback_counts_every_style(model, call):
    usage = UsageMetadataCallbackHandler()
    message = await call(model, "Hello", config={"callbacks": [usage]})
    counted = usage.usage_metadata["GPT_4O"]
    assert counted["total_tokens"] == message.usage_metadata["total_tokens"] > 0


@pytest.mark.parametrize("way", ["sync", "async"])
def test_several_answers_are_generations_with_the_usage_once(model, sent, way):
    messages = [[HumanMessage("Hello")]]
    if way == "sync":
        result = model.generate(messages, n=2)
    else:
        result = asyncio.run(model.agenerate(messages, n=2))
    assert sent()["n"] == 2
    first, second = result.generations[0]
    assert first.text == 'Hello! You said: "Hello"'
    assert second.text == 'Hello! You wrote: "Hello" (Answer 2.)'
    assert first.message.usage_metadata["total_tokens"] > 0
    assert second.message.usage_metadata is None
    for generation in (first, second):
        assert type(generation.message) is AIMessage
        assert generation.message.response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize("style", ["stream", "astream"])
@pytest.mark.parametrize("where", ["constructor", "call"])
async def test_several_answers_are_not_streamed(make_model, call, sent, where):
    if where == "call":
        message = await call(make_model(), n=2)
    else:
        message = await call(make_model(n=2))
    assert message.text == 'Hello! You said: "Hello"'
    assert "stream" not in sent()
    assert "stream_options" not in sent()


def test_one_answer_per_call_is_streamed_though_the_model_is_set_to_several(make_model, sent):
    list(make_model(n=2).stream("Hello", n=1))
    assert sent()["stream"] is True
    assert sent()["n"] == 1


def test_tracing_parameters_follow_the_call(make_model):
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


def test_the_model_says_what_it_is_made_by(model):
    assert model._llm_type == "weryai-chat"
    assert model.metadata["lc_versions"]["weryai-integrations"] == __version__
    assert model.model == model.model_name == "GPT_4O"


def test_the_cache_key_knows_the_request_parameters(make_model):
    def key_of(model):
        return model._get_llm_string(stop=None)

    assert key_of(make_model()) == key_of(make_model())
    assert key_of(make_model()) != key_of(make_model(temperature=0))
    assert key_of(make_model()) != key_of(make_model(model="GPT_5"))
    assert key_of(make_model()) != key_of(make_model(model_kwargs={"user": "me"}))
    assert key_of(make_model()) != key_of(make_model(extra_body={"user": "me"}))
