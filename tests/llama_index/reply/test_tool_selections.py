"""The tool calls of a response as tool selections."""

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock

from llama_index_weryai.reply.tool_selections import to_selections

PARIS = '{"city": "Paris"}'


def selections_of(response):
    return [(one.tool_id, one.tool_name, one.tool_kwargs) for one in to_selections(response)]


def test_calls_of_other_integrations_are_found():
    calls = [
        {"id": "a", "type": "function", "function": {"name": "weather", "arguments": PARIS}},
        {"tool_id": "b", "tool_name": "weather", "tool_kwargs": {"city": "Rome"}},
    ]
    message = ChatMessage(role="assistant", additional_kwargs={"tool_calls": calls})
    assert selections_of(ChatResponse(message=message)) == [
        ("a", "weather", {"city": "Paris"}),
        ("b", "weather", {"city": "Rome"}),
    ]


# The arguments so far -> the arguments of the tool selection.
GROWING = {
    "": {},
    '{"ci': {},
    '{"city": "Par': {"city": "Par"},
    '{"city": "Paris", "days": 1': {"city": "Paris", "days": 1},
    '{"city": "Paris", "days": 14, "at': {"city": "Paris", "days": 14},
    '{"city": "Paris", "days": 14}': {"city": "Paris", "days": 14},
    '{"cities": [{"name": "Par': {"cities": [{"name": "Par"}]},
    '{"text": "a\\': {"text": "a"},
    "[1, 2]": {},
    "not JSON": {},
    '"text"': {},
}


def response_with(arguments, **additional_kwargs):
    block = ToolCallBlock(tool_call_id="a", tool_name="weather", tool_kwargs=arguments)
    message = ChatMessage(role="assistant", blocks=[block])
    return ChatResponse(message=message, additional_kwargs=additional_kwargs)


@pytest.mark.parametrize(("arguments", "known"), GROWING.items(), ids=GROWING)
def test_partial_arguments_are_parsed(arguments, known):
    [(_, _, read)] = selections_of(response_with(arguments))
    assert read == known


def test_invalid_arguments_of_a_finished_answer_are_in_the_selection():
    response = response_with('{"path": "/home', finish_reason="stop")
    assert selections_of(response) == [
        (
            "a",
            "weather (called with arguments that are not a JSON object)",
            {"invalid_arguments": '{"path": "/home'},
        )
    ]
