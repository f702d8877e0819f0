"""Tool calls written in the text of a reply become its tool calls."""

import pytest

from weryai_core import (
    Choice,
    Chunk,
    Citation,
    StreamError,
    ToolCallDelta,
    Usage,
    merge_chunks,
)
from weryai_core.prompted.read_calls import CallReader
from weryai_core.reply.required_call import ToolStreamDecoder, ToolUse

ROME = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'
IN_ROME = ("get_weather", '{"city":"Rome"}')


def whole(text, finish_reason="stop", **fields):
    choice = Choice(text=text, finish_reason=finish_reason, **fields)
    return Chunk((choice,), id="chatcmpl-1", usage=Usage(1, 2, 3), is_last=True)


def read_whole(reply):
    return CallReader("seed").take(reply)


def read_stream(pieces, finish_reason="stop", reader=None):
    """The chunks of a stream that has one chunk for each piece."""
    reader = reader or CallReader("seed")
    chunks = [Chunk((Choice(text=piece),), id="chatcmpl-1") for piece in pieces]
    chunks.append(Chunk((Choice(finish_reason=finish_reason),), id="chatcmpl-1"))
    chunks.append(Chunk(id="chatcmpl-1", usage=Usage(1, 2, 3), is_last=True))
    return [read for read in map(reader.take, chunks) if read is not None]


def calls_of(chunk):
    return [(call.name, call.arguments) for call in chunk.choice.tool_calls]


# What the model writes -> the text that is left, and the calls.
ANSWERS = {
    "no call": ("It is sunny.", "It is sunny.", []),
    "a call": (f"Let me look. {ROME}", "Let me look.", [IN_ROME]),
    "several": (f"One: {ROME} Two: {ROME}.", "One: Two:.", [IN_ROME, IN_ROME]),
    "not a call": ("Use `<tool_call>`.", "Use `<tool_call>`.", []),
}


@pytest.mark.parametrize(("text", "left", "calls"), ANSWERS.values(), ids=ANSWERS)
def test_calls_of_the_text_become_tool_calls(text, left, calls):
    read = read_whole(whole(text))
    assert (read.text, calls_of(read)) == (left, calls)
    assert [call.index for call in read.choice.tool_calls] == list(range(len(calls)))
    assert len({call.id for call in read.choice.tool_calls}) == len(calls)
    assert read.choice.finish_reason == ("tool_calls" if calls else "stop")
    assert read.usage == Usage(1, 2, 3)


@pytest.mark.parametrize("text", [row[0] for row in ANSWERS.values()], ids=ANSWERS)
def test_a_stream_and_a_whole_reply_are_read_alike(text):
    for size in (1, 7, len(text)):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        chunks = read_stream(pieces)
        assert merge_chunks(chunks) == read_whole(whole(text))
        assert all(chunk.choices for chunk in chunks[:-1])
        assert [chunk.is_last for chunk in chunks] == [*[False] * (len(chunks) - 1), True]


@pytest.mark.parametrize("reason", ["length", "content_filter", "tool_calls", None])
def test_other_finish_reasons_are_kept(reason):
    assert read_whole(whole(ROME, reason)).choice.finish_reason == reason


def test_the_end_of_a_stream_releases_text_that_was_held_back():
    reader = CallReader()
    assert reader.take(Chunk((Choice(text="1 <"),))).text == "1"
    last = reader.take(Chunk(is_last=True))
    assert (last.text, last.choice.finish_reason) == (" <", None)


def test_choices_are_read_separately():
    reader = CallReader()
    chunks = [
        Chunk((Choice(0, ROME[:40]), Choice(1, "Sun"))),
        Chunk((Choice(1, "ny."),)),
        Chunk((Choice(1, finish_reason="stop"), Choice(0, ROME[40:]))),
        Chunk((Choice(0, finish_reason="stop"),)),
        Chunk(is_last=True),
    ]
    first, second = merge_chunks([read for read in map(reader.take, chunks) if read]).choices
    assert (first.text, first.finish_reason) == ("", "tool_calls")
    assert [(call.name, call.arguments) for call in first.tool_calls] == [IN_ROME]
    assert (second.text, second.tool_calls, second.finish_reason) == ("Sunny.", (), "stop")


