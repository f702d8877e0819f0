"""The reader of structured answers: from a reply to an instance of a schema."""

import json
from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    field_validator,
    model_validator,
    v1,
)

from weryai_core import Choice, Chunk, StructuredOutputError, ToolCallDelta
from weryai_core.integration import reader_of_class, reader_of_schema, reader_of_type


class Person(BaseModel):
    """Every field has a default."""

    name: str = ""
    age: int = 0


class OldPerson(v1.BaseModel):
    name: str = ""
    age: int = 0


@dataclass
class PersonData:
    name: str = ""
    age: int = 0


ANN = '{"name": "Ann", "age": 5}'
ANN_5 = Person(name="Ann", age=5)
SCHEMA = Person.model_json_schema()


def reader_of(python_class, **settings):
    return replace(reader_of_class(python_class, python_class.model_json_schema()), **settings)


PERSON = reader_of(Person)
READERS = {
    "a class": (PERSON, Person(name="Ann", age=5)),
    "a class of pydantic 1": (
        reader_of_class(OldPerson, OldPerson.schema()),
        OldPerson(name="Ann", age=5),
    ),
    "a dataclass": (
        reader_of_type(PersonData, TypeAdapter(PersonData).json_schema()),
        PersonData("Ann", 5),
    ),
    "a schema": (reader_of_schema(SCHEMA), {"name": "Ann", "age": 5}),
}


def said(text="", *calls, **fields):
    made = tuple(
        ToolCallDelta(number, str(number), name, arguments)
        for number, (name, arguments) in enumerate(calls)
    )
    return Chunk(choices=(Choice(text=text, tool_calls=made, **fields),), is_last=True)


PLACES = {
    "the text": said(ANN),
    "a code fence": said(f"Here:\n```json\n{ANN}\n```"),
    "the text after an empty object": said(f"{{}}\n{ANN}"),
    "the text between tokens": said(f"<tool_call>{ANN}</tool_call>"),
    "the call": said("", ("Person", ANN)),
    "a call of another name": said("", ("person_tool", ANN)),
    "a call without a name": said("", (None, ANN)),
    "the second call": said("", ("other", "{}"), ("Person", ANN)),
    "a wrapper in the text": said(f'{{"Person": {ANN}}}'),
    "a wrapper in the call": said("", ("Person", f'{{"parameters": {ANN}}}')),
    "a call in the text": said(f'{{"name": "Person", "arguments": {ANN}}}'),
    "the text next to an empty call": said(f"Sure: {ANN}", ("Person", "{}")),
    "the text next to broken arguments": said(ANN, ("Person", '{"name": "A')),
    "the text next to another object": said(ANN, ("Person", '{"error": "x"}')),
    "the second call after an empty one": said("", ("Person", "{}"), ("Person", ANN)),
    "the second call after a broken one": said("{}", ("Person", "Ann, 5"), ("person", ANN)),
    "arguments encoded twice": said("", ("Person", '"{\\"name\\": \\"Ann\\", \\"age\\": 5}"')),
}


