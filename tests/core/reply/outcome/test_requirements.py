"""Complete answers that lack what their request requires: readable calls, JSON, a field."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import StructuredOutputError, ToolCallError, merge_chunks
from weryai_core.reply_options import ReplyOptions


def schema(**others):
    return {
        "title": "D",
        "type": "object",
        "properties": {"title": {"type": "string"}, "score": {"type": "integer"}},
        **others,
    }


TEXT = ReplyOptions(expects_json=True, answer_schema=schema(), checks_answer=True)
CALL = ReplyOptions(
    tools={"D": schema(), "Box_int_": schema(), "other": schema()},
    tool_names={"Box_int_": "Box[int]"},
    answer_tools=["D", "Box[int]", "not offered"],
)
REFUSED = {
    "an error": '{"error": "cannot"}',
    "names in another case": '{"Title": "x"}',
    "another name": '{"answer": "x"}',
    "a message": '{"message": "x", "status": "failed"}',
    "a wrapped error": '{"D": {"error": "cannot"}}',
}
KEPT = {
    "an answer": '{"title": "x"}',
    "an answer and more": '{"title": "x", "error": "y"}',
    "an empty object": "{}",
}


# Answers to a schema that are no object.
UNREAD = {
    "words": ("I cannot.", "stop", r"it is not JSON \(.*\. The answer is 'I cannot\.'\.$"),
    "nothing": (None, "stop", "it is not JSON"),
    "a list": ('[{"error": 1}]', "stop", "it is not a JSON object"),
    "a number": ("5", "stop", "it is not a JSON object"),
    "truncated": (
        '{"title": "can',
        "length",
        r"It was truncated \(finish reason 'length'\)\. Raise",
    ),
    "blocked": (
        '{"title": "can',
        "SAFETY",
        r"It was blocked \(finish reason 'SAFETY'\)\. Rephrase",
    ),
}


def called(arguments, name="D"):
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "1", "function": function}]}


def read(message, options, reason="stop"):
    """The answer in a whole reply; a stream must come to the same answer, or error."""
    choice = {"index": 0, "finish_reason": reason}
    events = [{"choices": [{"index": 0, "delta": message}]}, {"choices": [{**choice, "delta": {}}]}]
    body = {"choices": [{**choice, "message": message}]}
    whole = outcome_of(lambda: decode_whole(body, options))
    streamed = outcome_of(lambda: merge_chunks(decode_stream(to_stream(*events), options)))
    if isinstance(whole, ValueError):
        assert type(whole) is type(streamed)
        assert (str(whole), whole.partial.choice) == (str(streamed), streamed.partial.choice)
        raise whole
    assert streamed.choice == whole.choice
    return whole.choice


def outcome_of(decode):
    try:
        return decode()
    except (StructuredOutputError, ToolCallError) as error:
        return error


@pytest.mark.parametrize(("text", "reason", "words"), UNREAD.values(), ids=UNREAD)
def test_text_that_is_no_object_is_an_error(text, reason, words):
    with pytest.raises(StructuredOutputError, match=words):
        read({"content": text}, TEXT, reason)
    assert read({"content": text}, replace(TEXT, checks_answer=False), reason).text == (text or "")


def test_a_list_may_answer_a_schema_of_lists():
    options = replace(TEXT, answer_schema={"title": "D", "type": "array"})
    assert read({"content": "[1]"}, options).text == "[1]"


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
def test_a_refusal_in_place_of_an_answer_is_an_error_that_quotes_it(reason):
    with pytest.raises(StructuredOutputError, match=r"The model refused: No\.") as caught:
        read({"content": None, "refusal": "No."}, TEXT, reason)
    assert caught.value.partial.choice.refusal == "No."


CHECKED = ReplyOptions(checks_arguments=True, tools={"run": {}})
UNREADABLE = ['{"path": "/home/ann', "Rome, please", "[1]", "5", '{"a": yes}', '{"a": 1 "b": 2}']
ENDS = {
    "stop": (True, "not a JSON object: {!r}. Ask again, or use another"),
    "length": (False, "The answer was truncated (finish reason 'length'). Raise `max_tokens`."),
    "content_filter": (False, "The answer was blocked (finish reason 'content_filter'). Reph"),
}


@pytest.mark.parametrize("arguments", UNREADABLE)
def test_calls_that_cannot_be_run_are_an_error(arguments):
    for reason, (is_retryable, words) in ENDS.items():
        for text in (None, "Let me look."):
            message = {"content": text, **called(arguments, "run")}
            with pytest.raises(ToolCallError) as caught:
                read(message, CHECKED, reason)
            assert words.format(arguments) in str(caught.value)
            assert caught.value.is_retryable is is_retryable
            assert caught.value.partial.choice.tool_calls[0].name == "run"
    assert read(called(arguments, "run"), ReplyOptions()).tool_calls


def test_a_call_that_can_be_run_saves_the_others():
    calls = [
        {"index": number, "id": str(number), "function": {"name": "run", "arguments": arguments}}
        for number, arguments in enumerate(("Rome, please", '{"a": 1}'))
    ]
    assert len(read({"tool_calls": calls}, CHECKED).tool_calls) == 2
    for arguments in ("", "null", "{}", '{"a": "x\ny"}'):
        assert read(called(arguments, "run"), CHECKED).tool_calls


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_an_object_without_a_field_is_an_error(text):
    with pytest.raises(StructuredOutputError, match=r"none of the fields of D, which are score"):
        read({"content": text}, TEXT)
    with pytest.raises(StructuredOutputError, match=r"none of the fields of D, which are score"):
        read(called(text), CALL)


def test_a_repeated_schema_is_an_error_though_it_has_a_title():
    text = json.dumps(schema())
    for message, options in (({"content": text}, TEXT), (called(text), CALL)):
        with pytest.raises(StructuredOutputError, match="it repeats the schema"):
            read(message, options)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_other_answers_are_kept(text):
    assert read({"content": text}, TEXT).text == text
    assert read(called(text), CALL).tool_calls[0].arguments == text


ERROR = '{"error": "cannot"}'
NOT_CHECKED = {
    "without the option": ({"content": ERROR}, ReplyOptions(answer_schema=schema())),
    "text next to a call": (
        {"content": ERROR, **called("{}", "look")},
        replace(TEXT, tools={"look": {}}),
    ),
    "a schema without fields": (
        {"content": ERROR},
        ReplyOptions(answer_schema={"type": "object"}, checks_answer=True),
    ),
    "a call of another tool": (called(ERROR, "other"), CALL),
    "a call of an unknown tool": (called(ERROR, "not offered"), CALL),
    "a field that is required": (
        called(ERROR),
        ReplyOptions(tools={"D": schema(required=["title"])}, answer_tools=["D"]),
    ),
}


@pytest.mark.parametrize(("message", "options"), NOT_CHECKED.values(), ids=NOT_CHECKED)
def test_what_needs_no_field_is_not_checked(message, options):
    assert read(message, options)


def test_a_required_field_is_checked_where_nobody_else_does():
    options = ReplyOptions(
        tools={"D": schema(required=["title"])}, answer_tools=["D"], checks_answer=True
    )
    with pytest.raises(StructuredOutputError, match="none of the fields of D") as caught:
        read(called(ERROR), options)
    assert caught.value.is_retryable
    assert read(called('{"score": 3}'), options).tool_calls


def test_a_tool_is_known_by_the_name_that_the_user_gave():
    with pytest.raises(StructuredOutputError, match=r"schema of Box\[int\]"):
        read(called(ERROR, "Box_int_"), CALL)


def test_the_error_shows_the_answer_in_part_and_carries_it():
    with pytest.raises(StructuredOutputError) as caught:
        read({"content": json.dumps({"x": "y" * 300})}, TEXT)
    assert str(caught.value) == (
        "The answer does not follow the schema of D: it has none of the fields of D, which are "
        f'score, title. The answer is \'{{"x": "{"y" * 193}...\'.'
    )
    assert caught.value.status_code == 200
    assert caught.value.partial.text == json.dumps({"x": "y" * 300})


@given(st.dictionaries(st.sampled_from(["title", "score", "error", "x"]), st.just(3)))
@settings(max_examples=20)  # there are 16
def test_an_object_is_kept_if_it_is_empty_or_has_a_field(value):
    is_kept = not value or bool(value.keys() & {"title", "score"})
    for message, options in (
        ({"content": json.dumps(value)}, TEXT),
        (called(json.dumps(value)), CALL),
    ):
        if is_kept:
            assert read(message, options)
        else:
            with pytest.raises(StructuredOutputError):
                read(message, options)
