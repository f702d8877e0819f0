"""Prompted tools: agents and structured output at a gateway that ignores `tools`."""

import base64

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ToolCallBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from weryai_core import ConfigurationError, StructuredOutputError, ToolCallError

QUESTION = "What is the weather in Paris?"
CALL = '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PROMPT = PromptTemplate("{text}")
ANN = "The person is called Ann and is 5 years old."


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


class Person(BaseModel):
    """A person."""

    name: str
    age: int


TOOLS = [FunctionTool.from_defaults(tool) for tool in (get_weather, add, multiply)]


@pytest.fixture
def emulator(tool_gateway):
    tool_gateway.reset()
    return tool_gateway


@pytest.fixture
def native(make_llm, emulator):
    return make_llm(api_base=emulator.base_url)


@pytest.fixture
def prompted(make_llm, emulator):
    return make_llm(api_base=emulator.base_url, tool_calling="prompted")


METHODS = [f"{name}_with_tools" for name in ("chat", "achat", "stream_chat", "astream_chat")]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_reads_calls_from_the_text(prompted, ask, emulator, method):
    emulator.reply(f"Let me look.\n\n{CALL}\n{CALL}")
    responses = ask(prompted, method, TOOLS, user_msg="Go", allow_parallel_tool_calls=True)
    text, *calls = responses[-1].message.blocks
    assert text == TextBlock(text="Let me look.")
    assert [(call.tool_name, call.tool_kwargs) for call in calls] == [
        ("get_weather", {"city": "Paris"})
    ] * 2
    assert all(isinstance(call, ToolCallBlock) for call in calls)
    assert len({call.tool_call_id for call in calls}) == 2
    assert responses[-1].additional_kwargs["finish_reason"] == "tool_calls"
    assert responses[-1].raw["usage"]["completion_tokens"] > 0
    assert emulator.last_request.json.keys() <= {"model", "messages", "stream", "stream_options"}


CONVERSATIONS = {
    "one step": (QUESTION, ["get_weather"], "get_weather returned: Sunny in Paris."),
    "calls at once": (
        "What is the weather in Paris and in Rome?",
        ["get_weather", "get_weather"],
        "get_weather returned: Sunny in Paris.\nget_weather returned: Sunny in Rome.",
    ),
    "two steps": (
        "Add 2 and 3, then multiply the result by 4.",
        ["add", "multiply"],
        "multiply returned: 20",
    ),
    "no tool": ("Hello", [], 'Hello! You said: "Hello"'),
}


@pytest.mark.parametrize(
    ("question", "tools", "answer"),
    [pytest.param(*row, id=name) for name, row in CONVERSATIONS.items()],
)
async def test_an_agent_reaches_its_answer(prompted, emulator, streaming, question, tools, answer):
    agent = FunctionAgent(tools=TOOLS, llm=prompted, streaming=streaming, system_prompt="Be nice.")
    response = await agent.run(question)
    assert str(response) == answer
    assert [call.tool_name for call in response.tool_calls] == tools
    for request in emulator.requests:
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & request.json.keys()
        roles = [message["role"] for message in request.json["messages"]]
        assert roles[0] == "system"
        assert set(roles[1:]) <= {"user", "assistant"}


async def test_the_first_tool_can_be_forced(prompted, emulator):
    agent = FunctionAgent(tools=TOOLS, llm=prompted, initial_tool_choice="get_weather")
    await agent.run("Hello from Rome.")
    first, second = (request.json["messages"][0]["content"] for request in emulator.requests)
    assert 'must call the tool "get_weather"' in first
    assert "must call" not in second


async def test_an_image_from_a_tool_reaches_the_model(prompted, emulator):
    def draw() -> list:
        """Draw a picture."""
        return [TextBlock(text="Here."), ImageBlock(image=PNG)]

    emulator.reply('<tool_call>{"name": "draw"}</tool_call>')
    emulator.reply("A picture.")
    await FunctionAgent(tools=[FunctionTool.from_defaults(draw)], llm=prompted).run("Draw.")
    start, image, end = emulator.last_request.json["messages"][-1]["content"]
    assert start["text"].startswith('<tool_response id="call_')
    assert start["text"].endswith('" name="draw">\nHere.')
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert image == {"type": "image_url", "image_url": {"url": url}}
    assert end == {"type": "text", "text": "</tool_response>"}


def test_structured_output_works(prompted):
    assert prompted.structured_predict(Person, PROMPT, text="Ann is 5.") == Person(
        name="Ann", age=5
    )
    *_, last = prompted.stream_structured_predict(Person, PROMPT, text=ANN)
    assert last.age == 5
    assert prompted.as_structured_llm(Person).complete("Ann is 5.").raw == Person(name="Ann", age=5)


@pytest.mark.parametrize("method", ["chat_with_tools", "astream_chat_with_tools"])
def test_the_error_of_a_missing_required_call_suggests_prompted_tools(native, ask, method):
    with pytest.raises(ToolCallError, match='tool_calling="prompted"') as caught:
        ask(native, method, TOOLS, user_msg="Hello", tool_required=True)
    assert caught.value.partial.text == 'Hello! You said: "Hello"'


def test_the_error_of_structured_output_without_a_call_suggests_the_prompt(native):
    native.pydantic_program_mode = PydanticProgramMode.FUNCTION
    with pytest.raises(StructuredOutputError, match="PydanticProgramMode") as caught:
        native.structured_predict(Person, PROMPT, text="Hello")
    assert caught.value.partial.text == 'Hello! You said: "Hello"'


def test_a_call_may_set_tool_calling(native, emulator):
    options = {"user_msg": QUESTION, "tool_calling": "prompted"}
    response = native.chat_with_tools(TOOLS, **options)
    [selection] = native.get_tool_calls_from_response(response)
    assert (selection.tool_name, selection.tool_kwargs) == ("get_weather", {"city": "Paris"})
    assert emulator.last_request.json.keys() == {"model", "messages"}


def test_tool_calling_is_checked_and_saved(prompted, make_llm):
    assert (
        type(prompted).from_dict(prompted.to_dict() | {"api_key": "x"}).tool_calling == "prompted"
    )
    with pytest.raises(ConfigurationError, match="tool_calling"):
        make_llm(tool_calling="magic")


def test_a_history_with_calls_is_sent_as_text(prompted, emulator):
    call = ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 2, "b": 3})
    history = [
        ChatMessage(content="Add 2 and 3."),
        ChatMessage(role="assistant", blocks=[call]),
        ChatMessage(role="tool", content="5", additional_kwargs={"tool_call_id": "call_1"}),
    ]
    assert prompted.chat(history).message.content == "add returned: 5"
    assert emulator.last_request.json == {
        "model": "GPT_4O",
        "messages": [
            {"role": "user", "content": "Add 2 and 3."},
            {
                "role": "assistant",
                "content": '<tool_call>{"name":"add","arguments":{"a":2,"b":3},"id":"call_1"}'
                "</tool_call>",
            },
            {
                "role": "user",
                "content": '<tool_response id="call_1" name="add">\n5\n</tool_response>',
            },
        ],
    }
