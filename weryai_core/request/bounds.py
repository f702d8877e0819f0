"""The documented ranges of a request's parameters, and the checks of them.

The ranges are those of WeryAI's API page. A parameter that the page does not name is not checked:
the gateway may understand it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError, MessageCountError
from weryai_core.wire import role_of

_MAX_SHOWN = 80  # characters of a value in an error


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Check the documented parameters that are given and not None.

    Raises:
        InvalidRequestError: One is out of its range; the message names it, its value and the range.
    """
    for name, (is_valid, expected) in _CHECKS.items():
        value = parameters.get(name)
        if value is not None:
            expect(is_valid(value), name, value, expected)


def check_required(body: Mapping[str, Any]) -> None:
    """Check that there are a model and messages, and that each message has a role.

    Raises:
        InvalidRequestError: One is missing or of the wrong type.
        MessageCountError: There are no messages.
    """
    model = body.get("model")
    expect(isinstance(model, str) and bool(model), "model", model, "a model key like 'GPT_4O'")
    check_messages(body.get("messages"))


def check_messages(messages: object) -> None:
    """Check that there are messages, and that each has a role.

    Raises:
        InvalidRequestError: They are of the wrong type.
        MessageCountError: There are none.
    """
    if isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence):
        # The value itself would put the prompt into logs.
        kind = type(messages).__name__
        raise InvalidRequestError(f"`messages` must be a list of messages, not a {kind}.")
    if not messages:
        raise MessageCountError("`messages` is empty. Send at least one message.")
    for number, message in enumerate(messages):
        if role_of(message) is None:
            kind = "one without" if isinstance(message, Mapping) else f"a {type(message).__name__}"
            raise InvalidRequestError(
                f"`messages[{number}]` must be a mapping with a `role`, not {kind}."
            )


def expect(is_valid: bool, name: str, value: object, expected: str) -> None:
    """Raise `InvalidRequestError` unless a value is valid. The message says what is expected."""
    if not is_valid:
        shown = repr(value)
        shown = shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 3]}..."
        raise InvalidRequestError(f"`{name}` must be {expected}, not {shown}.")


def _is_plugin_list(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, (str, bytes))
        and all(isinstance(entry, Mapping) and isinstance(entry.get("id"), str) for entry in value)
    )


def _is_response_format(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("type"), str)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(low: float, high: float) -> tuple[Callable[[Any], bool], str]:
    def is_valid(value: Any) -> bool:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and low <= value <= high  # NaN is in no range

    return is_valid, f"a number from {low} to {high}"


_POSITIVE = (lambda value: _is_integer(value) and value >= 1, "an integer of 1 or more")

# Name -> (test, what the value must be).
_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max_tokens": _POSITIVE,
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "seed": (_is_integer, "an integer"),
    "n": _POSITIVE,
    "stream": (lambda value: isinstance(value, bool), "True or False"),
    "plugins": (_is_plugin_list, 'a list of objects like {"id": "web"}'),
    "response_format": (_is_response_format, 'an object like {"type": "json_object"}'),
}
