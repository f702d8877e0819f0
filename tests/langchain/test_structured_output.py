"""Structured output: four methods, four kinds of schema, and answers that cannot be parsed."""

from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ModelRefusalError, OutputParserException
from pydantic import BaseModel, field_validator, v1
from typing_extensions import TypedDict

from weryai_core import InvalidRequestError


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class OldPerson(v1.BaseModel):
    """A person."""

    name: str
    age: int


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


FIELDS: dict[str, Any] = {
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "type": "object",
}
SCHEMAS = {
    "pydantic": (Person, "Person", Person(name="Ann", age=5)),
    "pydantic 1": (OldPerson, "OldPerson", OldPerson(name="Ann", age=5)),
    "TypedDict": (PersonDict, "PersonDict", {"name": "Ann", "age": 5}),
    "JSON schema": (
        {"title": "Person", "description": "A person.", **FIELDS},
        "Person",
        {"name": "Ann", "age": 5},
    ),
}
ROWS = [pytest.param(*row, id=kind) for kind, row in SCHEMAS.items()]
MESSAGES = [{"role": "user", "content": "Hello"}]
ANN = '{"name": "Ann", "age": 5}'
TEXTS = {
    "plain": ANN,
    "fenced": f"```json\n{ANN}\n```",
    "after words": f"Here is {{the}} person: {ANN} That is all.",
    "after reasoning": f"<think>A {{name}}: {{}} ...</think>\n{ANN}",
}
METHODS = ["function_calling", "json_schema", "json_mode", "prompted"]


def tool_calls(arguments, name="Person"):
    function = {"name": name, "arguments": arguments}
    return {"content": None, "tool_calls": [{"id": "1", "type": "function", "function": function}]}


@pytest.mark.parametrize(("schema", "name", "expected"), ROWS)
def test_function_calling_forces_a_tool(model, sent, weryai_emulator, schema, name, expected):
    weryai_emulator.reply(tool_calls(ANN, name), finish_reason="tool_calls")
    structured = model.with_structured_output(schema, method="function_calling")
    assert structured.invoke("Hello") == expected
    function = {"name": name, "description": "A person.", "parameters": FIELDS}
    assert sent() == {
        "model": "GPT_4O",
        "messages": MESSAGES,
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": name}},
        "parallel_tool_calls": False,
    }


@pytest.mark.parametrize(("schema", "name", "expected"), ROWS)
def test_json_schema_sends_the_schema(model, sent, weryai_emulator, schema, name, expected):
    weryai_emulator.reply(ANN)
    structured = model.with_structured_output(schema, method="json_schema")
    assert structured.invoke("Hello") == expected
    described = {"title": name, "description": "A person.", **FIELDS}
    assert sent() == {
        "model": "GPT_4O",
        "messages": MESSAGES,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": described},
        },
    }


@pytest.mark.parametrize(("schema", "name", "expected"), ROWS)
def test_json_mode_asks_for_json(model, sent, weryai_emulator, schema, name, expected):
    weryai_emulator.reply(ANN)
    structured = model.with_structured_output(schema, method="json_mode")
    assert structured.invoke("Hello") == expected
    assert sent() == {
        "model": "GPT_4O",
        "messages": MESSAGES,
        "response_format": {"type": "json_object"},
    }


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("style", ["invoke", "stream", "astream"])
async def test_json_is_found_in_the_text(model, call, weryai_emulator, text):
    for schema, _, expected in SCHEMAS.values():
        weryai_emulator.reply(text)
        structured = model.with_structured_output(schema, method="json_mode")
        assert await call(structured) == expected


@pytest.mark.every_style
@pytest.mark.parametrize("method", METHODS)
async def test_every_call_style_parses_the_answer(model, call, weryai_emulator, method):
    weryai_emulator.reply(tool_calls(ANN) if method == "function_calling" else ANN)
    structured = model.with_structured_output(Person, method=method)
    assert await call(structured) == Person(name="Ann", age=5)


