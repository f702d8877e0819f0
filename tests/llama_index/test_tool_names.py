"""Tools whose names, kinds or calls no service takes as they are, from the question to the end."""

from typing import Generic, TypeVar

import pytest
from llama_index.core import PromptTemplate
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, ConfigDict

from weryai_core import InvalidRequestError, ToolCallError

pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields:pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings(
        "ignore:Accessing the 'model_:pydantic.warnings.PydanticDeprecatedSince211"
    ),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    """A box."""

    value: T


class Titled(BaseModel):
    """A person."""

    model_config = ConfigDict(title="A Person")

    value: str


class Node(BaseModel):
    """A node."""

    name: str
    children: list["Node"] = []


def search(query: str) -> str:
    """Search in Notion."""
    return f"Found {query}."


NOTION = FunctionTool.from_defaults(search, name="notion.search")
PAY = {"id": "p", "type": "function", "function": {"name": "", "arguments": '{"query":"pay"}'}}
SEARCH = {
    "id": "s",
    "type": "function",
    "function": {"name": "notion_search", "arguments": '{"query":"cats"}'},
}


def name_sent(emulator):
    return emulator.last_request.json["tools"][0]["function"]["name"]


def test_a_tool_with_any_name_is_called_by_its_own_name(llm, weryai_emulator):
    whole = llm.chat_with_tools([NOTION], "cats", tool_choice="notion.search")
    *_, streamed = llm.stream_chat_with_tools([NOTION], "cats", tool_choice="notion_search")
    for response in (whole, streamed):
        [selection] = llm.get_tool_calls_from_response(response)
        assert (selection.tool_name, selection.tool_kwargs) == ("notion.search", {"query": "cats"})
    assert name_sent(weryai_emulator) == "notion_search"
    choice = weryai_emulator.last_request.json["tool_choice"]
    assert choice["function"]["name"] == "notion_search"


async def test_predict_and_call_runs_a_tool_with_any_name(llm):
    question, answer = "search for cats", "Found search for cats."
    assert str(llm.predict_and_call([NOTION], question)) == answer
    assert str(await llm.apredict_and_call([NOTION], question)) == answer


async def test_an_agent_runs_a_tool_with_any_name(llm, weryai_emulator, streaming):
    agent = FunctionAgent(tools=[NOTION], llm=llm, streaming=streaming)
    assert (
        str(await agent.run("search for cats")) == "notion_search returned: Found search for cats."
    )
    _, asked, _ = [
        one for one in weryai_emulator.last_request.json["messages"] if one["role"] != "system"
    ]
    assert asked["tool_calls"][0]["function"]["name"] == "notion_search"


@pytest.mark.parametrize(("output_cls", "name"), [(Box[int], "Box_int_"), (Titled, "A_Person")])
@pytest.mark.parametrize("mode", [PydanticProgramMode.DEFAULT, PydanticProgramMode.FUNCTION])
def test_generic_and_titled_classes_are_answered(make_llm, weryai_emulator, output_cls, name, mode):
    llm = make_llm(pydantic_program_mode=mode)
    prompt = PromptTemplate("Give me one.")
    assert isinstance(llm.structured_predict(output_cls, prompt), output_cls)
    *_, last = llm.stream_structured_predict(output_cls, prompt)
    assert isinstance(last, output_cls)
    if mode == PydanticProgramMode.FUNCTION:
        assert name_sent(weryai_emulator) == name
    else:
        described = weryai_emulator.last_request.json["response_format"]["json_schema"]
        assert described["name"] == name


def test_two_tools_of_one_name_are_refused_before_the_network(llm, weryai_emulator):
    other = FunctionTool.from_defaults(search, name="notion.search", description="Other.")
    with pytest.raises(InvalidRequestError, match=r"Two tools have the name 'notion\.search'"):
        llm.chat_with_tools([NOTION, other], "Hi")
    assert weryai_emulator.requests == []


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_of_nothing_but_a_nameless_call_is_asked_for_again(
    make_llm, weryai_emulator, retries, streams
):
    llm = make_llm(max_retries=retries)
    weryai_emulator.reply({"content": None, "tool_calls": [PAY]}, finish_reason="tool_calls")

    def ask():
        if streams:
            *_, response = llm.stream_chat_with_tools([NOTION], "Hi")
            return response.message.content
        return llm.chat_with_tools([NOTION], "Hi").message.content

    if retries:
        weryai_emulator.reply("Found.")
        assert ask() == "Found."
    else:
        with pytest.raises(ToolCallError, match="calls without a name"):
            ask()


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ({"content": "Sure.", "tool_calls": [PAY]}, []),
        ({"content": None, "tool_calls": [PAY, SEARCH]}, ["notion.search"]),
    ],
)
def test_a_nameless_call_is_never_run_or_sent(llm, weryai_emulator, answer, names):
    for chat in (llm.chat_with_tools, llm.stream_chat_with_tools):
        weryai_emulator.reply(answer, finish_reason="tool_calls")
        response = chat([NOTION], "Hi")
        *_, response = [response] if chat == llm.chat_with_tools else response
        selections = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
        assert [one.tool_name for one in selections] == names
        assert "pay" not in str(response.message)
        results = [
            ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": one.tool_id})
            for one in selections
        ]
        llm.chat([ChatMessage("Hi"), response.message, *results, ChatMessage("And?")])
        assert "pay" not in str(weryai_emulator.last_request.json["messages"])


def test_services_that_use_one_id_in_each_answer_get_unique_ones(llm, weryai_emulator):
    block = ToolCallBlock(tool_call_id="call_0", tool_name="add", tool_kwargs={"a": 1})
    turn = [
        ChatMessage("Hi"),
        ChatMessage(role="assistant", blocks=[block]),
        ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_0"}),
    ]
    llm.chat([*turn, *turn])
    messages = weryai_emulator.last_request.json["messages"]
    ids = [one["tool_calls"][0]["id"] for one in messages if "tool_calls" in one]
    assert ids[0] == "call_0"
    assert len({*ids}) == 2
    assert [one["tool_call_id"] for one in messages if one["role"] == "tool"] == ids


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "bash_20250124", "name": "bash"},
        {"type": "code_interpreter"},
        {"url_context": {}},
        "code_interpreter",
    ],
    ids=str,
)
def test_built_in_tools_of_other_providers_are_refused(llm, weryai_emulator, tool):
    for refused in (llm.chat_with_tools, llm.predict_and_call):
        with pytest.raises(InvalidRequestError, match="built into another provider's API"):
            refused([NOTION, tool], "Hi")
    assert weryai_emulator.requests == []


def test_a_tool_without_parameters_has_a_complete_schema(llm, weryai_emulator):
    class Nothing(BaseModel):
        pass

    for tool in (
        FunctionTool.from_defaults(lambda: "3", name="now", fn_schema=Nothing),
        {"type": "function", "function": {"name": "now"}},
    ):
        llm.chat_with_tools([tool], "Hi")
        function = weryai_emulator.last_request.json["tools"][0]["function"]
        assert function["parameters"] == {"type": "object", "properties": {}}


def test_a_recursive_class_keeps_its_fields_and_definitions(llm, weryai_emulator):
    tool = FunctionTool.from_defaults(lambda **_: "3", name="save", fn_schema=Node)
    llm.chat_with_tools([tool], "Hi")
    parameters = weryai_emulator.last_request.json["tools"][0]["function"]["parameters"]
    assert parameters["type"] == "object"
    assert [*parameters["properties"]] == ["name", "children"]
    assert parameters["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert "Node" in parameters["$defs"]
