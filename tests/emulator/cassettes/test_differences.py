"""How JSON values differ, in words."""

import pytest

from weryai_emulator.cassettes.differences import differences


@pytest.mark.parametrize(
    ("sent", "recorded", "words"),
    [
        ({"a": 1, "b": [1.0]}, {"b": [1], "a": 1}, []),
        ({"a": 1}, {"a": 2}, ["`a` is 1 here and 2 there"]),
        ({"a": True}, {"a": 1}, ["`a` is True here and 1 there"]),
        ({"a": 1}, {}, ["`a` is 1 here and not recorded"]),
        ({}, {"a": 1}, ["`a` is missing here and 1 there"]),
        (
            {"messages": [{"content": "Hi"}]},
            {"messages": [{"content": "Ho"}]},
            ["`messages[0].content` is 'Hi' here and 'Ho' there"],
        ),
        ({"a": [1]}, {"a": [1, 2]}, ["`a` has 1 entries here and 2 there"]),
        ([1], {"a": 1}, ["the body is [1] here and {'a': 1} there"]),
        (None, 3, ["the body is None here and 3 there"]),
        ("x" * 200, "y", [f"the body is '{'x' * 79}... here and 'y' there"]),
    ],
)
def test_each_difference_is_named_with_its_place(sent, recorded, words):
    assert list(differences(sent, recorded)) == words
