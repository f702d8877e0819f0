"""Events that report an error, or only look so, among the chunks of a stream."""

import json

import pytest
from outcomes import ONE
from replies import decode_stream, decode_whole, to_stream
from reply_fields import END, delta

from weryai_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditsError,
    ProtocolError,
    RateLimitError,
    ServerError,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder

OPENROUTER = {
    "code": 429,
    "message": "Provider returned error",
    "metadata": {"raw": "glm is temporarily rate-limited upstream", "provider_name": "BaseTen"},
}
# An event that is no chunk -> its class, whether it is retryable, and words of its message.
EVENTS = {
    "vLLM": (
        {"object": "error", "message": "CUDA out of memory"},
        ServerError,
        True,
        "CUDA out of memory",
    ),
    "FastChat": (
        {"text": "NETWORK ERROR DUE TO HIGH TRAFFIC.", "error_code": 50001},
        ServerError,
        True,
        "HIGH TRAFFIC",
    ),
    "FastChat, too long": (
        {"text": "This model's maximum context length is 2048 tokens.", "error_code": 40303},
        ContextOverflowError,
        False,
        "maximum context length",
    ),
    "a code": ({"code": 1007, "msg": "queue full"}, RateLimitError, True, "queue full"),
    "no success": ({"success": False, "message": "no such thing"}, APIError, False, "no such"),
    "a status": ({"status": "error"}, ServerError, True, "code error"),
    "a type": ({"type": "error", "message": "Unauthorized"}, AuthenticationError, False, "Unauth"),
    "Anthropic": (
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ServerError,
        True,
        "Overloaded",
    ),
    "Google": (
        [{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}],
        ServerError,
        True,
        "overloaded",
    ),
    "FastAPI": ({"detail": "余额不足"}, InsufficientCreditsError, False, "余额不足"),
    "null choices": (
        {"choices": None, "message": "no such thing"},
        APIError,
        False,
        "no such thing",
    ),
    "a text alone": ({"message": "the server is busy"}, ServerError, True, "busy"),
    "an unknown object": ({"notice": {"level": "fatal"}}, ProtocolError, True, "no `choices`"),
    "next to a choice": (
        {"error": OPENROUTER, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]},
        RateLimitError,
        True,
        "temporarily rate-limited upstream; Provider: BaseTen",
    ),
    "in a choice": (
        {"choices": [{"delta": {"content": ""}, "error": OPENROUTER, "finish_reason": "error"}]},
        RateLimitError,
        True,
        "temporarily rate-limited upstream",
    ),
    "in a choice without a reason": (
        {"choices": [{"delta": {}, "error": {"code": 502, "message": "x"}}]},
        ServerError,
        True,
        "code 502: x",
    ),
}
ROWS = [pytest.param(*row, id=name) for name, row in EVENTS.items()]


@pytest.mark.parametrize(("event", "error_class", "is_retryable", "words"), ROWS)
@pytest.mark.parametrize("done", [True, False], ids=["DONE", "no DONE"])
def test_an_event_that_reports_an_error_is_the_error_of_the_stream(
    event, error_class, is_retryable, words, done
):
    text = json.dumps(event)
    for before in ([], [delta("The dose is "), delta("10")]):
        with pytest.raises(error_class) as caught:
            decode_stream(to_stream(*before, text, done=done), ONE)
        assert type(caught.value) is error_class
        assert caught.value.is_retryable is is_retryable
        assert words in str(caught.value)
        partial = caught.value.partial
        assert (partial.text if partial else "") == ("The dose is 10" if before else "")


@pytest.mark.parametrize(("event", "error_class", "is_retryable", "words"), ROWS)
def test_the_same_object_as_a_whole_reply_is_the_same_error(
    event, error_class, is_retryable, words
):
    with pytest.raises(error_class) as caught:
        decode_whole(json.dumps(event).encode(), ONE)
    assert type(caught.value) is error_class
    assert caught.value.is_retryable is is_retryable
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ping"},
        {"choices": []},
        {"choices": [], "prompt_filter_results": []},
        {"status": "completed"},
        {"message": "Searching the web"},
        {"unknown": 1},
    ],
    ids=json.dumps,
)
def test_other_events_do_not_harm_a_complete_stream(event):
    for done in (True, False):
        chunks = decode_stream(to_stream(event, delta("a"), event, END, event, done=done))
        assert merge_chunks(chunks).text == "a"


def test_a_keep_alive_does_not_harm_a_stream_that_ends_with_done_only():
    chunks = decode_stream(to_stream({"type": "ping"}, delta("a"), {"type": "ping"}))
    assert merge_chunks(chunks).text == "a"


def test_what_comes_with_an_error_is_part_of_the_partial_answer():
    event = {**delta("10 mg"), "error": {"code": 500, "message": "x"}}
    with pytest.raises(ServerError) as caught:
        decode_stream(to_stream(delta("The dose is "), event))
    assert caught.value.partial.text == "The dose is 10 mg"
    whole = {"choices": [{"message": {"content": "The dose"}, "error": {"code": 500}}]}
    with pytest.raises(ServerError) as caught:
        decode_whole(whole)
    assert caught.value.partial.text == "The dose"


