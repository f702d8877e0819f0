"""When a stream is complete, and what the error of a cut or failed one holds."""

import json
import re

import pytest
from replies import decode_stream, decode_whole, to_stream
from reply_fields import END, FIELDS, RAW_USAGE, USAGE, delta

from weryai_core import (
    APIError,
    AuthenticationError,
    Choice,
    Chunk,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditsError,
    ProtocolError,
    RateLimitError,
    ReplyTooLargeError,
    ServerError,
    StreamError,
    ToolCallDelta,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.secrets.redact import Secrets

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
    with pytest.raises(ReplyTooLargeError, match="over 16,777,216 bytes") as caught:
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
        decode_stream(body, secrets=Secrets("secret-0123456789"))
    error = caught.value
    assert not re.search("secret-0123456789", f"{error!r} {error.response.text} {vars(error)}")
