"""The ids of calls and results: unique, fitting, the same each time."""

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.identifiers.call_ids import with_call_ids

HELLO = {"role": "user", "content": "Hi"}
MADE_UP_ID = re.compile(r"call_[0-9a-f]{24}")
FITTING_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
LONG = "x" * 41
KIMI_ID = "functions.get_weather:0"


def call(name, id_=None, **arguments):
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}}


def turn(*calls):
    return {"role": "assistant", "content": None, "tool_calls": [*calls]}


def result(id_=None, name=None):
    named = {} if name is None else {"name": name}
    return {"role": "tool", "content": "3", "tool_call_id": id_, **named}


def sent_ids(messages, model=""):
    """The ids of calls and results, in order."""
    found = []
    for message in with_call_ids(messages, model):
        found += [entry["id"] for entry in message.get("tool_calls") or ()]
        if message["role"] == "tool":
            found.append(message["tool_call_id"])
    return found


def ids(messages, model=""):
    """The ids of calls and results; "#1", "#2" ... for generated ones."""
    made_up = []
    found = []
    for id_ in sent_ids(messages, model):
        if MADE_UP_ID.fullmatch(id_):
            made_up += [] if id_ in made_up else [id_]
            id_ = f"#{made_up.index(id_) + 1}"
        found.append(id_)
    return found


