"""Awkward streams: each way of reading them gives the message that `invoke` gives."""

import pytest
from awkward_streams import STREAMS, TIME, fragment, to_wire
from langchain_core.messages import AIMessage
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

USAGE = {
    "prompt_tokens": 3,
    "completion_tokens": 4,
    "total_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 2},
    "completion_tokens_details": {"reasoning_tokens": 1},
}
USAGE_METADATA = {
    "input_tokens": 3,
    "output_tokens": 4,
    "total_tokens": 7,
    "input_token_details": {"cache_read": 2},
    "output_token_details": {"reasoning": 1},
}
EARLY_USAGE = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}


@pytest.fixture
def script(weryai_emulator, chunk, whole):
    """Queues an answer: a function for its stream, and one for the whole of it."""

    def stream(deltas, *, finish_reason="stop", usage="last"):
        chunks = [chunk(delta) for delta in deltas]
        closing = [chunk({}, finish_reason), {**chunk(usage=USAGE), "choices": []}]
        if usage == "each":
            chunks = [{**one, "usage": EARLY_USAGE} for one in chunks]
            closing = [{**one, "usage": USAGE} for one in closing]
        elif usage == "finish":
            closing = [chunk({}, finish_reason, usage=USAGE)]
        weryai_emulator.reply_chunks([*chunks, *closing])

    def document(message, *, finish_reason="stop"):
        weryai_emulator.reply_json(whole(message, finish_reason, usage=USAGE))

    return stream, document


@pytest.fixture
def read(merge):
    """The ways of reading a stream, by name."""

    async def events(stream):
        seen = list(stream)
        assert_valid_event_stream(seen)
        return stream.output

    async def async_events(stream):
        stream = await stream
        assert_valid_event_stream([event async for event in stream])
        return await stream.output

    async def asynchronous(pieces):
        return merge([piece async for piece in pieces])

    async def synchronous(pieces):
        return merge(list(pieces))

    return {
        "stream": lambda model: synchronous(model.stream("Hello")),
        "astream": lambda model: asynchronous(model.astream("Hello")),
        "events": lambda model: events(model.stream_events("Hello", version="v3")),
        "async events": lambda model: async_events(model.astream_events("Hello", version="v3")),
    }


WAYS = [
    pytest.param(way, version, id=f"{way} {version}")
    for way in ("stream", "astream", "events", "async events")
    for version in ("v0", "v1")
]
ROWS = [pytest.param(*row, id=name) for name, row in STREAMS.items()]
KINDS = ["reasoning", "text", "tool_call"]


def tidied(blocks):
    """Blocks without the indices by which LangChain joins streamed ones, in the order of `invoke`.

    A stream of blocks has them as they came.
    """
    bare = [{key: value for key, value in block.items() if key != "index"} for block in blocks]
    return sorted(bare, key=lambda block: KINDS.index(block["type"]))


def facts(message):
    """All that a user can look at, but for what tells how the message was made.

    The raw usage that LangChain adds to a whole message is `usage_metadata` once more.
    """
    assert isinstance(message, AIMessage)
    metadata = {
        name: value
        for name, value in message.response_metadata.items()
        if name not in ("output_version", "token_usage")
    }
    return {
        "blocks": tidied(message.content_blocks),
        "text": message.text,
        "tool_calls": message.tool_calls,
        "invalid_tool_calls": message.invalid_tool_calls,
        "usage": message.usage_metadata,
        "metadata": metadata,
        "additional": message.additional_kwargs,
    }


@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
@pytest.mark.parametrize("output_version", ["v0", "v1"])
async def test_invoke_gives(make_model, script, deltas, blocks, output_version):
    _, document = script
    model = make_model(output_version=output_version)
    document(to_wire(blocks))
    message = model.invoke("Hello")
    assert tidied(message.content_blocks) == blocks
    assert message.text == "".join(block.get("text", "") for block in blocks)
    assert message.tool_calls == [block for block in blocks if block["type"] == "tool_call"]
    assert message.invalid_tool_calls == []
    assert message.usage_metadata == USAGE_METADATA
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["model_name"] == "GPT_4O"
    assert message.response_metadata["id"] == "chatcmpl-1"
    assert message.response_metadata["model_provider"] == "weryai"
    document(to_wire(blocks))
    assert facts(await model.ainvoke("Hello")) == facts(message)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