@pytest.mark.parametrize("method", ["function_calling", "json_schema", "prompted"])
def test_the_emulator_follows_the_schema(model, method):
    structured = model.with_structured_output(Person, method=method)
    person = structured.invoke("The person is called Ann and is 5 years old.")
    assert isinstance(person, Person)
    assert person.age == 5


def test_strict_is_sent_with_the_tool(model, sent):
    structured = model.with_structured_output(Person, method="function_calling", strict=True)
    structured.invoke("Ann is 5.")
    assert sent()["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "Person",
                "description": "A person.",
                "parameters": {**FIELDS, "additionalProperties": False},
                "strict": True,
            },
        }
    ]


@pytest.mark.parametrize("strict", [True, False])
def test_strict_is_sent_with_the_response_format(model, sent, strict):
    model.with_structured_output(Person, method="json_schema", strict=strict).invoke("Ann is 5.")
    json_schema = sent()["response_format"]["json_schema"]
    assert json_schema["strict"] is strict
    assert json_schema["schema"].get("additionalProperties") is (False if strict else None)


def test_strict_has_no_meaning_in_json_mode(model):
    with pytest.raises(InvalidRequestError, match="`strict` has no meaning"):
        model.with_structured_output(Person, method="json_mode", strict=True)


def test_an_unknown_method_is_an_error(model):
    with pytest.raises(InvalidRequestError, match="not 'magic'"):
        model.with_structured_output(Person, method="magic")


@pytest.mark.parametrize(
    ("settings", "method"),
    [
        pytest.param({"model": "GPT_4O"}, "json_schema", id="follows schemas"),
        pytest.param({"model": "CLAUDE_4_OPUS"}, "function_calling", id="follows no schemas"),
        pytest.param({"model": "DEEPSEEK_R1"}, "function_calling", id="unknown whether"),
        pytest.param({"profile": {}}, "function_calling", id="nothing known"),
    ],
)
def test_the_default_method_depends_on_the_profile(make_model, sent, settings, method):
    make_model(**settings).with_structured_output(Person).invoke("Ann is 5.")
    assert ("response_format" in sent()) == (method == "json_schema")
    assert ("tools" in sent()) == (method == "function_calling")


def test_a_model_that_calls_no_tools_is_prompted(make_model, sent):
    model = make_model(profile={"structured_output": False, "tool_calling": False})
    assert model.with_structured_output(Person).invoke("Ann is 5.").age == 5
    assert set(sent()) == {"model", "messages"}


def test_further_parameters_are_sent(model, sent):
    model.with_structured_output(Person, temperature=0).invoke("Ann is 5.")
    assert sent()["temperature"] == 0


@pytest.mark.parametrize("method", METHODS)
def test_tracers_see_the_schema(model, weryai_emulator, method):
    class Options(BaseCallbackHandler):
        def on_chat_model_start(self, *args, options, **kwargs):
            self.options = options

    handler = Options()
    weryai_emulator.reply(tool_calls(ANN) if method == "function_calling" else ANN)
    structured = model.with_structured_output(Person, method=method)
    structured.invoke("Hello", {"callbacks": [handler]})
    traced = handler.options["ls_structured_output_format"]
    assert traced["kwargs"] == {"method": method, "strict": None}
    assert traced["schema"]["title"] == "Person"
    assert "ls_structured_output_format" not in weryai_emulator.last_request.json


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_include_raw_adds_the_message(model, call, weryai_emulator, method):
    for schema, name, expected in SCHEMAS.values():
        weryai_emulator.reply(tool_calls(ANN, name) if method == "function_calling" else ANN)
        result = await call(model.with_structured_output(schema, method=method, include_raw=True))
        assert result["parsed"] == expected
        assert result["parsing_error"] is None
        assert result["raw"].response_metadata["model_name"] == "GPT_4O"


