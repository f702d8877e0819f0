"""Tools whose names, kinds or calls no service takes as they are, from the question to the end."""

from typing import Generic, TypeVar

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool, Tool
from pydantic import BaseModel, ConfigDict

from weryai_core import InvalidRequestError, ToolCallError

T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    """A box."""

    value: T


class Titled(BaseModel):
    """A person."""

    model_config = ConfigDict(title="A Person")

    value: str


def search(query: str) -> str:
    """Search in Notion."""
    return f"Found {query}."


NOTION = StructuredTool.from_function(search, name="notion.search")


async def test_a_tool_with_any_name_is_called_by_its_own_name(model, call, sent):
    bound = model.bind_tools([NOTION], tool_choice="notion.search")
    message = await call(bound, "cats")
    [called] = message.tool_calls
    assert (called["name"], called["args"]) == ("notion.search", {"query": "cats"})
    assert sent()["tools"][0]["function"]["name"] == "notion_search"
    assert sent()["tool_choice"]["function"]["name"] == "notion_search"


def test_a_tool_may_be_chosen_by_the_name_that_is_sent(model):
    [called] = model.bind_tools([NOTION], tool_choice="notion_search").invoke("Hi").tool_calls
    assert called["name"] == "notion.search"


async def test_an_agent_runs_a_tool_with_any_name(model, call, sent):
    state = {"messages": [HumanMessage("search for cats")]}
    agent = create_agent(model, [NOTION])
    messages = (await agent.ainvoke(state))["messages"]
    assert isinstance(messages[2], ToolMessage)
    assert messages[2].content == "Found search for cats."
    _, asked, answered = sent()["messages"]
    assert asked["tool_calls"][0]["function"]["name"] == answered["name"] == "notion_search"


@pytest.mark.parametrize(("schema", "name"), [(Box[int], "Box_int_"), (Titled, "A_Person")])
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
async def test_generic_and_titled_classes_are_answered(model, call, sent, schema, name, method):
    structured = model.with_structured_output(schema, method=method)
    assert isinstance(await call(structured, "Give me one."), schema)
    if method == "json_schema":
        assert sent()["response_format"]["json_schema"]["name"] == name
    else:
        assert sent()["tools"][0]["function"]["name"] == name


@pytest.mark.parametrize("schema", [Box[int], Titled])
@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
def test_agents_answer_with_generic_and_titled_classes(model, schema, strategy):
    agent = create_agent(model, [NOTION], response_format=strategy(schema))
    state = agent.invoke({"messages": [HumanMessage("Give me one.")]})
    assert isinstance(state["structured_response"], schema)


def test_two_tools_of_one_name_are_refused_before_the_network(model, weryai_emulator):
    other = StructuredTool.from_function(search, name="notion.search", description="Other.")
    with pytest.raises(InvalidRequestError, match=r"Two tools have the name 'notion\.search'"):
        model.bind_tools([NOTION, other]).invoke("Hi")
    assert weryai_emulator.requests == []


PAY = {"id": "p", "type": "function", "function": {"name": None, "arguments": '{"query":"pay"}'}}
SEARCH = {
    "id": "s",
    "type": "function",
    "function": {"name": "notion_search", "arguments": '{"query":"cats"}'},
}


@pytest.mark.parametrize("output_version", ["v0", "v1"])
async def test_a_nameless_call_is_never_run_or_sent(
    make_model, call, sent, weryai_emulator, output_version
):
    model = make_model(output_version=output_version).bind_tools([NOTION])
    for answer, names in (
        ({"content": "Sure.", "tool_calls": [PAY]}, []),
        ({"content": None, "tool_calls": [PAY, SEARCH]}, ["notion.search"]),
    ):
        weryai_emulator.reply(answer, finish_reason="tool_calls")
        message = await call(model, "Hi")
        assert [one["name"] for one in message.tool_calls] == names
        assert message.invalid_tool_calls == []
        assert "pay" not in str(message.content)
        results = [ToolMessage("Done.", tool_call_id=one["id"]) for one in message.tool_calls]
        await call(model, [HumanMessage("Hi"), message, *results, HumanMessage("And?")])
        assert "pay" not in str(sent()["messages"])