HISTORIES = {
    "by name": ([turn(call("add")), result(name="add")], ["#1", "#1"]),
    "by place": ([turn(call("add")), result()], ["#1", "#1"]),
    "two calls of one tool": (
        [turn(call("add"), call("add")), result(), result(name="add")],
        ["#1", "#2", "#1", "#2"],
    ),
    "results in another order": (
        [turn(call("add"), call("now")), result(name="now"), result(name="add")],
        ["#1", "#2", "#2", "#1"],
    ),
    "the same tool in a later turn": (
        [turn(call("add")), result(), HELLO, turn(call("add")), result(name="add")],
        ["#1", "#1", "#2", "#2"],
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
    "one of two calls and its result without an id": (
        [turn(call("add", "1"), call("now")), result(), result("1")],
        ["1", "#1", "#1", "1"],
    ),
    "a call that already has its result": (
        [turn(call("add", "1"), call("add", "2")), result("1"), result(name="add")],
        ["1", "2", "1", "2"],
    ),
    "a result of an unknown call": (
        [result("9"), turn(call("add")), result()],
        ["9", "#1", "#1"],
    ),
    "a result of an unknown call with an id that is too long": ([result(LONG)], ["#1"]),
    "an empty id": ([turn(call("add", "")), result("")], ["#1", "#1"]),
    "an id that is a number": ([turn(call("add", 7)), result(7)], ["7", "7"]),
    "an id that is too long": ([turn(call("add", LONG)), result(LONG)], ["#1", "#1"]),
    "40 characters": ([turn(call("add", LONG[1:])), result(LONG[1:])], [LONG[1:]] * 2),
    "other characters": ([turn(call("add", "a.b")), result("a.b")], ["#1", "#1"]),
    "half a surrogate pair": ([turn(call("add", "\ud83d")), result("\ud83d")], ["#1", "#1"]),
    "Kimi's": ([turn(call("get_weather", KIMI_ID)), result(KIMI_ID)], ["#1", "#1"]),
    "one id in each turn": (
        [
            turn(call("add", "call_0")),
            result("call_0"),
            turn(call("add", "call_0"), call("now", "call_1")),
            result("call_1"),
            result("call_0"),
        ],
        ["call_0", "call_0", "#1", "call_1", "call_1", "#1"],
    ),
    "one id twice in a turn": (
        [turn(call("add", "a"), call("add", "a")), result("a"), result("a")],
        ["a", "#1", "a", "#1"],
    ),
    "one id twice in a turn, results by name": (
        [turn(call("add", "a"), call("now", "a")), result("a", "now"), result("a", "add")],
        ["a", "#1", "#1", "a"],
    ),
    "one id in two turns in a row": (
        [turn(call("add", "a")), turn(call("add", "a")), result("a"), result("a")],
        ["a", "#1", "a", "#1"],
    ),
    "names as ids of results": (
        [turn(call("add"), call("now")), result("now"), result("add")],
        ["add", "now", "now", "add"],
    ),
    "names as ids of results, calls with ids": (
        [turn(call("add", "1"), call("now", "2")), result("now"), result("add")],
        ["1", "2", "2", "1"],
    ),
    "names as ids of results, in each turn": (
        [turn(call("add")), result("add"), turn(call("add"), call("now")), result("now")],
        ["add", "add", "#1", "now", "now"],
    ),
    "names next to other ids of results": (
        [turn(call("add"), call("now")), result("2", "now"), result("1", "add")],
        ["1", "2", "2", "1"],
    ),
    "a name as the id of the only result": (
        [turn(call("add"), call("now")), result("now")],
        ["#1", "now", "now"],
    ),
    "an id that is another call's name": (
        [turn(call("add", "now"), call("now", "add")), result("now"), result("add")],
        ["now", "add", "now", "add"],
    ),
    "ids that were changed on the way": (
        [turn(call("add", "a|1"), call("now", "b|2")), result("a"), result("b")],
        ["#1", "#2", "#1", "#2"],
    ),
    "a lost result": (
        [turn(call("add", "a")), HELLO, turn(call("add", "a")), result("a")],
        ["a", "#1", "#1"],
    ),
    "a call without a name": ([turn(call("", "a"), call("add", "b")), result("a")], ["b"]),
    "a call without a name and id": (
        [turn(call(None), call("add")), result(), result()],
        ["#1", "#1"],
    ),
    "a call without a name, with the id of another": (
        [turn(call(" ", "a"), call("add", "a")), result("a"), result("a")],
        ["a", "a"],
    ),
}


@pytest.mark.parametrize(("messages", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_each_result_names_its_call(messages, expected):
    before = copy.deepcopy(messages)
    assert ids([HELLO, *messages]) == expected
    assert messages == before


def test_the_ids_of_a_history_stay_as_it_grows():
    history = [turn(call("add"), call("add")), result(), result()]
    longer = [*history, HELLO, turn(call("add"), call("add", "add")), result(), result("add")]
    assert sent_ids(longer)[: len(sent_ids(history))] == sent_ids(history)
    assert sent_ids(longer) == sent_ids(longer)


@pytest.mark.parametrize("model", ["KIMI_K2_5", "kimi-k3"])
def test_a_kimi_model_keeps_its_own_ids(model):
    own, foreign = "functions.get_weather:12", "functions.get.weather:x"
    messages = [turn(call("f", own), call("f", foreign)), result(own), result(foreign)]
    assert ids(messages, model) == [own, "#1", own, "#1"]


def test_a_call_without_a_name_leaves_the_rest_of_its_message():
    calls = {"tool_calls": [call("", "a")]}
    spoken = {"role": "assistant", "content": "I look."}
    silent = {"role": "assistant", "content": None}
    messages = [HELLO, {**spoken, **calls}, result("a"), {**silent, **calls}, result("a"), HELLO]
    assert with_call_ids(messages) == [HELLO, spoken, HELLO]


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
def test_a_result_without_id_and_call_stays_without(messages):
    assert with_call_ids(messages)[-1] is messages[-1]


GIVEN_IDS = st.sampled_from([None, "", "a", "call_0", "call_1", LONG, f"{LONG}y", KIMI_ID, "ä.1"])
NAMES = st.sampled_from(["add", "now", "notion.search", "", None])


@st.composite
def turns(draw):
    """A user's message, calls, and a result for each of them, in any order if they have ids."""
    calls = draw(st.lists(st.builds(call, NAMES, GIVEN_IDS), min_size=1, max_size=4))
    results = [result(one["id"], one["function"]["name"]) for one in calls]
    if all(one["id"] for one in calls):
        results = draw(st.permutations(results))
    return [HELLO, turn(*calls), *results]


@given(st.lists(st.tuples(NAMES, GIVEN_IDS), min_size=1, max_size=5), st.data())
def test_results_find_their_calls_by_name_in_any_order(made, data):
    calls = {name: call(name, id_) for name, id_ in made if name}
    order = data.draw(st.permutations([*calls]))
    if data.draw(st.booleans()):
        results = [result(name) for name in order]
    else:
        results = [result(f"r{number}", name) for number, name in enumerate(order)]
    sent = with_call_ids([turn(*calls.values()), *results]) if calls else [{"tool_calls": []}]
    names = {one["id"]: one["function"]["name"] for one in sent[0]["tool_calls"]}
    assert [names[one["tool_call_id"]] for one in sent[1:]] == order


def sent_turns(history):
    """The messages of each turn as they are sent."""
    sent = []
    for message in with_call_ids([message for one in history for message in one]):
        if message["role"] == "user":
            sent.append([])
        sent[-1].append(message)
    return sent


@given(st.lists(turns(), max_size=5))
def test_ids_fit_are_unique_and_pair_calls_with_results(history):
    before = copy.deepcopy(history)
    sent = sent_turns(history)
    assert history == before
    assert sent == sent_turns(history)
    seen = set()
    for messages in sent:
        calls = [entry for message in messages for entry in message.get("tool_calls") or ()]
        called = [entry["id"] for entry in calls]
        results = [one["tool_call_id"] for one in messages if one["role"] == "tool"]
        assert sorted(results) == sorted(called)
        assert all(FITTING_ID.fullmatch(id_) for id_ in called)
        assert all(entry["function"]["name"] for entry in calls)
        assert len({*called} | seen) == len(called) + len(seen)
        seen |= {*called}


@given(st.lists(turns(), max_size=5), turns())
def test_a_longer_history_keeps_the_ids_of_the_shorter_one(history, newest):
    assert sent_turns([*history, newest])[: len(history)] == sent_turns(history)


@given(st.lists(turns(), max_size=5))
def test_an_id_that_fits_stays_where_it_is_used_first(history):
    given_ids = [
        entry["id"]
        for messages in history
        for message in messages
        for entry in message.get("tool_calls") or ()
        if entry["function"]["name"]
    ]
    fitting = {id_ for id_ in given_ids if id_ and FITTING_ID.fullmatch(id_)}
    sent = [message for messages in sent_turns(history) for message in messages]
    assert fitting <= {entry["id"] for one in sent for entry in one.get("tool_calls") or ()}
