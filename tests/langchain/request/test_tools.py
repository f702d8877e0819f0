"""Tools and how they are sent."""

from collections.abc import Callable
from typing import Annotated

import pytest
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_weryai.request.tools import to_tools
from weryai_core import InvalidRequestError

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Name of the city."}},
    "required": ["city"],
}
GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": PARAMETERS,
    },
}
QUESTION = "What is the weather in Paris?"


def get_weather(city: str) -> str:
    """Get the weather in a city.

    Args:
        city: Name of the city.
    """
    return f"Sunny in {city}, 25 degrees."


def get_time(zone: str) -> str:
    """Get the time in a zone."""
    return f"Noon in {zone}."


class GetWeather(BaseModel):
    """Get the weather in a city."""

    model_config = {"title": "get_weather"}

    city: str = Field(description="Name of the city.")


class GetWeatherDict(TypedDict):
    """Get the weather in a city."""

    city: Annotated[str, ..., "Name of the city."]


WEATHER_TOOLS = {
    "function": get_weather,
    "decorated function": tool(get_weather, parse_docstring=True),
    "BaseTool": StructuredTool.from_function(
        get_weather, description="Get the weather in a city.", args_schema=GetWeather
    ),
    "pydantic model": GetWeather,
    "JSON schema": {
        "title": "get_weather",
        "description": "Get the weather in a city.",
        **PARAMETERS,
    },
    "OpenAI's function": GET_WEATHER["function"],
    "OpenAI's tool": GET_WEATHER,
    "Anthropic's tool": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "input_schema": PARAMETERS,
    },
}


@pytest.mark.parametrize("given", WEATHER_TOOLS.values(), ids=WEATHER_TOOLS)
def test_a_tool_of_any_kind_becomes_a_function(given):
    assert to_tools([given]) == [GET_WEATHER]


def test_a_typed_dict_becomes_a_function():
    assert to_tools([GetWeatherDict]) == [
        {
            "type": "function",
            "function": {
                "name": "GetWeatherDict",
                "description": "Get the weather in a city.",
                "parameters": PARAMETERS,
            },
        }
    ]


def test_strict_is_sent_with_each_tool(model, sent):
    model.bind_tools([GetWeather], strict=True).invoke("Hello")
    (sent_tool,) = sent()["tools"]
    assert sent_tool["function"]["strict"] is True
    assert sent_tool["function"]["parameters"]["additionalProperties"] is False


def test_strict_tools_require_all_arguments_and_have_no_defaults(model, sent):
    def find(words: str, most: int = 5) -> str:
        """Look for something."""
        return words * most

    model.bind_tools([find], strict=True).invoke("Hello")
    parameters = sent()["tools"][0]["function"]["parameters"]
    assert parameters["required"] == ["words", "most"]
    assert parameters["properties"]["most"] == {"type": "integer"}


def test_a_runnable_becomes_a_function():
    class City(TypedDict):
        city: str

    def look(question: City) -> str:
        """Get the weather in a city."""
        return get_weather(question["city"])

    [sent] = to_tools([RunnableLambda(look, name="get_weather").with_types(input_type=City)])
    assert sent["function"]["name"] == "get_weather"
    parameters = sent["function"]["parameters"]
    assert parameters["properties"]["city"]["type"] == "string"
    assert parameters["required"] == ["city"]


def test_tools_are_sent_with_their_options(model, sent):
    bound = model.bind_tools([get_weather], tool_choice="any", parallel_tool_calls=False)
    bound.invoke("Hello")
    assert sent() == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [GET_WEATHER],
        "tool_choice": "required",
        "parallel_tool_calls": False,
    }
    bound.invoke("Hello", parallel_tool_calls=True)
    assert sent()["parallel_tool_calls"] is True


@pytest.mark.parametrize("choice", [None, False])
def test_no_tool_choice_is_sent_unless_one_is_given(model, sent, choice):
    model.bind_tools([get_weather], tool_choice=choice).invoke("Hello")
    assert sent()["tools"] == [GET_WEATHER]
    assert not {"tool_choice", "parallel_tool_calls"} & sent().keys()


def test_a_tool_can_be_chosen_by_name(model, sent):
    model.bind_tools([get_weather, get_time], tool_choice="get_weather").invoke("Hello")
    assert sent()["tool_choice"] == {"type": "function", "function": {"name": "get_weather"}}


def test_choosing_an_unknown_tool_is_an_error(model):
    with pytest.raises(InvalidRequestError, match=r"'get_whether', but the tools are \['get_w"):
        model.bind_tools([get_weather], tool_choice="get_whether")


def test_an_empty_list_of_tools_is_not_sent(model, sent):
    model.bind_tools([], tool_choice="any", parallel_tool_calls=True).invoke("Hello")
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & sent().keys()


async def test_a_tool_is_called(model, call):
    message = await call(model.bind_tools([get_weather, get_time]), "What is the weather in Paris?")
    (called,) = message.tool_calls
    assert (called["name"], called["args"]) == ("get_weather", {"city": "Paris"})
    assert called["id"]
    assert message.response_metadata["finish_reason"] == "tool_calls"


def test_a_tool_without_a_json_schema_is_named():
    def run(action: Callable[[], None]) -> None:
        """Run an action."""

    with pytest.raises(InvalidRequestError, match="The tool 'run' has no JSON schema"):
        to_tools([run])


def test_references_to_nothing_in_a_tool_of_an_mcp_server_are_left_to_the_core():
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/Missing"}}}
    tool = StructuredTool(name="f", description="d", args_schema=schema, func=print)
    function = {"name": "f", "description": "d", "parameters": schema}
    assert to_tools([tool]) == [{"type": "function", "function": function}]


def test_a_union_as_a_json_schema_keeps_its_branches():
    branch = {"type": "object", "properties": {"a": {"type": "string"}}}
    [tool] = to_tools([{"title": "f", "description": "d", "anyOf": [branch]}])
    assert tool["function"] == {"name": "f", "description": "d", "parameters": {"anyOf": [branch]}}


def test_the_cache_control_of_an_anthropic_tool_is_kept():
    given = {
        "name": "f",
        "description": "Do it.",
        "input_schema": {"type": "object", "properties": {}},
        "cache_control": {"type": "ephemeral"},
    }
    [sent] = to_tools([given], strict=False)
    assert sent["cache_control"] == {"type": "ephemeral"}
    assert sent["function"]["name"] == "f"
