"""Success is an answer that holds something: failed and empty answers, whole and streamed."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditsError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

ONE = ReplyOptions(has_one_choice=True)
UNCHECKED = ReplyOptions(check_content_filter=False)


def delta(text, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
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
    "a status": ({"status": "error"}, APIError, False, "code error"),
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


def outcomes(message, reason, options=ONE, **more):
    """The chunk or the error of a whole reply and of a stream, with this message and reason."""
    choice = {"index": 0, "finish_reason": reason, **more}
    whole = {"choices": [{**choice, "message": message}]}
    events = [{"choices": [{"index": 0, "delta": message}]}, {"choices": [{**choice, "delta": {}}]}]
    found = []
    for decode in (
        lambda: decode_whole(whole, options),
        lambda: merge_chunks(decode_stream(to_stream(*events), options)),
    ):
        try:
            found.append(decode())
        except WeryAIError as error:
            found.append(error)
    return found


def error_of(message, reason, error_class, **more):
    """The error of both a whole reply and a stream, which must be alike."""
    whole, streamed = outcomes(message, reason, **more)
    assert type(whole) is type(streamed) is error_class
    assert (str(whole), whole.code) == (str(streamed), streamed.code)
    assert whole.is_retryable is streamed.is_retryable
    assert whole.partial.choice == streamed.partial.choice
    assert whole.partial.choice.finish_reason == reason
    return whole


def answer_of(message, reason, **more):
    """The choice of both a whole reply and a stream, which must be alike."""
    whole, streamed = outcomes(message, reason, **more)
    assert whole.choice == streamed.choice
    return whole.choice


@pytest.mark.parametrize("text", ["The dose is 10", ""], ids=["text", "empty"])
@pytest.mark.parametrize(
    "reason",
    [
        *("error", "insufficient_system_resource", "abort", "network_error"),
        *("MALFORMED_FUNCTION_CALL", "malformed_function_call", "UNEXPECTED_TOOL_CALL"),
    ],
)
def test_an_answer_that_failed_is_a_retryable_error_that_holds_it(reason, text):
    error = error_of({"content": text}, reason, ServerError)
    assert error.is_retryable
    assert error.code == reason
    assert f"finish reason {reason!r}" in str(error)
    assert error.partial.text == text


def test_a_failed_answer_has_the_class_that_its_reason_names():
    assert error_of({"content": "a"}, "rate_limit_exceeded", RateLimitError).is_retryable


@pytest.mark.parametrize("reason", ["OTHER", "other", "unknown", "FINISH_REASON_UNSPECIFIED"])
def test_an_unclear_reason_is_an_error_only_of_an_empty_answer(reason):
    assert error_of({"content": ""}, reason, ServerError).is_retryable
    choice = answer_of({"content": "The dose is 10."}, reason)
    assert (choice.text, choice.finish_reason) == ("The dose is 10.", reason)


BLOCKS = ("content_filter", "SAFETY", "PROHIBITED_CONTENT", "RECITATION", "sensitive", "refusal")


@pytest.mark.parametrize("reason", BLOCKS)
def test_a_blocked_answer_is_an_error_if_it_is_empty(reason):
    error = error_of({"content": None}, reason, ContentFilterError)
    assert not error.is_retryable
    assert "check_content_filter=False" in str(error)
    error_of({"content": " \n", "reasoning_content": "Hm"}, reason, ContentFilterError)
    choice = answer_of({"content": "The dose"}, reason)
    assert (choice.text, choice.finish_reason) == ("The dose", reason)
    refused = answer_of({"content": None, "refusal": "I will not."}, reason)
    assert refused.refusal == "I will not."


@pytest.mark.parametrize("reason", BLOCKS)
def test_a_setting_returns_blocked_answers_as_they_are(reason):
    choice = answer_of({"content": ""}, reason, options=UNCHECKED)
    assert (choice.text, choice.finish_reason) == ("", reason)


@pytest.mark.parametrize("reason", ["stop", "STOP", "end_turn", "length"])
def test_an_empty_answer_with_a_usual_reason_stays_an_empty_answer(reason):
    for message in ({"role": "assistant", "content": ""}, {"role": "assistant"}, {}):
        choice = answer_of(message, reason)
        assert (choice.text, choice.finish_reason) == ("", reason)


def test_an_answer_of_reasoning_alone_needs_a_finish_reason():
    assert answer_of({"reasoning_content": "Hm"}, "stop").reasoning == "Hm"
    for error in outcomes({"reasoning_content": "Hm"}, None):
        assert type(error) is ProtocolError


@pytest.mark.parametrize("reason", ["tool_calls", "TOOL_USE", "function_call"])
@pytest.mark.parametrize("message", [{"content": ""}, {"content": None, "reasoning_content": "Hm"}])
def test_an_answer_that_ends_for_its_tool_call_has_one(message, reason):
    for error in outcomes(message, reason):
        assert type(error) is ServerError
        assert error.is_retryable
        assert "no tool call and no text" in str(error)


@pytest.mark.parametrize("reason", ["null", "None", "", " NULL "])
def test_the_text_null_is_not_a_finish_reason(reason):
    """DashScope sends it with each chunk."""
    events = [delta("The dose", finish_reason=reason), delta(" is 10", finish_reason=reason)]
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(*events, done=False), ONE)
    assert caught.value.partial.text == "The dose is 10"
    chunk = merge_chunks(decode_stream(to_stream(*events, END, done=False), ONE))
    assert (chunk.text, chunk.choice.finish_reason) == ("The dose is 10", "stop")


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


def test_a_failure_after_a_usual_finish_reason_is_an_error():
    failed = {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}
    with pytest.raises(ServerError) as caught:
        decode_stream(to_stream(delta("The dose is 10"), END, failed), ONE)
    assert caught.value.partial.text == "The dose is 10"


@pytest.mark.parametrize(
    "choices",
    [
        [{}],
        [{"index": 0}],
        [{"message": None}],
        [{"message": None, "finish_reason": "stop"}],
        [{"message": None, "finish_reason": "length"}],
        [{"finish_reason": "stop"}],
        [{"message": {}}],
        [{"message": {"role": "assistant", "content": None}}],
        [{"message": {"content": ""}, "finish_reason": None}],
    ],
    ids=json.dumps,
)
def test_a_whole_reply_without_an_answer_is_an_error(choices):
    with pytest.raises(ProtocolError) as caught:
        decode_whole({"choices": choices}, ONE)
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    "choices",
    [
        [{}],
        [{"index": 0}],
        [{"delta": None}],
        [{"delta": None, "finish_reason": "stop"}],
        [{"finish_reason": "stop"}],
        [{"delta": {"role": "assistant", "content": ""}}],
    ],
    ids=json.dumps,
)
def test_a_stream_of_empty_chunks_is_an_error(choices):
    with pytest.raises(ProtocolError) as caught:
        decode_stream(to_stream({"choices": choices}), ONE)
    assert caught.value.is_retryable


def test_an_error_of_the_envelope_explains_an_empty_choice():
    with pytest.raises(RateLimitError):
        decode_whole({"status": 1001, "message": "request rate limit", "choices": [{}]})


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ({"content": [{"type": "hologram", "data": "x"}]}, "`content` of the types 'hologram'"),
        ({"content": [{"type": "image_url"}]}, "`content` of the types 'image_url'"),
        ({"tool_calls": "get_weather"}, "a str `tool_calls`"),
        ({"tool_calls": {"a": 1}}, "a dict `tool_calls`"),
    ],
    ids=json.dumps,
)
def test_a_message_of_an_unknown_shape_is_refused_in_words(message, shape):
    for outcome in outcomes(message, "stop"):
        assert type(outcome) is ProtocolError
        assert f"its message holds {shape}" in str(outcome)


def test_one_good_choice_of_several_is_enough():
    choices = [
        {"index": 0, "message": {"content": ""}, "finish_reason": "content_filter"},
        {"index": 1, "message": {"content": "b"}, "finish_reason": "stop"},
    ]
    assert [choice.text for choice in decode_whole({"choices": choices}).choices] == ["", "b"]
    events = [
        {"choices": [{"index": 1, "delta": {"content": "b"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]},
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
    ]
    chunk = merge_chunks(decode_stream(to_stream(*events)))
    assert [choice.text for choice in chunk.choices] == ["", "b"]


def test_the_reason_of_the_upstream_counts_where_it_tells_more():
    native = {"native_finish_reason": "MALFORMED_FUNCTION_CALL"}
    for outcome in outcomes({"content": ""}, "stop", **native):
        assert outcome.code == "MALFORMED_FUNCTION_CALL"
    for outcome in outcomes({"content": "a"}, "stop", native_finish_reason="completed"):
        assert outcome.choice.finish_reason == "stop"
    for outcome in outcomes({"content": "a"}, None, native_finish_reason="STOP"):
        assert outcome.choice.finish_reason == "STOP"


def test_a_stream_whose_chunks_are_numbered_in_index_is_one_choice():
    texts = ["The ", "dose ", "is ", "10."]
    events = [
        {"choices": [{"index": number, "delta": {"content": text}}]}
        for number, text in enumerate(texts)
    ]
    events.append({"choices": [{"index": 4, "delta": {}, "finish_reason": "stop"}]})
    chunk = merge_chunks(decode_stream(to_stream(*events), ONE))
    assert [(choice.index, choice.text) for choice in chunk.choices] == [(0, "The dose is 10.")]


TEXT_SHAPES = {
    "text of a delta": lambda text: {"delta": {"type": "text_delta", "text": text}},
    "parts of a delta": lambda text: {"delta": {"parts": [{"text": text}]}},
    "a list of values": lambda text: {
        "delta": {"content": [{"type": "text", "text": [{"value": text}]}]}
    },
    "text of a choice": lambda text: {"text": text},
    "content of a choice": lambda text: {"content": text},
    "a text": lambda text: {"delta": text},
    "one part": lambda text: {"delta": {"content": {"type": "text", "text": text}}},
    "parts with values": lambda text: {
        "delta": {"content": [{"type": "text", "text": {"value": text, "annotations": []}}]}
    },
}


@pytest.mark.parametrize("shape", TEXT_SHAPES.values(), ids=TEXT_SHAPES)
def test_texts_of_other_shapes_are_read_in_streams(shape):
    events = [{"choices": [{"index": 0, **shape(text)}]} for text in ("Hel", "lo", "!")]
    events.append({"choices": [{"index": 0, "finish_reason": "stop"}]})
    assert merge_chunks(decode_stream(to_stream(*events), ONE)).text == "Hello!"


CALLS = {
    "one call": {"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}},
    "by number": {"0": {"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}},
    "flat": [{"id": "a", "name": "f", "arguments": '{"x":1}'}],
    "Anthropic's": [{"id": "a", "type": "tool_use", "name": "f", "input": {"x": 1}}],
    "parameters": [{"id": "a", "function": {"name": "f", "parameters": {"x": 1}}}],
}


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
def test_tool_calls_of_other_shapes_are_read(calls):
    choice = answer_of({"content": None, "tool_calls": calls}, "tool_calls")
    [call] = choice.tool_calls
    assert (call.id, call.name, json.loads(call.arguments)) == ("a", "f", {"x": 1})


PNG = "data:image/png;base64,iVBORw0KGgo="
IMAGES = {
    "OpenRouter": ({"images": [{"type": "image_url", "image_url": {"url": PNG}}]}, PNG),
    "addresses": ({"images": ["https://a.example/b.png"]}, "https://a.example/b.png"),
    "base64": ({"images": [{"b64_json": "iVBORw0KGgo="}]}, PNG),
    "a part": ({"content": [{"type": "image_url", "image_url": {"url": PNG}}]}, PNG),
    "a flat part": ({"content": [{"type": "output_image", "image_url": PNG}]}, PNG),
    "Anthropic": (
        {
            "content": [
                {
                    "type": "image",
                    "source": {
                        "type": "base64",
                        "media_type": "image/png",
                        "data": "iVBORw0KGgo=",
                    },
                }
            ]
        },
        PNG,
    ),
    "Google": (
        {"content": [{"inline_data": {"mime_type": "image/png", "data": "iVBORw0KGgo="}}]},
        PNG,
    ),
}


@pytest.mark.parametrize(("message", "image"), IMAGES.values(), ids=IMAGES)
def test_images_are_kept(message, image):
    choice = answer_of(message, "stop")
    assert (choice.images, choice.text) == ((image,), "")


def test_an_image_that_is_repeated_counts_once():
    image = {"images": [{"image_url": {"url": PNG}}]}
    events = [{"choices": [{"index": 0, "delta": {"content": "Here: ", **image}}]}] * 2
    chunks = decode_stream(to_stream(*events, END), ONE)
    assert [chunk.choice.images for chunk in chunks] == [(PNG,), (), (), ()]
    assert merge_chunks(chunks).choice.images == (PNG,)


def test_a_whole_reply_may_be_an_event_stream():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    body = to_stream(delta("Hel"), delta("lo"), {**END, "usage": usage})
    for start in (b"", b"\xef\xbb\xbf", b": hello\n\n", b"event: message\n"):
        chunk = StreamDecoder(ONE).read_whole(start + body)
        assert (chunk.text, chunk.choice.finish_reason, chunk.is_last) == ("Hello", "stop", True)
        assert chunk.usage.total_tokens == 3


def test_an_event_stream_that_is_cut_is_an_error_of_a_whole_reply():
    with pytest.raises(StreamError) as caught:
        StreamDecoder(ONE).read_whole(to_stream(delta("Hel"), done=False))
    assert caught.value.partial.text == "Hel"


@pytest.mark.parametrize("size", [1, 3, None])
def test_the_last_event_needs_no_empty_line_if_it_is_whole(size):
    body = to_stream(delta("a"), done=False) + b'data: {"error":{"code":429,"message":"x"}}'
    with pytest.raises(RateLimitError):
        decode_stream(body, sizes=[size])
    assert merge_chunks(decode_stream(to_stream(delta("a"), END)[:-2], sizes=[size])).text == "a"
    with pytest.raises(StreamError):
        decode_stream(body[:-5], sizes=[size])


REASONS = ("stop", "length", "tool_calls", "content_filter", "error", "OTHER", None)
messages = st.fixed_dictionaries(
    {"role": st.just("assistant")},
    optional={
        "content": st.none()
        | st.sampled_from(["", " ", "Hi"])
        | st.just([{"type": "text", "text": "Hi"}]),
        "refusal": st.sampled_from([None, "No"]),
        "reasoning_content": st.sampled_from(["", "Hm"]),
        "tool_calls": st.just([{"id": "a", "function": {"name": "f", "arguments": "{}"}}]),
        "images": st.just([PNG]),
    },
)


@given(messages, st.sampled_from(REASONS), st.booleans())
def test_an_answer_is_judged_alike_whole_and_streamed(message, reason, checked):
    options = replace(ONE, check_content_filter=checked)
    whole, streamed = outcomes(message, reason, options)
    if isinstance(whole, WeryAIError):
        assert (type(streamed), str(streamed)) == (type(whole), str(whole))
    else:
        assert streamed.choice == whole.choice
        spoken = whole.text.strip() or whole.choice.refusal or whole.choice.images
        assert spoken or whole.choice.tool_calls or whole.choice.reasoning or reason


FUNCTION = {"name": "f", "arguments": '{"a":1}'}
# Ways in which services write the call of `f`.
CALL_SHAPES = [
    {"toolCalls": [{"id": "t", "function": FUNCTION}]},
    {"tool_call": {"id": "t", "function": FUNCTION}},
    {"tool_calls": [{"id": "t", "functionCall": {"name": "f", "args": {"a": 1}}}]},
    {"tool_calls": [{"id": "t", "tool": "f", "args": {"a": 1}}]},
    {"tool_calls": [{"id": "t", "function": {"tool_name": "f", "arguments": '{"a":1}'}}]},
    {"content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}]},
    {"content": [{"type": "tool_call", "id": "t", "name": "f", "args": {"a": 1}}]},
    {"content": [{"type": "tool-call", "toolCallId": "t", "toolName": "f", "args": {"a": 1}}]},
    {"content": [{"type": "function_call", "call_id": "t", "name": "f", "arguments": '{"a":1}'}]},
    {"content": [{"functionCall": {"id": "t", "name": "f", "args": {"a": 1}}}]},
    {"content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}}]},
    {"content": {"functionCall": {"id": "t", "name": "f", "args": {"a": 1}}}},
]


@pytest.mark.parametrize("message", CALL_SHAPES, ids=json.dumps)
def test_a_call_is_read_in_any_shape(message):
    choice = answer_of({"role": "assistant", "content": None, **message}, "tool_calls")
    [call] = choice.tool_calls
    assert (call.id, call.name, call.arguments, choice.text) == ("t", "f", '{"a":1}', "")


def test_calls_next_to_text_in_the_content_are_read():
    parts = [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "u", "name": "g", "input": {}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "x"}},
    ]
    choice = answer_of({"content": parts}, "tool_use")
    assert choice.text == "Let me see."
    assert [(call.id, call.name) for call in choice.tool_calls] == [("t", "f"), ("u", "g")]


@pytest.mark.parametrize("refusal", ["no", {"message": "no"}, [{"text": "no"}], {"text": "no"}])
def test_a_refusal_is_read_in_any_shape(refusal):
    assert answer_of({"content": None, "refusal": refusal}, "stop").refusal == "no"


def test_white_space_is_part_of_a_refusal_that_has_begun():
    words = ["", " ", "No", " ", " none of that", "\n"]
    events = [{"choices": [{"index": 0, "delta": {"refusal": word}}]} for word in words]
    chunks = decode_stream(to_stream(*events, END), ONE)
    assert merge_chunks(chunks).choice.refusal == "No  none of that\n"
    for nothing in ("", " ", "null", "None", None):
        assert answer_of({"content": "a", "refusal": nothing}, "stop").refusal == ""


def test_more_fields_that_hold_an_answer_are_read():
    assert answer_of({"output": "o"}, "stop").text == "o"
    url = "https://a.example/i.png"
    assert answer_of({"content": None, "image": {"url": url}}, "stop").images == (url,)


@pytest.mark.parametrize("field", [{"verdict": "x"}, {"frames": [{"a": 1}]}, {"video": {"u": 1}}])
def test_a_message_of_unknown_fields_is_an_error(field):
    for error in outcomes({"role": "assistant", "content": None, **field}, "stop"):
        assert type(error) is ProtocolError
        assert f"`{next(iter(field))}`" in str(error)


@pytest.mark.parametrize(
    "fields", [{"annotations": [{"a": 1}]}, {"name": "m"}, {"provider_specific_fields": {"a": 1}}]
)
def test_an_empty_answer_may_have_fields_that_are_no_answer(fields):
    assert answer_of({"content": "", **fields}, "stop").text == ""


def test_two_deltas_of_one_choice_in_a_chunk_are_joined():
    both = {"choices": [{"index": 0, "delta": {"content": text}} for text in "ab"]}
    for options in (ONE, ReplyOptions()):
        chunks = decode_stream(to_stream(both, END), options)
        assert chunks[0].text == merge_chunks(chunks).text == "ab"


@pytest.mark.parametrize("last", [{}, {"delta": None}, {"delta": {}}])
def test_the_whole_message_after_its_deltas_is_ignored(last):
    message = {"role": "assistant", "content": "Hello"}
    end = {"choices": [{"index": 0, "message": message, "finish_reason": "stop", **last}]}
    assert merge_chunks(decode_stream(to_stream(delta("Hel"), delta("lo"), end), ONE)).text == (
        "Hello"
    )
    assert merge_chunks(decode_stream(to_stream(end), ONE)).text == "Hello"


def test_a_stream_may_name_its_deltas_messages():
    events = [{"choices": [{"index": 0, "message": {"content": text}}]} for text in ("a", "b")]
    assert merge_chunks(decode_stream(to_stream(*events, END), ONE)).text == "ab"


def test_calls_that_only_the_whole_message_after_the_deltas_has_are_read():
    message = {"content": "Hi", "tool_calls": [{"id": "t", "function": FUNCTION}]}
    end = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    choice = merge_chunks(decode_stream(to_stream(delta("Hi"), end), ONE)).choice
    assert (choice.text, [call.name for call in choice.tool_calls]) == ("Hi", ["f"])