@pytest.mark.parametrize(
    ("data", "error_class", "words"),
    [
        ("data: Rate limit exceeded", RateLimitError, "Rate limit exceeded"),
        ("event: error\ndata: Rate limit exceeded", RateLimitError, "Rate limit exceeded"),
        ("event: error\ndata: boom", APIError, "boom"),
        ("data: boom", ProtocolError, "not a JSON object: 'boom'"),
        ('data: "Rate limit exceeded"', RateLimitError, "Rate limit exceeded"),
        ('data: "boom"', ProtocolError, "not a JSON object: 'boom'"),
        ('data: {"event": "error", "data": "boom"}', APIError, "boom"),
    ],
)
def test_an_event_that_is_not_json_keeps_its_words(data, error_class, words):
    body = to_stream(delta("a"), done=False) + f"{data}\n\n".encode()
    with pytest.raises(error_class, match=words) as caught:
        decode_stream(body)
    assert type(caught.value) is error_class
    assert caught.value.partial.text == "a"


# What stands next to a choice that brings nothing -> class, words.
NEXT_TO_NOTHING = {
    "WeryAI's": ({"status": 1007, "desc": "Too many requests"}, RateLimitError, "Too many"),
    "FastChat's": ({"error_code": 50001, "text": "CUDA out of memory"}, ServerError, "CUDA"),
    "a code": ({"code": 1007, "msg": "queue full"}, RateLimitError, "queue full"),
    "a name": ({"code": "rate_limit_exceeded", "message": "slow"}, RateLimitError, "slow"),
    "no success": ({"success": False, "message": "no such thing"}, APIError, "no such thing"),
    "FastAPI's": ({"detail": "余额不足"}, InsufficientCreditsError, "余额不足"),
    "errors": ({"errors": [{"message": "the server is busy"}]}, ServerError, "busy"),
    "vLLM's": ({"object": "error", "message": "CUDA out of memory"}, ServerError, "CUDA"),
    "MiniMax's": (
        {"base_resp": {"status_code": 1027, "status_msg": "x"}},
        ContentFilterError,
        "code 1027: x",
    ),
    "Spark's": (
        {"header": {"code": 11202, "message": "licc limit"}},
        RateLimitError,
        "code 11202: licc limit",
    ),
    "Apigee's": ({"fault": {"faultstring": "Rate limit quota"}}, RateLimitError, "Rate limit"),
}


@pytest.mark.parametrize(
    ("fields", "error_class", "words"), NEXT_TO_NOTHING.values(), ids=NEXT_TO_NOTHING
)
def test_an_error_next_to_a_choice_that_brings_nothing_decides(fields, error_class, words):
    empty = {"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}
    last = {"choices": [{"index": 0, "delta": {"content": ""}}], **fields}
    for body in (
        json.dumps({"choices": [empty], **fields}).encode(),
        json.dumps({"choices": None, **fields}).encode(),
        to_stream(delta("The dose is 10"), last),
        to_stream(delta("The dose is 10"), {**fields, "choices": []}),
    ):
        with pytest.raises(error_class) as caught:
            StreamDecoder(ONE).read_whole(body)
        assert type(caught.value) is error_class
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "event",
    [
        {"status": 202},
        {"status": 102},
        {"code": 201, "message": "created"},
        {"header": {"code": 0, "message": "Success"}},
        {"choices": [{"index": 0, "delta": {}}], "base_resp": {"status_code": 0, "status_msg": ""}},
        {"choices": [{"index": 0, "delta": {"role": "assistant"}}], "status": "in_progress"},
        {"choices": [{"index": 0, "delta": {"content": ""}}], "code": 1, "message": "ok"},
    ],
    ids=json.dumps,
)
def test_an_event_that_reports_progress_is_no_error(event):
    chunk = merge_chunks(decode_stream(to_stream(delta("Hi"), event, END), ONE))
    assert chunk.text == "Hi"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"choices": None},
        {"choices": [{}]},
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [], "code": "rate_limited"},
    ],
    ids=json.dumps,
)
def test_done_completes_an_answer_only_after_nothing_else_went_wrong(event):
    with pytest.raises(WeryAIError) as caught:
        decode_stream(to_stream(delta("The dose is 10"), event), ONE)
    assert caught.value.partial.text == "The dose is 10"
    assert merge_chunks(decode_stream(to_stream(delta("Hi"), event, END), ONE)).text == "Hi"


@pytest.mark.parametrize(
    "event",
    [
        {"choices": [{"index": 0, "delta": {}}]},
        {"choices": [{"index": 0, "delta": {"role": "assistant"}}]},
        {"id": "c", "object": "chat.completion.chunk", "choices": []},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
        {"choices": None, "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
    ],
    ids=json.dumps,
)
def test_done_completes_an_answer_after_chunks_that_say_nothing(event):
    assert merge_chunks(decode_stream(to_stream(delta("Hi"), event), ONE)).text == "Hi"
