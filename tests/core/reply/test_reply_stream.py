"""The steps that every reply takes, whole or streamed: calls in the text, the required call."""

import json
import re
from dataclasses import replace

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import ProtocolError, ToolCallError, Usage, merge_chunks
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

CALL = '<tool_call>{"name": "get_weather", "arguments": {}}</tool_call>'
ENTRY = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
REQUIRED = ReplyOptions(requires_call=True)
PROMPTED = ReplyOptions(reads_calls_from_text=True)
PROMPTED_AND_REQUIRED = ReplyOptions(reads_calls_from_text=True, requires_call=True)


def read(message, finish_reason, options):
    """The answer in a whole reply with this message; a stream must come to the same answer."""
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    whole = outcome_of(lambda: decode_whole({"choices": [choice], "usage": USAGE}, options))
    deltas = [{**message, "content": sign} for sign in message.get("content") or ""]
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas or [message]]
    events.append({"choices": [{"delta": {}, "finish_reason": finish_reason}]})
    events.append({"choices": [], "usage": USAGE})
    body = to_stream(*events)
    streamed = outcome_of(lambda: merge_chunks(decode_stream(body, options)))
    assert shown(whole) == shown(streamed)
    if isinstance(whole, ToolCallError):
        raise whole
    return whole


def outcome_of(decode):
    try:
        return decode()
    except ToolCallError as error:
        return error


def shown(outcome):
    """What an outcome is, apart from what differs for good reasons: ids, raw JSON, `is_last`."""
    if isinstance(outcome, ToolCallError):
        return str(outcome), shown(outcome.partial), outcome.status_code
    text = repr(replace(outcome, raw={}, is_last=True))
    return re.sub(r"call_[0-9a-f]{22,}", "call_", text)


def test_an_answer_without_the_required_call_is_an_error_that_carries_the_answer():
    with pytest.raises(ToolCallError) as caught:
        read({"content": "Sunny."}, "stop", REQUIRED)
    assert str(caught.value) == (
        "The request requires a tool call (`tool_choice`), but the answer has none: 'Sunny.'. The "
        'model or the gateway may not know `tools`: tool_calling="prompted" puts them into the '
        "prompt."
    )
    answer = caught.value.partial
    assert (answer.text, answer.choice.finish_reason) == ("Sunny.", "stop")
    assert answer.usage == Usage(1, 2, 3, raw=USAGE)
    assert caught.value.status_code == 200


def test_the_error_shows_the_answer_in_part():
    with pytest.raises(ToolCallError, match=r"has none: 'x{200}\.\.\.'\. The"):
        read({"content": "x" * 300}, "stop", REQUIRED)


@pytest.mark.parametrize("text", [None, "H"])
def test_a_refusal_needs_no_call(text):
    choice = read({"content": text, "refusal": "I will not."}, "stop", REQUIRED).choice
    assert (choice.text, choice.refusal) == (text or "", "I will not.")


def test_a_refusal_is_an_error_that_quotes_it_if_the_request_says_so():
    options = replace(REQUIRED, refuses_refusals=True)
    with pytest.raises(ToolCallError) as caught:
        read({"content": None, "refusal": "I will not."}, "stop", options)
    assert str(caught.value) == (
        "The request requires a tool call (`tool_choice`), but the model refused: 'I will not.'. "
        "Rephrase the request, or use another model."
    )
    assert caught.value.partial.choice.refusal == "I will not."


def test_an_answer_without_the_call_that_the_prompt_requires_is_an_error():
    with pytest.raises(ToolCallError, match="does not follow the instructions in the") as caught:
        read({"content": "Sunny."}, "stop", PROMPTED_AND_REQUIRED)
    assert caught.value.partial.text == "Sunny."


ENDS = {
    "length": "the answer was truncated (finish reason 'length'): 'Sun'. Raise `max_tokens`.",
    "MAX_TOKENS": "the answer was truncated (finish reason 'MAX_TOKENS')",
    "content_filter": "the answer was blocked (finish reason 'content_filter'): 'Sun'. Rephrase",
    "SAFETY": "the answer was blocked (finish reason 'SAFETY')",
}


