"""Some faults of the emulator's catalogue through a model; all go through the clients' tests."""

import pytest
from langchain_core import exceptions as theirs

import weryai_core as ours

TEXT = "One two three four five."
PART = "One two "

# Fault -> parameters, our class and LangChain's, the partial answer whole and streamed.
ERRORS = {
    "not_http": ({}, ours.APIConnectionError, theirs.ModelConnectionError, None, None),
    "envelope": ({"code": 6101}, ours.DailyQuotaError, theirs.ModelError, None, None),
    "error_in_choice": ({}, ours.RateLimitError, theirs.ModelRateLimitError, PART, PART),
    "failed_finish": ({}, ours.ServerError, theirs.ModelAPIError, PART, PART),
    "lost_event": ({}, ours.ProtocolError, theirs.ModelAPIError, None, PART),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_a_fault_raises_its_class(name, make_model, call, style, weryai_emulator):
    parameters, our_class, their_class, whole, streamed = ERRORS[name]
    weryai_emulator.fail(name, **parameters)
    with pytest.raises(our_class) as caught:
        await call(make_model())
    error = caught.value
    assert isinstance(error, their_class)
    partial = streamed if "stream" in style else whole
    assert (error.partial.text if error.partial else None) == partial
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize(
    "name", ["gzipped", "cut_end", "wrong_delivery", "byte_order_mark", "changing_types"]
)
async def test_a_fault_that_leaves_the_answer_whole_is_survived(name, model, call, weryai_emulator):
    weryai_emulator.fail(name)
    assert (await call(model)).text == TEXT
    assert len(weryai_emulator.requests) == 1


async def test_a_temporary_fault_is_retried(make_model, call, weryai_emulator):
    weryai_emulator.fail("rate_limit", retry_after=0)
    weryai_emulator.reply("Back again.")
    assert (await call(make_model(max_retries=1))).text == "Back again."
    assert len(weryai_emulator.requests) == 2
