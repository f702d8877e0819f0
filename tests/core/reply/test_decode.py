"""Whole replies and streams become chunks; cut streams and errors within a stream are errors."""

import json
import re
from dataclasses import replace

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import (
    APIError,
    AuthenticationError,
    Choice,
    Chunk,
    Citation,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditsError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    ToolCallDelta,
    Usage,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

BOM = b"\xef\xbb\xbf"
HEAD = '"id":"chatcmpl-1","created":1764590000,"model":"GPT_4O","system_fingerprint":"fp_1"'
FIELDS = {
    "id": "chatcmpl-1",
    "created": 1764590000,
    "model": "GPT_4O",
    "system_fingerprint": "fp_1",
}
RAW_USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
USAGE = Usage(5, 7, 12, raw=RAW_USAGE)
CALL = ToolCallDelta(0, "a", "f", '{"x":1}')
LOGPROBS = {
    "content": [{"token": "Hel", "logprob": -0.1}, {"token": "lo", "logprob": -0.2}],
    "refusal": None,
}

# Name -> the choices of the whole reply, the choices of each chunk, the choices of both.
REPLIES = {
    "text": (
        '[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]',
            '[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]',
            '[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]',
            '[{"index":0,"delta":{},"finish_reason":"stop"}]',
        ],
        (Choice(text="Hello", finish_reason="stop"),),
    ),
    "text with the finish reason": (
        '[{"index":0,"message":{"content":"Hello"},"finish_reason":"length"}]',
        ['[{"index":0,"delta":{"content":"Hello"},"finish_reason":"length"}]'],
        (Choice(text="Hello", finish_reason="length"),),
    ),
    "text in several scripts": (
        '[{"index":0,"message":{"content":"Grüße, 你好 🎉\\u2028\u2028"},"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"content":"Grüße, "}}]',
            '[{"index":0,"delta":{"content":"你好 🎉\\u2028\u2028"},"finish_reason":"stop"}]',
        ],
        (Choice(text="Grüße, 你好 🎉\u2028\u2028", finish_reason="stop"),),
    ),
    "refusal": (
        '[{"index":0,"message":{"content":null,"refusal":"I will not"},"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"content":null,"refusal":"I will"}}]',
            '[{"index":0,"delta":{"content":null,"refusal":" not"},"finish_reason":"stop"}]',
        ],
        (Choice(refusal="I will not", finish_reason="stop"),),
    ),
    "reasoning_content": (
        '[{"index":0,"message":{"reasoning_content":"Hm, yes","content":"Yes"},'
        '"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"reasoning_content":"Hm, ","content":null}}]',
            '[{"index":0,"delta":{"reasoning_content":"yes","content":null}}]',
            '[{"index":0,"delta":{"reasoning_content":null,"content":"Yes"}}]',
            '[{"index":0,"delta":{},"finish_reason":"stop"}]',
        ],
        (Choice(text="Yes", reasoning="Hm, yes", finish_reason="stop"),),
    ),
    "reasoning": (
        '[{"index":0,"message":{"reasoning":"Hm, yes","content":"Yes"},"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"reasoning":"Hm, "}}]',
            '[{"index":0,"delta":{"reasoning":"yes"}}]',
            '[{"index":0,"delta":{"content":"Yes"},"finish_reason":"stop"}]',
        ],
        (Choice(text="Yes", reasoning="Hm, yes", finish_reason="stop"),),
    ),
    "content as parts": (
        '[{"index":0,"message":{"content":[{"type":"thinking","thinking":[{"text":"Hm"}]},'
        '{"type":"text","text":"Yes"}]},"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"text":"Hm"}]}]}}]',
            '[{"index":0,"delta":{"content":[{"type":"text","text":"Yes"}]}}]',
            '[{"index":0,"delta":{"content":[]},"finish_reason":"stop"}]',
        ],
        (Choice(text="Yes", reasoning="Hm", finish_reason="stop"),),
    ),
    "tool call": (
        '[{"index":0,"message":{"content":null,"tool_calls":[{"id":"a","type":"function",'
        '"function":{"name":"f","arguments":"{\\"x\\":1}"}}]},"finish_reason":"tool_calls"}]',
        [
            '[{"index":0,"delta":{"content":null,"tool_calls":[{"index":0,"id":"a",'
            '"type":"function","function":{"name":"f","arguments":""}}]}}]',
            '[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"x"}}]}}]',
            '[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\":1}"}}]}}]',
            '[{"index":0,"delta":{},"finish_reason":"tool_calls"}]',
        ],
        (Choice(tool_calls=(CALL,), finish_reason="tool_calls"),),
    ),
    "logprobs": (
        '[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop","logprobs":{"content":['
        '{"token":"Hel","logprob":-0.1},{"token":"lo","logprob":-0.2}],"refusal":null}}]',
        [
            '[{"index":0,"delta":{"content":"Hel"},"logprobs":{"content":['
            '{"token":"Hel","logprob":-0.1}],"refusal":null}}]',
            '[{"index":0,"delta":{"content":"lo"},"logprobs":{"content":['
            '{"token":"lo","logprob":-0.2}],"refusal":null}}]',
            '[{"index":0,"delta":{},"finish_reason":"stop","logprobs":null}]',
        ],
        (Choice(text="Hello", finish_reason="stop", logprobs=LOGPROBS),),
    ),
    "sources of the message": (
        '[{"index":0,"message":{"content":"Yes","annotations":[{"url":"a"},{"url":"b"}]},'
        '"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"content":"Yes","annotations":[{"url":"a"}]}}]',
            '[{"index":0,"delta":{},"finish_reason":"stop"}]',
            '[{"index":0,"delta":{"annotations":[{"url":"b"}]},"finish_reason":null}]',
        ],
        (
            Choice(
                text="Yes",
                finish_reason="stop",
                sources={"annotations": [{"url": "a"}, {"url": "b"}]},
                citations=(
                    Citation("https://a"),
                    Citation("a", source_index=1),
                    Citation("b", source_index=2),
                ),
            ),
        ),
    ),
    "sources of the choice": (
        '[{"index":0,"message":{"content":"Yes"},"groundingMetadata":{"webSearchQueries":["q"]},'
        '"finish_reason":"stop"}]',
        [
            '[{"index":0,"delta":{"content":"Yes"}}]',
            '[{"index":0,"delta":{},"groundingMetadata":{"webSearchQueries":["q"]},'
            '"finish_reason":"stop"}]',
        ],
        (
            Choice(
                text="Yes",
                finish_reason="stop",
                sources={"groundingMetadata": {"webSearchQueries": ["q"]}},
            ),
        ),
    ),
    "two choices": (
        '[{"index":0,"message":{"content":"ab"},"finish_reason":"stop"},'
        '{"index":1,"message":{"content":"cd"},"finish_reason":"length"}]',
        [
            '[{"index":1,"delta":{"content":"c"}}]',
            '[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"d"}}]',
            '[{"index":0,"delta":{"content":"b"}}]',
            '[{"index":0,"delta":{},"finish_reason":"stop"}]',
            '[{"index":1,"delta":{},"finish_reason":"length"}]',
        ],
        (
            Choice(0, "ab", finish_reason="stop"),
            Choice(1, "cd", finish_reason="length"),
        ),
    ),
}


