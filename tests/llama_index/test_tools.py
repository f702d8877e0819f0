"""LlamaIndex's methods that take tools: `chat_with_tools`, `predict_and_call` and their kin."""

import pytest
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock
from llama_index.core.tools import FunctionTool

from weryai_core import ToolCallError


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


TOOLS = [FunctionTool.from_defaults(add), FunctionTool.from_defaults(weather)]


def call(id, name, arguments):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_predict_and_call_runs_the_tool(llm):
    response = llm.predict_and_call(TOOLS, user_msg="Add 2 and 3.")
    assert response.response == "5"
    assert [(source.tool_name, source.raw_output) for source in response.sources] == [("add", 5)]


async def test_apredict_and_call_runs_the_tool(llm):
    response = await llm.apredict_and_call(TOOLS, user_msg="Add 2 and 3.")
    assert response.response == "5"


TWO_CALLS = [
    call("call_1", "add", '{"a": 1, "b": 2}'),
    call("call_2", "weather", '{"city": "Rome"}'),
]


@pytest.fixture
def two_calls(weryai_emulator):
    """The next answer calls two tools."""
    message = {"content": None, "tool_calls": TWO_CALLS}
    weryai_emulator.reply(message, finish_reason="tool_calls")


@pytest.mark.usefixtures("two_calls")
def test_predict_and_call_runs_several_tools_if_allowed(llm):
    response = llm.predict_and_call(TOOLS, user_msg="Go", allow_parallel_tool_calls=True)
    assert response.response == "3\n\nSunny in Rome."


@pytest.mark.usefixtures("two_calls")
def test_predict_and_call_runs_one_tool_by_default(llm):
    response = llm.predict_and_call(TOOLS, user_msg="Go")
    assert response.response == "3"
    assert len(response.sources) == 1


WITH_TOOLS = [
    "chat_with_tools",
    "achat_with_tools",
    "stream_chat_with_tools",
    "astream_chat_with_tools",
]


@pytest.mark.parametrize("method", WITH_TOOLS)
@pytest.mark.usefixtures("two_calls")
def test_one_call_is_kept_by_default(llm, ask, method):
    *_, response = ask(llm, method, TOOLS, user_msg="Go")
    assert response.message.blocks == [
        ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2})
    ]
    assert response.message.additional_kwargs["tool_calls"] == TWO_CALLS[:1]


@pytest.mark.parametrize("method", ["chat_with_tools", "astream_chat_with_tools"])
@pytest.mark.usefixtures("two_calls")
def test_all_calls_are_kept_if_allowed(llm, ask, method):
    *_, response = ask(llm, method, TOOLS, user_msg="Go", allow_parallel_tool_calls=True)
    assert len(llm.get_tool_calls_from_response(response)) == 2
    assert response.message.additional_kwargs["tool_calls"] == TWO_CALLS


@pytest.mark.parametrize("method", ["chat_with_tools", "astream_chat_with_tools"])
@pytest.mark.usefixtures("two_calls")
def test_all_calls_are_kept_if_the_request_allows_them(llm, ask, method, weryai_emulator):
    last = ask(llm, method, TOOLS, user_msg="Go", parallel_tool_calls=True)[-1]
    assert len(llm.get_tool_calls_from_response(last)) == 2
    assert weryai_emulator.last_request.json["parallel_tool_calls"] is True


WAYS = ["predict_and_call", "apredict_and_call"]


@pytest.mark.parametrize("way", WAYS)
def test_a_call_to_an_unknown_tool_is_an_error_output(llm, ask, weryai_emulator, way):
    message = {"content": None, "tool_calls": [call("call_1", "fly", "{}")]}
    weryai_emulator.reply(message, finish_reason="tool_calls")
    [response] = ask(llm, way, TOOLS, user_msg="Go")
    assert str(response) == "Encountered error: there is no tool fly."
    assert response.sources[0].is_error


@pytest.mark.parametrize("way", WAYS)
def test_an_error_of_a_tool_may_be_raised(llm, ask, weryai_emulator, way):
    message = {"content": None, "tool_calls": [call("call_1", "fly", "{}")]}
    weryai_emulator.reply(message, finish_reason="tool_calls")
    with pytest.raises(ValueError, match="there is no tool fly"):
        ask(llm, way, TOOLS, user_msg="Go", error_on_tool_error=True)


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_without_a_call_is_an_error_unless_it_is_optional(llm, ask, weryai_emulator, way):
    weryai_emulator.reply("I would rather talk.")
    with pytest.raises(ValueError, match="I would rather talk"):
        ask(llm, way, TOOLS, user_msg="Go")
    weryai_emulator.reply("I would rather talk.")
    [response] = ask(llm, way, TOOLS, user_msg="Go", error_on_no_tool_call=False)
    assert (str(response), response.sources) == ("I would rather talk.", [])