def test_native_calls_are_numbered_first():
    native = ToolCallDelta(0, "call_1", "get_time", "{}")
    calls = read_whole(whole(ROME, tool_calls=(native,))).choice.tool_calls
    assert [(call.index, call.name) for call in calls] == [(0, "get_time"), (1, "get_weather")]


def test_calls_in_reasoning_are_not_read():
    read = read_whole(whole("", reasoning=ROME))
    assert (read.choice.reasoning, read.choice.tool_calls) == (ROME, ())


def test_places_of_citations_follow_the_text():
    text = f"One. {ROME} Two."
    two = text.index("Two.")
    citations = (
        Citation("https://a", start_index=0, end_index=4),
        Citation("https://b", start_index=two, end_index=two + 4),
        Citation("https://c", start_index=10, end_index=20),
        Citation("https://d", start_index=0, end_index=len(text)),
        Citation("https://e"),
    )
    read = read_whole(whole(text, citations=citations))
    assert read.text == "One. Two."
    assert [(one.url, one.start_index, one.end_index) for one in read.choice.citations] == [
        ("https://a", 0, 4),
        ("https://b", 5, 9),
        ("https://c", None, None),
        ("https://d", 0, 9),
        ("https://e", None, None),
    ]


def test_places_of_citations_follow_the_text_of_a_stream():
    text = f"One. {ROME} Two."
    two = text.index("Two.")
    reader = CallReader()
    read_stream([text], reader=reader)
    cited = Citation("https://b", start_index=two, end_index=two + 4)
    read = reader.take(Chunk((Choice(citations=(cited,)),), is_last=True))
    assert read.choice.citations == (Citation("https://b", start_index=5, end_index=9),)


def logprobs(*tokens):
    return {"content": [{"token": token, "logprob": -1.0} for token in tokens]}


def test_log_probabilities_stay_with_text_and_go_with_calls():
    assert read_whole(whole("Hi", logprobs=logprobs("Hi"))).choice.logprobs == logprobs("Hi")
    assert read_whole(whole(f"Hi{ROME}", logprobs=logprobs("Hi"))).choice.logprobs is None
    reader = CallReader()
    pieces = ["1", " <", " 2", "\n", ROME]
    chunks = [Chunk((Choice(text=piece, logprobs=logprobs(piece)),)) for piece in pieces]
    read = merge_chunks([one for one in map(reader.take, chunks) if one])
    assert read.choice.logprobs == logprobs("1", " <", " 2")


def test_ids_differ_between_replies():
    first, second = (CallReader().take(whole(ROME)).choice.tool_calls[0].id for _ in range(2))
    assert first.startswith("call_")
    assert first != second


TEXT = f"Let me look.\n{ROME}\n{ROME}"


def events(text, *, finish_reason="stop"):
    pieces = [{"choices": [{"index": 0, "delta": {"content": sign}}]} for sign in text]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    return [*pieces, end, usage]


def test_calls_in_a_stream_of_bytes_are_read(decode_stream, to_stream):
    body = to_stream(*events(TEXT))
    chunks = decode_stream(body, ToolStreamDecoder(ToolUse(is_prompted=True)))
    read = merge_chunks(chunks)
    assert (read.text, calls_of(read)) == ("Let me look.", [IN_ROME, IN_ROME])
    assert read.choice.finish_reason == "tool_calls"
    assert [chunk.is_last for chunk in chunks].index(True) == len(chunks) - 1
    assert chunks[-1].usage.total_tokens == 3


def test_the_partial_answer_of_a_broken_stream_has_its_calls_and_ids(cut, to_stream):
    decoder = ToolStreamDecoder(ToolUse(is_prompted=True))
    cut_off = TEXT[: TEXT.rindex("Rome")]
    given = []
    for data in cut(to_stream(*events(cut_off)[:-2], done=False)):
        given += decoder.feed(data)
    with pytest.raises(StreamError) as caught:
        list(decoder.close())
    arrived = caught.value.partial
    assert (arrived.text, arrived.is_last) == ("Let me look.", False)
    assert calls_of(arrived) == [IN_ROME, ("get_weather", '{"city": "')]
    [call] = merge_chunks(given).choice.tool_calls
    assert arrived.choice.tool_calls[0] == call
