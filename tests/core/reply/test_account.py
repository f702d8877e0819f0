"""The model list and the balance, in the shapes they come in."""

import pytest

from weryai_core import ModelEntry
from weryai_core.reply.account import decode_balance, decode_models

ENTRY = {
    "model": "GPT_4O",
    "desc": "GPT-4o",
    "max_tokens": 16384,
    "input_price": 2.5,
    "output_price": 10,
}
EXPECTED = ModelEntry("GPT_4O", "GPT-4o", 16384, 2.5, 10.0, ENTRY)


@pytest.mark.parametrize(
    "payload",
    [
        {"models": [ENTRY]},
        {"object": "list", "data": [ENTRY]},
        {"status": 0, "desc": "success", "message": "success", "data": {"models": [ENTRY]}},
        {"status": 200, "msg": "Success", "data": [ENTRY]},
        {"status": 0, "data": {"object": "list", "data": [ENTRY]}},
    ],
    ids=["bare", "OpenAI", "envelope", "envelope with a list", "envelope around OpenAI"],
)
def test_the_model_list_is_found_in_every_shape(payload):
    assert decode_models(payload) == [EXPECTED]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"id": "gpt-4o", "object": "model"}, ("gpt-4o", "", None, None, None)),
        ({"model": "A", "description": "B"}, ("A", "B", None, None, None)),
        ({"model": "A", "max_tokens": None, "input_price": None}, ("A", "", None, None, None)),
        ({"model": "A", "max_tokens": "x", "input_price": True}, ("A", "", None, None, None)),
        ({"model": "A", "input_price": 0, "output_price": 0.5}, ("A", "", None, 0.0, 0.5)),
        ({"model": "A", "max_tokens": float("inf")}, ("A", "", None, None, None)),
        ({"model": "A", "max_tokens": float("nan")}, ("A", "", None, None, None)),
        ({}, ("", "", None, None, None)),
    ],
    ids=str,
)
def test_what_an_entry_leaves_out_is_none(entry, expected):
    (found,) = decode_models({"models": [entry]})
    assert (
        found.key,
        found.description,
        found.max_tokens,
        found.input_price,
        found.output_price,
    ) == expected
    assert found.raw == entry


def test_a_limit_is_an_integer():
    (found,) = decode_models({"models": [{"model": "A", "max_tokens": 16384.0}]})
    assert isinstance(found.max_tokens, int)


def test_entries_that_are_no_objects_are_left_out():
    assert decode_models({"models": [None, "x", 7, ENTRY]}) == [EXPECTED]


def test_an_empty_list_is_a_list():
    assert decode_models({"models": []}) == []


@pytest.mark.parametrize(
    "payload",
    [{"models": "x"}, {"models": None, "data": 7}, {"status": 0, "data": {}}, {}],
    ids=str,
)
def test_anything_but_a_model_list_is_none(payload):
    assert decode_models(payload) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (1000, 1000.0),
        (0, 0.0),
        (12.5, 12.5),
        (-3, -3.0),
        ({"balance": 1000}, 1000.0),
        ({"balance": None}, None),
        ({}, None),
        (None, None),
        (True, None),
        ("1000", None),
        ([1000], None),
        (float("nan"), None),
    ],
    ids=str,
)
def test_the_balance_is_data_or_its_balance(data, expected):
    payload = {"status": 0, "desc": "success", "message": "success", "data": data}
    found = decode_balance(payload)
    assert found == expected
    assert isinstance(found, (float, type(None)))


def test_an_answer_without_data_is_no_balance():
    assert decode_balance({}) is None