# The citations of every reply without sources of its own.
CITED = (Citation("https://a"),)


def cited(choices):
    return tuple(replace(choice, citations=choice.citations or CITED) for choice in choices)


@pytest.mark.parametrize("name", REPLIES)
def test_a_whole_reply_is_one_chunk(name):
    whole, _, choices = REPLIES[name]
    usage = json.dumps(RAW_USAGE)
    body = f'{{{HEAD},"choices":{whole},"usage":{usage},"citations":["https://a"]}}'
    chunk = decode_whole(body.encode())
    assert chunk.raw == json.loads(body)
    assert chunk == Chunk(
        cited(choices),
        **FIELDS,
        usage=USAGE,
        sources={"citations": ["https://a"]},
        is_last=True,
        raw=chunk.raw,
    )


@pytest.mark.parametrize("name", REPLIES)
def test_a_merged_stream_equals_the_whole_reply(name):
    _, pieces, choices = REPLIES[name]
    chunks = [f'{{{HEAD},"choices":{piece}}}' for piece in pieces]
    usage = f'{{{HEAD},"choices":[],"usage":{json.dumps(RAW_USAGE)},"citations":["https://a"]}}'
    merged = merge_chunks(decode_stream(to_stream(*chunks, usage)))
    assert merged == Chunk(
        cited(choices),
        **FIELDS,
        usage=USAGE,
        sources={"citations": ["https://a"]},
        is_last=True,
    )


