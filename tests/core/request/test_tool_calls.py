"""Earlier tool calls in the words of any API."""

import copy
import json

import pytest

from weryai_core import InvalidRequestError
from weryai_core.request.tool_calls import to_call_param, with_readable_calls

ADD = {"name": "add", "arguments": '{"a":1}'}

CALLS = {
    "a chat request's": {"id": "1", "type": "function", "function": ADD},
    "with arguments as an object": {"id": "1", "function": {**ADD, "arguments": {"a": 1}}},
    "OpenAI's of Responses": {"type": "function_call", "id": "fc_9", "call_id": "1", **ADD},
    "LangChain's": {"type": "tool_call", "id": "1", "name": "add", "args": {"a": 1}},
    "LlamaIndex's selection": {"tool_id": "1", "tool_name": "add", "tool_kwargs": {"a": 1}},
    "LlamaIndex's block": {
        "block_type": "tool_call",
        "tool_call_id": "1",
        "tool_name": "add",
        "tool_kwargs": '{"a":1}',
    },
    "Anthropic's": {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 1}},
}


@pytest.mark.parametrize("given", CALLS.values(), ids=CALLS)
def test_a_call_of_any_api_is_read(given):
    before = copy.deepcopy(given)
    assert to_call_param(given) == {"id": "1", "type": "function", "function": ADD}
    assert given == before


def test_a_bare_function_call_has_no_id():
    assert to_call_param(ADD) == {"id": None, "type": "function", "function": ADD}


@pytest.mark.parametrize("arguments", [{}, {"arguments": None}, {"args": {}}, {"input": ""}])
def test_missing_arguments_are_an_empty_object(arguments):
    assert to_call_param({"name": "now", **arguments})["function"]["arguments"] == "{}"


LOOP = {}
LOOP["a"] = LOOP
DEEP = {}
for _ in range(2000):
    DEEP = {"a": DEEP}

ARGUMENTS = {
    "truncated": ('{"a": ', '{"invalid_arguments":"{\\"a\\": "}'),
    "a list": ("[1]", '{"invalid_arguments":"[1]"}'),
    "a list that is one": ([1], '{"invalid_arguments":[1]}'),
    "a number": (5, '{"invalid_arguments":5}'),
    "null": ("null", "{}"),
    "JSON": (' {"a": 1}', ' {"a": 1}'),
    "a line break": ('{"a": "x\ny"}', '{"a":"x\\ny"}'),
    "bytes": (b'{"a":1}', '{"a":1}'),
    "bytes that are no text": (b'{"a":"\xff"}', '{"a":"\ufffd"}'),
    "half a surrogate pair": ({"a": ["x\ud83d"]}, '{"a":["x\ufffd"]}'),
    "half a surrogate pair in a text": ('{"a": "x\ud83d"}', '{"a":"x\ufffd"}'),
    "half a surrogate pair in a name": ({"\ude00": 1}, '{"\ufffd":1}'),
    "both halves": ({"a": "\ud83d\ude00"}, '{"a":"\U0001f600"}'),
    "NaN": ({"a": float("nan")}, '{"a":"NaN"}'),
    "NaN in a text": ('{"a": NaN, "b": -Infinity}', '{"a":"NaN","b":"-Infinity"}'),
    "the word NaN": ('{"a":"NaN"}', '{"a":"NaN"}'),
    "a nested text": ('"{\\"a\\": 1}"', '{"a":1}'),
}


@pytest.mark.parametrize(("arguments", "sent"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_are_sent_as_the_json_of_an_object(arguments, sent):
    call = {"type": "function", "id": "1", "function": {"name": "f", "arguments": arguments}}
    assert to_call_param({"name": "f", "args": arguments})["function"]["arguments"] == sent
    [message] = with_readable_calls([{"role": "assistant", "tool_calls": [call]}])
    assert message["tool_calls"][0]["function"]["arguments"] == sent


@pytest.mark.parametrize(
    "arguments",
    [{"a": object()}, LOOP, {"a": {"b": {1, object()}}}, DEEP],
    ids=["object", "loop", "set", "deep"],
)
def test_arguments_that_json_cannot_hold_are_refused(arguments):
    call = {"id": "1", "function": {"name": "f", "arguments": arguments}}
    for read in (
        lambda: to_call_param({"name": "f", "args": arguments}),
        lambda: with_readable_calls([{"role": "assistant", "tool_calls": [call]}]),
    ):
        with pytest.raises(InvalidRequestError, match="call of f cannot be written as JSON"):
            read()


def test_fields_that_a_model_wants_back_are_sent():
    signed = {"extra_content": {"google": {"thought_signature": "s"}}}
    call = {"id": "1", "index": 0, "status": "done", "function": ADD, **signed}
    assert to_call_param(call) == {"id": "1", "type": "function", "function": ADD, **signed}


@pytest.mark.parametrize("given", [{}, {"function": {}}, {"name": 3}, {"name": {}}], ids=str)
def test_a_call_without_a_name_is_one_with_an_empty_name(given):
    function = {"name": "", "arguments": "{}"}
    assert to_call_param(given) == {"id": None, "type": "function", "function": function}


FLAT = {"id": "1", "name": "add", "args": {"a": 1}}
CALL = {"id": "1", "type": "function", "function": ADD}
TURNS = {
    "OpenAI's": ([CALL], [CALL]),
    "with fields of its own": ([{**CALL, "index": 0}], [{**CALL, "index": 0}]),
    "without a type": ([{"id": "1", "function": ADD}], [CALL]),
    "name and arguments at the top": ([FLAT], [CALL]),
    "a custom tool's": (
        [{"id": "1", "type": "custom", "custom": {"name": "run", "input": "ls"}}],
        [
            {
                "id": "1",
                "type": "function",
                "function": {"name": "run", "arguments": '{"invalid_arguments":"ls"}'},
            }
        ],
    ),
    "an entry that is not a call": (["x", CALL], [CALL]),
    "JSON text": (json.dumps([FLAT]), [CALL]),
}


@pytest.mark.parametrize(("given", "sent"), TURNS.values(), ids=TURNS)
def test_calls_of_a_request_are_sent_in_one_form(given, sent):
    turn = {"role": "assistant", "content": None, "tool_calls": given}
    before = copy.deepcopy(turn)
    assert with_readable_calls([turn]) == [{**turn, "tool_calls": sent}]
    assert turn == before


@pytest.mark.parametrize("calls", [[], None, "", "[]", "null"], ids=repr)
def test_no_calls_are_not_sent(calls):
    turn = {"role": "assistant", "content": "Hi", "tool_calls": calls}
    assert with_readable_calls([turn]) == [{"role": "assistant", "content": "Hi"}]


@pytest.mark.parametrize("calls", ["x", ["x"]], ids=repr)
def test_calls_that_are_none_are_left_as_they_are(calls):
    turn = {"role": "assistant", "content": "Hi", "tool_calls": calls}
    assert with_readable_calls([turn]) == [turn]