@pytest.mark.parametrize("way", WAYS)
def test_a_model_without_function_calling_uses_react(make_llm, ask, weryai_emulator, way):
    weryai_emulator.reply(
        'Thought: I add.\nAction: add\nAction Input: {"a": 2, "b": 3}', finish_reason="stop"
    )
    llm = make_llm(is_function_calling_model=False)
    [response] = ask(llm, way, TOOLS, user_msg="Add 2 and 3.")
    assert str(response) == "5"
    assert "tools" not in weryai_emulator.last_request.json


def test_one_of_two_equal_calls_is_kept(llm, weryai_emulator, to_reply):
    twice = [TWO_CALLS[0], TWO_CALLS[0]]
    weryai_emulator.reply_json(to_reply({"content": "I add.", "tool_calls": twice}))
    response = llm.chat_with_tools(TOOLS, user_msg="Go")
    assert response.message.blocks == [
        TextBlock(text="I add."),
        ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2}),
    ]


def test_an_answer_without_calls_is_unchanged(llm, weryai_emulator):
    weryai_emulator.reply("Nothing to add.")
    response = llm.chat_with_tools(TOOLS, user_msg="Go")
    assert response.message.content == "Nothing to add."
    assert response.message.additional_kwargs == {}


def test_a_conversation_continues_after_a_tool_call(llm):
    history = [ChatMessage(content="Add 2 and 3.")]
    answer = llm.chat_with_tools(TOOLS, chat_history=history).message
    [selection] = llm.get_tool_calls_from_response(llm.chat_with_tools(TOOLS, chat_history=history))
    result = ChatMessage(
        role="tool",
        content=str(add(**selection.tool_kwargs)),
        additional_kwargs={"tool_call_id": selection.tool_id},
    )
    final = llm.chat_with_tools(TOOLS, chat_history=[*history, answer, result])
    assert "5" in final.message.content
    assert len(history) == 1


REFUSED = {"content": None, "refusal": "I can't."}


async def test_a_refusal_in_place_of_a_required_call_is_an_error_that_quotes_it(
    llm, weryai_emulator
):
    async def streamed():
        return [one async for one in await llm.astream_chat_with_tools(TOOLS, **asked)]

    asked = {"user_msg": "Go", "tool_required": True}
    for ask in (
        lambda: llm.chat_with_tools(TOOLS, **asked),
        lambda: [*llm.stream_chat_with_tools(TOOLS, **asked)],
    ):
        weryai_emulator.reply(REFUSED)
        with pytest.raises(ToolCallError, match="but the model refused: \"I can't"):
            ask()
    for ask in (lambda: llm.achat_with_tools(TOOLS, **asked), streamed):
        weryai_emulator.reply(REFUSED)
        with pytest.raises(ToolCallError, match="but the model refused: \"I can't"):
            await ask()


async def test_predict_and_call_raises_an_error_of_ours_without_a_call(llm, weryai_emulator):
    for answer, words in ((REFUSED, "model refused: I can't"), ("Hm.", r"answer is: Hm\.")):
        weryai_emulator.reply(answer)
        with pytest.raises(ToolCallError, match=words):
            llm.predict_and_call(TOOLS, user_msg="Go")
        weryai_emulator.reply(answer)
        with pytest.raises(ValueError, match=words):
            await llm.apredict_and_call(TOOLS, user_msg="Go")


@pytest.mark.parametrize("wrapped", ['{"add": {"a": 1, "b": 2}}', '{"args": {"a": 1, "b": 2}}'])
async def test_wrapped_arguments_are_unwrapped(llm, weryai_emulator, wrapped):
    for _ in range(2):
        message = {"content": None, "tool_calls": [call("call_1", "add", wrapped)]}
        weryai_emulator.reply(message, finish_reason="tool_calls")
    assert llm.predict_and_call(TOOLS, user_msg="Go").response == "3"
    streamed = [one async for one in await llm.astream_chat_with_tools(TOOLS, user_msg="Go")]
    [selection] = llm.get_tool_calls_from_response(streamed[-1])
    assert selection.tool_kwargs == {"a": 1, "b": 2}
