"""Characters that were torn apart are joined; halves that stay alone become U+FFFD."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.surrogates import HalfJoiner, to_text, without_surrogates

TEXTS = {
    "none": ("Grüße 😀", "Grüße 😀"),
    "a pair": ("a\ud83d\ude00b", "a😀b"),
    "a first half": ("a\ud83d!", "a\ufffd!"),
    "a second half": ("\ude00a", "\ufffda"),
    "halves in the wrong order": ("\ude00\ud83d", "\ufffd\ufffd"),
    "a first half before a pair": ("\ud83d\ud83d\ude00", "\ufffd😀"),
    "the bytes of a character": ("\udcc3\udca9", "é"),
    "bytes of no character": ("a\udcff\udcc3b", "a\ufffd\ufffdb"),
    "the bytes of both halves": ("\udced\udca0\udcbd\udced\udcb8\udc80", "😀"),
    "the bytes of one half": ("\udced\udca0\udcbd", "\ufffd"),
}

any_text = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=12)


@pytest.mark.parametrize(("torn", "text"), TEXTS.values(), ids=TEXTS)
def test_a_text_has_no_surrogates(torn, text):
    assert to_text(torn) == text


def test_a_value_has_no_surrogates_anywhere():
    value = {"a\ud83d": ["\ude00", {"b": ("\ud83d\ude00",)}, 1, None, True], 2: "x"}
    assert without_surrogates(value) == {
        "a\ufffd": ["\ufffd", {"b": ["😀"]}, 1, None, True],
        2: "x",
    }


def test_a_value_that_is_nested_too_deeply_is_an_error():
    value = "\ud83d"
    for _ in range(300):
        value = [value]
    with pytest.raises(ValueError, match="JSON is nested too deeply"):
        without_surrogates(value)


@given(any_text)
def test_any_text_becomes_one_that_can_be_sent(text):
    assert to_text(text).encode().decode() == to_text(text)
    assert to_text(to_text(text)) == to_text(text)


def choice(index, **delta):
    return {"index": index, "delta": delta}


def joined(*events):
    joiner = HalfJoiner()
    found = [joiner.join(event) for event in events]
    rest = joiner.close()
    assert not joiner.is_holding
    return found if rest is None else [*found, rest]


def test_halves_of_each_field_are_joined_on_their_own():
    calls = [
        {"index": number, "function": {"arguments": half}}
        for number, half in ((0, "\ud83d"), (1, "\ud83c"))
    ]
    rest = [
        {"index": number, "function": {"arguments": half}}
        for number, half in ((1, "\udf89"), (0, "\ude00"))
    ]
    events = joined(
        {"choices": [choice(0, content="a\ud83d", tool_calls=calls), choice(1, content="\ud83d")]},
        {"choices": [choice(1, content="b"), choice(0, content="\ude00", tool_calls=rest)]},
    )
    assert events == [
        {
            "choices": [
                choice(
                    0,
                    content="a",
                    tool_calls=[
                        {"index": 0, "function": {"arguments": ""}},
                        {"index": 1, "function": {"arguments": ""}},
                    ],
                ),
                choice(1, content=""),
            ]
        },
        {
            "choices": [
                choice(1, content="\ufffdb"),
                choice(
                    0,
                    content="😀",
                    tool_calls=[
                        {"index": 1, "function": {"arguments": "🎉"}},
                        {"index": 0, "function": {"arguments": "😀"}},
                    ],
                ),
            ]
        },
    ]


def test_a_half_in_a_field_that_comes_whole_is_not_held_back():
    signed = {"google": {"thought_signature": "a\ud83d"}}
    call = {"index": 0, "extra_content": signed, "function": {"arguments": "{}"}}
    [event] = joined({"choices": [choice(0, tool_calls=[call], annotations=[{"url": "b\ud83d"}])]})
    [entry] = event["choices"]
    assert entry["delta"]["tool_calls"][0]["extra_content"] == {
        "google": {"thought_signature": "a\ufffd"}
    }
    assert entry["delta"]["annotations"] == [{"url": "b\ufffd"}]


def test_the_text_of_a_choice_without_a_delta_is_joined():
    events = joined(
        {"choices": [{"index": 0, "text": "a\ud83d"}]},
        {"choices": [{"index": 0, "text": "\ude00"}]},
    )
    assert [event["choices"][0]["text"] for event in events] == ["a", "\U0001f600"]


def test_a_choice_that_ends_gets_what_was_held():
    held = {"content": "a\ud83d", "tool_calls": [{"function": {"arguments": "\ud83d"}}]}
    ending = {"delta": {}, "finish_reason": "stop"}
    events = joined({"choices": [{"delta": held}]}, {"choices": [ending]})
    assert events[1:] == [
        {
            "choices": [
                {
                    "delta": {
                        "content": "\ufffd",
                        "tool_calls": [{"index": 0, "function": {"arguments": "\ufffd"}}],
                    },
                    "finish_reason": "stop",
                }
            ]
        }
    ]


@pytest.mark.parametrize(
    ("first", "delta"),
    [
        ({"content": "\ud83d"}, {"content": "\ufffd"}),
        ({"content": ["\ud83d"]}, {"content": ["\ufffd"]}),
        (
            {"content": [{"type": "text", "text": "\ud83d"}]},
            {"content": [{"index": 0, "text": "\ufffd"}]},
        ),
    ],
    ids=["text", "list of texts", "parts"],
)
def test_what_is_held_at_the_end_is_an_event(first, delta):
    assert joined({"choices": [choice(3, **first)]})[1] == {
        "choices": [{"index": 3, "delta": delta}]
    }


def test_what_is_held_of_a_field_that_changes_its_kind_is_dropped():
    ending = {"index": 0, "delta": {"content": ["b"]}, "finish_reason": "stop"}
    events = joined({"choices": [choice(0, content="a\ud83d")]}, {"choices": [ending]})
    assert events[1:] == [{"choices": [ending]}]


@pytest.mark.parametrize(
    "event", [{"id": "a\ud83d"}, {"choices": "\ud83d"}, {"choices": ["\ud83d"]}]
)
def test_other_fields_are_not_held(event):
    assert joined(event) == [json.loads(json.dumps(event).replace("\\ud83d", "\\ufffd"))]


@given(any_text, st.lists(st.integers(1, 3), min_size=1))
def test_a_text_is_the_same_however_its_halves_are_cut(text, sizes):
    units = text.encode("utf-16-le", "surrogatepass")
    pieces, at = [], 0
    while at < len(units):
        size = 2 * sizes[len(pieces) % len(sizes)]
        pieces.append(units[at : at + size].decode("utf-16-le", "surrogatepass"))
        at += size
    events = joined(*({"choices": [choice(0, content=piece)]} for piece in pieces))
    assert "".join(event["choices"][0]["delta"]["content"] for event in events) == to_text(text)
