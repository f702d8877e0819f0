"""LlamaIndex's function agents."""

import base64
import json

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    FunctionAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool

from weryai_core import AuthenticationError

# LlamaIndex's workflows look at every attribute of an agent.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields:pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings(
        "ignore:Accessing the 'model_:pydantic.warnings.PydanticDeprecatedSince211"
    ),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


def call(id, name, arguments):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def agent_of(llm, tools=(add, weather), **settings):
    return FunctionAgent(
        tools=[FunctionTool.from_defaults(tool) for tool in tools], llm=llm, **settings
    )


async def test_a_function_agent_uses_a_tool(llm, weryai_emulator, streaming):
    agent = agent_of(llm, system_prompt="Be nice.", streaming=streaming)
    handler = agent.run("Add 2 and 3.")
    results = [one async for one in handler.stream_events() if isinstance(one, ToolCallResult)]
    assert "5" in str(await handler)
    assert [(one.tool_name, one.tool_kwargs, str(one.tool_output)) for one in results] == [
        ("add", {"a": 2, "b": 3}, "5")
    ]
    first, second = (request.json for request in weryai_emulator.requests)
    assert first["messages"] == [
        {"role": "system", "content": "Be nice."},
        {"role": "user", "content": "Add 2 and 3."},
    ]
    assert first["parallel_tool_calls"] is True
    assert first["tool_choice"] == "auto"
    *_, answer, result = second["messages"]
    assert answer["tool_calls"][0]["id"] == result["tool_call_id"] == results[0].tool_id
    assert result == {"role": "tool", "content": "5", "tool_call_id": results[0].tool_id}


async def test_a_function_agent_uses_two_tools_at_once(llm, weryai_emulator, streaming):
    calls = [
        call("call_1", "add", '{"a": 1, "b": 2}'),
        call("call_2", "weather", '{"city": "Rome"}'),
    ]
    weryai_emulator.reply({"content": None, "tool_calls": calls}, finish_reason="tool_calls")
    weryai_emulator.reply("3, and it is sunny.")
    assert str(await agent_of(llm, streaming=streaming).run("Go")) == "3, and it is sunny."
    messages = weryai_emulator.last_request.json["messages"]
    results = {one["tool_call_id"]: one["content"] for one in messages if one["role"] == "tool"}
    assert results == {"call_1": "3", "call_2": "Sunny in Rome."}


async def test_an_agent_streams_text_reasoning_and_calls(llm, weryai_emulator):
    weryai_emulator.reply(
        {
            "content": "Wait.",
            "reasoning_content": "I should add.",
            "tool_calls": [call("call_1", "add", '{"a": 1, "b": 2}')],
        },
        finish_reason="tool_calls",
    )
    weryai_emulator.reply("It is 3.")
    handler = agent_of(llm).run("Go")
    events = [one async for one in handler.stream_events() if isinstance(one, AgentStream)]
    await handler
    assert "".join(event.delta for event in events) == "Wait.It is 3."
    assert "".join(event.thinking_delta or "" for event in events) == "I should add."
    seen = [event.tool_calls[0].tool_kwargs for event in events if event.tool_calls]
    assert seen[0] == {}
    assert seen[-1] == {"a": 1, "b": 2}
    usages = [event.raw["usage"] for event in events if "usage" in event.raw]
    assert len(usages) == 2


async def test_the_first_tool_can_be_forced(llm, weryai_emulator):
    agent = agent_of(llm, initial_tool_choice="weather")
    await agent.run("Hello from Rome.")
    first, second = (request.json["tool_choice"] for request in weryai_emulator.requests)
    assert first == {"type": "function", "function": {"name": "weather"}}
    assert second == "auto"


async def test_an_image_from_a_tool_reaches_the_model(llm, weryai_emulator):
    def draw() -> list:
        """Draw a picture."""
        return [TextBlock(text="Here."), ImageBlock(image=PNG)]

    weryai_emulator.reply({"content": None, "tool_calls": [call("call_1", "draw", "{}")]})
    weryai_emulator.reply("A picture.")
    await agent_of(llm, [draw]).run("Draw.")
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert weryai_emulator.last_request.json["messages"][-2:] == [
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": "Here.\n(Image 1 of the tool results is in the next user message.)",
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Image 1, from the result of draw (call call_1):"},
                {"type": "image_url", "image_url": {"url": url}},
            ],
        },
    ]


async def test_a_tool_does_not_run_on_truncated_arguments(make_llm, weryai_emulator):
    deleted = []

    def delete(path: str = "/") -> str:
        """Delete a file."""
        deleted.append(path)
        return "Done."

    cut = call("call_1", "delete", '{"path": "/home')
    weryai_emulator.reply({"content": None, "tool_calls": [cut]}, finish_reason="length")
    weryai_emulator.reply("Something went wrong.")
    await agent_of(make_llm(max_tokens=9), [delete]).run("Delete /home/ann/notes.txt")
    assert deleted == []
    result = weryai_emulator.last_request.json["messages"][-1]["content"]
    assert (
        "delete (called with arguments that are not a JSON object; the answer was truncated"
        in result
    )


