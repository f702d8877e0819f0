"""The tree of errors, and what each of them carries."""

import copy
import pickle

import pytest

import weryai_core
from weryai_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    Choice,
    Chunk,
    ConfigurationError,
    ContextOverflowError,
    ErrorResponse,
    InvalidRequestError,
    MessageCountError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    ToolCallError,
    UnknownModelError,
    UnsupportedContentError,
    WeryAIError,
)

ERRORS = sorted(
    (
        value
        for value in vars(weryai_core).values()
        if isinstance(value, type) and issubclass(value, WeryAIError)
    ),
    key=lambda error_class: error_class.__name__,
)
RETRYABLE = {
    APIConnectionError,
    APITimeoutError,
    ProtocolError,
    StreamError,
    RateLimitError,
    ServerError,
}


def test_every_error_is_public():
    defined = {
        name
        for name, value in vars(weryai_core.errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert defined == {error_class.__name__ for error_class in ERRORS}
    assert defined <= set(weryai_core.__all__)


@pytest.mark.parametrize(
    ("error_class", "parents"),
    [
        (ConfigurationError, (WeryAIError, ValueError)),
        (APITimeoutError, (APIConnectionError,)),
        (ToolCallError, (WeryAIError, ValueError)),
        (UnsupportedContentError, (InvalidRequestError, TypeError)),
        (ContextOverflowError, (InvalidRequestError, APIError)),
        (MessageCountError, (InvalidRequestError, APIError)),
        (UnknownModelError, (NotFoundError, APIError)),
    ],
)
def test_an_error_is_caught_by_its_parents(error_class, parents):
    assert all(issubclass(error_class, parent) for parent in parents)


def test_an_error_says_whether_it_is_retryable():
    assert {error_class for error_class in ERRORS if error_class().is_retryable} == RETRYABLE


def test_every_error_survives_pickle_and_copy_with_its_attributes():
    for error_class in ERRORS:
        error = error_class(
            "What happened.",
            status_code=429,
            code=1001,
            request_id="req-1",
            response=ErrorResponse(429, {"x-a": "b"}, '{"status":1001}'),
            retry_after=1.5,
            partial=Chunk((Choice(text="Hel"),)),
        )
        error.is_retryable = True
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(again) is error_class
            assert str(again) == again.message == "What happened."
            assert vars(again) == vars(error)
            assert again.response.headers == {"x-a": "b"}
            assert again.partial.text == "Hel"


def test_an_error_without_an_answer_has_none_of_its_attributes():
    assert vars(WeryAIError("x")) == {
        "status_code": None,
        "code": None,
        "request_id": None,
        "response": None,
        "retry_after": None,
        "partial": None,
    }


def test_a_sentence_is_appended_to_the_message():
    error = WeryAIError("One.")
    error.explain("Two.")
    error.explain("")
    assert str(error) == "One. Two."


def test_the_repr_of_an_answer_does_not_show_it():
    response = ErrorResponse(429, {"set-cookie": "hush"}, "hush")
    assert repr(response) == "ErrorResponse(status_code=429)"
