"""Conversations of more messages than fit: what is joined, what is dropped, what is refused."""

import copy
import itertools
import json
import re

import pytest

from weryai_core import InvalidRequestError, MessageCountError
from weryai_core._history import fit_messages
from weryai_core._request import encode_request


def user(content, **fields):
    return {"role": "user", "content": content, **fields}


def assistant(content, *ids):
    message = {"role": "assistant", "content": content}
    if ids:
        message["tool_calls"] = [call(id_) for id_ in ids]
    return message


def call(id_):
    return {"id": id_, "type": "function", "function": {"name": "f", "arguments": "{}"}}


def tool(id_, content="done"):
    return {"role": "tool", "tool_call_id": id_, "content": content}


SYSTEM = {"role": "system", "content": "Be brief."}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}

MERGED = {
    "texts": ([user("a"), user("b")], [user("a\n\nb")]),
    "a text and parts": (
        [user("a"), user([IMAGE])],
        [user([{"type": "text", "text": "a"}, IMAGE])],
    ),
    "parts and a text": (
        [user([IMAGE]), user("a")],
        [user([IMAGE, {"type": "text", "text": "a"}])],
    ),
    "three": ([user("a"), user("b"), user("c")], [user("a\n\nb\n\nc")]),
    "system messages": (
        [SYSTEM, SYSTEM],
        [{"role": "system", "content": "Be brief.\n\nBe brief."}],
    ),
    "no neighbours": ([user("a"), assistant("b"), user("c")], None),
    "other names": ([user("a", name="Ann"), user("b", name="Bob")], None),
    "one name": (
        [user("a", name="Ann"), user("b", name="Ann")],
        [user("a\n\nb", name="Ann")],
    ),
    "a text in front of calls": (
        [assistant("a"), assistant(None, "1"), tool("1")],
        [assistant("a", "1"), tool("1")],
    ),
    "calls in front of a text": (
        [assistant(None, "1"), assistant("b"), tool("1")],
        [assistant("b", "1"), tool("1")],
    ),
    "tool results": ([assistant(None, "1", "2"), tool("1"), tool("2")], None),
}


@pytest.mark.parametrize(("messages", "expected"), MERGED.values(), ids=MERGED)
def test_neighbours_of_one_role_are_joined(messages, expected):
    limit = len(messages) - 1
    before = copy.deepcopy(messages)
    if expected is None:
        with pytest.raises(MessageCountError, match=f"Joined they are {len(messages)}; .*'trim'"):
            fit_messages(messages, "merge", limit=limit)
    else:
        assert fit_messages(messages, "merge", limit=limit) == expected
    assert messages == before


AGENT = [
    user("q"),
    assistant(None, "1"),
    tool("1"),
    assistant(None, "2", "3"),
    tool("2"),
    tool("3"),
    assistant("a"),
]
TRIMMED = {
    "the oldest turn goes": (
        [user("a"), assistant("b"), user("c"), assistant("d")],
        3,
        [user("c"), assistant("d")],
    ),
    "system messages stay": (
        [SYSTEM, user("a"), assistant("b"), SYSTEM, user("c")],
        4,
        [SYSTEM, SYSTEM, user("c")],
    ),
    "a call goes with its results": (
        [user("a"), assistant(None, "1"), tool("1"), assistant("b"), user("c")],
        4,
        [user("c")],
    ),
    "what precedes the first question goes first": (
        [assistant("hi"), user("a"), assistant("b")],
        2,
        [user("a"), assistant("b")],
    ),
    "an agent's oldest step goes": (AGENT, 6, [AGENT[0], *AGENT[3:]]),
    "and the next": (AGENT, 4, [AGENT[0], AGENT[6]]),
    "a result apart from its call keeps it": (
        [user("a"), user("b"), assistant(None, "1"), user("c"), tool("1"), user("d")],
        5,
        [user("b"), assistant(None, "1"), user("c"), tool("1"), user("d")],
    ),
    "a result without a call goes with what it follows": (
        [user("a"), tool("x"), user("b")],
        2,
        [user("b")],
    ),
}


@pytest.mark.parametrize(("messages", "limit", "expected"), TRIMMED.values(), ids=TRIMMED)
def test_the_oldest_turns_are_dropped(messages, limit, expected):
    before = copy.deepcopy(messages)
    assert fit_messages(messages, "trim", limit=limit) == expected
    assert messages == before


@pytest.mark.parametrize(
    ("messages", "limit"),
    [
        pytest.param([SYSTEM] * 3 + [user("a")], 3, id="system messages"),
        pytest.param([assistant(None, *"123"), *map(tool, "123")], 3, id="one step"),
    ],
)
def test_what_cannot_be_dropped_is_told(messages, limit):
    with pytest.raises(MessageCountError, match=f"{len(messages)} of them cannot be dropped"):
        fit_messages(messages, "trim", limit=limit)


