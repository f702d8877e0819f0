"""Chunks of a reply as responses: log probabilities, usage and the parts of a message."""

import pytest

from llama_index_weryai.reply.responses import ResponseBuilder
from weryai_core import Choice, Chunk


def to_response(**choice):
    """The response to a whole reply with one choice."""
    return ResponseBuilder().add(Chunk(choices=(Choice(**choice),), is_last=True))


def test_a_token_without_alternatives_is_its_only_alternative():
    logprobs = {"content": [{"token": "Hi", "logprob": -0.5}]}
    [[only]] = to_response(text="Hi", logprobs=logprobs).logprobs
    assert only.model_dump() == {"token": "Hi", "logprob": -0.5, "bytes": []}


# Log probabilities of a choice -> the tokens of the alternatives for each token.
ODD_LOGPROBS = {
    "none": (None, None),
    "a list": ([{"token": "Hi", "logprob": -0.5}], None),
    "a text": ("high", None),
    "no content": ({"refusal": None}, None),
    "null": ({"content": None}, None),
    "empty": ({"content": []}, None),
    "content is not a list": ({"content": {"token": "Hi", "logprob": -0.5}}, None),
    "entries are not objects": ({"content": ["Hi", None, 7]}, []),
    "no number": ({"content": [{"token": "Hi"}]}, [[]]),
    "a text for a number": ({"content": [{"token": "Hi", "logprob": "low"}]}, [[]]),
    "no token": ({"content": [{"logprob": -0.5}, {"token": "Hi", "logprob": -0.5}]}, [[], ["Hi"]]),
    "odd bytes": ({"content": [{"token": "Hi", "logprob": -0.5, "bytes": "SGk="}]}, [[]]),
    "more fields": ({"content": [{"token": "Hi", "logprob": -0.5, "id": 7}]}, [["Hi"]]),
    "odd alternatives": (
        {"content": [{"token": "Hi", "logprob": -0.5, "top_logprobs": "none"}]},
        [["Hi"]],
    ),
    "one odd alternative": (
        {
            "content": [
                {
                    "token": "Hi",
                    "logprob": -0.5,
                    "top_logprobs": [{"token": "Hi", "logprob": -0.5}, None, {"token": "Ho"}],
                }
            ]
        },
        [["Hi"]],
    ),
}


@pytest.mark.parametrize(("logprobs", "expected"), ODD_LOGPROBS.values(), ids=ODD_LOGPROBS)
def test_log_probabilities_of_another_shape_are_skipped(logprobs, expected):
    response = to_response(text="Hi", logprobs=logprobs)
    assert response.message.content == "Hi"
    found = response.logprobs
    assert (found and [[entry.token for entry in entries] for entries in found]) == expected
