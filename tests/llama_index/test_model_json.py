"""JSON as models write it: in tool calls, structured answers and agents."""

import asyncio
import json
from itertools import cycle

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from model_json import AROUND, ENCODED_TWICE, MISTAKES, TRUNCATED, VALUE
from pydantic import BaseModel

from weryai_emulator import shapes

# LlamaIndex looks at every attribute of an agent, and serializes partial objects with
# a method that pydantic deprecates.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields:pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings("ignore:The `json` me:pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings(
        "ignore:Accessing the 'model_:pydantic.warnings.PydanticDeprecatedSince211"
    ),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

ARGUMENTS = {**MISTAKES, "encoded twice": ENCODED_TWICE}
TEXTS = {**MISTAKES, **AROUND}
PROMPT = PromptTemplate("What is the weather?")
# Text that UTF-8 cannot write, as parsers of PDFs give it.
HALF = "a\ud83d"


class Weather(BaseModel):
    """The weather in a place."""

    city: str
    degrees: int


def note(city: str, degrees: int) -> str:
    """Note the weather."""
    return repr((city, degrees))


TOOL = FunctionTool.from_defaults(note)
OUTPUT = repr((VALUE["city"], VALUE["degrees"]))


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
@pytest.mark.parametrize("method", ["chat", "astream_chat"])
def test_calls_are_valid_and_can_be_sent_back(llm, ask, weryai_emulator, method, arguments):
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", arguments)))
    answer = ask(llm, method, tools=[TOOL.metadata.to_openai_tool()])[-1]
    (selection,) = llm.get_tool_calls_from_response(answer)
    assert (selection.tool_name, selection.tool_kwargs) == ("note", VALUE)
    (block,) = (block for block in answer.message.blocks if isinstance(block, ToolCallBlock))
    assert block.tool_kwargs == VALUE
    (written,) = answer.message.additional_kwargs["tool_calls"]
    assert json.loads(written["function"]["arguments"]) == VALUE
    result = ChatMessage(
        role="tool", content="Noted.", additional_kwargs={"tool_call_id": "call_1"}
    )
    ask(llm, method, [ChatMessage("Hello"), answer.message, result])
    (back,) = weryai_emulator.last_request.json["messages"][1]["tool_calls"]
    assert json.loads(back["function"]["arguments"]) == VALUE
    assert len(weryai_emulator.requests) == 2


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
async def test_tools_run(llm, weryai_emulator, streaming, arguments):
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", arguments)))
    assert llm.predict_and_call([TOOL], user_msg="Note it.").response == OUTPUT
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", arguments)))
    weryai_emulator.reply("Noted.")
    agent = FunctionAgent(tools=[TOOL], llm=llm, streaming=streaming)
    assert str(await agent.run("Note it.")) == "Noted."
    assert weryai_emulator.last_request.json["messages"][-1]["content"] == OUTPUT


@pytest.mark.parametrize("method", ["chat", "stream_chat"])
def test_a_truncated_call_is_no_selection_of_the_tool(llm, ask, weryai_emulator, method):
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", TRUNCATED)))
    answer = ask(llm, method, tools=[TOOL.metadata.to_openai_tool()])[-1]
    (selection,) = llm.get_tool_calls_from_response(answer)
    assert selection.tool_name != "note"


@pytest.mark.parametrize("arguments", [MISTAKES["a raw line break"], MISTAKES["Python"]])
@pytest.mark.parametrize("method", ["achat", "stream_chat"])
def test_calls_in_the_text_are_valid(make_llm, ask, weryai_emulator, method, arguments):
    weryai_emulator.reply(f'<tool_call>{{"name": "note", "arguments": {arguments},}}</tool_call>')
    llm = make_llm(tool_calling="prompted")
    answer = ask(llm, method, tools=[TOOL.metadata.to_openai_tool()])[-1]
    (selection,) = llm.get_tool_calls_from_response(answer)
    assert (selection.tool_name, selection.tool_kwargs) == ("note", VALUE)


ENTRANCES = (
    (PydanticProgramMode.DEFAULT, "structured_predict"),
    (PydanticProgramMode.FUNCTION, "stream_structured_predict"),
    (PydanticProgramMode.LLM, "astructured_predict"),
    (PydanticProgramMode.DEFAULT, "astream_structured_predict"),
    (PydanticProgramMode.FUNCTION, "structured_predict"),
)


def predict(llm, entrance):
    """The last object that an entrance returns."""
    function = getattr(llm, entrance)

    async def collect():
        answer = await function(Weather, PROMPT)
        return [one async for one in answer] if hasattr(answer, "__aiter__") else [answer]

    if entrance.startswith("a"):
        return asyncio.run(collect())[-1]
    answer = function(Weather, PROMPT)
    return list(answer)[-1] if entrance.startswith("stream") else answer


@pytest.mark.parametrize(
    ("text", "entrance"),
    [*zip(TEXTS.values(), cycle(ENTRANCES), strict=False)],
    ids=TEXTS,
)
def test_structured_answers_are_read(make_llm, weryai_emulator, text, entrance):
    mode, name = entrance
    is_call = mode == PydanticProgramMode.FUNCTION and text in MISTAKES.values()
    weryai_emulator.reply(shapes.calling(shapes.tool_call("Weather", text)) if is_call else text)
    assert predict(make_llm(pydantic_program_mode=mode), name) == Weather(**VALUE)
    assert len(weryai_emulator.requests) == 1


def test_torn_characters_are_joined(llm, ask, weryai_emulator, method, to_chunks):
    if "stream" in method:
        weryai_emulator.reply_chunks(to_chunks({"content": "a\ud83d"}, {"content": "\ude00"}))
    else:
        weryai_emulator.reply("a\ud83d\ude00")
    answer = ask(llm, method)[-1]
    assert (answer.message.content if "chat" in method else answer.text) == "a😀"
    assert len(weryai_emulator.requests) == 1


def test_halves_of_characters_are_sent_as_characters(llm, ask, chat_method, weryai_emulator):
    call = ToolCallBlock(tool_call_id="1", tool_name="note", tool_kwargs={"city": HALF})
    messages = [
        ChatMessage(role="system", content=HALF),
        ChatMessage(HALF),
        ChatMessage(role="assistant", blocks=[call]),
        ChatMessage(role="tool", content=HALF, additional_kwargs={"tool_call_id": "1"}),
    ]
    tool = FunctionTool.from_defaults(note, description=f"Note {HALF}.")
    ask(llm, chat_method, messages, tools=[tool.metadata.to_openai_tool()])
    sent = weryai_emulator.last_request.json
    assert [message["content"] for message in sent["messages"] if message["content"]] == [
        "a\ufffd",
        "a\ufffd",
        "a\ufffd",
    ]
    (called,) = sent["messages"][2]["tool_calls"]
    assert json.loads(called["function"]["arguments"]) == {"city": "a\ufffd"}
    assert sent["tools"][0]["function"]["description"] == "Note a\ufffd."
