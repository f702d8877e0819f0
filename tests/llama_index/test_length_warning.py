"""Answers cut off at the service's own limit warn, once."""

import warnings

import pytest

CUT = "truncated: `max_tokens` is not set, so WeryAI stops at 1024"


def test_an_answer_cut_off_at_the_default_limit_warns_once(llm, ask, method, weryai_emulator):
    weryai_emulator.reply("It goes on and", finish_reason="length")
    weryai_emulator.reply("on and", finish_reason="length")
    with pytest.warns(UserWarning, match=CUT):
        ask(llm, method)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ask(llm, method)


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        pytest.param({"max_tokens": 9}, {}, id="of the model"),
        pytest.param({"additional_kwargs": {"max_tokens": 9}}, {}, id="in additional_kwargs"),
        pytest.param({}, {"max_tokens": 9}, id="of the call"),
    ],
)
def test_an_answer_cut_off_at_a_limit_that_was_set_warns_not(
    make_llm, ask, method, weryai_emulator, settings, arguments
):
    weryai_emulator.reply("It goes on and", finish_reason="length")
    assert ask(make_llm(**settings), method, **arguments)