async def test_an_answer_of_nothing_but_a_nameless_call_is_asked_for_again(
    make_model, call, weryai_emulator
):
    for retries in (0, 1):
        model = make_model(max_retries=retries).bind_tools([NOTION])
        weryai_emulator.reply({"content": None, "tool_calls": [PAY]}, finish_reason="tool_calls")
        if retries:
            weryai_emulator.reply("Found.")
            assert (await call(model, "Hi")).text == "Found."
        else:
            with pytest.raises(ToolCallError, match="calls without a name"):
                await call(model, "Hi")


def test_a_nameless_call_is_not_the_required_one(model, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [PAY]}, finish_reason="tool_calls")
    with pytest.raises(ToolCallError):
        model.bind_tools([NOTION], tool_choice="any").invoke("Hi")


def test_the_fragments_of_a_call_have_one_id_though_it_comes_late(model, weryai_emulator, chunk):
    fragments = [
        {"index": 0, "function": {"name": "notion_"}},
        {"index": 0, "function": {"name": "search", "arguments": '{"query":'}},
        {"index": 0, "id": "late", "function": {"arguments": '"cats"}'}},
    ]
    weryai_emulator.reply_chunks(
        [
            *(chunk({"tool_calls": [one]}) for one in fragments),
            chunk({}, finish_reason="tool_calls"),
        ]
    )
    pieces = [
        one for piece in model.bind_tools([NOTION]).stream("Hi") for one in piece.tool_call_chunks
    ]
    assert {(one["id"], one["name"]) for one in pieces if one["id"] or one["name"]} == {
        ("late", "notion.search")
    }


def test_services_that_use_one_id_in_each_answer_get_unique_ones(model, sent):
    called = {"name": "notion.search", "args": {"query": "cats"}, "id": "call_0"}
    turn = [HumanMessage("Hi"), AIMessage("", tool_calls=[called])]
    turn.append(ToolMessage("3", tool_call_id="call_0"))
    model.bind_tools([NOTION]).invoke([*turn, *turn])
    messages = sent()["messages"]
    ids = [one["tool_calls"][0]["id"] for one in messages if "tool_calls" in one]
    assert ids[0] == "call_0"
    assert len({*ids}) == 2
    assert [one["tool_call_id"] for one in messages if one["role"] == "tool"] == ids


BUILT_IN = [
    {"type": "bash_20250124", "name": "bash"},
    "code_interpreter",
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "computer_use_preview"},
    {"type": "file_search"},
    {"type": "mcp", "server_label": "x"},
    {"url_context": {}},
]


@pytest.mark.parametrize("tool", BUILT_IN, ids=str)
def test_built_in_tools_of_other_providers_are_refused(model, tool):
    with pytest.raises(InvalidRequestError, match="built into another provider's API"):
        model.bind_tools([NOTION, tool])


def custom(**extra):
    metadata = {"type": "custom_tool", **extra}
    return Tool("run", func=str.upper, description="Run a command.", metadata=metadata)


def test_a_custom_tool_becomes_a_function_with_one_text(model, sent):
    model.bind_tools([custom()]).invoke("Hi")
    parameters = sent()["tools"][0]["function"]["parameters"]
    assert [one["type"] for one in parameters["properties"].values()] == ["string"]
    with pytest.raises(InvalidRequestError, match="'run' has a `format`"):
        model.bind_tools([custom(format={"type": "grammar"})])


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, None], ids=repr)
def test_a_tool_of_an_mcp_server_has_a_complete_schema(model, sent, schema):
    """Its `args_schema` is the JSON schema of the server."""

    async def run(**_):
        return "3"

    if schema is None:
        tool = {"name": "now", "description": "The time.", "inputSchema": {}}
    else:
        tool = StructuredTool(
            name="now", description="The time.", args_schema=schema, coroutine=run
        )
    model.bind_tools([tool]).invoke("Hi")
    assert sent()["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}
