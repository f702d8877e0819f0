"""What need not change goes through in a quick way, and the result is that of the slow way."""

import json
import re
from array import array
from types import MappingProxyType

import pytest
from any_histories import histories
from hypothesis import given
from hypothesis import strategies as st
from strange_replies import KEYS, bounded, texts

from weryai_core import InvalidRequestError, MessageCountError
from weryai_core.identifiers.orderly import are_orderly
from weryai_core.request.options import split_options
from weryai_core.request.prepare import encode, prepare, with_prepared
from weryai_core.request.stages.known import KnownParameters

HELLO = {"role": "user", "content": "Hello"}
ADD = {"name": "add", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
TOOLS = [{"type": "function", "function": ADD}]


def call(id_="c1", name="add", arguments='{"a":"1"}', **fields):
    function = {"name": name, "arguments": arguments}
    return {"id": id_, "type": "function", "function": function, **fields}


def turn(*calls, content=None, **fields):
    return {"role": "assistant", "content": content, "tool_calls": [*calls], **fields}


def result(id_="c1", content="3", **fields):
    return {"role": "tool", "tool_call_id": id_, "content": content, **fields}


CALLED = [HELLO, turn(call()), result()]
ORDERLY = {
    "texts": [HELLO, {"role": "assistant", "content": "Hi"}],
    "a call and its result": CALLED,
    "several calls": [HELLO, turn(call("a"), call("b")), result("b"), result("a", name="add")],
    "calls at the end": [*CALLED, turn(call("c2"), content="Once more.")],
    "parts": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, *CALLED],
}
OTHERS = {
    "no result": [HELLO, turn(call()), HELLO],
    "half of the results": [HELLO, turn(call("a"), call("b")), result("a")],
    "no call": [HELLO, result()],
    "a second result": [*CALLED, result()],
    "a late result": [HELLO, turn(call()), HELLO, result()],
    "an id again": [*CALLED, turn(call()), result()],
    "one id for two calls": [HELLO, turn(call(), call()), result()],
    "a long id": [HELLO, turn(call("x" * 41)), result("x" * 41)],
    "a signature in the id": [HELLO, turn(call("a__thought__b")), result("a__thought__b")],
    "an unknown name": [HELLO, turn(call(name="sub")), result()],
    "an unknown name of a result": [HELLO, turn(call()), result(name="sub")],
    "arguments that are not JSON": [HELLO, turn(call(arguments="{a: 1}")), result()],
    "arguments with NaN": [HELLO, turn(call(arguments='{"a": NaN}')), result()],
    "arguments in a list": [HELLO, turn(call(arguments="[]")), result()],
    "arguments as an object": [HELLO, turn(call(arguments={"a": 1})), result()],
    "a signature": [HELLO, turn(call(extra_content={"google": {}})), result()],
    "no calls": [HELLO, {"role": "assistant", "content": "Hi", "tool_calls": []}],
    "a speaker's name": [{**HELLO, "name": "Ann Lee"}],
    "an older call": [HELLO, {"role": "assistant", "content": None, "function_call": ADD}],
    "an unknown role": [{"role": "function", "name": "add", "content": "3"}],
}


@pytest.mark.parametrize("messages", ORDERLY.values(), ids=ORDERLY)
def test_these_conversations_are_orderly(messages):
    assert are_orderly(messages, {"add"})


@pytest.mark.parametrize("messages", OTHERS.values(), ids=OTHERS)
def test_these_conversations_are_not_orderly(messages):
    assert not are_orderly(messages, {"add"})


def read(prepared):
    """All that a prepared request says."""
    options = prepared.reply_options
    return prepared, options.tools, encode(prepared.body, stream=True)


def plain(prepared):
    messages = [dict(message) for message in prepared.body["messages"]]
    return {**prepared.body, "messages": messages}, prepared.reply_options, prepared.warnings


def in_slow_way(request):
    """The request with messages that are no dicts, so that nothing is taken for plain."""
    messages = [*map(MappingProxyType, request["messages"])]
    return prepare(*split_options({**request, "messages": messages}))


odd_turns = st.sampled_from(
    [
        *([*OTHERS.values()]),
        [{"role": "assistant", "content": "<think>Hm.</think>Hi"}],
        [{"role": "assistant", "content": " \u200b"}],
        [turn(call("c9"), content=""), result("c9", content=" ")],
        [result("c8", content='{"type":"image","data":"iVBORw0KGgoAAAANSUhEUg","mimeType":"a/b"}')],
    ]
)
plain_turns = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system"]), "content": texts}
    ),
    min_size=1,
)


