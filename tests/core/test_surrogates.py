"""Characters that were torn apart are joined; halves that stay alone become U+FFFD."""

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


def test_the_halves_of_each_text_are_joined_on_their_own():
    joiner = HalfJoiner()
    pieces = [("a", "x\ud83d"), ("b", "\ud83c"), ("a", ""), ("b", "\udf89"), ("a", "\ude00y\ud83d")]
    assert [joiner.join(key, piece) for key, piece in pieces] == ["x", "", "", "🎉", "😀y"]
    assert joiner.held == {"a": "\ufffd"}
    assert joiner.peek("a", "\ude00") == "😀"
    assert joiner.join("a", "z") == "\ufffdz"
    assert joiner.held == {}


def test_what_is_held_can_be_forgotten():
    joiner = HalfJoiner()
    assert joiner.join(0, "\ud83d") == ""
    joiner.clear()
    assert joiner.join(0, "\ude00") == "\ufffd"


@given(any_text, st.lists(st.integers(1, 3), min_size=1))
def test_a_text_is_the_same_however_its_halves_are_cut(text, sizes):
    units = text.encode("utf-16-le", "surrogatepass")
    joiner, joined, at, number = HalfJoiner(), "", 0, 0
    while at < len(units):
        size = 2 * sizes[number % len(sizes)]
        joined += joiner.join("", units[at : at + size].decode("utf-16-le", "surrogatepass"))
        at, number = at + size, number + 1
    assert joined + joiner.held.get("", "") == to_text(text)
