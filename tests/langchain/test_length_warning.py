"""Answers truncated at the service's default limit cause one warning."""

import warnings

import pytest

TRUNCATED = "truncated: `max_tokens` is not set, so WeryAI stops at 1024"


@pytest.mark.every_style
async def test_an_answer_truncated_at_the_default_limit_warns_once(model, call, weryai_emulator):
    weryai_emulator.reply("It goes on and", finish_reason="length")
    weryai_emulator.reply("on and", finish_reason="length")
    with pytest.warns(UserWarning, match=TRUNCATED):
        await call(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (await call(model)).text == "on and"


LIMITS = [
    pytest.param({"max_tokens": 9}, {}, id="of the model"),
    pytest.param({}, {"max_tokens": 9}, id="of the call"),
    pytest.param({}, {"max_completion_tokens": 9}, id="by its other name"),
    pytest.param({"extra_body": {"max_tokens": 9}}, {}, id="in extra_body"),
    pytest.param({"extra_body": {"max_completion_tokens": 9}}, {}, id="in extra_body, other name"),
]


@pytest.mark.parametrize(("settings", "arguments"), LIMITS)
def test_an_answer_truncated_at_a_limit_that_was_set_does_not_warn(
    make_model, weryai_emulator, settings, arguments
):
    weryai_emulator.reply("It goes on and", finish_reason="length")
    answer = make_model(**settings).invoke("Hello", **arguments)
    assert answer.response_metadata["finish_reason"] == "length"