def delta(text, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def test_a_chunk_that_carries_nothing_is_not_yielded():
    role = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
    chunks = decode_stream(to_stream(role, {"choices": []}, delta("a"), "", END))
    assert [(chunk.text, chunk.choice.finish_reason, chunk.is_last) for chunk in chunks] == [
        ("a", None, False),
        ("", "stop", False),
        ("", None, True),
    ]


def test_each_chunk_has_its_json_object():
    first, last, closing = decode_stream(to_stream(delta("a"), END))
    assert first.raw == delta("a")
    assert last.raw == END
    assert closing.raw == {}


@pytest.mark.parametrize(
    "events",
    [
        [delta("a"), {**END, "usage": RAW_USAGE}],
        [{**delta("a"), "usage": RAW_USAGE}, {**END, "usage": RAW_USAGE}],
        [{**delta("a"), "usage": None}, END, {"choices": [], "usage": RAW_USAGE}],
        [delta("a"), END, {"choices": [], "usage": RAW_USAGE}, {"choices": [], "usage": None}],
        [delta("a"), END, {"usage": RAW_USAGE}],
        [
            {**delta("a"), "usage": {"prompt_tokens": 5, "completion_tokens": 1}},
            {**END, "usage": {**RAW_USAGE, "prompt_tokens": None}},
        ],
    ],
    ids=["with the end", "on each chunk", "null before", "null after", "alone", "growing"],
)
def test_usage_is_on_the_last_chunk_only_and_counted_once(events):
    chunks = decode_stream(to_stream(*events))
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].usage == USAGE
    assert chunks[-1].is_last


def test_sources_are_on_the_last_chunk_only_and_complete():
    early = {**delta("a"), "citations": ["x"]}
    early["choices"][0]["annotations"] = [1]
    late = {"choices": [{"index": 0, "delta": {"annotations": [2]}}], "citations": ["y"]}
    chunks = decode_stream(to_stream(early, END, late))
    assert [(chunk.sources, chunk.choice.sources) for chunk in chunks[:-1]] == [({}, {})] * 2
    assert chunks[-1].sources == {"citations": ["x", "y"]}
    assert chunks[-1].choice.sources == {"annotations": [1, 2]}


def test_a_repeated_finish_reason_is_yielded_once():
    late = delta("!", finish_reason="stop")
    chunks = decode_stream(to_stream(delta("a"), END, END, late))
    assert [(chunk.text, chunk.choice.finish_reason) for chunk in chunks] == [
        ("a", None),
        ("", "stop"),
        ("!", None),
        ("", None),
    ]
    assert merge_chunks(chunks).choice == Choice(text="a!", finish_reason="stop")


@pytest.mark.parametrize("start", [b"", BOM, b"\n\n", b": keep-alive\n\n", b"retry: 5\n\n"])
def test_a_stream_may_begin_with_comments_and_end_its_lines_in_three_ways(start):
    for newline in (b"\n", b"\r\n", b"\r"):
        body = (start + to_stream(delta("a"), END)).replace(b"\n", newline)
        assert merge_chunks(decode_stream(body)).choice == Choice(text="a", finish_reason="stop")


def test_a_stream_needs_no_space_after_the_colon():
    body = to_stream(delta("a"), END).replace(b"data: ", b"data:")
    assert merge_chunks(decode_stream(body)).text == "a"


def test_an_event_may_have_several_data_lines():
    body = (
        b'data: {"choices":\ndata: [{"delta":{"content":"a"},\ndata: "finish_reason":"stop"}]}\n\n'
    )
    assert merge_chunks(decode_stream(body)).choice == Choice(text="a", finish_reason="stop")


@pytest.mark.parametrize("start", [b"", BOM, b"\n \t"], ids=["bare", "BOM", "space"])
def test_a_stream_answered_by_one_document_is_one_chunk(start):
    body = b'{"id":"c","choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}'
    (chunk,) = decode_stream(start + body)
    assert (chunk.text, chunk.choice.finish_reason, chunk.id) == ("Hello", "stop", "c")
    assert chunk.is_last


