"""Options: taken out of the request, checked, and with one default each."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.request.options import RequestOptions, split_options

GIVEN = {
    "web_search": True,
    "schema_in_prompt": "always",
    "message_overflow": "trim",
    "tool_calling": "prompted",
    "check_tool_choice": False,
    "check_refusal": True,
    "check_arguments": False,
    "check_call_tokens": False,
    "check_answer": True,
    "answer_tools": ["Person"],
    "check_content_filter": False,
    "echo_reasoning": True,
    "reasoning_tags": False,
    "tool_media": "move",
    "drop_unsupported": True,
}


def test_each_option_has_one_default():
    assert RequestOptions() == RequestOptions(
        web_search=None,
        schema_in_prompt=None,
        message_overflow="fold",
        tool_calling="native",
        check_tool_choice=True,
        check_refusal=False,
        check_arguments=True,
        check_call_tokens=True,
        check_answer=False,
        answer_tools=(),
        check_content_filter=True,
        echo_reasoning="auto",
        reasoning_tags=True,
        tool_media="auto",
        drop_unsupported=False,
    )


def test_options_are_taken_out_of_the_request():
    request = {"model": "GPT_4O", "seed": None, **GIVEN}
    before = copy.deepcopy(request)
    assert split_options(request) == ({"model": "GPT_4O", "seed": None}, RequestOptions(**GIVEN))
    assert request == before


def test_an_option_of_none_is_unset():
    assert split_options(dict.fromkeys(GIVEN)) == ({}, RequestOptions())
    assert split_options({}) == ({}, RequestOptions())


def test_options_in_the_extra_body_are_parameters():
    request = {"extra_body": {"web_search": True}}
    assert split_options(request) == (request, RequestOptions())


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("web_search", ["yes", 1, 0, [], {}], "True or False"),
        ("schema_in_prompt", ["never", True], "None or 'always' or 'if_needed'"),
        (
            "message_overflow",
            ["truncate", "Trim", "", True, 50, ["trim"]],
            "'fold' or 'error' or 'merge' or 'trim'",
        ),
        ("tool_calling", ["magic"], "'native' or 'prompted'"),
        ("check_tool_choice", ["no"], "True or False"),
        ("answer_tools", "Person", "a list of names"),
        ("answer_tools", [1], "a list of names"),
        ("check_content_filter", ["no"], "True or False"),
        ("check_arguments", "no", "True or False"),
        ("echo_reasoning", ["all"], "True or False or 'auto'"),
        ("reasoning_tags", ["no"], "True or False"),
        ("tool_media", ["user", True], "'auto' or 'keep' or 'move'"),
        ("drop_unsupported", ["yes"], "True or False"),
    ],
)
def test_an_unknown_value_is_refused(name, values, expected):
    for value in values:
        with pytest.raises(InvalidRequestError) as caught:
            split_options({name: value})
        assert str(caught.value) == f"`{name}` must be {expected}, not {value!r}."


@pytest.mark.parametrize("request_", [None, [], "Hello"], ids=repr)
def test_a_request_that_is_not_a_mapping_is_refused(request_):
    with pytest.raises(InvalidRequestError, match="The request must be a mapping of parameters"):
        split_options(request_)
