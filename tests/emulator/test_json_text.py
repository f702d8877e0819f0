from __future__ import annotations

import pytest

from weryai_emulator.json_text import read_object, split_objects, to_json


def test_characters_stay_unescaped():
    assert to_json({"a": "é 你"}) == '{"a": "é 你"}'


@pytest.mark.parametrize(
    ("text", "value"), [('{"a": 1}', {"a": 1}), ("[1]", None), ("{", None), ("", None)]
)
def test_only_an_object_is_read(text, value):
    assert read_object(text) == value


def test_the_objects_in_a_text_are_separated_from_it():
    text = 'One {"a": {"b": 1}} two {not JSON} three {"c": 2}.'
    objects, rest = split_objects(text)
    assert objects == [{"a": {"b": 1}}, {"c": 2}]
    assert rest == "One   two {not JSON} three  ."