SIGNATURE = {"extra_content": {"google": {"thought_signature": "c2ln"}}}


async def test_thought_signatures_are_sent_back_with_their_calls(
    make_llm, weryai_emulator, streaming
):
    signed = {**call("call_1", "add", '{"a": 2, "b": 3}'), **SIGNATURE}
    weryai_emulator.reply({"content": None, "tool_calls": [signed]}, finish_reason="tool_calls")
    weryai_emulator.reply("5")
    llm = make_llm(model="GEMINI_3_1_PRO")
    agent = FunctionAgent(tools=[FunctionTool.from_defaults(add)], llm=llm, streaming=streaming)
    assert str(await agent.run("Add 2 and 3.")) == "5"
    [sent] = weryai_emulator.last_request.json["messages"][1]["tool_calls"]
    assert {**SIGNATURE, **sent} == sent


async def test_an_agent_goes_on_without_a_signature_that_is_missed(
    make_llm, weryai_emulator, streaming
):
    asked = call("call_1", "add", '{"a": 2, "b": 3}')
    weryai_emulator.reply(
        {"content": None, "tool_calls": [asked]},
        finish_reason="tool_calls",
        model="gemini-3.1-pro-preview",
    )
    weryai_emulator.reply_error(400, message="Function call is missing a thought_signature")
    weryai_emulator.reply("5")
    agent = agent_of(make_llm(model="GEMINI_3_1_PRO"), [add], streaming=streaming)
    with pytest.warns(UserWarning, match="wants its tool calls back with their signatures"):
        assert str(await agent.run("Add 2 and 3.")) == "5"
    sent = [one.json["messages"][1]["tool_calls"][0] for one in weryai_emulator.requests[1:]]
    skipped = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    assert [one.get("extra_content") for one in sent] == [None, skipped]


async def test_kimis_reasoning_is_sent_back_with_its_calls(make_llm, weryai_emulator, streaming):
    asked = {"content": None, "tool_calls": [call("call_1", "add", '{"a": 2, "b": 3}')]}
    weryai_emulator.reply({**asked, "reasoning_content": "Hm."}, finish_reason="tool_calls")
    weryai_emulator.reply("5")
    agent = FunctionAgent(
        tools=[FunctionTool.from_defaults(add)],
        llm=make_llm(model="KIMI_K2_5"),
        streaming=streaming,
    )
    assert str(await agent.run("Add 2 and 3.")) == "5"
    assert weryai_emulator.last_request.json["messages"][1]["reasoning_content"] == "Hm."


async def test_a_tool_with_any_parameters_does_not_run_on_truncated_arguments(
    make_llm, weryai_emulator, streaming
):
    seen = []

    def note(**words: str) -> str:
        """Note something."""
        seen.append(words)
        return "Done."

    cut = call("call_1", "note", '{"what": "rm -rf /home')
    weryai_emulator.reply({"content": None, "tool_calls": [cut]}, finish_reason="length")
    weryai_emulator.reply("I try again.")
    agent = FunctionAgent(
        tools=[FunctionTool.from_defaults(note)], llm=make_llm(max_tokens=9), streaming=streaming
    )
    await agent.run("Note this.")
    assert seen == []
    answer, result = weryai_emulator.last_request.json["messages"][1:]
    assert (
        "note (called with arguments that are not a JSON object; the answer was truncated"
        in result["content"]
    )
    # Strict upstreams reject a conversation with arguments that are not a JSON object.
    [sent] = answer["tool_calls"]
    assert sent["function"]["name"] == "note"
    assert json.loads(sent["function"]["arguments"]) == {
        "invalid_arguments": '{"what": "rm -rf /home'
    }


async def test_a_tool_with_return_direct_answers_the_user(llm, weryai_emulator, streaming):
    tool = FunctionTool.from_defaults(add, return_direct=True)
    agent = FunctionAgent(tools=[tool], llm=llm, streaming=streaming)
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    assert str(await agent.run("Add 2 and 3.", memory=memory)) == "5"
    weryai_emulator.reply("You are welcome.")
    await agent.run("Thanks.", memory=memory)
    roles = [message["role"] for message in weryai_emulator.last_request.json["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]
    assert "tool_call_id" not in weryai_emulator.last_request.json["messages"][3]


async def test_an_agent_keeps_the_calls_in_its_memory(llm, weryai_emulator):
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    await agent_of(llm).run("Add 2 and 3.", memory=memory)
    assert [message.role.value for message in memory.get()] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


async def test_an_error_of_the_service_propagates_through_the_agent(
    llm, weryai_emulator, streaming
):
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError):
        await agent_of(llm, streaming=streaming).run("Hello")
