"""Streamed calls whose arguments broke off are invalid, and go back as their model wrote them."""

import json

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk, ToolMessage
from person_and_weather import weather

from langchain_weryai.request.invalid_calls import spoiler_of, written_arguments
from weryai_core.integration import parse_arguments
from weryai_emulator import shapes

WRITTEN = '{"city": "a\\"b\\\\", "days": [1, {"x": {}, "y": "z"}], "on": true}'


@given(st.integers(1, len(WRITTEN) - 1), st.sampled_from(["", '"', "\\", "\n"]))
def test_arguments_that_broke_off_are_invalid_and_can_be_told_again(length, end):
    arguments = WRITTEN[:length] + end
    if parse_arguments(arguments) is None:
        spoiled = arguments + spoiler_of(arguments)
        chunk = {"name": "note", "args": spoiled, "id": "1", "index": 0}
        message = AIMessageChunk("", tool_call_chunks=[chunk])
        assert message.tool_calls == []
        assert written_arguments(message.invalid_tool_calls[0]) == arguments


def test_a_streamed_call_that_broke_off_goes_back_as_it_was_written(
    model, merge, sent, weryai_emulator
):
    weryai_emulator.reply(shapes.calling(shapes.tool_call("weather", '{"city": "Ro')))
    bound = model.bind_tools([weather], check_arguments=False)
    answer = merge(list(bound.stream("Hello")))
    [call] = answer.invalid_tool_calls
    bound.invoke(["Hello", answer, ToolMessage("Invalid.", tool_call_id=call["id"])])
    [back] = sent()["messages"][1]["tool_calls"]
    assert json.loads(back["function"]["arguments"]) == {"invalid_arguments": '{"city": "Ro'}
