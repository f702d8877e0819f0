"""Schemas of all kinds in requests: strict, recursive, of lists and unions, and with tools."""

from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.tools import tool
from person_and_weather import HELLO, PERSON_TOOL, WEATHER_TOOL, Person, weather
from pydantic import BaseModel, Field, RootModel, TypeAdapter
from typing_extensions import TypedDict

from weryai_core import InvalidRequestError, StructuredOutputError

ANN = {"name": "Ann", "age": 5}
ANN_TEXT = '{"name": "Ann", "age": 5}'
METHODS = ["function_calling", "json_schema", "prompted"]
T = TypeVar("T")


class Pet(BaseModel):
    """A pet."""

    name: str
    tricks: list[str] = []


CLOSED_PET = {
    "properties": {
        "name": {"type": "string"},
        "tricks": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "tricks"],
    "type": "object",
    "additionalProperties": False,
}
OPEN_PET = {
    "properties": {
        "name": {"type": "string"},
        "tricks": {"type": "array", "items": {"type": "string"}, "default": []},
    },
    "required": ["name"],
    "type": "object",
}


class Scores(BaseModel):
    """Scores by name."""

    scores: dict[str, int]


@tool
def feed(name: str, food: str = "fish") -> str:
    """Feed a pet."""
    return name


def without_titles(schema):
    if isinstance(schema, dict):
        return {
            name: without_titles(value)
            for name, value in schema.items()
            if not (name in ("title", "description") and isinstance(value, str))
        }
    return [without_titles(value) for value in schema] if isinstance(schema, list) else schema


def sent_schema(body):
    """The schema that a request sends, and whether it is strict."""
    if "response_format" in body:
        described = body["response_format"]["json_schema"]
        return without_titles(described["schema"]), described.get("strict")
    function = body["tools"][0]["function"]
    return without_titles(function["parameters"]), function.get("strict")


AS_TOOL = {"type": "function", "function": {"name": "Pet", "parameters": OPEN_PET, "strict": True}}
AS_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "Pet", "schema": OPEN_PET, "strict": True},
}
STRICT = {
    "json_schema": lambda model: model.with_structured_output(
        Pet, method="json_schema", strict=True, include_raw=True
    ),
    "function_calling": lambda model: model.with_structured_output(
        Pet, method="function_calling", strict=True, include_raw=True
    ),
    "a class as a tool": lambda model: model.bind_tools([Pet], strict=True),
    "a dict as a tool": lambda model: model.bind_tools(
        [{"type": "function", "function": {"name": "Pet", "parameters": OPEN_PET}}], strict=True
    ),
    "a strict dict as a tool": lambda model: model.bind_tools([AS_TOOL]),
    "bound tools": lambda model: model.bind(tools=[AS_TOOL]),
    "a flat tool": lambda model: model.bind_tools(
        [{"type": "function", "name": "Pet", "parameters": OPEN_PET, "strict": True}]
    ),
    "a response format": lambda model: model.bind(response_format=AS_FORMAT),
    "a response format with tools": lambda model: model.bind_tools([], response_format=AS_FORMAT),
    "a strict inner object": lambda model: model.with_structured_output(
        AS_FORMAT["json_schema"], method="json_schema", include_raw=True
    ),
}


@pytest.mark.parametrize("make", STRICT.values(), ids=STRICT)
def test_strictness_is_applied_whichever_way_it_came(model, sent, make):
    make(model).invoke("Hello")
    assert sent_schema(sent()) == (CLOSED_PET, True)


def test_the_strictness_of_an_agents_strategy_is_applied(model, weryai_emulator, sent):
    weryai_emulator.reply('{"name": "Tom", "tricks": []}')
    strategy = ProviderStrategy(Pet, strict=True)
    agent = create_agent(model, [], response_format=strategy)
    assert agent.invoke({"messages": [HELLO]})["structured_response"] == Pet(name="Tom")
    assert sent_schema(sent()) == (CLOSED_PET, True)


def test_a_strict_tool_requires_all_arguments(model, sent):
    model.bind_tools([feed], strict=True).invoke("Hello")
    parameters, strict = sent_schema(sent())
    assert strict is True
    assert parameters["required"] == ["name", "food"]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_a_schema_that_strict_mode_excludes_loses_it_with_one_warning(model, sent, method):
    structured = model.with_structured_output(Scores, method=method, strict=True, include_raw=True)
    with pytest.warns(UserWarning, match="excludes .*as in the field `scores`") as caught:
        structured.batch(["Hello", "Hello"], {"max_concurrency": 1})
    assert len(caught) == 1
    schema, strict = sent_schema(sent())
    assert strict is None
    assert schema["properties"]["scores"]["additionalProperties"] == {"type": "integer"}


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"]
    name: str