@pytest.mark.parametrize(("reason", "words"), ENDS.items())
def test_an_answer_that_ended_before_the_required_call_is_an_error_that_says_why(reason, words):
    with pytest.raises(ToolCallError) as caught:
        read({"content": "Sun"}, reason, REQUIRED)
    assert words in str(caught.value)
    assert not caught.value.is_retryable
    assert caught.value.partial.text == "Sun"
    options = replace(REQUIRED, check_content_filter=False)
    with pytest.raises(ToolCallError, match=r"the answer was \w+ .*: ''"):
        read({"content": None}, reason, options)
    refusal = {"content": None, "refusal": "I will not."}
    assert read(refusal, reason, REQUIRED).choice.refusal == "I will not."
    with pytest.raises(ToolCallError, match="the model refused: 'I will not"):
        read(refusal, reason, replace(REQUIRED, refuses_refusals=True))


def test_a_call_that_was_not_forced_is_required_where_it_is_the_answer():
    asked = replace(REQUIRED, answer_tools=["get_weather"]).without_forced_call()
    with pytest.raises(ToolCallError, match="The model rejects a forced call") as caught:
        read({"content": "Sunny."}, "stop", asked)
    assert caught.value.is_retryable
    assert read({"content": "Sunny."}, "stop", REQUIRED.without_forced_call()).text == "Sunny."


def test_an_answer_needs_no_call_if_none_is_required():
    assert read({"content": "Sunny."}, "stop", ReplyOptions()).text == "Sunny."


@pytest.mark.parametrize("reason", ["tool_calls", "stop"])
def test_a_native_call_meets_the_requirement(reason):
    [call] = read({"content": None, "tool_calls": [ENTRY]}, reason, REQUIRED).choice.tool_calls
    assert (call.id, call.name, call.arguments) == ("1", "get_weather", "{}")


@pytest.mark.parametrize("options", [PROMPTED, PROMPTED_AND_REQUIRED], ids=["free", "required"])
def test_a_call_in_the_text_is_read(options):
    answer = read({"content": f"Wait.\n{CALL}"}, "stop", options)
    [call] = answer.choice.tool_calls
    assert (call.index, call.name, call.arguments) == (0, "get_weather", "{}")
    assert (answer.text, answer.choice.finish_reason) == ("Wait.", "tool_calls")
    assert answer.usage == Usage(1, 2, 3, raw=USAGE)
    assert answer.is_last


def test_a_call_in_the_text_stays_text_if_the_tools_were_not_in_the_prompt():
    answer = read({"content": CALL}, "stop", ReplyOptions())
    assert (answer.text, answer.choice.tool_calls) == (CALL, ())


def test_citations_keep_their_places_when_calls_leave_the_text():
    text = f"Look.\n{CALL}\nIt is sunny."
    place = {"start_index": text.index("sunny"), "end_index": len(text)}
    annotations = [{"url": "https://a.example", **place}]
    events = [
        {"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]},
        {"choices": [{"delta": {"annotations": annotations}}]},
    ]
    message = {"content": text, "annotations": annotations}
    for answer in (
        decode_whole({"choices": [{"message": message}]}, PROMPTED),
        merge_chunks(decode_stream(to_stream(*events), PROMPTED)),
    ):
        [citation] = answer.choice.citations
        assert answer.text[citation.start_index : citation.end_index] == "sunny."


def test_a_stream_that_only_begins_is_an_error():
    role = {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}
    with pytest.raises(ProtocolError, match="is empty, and it has no finish reason"):
        decode_stream(to_stream(role), REQUIRED)


COST = {"cost": 0.01, "cost_details": {"upstream_inference_cost": None}, "is_byok": False}


def test_fields_next_to_the_choices_are_kept_whole_and_streamed():
    fields = {"provider": "Anthropic", "service_tier": "default", "usage": {**USAGE, **COST}}
    choice = {"message": {"content": "Hi"}, "finish_reason": "stop"}
    whole = decode_whole({"object": "chat.completion", "choices": [choice], **fields})
    events = [
        {"choices": [{"delta": {"content": "H"}}], "provider": "Anthropic", "obfuscation": "x"},
        {"choices": [{"delta": {"content": "i"}}], "service_tier": None},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "service_tier": "default"},
        {"choices": [], "usage": fields["usage"]},
    ]
    chunks = decode_stream(to_stream(*events))
    assert whole.metadata == {"provider": "Anthropic", "service_tier": "default"}
    assert [chunk.metadata for chunk in chunks] == [{}, {}, {}, whole.metadata]
    assert merge_chunks(chunks).metadata == whole.metadata
    assert whole.usage == chunks[-1].usage
    assert whole.usage.raw == {**USAGE, **COST}


