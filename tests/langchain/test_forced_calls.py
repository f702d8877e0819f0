"""Models that refuse to be made to call a tool."""

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
LEFT = r"cannot be made to call a tool .*tool_choice=\"auto\""


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_the_call_is_left_to_the_model_with_one_warning(
    model, call, weryai_emulator, refusal
):
    weryai_emulator.reply_error(400, message=refusal)
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


async def test_what_was_learned_synchronously_holds_asynchronously(model, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    copy = model.model_copy(update={"temperature": 0})
    bound, other = (one.bind_tools([get_weather], tool_choice="any") for one in (model, copy))
    with pytest.warns(UserWarning, match=LEFT):
        bound.invoke("What is the weather in Rome?")
    await bound.ainvoke("What is the weather in Oslo?")  # a second warning would be an error
    other.invoke("What is the weather in Bonn?")
    sent = [request.json["tool_choice"] for request in weryai_emulator.requests]
    assert sent == ["required", "auto", "auto", "auto"]


async def test_an_answer_in_words_is_then_no_error(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    weryai_emulator.reply("I would rather not.")
    with pytest.warns(UserWarning, match=LEFT):
        answer = await call(model.bind_tools([get_weather], tool_choice="get_weather"))
    assert answer.text == "I would rather not."


async def test_other_models_are_still_made_to_call(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    bound = model.bind_tools([get_weather], tool_choice="any")
    with pytest.warns(UserWarning, match=LEFT):
        await call(bound, "What is the weather in Rome?")
    await call(bound, "What is the weather in Rome?", model="GLM_5")
    assert weryai_emulator.last_request.json["tool_choice"] == "required"


async def test_structured_output_goes_on(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    structured = model.with_structured_output(Person, method="function_calling")
    with pytest.warns(UserWarning, match=LEFT):
        person = await call(structured, "The person is called Ann and is 5 years old.")
    assert person.age == 5


@pytest.mark.parametrize(
    ("choice", "message"),
    [("any", "`temperature` is wrong"), (None, REFUSALS[0]), ("auto", REFUSALS[0])],
)
async def test_other_refusals_are_errors(model, call, weryai_emulator, choice, message):
    weryai_emulator.reply_error(400, message=message)
    with pytest.raises(InvalidRequestError):
        await call(model.bind_tools([get_weather], tool_choice=choice))
    assert len(weryai_emulator.requests) == 1


async def test_a_second_refusal_is_an_error(model, call, weryai_emulator):
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    weryai_emulator.reply_error(400, message=REFUSALS[0])
    bound = model.bind_tools([get_weather], tool_choice="any")
    with pytest.warns(UserWarning, match=LEFT), pytest.raises(InvalidRequestError):
        await call(bound)
    assert len(weryai_emulator.requests) == 2