# Every conversation of up to five messages of these kinds; "t" answers the newest call.
KINDS = "suact"
CONVERSATIONS = [
    "".join(kinds) for n in range(1, 6) for kinds in itertools.product(KINDS, repeat=n)
]


def converse(kinds):
    messages, newest = [], "none"
    for number, kind in enumerate(kinds):
        if kind == "s":
            messages.append({"role": "system", "content": f"<{number}>"})
        elif kind == "u":
            messages.append(user(f"<{number}>"))
        elif kind == "a":
            messages.append(assistant(f"<{number}>"))
        elif kind == "c":
            newest = f"call {number}"
            messages.append(assistant(f"<{number}>", newest))
        else:
            messages.append(tool(newest, f"<{number}>"))
    return messages


def fit(messages, overflow, limit):
    try:
        return fit_messages(messages, overflow, limit=limit)
    except MessageCountError:
        return None


def words(messages):
    text = json.dumps([message["content"] for message in messages])
    return [part.split(">")[0] for part in text.split("<")[1:]]


def ids(messages):
    return [call["id"] for message in messages for call in message.get("tool_calls", ())]


def test_joining_loses_nothing_and_keeps_the_order():
    for kinds in CONVERSATIONS:
        messages = converse(kinds)
        joined = fit(messages, "merge", len(messages) - 1) if len(messages) > 1 else messages
        if joined is None:
            continue
        assert words(joined) == words(messages), kinds
        assert ids(joined) == ids(messages), kinds
        assert len(joined) < len(messages) or len(messages) == 1, kinds
        assert fit(joined, "merge", max(len(joined) - 1, 1)) is None or len(joined) == 1, kinds


def test_trimming_keeps_what_it_must_and_fits():
    for kinds, limit in itertools.product(CONVERSATIONS, (2, 3, 4)):
        messages = converse(kinds)
        kept = fit(messages, "trim", limit)
        if kept is None:
            continue
        assert len(kept) <= limit, kinds
        assert [m for m in messages if m in kept] == kept, kinds  # in order, each as it was
        systems = [m for m in messages if m["role"] == "system"]
        assert [m for m in kept if m["role"] == "system"] == systems, kinds
        assert kept[-1] == messages[-1] or messages[-1]["role"] == "system", kinds
        calls = set(ids(messages))
        answered = {m["tool_call_id"] for m in messages if m["role"] == "tool"} & calls
        for id_ in answered:
            parts = [m for m in messages if m.get("tool_call_id") == id_ or id_ in ids([m])]
            assert all(m in kept for m in parts) or not any(m in kept for m in parts), kinds
        asked = [m for m in messages if m["role"] == "user"]
        # A result apart from its call takes along what is between, which may begin with the call.
        is_apart = re.search("[sua]t", kinds)
        if asked and len(kept) < len(messages) and not is_apart:
            rest = [m for m in kept if m["role"] != "system"]
            assert rest[0]["role"] == "user", kinds
        assert fit(kept, "trim", limit) == kept, kinds


@pytest.mark.parametrize("overflow", ["error", "merge", "trim"])
def test_what_fits_stays_as_it_is(overflow):
    messages = [user("a"), user("b")]
    assert fit_messages(messages, overflow, limit=2) is messages


def test_a_request_is_fitted_and_says_nothing_of_it():
    messages = [user(f"{n}") for n in range(60)]
    request = {"model": "GPT_4O", "messages": messages, "message_overflow": "trim"}
    body = json.loads(encode_request(request, stream=False))
    assert body == {"model": "GPT_4O", "messages": messages[10:]}


def test_an_unknown_policy_is_refused():
    request = {"model": "GPT_4O", "messages": [user("a")], "message_overflow": "drop"}
    with pytest.raises(InvalidRequestError, match="'error' or 'merge' or 'trim'"):
        encode_request(request, stream=False)


def test_what_is_trimmed_keeps_its_tools_and_pairs_when_they_are_prompted():
    steps = [m for n in range(40) for m in (user(f"q{n}"), assistant(None, f"{n}"), tool(f"{n}"))]
    function = {"name": "f", "parameters": {"type": "object"}}
    request = {
        "model": "GPT_4O",
        "messages": steps,
        "tools": [{"type": "function", "function": function}],
        "tool_calling": "prompted",
        "message_overflow": "trim",
    }
    messages = json.loads(encode_request(request, stream=False))["messages"]
    assert len(messages) == 49
    assert "<tools>" in messages[0]["content"]
    assert [message["role"] for message in messages[1:4]] == ["user", "assistant", "user"]
    assert messages[1]["content"] == "q24"
    assert '"id":"24"' in messages[2]["content"]
    assert '<tool_response id="24"' in messages[3]["content"]
