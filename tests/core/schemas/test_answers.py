"""What an answer to a schema looks like, and what models put around it."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, TypeAdapter, v1

from weryai_core.schemas.answers import names_of_class, to_shape


class Person(BaseModel):
    name: str = ""
    age: int = 0


class Call(BaseModel):
    """Fields with the names of wrappers."""

    name: str
    arguments: dict[str, Any]


def required(**fields):
    return {
        "title": "Person",
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in fields.items()},
        "required": [*fields],
    }


PERSON = to_shape(Person.model_json_schema())
WHOLE = to_shape(required(name="string", age="integer"))
CALL = to_shape(Call.model_json_schema())
MAP = to_shape(TypeAdapter(dict[str, int]).json_schema())
ANN = {"name": "Ann", "age": 5}

WRAPPED = {
    "nothing around it": ANN,
    "its name": {"Person": ANN},
    "its name in other letters": {"person": ANN},
    "arguments": {"arguments": ANN},
    "arguments as text": {"arguments": '{"name": "Ann", "age": 5}'},
    "parameters": {"parameters": ANN},
    "properties": {"properties": ANN},
    "a call": {"name": "Person", "arguments": ANN},
    "a call with an id": {"id": "call_1", "type": "tool_use", "name": "Person", "input": ANN},
    "OpenAI's call": {
        "type": "function",
        "function": {"name": "Person", "arguments": '{"name": "Ann", "age": 5}'},
    },
    "an action": {"action": "Person", "action_input": ANN},
    "a repeated schema": {"type": "object", "properties": ANN, "required": ["name"]},
    "a repeated schema with its title": {"title": "Person", "type": "object", "properties": ANN},
    "two wrappers": {"parameters": {"Person": ANN}},
}


@pytest.mark.parametrize("value", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("shape", [PERSON, WHOLE], ids=["defaults", "required"])
def test_an_answer_is_found_in_its_wrappers(shape, value):
    found = shape.find(value)
    assert found == ANN
    shape.check(found)


def test_a_complete_answer_is_found_under_any_name_but_an_errors():
    assert WHOLE.find({"result": ANN}) == ANN
    assert WHOLE.find({"error": ANN}) == {"error": ANN}
    assert PERSON.find({"result": ANN}) == {"result": ANN}


OTHERS = {
    "an error": {"error": "I cannot do that."},
    "an error object": {"error": {"name": "Error", "code": 5}},
    "other names": {"full_name": "Ann", "years": 5},
    "the schema": Person.model_json_schema(),
    "the schema with lists of types": {"properties": {"name": {"type": ["string", "null"]}}},
    "a wrapper of something else": {"data": [1, 2]},
    "the wrapper of a list": {"Person": [ANN]},
}


@pytest.mark.parametrize("value", OTHERS.values(), ids=OTHERS)
def test_an_answer_without_any_field_is_refused(value):
    with pytest.raises(ValueError, match="none of the fields of Person, which are age, name"):
        PERSON.check(PERSON.find(value))


@pytest.mark.parametrize("value", [{}, {"Person": {}}, {"arguments": {}}, {"age": 1, "x": 2}])
def test_an_answer_may_be_empty_or_hold_more(value):
    PERSON.check(PERSON.find(value))


@pytest.mark.parametrize("value", [None, [1], "Ann", 5])
def test_an_answer_is_an_object(value):
    with pytest.raises(ValueError, match="not a JSON object"):
        PERSON.check(PERSON.find(value))


def test_fields_may_have_the_names_of_wrappers():
    value = {"name": "add", "arguments": {"a": 1}}
    assert CALL.find(value) == value
    assert CALL.find({"name": "Call", "arguments": value}) == {"name": "Call", "arguments": value}
    assert CALL.find({"parameters": value}) == value


def test_a_map_takes_any_names():
    for value in ({"error": 1}, {"arguments": {"a": 1}}, {}):
        assert MAP.find(value) == value
        MAP.check(value)


def test_a_class_says_itself_what_it_took():
    PERSON.check({"Name": "Ann"}, {"name"})
    with pytest.raises(ValueError, match="none of the fields"):
        PERSON.check({"Name": "Ann"}, set())
    with pytest.raises(ValueError, match=r"none of the fields of Either$"):
        UNION.check({"error": "no"}, set())


def test_an_error_lists_only_some_of_many_fields():
    shape = to_shape(required(**dict.fromkeys("abcdefghijk", "string")))
    with pytest.raises(ValueError, match=r"which are a, b, c, d, e, f, g, h, \.\.\.$"):
        shape.check({"x": 1})


LIST = to_shape(TypeAdapter(list[Person]).json_schema(), name="People")
UNION = to_shape(TypeAdapter(Person | Call).json_schema(), name="Either")


def test_another_root_gets_a_wrapper():
    assert LIST.schema["properties"]["value"] == {
        "items": {"$ref": "#/$defs/Person"},
        "type": "array",
    }
    assert LIST.is_wrapped
    assert UNION.is_wrapped
    assert not PERSON.is_wrapped


@pytest.mark.parametrize(
    "value",
    [
        {"value": [ANN]},
        [ANN],
        {"people": [ANN]},
        {"People": {"value": [ANN]}},
        {"arguments": {"value": [ANN]}},
        {"name": "People", "parameters": {"value": [ANN]}},
    ],
    ids=str,
)
def test_a_list_is_found_in_its_wrapper(value):
    found = LIST.find(value)
    assert found == [ANN]
    LIST.check(found)


@pytest.mark.parametrize("value", [{"value": ANN}, ANN, {"arguments": {"value": ANN}}], ids=str)
def test_an_object_of_a_union_is_found_in_its_wrapper(value):
    assert UNION.find(value) == ANN
    UNION.check(ANN)


@pytest.mark.parametrize("value", [{"error": "no"}, ANN, None, {}])
def test_a_list_must_be_one(value):
    with pytest.raises(ValueError, match="not a JSON list"):
        LIST.check(LIST.find(value))


def test_a_growing_answer_is_shown_from_its_first_field():
    assert [PERSON.has_begun(value) for value in ({}, {"er": 1}, {"name": ""})] == [1, 0, 1]
    assert [MAP.has_begun(value) for value in (None, "x", {}, {"a": 1})] == [0, 0, 1, 1]
    assert [LIST.has_begun(value) for value in (None, {}, [], [ANN])] == [0, 0, 1, 1]
    assert [UNION.has_begun(value) for value in (None, {}, ANN)] == [0, 1, 1]


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    plain: int
    short: int = Field(alias="s")
    read: int = Field(validation_alias="r")
    chosen: int = Field(validation_alias=AliasChoices("c", AliasPath("cs", 0)))
    deep: int = Field(validation_alias=AliasPath("d", "e"))


class OldAliased(v1.BaseModel):
    short: int = v1.Field(alias="s")


def test_the_names_of_a_class_are_its_fields_and_their_aliases():
    assert names_of_class(Aliased) == {*("plain", "short", "s", "read", "r"), *("chosen", "c")} | {
        *("cs", "deep", "d")
    }
    assert names_of_class(OldAliased) == {"short", "s"}
    assert names_of_class(dict) == frozenset()
    assert names_of_class(type("Empty", (BaseModel,), {})) == frozenset()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
WRAPPERS = st.sampled_from(["Person", "person", "arguments", "parameters", "properties", "input"])


@given(st.dictionaries(st.sampled_from(["name", "age"]), JSON, min_size=1), st.lists(WRAPPERS))
def test_an_answer_is_the_same_in_any_wrappers(answer, wrappers):
    wrapped = answer
    for wrapper in wrappers[:4]:
        wrapped = {wrapper: wrapped}
    for shape in (PERSON, WHOLE):
        if not all(isinstance(field, dict) for field in answer.values()):
            assert shape.find(wrapped) == answer


@given(JSON)
def test_any_value_is_read_or_refused(value):
    for shape in (PERSON, WHOLE, CALL, MAP, LIST, UNION):
        with suppress(ValueError):
            shape.check(shape.find(value))