FAILURES = {
    "text instead of a call": (
        "function_calling",
        "I would rather not.",
        OutputParserException,
        "it did not call the tool",
    ),
    "arguments that are not JSON": (
        "function_calling",
        tool_calls('{"name": '),
        OutputParserException,
        "not a JSON object",
    ),
    "arguments that do not fit": (
        "function_calling",
        tool_calls('{"name": "Ann"}'),
        OutputParserException,
        "age",
    ),
    "no JSON": ("json_schema", "I would rather not.", OutputParserException, "it is not JSON"),
    "null": ("json_schema", "null", OutputParserException, "does not follow the schema"),
    "a list": ("json_mode", "[1]", OutputParserException, "does not follow the schema"),
    "no JSON, prompted": ("prompted", "No.", OutputParserException, "it is not JSON"),
    "JSON that does not fit": ("json_schema", '{"name": "Ann"}', OutputParserException, "age"),
    "no JSON, JSON mode": ("json_mode", "No.", OutputParserException, "it is not JSON"),
}


@pytest.mark.parametrize(
    ("method", "answer", "error_class", "words"),
    [pytest.param(*row, id=name) for name, row in FAILURES.items()],
)
def test_an_answer_that_cannot_be_parsed_is_an_error(
    model, weryai_emulator, method, answer, error_class, words
):
    structured = model.with_structured_output(Person, method=method)
    weryai_emulator.reply(answer)
    with pytest.raises(error_class, match=words):
        structured.invoke("Hello")
    weryai_emulator.reply(answer)
    with pytest.raises(error_class, match=words):
        list(structured.stream("Hello"))
    weryai_emulator.reply(answer)
    structured = model.with_structured_output(Person, method=method, include_raw=True)
    result = structured.invoke("Hello")
    assert result["parsed"] is None
    assert isinstance(result["parsing_error"], error_class)
    assert result["raw"].response_metadata["finish_reason"] == "stop"


@pytest.mark.every_style
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
async def test_every_call_style_reports_the_parsing_error(model, call, weryai_emulator, method):
    weryai_emulator.reply("I would rather not.")
    weryai_emulator.reply("I would rather not.")
    with pytest.raises(OutputParserException):
        await call(model.with_structured_output(Person, method=method))
    result = await call(model.with_structured_output(Person, method=method, include_raw=True))
    assert result["parsed"] is None
    assert isinstance(result["parsing_error"], OutputParserException)
    assert result["raw"].text == "I would rather not."


@pytest.mark.parametrize("schema", [PersonDict, SCHEMAS["JSON schema"][0]])
def test_an_answer_without_the_call_is_an_error_with_dicts_too(model, weryai_emulator, schema):
    weryai_emulator.reply("I would rather not.")
    with pytest.raises(OutputParserException, match="it did not call the tool"):
        model.with_structured_output(schema, method="function_calling").invoke("Hello")


@pytest.mark.parametrize(
    ("method", "answer"),
    [("function_calling", tool_calls('{"name": ')), ("json_schema", '{"name": "An')],
)
def test_the_error_of_a_truncated_answer_says_so(model, weryai_emulator, method, answer):
    weryai_emulator.reply(answer, finish_reason="length")
    with pytest.raises(OutputParserException, match=r"truncated \(.*\)\. Raise `max_tokens`"):
        model.with_structured_output(Person, method=method).invoke("Hello", max_tokens=3)


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_the_error_of_a_refusal_quotes_it(model, weryai_emulator, method):
    weryai_emulator.reply({"content": None, "refusal": "Not that."})
    with pytest.raises(ModelRefusalError, match="The model refused: Not that"):
        model.with_structured_output(Person, method=method).invoke("Hello")


def test_include_raw_parses_an_answer_once_and_streams_it(model, weryai_emulator):
    parsed = []

    class Counted(Person):
        @field_validator("name")
        @classmethod
        def _count(cls, name):
            parsed.append(name)
            return name

    weryai_emulator.reply(ANN)
    structured = model.with_structured_output(Counted, method="json_schema", include_raw=True)
    pieces = list(structured.stream("Hello"))
    assert {*pieces[-2], *pieces[-1]} == {"parsed", "parsing_error"}
    assert {key for piece in pieces[:-2] for key in piece} == {"raw"}
    assert len(pieces) > 4
    assert parsed == ["Ann"]


