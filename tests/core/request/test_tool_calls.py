"""Earlier tool calls in the words of any API, and the ids of calls and results."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.request.tool_calls import to_call_param, with_call_ids


def call(name, id_=None, **arguments):
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}}


def turn(*calls):
    return {"role": "assistant", "content": None, "tool_calls": [*calls]}


def result(id_=None, name=None):
    named = {} if name is None else {"name": name}
    return {"role": "tool", "content": "3", "tool_call_id": id_, **named}


HELLO = {"role": "user", "content": "Hi"}
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


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ('{"a": ', '{"invalid_arguments":"{\\"a\\": "}'),
        ("[1]", '{"invalid_arguments":"[1]"}'),
        ("null", "{}"),
        (' {"a": 1}', ' {"a": 1}'),
        ('{"a": "x\ny"}', '{"a":"x\\ny"}'),
    ],
)
def test_arguments_are_sent_as_the_json_of_an_object(arguments, sent):
    assert to_call_param({"name": "f", "arguments": arguments})["function"]["arguments"] == sent


def test_arguments_that_json_cannot_hold_are_refused():
    with pytest.raises(InvalidRequestError, match="call of f cannot be written as JSON"):
        to_call_param({"name": "f", "args": {"a": object()}})


def test_fields_that_a_model_wants_back_are_sent():
    signed = {"extra_content": {"google": {"thought_signature": "s"}}}
    call = {"id": "1", "index": 0, "status": "done", "function": ADD, **signed}
    assert to_call_param(call) == {"id": "1", "type": "function", "function": ADD, **signed}


@pytest.mark.parametrize("given", [{}, {"id": "1"}, {"function": {}}, {"name": 3}], ids=str)
def test_an_entry_without_a_name_is_not_a_call(given):
    assert to_call_param(given) is None


def ids(messages):
    """The ids of calls and results, in order."""
    found = []
    for message in with_call_ids(messages):
        found += [entry["id"] for entry in message.get("tool_calls") or ()]
        if message["role"] == "tool":
            found.append(message["tool_call_id"])
    return found


HISTORIES = {
    "by name": ([turn(call("add")), result(name="add")], ["add", "add"]),
    "by place": ([turn(call("add")), result()], ["add", "add"]),
    "two calls of one tool": (
        [turn(call("add"), call("add")), result(), result(name="add")],
        ["add", "add_2", "add", "add_2"],
    ),
    "results in another order": (
        [turn(call("add"), call("now")), result(name="now"), result(name="add")],
        ["add", "now", "now", "add"],
    ),
    "the same tool in a later turn": (
        [turn(call("add")), result(), HELLO, turn(call("add")), result(name="add")],
        ["add", "add", "add_2", "add_2"],
    ),
    "an id that is taken by a later call": (
        [turn(call("add")), result(), turn(call("add", "add")), result("add")],
        ["add_2", "add_2", "add", "add"],
    ),
    "a call without, its result with an id": (
        [turn(call("add"), call("now", "2")), result("1"), result("2")],
        ["1", "2", "1", "2"],
    ),
    "ids of results in the order of the calls": (
        [turn(call("add"), call("now")), result("b"), result("a")],
        ["b", "a", "b", "a"],
    ),
    "a call with, its result without an id": (
        [turn(call("add", "1"), call("now", "2")), result(), result("2")],
        ["1", "2", "1", "2"],
    ),
    "a call that already has its result": (
        [turn(call("add", "1"), call("add", "2")), result("1"), result(name="add")],
        ["1", "2", "1", "2"],
    ),
    "a result of an unknown call": (
        [result("9"), turn(call("add")), result()],
        ["9", "add", "add"],
    ),
    "an empty id": ([turn(call("add", "")), result("")], ["add", "add"]),
    "a call without a name": (
        [turn({"type": "custom", "custom": {"name": "x"}}), result()],
        ["call", "call"],
    ),
}


@pytest.mark.parametrize(("messages", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_each_result_names_its_call(messages, expected):
    before = copy.deepcopy(messages)
    assert ids([HELLO, *messages]) == expected
    assert messages == before


def test_the_ids_of_a_history_stay_as_it_grows():
    history = [turn(call("add"), call("add")), result(), result()]
    longer = [*history, HELLO, turn(call("add")), result()]
    assert ids(longer)[: len(ids(history))] == ids(history)


WHOLE = {
    "no calls": [HELLO],
    "ids everywhere": [turn(call("add", "1")), result("1")],
    "a result without its call": [result("1")],
    "calls that are not a list": [{"role": "assistant", "content": "Hi", "tool_calls": "x"}],
    "calls that are not mappings": [{"role": "assistant", "content": "Hi", "tool_calls": ["x"]}],
}


@pytest.mark.parametrize("messages", WHOLE.values(), ids=WHOLE)
def test_messages_with_their_ids_are_left_as_they_are(messages):
    assert with_call_ids(messages) is messages


@pytest.mark.parametrize(
    "messages",
    [
        [HELLO, result()],
        [turn(call("add", "1")), result(name="now")],
        [turn(call("add")), result(), result()],
    ],
    ids=["without a call", "without a call of this name", "a second result"],
)
def test_a_result_without_id_and_call_is_refused(messages):
    place = len(messages) - 1
    with pytest.raises(
        InvalidRequestError, match=rf"`messages\[{place}\]` is the result of a tool call"
    ):
        with_call_ids(messages)