@pytest.mark.parametrize(
    ("body", "error_class"),
    [
        (b'{"status":1001,"message":"request rate limit exceeded"}', RateLimitError),
        (b'{"error":{"message":"Bad key","code":"invalid_api_key"}}', AuthenticationError),
        (b'{"status":0,"desc":"success","data":null}', ProtocolError),
        (b"<html><body>Bad gateway</body></html>", ProtocolError),
        (b'{"choices":[{"message":{"con', ProtocolError),
        (b"[]", ProtocolError),
        (b"", ProtocolError),
        (b" \n", ProtocolError),
        (BOM, ProtocolError),
    ],
)
def test_a_body_that_is_not_a_completion_is_its_error(body, error_class):
    with pytest.raises(error_class) as caught:
        decode_stream(body, headers={"x-request-id": "req-1"})
    assert type(caught.value) is error_class
    assert caught.value.request_id == "req-1"
    assert caught.value.partial is None


@pytest.mark.parametrize(
    "body",
    [b": hello\n\n", b"data: [DONE]\n\n", b"event: ping\ndata:\n\n"],
)
def test_a_stream_without_an_answer_is_an_error(body):
    with pytest.raises(ProtocolError) as caught:
        decode_stream(body)
    assert str(caught.value) == "The stream held no answer."
    assert caught.value.is_retryable
    assert caught.value.partial is None


@pytest.mark.parametrize(
    "event",
    ['{"status":0,"desc":"success","data":null}', '{"id":"c","choices":[]}', '{"choices":null}'],
)
def test_a_stream_whose_events_hold_no_choice_is_an_error(event):
    with pytest.raises(ProtocolError):
        decode_stream(to_stream(event))


def test_a_whole_reply_may_begin_with_a_byte_order_mark():
    assert decode_whole(BOM + b'{"choices":[{"message":{"content":"a"}}]}').text == "a"


# Streams that end too soon, and the text that had arrived.
CUT_STREAMS = {
    "after text": ([delta("Hel"), delta("lo")], "Hello"),
    "after a null finish reason": ([delta("Hello", finish_reason=None)], "Hello"),
    "after an empty finish reason": ([delta("Hello", finish_reason="")], "Hello"),
    "after usage": ([delta("Hello"), {"choices": [], "usage": RAW_USAGE}], "Hello"),
}


@pytest.mark.parametrize(("events", "text"), CUT_STREAMS.values(), ids=CUT_STREAMS)
def test_a_cut_stream_is_an_error_that_holds_what_arrived(events, text):
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(*events, done=False))
    assert str(caught.value) == (
        "The stream ended before the answer did: neither a finish reason nor [DONE] came. "
        "The error's `partial` holds what arrived."
    )
    assert caught.value.partial.text == text
    assert caught.value.is_retryable


def test_a_stream_cut_before_its_first_piece_has_no_partial():
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream({"choices": [{"delta": {"role": "assistant"}}]}, done=False))
    assert caught.value.partial is None


def test_a_stream_cut_within_an_event_is_an_error():
    body = to_stream(delta("a"), done=False) + b'data: {"choices":[{"delta":{"content":"b'
    with pytest.raises(StreamError) as caught:
        decode_stream(body)
    assert caught.value.partial.text == "a"


def test_the_partial_answer_has_all_fields_of_a_chunk():
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x'}}
    event = {
        **FIELDS,
        "choices": [{"delta": {"tool_calls": [call], "annotations": [1]}}],
        "citations": [2],
        "usage": RAW_USAGE,
    }
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(event, done=False))
    choice = Choice(tool_calls=(ToolCallDelta(0, "a", "f", '{"x'),), sources={"annotations": [1]})
    assert caught.value.partial == Chunk(
        (choice,), **FIELDS, usage=USAGE, sources={"citations": [2]}
    )


def test_the_partial_answer_keeps_the_fields_of_the_first_chunk():
    first = {**FIELDS, **delta("Hel")}
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(first, delta("lo"), done=False))
    assert caught.value.partial == Chunk((Choice(text="Hello"),), **FIELDS)


