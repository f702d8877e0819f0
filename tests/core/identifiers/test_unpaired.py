"""Calls without results and results without calls, which upstreams refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.identifiers.unpaired import UNANSWERED, with_paired_calls
from weryai_core.request.prepare import prepare


def user(text="Hi"):
    return {"role": "user", "content": text}


def turn(*ids):
    calls = [
        {"id": id_, "type": "function", "function": {"name": "add", "arguments": "{}"}}
        for id_ in ids
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(id_, content="3", **fields):
    return {"role": "tool", "tool_call_id": id_, "content": content, **fields}


SAID = "The result of an earlier call:\n\n3"

HISTORIES = {
    "a result without a call": ([user(), result("x")], [user(), user(SAID)]),
    "a result without an id": ([user(), result(None)], [user(), user(SAID)]),
    "a result with a name": (
        [user(), result("x", name="add")],
        [user(), user("The result of an earlier call of the tool 'add':\n\n3")],
    ),
    "an empty result": (
        [user(), result("x", "")],
        [user(), user("The result of an earlier call:\n\n(empty)")],
    ),
    "a result in parts": (
        [user(), result("x", [{"type": "text", "text": "3"}])],
        [
            user(),
            user(
                [
                    {"type": "text", "text": "The result of an earlier call:"},
                    {"type": "text", "text": "3"},
                ]
            ),
        ],
    ),
    "a result before its call": (
        [result("a"), turn("a"), user()],
        [user(SAID), turn("a"), result("a", UNANSWERED), user()],
    ),
    "a call that a user interrupts": (
        [user(), turn("a"), user("Stop.")],
        [user(), turn("a"), result("a", UNANSWERED), user("Stop.")],
    ),
    "a call of two that has a result": (
        [user(), turn("a", "b"), result("b")],
        [user(), turn("a", "b"), result("b"), result("a", UNANSWERED)],
    ),
    "a late result": (
        [user(), turn("a"), user("Well?"), result("a")],
        [user(), turn("a"), result("a"), user("Well?")],
    ),
    "a turn for each of two calls": (
        [turn("a"), turn("b"), result("a"), result("b")],
        [turn("a"), result("a"), turn("b"), result("b")],
    ),
    "a second result": (
        [turn("a", "b"), result("a"), result("a"), result("b")],
        [turn("a", "b"), result("a"), result("b"), user(SAID)],
    ),
}


@pytest.mark.parametrize(("messages", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_calls_and_results_are_paired(messages, expected):
    assert with_paired_calls(messages) == expected


@pytest.mark.parametrize(
    "messages",
    [
        [user(), turn("a")],
        [user(), turn("a", "b"), result("b"), result("a"), user()],
        [user(), {"role": "assistant", "content": "3"}],
    ],
    ids=["calls at the end", "answered calls", "no calls"],
)
def test_paired_messages_stay(messages):
    assert with_paired_calls(messages) is messages


@pytest.mark.parametrize("model", ["GPT_4O", "CLAUDE_SONNET_4_6", "KIMI_K2_5", "NEW_MODEL"])
def test_every_request_is_paired(model):
    messages = [user(), turn("a"), user("Stop."), result("x")]
    body = prepare({"model": model, "messages": messages}).body
    assert [one["role"] for one in body["messages"]] == [
        *("user", "assistant", "tool", "user", "user"),
    ]


IDS = st.sampled_from("abc")
MESSAGES = st.lists(
    st.one_of(
        st.just(user()), st.builds(turn, IDS), st.builds(turn, IDS, IDS), st.builds(result, IDS)
    ),
    min_size=1,
    max_size=8,
)


@given(MESSAGES)
def test_any_history_has_a_result_behind_each_call(messages):
    body = prepare({"model": "GPT_4O", "messages": [user(), *messages]}).body
    waiting = []
    for message in body["messages"]:
        if message["role"] == "tool":
            waiting.remove(message["tool_call_id"])
            continue
        assert waiting == []
        waiting = [call["id"] for call in message.get("tool_calls", ())]
    assert waiting == [] or body["messages"][-1].get("tool_calls")
    again = prepare({"model": "GPT_4O", "messages": body["messages"]}).body
    assert again["messages"] == body["messages"]