@pytest.mark.parametrize(
    "named", [{}, {"model": None}, {"model": ""}, {"model": " "}, {"model": 7}]
)
def test_a_reply_without_a_model_is_named_after_the_requested_one(named):
    options = ReplyOptions("GPT_4O")
    choice = {"message": {"content": "Hi"}, "finish_reason": "stop"}
    assert decode_whole({"choices": [choice], **named}, options).model == "GPT_4O"
    pieces = [{"content": "H"}, {"content": "i"}]
    events = [{"choices": [{"delta": piece}], **named} for piece in pieces]
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}], **named}
    chunks = decode_stream(to_stream(*events, end), options)
    assert {chunk.model for chunk in chunks} == {"GPT_4O"}


def test_the_name_that_the_service_gives_wins():
    options = ReplyOptions("GPT_4O")
    choice = {"message": {"content": "Hi"}, "finish_reason": "stop"}
    assert decode_whole({"choices": [choice], "model": "gpt-4o"}, options).model == "gpt-4o"
    end = {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}], "model": "gpt-4o"}
    late = {"choices": [], "model": ""}
    assert decode_stream(to_stream(end, late), options)[-1].model == "gpt-4o"


def piece(text="", reason=None, index=0, **fields):
    delta = {"content": text, **fields}
    return {"index": index, "delta": delta, "finish_reason": reason}


CALL_PIECE = {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}

PARTS = (("Hi", None), ("", "stop"))

# The number of choices requested, the pieces that have come, whether more is unlikely.
ENDS = {
    "no finish reason": (1, [piece("Hi")], False),
    "a finish reason": (1, [piece("Hi"), piece(reason="stop")], True),
    "with the last of several pieces": (1, [piece("H"), piece("i", "stop")], True),
    "repeated without a text": (1, [piece("Hi"), *[piece(reason="stop")] * 2], True),
    "a call": (1, [piece(**CALL_PIECE), piece(reason="tool_calls")], True),
    "blocked": (1, [piece(reason="content_filter")], True),
    "before the answer": (1, [piece(reason="stop")], False),
    "before the answer, after reasoning": (
        1,
        [piece(reasoning_content="Hm."), piece(reason="stop")],
        False,
    ),
    "before the answer, which has begun": (1, [piece(reason="stop"), piece("H")], False),
    "with the only piece so far": (1, [piece("Hi", "stop")], True),
    "with each piece": (1, [piece("H", "stop"), piece("i", "stop")], False),
    "in the middle": (1, [piece("H"), piece(reason="stop"), piece("i")], False),
    "two of three": (
        3,
        [piece(text, reason, index) for index in (0, 1) for text, reason in PARTS],
        False,
    ),
    "three of three": (
        3,
        [piece(text, reason, index) for index in (0, 1, 2) for text, reason in PARTS],
        True,
    ),
}


@pytest.mark.parametrize(("count", "pieces", "has_ended"), ENDS.values(), ids=ENDS)
def test_an_answer_has_ended_once_all_choices_have_and_none_went_on(count, pieces, has_ended):
    decoder = StreamDecoder(ReplyOptions(has_one_choice=count == 1, choice_count=count))
    for entry in pieces:
        list(decoder.feed(b"data: %b\n\n" % json.dumps({"choices": [entry]}).encode()))
    assert decoder.is_answered == has_ended
