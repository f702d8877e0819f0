"""Models that reject a forced call: the client falls back to `tool_choice="auto"`."""

import warnings

import pytest
from pydantic import BaseModel

from weryai_core import InvalidRequestError


class Person(BaseModel):
    """A person."""

    name: str
    age: int


REFUSALS = [
    "deepseek-reasoner does not support this tool_choice",
    "Thinking may not be enabled when tool_choice forces tool use.",
    "The tool_choice parameter does not support being set to required in thinking mode",
]
LEFT = r"rejects a forced tool call.*tool_choice=\"auto\""


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"It is sunny in {city}."


async def test_the_choice_becomes_auto_with_one_warning(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    bound = model.bind_tools([get_weather], tool_choice="any")
    with pytest.warns(UserWarning, match=LEFT):
        answer = await call(bound, "What is the weather in Rome?")
    assert answer.tool_calls[0]["args"] == {"city": "Rome"}
    sent = [request.json["tool_choice"] for request in weryai_emulator.requests]
    assert sent == ["required", "auto"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await call(bound, "What is the weather in Oslo?")
    assert weryai_emulator.last_request.json["tool_choice"] == "auto"
    assert len(weryai_emulator.requests) == 3


@pytest.mark.parametrize("refusal", REFUSALS[1:])
def test_other_wordings_of_the_rejection_are_recognized(model, weryai_emulator, refusal):
    weryai_emulator.reply_error(400, message=refusal)
    with pytest.warns(UserWarning, match=LEFT):
        model.bind_tools([get_weather], tool_choice="any").invoke("What is the weather in Rome?")
    sent = [request.json["tool_choice"] for request in weryai_emulator.requests]
    assert sent == ["required", "auto"]


async def test_the_fallback_is_shared_by_sync_and_async_calls_and_by_copies(model, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    copy = model.model_copy(update={"temperature": 0})
    bound, other = (one.bind_tools([get_weather], tool_choice="any") for one in (model, copy))
    with pytest.warns(UserWarning, match=LEFT):
        bound.invoke("What is the weather in Rome?")
    await bound.ainvoke("What is the weather in Oslo?")  # a second warning would be an error
    other.invoke("What is the weather in Bonn?")
    sent = [request.json["tool_choice"] for request in weryai_emulator.requests]
    assert sent == ["required", "auto", "auto", "auto"]


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_after_the_fallback_an_answer_without_a_call_is_valid(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    weryai_emulator.reply("I would rather not.")
    with pytest.warns(UserWarning, match=LEFT):
        answer = await call(model.bind_tools([get_weather], tool_choice="get_weather"))
    assert answer.text == "I would rather not."


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_calls_of_other_models_are_still_forced(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    bound = model.bind_tools([get_weather], tool_choice="any")
    with pytest.warns(UserWarning, match=LEFT):
        await call(bound, "What is the weather in Rome?")
    await call(bound, "What is the weather in Rome?", model="GLM_5")
    assert weryai_emulator.last_request.json["tool_choice"] == "required"


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_structured_output_survives_the_fallback(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    structured = model.with_structured_output(Person, method="function_calling")
    with pytest.warns(UserWarning, match=LEFT):
        person = await call(structured, "The person is called Ann and is 5 years old.")
    assert person.age == 5


@pytest.mark.parametrize(
    ("choice", "message"),
    [("any", "`temperature` is wrong"), (None, REFUSALS[0]), ("auto", REFUSALS[0])],
)
def test_other_rejections_are_errors(model, weryai_emulator, choice, message):
    weryai_emulator.reply_error(400, message=message)
    with pytest.raises(InvalidRequestError):
        model.bind_tools([get_weather], tool_choice=choice).invoke("Hello")
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_a_second_rejection_is_an_error(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    bound = model.bind_tools([get_weather], tool_choice="any")
    with pytest.warns(UserWarning, match=LEFT), pytest.raises(InvalidRequestError):
        await call(bound)
    assert len(weryai_emulator.requests) == 2


async def test_a_refusal_in_place_of_a_forced_call_is_the_answer(model, call, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I can't."})
    answer = await call(model.bind_tools([get_weather], tool_choice="any"), "Weather?")
    assert answer.content_blocks == [{"type": "refusal", "refusal": "I can't."}]
