"""What a framework's user gives, to a model and to a call of it."""

from __future__ import annotations

import copy

import pytest

from weryai_core import ConfigurationError, InvalidRequestError
from weryai_core.integration import merge_call, with_documented_names
from weryai_core.request.parameters import asks_for_one, call_parameters, output_limit, split_call

WEB = {"id": "web"}
PDF = {"id": "file-parser"}
SEARCH = {"type": "web_search"}

# The model's parameters, the call's -> both together.
MERGED = {
    "nothing": ({}, {}, {}),
    "the call's win": ({"seed": 1, "n": 2}, {"seed": 3}, {"seed": 3, "n": 2}),
    "null wins, too": ({"seed": 1}, {"seed": None}, {"seed": None}),
    "other names": ({"max_tokens": 1}, {"max_completion_tokens": 2}, {"max_tokens": 2}),
    "holders": (
        {"seed": 1},
        {"model_kwargs": {"seed": 2}, "additional_kwargs": {"top_p": 1}},
        {"seed": 2, "top_p": 1},
    ),
    "extra_body": (
        {"extra_body": {"a": 1, "b": 1}},
        {"extra_body": {"b": 2}},
        {"extra_body": {"a": 1, "b": 2}},
    ),
    "extra_body of the call": ({}, {"extra_body": {"b": 2}}, {"extra_body": {"b": 2}}),
    "on for the call": ({}, {"web_search": True}, {"web_search": True}),
    "off for the call": ({"web_search": True}, {"web_search": False}, {"web_search": False}),
    "off for the call, a plugin": (
        {"plugins": [WEB]},
        {"web_search": False},
        {"plugins": [WEB], "web_search": False},
    ),
    "on for the call only": ({"web_search": False}, {"web_search": True}, {"web_search": True}),
    "off, and a plugin for the call": (
        {"web_search": False},
        {"plugins": [WEB]},
        {"plugins": [WEB]},
    ),
    "off, and a tool for the call": (
        {"web_search": False},
        {"tools": [SEARCH]},
        {"tools": [SEARCH]},
    ),
    "off, and extra_body for the call": (
        {"web_search": False},
        {"extra_body": {"plugins": [WEB]}},
        {"extra_body": {"plugins": [WEB]}},
    ),
    "off, and another plugin for the call": (
        {"web_search": False},
        {"plugins": [PDF]},
        {"web_search": False, "plugins": [PDF]},
    ),
    "off and a plugin, both for the call": (
        {},
        {"web_search": False, "plugins": [WEB]},
        {"web_search": False, "plugins": [WEB]},
    ),
    "on, and another plugin for the call": (
        {"web_search": True},
        {"plugins": [PDF]},
        {"web_search": True, "plugins": [PDF]},
    ),
}


@pytest.mark.parametrize(("settled", "given", "expected"), MERGED.values(), ids=MERGED)
def test_a_calls_parameters_are_put_over_the_models(settled, given, expected):
    before = copy.deepcopy((settled, given))
    assert merge_call(settled, given) == expected
    assert (settled, given) == before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"model_name": "GPT_4O"}, {"model": "GPT_4O"}),
        ({"stop_sequences": ["x"]}, {"stop": ["x"]}),
        ({"request_timeout": 5}, {"timeout": 5}),
        ({"max_completion_tokens": 5, "max_tokens": 6}, {"max_tokens": 6}),
        ({"max_completion_tokens": 5, "max_tokens": None}, {"max_tokens": 5}),
        ({"max_completion_tokens": None, "max_tokens": 6}, {"max_tokens": 6}),
        ({"model_kwargs": None, "additional_kwargs": None}, {}),
        ({"model_kwargs": {"seed": 1}, "seed": 2}, {"seed": 2}),
        ({"model_kwargs": {"max_completion_tokens": 1}}, {"max_tokens": 1}),
    ],
    ids=str,
)
def test_parameters_go_by_the_apis_names(given, expected):
    assert call_parameters(given) == expected


def test_names_are_changed_in_a_copy():
    given = {"model_name": "GPT_4O", "seed": 1}
    assert with_documented_names(given) == {"model": "GPT_4O", "seed": 1}
    assert given == {"model_name": "GPT_4O", "seed": 1}


