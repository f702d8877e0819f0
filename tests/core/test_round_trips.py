"""Any reply that the decoder lets through is read alike however it is cut, and can be sent back."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from replies import cut
from strange_replies import (
    KEYS,
    TOOLS,
    answers,
    bodies,
    bounded,
    check_messages,
    messages,
    streams,
    to_body,
    to_events,
    to_stream,
)

from weryai_core import InvalidRequestError, ToolCallError, WeryAIError, merge_chunks
from weryai_core.reply.decode import StreamDecoder
from weryai_core.request.options import split_options
from weryai_core.request.prepare import encode, prepare

HELLO = {"role": "user", "content": "Hello"}


def prepared(key, *messages):
    parameters, options = split_options(
        {"model": key, "messages": [HELLO, *messages], "tools": TOOLS}
    )
    return prepare(parameters, options)


REPLY_OPTIONS = prepared("GPT_4O").reply_options


def decode(body, size=None):
    """The merged answer, or the error."""
    decoder = StreamDecoder(REPLY_OPTIONS)
    try:
        chunks = [chunk for piece in cut(body, size) for chunk in decoder.feed(piece)]
        return merge_chunks([*chunks, *decoder.close()])
    except WeryAIError as error:
        return error


def send_back(key, answer):
    """The body of the next request: the answer as a message, with a result for each call."""
    choice = answer.choice
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
            **call.extra,
        }
        for call in choice.tool_calls
    ]
    message = {"role": "assistant", "content": choice.text or choice.refusal or None}
    if calls:
        message["tool_calls"] = calls
    if choice.reasoning:
        message["reasoning_content"] = choice.reasoning
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "Sunny"} for call in calls]
    end = [] if results else [{"role": "user", "content": "Go on"}]
    request = prepared(key, message, *results, *end)
    return json.loads(encode(request.body, stream=False))


def shown(answer):
    """What must not depend on how an answer came."""
    if isinstance(answer, WeryAIError):
        return type(answer), answer.message
    choice = answer.choice
    # White space before the arguments is not streamed.
    calls = [(call.name, call.arguments.lstrip(), dict(call.extra)) for call in choice.tool_calls]
    return choice.text, choice.reasoning, choice.refusal, calls, choice.finish_reason


@bounded(120)
@given(bodies, st.sampled_from(KEYS))
def test_a_whole_reply_that_is_let_through_can_be_sent_back(body, key):
    answer = decode(json.dumps(body).encode())
    if not isinstance(answer, WeryAIError):
        check_messages(send_back(key, answer))


@bounded(120)
@given(streams, st.sampled_from(KEYS), st.sampled_from([1, 3, 11, None]))
def test_a_stream_that_is_let_through_can_be_sent_back(events, key, size):
    answer = decode(to_stream(events), size)
    if not isinstance(answer, WeryAIError):
        check_messages(send_back(key, answer))


@bounded(100)
@given(streams)
def test_a_stream_is_read_alike_however_its_bytes_are_cut(events):
    body = to_stream(events)
    assert shown(decode(body, 1)) == shown(decode(body, 7)) == shown(decode(body))


@bounded(100)
@given(answers())
def test_a_streamed_answer_is_the_whole_one(answer):
    message, deltas, finish_reason = answer
    whole = decode(to_body(message, finish_reason))
    streamed = decode(to_events(deltas, finish_reason))
    if isinstance(whole, WeryAIError):
        # Calls that cannot be read or have no name are an error rather than the answer.
        assert type(streamed) is type(whole) is ToolCallError
        return
    assert shown(streamed) == shown(whole)


@bounded(100)
@given(answers())
def test_the_same_answer_is_sent_back_the_same_way(answer):
    message, _, finish_reason = answer
    whole = decode(to_body(message, finish_reason))
    if not isinstance(whole, WeryAIError):
        for key in ("KIMI_K2_5", "CLAUDE_SONNET_4_6"):
            assert send_back(key, whole) == send_back(key, whole)


@bounded(100)
@given(st.lists(messages, max_size=4), st.sampled_from(KEYS))
def test_messages_of_any_shape_are_sent_or_refused(messages, key):
    turns = [{"role": "assistant", **message} for message in messages if isinstance(message, dict)]
    with suppress(InvalidRequestError):
        encode(prepared(key, *turns, HELLO).body, stream=False).decode()
