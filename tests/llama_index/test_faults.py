"""Some faults of the emulator's catalogue through a model; all go through the clients' tests."""

import pytest

from weryai_core import (
    APIConnectionError,
    DailyQuotaError,
    ProtocolError,
    RateLimitError,
    ServerError,
)

TEXT = "One two three four five."
PART = "One two "

# Fault -> parameters, class, the partial answer whole and streamed.
ERRORS = {
    "not_http": ({}, APIConnectionError, None, None),
    "envelope": ({"code": 6101}, DailyQuotaError, None, None),
    "error_in_choice": ({}, RateLimitError, PART, PART),
    "failed_finish": ({}, ServerError, PART, PART),
    "lost_event": ({}, ProtocolError, None, PART),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_fault_raises_its_class(name, make_llm, chat_method, ask, weryai_emulator):
    parameters, error_class, whole, streamed = ERRORS[name]
    weryai_emulator.fail(name, **parameters)
    with pytest.raises(error_class) as caught:
        ask(make_llm(max_retries=0), chat_method)
    error = caught.value
    assert type(error) is error_class
    partial = streamed if "stream" in chat_method else whole
    assert (error.partial.text if error.partial else None) == partial
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("name", ["gzipped", "cut_end", "wrong_delivery", "changing_types"])
def test_a_fault_that_leaves_the_answer_whole_is_survived(
    name, llm, completion_method, ask, weryai_emulator
):
    weryai_emulator.fail(name)
    assert ask(llm, completion_method)[-1].text == TEXT
    assert len(weryai_emulator.requests) == 1


def test_a_temporary_fault_is_retried(make_llm, chat_method, ask, weryai_emulator):
    weryai_emulator.fail("rate_limit", retry_after=0)
    weryai_emulator.reply("Back again.")
    answer = ask(make_llm(max_retries=1), chat_method)[-1]
    assert answer.message.content == "Back again."
    assert len(weryai_emulator.requests) == 2
