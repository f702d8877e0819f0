"""The parameters of a model and of its calls, merged and split."""

import copy

import pytest

from weryai_core import ConfigurationError, InvalidRequestError
from weryai_core.integration.model.call_parameters import call_parameters, merge_call, split_call

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
    "the call over the extra body": (
        {"extra_body": {"max_tokens": 9, "user": "ann"}},
        {"max_tokens": 5},
        {"max_tokens": 5, "extra_body": {"user": "ann"}},
    ),
    "aliases in the extra body": (
        {"extra_body": {"max_completion_tokens": 9}},
        {"extra_body": {"max_tokens": 5}},
        {"extra_body": {"max_tokens": 5}},
    ),
    "aliases in the extra body of the call": (
        {"max_tokens": 9, "extra_body": {"max_tokens": 9}},
        {"extra_body": {"max_completion_tokens": 5}},
        {"max_tokens": 9, "extra_body": {"max_tokens": 5}},
    ),
}

SEARCHES = {
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


@pytest.mark.parametrize(("own", "given", "expected"), MERGED.values(), ids=MERGED)
def test_parameters_of_the_call_win(own, given, expected):
    before = copy.deepcopy((own, given))
    assert merge_call(own, given) == expected
    assert (own, given) == before


@pytest.mark.parametrize(("own", "given", "expected"), SEARCHES.values(), ids=SEARCHES)
def test_a_search_of_the_call_wins(own, given, expected):
    before = copy.deepcopy((own, given))
    assert merge_call(own, given) == expected
    assert (own, given) == before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"model_name": "GPT_4O", "seed": None}, {"model": "GPT_4O", "seed": None}),
        ({"model_kwargs": None, "additional_kwargs": {}}, {}),
        ({"model_kwargs": {"a": 1}, "additional_kwargs": {"b": 2}}, {"a": 1, "b": 2}),
        ({"model_kwargs": {"seed": 1}, "seed": 2}, {"seed": 2}),
        ({"model_kwargs": {"seed": 1}, "seed": None}, {"seed": None}),
        ({"model_kwargs": {"stop_sequences": ["A"]}}, {"stop": ["A"]}),
        ({"model_kwargs": {"stop_sequences": ["A"]}, "stop": ["B"]}, {"stop": ["B"]}),
        ({"extra_headers": {}, "timeout": 5}, {"extra_headers": {}, "timeout": 5}),
    ],
    ids=str,
)
def test_parameters_come_by_any_name_and_in_holders(given, expected):
    before = copy.deepcopy(given)
    assert call_parameters(given) == expected
    assert given == before


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


@pytest.mark.parametrize("holder", [None, "model_kwargs", "additional_kwargs"])
def test_a_setting_of_the_model_is_refused_and_not_repeated(holder):
    given = {"base_url": "secret"}
    with pytest.raises(InvalidRequestError) as caught:
        merge_call({}, {holder: given} if holder else given, settings={"base_url"})
    assert str(caught.value) == (
        "`base_url` is a setting of the model and not of a call. Make another model with it."
    )


NOTHING = {"timeout": None, "headers": None}


@pytest.mark.parametrize(
    ("parameters", "stream", "request_", "arguments"),
    [
        ({"n": 1}, False, {"n": 1}, NOTHING),
        (
            {"timeout": 5, "extra_headers": {"a": "b"}, "stream": True},
            False,
            {},
            {"timeout": 5, "headers": {"a": "b"}},
        ),
        ({"stream_usage": True}, False, {}, NOTHING),
        ({"stream_usage": True}, True, {"stream_options": {"include_usage": True}}, NOTHING),
        ({"stream_usage": False}, True, {}, NOTHING),
        (
            {"stream_usage": True, "stream_options": {"include_usage": False}},
            True,
            {"stream_options": {"include_usage": False}},
            NOTHING,
        ),
    ],
    ids=str,
)
def test_a_call_is_split_into_request_and_arguments(parameters, stream, request_, arguments):
    before = copy.deepcopy(parameters)
    assert split_call(parameters, stream=stream) == (request_, arguments)
    assert parameters == before