@pytest.mark.parametrize(("way", "output_version"), WAYS)
async def test_a_stream_gives_the_same(
    make_model, script, read, deltas, blocks, way, output_version
):
    stream, document = script
    document(to_wire(blocks))
    expected = facts(make_model().invoke("Hello"))
    model = make_model(output_version=output_version)
    for usage in ("last", "finish", "each"):
        stream(deltas, usage=usage)
        assert facts(await read[way](model)) == expected


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize(("way", "output_version"), WAYS)
async def test_a_call_that_is_cut_is_invalid_in_a_stream_as_well(
    make_model, script, read, way, output_version
):
    stream, document = script
    call = fragment('{"city": "Ro', name="weather", index=1, id="call_1")
    whole_call = fragment('{"zone": "CET"}', name="time", index=0, id="call_2")
    document({"content": "I look.", "tool_calls": [whole_call, call]}, finish_reason="length")
    model = make_model(output_version=output_version, max_tokens=9)
    expected = model.invoke("Hello")
    stream([{"content": "I look.", "tool_calls": [whole_call, call]}], finish_reason="length")
    streamed = await read[way](model)
    assert streamed.tool_calls == expected.tool_calls == [TIME]
    (invalid,), (cut,) = streamed.invalid_tool_calls, expected.invalid_tool_calls
    assert cut["args"] == '{"city": "Ro'
    # LangChain would complete the JSON of message chunks; a bracket at its end keeps it from that.
    assert invalid["args"] == '{"city": "Ro' + ("" if "events" in way else '"]')
    assert (invalid["id"], invalid["name"]) == (cut["id"], cut["name"]) == ("call_1", "weather")
    assert streamed.text == expected.text == "I look."
    assert streamed.usage_metadata == expected.usage_metadata


NO_OBJECTS = ['["Rome"]', "[]", "0", "false", '"Rome"', '"[1]"', '"{\\"city\\": "']


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("arguments", NO_OBJECTS)
@pytest.mark.parametrize(("way", "output_version"), WAYS)
async def test_arguments_that_are_no_object_are_an_invalid_call(
    make_model, script, read, way, output_version, arguments
):
    stream, document = script
    call = fragment(arguments, name="weather", index=0, id="call_1")
    model = make_model(output_version=output_version)
    document({"content": "I look.", "tool_calls": [call]}, finish_reason="tool_calls")
    expected = model.invoke("Hello")
    stream([{"content": "I look.", "tool_calls": [call]}], finish_reason="tool_calls")
    streamed = await read[way](model)
    assert streamed.tool_calls == expected.tool_calls == []
    (invalid,), (whole,) = streamed.invalid_tool_calls, expected.invalid_tool_calls
    assert (invalid["id"], invalid["name"]) == (whole["id"], whole["name"]) == ("call_1", "weather")
    assert whole["args"] == arguments
    assert invalid["args"].startswith(arguments)
    assert streamed.text == "I look."


SPOKEN = {"id": "audio_1", "transcript": "Hello", "data": "AAAABBBB", "expires_at": 1}


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize(
    ("deltas", "message"),
    [
        pytest.param([{"refusal": "I "}, {"refusal": "won't."}], {"refusal": "I won't."}, id="no"),
        pytest.param(
            [
                {"audio": {"id": "audio_1", "transcript": "Hel"}},
                {"audio": {"id": "audio_1", "transcript": "lo", "data": "AAAA"}},
                {"audio": {"id": "audio_1", "data": "BBBB"}},
                {"audio": {"expires_at": 1}},
            ],
            {"audio": SPOKEN},
            id="spoken",
        ),
    ],
)
@pytest.mark.parametrize(("way", "output_version"), WAYS)
async def test_what_is_no_block_is_kept(
    make_model, script, read, deltas, message, way, output_version
):
    stream, document = script
    model = make_model(output_version=output_version)
    document(message)
    expected = facts(model.invoke("Hello"))
    assert expected["additional"] == message
    stream(deltas)
    assert facts(await read[way](model)) == expected


async def test_counts_that_grow_are_those_of_the_last_chunk(model, script, read):
    stream, _ = script
    stream([{"content": "Hi "}, {"content": "you."}], usage="each")
    pieces = list(model.stream("Hello"))
    assert [piece.usage_metadata for piece in pieces if piece.usage_metadata] == [USAGE_METADATA]
