"""Every way of reading a stream gives the message that `invoke` gives."""

import pytest
from awkward_streams import STREAMS, TIME, WEATHER, fragment, to_wire
from langchain_core.messages import AIMessage
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

BETA = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

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
    """Two functions that queue an answer: one streams it, one sends it whole."""

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
    """The ways of reading a stream by name."""

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


WAYS = ("stream", "astream", "events", "async events")
VERSIONS = ("v0", "v1")
ROWS = [pytest.param(*row, id=name) for name, row in STREAMS.items()]
KINDS = ["reasoning", "text", "image", "audio", "refusal", "tool_call"]


def tidied(blocks):
    """Remove the indices of streamed blocks and put the blocks in the order of `invoke`."""
    bare = [{key: value for key, value in block.items() if key != "index"} for block in blocks]
    return sorted(bare, key=lambda block: KINDS.index(block["type"]))


def facts(message):
    """Return all that a user sees of a message, except how it was made.

    LangChain adds the raw usage to whole messages only.
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


@pytest.mark.parametrize("output_version", VERSIONS)
async def test_invoke_gives_all_parts_of_an_answer(make_model, script, output_version):
    _, document = script
    blocks = STREAMS["reasoning, then text, then tools"][1]
    model = make_model(output_version=output_version)
    document(to_wire(blocks))
    message = model.invoke("Hello")
    assert tidied(message.content_blocks) == blocks
    assert message.text == "I look."
    assert message.tool_calls == [WEATHER, TIME]
    assert message.invalid_tool_calls == []
    assert message.usage_metadata == USAGE_METADATA
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["model_name"] == "GPT_4O"
    assert message.response_metadata["id"] == "chatcmpl-1"
    assert message.response_metadata["model_provider"] == "weryai"
    document(to_wire(blocks))
    assert facts(await model.ainvoke("Hello")) == facts(message)


@BETA
@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
async def test_a_stream_gives_what_invoke_gives(make_model, script, read, deltas, blocks):
    stream, document = script
    models = {version: make_model(output_version=version) for version in VERSIONS}
    document(to_wire(blocks))
    expected = facts(models["v0"].invoke("Hello"))
    assert expected["blocks"] == blocks
    for version, model in models.items():
        document(to_wire(blocks))
        assert facts(model.invoke("Hello")) == expected
        for way in ("stream", "events"):
            stream(deltas)
            assert facts(await read[way](model)) == expected, (version, way)


@BETA
@pytest.mark.parametrize("output_version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
async def test_the_place_of_the_usage_does_not_matter(
    make_model, script, read, way, output_version
):
    stream, document = script
    deltas, blocks = STREAMS["reasoning, then text, then tools"]
    document(to_wire(blocks))
    expected = facts(make_model().invoke("Hello"))
    model = make_model(output_version=output_version)
    for usage in ("last", "finish", "each"):
        stream(deltas, usage=usage)
        assert facts(await read[way](model)) == expected, usage


def test_growing_counts_are_those_of_the_last_chunk(model, script):
    stream, _ = script
    stream([{"content": "Hi "}, {"content": "you."}], usage="each")
    pieces = list(model.stream("Hello"))
    assert [piece.usage_metadata for piece in pieces if piece.usage_metadata] == [USAGE_METADATA]


INVALID = {
    "truncated": '{"city": "Ro',
    "truncated in an array": '{"city": ["Rome", "Par',
    "truncated in an escape": '{"city": "a\\',
    "text": "Rome",
    "list": '["Rome"]',
    "number": "0",
    "boolean": "false",
    "string": '"Rome"',
    "list in a string": '"[1]"',
    "object in a string": '"{\\"city\\": "',
}


@BETA
@pytest.mark.parametrize("arguments", INVALID.values(), ids=INVALID)
async def test_a_call_without_an_object_is_invalid_and_the_call_before_it_is_not(
    make_model, script, read, arguments
):
    stream, document = script
    good = fragment('{"zone": "CET"}', name="time", index=0, id="call_2")
    bad = fragment(arguments, name="weather", index=1, id="call_1")
    message = {"content": "I look.", "tool_calls": [good, bad]}
    for version in VERSIONS:
        model = make_model(output_version=version, max_tokens=9)
        document(message, finish_reason="length")
        expected = model.invoke("Hello")
        assert expected.tool_calls == [TIME]
        assert expected.invalid_tool_calls == [
            {
                "type": "invalid_tool_call",
                "id": "call_1",
                "name": "weather",
                "args": arguments,
                "error": "The arguments are not a JSON object.",
            }
        ]
        for way in WAYS:
            stream([message], finish_reason="length")
            streamed = await read[way](model)
            assert streamed.tool_calls == [TIME]
            (invalid,) = streamed.invalid_tool_calls
            assert (invalid["id"], invalid["name"]) == ("call_1", "weather")
            # LangChain would complete the JSON of message chunks. A suffix prevents it.
            args = invalid["args"]
            assert args == arguments if "events" in way else args.startswith(arguments)
            calls = [block for block in streamed.content_blocks if block["type"] == "tool_call"]
            assert [call["id"] for call in calls] == ["call_2"]
            assert streamed.text == expected.text == "I look."
            assert streamed.usage_metadata == expected.usage_metadata


SPOKEN = {"id": "audio_1", "transcript": "Hello", "data": "AAAABBBB", "expires_at": 1}


@BETA
@pytest.mark.parametrize(
    ("deltas", "message"),
    [
        pytest.param(
            [{"refusal": "I "}, {"refusal": "won't."}], {"refusal": "I won't."}, id="refusal"
        ),
        pytest.param(
            [
                {"audio": {"id": "audio_1", "transcript": "Hel"}},
                {"audio": {"id": "audio_1", "transcript": "lo", "data": "AAAA"}},
                {"audio": {"id": "audio_1", "data": "BBBB"}},
                {"audio": {"expires_at": 1}},
            ],
            {"audio": SPOKEN},
            id="speech",
        ),
    ],
)
async def test_refusals_and_speech_are_kept(make_model, script, read, deltas, message):
    stream, document = script
    for version in VERSIONS:
        model = make_model(output_version=version)
        document(message)
        whole = model.invoke("Hello")
        expected = facts(whole)
        assert expected["additional"] == message
        said = message.get("refusal")
        sound = {"base64": "AAAABBBB", "extras": {"transcript": "Hello"}}
        blocks = [{"type": "refusal", "refusal": said} if said else {"type": "audio", **sound}]
        assert whole.content_blocks == blocks
        assert whole.content == (blocks if version == "v1" else "")
        for way in WAYS:
            stream(deltas)
            assert facts(await read[way](model)) == expected
