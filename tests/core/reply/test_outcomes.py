"""Success is an answer that holds something: failed and empty answers, whole and streamed."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import ONE, PNG, answer_of, error_of, outcomes
from replies import decode_stream, decode_whole, to_stream
from reply_fields import END, delta

from weryai_core import (
    ContentFilterError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply_options import ReplyOptions

UNCHECKED = ReplyOptions(check_content_filter=False)


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
