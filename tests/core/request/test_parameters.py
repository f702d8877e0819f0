"""Names and aliases of parameters, and the extra body."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.request.parameters import output_limit, to_body, with_documented_names


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"model_name": "GPT_4O"}, {"model": "GPT_4O"}),
        ({"stop_sequences": ["x"]}, {"stop": ["x"]}),
        ({"request_timeout": 5}, {"timeout": 5}),
        ({"max_completion_tokens": 5, "max_tokens": 6}, {"max_tokens": 6}),
        ({"max_completion_tokens": 5, "max_tokens": None}, {"max_tokens": 5}),
        ({"max_completion_tokens": None, "seed": 1}, {"seed": 1}),
        ({"seed": None}, {"seed": None}),
        ({}, {}),
    ],
    ids=str,
)
def test_aliases_become_the_apis_names_in_a_copy(given, expected):
    before = dict(given)
    assert with_documented_names(given) == expected
    assert given == before


# Parameters -> the body.
BODIES = {
    "as given": ({"seed": 1, "quite_new": {"a": None}}, {"seed": 1, "quite_new": {"a": None}}),
    "none is unset": ({"seed": None, "extra_body": None}, {}),
    "aliases": ({"stop_sequences": ["x"]}, {"stop": ["x"]}),
    "the extra body wins": (
        {"temperature": 1, "top_p": 1, "extra_body": {"temperature": 0.5, "top_k": 3}},
        {"temperature": 0.5, "top_p": 1, "top_k": 3},
    ),
    "null in the extra body": ({"seed": 1, "extra_body": {"seed": None}}, {"seed": None}),
    "names in the extra body": (
        {"model": "GPT_4O", "extra_body": {"model_name": "x", "stop_sequences": ["x"]}},
        {"model": "GPT_4O", "model_name": "x", "stop_sequences": ["x"]},
    ),
    "both limits in the extra body": (
        {"max_tokens": 4, "extra_body": {"max_completion_tokens": 9, "max_tokens": 5}},
        {"max_tokens": 9},
    ),
    "an alias on both sides": (
        {"max_completion_tokens": 5, "extra_body": {"max_completion_tokens": 9}},
        {"max_tokens": 9},
    ),
    "an alias of none in the extra body": (
        {"max_tokens": 5, "extra_body": {"max_completion_tokens": None}},
        {"max_tokens": 5},
    ),
}


@pytest.mark.parametrize(("given", "body"), BODIES.values(), ids=BODIES)
def test_the_body_has_the_parameters_that_are_set(given, body):
    before = copy.deepcopy(given)
    assert to_body(given) == body
    assert given == before


@pytest.mark.parametrize("extra", ["x", [1], 7], ids=repr)
def test_the_extra_body_is_a_mapping(extra):
    with pytest.raises(InvalidRequestError, match="`extra_body` must be a mapping, not "):
        to_body({"extra_body": extra})


def test_the_output_limit_is_found_under_any_name():
    assert output_limit({"max_tokens": None, "max_completion_tokens": 5}) == 5
    assert output_limit({"max_tokens": 5, "extra_body": {"max_completion_tokens": 6}}) == 6
    assert output_limit({"max_tokens": 5, "extra_body": None}) == 5
    assert output_limit({}) is None
