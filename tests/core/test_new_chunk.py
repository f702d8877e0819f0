"""Pieces that are made in the short way are those that the constructors make."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from weryai_core import Choice, Chunk, ToolCallDelta
from weryai_core.new_chunk import changed, new_choice, new_chunk, new_fragment

IDENTITY = ("1", "m", 2, "f")
RAW = {"choices": []}
CALL = ToolCallDelta(1, arguments="{}")
FULL = Choice(**{field.name: (field.name,) for field in fields(Choice)})
MADE = {
    "fragment": (new_fragment(1, "{}"), CALL),
    "text": (new_choice(1, "Hi", "Hm"), Choice(1, "Hi", "Hm")),
    "call": (new_choice(0, tool_calls=(CALL,)), Choice(tool_calls=(CALL,))),
    "chunk": (
        new_chunk(new_choice(0, "Hi"), IDENTITY, RAW),
        Chunk((Choice(text="Hi"),), *IDENTITY, raw=RAW),
    ),
    "changed": (changed(FULL, text="Hi", images=()), replace(FULL, text="Hi", images=())),
}


@pytest.mark.parametrize("name", MADE)
def test_they_are_equal_and_of_the_same_class(name):
    made, same = MADE[name]
    assert type(made) is type(same)
    assert (made, repr(made)) == (same, repr(same))
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == same
    for field in fields(made):
        value = getattr(same, field.name)
        assert getattr(made, field.name) == value
        assert replace(made, **{field.name: value}) == same


@pytest.mark.parametrize("name", MADE)
def test_they_are_frozen(name):
    made, _ = MADE[name]
    for field in fields(made):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, None)


def test_they_share_no_dictionaries():
    one, other = (new_chunk(new_choice(0, "Hi"), IDENTITY, RAW) for _ in range(2))
    assert one.metadata is not other.metadata
    assert one.choice.extra is not other.choice.extra
    assert new_fragment(0, "a").extra is not new_fragment(0, "a").extra