def test_a_failed_request_is_not_a_parsing_error(model, weryai_emulator):
    weryai_emulator.reply_error(400)
    with pytest.raises(InvalidRequestError):
        model.with_structured_output(Person, include_raw=True).invoke("Hello")


class Address(BaseModel):
    """An address."""

    city: str


class Resident(BaseModel):
    """A resident and a neighbour of the same shape."""

    name: str
    address: Address
    neighbour: "Resident | None" = None
    age: int


class ResidentDict(TypedDict):
    """A resident."""

    name: str
    address: dict
    age: int


NEIGHBOURS = (
    '{"name": "Ann", "address": {"city": "Rome"}, "neighbour": {"name": "Bob", '
    '"address": {"city": "Bonn"}, "age": 2}, "age": 5}'
)


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "prompted"])
@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_an_object_inside_a_truncated_answer_is_not_the_answer(
    model, call, weryai_emulator, method
):
    truncated = NEIGHBOURS[: NEIGHBOURS.index(', "age": 5')]
    bound = model.bind(max_tokens=9)
    for schema in (Resident, ResidentDict):
        weryai_emulator.reply(truncated, finish_reason="length")
        with pytest.raises(OutputParserException, match=r"truncated \(.*\)\. Raise `max_tokens`"):
            await call(bound.with_structured_output(schema, method=method))
        weryai_emulator.reply(truncated, finish_reason="length")
        raw = bound.with_structured_output(schema, method=method, include_raw=True)
        result = await call(raw)
        assert result["parsed"] is None
        assert "truncated" in str(result["parsing_error"])


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "prompted"])
def test_a_streamed_object_never_shrinks_to_one_inside_it(model, weryai_emulator, method):
    weryai_emulator.reply(NEIGHBOURS)
    structured = model.with_structured_output(ResidentDict, method=method)
    pieces = list(structured.stream("Hello"))
    sizes = [len(piece) for piece in pieces]
    assert sizes == sorted(sizes)
    assert {piece["name"] for piece in pieces if "address" in piece} == {"Ann"}
    assert pieces[-1]["age"] == 5


WRAPPED = {
    "with a name": {
        "name": "Person",
        "schema": {"type": "object", "properties": {"name": {"type": "string"}}},
    },
    "as the request has it": {
        "type": "json_schema",
        "json_schema": {
            "name": "Person",
            "schema": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
    },
    "without a title": {"type": "object", "properties": {"name": {"type": "string"}}},
}


@pytest.mark.parametrize("schema", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_a_wrapped_json_schema_is_unwrapped(model, weryai_emulator, method, schema):
    name = "Person" if "properties" not in schema else "answer"
    answer = '{"name": "Ann"}'
    weryai_emulator.reply(tool_calls(answer, name) if method == "function_calling" else answer)
    structured = model.with_structured_output(schema, method=method)
    assert structured.invoke("Hello") == {"name": "Ann"}
    body = weryai_emulator.last_request.json
    sent = (
        body["tools"][0]["function"]["parameters"]
        if method == "function_calling"
        else body["response_format"]["json_schema"]["schema"]
    )
    assert sent["properties"] == {"name": {"type": "string"}}


def test_the_strict_of_a_wrapped_schema_is_sent(model, weryai_emulator):
    weryai_emulator.reply('{"name": "Ann"}')
    schema = {**WRAPPED["with a name"], "strict": True}
    model.with_structured_output(schema, method="json_schema").invoke("Hello")
    assert weryai_emulator.last_request.json["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize("method", METHODS)
def test_a_dict_grows_while_it_is_streamed(model, weryai_emulator, method):
    weryai_emulator.reply(tool_calls(ANN, "PersonDict") if method == "function_calling" else ANN)
    pieces = list(model.with_structured_output(PersonDict, method=method).stream("Hello"))
    assert pieces[0] in ({}, {"name": "Ann"})
    assert pieces[-1] == {"name": "Ann", "age": 5}
    assert len(pieces) > 1
