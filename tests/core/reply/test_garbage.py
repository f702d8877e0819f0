"""Garbage in fields that do not matter leaves the answer as it is."""

import json

import pytest

from weryai_core import ReplyTooLargeError
from weryai_core.limits import ReplyLimits
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

DEEP = '{"a":[' * 5_000 + "1" + "]}" * 5_000  # beyond any limit of recursion
GARBAGE = {
    "deep": DEEP,
    "deep with half a character": '["\\ud83d",' + DEEP + "]",
    "many digits": "9" * 5000,
    "beyond floats": "1e400",
    "no number": "NaN",
    "infinity": "-Infinity",
}
PLACES = {
    "next to the choices": '{"choices":[{"message":{"content":"Hi"}%s}],"x":@,"created":@}',
    "usage": '{"choices":[{"message":{"content":"Hi"}%s}],"usage":{"prompt_tokens":@,"x":@}}',
    "a code": '{"choices":[{"message":{"content":"Hi"}%s}],"code":@,"status_code":@}',
    "a choice": '{"choices":[{"message":{"content":"Hi"},"index":@,"logprobs":@%s}]}',
    "a message": '{"choices":[{"message":{"content":"Hi","annotations":@,"refusal":@}%s}]}',
    "a part": '{"choices":[{"message":{"content":[{"type":"text","text":"Hi","x":@}]}%s}]}',
    "reasoning": '{"choices":[{"message":{"content":"Hi","reasoning_details":[{"x":@}]}%s}]}',
}
END = ',"finish_reason":"stop"'
ONE = ReplyOptions(has_one_choice=True)


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_garbage_leaves_the_answer(place, garbage):
    whole = (place % END).replace("@", garbage).encode()
    assert StreamDecoder(ONE).read_whole(whole).text == "Hi"
    event = (place % "").replace("@", garbage).replace('"message"', '"delta"')
    body = f'data: {event}\n\ndata: {{"choices":[{{"delta":{{"content":"!"}}{END}}}]}}\n\n'
    decoder = StreamDecoder(ONE)
    chunks = [*decoder.feed(body.encode()), *decoder.close()]
    assert "".join(chunk.text for chunk in chunks) == "Hi!"


@pytest.mark.parametrize("garbage", [DEEP, "9" * 5000], ids=["deep", "many digits"])
@pytest.mark.parametrize("is_text", [True, False])
def test_arguments_that_cannot_be_read_are_no_json(garbage, is_text):
    arguments = '{"x": %s}' % garbage  # noqa: UP031
    call = {"id": "a", "function": {"name": "f", "arguments": "@"}}
    body = json.dumps({"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "x"}]})
    body = body.replace('"@"', json.dumps(arguments) if is_text else arguments)
    (found,) = StreamDecoder(ONE).read_whole(body.encode()).choice.tool_calls
    assert found.arguments.startswith('{"x":')
    with pytest.raises((ValueError, RecursionError)):
        json.loads(found.arguments)


@pytest.mark.parametrize("is_stream", [True, False])
def test_of_two_fields_of_one_name_the_last_counts(is_stream):
    body = (
        b'{"choices":[{"message":{"content":"a"}}],"choices":[{"message":{"content":"b",'
        b'"content":"c","tool_calls":[{"id":"i","id":"j","function":{"name":"e","name":"f",'
        b'"arguments":"{\\"x\\":1,\\"x\\":2}"}}]},"finish_reason":null,"finish_reason":"stop"}]}'
    )
    chunk = StreamDecoder(ONE).read_whole(b"data: %b\n\n" % body if is_stream else body)
    (call,) = chunk.choice.tool_calls
    assert (chunk.text, call.id, call.name) == ("c", "j", "f")
    assert json.loads(call.arguments) == {"x": 2}


JUNK = {
    "comments": b": keep-alive\n\n",
    "white space": b" \n",
    "empty events": b'data: {"choices":[]}\n\n',
    "roles": b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
    "fields of no meaning": b"id: 1\nretry: 5\n",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_a_stream_that_brings_nothing_ends(junk):
    decoder = StreamDecoder(ONE, limits=ReplyLimits(200_000, 100_000))
    piece = junk * (100_000 // len(junk))
    with pytest.raises(ReplyTooLargeError, match="comments and empty events of the stream"):
        [chunk for _ in range(40) for chunk in decoder.feed(piece)]


def test_long_events_with_text_bring_something():
    decoder = StreamDecoder(ONE, limits=ReplyLimits(200_000, 100_000))
    event = b'data: {"x":"%b","choices":[{"delta":{"content":"a"}}]}\n\n' % (b"x" * 50_000)
    for _ in range(100):
        for start in range(0, len(event), 7000):
            list(decoder.feed(event[start : start + 7000]))
    assert decoder.partial.text == "a" * 100


def test_json_over_thousands_of_lines_is_one_answer():
    lines = [b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "x": [', b"1"]
    body = b"\n".join([b"event: x", *lines, b",1\n" * 3000 + b"]", b"}", b""])
    assert StreamDecoder(ONE).read_whole(body).text == "Hi"


def test_calls_in_json_text_come_in_any_pieces():
    text = json.dumps([{"id": "a", "function": {"name": "f", "arguments": '{"x": "]}"}'}}])
    events = [{"choices": [{"delta": {"tool_calls": sign}}]} for sign in text]
    events.append({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    (call,) = StreamDecoder(ONE).read_whole(body.encode()).choice.tool_calls
    assert (call.id, call.name, call.arguments) == ("a", "f", '{"x": "]}"}')