@pytest.mark.parametrize("reply", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(("reader", "expected"), READERS.values(), ids=READERS)
def test_the_instance_is_found_wherever_it_is(reader, expected, reply):
    reader = replace(reader, shape=replace(reader.shape, name="Person"))
    assert reader.read(reply) == expected


@pytest.mark.parametrize(
    "text",
    ['{"error": "I cannot."}', '{"full_name": "Ann"}', '{"Person": {"full_name": "Ann"}}'],
)
@pytest.mark.parametrize("reader", [row[0] for row in READERS.values()], ids=READERS)
def test_an_answer_with_none_of_the_fields_is_an_error(reader, text):
    for reply in (said(text), said("", (reader.shape.name, text))):
        with pytest.raises(StructuredOutputError, match=r"none of the fields of .* age, nam"):
            reader.read(reply)


def test_an_empty_object_is_one_of_defaults():
    for reply in (said("{}"), said("", ("Person", "")), said("", ("Person", "null"))):
        assert PERSON.read(reply) == Person()
    for text in ("I use {} here.", "5", '{"error": "x"}', "{}"):
        assert PERSON.read(said(text, ("Person", "{}"))) == Person()


@pytest.mark.parametrize("text", ["I use {} here.", '"Ann"', '{"error": "x"}', ""])
def test_the_error_of_a_call_is_not_about_the_text_next_to_it(text):
    with pytest.raises(StructuredOutputError, match=r"arguments .* The answer is 'Ann, 5'"):
        PERSON.read(said(text, ("Person", "Ann, 5")))
    assert READERS["a schema"][0].read(said("{}")) == {}


class Renamed(BaseModel):
    """Fields that answers give by other names."""

    short: str = Field(default="", alias="s")
    read: str = Field(default="", validation_alias="r")
    chosen: str = Field(default="", validation_alias=AliasChoices("c", "d"))
    deep: str = Field(default="", validation_alias=AliasPath("path", "e"))


class Both(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    short: str = Field(default="", alias="s")


class Lowered(BaseModel):
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _lower(cls, value):
        return {key.lower(): field for key, field in value.items()}


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = ""


@pytest.mark.parametrize(
    ("python_class", "text", "taken"),
    [
        (Renamed, '{"s": "x"}', "short"),
        (Renamed, '{"r": "x"}', "read"),
        (Renamed, '{"c": "x"}', "chosen"),
        (Renamed, '{"d": "x"}', "chosen"),
        (Renamed, '{"path": {"e": "x"}}', "deep"),
        (Renamed, '{"Renamed": {"path": {"e": "x"}}}', "deep"),
        (Both, '{"s": "x"}', "short"),
        (Both, '{"short": "x"}', "short"),
        (Both, '{"parameters": {"short": "x"}}', "short"),
        (Lowered, '{"NAME": "x"}', "name"),
        (Open, '{"name": "x", "more": 1}', "name"),
    ],
)
def test_a_class_takes_its_fields_by_every_name(python_class, text, taken):
    assert getattr(reader_of(python_class).read(said(text)), taken) == "x"


@pytest.mark.parametrize("python_class", [Renamed, Lowered, Open])
def test_a_class_that_took_nothing_is_an_error(python_class):
    with pytest.raises(StructuredOutputError, match="none of the fields"):
        reader_of(python_class).read(said('{"message": "I cannot."}'))


def test_a_name_that_the_class_does_not_take_is_an_error():
    with pytest.raises(StructuredOutputError, match="none of the fields"):
        reader_of(Renamed).read(said('{"short": "x"}'))


class Scores(RootModel[dict[str, int]]):
    pass


class People(RootModel[list[Person]]):
    pass


class Boxed(RootModel[Person]):
    pass


class Dated(BaseModel):
    model_config = ConfigDict(strict=True)

    when: date


@pytest.mark.parametrize(
    ("python_class", "text", "expected"),
    [
        (Scores, '{"error": 1}', Scores({"error": 1})),
        (People, f"[{ANN}]", People([Person(name="Ann", age=5)])),
        (People, f'{{"value": [{ANN}]}}', People([Person(name="Ann", age=5)])),
        (People, f'{{"people": [{ANN}]}}', People([Person(name="Ann", age=5)])),
        (Boxed, ANN, Boxed(Person(name="Ann", age=5))),
        (Dated, '{"when": "2026-11-28"}', Dated(when=date(2026, 11, 28))),
    ],
    ids=["a map", "a list", "a list in our wrapper", "a named list", "an object", "strict"],
)
def test_classes_of_other_roots_are_read(python_class, text, expected):
    reader = reader_of(python_class)
    assert reader.shape.schema.get("type", "object") == "object"
    assert reader.read(said(text)) == expected


def test_a_root_class_that_took_nothing_is_an_error():
    with pytest.raises(StructuredOutputError, match="none of the fields"):
        reader_of(Boxed).read(said('{"message": "I cannot."}'))


UNION = reader_of_type(Person | Renamed, TypeAdapter(Person | Renamed).json_schema(), name="Any")


def test_a_union_is_read_in_its_wrapper_and_without_it():
    for text in (ANN, f'{{"value": {ANN}}}'):
        assert UNION.read(said(text)) == Person(name="Ann", age=5)
    with pytest.raises(StructuredOutputError, match="none of the fields of Any"):
        UNION.read(said('{"message": "I cannot."}'))


class Broken(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def _fail(cls, value):
        raise KeyError(value)


FAILURES = {
    "no JSON": (PERSON, said("No."), "it is not JSON"),
    "no call": (
        replace(PERSON, expects_call=True, prompted='method="prompted"'),
        said("No."),
        'it did not call the tool .* The answer is .No.* set method="prompted"',
    ),
    "broken arguments": (PERSON, said("", ("Person", "{name:")), "arguments of its tool call"),
    "a list": (READERS["a schema"][0], said("[1]"), "not a JSON object"),
    "null": (PERSON, said("null"), "should be an object"),
    "another type": (PERSON, said('{"age": "old"}'), "schema of Person: age: Input should be"),
    "another type, pydantic 1": (
        READERS["a class of pydantic 1"][0],
        said('{"age": "old"}'),
        "schema of OldPerson: age: value is not",
    ),
    "a validator's own error": (reader_of(Broken), said('{"name": "Ann"}'), "Ann"),
    "truncated": (
        PERSON,
        said('{"name": "A', finish_reason="length"),
        r"It was truncated \(finish reason .length.\)\. Raise `max_tok",
    ),
    "another tool": (
        replace(PERSON, other_tools=["look"]),
        said("", ("look", "{}")),
        "calls the tool 'look' instead. Run the tool",
    ),
    "a refusal": (PERSON, said(refusal="I won't."), "The model refused: I won't."),
    "a refusal next to an answer": (PERSON, said(ANN, refusal="I won't."), "The model refused"),
}


@pytest.mark.parametrize(("reader", "reply", "words"), FAILURES.values(), ids=FAILURES)
def test_the_error_says_why_and_carries_the_answer(reader, reply, words):
    with pytest.raises(StructuredOutputError, match=words) as caught:
        reader.read(reply)
    assert caught.value.partial is reply
    assert caught.value.status_code == 200


def test_a_long_answer_is_quoted_in_part():
    with pytest.raises(StructuredOutputError, match=r"x{200}\.\.\.'"):
        PERSON.read(said("x" * 1000))


GROWTH = [
    ("", None),
    ("{", {}),
    ('{"na', {}),
    ('{"name": "A', {"name": "A"}),
    ('{"name": "Ann", "age": 5', {"name": "Ann", "age": 5}),
    ('{"error": "I can', None),
    ('{"Person": {"name": "A', {"name": "A"}),
    ('{"arguments": {"name": "A', {"name": "A"}),
    ('```json\n{"name": "A', {"name": "A"}),
    ('{"name": "A"} is the answ', {"name": "A"}),
    ('"{\\"name', None),
    ("[1", None),
]


@pytest.mark.parametrize(("text", "value"), GROWTH)
def test_an_answer_grows_in_the_text_and_in_the_call(text, value):
    assert PERSON.grow(said(text).choice) == value
    if text:
        assert PERSON.grow(said("", ("Person", text)).choice) == value
        assert PERSON.grow(said(text, ("Person", "{}")).choice) == (value or {})


def test_calls_of_other_tools_and_refusals_do_not_grow():
    reader = replace(PERSON, other_tools=["look"])
    assert reader.grow(said("", ("look", ANN)).choice) is None
    assert reader.grow(said(ANN, refusal="I").choice) is None


def test_half_a_value_may_be_no_instance_yet():
    assert PERSON.try_instance({"name": "A"}) == Person(name="A")
    assert reader_of(Broken).try_instance({"name": "A"}) is None


@given(st.text(), st.text(), st.booleans())
def test_any_reply_is_an_instance_or_our_error(text, arguments, calls):
    reply = said(text, *([("Person", arguments)] if calls else []))
    for reader, _ in (*READERS.values(), (UNION, None)):
        reader.grow(reply.choice)
        try:
            reader.read(reply)
        except StructuredOutputError as error:
            kept = error
            assert kept.partial is reply


@pytest.mark.parametrize(
    ("python_class", "text", "expected"),
    [
        (Boxed, '{"Person": {"name": "Ann", "age": 5}}', Boxed(ANN_5)),
        (Boxed, '{"root": {"name": "Ann", "age": 5}}', Boxed(ANN_5)),
        (People, '[{"Person": {"name": "Ann", "age": 5}}]', People([ANN_5])),
    ],
)
def test_what_is_within_a_root_model_is_unwrapped_also_without_titles(python_class, text, expected):
    schema = json.loads(json.dumps(python_class.model_json_schema()).replace("title", "$comment"))
    for reader in (reader_of(python_class), reader_of_class(python_class, schema, name="Named")):
        assert reader.read(said(text)) == expected
        assert reader.try_instance(reader.grow(Choice(text=text))) == expected


def test_an_object_in_a_list_with_none_of_its_fields_is_an_error():
    with pytest.raises(StructuredOutputError, match=r"1: it has none of the fields of Person"):
        reader_of(People).read(said('[{"name": "Ann"}, {"error": "no access"}]'))
