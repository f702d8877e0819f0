"""The messages that replies become."""

import asyncio
import json

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    ToolMessage,
)

from langchain_weryai.reply.messages import StreamTranslator
from weryai_core import Choice, Chunk, ToolCallDelta

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
    """Queue the same answer whole or in chunks, as the call style needs it."""
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


@pytest.mark.every_style
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


def test_every_chunk_names_the_provider_and_one_has_the_other_metadata(model, merge):
    pieces = list(model.stream("Write a story."))
    assert len(pieces) > 10
    assert all(isinstance(piece, AIMessageChunk) for piece in pieces)
    assert {piece.response_metadata["model_provider"] for piece in pieces} == {"weryai"}
    for name in ("model_name", "id", "finish_reason", "created"):
        assert sum(name in piece.response_metadata for piece in pieces) == 1
    assert [piece.chunk_position for piece in pieces].count("last") == 1
    assert pieces[-1].chunk_position == "last"
    assert merge(pieces).response_metadata["model_name"] == "GPT_4O"


def test_a_stream_answered_by_a_whole_document_is_one_message(model, merge, whole, weryai_emulator):
    message = {"content": "Hi.", "reasoning_content": "Hm.", "tool_calls": [CALL]}
    weryai_emulator.reply_json(whole(message, usage=USAGE))
    merged = merge(list(model.stream("Hello")))
    assert merged.text == "Hi."
    assert merged.additional_kwargs == {"reasoning_content": "Hm."}
    assert [call["args"] for call in merged.tool_calls] == [{"city": "Paris"}]
    assert merged.usage_metadata == USAGE_METADATA
    assert merged.response_metadata["finish_reason"] == "stop"
    assert merged.chunk_position == "last"


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_log_probabilities_are_in_the_metadata(model, call):
    message = await call(model, "Hello", logprobs=True, top_logprobs=1)
    entries = message.response_metadata["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == message.text
    assert all(len(entry["top_logprobs"]) == 1 for entry in entries)


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_the_older_function_call_is_a_tool_call(
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


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_reply_without_usage_has_none(model, call, style, chunk, whole, weryai_emulator):
    if style.endswith("invoke"):
        weryai_emulator.reply_json(whole({"content": "Hi."}))
    else:
        weryai_emulator.reply_chunks([chunk({"content": "Hi."}, "stop")])
    message = await call(model)
    assert message.text == "Hi."
    assert message.usage_metadata is None


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


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_call_without_an_id_gets_one(model, call, style, chunk, whole, weryai_emulator):
    called = {"index": 0, "function": {"name": "f", "arguments": "{}"}}
    if style.endswith("invoke"):
        weryai_emulator.reply_json(whole({"tool_calls": [called]}, "tool_calls"))
    else:
        weryai_emulator.reply_chunks([chunk({"tool_calls": [called]}), chunk({}, "tool_calls")])
    (received,) = (await call(model)).tool_calls
    assert received["id"].startswith("call_")


PATHS = {
    "a string": '{"path": "/home/ann/old"}',
    "strings in an array": '{"paths": ["/home/ann", "/home/bob"], "force": true}',
    "escapes": '{"text": "a \\"b\\" \\\\ \\u00e9 \\n", "é": "🎉}]"}',
    "nested": '{"a": {"b": [{"c": null}, -1.5e3, []], "d": {}}, "e": "x"}',
}


def cuts(text):
    """Return every beginning of a JSON object that is not an object itself."""
    return [text[:length] for length in range(1, len(text))]


@pytest.mark.parametrize("text", PATHS.values(), ids=PATHS)
def test_arguments_truncated_anywhere_make_an_invalid_call(text):
    for arguments in cuts(text):
        translator = StreamTranslator()
        pieces = [
            translator.translate(
                Chunk((Choice(tool_calls=(ToolCallDelta(0, "a", "f", arguments),)),))
            ),
            translator.translate(Chunk((Choice(finish_reason="length"),))),
            translator.translate(Chunk((), is_last=True)),
        ]
        answer = (pieces[0] + pieces[1:]).message
        assert answer.tool_calls == [], arguments
        (invalid,) = answer.invalid_tool_calls
        assert invalid["args"].startswith(arguments)
        assert (invalid["id"], invalid["name"]) == ("a", "f")


@pytest.mark.parametrize("text", [*PATHS.values(), "{}", ""], ids=[*PATHS, "empty", "none"])
def test_complete_arguments_are_unchanged(text):
    for size in (1, 3, 1000):
        translator = StreamTranslator()
        answer = AIMessageChunk("")
        for start in range(0, max(len(text), 1), size):
            piece = text[start : start + size]
            call = ToolCallDelta(0, None if start else "a", None, piece)
            answer += translator.translate(Chunk((Choice(tool_calls=(call,)),))).message
        answer += translator.translate(Chunk((), is_last=True)).message
        (merged,) = answer.tool_call_chunks
        assert (merged["args"] or "") == text
        assert answer.invalid_tool_calls == []
        assert [call["args"] for call in answer.tool_calls] == [json.loads(text or "{}")]


def test_a_truncated_call_can_be_sent_back(make_model, merge, chunk, sent, weryai_emulator):
    model = make_model(max_tokens=9)
    truncated = {**CALL, "index": 0, "function": {"name": "f", "arguments": '{"city": "Par'}}
    weryai_emulator.reply_chunks([chunk({"tool_calls": [truncated]}), chunk({}, "length")])
    answer = merge(list(model.stream("Hello")))
    model.invoke([("user", "Hello"), answer, ToolMessage("?", tool_call_id="call_1")])
    (returned,) = sent()["messages"][1]["tool_calls"]
    assert returned["id"] == "call_1"
    # Strict upstreams refuse a conversation with arguments that are not a JSON object.
    arguments = json.loads(returned["function"]["arguments"])
    assert arguments["invalid_arguments"].startswith('{"city": "Par')


@pytest.mark.parametrize("output_version", ["v0", "v1"])
async def test_an_image_of_an_answer_goes_back_with_the_next_question(
    make_model, call, weryai_emulator, output_version
):
    url = "data:image/png;base64,iVBORw0KGgo="
    image = {"type": "image_url", "image_url": {"url": url}}
    model = make_model(output_version=output_version)
    weryai_emulator.reply({"content": "Here it is.", "images": [image]})
    answer = await call(model, "Draw a cat.")
    blocks = [block for block in answer.content_blocks if block["type"] == "image"]
    assert [(block["base64"], block["mime_type"]) for block in blocks] == [
        ("iVBORw0KGgo=", "image/png")
    ]
    await call(model, [HumanMessage("Draw a cat."), answer, HumanMessage("Make it blue.")])
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "user", "content": "Draw a cat."},
        {"role": "assistant", "content": "Here it is."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Image 1, from the assistant's answer:"},
                image,
                {"type": "text", "text": "Make it blue."},
            ],
        },
    ]
