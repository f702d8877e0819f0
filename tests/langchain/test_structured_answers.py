"""Structured answers as models give them: JSON in any place, wrappers, refusals, and the errors."""

import pickle
from datetime import date

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, ModelRefusalMiddleware
from langchain.agents.structured_output import ProviderStrategy
from langchain_core.exceptions import ModelError, ModelRefusalError, OutputParserException
from langchain_core.messages import AIMessage
from person_and_weather import HELLO, Person, weather
from pydantic import BaseModel, ConfigDict, Field, ValidationError, v1
from typing_extensions import TypedDict

from langchain_weryai import errors
from weryai_core import StructuredOutputError, WeryAIError

ANN = '{"name": "Ann", "age": 5}'
METHODS = ["function_calling", "json_schema", "json_mode", "prompted"]


class Loose(BaseModel):
    """Every field has a default."""

    name: str = ""
    age: int = 0


class OldLoose(v1.BaseModel):
    """Every field has a default."""

    name: str = ""
    age: int = 0


class LooseDict(TypedDict, total=False):
    """No field is required."""

    name: str
    age: int


SCHEMAS = {
    "pydantic": (Loose, Loose(name="Ann", age=5)),
    "pydantic 1": (OldLoose, OldLoose(name="Ann", age=5)),
    "TypedDict": (LooseDict, {"name": "Ann", "age": 5}),
    "JSON schema": (Loose.model_json_schema(), {"name": "Ann", "age": 5}),
}
# Each kind of schema as a call and as a text; together by each method.
TEXT_METHODS = ("json_schema", "json_mode", "prompted", "json_schema")
IN_TURN = [
    pytest.param(method, *SCHEMAS[kind], id=f"{kind}, {method}")
    for kind, text_method in zip(SCHEMAS, TEXT_METHODS, strict=True)
    for method in ("function_calling", text_method)
]


def called(arguments, name="Person", **fields):
    function = {"name": name, "arguments": arguments}
    calls = [{"id": "1", "type": "function", "function": function}]
    return {"content": None, "tool_calls": calls, **fields}


@pytest.mark.parametrize("answer", [ANN, f"Sure:\n```json\n{ANN}\n```"], ids=["plain", "fenced"])
async def test_json_in_the_text_is_read_though_a_call_was_required(
    model, call, weryai_emulator, answer
):
    for schema, expected in ((Person, Person(name="Ann", age=5)), *SCHEMAS.values()):
        weryai_emulator.reply(answer)
        structured = model.with_structured_output(schema, method="function_calling")
        assert await call(structured) == expected


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "prompted"])
def test_a_call_is_read_though_text_was_requested(model, weryai_emulator, method):
    weryai_emulator.reply(called(ANN), finish_reason="tool_calls")
    assert model.with_structured_output(Person, method=method).invoke("Hello").age == 5


@pytest.mark.parametrize(("method", "schema", "expected"), IN_TURN)
async def test_wrapped_answers_are_unwrapped(
    model, call, weryai_emulator, method, schema, expected
):
    title = schema["title"] if isinstance(schema, dict) else schema.__name__
    for wrapped in (f'{{"{title}": {ANN}}}', f'{{"name": "{title}", "arguments": {ANN}}}'):
        as_call = method == "function_calling"
        weryai_emulator.reply(called(wrapped, title) if as_call else wrapped)
        assert await call(model.with_structured_output(schema, method=method)) == expected


@pytest.mark.parametrize(("method", "schema", "expected"), IN_TURN)
def test_answers_with_none_of_the_fields_are_errors(
    model, weryai_emulator, method, schema, expected
):
    text = '{"error": "I cannot do that."}'
    answer = called(text) if method == "function_calling" else text
    structured = model.with_structured_output(schema, method=method)
    weryai_emulator.reply(answer)
    with pytest.raises(OutputParserException, match="none of the fields"):
        structured.invoke("Hello")
    weryai_emulator.reply(answer)
    yielded = []
    with pytest.raises(OutputParserException, match="none of the fields"):
        yielded.extend(structured.stream("Hello"))
    assert [one for one in yielded if one not in ({}, type(expected)())] == []


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_object_is_one_of_defaults(model, weryai_emulator, method):
    weryai_emulator.reply(called("{}", "Loose") if method == "function_calling" else "{}")
    assert model.with_structured_output(Loose, method=method).invoke("Hello") == Loose()


class Aliased(BaseModel):
    """A person."""

    full_name: str = Field(alias="fullName")
    age: int = 0


class OldAliased(v1.BaseModel):
    """A person."""

    full_name: str = v1.Field(alias="fullName")
    age: int = 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Aliased, OldAliased])
def test_streamed_objects_know_aliases(model, weryai_emulator, method, schema):
    text = '{"fullName": "Ann of the hills", "age": 5}'
    weryai_emulator.reply(called(text) if method == "function_calling" else text)
    pieces = list(model.with_structured_output(schema, method=method).stream("Hello"))
    names = [piece.full_name for piece in pieces]
    assert len(set(names)) > 1
    assert names == sorted(names, key=len)
    assert pieces[-1] == schema(fullName="Ann of the hills", age=5)


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    when: date


@pytest.mark.parametrize("method", METHODS)
def test_strict_classes_read_what_json_writes_as_text(model, weryai_emulator, method):
    text = '{"when": "2026-11-28"}'
    weryai_emulator.reply(called(text) if method == "function_calling" else text)
    structured = model.with_structured_output(Strict, method=method)
    assert structured.invoke("Hello") == Strict(when=date(2026, 11, 28))


