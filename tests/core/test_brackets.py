"""JSON is followed without recursion, and in linear time."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.brackets import DEEPEST, TOO_DEEP, JsonEnd, as_broken, shallow


def nested(levels):
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize("inner", [b"", b'"]"', b'{"a": [1, "\\"}"]}', b"[], [], {}"])
def test_what_lies_too_deep_is_replaced(inner):
    document = b'{"a": %b, "b": 1}' % (b"[" * 100_000 + inner + b"]" * 100_000)
    value = json.loads(shallow(document))
    levels = 1
    found = value["a"]
    while isinstance(found, list):
        (found,) = found
        levels += 1
    assert (levels, found, value["b"]) == (DEEPEST, TOO_DEEP, 1)


@pytest.mark.parametrize(
    "document",
    [nested(DEEPEST), b"[%b]" % b",".join([nested(DEEPEST - 1)] * 9), nested(500)[:-450], b'"[['],
    ids=["not deep", "wide", "truncated", "a string"],
)
def test_other_documents_stay_as_they_are(document):
    assert shallow(document) is document


def test_placeholders_make_json_invalid():
    assert as_broken('{"a": "[nested too deeply]"}') == '{"a": [nested too deeply]}'
    assert as_broken('{"a": "[integer too long]"}') == '{"a": [integer too long]}'
    assert as_broken('{"a": "nested too deeply"}') == '{"a": "nested too deeply"}'


JSON = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('a"\\[]{}'), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(JSON.filter(lambda value: isinstance(value, (list, dict, str))), st.data())
def test_the_end_of_a_value_is_found_however_it_is_cut(value, data):
    text = json.dumps(value).encode()
    places = data.draw(st.lists(st.integers(0, len(text) - 1), max_size=4).map(sorted))
    end = JsonEnd()
    for start, stop in zip([0, *places], [*places, len(text) - 1], strict=True):
        assert not end.add(text[start:stop])
    assert end.add(text[-1:])