@st.composite
def conversations(draw):
    """Conversations of all kinds, in most of which there is little to change."""
    messages = draw(histories() | plain_turns) or [HELLO]
    if draw(st.booleans()):  # ids that fit, and texts that begin with a letter
        messages = json.loads(re.sub(r"<([a-z]\d+)>", r"\1", json.dumps(messages)))
    return [*messages, *draw(st.just([]) | odd_turns)]


@bounded(100)
@given(
    conversations(),
    st.sampled_from(KEYS),
    st.sampled_from([{}, {"tools": TOOLS}, {"tools": TOOLS, "tool_calling": "prompted"}]),
    st.sampled_from(["auto", True, False]),
)
def test_the_quick_way_gives_what_the_slow_way_gives(messages, model, parameters, echo):
    request = {"model": model, "messages": messages, "echo_reasoning": echo, **parameters}
    assert plain(prepare(*split_options(request))) == plain(in_slow_way(request))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, "", "a", b"a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)
PARAMETERS = st.fixed_dictionaries(
    {"model": st.sampled_from(KEYS)},
    optional={
        "user": VALUES,
        "temperature": st.sampled_from([0, 1, 1.0]),
        "tools": st.just(TOOLS) | st.just([{"type": "function", "function": {"name": "a.b"}}]),
        "extra_body": st.dictionaries(st.sampled_from("ab"), VALUES),
        "web_search": st.booleans(),
        "echo_reasoning": st.sampled_from(["auto", True]),
        "response_format": st.just({"type": "json_object"}),
    },
)


@bounded(60)
@given(st.lists(PARAMETERS, min_size=2, max_size=6))
def test_parameters_that_are_known_give_the_same_request(requests):
    known = KnownParameters()
    for parameters in [*requests, *requests]:
        request = {**parameters, "messages": [HELLO]}
        ready = with_prepared(*known.prepare(request))
        assert read(ready) == read(prepare(*split_options(request)))


def test_known_parameters_do_not_follow_what_the_caller_changes_later():
    known, stop = KnownParameters(), ["a"]
    request = {"model": "GPT_4O", "messages": [HELLO], "stop": stop}
    known.prepare(request)
    stop.append("b")
    for expected in (["a"], ["a", "b"]):
        given_now = {**request, "stop": [*expected]}
        assert with_prepared(*known.prepare(given_now)).body["stop"] == expected
    assert with_prepared(*known.prepare(request)).body["stop"] == ["a", "b"]


def test_the_messages_of_known_parameters_are_checked():
    known = KnownParameters()
    request = {"model": "GPT_4O", "messages": [HELLO]}
    known.prepare(request)
    with pytest.raises(MessageCountError, match="`messages` is empty"):
        known.prepare({**request, "messages": []})


def test_few_parameters_are_known_and_no_large_ones():
    known = KnownParameters()
    for seed in range(40):
        known.prepare({"model": "GPT_4O", "messages": [HELLO], "seed": seed})
    known.prepare({"model": "GPT_4O", "messages": [HELLO], "user": "x" * 300_000})
    known.prepare({"model": "GPT_4O", "messages": [HELLO], "extra_body": {"messages": [HELLO]}})
    assert [ready.body["seed"] for ready in known._known.values()] == [*range(24, 40)]


@pytest.mark.parametrize("value", [array("d", [0.5]), bytearray(b"a"), b"a", {1}])
def test_parameters_that_are_more_than_json_are_not_known(value):
    known = KnownParameters()
    request = {"model": "GPT_4O", "messages": [HELLO], "extra_body": {"x": value}}
    ready = with_prepared(*known.prepare(request))
    assert ready.body["x"] is value
    assert known._known == {}


def test_a_number_of_numpy_is_sent_as_a_number():
    numpy = pytest.importorskip("numpy")
    request = {"model": "GPT_4O", "messages": [HELLO], "temperature": numpy.float64(0.5)}
    ready = with_prepared(*KnownParameters().prepare(request))
    assert json.loads(encode(ready.body, stream=False))["temperature"] == 0.5


def test_parameters_that_contain_themselves_are_refused():
    circle = {}
    circle["circle"] = circle
    request = {"model": "GPT_4O", "messages": [HELLO], "extra_body": {"x": circle}}
    ready = with_prepared(*KnownParameters().prepare(request))
    with pytest.raises(InvalidRequestError, match="Circular reference"):
        encode(ready.body, stream=False, are_finite=ready.are_finite)