class Owner(BaseModel):
    """An owner."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_a_strict_union_has_no_discriminator(model, sent, method):
    structured = model.with_structured_output(Owner, method=method, strict=True, include_raw=True)
    structured.invoke("Hello")
    schema, strict = sent_schema(sent())
    assert strict is True
    assert schema["properties"]["pet"].keys() == {"anyOf"}


class Node(BaseModel):
    """A node and its children."""

    name: str
    children: list["Node"] = []


class NodeDict(TypedDict):
    """A node and its children."""

    name: str
    children: list["NodeDict"]


NODE_FIELDS = {
    "name": {"type": "string"},
    "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}, "default": []},
}
TREE = '{"name": "a", "children": [{"name": "b", "children": []}]}'


def as_call(arguments, name):
    function = {"name": name, "arguments": arguments}
    calls = [{"id": "1", "type": "function", "function": function}]
    return {"content": None, "tool_calls": calls}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Node, Node.model_json_schema()], ids=["class", "JSON schema"])
def test_a_recursive_class_keeps_its_definitions(model, sent, weryai_emulator, method, schema):
    weryai_emulator.reply(as_call(TREE, "Node") if method == "function_calling" else TREE)
    answer = model.with_structured_output(schema, method=method).invoke("Hello")
    node = Node(name="a", children=[Node(name="b")])
    assert answer == (node if schema is Node else node.model_dump())
    if method == "prompted":
        assert '"items":{"$ref":"#/$defs/Node"}' in sent()["messages"][0]["content"]
        return
    described, _ = sent_schema(sent())
    node_schema = {"type": "object", "properties": NODE_FIELDS, "required": ["name"]}
    assert described == {**node_schema, "$defs": {"Node": node_schema}}


def test_a_recursive_typed_dict_keeps_its_definitions(model, sent, weryai_emulator):
    weryai_emulator.reply(TREE)
    model.with_structured_output(NodeDict, method="json_schema").invoke("Hello")
    assert "NodeDict" in sent_schema(sent())[0]["$defs"]


def test_an_agents_recursive_schema_has_an_object_at_its_root(make_model, sent, weryai_emulator):
    weryai_emulator.reply(TREE)
    agent = create_agent(make_model(), [], response_format=ProviderStrategy(Node))
    assert agent.invoke({"messages": [HELLO]})["structured_response"].name == "a"
    assert sent_schema(sent())[0]["type"] == "object"


def plant(root: Node) -> str:
    """Plant a tree."""
    return root.name


class PlantArguments(BaseModel):
    root: Node


@pytest.mark.parametrize(
    "given",
    [Node, NodeDict, plant, tool(plant), tool(args_schema=PlantArguments)(plant)],
    ids=["class", "TypedDict", "function", "tool", "tool with a class"],
)
def test_a_recursive_tool_keeps_its_definitions(model, sent, given):
    model.bind_tools([given]).invoke("Hello")
    parameters, _ = sent_schema(sent())
    assert parameters["type"] == "object"
    name = "NodeDict" if given is NodeDict else "Node"
    children = parameters["$defs"][name]["properties"]["children"]
    assert children["items"] == {"$ref": f"#/$defs/{name}"}


def test_an_agents_recursive_tool_keeps_its_definitions(model, sent, weryai_emulator):
    weryai_emulator.reply(as_call(TREE, "Node"))
    agent = create_agent(model, [], response_format=ToolStrategy(Node))
    assert agent.invoke({"messages": [HELLO]})["structured_response"].children[0].name == "b"
    assert "Node" in sent_schema(sent())[0]["$defs"]


class People(RootModel[list[Person]]):
    """Some people."""


@dataclass
class PersonData:
    """A person."""

    name: str
    age: int


TWO = [Person(name="Ann", age=5), Person(name="Bob", age=6)]
TWO_TEXT = f'[{ANN_TEXT}, {{"name": "Bob", "age": 6}}]'
OTHERS = {
    "a list": (list[Person], TWO_TEXT, TWO),
    "a root list": (People, TWO_TEXT, People(TWO)),
    "an adapter": (TypeAdapter(list[Person]), TWO_TEXT, TWO),
    "a union": (Person | Cat, ANN_TEXT, TWO[0]),
    "a schema of a list": (
        {"title": "People", "type": "array", "items": Person.model_json_schema()},
        TWO_TEXT,
        [person.model_dump() for person in TWO],
    ),
    "a number": (int, "5", 5),
}


@pytest.mark.parametrize("method", [*METHODS, "json_mode"])
@pytest.mark.parametrize(("schema", "text", "expected"), OTHERS.values(), ids=OTHERS)
def test_lists_and_unions_are_wrapped_in_an_object_and_unwrapped(
    model, sent, weryai_emulator, method, schema, text, expected
):
    answer = f'{{"value": {text}}}'
    structured = model.with_structured_output(schema, method=method)
    for ask in (structured.invoke, lambda question: [*structured.stream(question)][-1]):
        weryai_emulator.reply(as_call(answer, "answer") if method == "function_calling" else answer)
        assert ask("Hello") == expected
    if method in ("function_calling", "json_schema"):
        described, _ = sent_schema(sent())
        assert described["type"] == "object"
        assert [*described["properties"]] == described["required"] == ["value"]


def test_a_streamed_list_grows(model, weryai_emulator):
    weryai_emulator.reply(f'{{"value": {TWO_TEXT}}}')
    structured = model.with_structured_output(list[Person], method="json_schema")
    pieces = list(structured.stream("Hello"))
    assert [len(piece) for piece in pieces][-2:] == [1, 2] or len(pieces) > 2
    assert pieces[-1] == TWO


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person | None, type(None)], ids=["optional", "null"])
async def test_a_streamed_null_is_yielded(model, weryai_emulator, method, schema):
    structured = model.with_structured_output(schema, method=method)
    answer = '{"value": null}'
    for _ in range(3):
        weryai_emulator.reply(as_call(answer, "answer") if "call" in method else answer)
    assert structured.invoke("Hello") is None
    assert list(structured.stream("Hello")) == [None]
    assert [piece async for piece in structured.astream("Hello")] == [None]


def test_a_dataclass_is_returned_as_one(model, weryai_emulator):
    weryai_emulator.reply(ANN_TEXT)
    assert model.with_structured_output(PersonData).invoke("Hello") == PersonData("Ann", 5)


class Plain:
    """A class without fields that pydantic knows."""


@pytest.mark.parametrize("schema", ["Person", 5, object()])
def test_what_is_no_schema_is_refused(model, schema):
    with pytest.raises(InvalidRequestError, match="A schema must be"):
        model.with_structured_output(schema)
    with pytest.raises(InvalidRequestError, match="has no JSON schema"):
        model.with_structured_output(Plain)


class Box(BaseModel, Generic[T]):
    """A box."""

    content: T


@pytest.mark.parametrize("method", METHODS)
def test_a_generic_class_is_read_under_its_name(model, weryai_emulator, method):
    text = '{"content": 1}'
    body = {}
    for name in ("Box[int]", "Box_int_"):
        weryai_emulator.reply(as_call(text, name) if method == "function_calling" else text)
        structured = model.with_structured_output(Box[int], method=method)
        assert structured.invoke("Hello") == Box[int](content=1)
        body = weryai_emulator.last_request.json
    if method == "json_schema":
        assert body["response_format"]["json_schema"]["name"] == "Box_int_"


PERSON_SCHEMA = {
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "type": "object",
}
FORMATS = {
    "a class": (Person, "Person"),
    "a JSON schema": ({"title": "Person", **PERSON_SCHEMA}, "Person"),
    "a JSON schema without a title": (PERSON_SCHEMA, "answer"),
    "a TypedDict": (TypedDict("Person", {"name": str, "age": int}), "Person"),
    "the inner object": ({"name": "Person", "schema": PERSON_SCHEMA}, "Person"),
}


@pytest.mark.parametrize(("given", "name"), FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("place", ["invoke", "bind", "bind_tools", "constructor"])
def test_a_response_format_may_be_a_class_or_a_schema(make_model, sent, place, given, name):
    model = make_model()
    if place == "invoke":
        message = model.invoke("Ann is 5.", response_format=given)
    elif place == "bind":
        message = model.bind(response_format=given).invoke("Ann is 5.")
    elif place == "bind_tools":
        message = model.bind_tools([], response_format=given).invoke("Ann is 5.")
    else:
        message = make_model(model_kwargs={"response_format": given}).invoke("Ann is 5.")
    described = sent()["response_format"]["json_schema"]
    assert described["name"] == name
    assert without_titles(described["schema"]) == PERSON_SCHEMA
    assert Person.model_validate_json(message.text).age == 5


async def test_a_class_as_response_format_streams(model, sent):
    pieces = [piece async for piece in model.astream("Ann is 5.", response_format=Person)]
    assert Person.model_validate_json("".join(piece.text for piece in pieces)).age == 5
    assert sent()["response_format"]["type"] == "json_schema"


def test_a_response_format_of_a_list_is_refused(model, weryai_emulator):
    for given in (People, list[Person], {"type": "array", "items": PERSON_SCHEMA}):
        with pytest.raises(InvalidRequestError, match="Put it into a class with one field"):
            model.invoke("Hello", response_format=given)
    for strategy in (ProviderStrategy, ToolStrategy):
        agent = create_agent(model, [], response_format=strategy(People))
        with pytest.raises(InvalidRequestError, match="into a class with one field"):
            agent.invoke({"messages": [HELLO]})
    assert weryai_emulator.requests == []


def test_a_search_moves_an_agents_class_into_the_prompt(make_model, sent):
    make_model(model="GEMINI_25_FLASH", web_search=True).bind_tools(
        [], response_format=Person
    ).invoke("Ann is 5.")
    assert "follows this JSON schema" in sent()["messages"][0]["content"]


CALLING = as_call('{"city": "Rome"}', "weather")
OPEN_METHODS = {"function_calling": "required", "json_schema": None, "prompted": None}


@pytest.mark.parametrize(("method", "choice"), OPEN_METHODS.items())
@pytest.mark.parametrize("tool_kind", ["function", "dict"])
def test_tools_are_offered_with_the_schema(model, sent, weryai_emulator, method, choice, tool_kind):
    tools = [weather if tool_kind == "function" else WEATHER_TOOL]
    weryai_emulator.reply(ANN_TEXT)
    structured = model.with_structured_output(Person, method=method, tools=tools)
    assert structured.invoke("Hello") == Person(**ANN)
    as_tool = method == "function_calling"
    assert sent()["tools"] == [*([PERSON_TOOL] if as_tool else []), WEATHER_TOOL]
    assert sent().get("tool_choice") == choice


@pytest.mark.parametrize("method", [*METHODS, "json_mode"])
async def test_a_call_of_another_tool_is_no_parsing_error(model, call, weryai_emulator, method):
    settings = {"method": method, "tools": [weather]}
    weryai_emulator.reply(CALLING, finish_reason="tool_calls")
    raw = await call(model.with_structured_output(Person, include_raw=True, **settings))
    assert raw["raw"].tool_calls[0]["name"] == "weather"
    assert (raw["parsed"], raw["parsing_error"]) == (None, None)
    weryai_emulator.reply(CALLING, finish_reason="tool_calls")
    with pytest.raises(StructuredOutputError, match="calls the tool 'weather' instead"):
        await call(model.with_structured_output(Person, **settings))


@pytest.mark.parametrize("method", METHODS)
def test_bound_tools_are_offered_with_the_schema(model, sent, weryai_emulator, method):
    weryai_emulator.reply(ANN_TEXT)
    bound = model.bind_tools([weather], tool_choice="auto")
    assert bound.with_structured_output(Person, method=method).invoke("Hello") == Person(**ANN)
    assert WEATHER_TOOL in sent()["tools"]
    assert sent().get("tool_choice") == OPEN_METHODS[method]
    if method == "prompted":
        assert "Unless you call a tool" in sent()["messages"][0]["content"]


@pytest.mark.parametrize("choice", ["weather", "any", "none"])
def test_a_bound_tool_choice_is_not_dropped_silently(model, choice):
    bound = model.bind_tools([weather], tool_choice=choice)
    with pytest.warns(UserWarning, match="does not keep the bound `tool_choice`"):
        bound.with_structured_output(Person, method="json_schema")


def test_a_demanded_call_may_be_the_schemas(model, sent, weryai_emulator):
    weryai_emulator.reply(as_call(ANN_TEXT, "Person"))
    bound = model.bind_tools([weather], tool_choice="any")
    structured = bound.with_structured_output(Person, method="function_calling")
    assert structured.invoke("Hello") == Person(**ANN)
    assert sent()["tool_choice"] == "required"


def test_a_union_of_an_agent_is_a_tool_each(model, sent, weryai_emulator):
    weryai_emulator.reply(as_call('{"kind": "cat", "lives": 9}', "Cat"))
    agent = create_agent(model, [], response_format=ToolStrategy(Cat | Dog))
    assert agent.invoke({"messages": [HELLO]})["structured_response"] == Cat(kind="cat", lives=9)
    assert [one["function"]["name"] for one in sent()["tools"]] == ["Cat", "Dog"]
