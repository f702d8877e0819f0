"""Characters that services tear apart: no answer is lost, and none is asked for again."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import StreamError, merge_chunks
from weryai_core.reply_options import ReplyOptions
from weryai_core.surrogates import to_text


def call(arguments):
    return [{"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}]


# Name -> a field of a delta or message with a text in it, and that text of the choice.
FIELDS = {
    "text": (lambda text: {"content": text}, lambda choice: choice.text),
    "a part": (
        lambda text: {"content": [{"index": 0, "type": "text", "text": text}]},
        lambda choice: choice.text,
    ),
    "reasoning": (
        lambda text: {"reasoning_content": text, "content": "x"},
        lambda choice: choice.reasoning,
    ),
    "refusal": (lambda text: {"refusal": text}, lambda choice: choice.refusal),
    "arguments": (
        lambda text: {"tool_calls": call(f'{{"a":"{text}')},
        lambda choice: choice.tool_calls[0].arguments.removeprefix('{"a":"'),
    ),
}
# The pieces of a text in JSON, and the text.
PIECES = {
    "an emoji in two escapes": ([r"a\ud83d", r"\ude00b"], "a😀b"),
    "an emoji after an empty piece": ([r"\ud83d", "", r"\ude00"], "😀"),
    "a stray first half": ([r"a\ud83d", "b"], "a\ufffdb"),
    "a stray second half": (["a", r"\ude00b"], "a\ufffdb"),
    "a first half at the end": (["a", r"\ud83d"], "a\ufffd"),
    "two emojis": ([r"\ud83d\ude00\ud83d", r"\ude00"], "😀😀"),
}


def delta(fields, **more):
    return json.dumps({"choices": [{"index": 0, "delta": fields, **more}]})


def rest_of(fields):
    """A fragment of a call after the first one."""
    for entry in fields.get("tool_calls", ()):
        entry["function"] = {"arguments": entry["function"]["arguments"].removeprefix('{"a":"')}
    return fields


@pytest.mark.parametrize(("field", "find"), FIELDS.values(), ids=FIELDS)
def test_a_torn_character_is_joined(field, find):
    for name, (pieces, text) in PIECES.items():
        fields = [field(pieces[0]), *(rest_of(field(piece)) for piece in pieces[1:])]
        events = [delta(entry).replace("\\\\u", "\\u") for entry in fields]
        for end in ([], [delta({}, finish_reason="stop")]):
            streamed = merge_chunks(decode_stream(to_stream(*events, *end))).choice
            assert find(streamed) == text, (name, end)
        message = json.dumps(field("".join(pieces))).replace("\\\\u", "\\u")
        whole = decode_whole(f'{{"choices":[{{"message":{message}}}]}}'.encode()).choice
        assert find(whole) == text, name


# The ways in which a stream may hold the next piece of a text, by its number.
SHAPES = {
    "text instead of a delta": lambda piece, number: {"choices": [{"index": 0, "text": piece}]},
    "a delta that is a text": lambda piece, number: {"choices": [{"index": 0, "delta": piece}]},
    "a message": lambda piece, number: {"choices": [{"message": {"content": piece}}]},
    "counted chunks": lambda piece, number: {
        "choices": [{"index": number, "delta": {"content": piece}}]
    },
    "one choice instead of a list": lambda piece, number: {
        "choices": {"delta": {"content": piece}}
    },
    "an envelope": lambda piece, number: {"data": {"choices": [{"delta": {"content": piece}}]}},
    "another shape each time": lambda piece, number: [
        {"choices": [{"delta": {"content": piece}}]},
        {"choices": [{"delta": {"content": [{"type": "text", "text": piece}]}}]},
        {"choices": [{"text": piece}]},
    ][number % 3],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_torn_character_is_joined_in_any_shape_of_a_stream(shape):
    options = ReplyOptions(has_one_choice=True)
    for name, (pieces, text) in PIECES.items():
        events = [
            json.dumps(shape(json.loads(f'"{piece}"'), number))
            for number, piece in enumerate(pieces)
        ]
        for end in ("[DONE]", delta({}, finish_reason="stop")):
            chunks = decode_stream(to_stream(*events, end, done=False), options=options)
            assert merge_chunks(chunks).text == text, (name, end)


@pytest.mark.parametrize(("field", "find"), FIELDS.values(), ids=FIELDS)
def test_a_stream_that_breaks_within_a_character_keeps_the_half(field, find):
    event = delta(field("a\ud83d"))
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(event, done=False))
    assert find(caught.value.partial.choice) == "a\ufffd"
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(delta({"content": "\ud83d"}), done=False))
    assert caught.value.partial.text == "\ufffd"


def test_a_stream_of_nothing_but_a_half_is_an_answer():
    assert merge_chunks(decode_stream(to_stream(delta({"content": "\ud83d"})))).text == "\ufffd"


def test_a_torn_character_is_joined_in_signed_reasoning_and_in_what_is_spoken():
    details = [
        {"type": "reasoning.text", "index": 0, "text": piece} for piece in ("a\ud83d", "\ude00b")
    ]
    spoken = [{"audio": {"transcript": piece}} for piece in ("\ud83d", "\ude00", "\ud83d")]
    events = [delta({"reasoning_details": [entry]}) for entry in details]
    choice = merge_chunks(decode_stream(to_stream(*events, *map(delta, spoken)))).choice
    assert choice.reasoning == "a😀b"
    assert choice.extra["reasoning_details"][0]["text"] == "a😀b"
    assert choice.audio == {"transcript": "😀\ufffd"}
    words = delta({"content": "\ud83d", "audio": {"words": ["a\ud83d"]}})
    assert merge_chunks(decode_stream(to_stream(words))).choice.audio == {"words": ["a\ufffd"]}


def test_halves_in_signatures_are_replaced_and_never_joined():
    """A signature is no text that goes on: what joins two of them would be another signature."""
    block = {"type": "thinking", "thinking": ""}
    detail = {"type": "reasoning.text", "index": 0, "text": "Hm"}
    google = {"google": {"thought_signature": "a\ud83d"}}
    entry = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}
    deltas = [
        {"thinking_blocks": [{**block, "signature": "a\ud83d"}]},
        {"thinking_blocks": [{**block, "signature": "\ude00b"}]},
        {"reasoning_details": [{**detail, "signature": "a\ud83d"}]},
        {"reasoning_details": [{**detail, "signature": "\ude00b"}]},
        {"content": "x\ud83d", "tool_calls": [{**entry, "extra_content": google}]},
        {"content": "\ude00y"},
    ]
    choice = merge_chunks(decode_stream(to_stream(*map(delta, deltas)))).choice
    assert choice.text == "x😀y"
    blocks = choice.extra["thinking_blocks"]
    assert [one["signature"] for one in blocks] == ["a\ufffd", "\ufffdb"]
    assert choice.extra["reasoning_details"][0]["signature"] == "\ufffdb"
    [call] = choice.tool_calls
    assert call.extra == {"extra_content": {"google": {"thought_signature": "a\ufffd"}}}


def test_the_places_of_citations_are_those_in_the_joined_text():
    cited = {"citations": [{"url": "https://a.org/\ud83d", "title": "A"}]}
    parts = [
        [{"type": "text", "index": 0, "text": "x\ud83d"}],
        [
            {"type": "text", "index": 0, "text": "\ude00"},
            {"type": "text", "index": 1, "text": "yz", **cited},
        ],
    ]
    events = [delta({"content": part}) for part in parts]
    choice = merge_chunks(decode_stream(to_stream(*events))).choice
    assert choice.text == "x😀yz"
    (citation,) = choice.citations
    assert choice.text[citation.start_index : citation.end_index] == "yz"
    assert citation.url == "https://a.org/\ufffd"


def test_everything_else_of_a_torn_event_holds_no_halves():
    entry = {"id": "\ud83d", "function": {"name": "f\ud83d", "arguments": {"a\ud83d": "\ude00"}}}
    event = {"choices": [{"delta": {"content": {"b": "\ud83d"}, "tool_calls": [entry]}}]}
    (call,) = merge_chunks(decode_stream(to_stream(json.dumps(event)))).choice.tool_calls
    assert (call.id, call.name, call.arguments) == ("\ufffd", "f\ufffd", '{"a\ufffd":"\ufffd"}')


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"a\xf0\x9f", b"\x98\x80b"], "a😀b"),
        ([b"\xc3", b"\xa9"], "é"),
        ([b"\xed\xa0\xbd", b"\xed\xb8\x80"], "😀"),
        ([b"a\xff", b"b\xe2\x82"], "a\ufffdb\ufffd"),
    ],
    ids=["four bytes", "two bytes", "halves as bytes", "no character"],
)
def test_bytes_of_a_character_in_two_events_are_joined(pieces, text):
    events = b"".join(
        b'data: {"choices":[{"delta":{"content":"' + piece + b'"}}]}\n\n' for piece in pieces
    )
    assert merge_chunks(decode_stream(events + b"data: [DONE]\n\n")).text == text


def test_the_json_of_a_chunk_holds_no_halves():
    chunks = decode_stream(
        to_stream(r'{"id":"\ud83d","choices":[{"delta":{"content":"a\ud83d"}}]}')
    )
    assert [chunk.raw for chunk in chunks] == [
        {"id": "\ufffd", "choices": [{"delta": {"content": "a\ufffd"}}]},
        {},
    ]


def test_a_control_character_in_an_event_is_read():
    assert decode_stream(to_stream('{"choices":[{"delta":{"content":"a\tb"}}]}'))[0].text == "a\tb"


@settings(max_examples=50)
@given(
    st.text(st.sampled_from('a"{}\\:,\n😀é\ud83d\ude00'), max_size=12),
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
)
def test_a_stream_equals_the_whole_reply_whatever_its_characters(text, sizes):
    units = text.encode("utf-16-le", "surrogatepass")
    events, at, restates = [], 0, False
    while at < len(units):
        size = 2 * sizes[len(events) % len(sizes)]
        piece = units[at : at + size].decode("utf-16-le", "surrogatepass")
        restates = restates or (at > 0 and piece.lstrip().startswith(("{", '"')))
        arguments = {"index": 0, "function": {"name": "f" if not at else None, "arguments": piece}}
        events.append(delta({"content": piece, "tool_calls": [arguments]}))
        at += size
    events.append(delta({}, finish_reason="stop"))
    streamed = merge_chunks(decode_stream(to_stream(*events), sizes=[3])).choice
    message = {"content": text, "tool_calls": [{"function": {"name": "f", "arguments": text}}]}
    whole = decode_whole({"choices": [{"message": message, "finish_reason": "stop"}]}).choice
    assert streamed.text == whole.text == to_text(text)
    if text and not restates:  # white space around arguments is not passed on
        (streamed_call,), (whole_call,) = streamed.tool_calls, whole.tool_calls
        assert streamed_call.arguments.strip() == whole_call.arguments.strip()
