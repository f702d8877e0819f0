"""The documented ranges, and what is said about values outside of them."""

import pytest

from weryai_core import InvalidRequestError, MessageCountError
from weryai_core.request.bounds import check_parameters, check_required

HELLO = {"role": "user", "content": "Hello"}
NAN, INFINITY = float("nan"), float("inf")

# Parameter -> what it must be, valid values, invalid values.
RANGES = {
    "max_tokens": (
        "an integer of 1 or more",
        [1, 10**9],
        [0, -1, 1.0, 1.5, "1", True, NAN, [1]],
    ),
    "temperature": (
        "a number from 0 to 2",
        [0, 2, 2.0],
        [-0.01, 2.01, 10**400, "1", True, False, NAN, INFINITY, -INFINITY, []],
    ),
    "top_p": ("a number from 0 to 1", [0, 1], [-0.01, 1.01, 2, "1", True, NAN, {}]),
    "presence_penalty": ("a number from -2 to 2", [-2, 2], [-2.01, 2.01, "0", True, NAN]),
    "frequency_penalty": ("a number from -2 to 2", [-2.0, 2.0], [-2.01, 2.01, "0", INFINITY]),
    "seed": ("an integer", [0, -(2**63)], [1.0, "7", True, NAN]),
    "n": ("an integer of 1 or more", [1, 128], [0, -1, 1.0, True, "2"]),
    "stream": ("True or False", [True, False], [1, "true", []]),
    "plugins": (
        'a list of objects like {"id": "web"}',
        [[], [{"id": "web", "max_results": 3}], ({"id": "pdf"},)],
        ["web", ["web"], [{}], [None], [{"id": 1}], {"id": "web"}, 5],
    ),
    "response_format": (
        'an object like {"type": "json_object"}',
        [{"type": "json_schema", "json_schema": {"name": "x"}}],
        ["json_object", {}, {"type": 1}, []],
    ),
}


@pytest.mark.parametrize("name", RANGES)
def test_values_in_the_range_are_accepted(name):
    _, valid, _ = RANGES[name]
    for value in (*valid, None):
        check_parameters({name: value})


@pytest.mark.parametrize("name", RANGES)
def test_the_error_names_the_parameter_the_range_and_the_value(name):
    expected, _, invalid = RANGES[name]
    for value in invalid:
        with pytest.raises(InvalidRequestError) as caught:
            check_parameters({name: value})
        shown = repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."
        assert str(caught.value) == f"`{name}` must be {expected}, not {shown}."


def test_a_long_value_is_shown_in_part():
    with pytest.raises(InvalidRequestError) as caught:
        check_parameters({"temperature": "x" * 1000})
    assert str(caught.value) == f"`temperature` must be a number from 0 to 2, not '{'x' * 76}...."


def test_other_parameters_are_not_checked():
    check_parameters({"top_k": "many", "user": 5})


@pytest.mark.parametrize("model", [None, "", 7, ["GPT_4O"]], ids=repr)
def test_a_model_is_required(model):
    with pytest.raises(InvalidRequestError, match="`model` must be a model key like 'GPT_4O', not"):
        check_required({"model": model, "messages": [HELLO]})


def test_messages_may_be_any_sequence():
    check_required({"model": "NEW_9", "messages": (HELLO,)})


@pytest.mark.parametrize("messages", [None, "my prompt", b"my prompt", {"role": "user"}, 7])
def test_other_messages_are_refused_without_showing_them(messages):
    with pytest.raises(InvalidRequestError) as caught:
        check_required({"model": "GPT_4O", "messages": messages})
    kind = type(messages).__name__
    assert str(caught.value) == f"`messages` must be a list of messages, not a {kind}."


def test_no_messages_are_refused():
    with pytest.raises(MessageCountError) as caught:
        check_required({"model": "GPT_4O", "messages": []})
    assert str(caught.value) == "`messages` is empty. Send at least one message."


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hello", "a str"),
        (None, "a NoneType"),
        ({"content": "Hello"}, "one without"),
        ({"role": None, "content": "Hello"}, "one without"),
    ],
    ids=repr,
)
def test_each_message_is_a_mapping_with_a_role(message, kind):
    with pytest.raises(InvalidRequestError) as caught:
        check_required({"model": "GPT_4O", "messages": [HELLO, message]})
    expected = f"`messages[1]` must be a mapping with a `role`, not {kind}."
    assert str(caught.value) == expected
