"""Whole replies and streams become chunks."""

import json
from dataclasses import replace

import pytest
from replies import decode_stream, decode_whole, to_stream
from reply_fields import CALL, END, FIELDS, RAW_USAGE, USAGE, delta

from weryai_core import (
    AuthenticationError,
    Choice,
    Chunk,
    Citation,
    ProtocolError,
    RateLimitError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.secrets.redact import Secrets

BOM = b"\xef\xbb\xbf"
HEAD = '"id":"chatcmpl-1","created":1764590000,"model":"GPT_4O","system_fingerprint":"fp_1"'
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


def test_no_frame_of_an_error_in_a_body_holds_the_key():
    key = "sk-0123456789abcdef"

    def fail():
        decoder = StreamDecoder(secrets=Secrets(key))
        list(decoder.feed(b"{}"))
        list(decoder.close())

    with pytest.raises(ProtocolError) as caught:
        fail()
    frames = [entry.frame for entry in caught.traceback if "weryai_core" in str(entry.path)]
    assert frames
    for frame in frames:
        assert key not in repr(frame.f_locals)