@pytest.mark.parametrize("done", [True, False], ids=["DONE", "finish reason only"])
def test_a_stream_is_complete_with_a_finish_reason_or_done(done):
    events = [delta("a")] if done else [delta("a"), END]
    chunks = decode_stream(to_stream(*events, done=done))
    assert merge_chunks(chunks).text == "a"
    assert chunks[-1].is_last
    assert [chunk.is_last for chunk in chunks].count(True) == 1


def test_a_stream_with_one_of_two_choices_unfinished_is_cut():
    both = {"choices": [{"index": i, "delta": {"content": "ab"[i]}} for i in (0, 1)]}
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(both, END, done=False))
    assert [choice.text for choice in caught.value.partial.choices] == ["a", "b"]


def test_the_closing_chunk_comes_with_done_before_the_bytes_end():
    decoder = StreamDecoder()
    chunks = list(decoder.feed(to_stream(delta("a"))))
    assert [chunk.is_last for chunk in chunks] == [False, True]
    assert decoder.is_done
    assert decoder.is_complete
    assert list(decoder.feed(b'data: {"choices":[{"delta":{"content":"late"}}]}\n\n')) == []
    assert list(decoder.close()) == []


def test_a_stream_is_complete_from_its_finish_reason_on():
    decoder = StreamDecoder()
    assert not decoder.is_complete
    list(decoder.feed(to_stream(delta("a"), done=False)))
    assert not decoder.is_complete
    list(decoder.feed(to_stream(END, done=False)))
    assert decoder.is_complete
    assert not decoder.is_done
    assert [chunk.is_last for chunk in decoder.close()] == [True]


# An event within a stream, and the error that it is.
ERROR_EVENTS = {
    "error object": (
        'data: {"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}',
        RateLimitError,
    ),
    "error text": ('data: {"error":"insufficient balance"}', InsufficientCreditsError),
    "error with choices": (
        'data: {"error":{"code":500,"message":"boom"},"choices":[{"delta":{"content":""},'
        '"finish_reason":"error"}]}',
        ServerError,
    ),
    "envelope": ('data: {"status":1005,"message":"content moderation"}', ContentFilterError),
    "envelope, code as text": ('data: {"status":"1011","msg":"x"}', InsufficientCreditsError),
    "envelope with null choices": ('data: {"status":6004,"desc":"x","choices":null}', ServerError),
    "error event": ('event: error\ndata: {"message":"Unauthorized"}', AuthenticationError),
    "too long": (
        'data: {"error":{"message":"x","code":"context_length_exceeded"}}',
        ContextOverflowError,
    ),
    "error without a class": ('data: {"error":{"message":"boom","type":"odd"}}', APIError),
    "broken JSON": ('data: {"choices":[{"del', ProtocolError),
    "error event that is no JSON": ("event: error\ndata: boom", APIError),
}


@pytest.mark.parametrize(("event", "error_class"), ERROR_EVENTS.values(), ids=ERROR_EVENTS)
def test_an_error_within_a_stream_is_its_class_and_holds_what_arrived(event, error_class):
    body = to_stream(delta("Hel"), delta("lo"), done=False) + f"{event}\n\n".encode()
    with pytest.raises(error_class) as caught:
        decode_stream(body + to_stream(END), headers={"x-request-id": "req-1"})
    assert type(caught.value) is error_class
    assert caught.value.partial.text == "Hello"
    assert caught.value.status_code == 200


def test_an_error_at_the_start_of_a_stream_has_no_partial():
    with pytest.raises(RateLimitError) as caught:
        decode_stream(to_stream({"status": 1001, "message": "request rate limit exceeded"}))
    assert caught.value.partial is None
    assert caught.value.code == 1001


def test_an_event_over_the_limit_is_an_error_that_holds_what_arrived():
    decoder = StreamDecoder()
    list(decoder.feed(to_stream(delta("a"), done=False)))
    with pytest.raises(ProtocolError, match="over 16777216 bytes") as caught:
        list(decoder.feed(b"data: " + b"x" * (16 * 1024 * 1024)))
    assert caught.value.partial.text == "a"


@pytest.mark.parametrize("status", [0, 200, "success", "completed", None])
def test_a_chunk_with_a_status_of_success_is_no_error(status):
    events = [{**delta("a"), "status": status}, {**END, "status": status}, {"status": status}]
    assert merge_chunks(decode_stream(to_stream(*events))).text == "a"