FAILURES = {
    "no JSON": ("json_schema", "I would rather not.", "I would rather not.", None),
    "no call": ("function_calling", "I would rather not.", "I would rather not.", None),
    "broken arguments": ("function_calling", called('{"name": '), '{"name": ', None),
    "another type": (
        "function_calling",
        called('{"name":"Ann","age":"old"}'),
        '{"name":"Ann","age":"old"}',
        ValidationError,
    ),
    "another type in the text": (
        "prompted",
        '{"name": "Ann"}',
        '{"name": "Ann"}',
        ValidationError,
    ),
}


@pytest.mark.parametrize(
    ("method", "answer", "output", "cause"), FAILURES.values(), ids=FAILURES.keys()
)
async def test_every_error_is_ours_and_langchains(
    model, call, weryai_emulator, method, answer, output, cause
):
    weryai_emulator.reply(answer)
    with pytest.raises(OutputParserException) as caught:
        await call(model.with_structured_output(Person, method=method))
    error = caught.value
    assert type(error) is errors.StructuredOutputError
    for kind in (StructuredOutputError, WeryAIError, ModelError, ValueError):
        assert isinstance(error, kind)
    assert error.llm_output == output
    assert error.status_code == 200
    assert not error.is_retryable
    choice = error.partial.choice
    assert (choice.text or choice.tool_calls[0].arguments) == error.llm_output
    if cause is not None:
        assert isinstance(error.__cause__, cause)
    assert "troubleshooting" not in str(error)


def test_errors_survive_pickling(model, weryai_emulator):
    for answer in ("No.", {"content": None, "refusal": "I won't."}):
        weryai_emulator.reply(answer)
        with pytest.raises(StructuredOutputError) as caught:
            model.with_structured_output(Person).invoke("Hello")
        error = caught.value
        copied = pickle.loads(pickle.dumps(error))
        assert (type(copied), str(copied)) == (type(error), str(error))
        assert vars(copied) == vars(error)


REFUSED = {"content": None, "refusal": "I won't say that."}


@pytest.mark.parametrize(
    ("method", "version"), [*zip(METHODS, ("v0", "v1", "v1", "v0"), strict=True)]
)
async def test_a_refusal_is_langchains_error(make_model, call, weryai_emulator, method, version):
    model = make_model(output_version=version)
    structured = model.with_structured_output(Person, method=method)
    weryai_emulator.reply(REFUSED)
    with pytest.raises(ModelRefusalError, match=r"The model refused: I won't say that\.") as caught:
        await call(structured)
    error = caught.value
    assert isinstance(error, StructuredOutputError)
    assert not isinstance(error, OutputParserException)
    assert isinstance(error.raw_message, AIMessage)
    assert error.partial.choice.refusal == "I won't say that."
    raw = model.with_structured_output(Person, method=method, include_raw=True)
    weryai_emulator.reply(REFUSED)
    result = await call(raw)
    assert isinstance(result["parsing_error"], ModelRefusalError)
    assert result["parsed"] is None
    [block] = result["raw"].content_blocks
    assert (block["type"], block["refusal"]) == ("refusal", "I won't say that.")


async def test_an_answer_that_ends_as_a_refusal_is_one(make_model, call, weryai_emulator):
    structured = make_model().with_structured_output(Person)
    weryai_emulator.reply({"content": "I cannot."}, finish_reason="refusal")
    with pytest.raises(ModelRefusalError, match=r"The model refused: I cannot\."):
        await call(structured)


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("response_format", [None, Person], ids=["text", "a schema"])
async def test_an_agent_falls_back_after_a_refusal(
    make_model, weryai_emulator, version, response_format
):
    refusing, answering = make_model(output_version=version), make_model(model="GPT_5_5")
    agent = create_agent(
        refusing,
        [weather],
        response_format=response_format,
        middleware=[ModelFallbackMiddleware(answering), ModelRefusalMiddleware()],
    )
    for run in (agent.invoke, agent.ainvoke):
        weryai_emulator.reply(REFUSED)
        weryai_emulator.reply(ANN)
        result = run({"messages": [HELLO]})
        result = result if isinstance(result, dict) else await result
        assert result["messages"][-1].text == ANN
        if response_format is not None:
            assert result["structured_response"] == Person(name="Ann", age=5)


def test_an_agent_without_a_fallback_raises_the_refusal(model, weryai_emulator):
    weryai_emulator.reply(REFUSED)
    agent = create_agent(model, [], middleware=[ModelRefusalMiddleware()])
    with pytest.raises(ModelRefusalError, match="I won't say that"):
        agent.invoke({"messages": [HELLO]})


@pytest.mark.parametrize("mode", ["values", "messages"])
@pytest.mark.parametrize("schema", [Person, Loose])
def test_an_agents_wrapped_answer_is_unwrapped(model, weryai_emulator, schema, mode):
    agent = create_agent(model, [weather], response_format=ProviderStrategy(schema))
    weryai_emulator.reply(f'{{"name": "{schema.__name__}", "arguments": {ANN}}}')
    pieces = list(agent.stream({"messages": [HELLO]}, stream_mode=[mode, "values"]))
    assert pieces[-1][1]["structured_response"] == schema(name="Ann", age=5)