@pytest.mark.parametrize(
    "given",
    [
        {"openai_api_key": "hush"},
        {"extra_body": {"password": "hush"}},
        {"model_kwargs": {"client_secret": "hush"}},
        {"headers": {"Authorization": "hush"}},
        {"extra_body": {"extra_headers": {"Authorization": "hush"}}},
    ],
    ids=str,
)
def test_a_secret_in_a_call_is_refused_and_not_repeated(given):
    with pytest.raises(ConfigurationError, match="must not hold") as caught:
        call_parameters(given)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("holder", ["model_kwargs", "additional_kwargs"])
def test_a_holder_is_a_mapping(holder):
    with pytest.raises(InvalidRequestError, match=f"`{holder}` must be a mapping, not 'x'"):
        call_parameters({holder: "x"})


@pytest.mark.parametrize(
    "given",
    [{"api_key": "secret"}, {"proxy": "secret"}, {"model_kwargs": {"base_url": "secret"}}],
    ids=str,
)
def test_a_setting_of_the_model_is_refused_and_not_repeated(given):
    with pytest.raises(InvalidRequestError, match="is a setting of the model") as caught:
        call_parameters(given)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "stream", "request_", "options"),
    [
        ({"n": 1}, False, {"n": 1}, {"timeout": None, "headers": None}),
        (
            {"timeout": 5, "extra_headers": {"a": "b"}, "stream": True},
            False,
            {},
            {"timeout": 5, "headers": {"a": "b"}},
        ),
        ({"stream_usage": True}, False, {}, {"timeout": None, "headers": None}),
        (
            {"stream_usage": True},
            True,
            {"stream_options": {"include_usage": True}},
            {"timeout": None, "headers": None},
        ),
        ({"stream_usage": False}, True, {}, {"timeout": None, "headers": None}),
        (
            {"stream_usage": True, "stream_options": {"include_usage": False}},
            True,
            {"stream_options": {"include_usage": False}},
            {"timeout": None, "headers": None},
        ),
    ],
    ids=str,
)
def test_what_is_not_sent_is_an_option(parameters, stream, request_, options):
    before = copy.deepcopy(parameters)
    assert split_call(parameters, stream=stream) == (request_, options)
    assert parameters == before


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, True),
        ({"n": None}, True),
        ({"n": 1}, True),
        ({"n": 2}, False),
        ({"extra_body": {"n": 2}}, False),
        ({"n": 2, "extra_body": {"n": 1}}, True),
        ({"n": 2, "extra_body": {"a": 1}}, False),
        ({"extra_body": None}, True),
    ],
    ids=str,
)
def test_most_requests_are_for_one_answer(request_, expected):
    assert asks_for_one(request_) is expected


@pytest.mark.parametrize(
    ("before", "given", "expected"),
    [
        ({"max_completion_tokens": 1000}, {"max_tokens": 5}, {"max_tokens": 5}),
        (
            {"max_completion_tokens": 1000},
            {"extra_body": {"max_tokens": 5}},
            {"extra_body": {"max_tokens": 5}},
        ),
        (
            {"max_tokens": 1000},
            {"extra_body": {"max_completion_tokens": 5}},
            {"extra_body": {"max_tokens": 5}},
        ),
    ],
)
def test_the_call_wins_whatever_the_names(before, given, expected):
    merged = merge_call({"extra_body": before}, given)
    assert {"extra_body": {}, **expected} == {"extra_body": {}, **merged}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_tokens": None, "max_completion_tokens": 5}, 5),
        ({"max_tokens": 5, "extra_body": {"max_tokens": 6}}, 6),
        ({"max_tokens": 5, "extra_body": {"max_completion_tokens": 6}}, 6),
        ({"max_tokens": 5, "extra_body": None}, 5),
    ],
    ids=str,
)
def test_the_limit_of_a_request_is_found(request_, expected):
    assert output_limit(request_) == expected


def test_a_parameter_of_the_call_beats_the_extra_body_of_the_model():
    settled = {"model": "GPT_4O", "extra_body": {"max_tokens": 1000, "user": "ann"}}
    assert merge_call(settled, {"max_tokens": 5}) == {
        "model": "GPT_4O",
        "max_tokens": 5,
        "extra_body": {"user": "ann"},
    }
    assert settled["extra_body"] == {"max_tokens": 1000, "user": "ann"}
