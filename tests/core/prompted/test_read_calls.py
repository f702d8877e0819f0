"""Tool calls written in the text of a reply become its tool calls."""

import pytest
from replies import cut, decode_stream, decode_whole, to_stream

from weryai_core import Choice, Citation, StreamError, ToolCallDelta, merge_chunks
from weryai_core.chunk import merge_choices
from weryai_core.prompted.read_calls import CallReader
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

ROME = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'
IN_ROME = ("get_weather", '{"city":"Rome"}')


def whole(text, finish_reason="stop", **fields):
    return Choice(text=text, finish_reason=finish_reason, **fields)


def read_whole(choice):
    return CallReader("call_").read(choice, True)


def read_stream(pieces, finish_reason="stop", reader=None):
    """The pieces of a stream, with calls in place of their text."""
    reader = reader or CallReader("call_")
    read = [reader.read(Choice(text=piece), False) for piece in pieces]
    read.append(reader.read(Choice(finish_reason=finish_reason), False))
    return [*read, reader.read(Choice(), True)]


def calls_of(choice):
    return [(call.name, call.arguments) for call in choice.tool_calls]


# What the model writes -> the text that is left, and the calls.
ANSWERS = {
    "no call": ("It is sunny.", "It is sunny.", []),
    "a call": (f"Let me look. {ROME}", "Let me look.", [IN_ROME]),
    "several": (f"One: {ROME} Two: {ROME}.", "One: Two:.", [IN_ROME, IN_ROME]),
    "not a call": ("Use `<tool_call>`.", "Use `<tool_call>`.", []),
}


@pytest.mark.parametrize(("text", "left", "calls"), ANSWERS.values(), ids=ANSWERS)
def test_calls_in_the_text_become_tool_calls(text, left, calls):
    read = read_whole(whole(text))
    assert (read.text, calls_of(read)) == (left, calls)
    assert [call.index for call in read.tool_calls] == list(range(len(calls)))
    assert len({call.id for call in read.tool_calls}) == len(calls)
    assert read.finish_reason == ("tool_calls" if calls else "stop")
    for size in (1, 7, None):
        assert merge_choices(0, read_stream(cut(text, size))) == read


@pytest.mark.parametrize("reason", ["length", "content_filter", "tool_calls", None])
def test_other_finish_reasons_are_kept(reason):
    assert read_whole(whole(ROME, reason)).finish_reason == reason


def test_the_end_of_a_stream_releases_text_that_was_held_back():
    reader = CallReader("call_")
    assert reader.read(Choice(text="1 <"), False).text == "1"
    last = reader.read(Choice(), True)
    assert (last.text, last.finish_reason) == (" <", None)


def test_native_calls_are_numbered_first():
    native = ToolCallDelta(0, "call_1", "get_time", "{}")
    calls = read_whole(whole(ROME, tool_calls=(native,))).tool_calls
    assert [(call.index, call.name) for call in calls] == [(0, "get_time"), (1, "get_weather")]


def test_calls_in_reasoning_are_not_read():
    read = read_whole(whole("", reasoning=ROME))
    assert (read.reasoning, read.tool_calls) == (ROME, ())


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
    assert [(one.url, one.start_index, one.end_index) for one in read.citations] == [
        ("https://a", 0, 4),
        ("https://b", 5, 9),
        ("https://c", None, None),
        ("https://d", 0, 9),
        ("https://e", None, None),
    ]


def test_places_of_citations_follow_the_text_of_a_stream():
    text = f"One. {ROME} Two."
    two = text.index("Two.")
    reader = CallReader("call_")
    read_stream([text], reader=reader)
    cited = Citation("https://b", start_index=two, end_index=two + 4)
    read = reader.read(Choice(citations=(cited,)), True)
    assert read.citations == (Citation("https://b", start_index=5, end_index=9),)


def logprobs(*tokens):
    return {"content": [{"token": token, "logprob": -1.0} for token in tokens]}


def test_log_probabilities_stay_with_text_and_go_with_calls():
    assert read_whole(whole("Hi", logprobs=logprobs("Hi"))).logprobs == logprobs("Hi")
    assert read_whole(whole(f"Hi{ROME}", logprobs=logprobs("Hi"))).logprobs is None
    reader = CallReader("call_")
    pieces = [Choice(text=text, logprobs=logprobs(text)) for text in ["1", " <", " 2", "\n", ROME]]
    read = merge_choices(0, [reader.read(piece, False) for piece in pieces])
    assert read.logprobs == logprobs("1", " <", " 2")


TEXT = f"Let me look.\n{ROME}\n{ROME}"


def events(text, *, finish_reason="stop"):
    pieces = [{"choices": [{"index": 0, "delta": {"content": sign}}]} for sign in text]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    return [*pieces, end, usage]


OPTIONS = ReplyOptions(reads_calls_from_text=True)


def test_calls_in_a_stream_of_bytes_are_read():
    chunks = decode_stream(to_stream(*events(TEXT)), OPTIONS)
    read = merge_chunks(chunks)
    assert (read.text, calls_of(read.choice)) == ("Let me look.", [IN_ROME, IN_ROME])
    assert read.choice.finish_reason == "tool_calls"
    assert [chunk.is_last for chunk in chunks].index(True) == len(chunks) - 1
    assert chunks[-1].usage.total_tokens == 3
    assert all(chunk.choices for chunk in chunks[:-1])


def test_choices_are_read_separately():
    first, second = (
        {"index": index, "message": {"content": text}, "finish_reason": "stop"}
        for index, text in enumerate([ROME, "Sunny."])
    )
    read = decode_whole({"choices": [first, second]}, OPTIONS).choices
    assert [(one.text, calls_of(one), one.finish_reason) for one in read] == [
        ("", [IN_ROME], "tool_calls"),
        ("Sunny.", [], "stop"),
    ]
    deltas = [(0, ROME[:40]), (1, "Sun"), (1, "ny."), (0, ROME[40:])]
    pieces = [{"choices": [{"index": i, "delta": {"content": text}}]} for i, text in deltas]
    ends = [{"choices": [{"index": i, "delta": {}, "finish_reason": "stop"}]} for i in (0, 1)]
    streamed = merge_chunks(decode_stream(to_stream(*pieces, *ends), OPTIONS)).choices
    assert [(one.text, calls_of(one), one.finish_reason) for one in streamed] == [
        ("", [IN_ROME], "tool_calls"),
        ("Sunny.", [], "stop"),
    ]


def test_each_reply_has_ids_of_its_own():
    reply = {"choices": [{"message": {"content": ROME}}]}
    first, second = (decode_whole(reply, OPTIONS).choice.tool_calls[0].id for _ in range(2))
    assert first.startswith("call_")
    assert first != second


def test_the_partial_answer_of_a_broken_stream_has_its_calls_and_ids():
    decoder = StreamDecoder(OPTIONS)
    truncated = TEXT[: TEXT.rindex("Rome")]
    given = list(decoder.feed(to_stream(*events(truncated)[:-2], done=False)))
    with pytest.raises(StreamError) as caught:
        list(decoder.close())
    arrived = caught.value.partial
    assert (arrived.text, arrived.is_last) == ("Let me look.", False)
    assert calls_of(arrived.choice) == [IN_ROME, ("get_weather", '{"city": "')]
    [call] = merge_chunks(given).choice.tool_calls
    assert arrived.choice.tool_calls[0] == call
