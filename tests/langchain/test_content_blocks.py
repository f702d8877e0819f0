"""Awkward streams, and that every way of reading them gives the same blocks."""

import json

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_weryai._content_blocks import translate_content, translate_content_chunk

USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
USAGE_METADATA = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}


def fragment(arguments="", *, name=None, **fields):
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {**fields, "type": "function", "function": function}


def text(words):
    return {"type": "text", "text": words}


def reasoning(words):
    return {"type": "reasoning", "reasoning": words}


def tool_call(id_, name, **arguments):
    return {"type": "tool_call", "id": id_, "name": name, "args": arguments}


WEATHER = tool_call("call_1", "weather", city="Rome")
TIME = tool_call("call_2", "time", zone="CET")

# Deltas of a stream -> the blocks of its answer.
STREAMS = {
    "text": (
        [{"role": "assistant", "content": ""}, {"content": "Hi "}, {"content": "you."}],
        [text("Hi you.")],
    ),
    "reasoning only": (
        [{"reasoning_content": "Hm"}, {"reasoning_content": "."}],
        [reasoning("Hm.")],
    ),
    "reasoning and text in one delta": (
        [
            {"reasoning_content": "Hm"},
            {"reasoning_content": ".", "content": "Hi "},
            {"content": "you."},
        ],
        [reasoning("Hm."), text("Hi you.")],
    ),
    "reasoning after text": (
        [{"content": "Hi "}, {"reasoning_content": "Hm."}, {"content": "you."}],
        [reasoning("Hm."), text("Hi you.")],
    ),
    "text and a tool call in one delta": (
        [
            {"content": "I "},
            {
                "content": "look.",
                "tool_calls": [fragment('{"city"', name="weather", index=0, id="call_1")],
            },
            {"tool_calls": [fragment(': "Rome"}', index=0)]},
        ],
        [text("I look."), WEATHER],
    ),
    "all three in one delta": (
        [
            {
                "reasoning_content": "Hm.",
                "content": "I look.",
                "tool_calls": [fragment('{"city": "Rome"}', name="weather", index=0, id="call_1")],
            }
        ],
        [reasoning("Hm."), text("I look."), WEATHER],
    ),
    "text after a tool call": (
        [
            {"content": "I "},
            {"tool_calls": [fragment('{"city": "Rome"}', name="weather", index=0, id="call_1")]},
            {"content": "look."},
        ],
        [text("I look."), WEATHER],
    ),
    "two tool calls, both with index 0": (
        [
            {"tool_calls": [fragment('{"city": ', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('"Rome"}', index=0)]},
            {"tool_calls": [fragment('{"zone": ', name="time", index=0, id="call_2")]},
            {"tool_calls": [fragment('"CET"}', index=0)]},
        ],
        [WEATHER, TIME],
    ),
    "two tool calls in one delta, both with index 0": (
        [
            {
                "tool_calls": [
                    fragment('{"city": "Rome"}', name="weather", index=0, id="call_1"),
                    fragment('{"zone": "CET"}', name="time", index=0, id="call_2"),
                ]
            }
        ],
        [WEATHER, TIME],
    ),
    "no index": (
        [
            {"tool_calls": [fragment('{"city"', name="weather", id="call_1")]},
            {"tool_calls": [fragment(': "Rome"}')]},
            {"tool_calls": [fragment('{"zone": "CET"}', name="time", id="call_2")]},
        ],
        [WEATHER, TIME],
    ),
    "id and name on every fragment": (
        [
            {"tool_calls": [fragment('{"city"', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment(': "Rome"}', name="weather", index=0, id="call_1")]},
        ],
        [WEATHER],
    ),
    "arguments that are an object": (
        [{"tool_calls": [fragment({"city": "Rome"}, name="weather", index=0, id="call_1")]}],
        [WEATHER],
    ),
    "parallel tool calls, interleaved": (
        [
            {
                "tool_calls": [
                    fragment(name="weather", index=0, id="call_1"),
                    fragment(name="time", index=1, id="call_2"),
                ]
            },
            {"tool_calls": [fragment('{"city":', index=0)]},
            {"tool_calls": [fragment('{"zone":', index=1)]},
            {"tool_calls": [fragment(' "Rome"}', index=0)]},
            {"tool_calls": [fragment(' "CET"}', index=1)]},
        ],
        [WEATHER, TIME],
    ),
    "an index that does not begin at 0": (
        [
            {"content": "I look."},
            {"tool_calls": [fragment('{"city": "Rome"}', name="weather", index=1, id="call_1")]},
        ],
        [text("I look."), WEATHER],
    ),
    "arguments that are empty": (
        [{"tool_calls": [fragment("", name="now", index=0, id="call_3")]}],
        [tool_call("call_3", "now")],
    ),
    "arguments that are null": (
        [{"tool_calls": [fragment(None, name="now", index=0, id="call_3")]}],
        [tool_call("call_3", "now")],
    ),
    "arguments that are the text null": (
        [{"tool_calls": [fragment("null", name="now", index=0, id="call_3")]}],
        [tool_call("call_3", "now")],
    ),
}
WHOLE = [pytest.param(row[1], id=name) for name, row in STREAMS.items()]
ROWS = [pytest.param(*row, id=name) for name, row in STREAMS.items()]


@pytest.fixture
def replay(weryai_emulator, chunk):
    """Queues a stream of these deltas."""

    def queue(deltas):
        closing = [chunk({}, "stop"), {**chunk(usage=USAGE), "choices": []}]
        weryai_emulator.reply_chunks([*(chunk(delta) for delta in deltas), *closing])

    return queue


def tidied(blocks):
    """Blocks by kind, without the indices by which LangChain joins streamed ones.

    In a stream of blocks they stand as they came; elsewhere reasoning is first.
    """
    bare = [{key: value for key, value in block.items() if key != "index"} for block in blocks]
    return sorted(bare, key=lambda block: ["reasoning", "text", "tool_call"].index(block["type"]))


def check(message, blocks):
    """That a message holds these blocks, whichever way it is looked at."""
    calls = [block for block in blocks if block["type"] == "tool_call"]
    assert tidied(message.content_blocks) == blocks
    assert message.text == "".join(block.get("text", "") for block in blocks)
    assert message.tool_calls == calls
    assert message.invalid_tool_calls == []
    assert message.usage_metadata == USAGE_METADATA
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["model_name"] == "GPT_4O"
    assert message.response_metadata["id"] == "chatcmpl-1"
    assert message.response_metadata["model_provider"] == "weryai"


@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
@pytest.mark.parametrize("output_version", ["v0", "v1"])
async def test_a_stream_adds_up_to(make_model, replay, merge, output_version, deltas, blocks):
    model = make_model(output_version=output_version)
    replay(deltas)
    check(merge(list(model.stream("Hello"))), blocks)
    replay(deltas)
    check(merge([piece async for piece in model.astream("Hello")]), blocks)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
async def test_an_event_stream_adds_up_to(model, replay, deltas, blocks):
    replay(deltas)
    stream = model.stream_events("Hello", version="v3")
    assert_valid_event_stream(list(stream))
    check(stream.output, blocks)
    replay(deltas)
    async_stream = await model.astream_events("Hello", version="v3")
    assert_valid_event_stream([event async for event in async_stream])
    check(await async_stream.output, blocks)


@pytest.mark.parametrize("blocks", WHOLE)
@pytest.mark.parametrize("output_version", ["v0", "v1"])
def test_a_whole_reply_has_the_same_blocks(
    make_model, whole, weryai_emulator, output_version, blocks
):
    weryai_emulator.reply_json(whole(to_wire(blocks), usage=USAGE))
    check(make_model(output_version=output_version).invoke("Hello"), blocks)


def to_wire(blocks):
    """The message of a whole reply with these blocks."""
    return {
        "reasoning_content": "".join(block.get("reasoning", "") for block in blocks),
        "content": "".join(block.get("text", "") for block in blocks),
        "tool_calls": [
            fragment(json.dumps(block["args"]), name=block["name"], id=block["id"])
            for block in blocks
            if block["type"] == "tool_call"
        ],
    }


def test_blocks_of_a_chunk_carry_an_index_of_their_kind():
    piece = AIMessageChunk(
        "Hi",
        additional_kwargs={"reasoning_content": "Hm."},
        tool_call_chunks=[
            {"type": "tool_call_chunk", "id": "1", "name": "f", "args": "{", "index": 2}
        ],
    )
    assert translate_content_chunk(piece) == [
        {"type": "reasoning", "reasoning": "Hm.", "index": "lc_rs_0"},
        {"type": "text", "text": "Hi", "index": "lc_txt_0"},
        {"type": "tool_call_chunk", "id": "1", "name": "f", "args": "{", "index": "lc_tc_2"},
    ]


def test_invalid_tool_calls_are_blocks_too():
    invalid = {
        "type": "invalid_tool_call",
        "id": "1",
        "name": "f",
        "args": "{",
        "error": "No JSON.",
    }
    assert translate_content(AIMessage("", invalid_tool_calls=[invalid])) == [invalid]


def test_content_that_is_a_list_is_left_to_langchain():
    message = AIMessage(
        [{"type": "text", "text": "Hi"}], response_metadata={"model_provider": "weryai"}
    )
    with pytest.raises(NotImplementedError):
        translate_content(message)
    assert message.content_blocks == [{"type": "text", "text": "Hi"}]


def test_a_finished_chunk_has_whole_blocks():
    piece = AIMessageChunk(
        "",
        additional_kwargs={"reasoning_content": "Hm."},
        response_metadata={"model_provider": "weryai"},
        chunk_position="last",
    )
    assert piece.content_blocks == [{"type": "reasoning", "reasoning": "Hm."}]