@pytest.mark.parametrize("status", [0, 200, 1001, "failed"])
def test_a_reply_with_choices_is_a_success_whatever_its_status_says(status):
    body = {"status": status, "choices": [{"message": {"content": "a"}}]}
    assert decode_whole(json.dumps(body).encode()).text == "a"


def test_the_key_is_kept_out_of_the_errors_of_a_stream():
    body = to_stream(delta("a"), {"error": {"message": "wrong key secret-0123456789"}})
    with pytest.raises(WeryAIError) as caught:
        decode_stream(body, secrets=["secret-0123456789"])
    error = caught.value
    assert not re.search("secret-0123456789", f"{error!r} {error.response.text} {vars(error)}")


# Choices that are numbered from 1, as some gateways do.
FROM_1 = [
    '{"choices":[{"index":1,"delta":{"content":"Hel"}}]}',
    '{"choices":[{"index":1,"delta":{"content":"lo"}}]}',
    '{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}',
]
CALL_FROM_1 = [
    '{"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"a","function":'
    '{"name":"f","arguments":"{\\"x\\""}}]}}]}',
    '{"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}',
    '{"choices":[{"index":1,"delta":{},"finish_reason":"tool_calls"}]}',
]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (FROM_1, Choice(text="Hello", finish_reason="stop")),
        (CALL_FROM_1, Choice(tool_calls=(CALL,), finish_reason="tool_calls")),
    ],
    ids=["text", "tool call"],
)
def test_the_only_requested_choice_is_number_0(events, expected):
    for done in (True, False):
        chunks = decode_stream(to_stream(*events, done=done), ReplyOptions(has_one_choice=True))
        assert merge_chunks(chunks).choices == (expected,)
        assert chunks[-1].is_last


def test_the_partial_answer_to_one_requested_choice_is_number_0():
    decoder = StreamDecoder(ReplyOptions(has_one_choice=True))
    list(decoder.feed(f"data: {FROM_1[0]}\n\n".encode()))
    assert decoder.partial.choice.text == "Hel"


def test_the_only_requested_choice_has_its_sources():
    found = '{"choices":[{"index":1,"delta":{"content":"","citations":["https://a.test"]}}]}'
    chunks = decode_stream(to_stream(found, *FROM_1), ReplyOptions(has_one_choice=True))
    assert chunks[-1].choice.sources == {"citations": ["https://a.test"]}


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (1, 2)], ids=str)
def test_several_streamed_choices_keep_their_numbers(numbers):
    events = [
        {"choices": [{"index": number, "delta": {"content": f"answer {number}"}}]}
        for number in numbers
    ]
    chunks = decode_stream(to_stream(*events))
    choices = merge_chunks(chunks).choices
    assert {choice.index: choice.text for choice in choices} == {
        number: f"answer {number}" for number in numbers
    }


def test_more_choices_than_requested_are_kept_apart():
    events = [{"choices": [{"index": i, "delta": {"content": "ab"[i]}} for i in (1, 0)]}]
    chunks = decode_stream(to_stream(*events), ReplyOptions(has_one_choice=True))
    choices = merge_chunks(chunks).choices
    assert {choice.index: choice.text for choice in choices} == {0: "b", 1: "a"}


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [([1], ["a"]), ([1, 2], ["a", "b"]), ([1, 0], ["b", "a"]), ([0, 0], ["a", "b"])],
    ids=str,
)
def test_choices_of_a_whole_reply_are_numbered_from_0_in_order(numbers, texts):
    choices = [
        {"index": number, "message": {"content": "ab"[place]}, "finish_reason": "stop"}
        for place, number in enumerate(numbers)
    ]
    found = decode_whole({"choices": choices}, ReplyOptions(has_one_choice=True)).choices
    assert [(choice.index, choice.text) for choice in found] == list(enumerate(texts))


def test_no_frame_of_an_error_in_a_body_holds_the_key():
    key = "sk-0123456789abcdef"

    def fail():
        decoder = StreamDecoder(secrets=[key])
        list(decoder.feed(b"{}"))
        list(decoder.close())

    with pytest.raises(ProtocolError) as caught:
        fail()
    frames = [entry.frame for entry in caught.traceback if "weryai_core" in str(entry.path)]
    assert frames
    for frame in frames:
        assert key not in repr(frame.f_locals)
