"""Answers truncated at the service's own limit warn once per model."""

import warnings

import pytest

TRUNCATED = "truncated: `max_tokens` is not set, so WeryAI stops at 1024"


def test_an_answer_truncated_at_the_default_limit_warns_once(
    llm, ask, chat_method, weryai_emulator
):
    weryai_emulator.reply("It goes on and", finish_reason="length")
    weryai_emulator.reply("on and", finish_reason="length")
    with pytest.warns(UserWarning, match=TRUNCATED):
        ask(llm, chat_method)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ask(llm, chat_method)


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        pytest.param({"max_tokens": 9}, {}, id="of the model"),
        pytest.param({"additional_kwargs": {"max_tokens": 9}}, {}, id="in additional_kwargs"),
        pytest.param({}, {"max_tokens": 9}, id="of the call"),
    ],
)
def test_an_answer_truncated_at_a_chosen_limit_does_not_warn(
    make_llm, ask, weryai_emulator, settings, arguments
):
    weryai_emulator.reply("It goes on and", finish_reason="length")
    assert ask(make_llm(**settings), "chat", **arguments)
