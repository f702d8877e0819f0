"""Answers within answers are unwrapped, and refused where they hold nothing of their schema."""

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    WrapValidator,
    create_model,
    field_validator,
    model_validator,
)

from weryai_core.schemas.answers import to_shape
from weryai_core.schemas.nested_answers import check_instance, check_value, unwrap


class Person(BaseModel):
    name: str = "?"
    full: str = Field("?", validation_alias=AliasChoices("fullName", "nick"))


class Company(BaseModel):
    title: str = "?"
    boss: Person | None = None


class Joined(BaseModel):
    name: str = "?"

    @model_validator(mode="before")
    @classmethod
    def join(cls, value):
        return {"name": value["first"]} if "first" in value else value


class Team(BaseModel):
    lead: Person = Person()
    staff: list[Person] = []
    rooms: dict[str, Person] = {}
    place: tuple[Person, Company] | None = None
    owner: Person | Company | None = None
    joined: Joined | None = None
    notes: Any = None
    teams: list["Team"] = []


ANN = {"name": "Ann"}

# The type, what a model writes -> the answer within it.
UNWRAPPED = {
    "a list": (list[Person], [{"Person": ANN}, ANN], [ANN, ANN]),
    "a list in our wrapper": (list[Person], {"value": [{"person": ANN}]}, [ANN]),
    "a list in a class": (RootModel[list[Person]], [{"Person": ANN}], [ANN]),
    "an object in a class": (RootModel[Person], {"Person": ANN}, ANN),
    "an object in a root": (RootModel[Person], {"root": ANN}, ANN),
    "one of two classes": (Person | Company, {"Company": {"boss": {"Person": ANN}}}, {"boss": ANN}),
    "a field": (Team, {"lead": {"Person": ANN}}, {"lead": ANN}),
    "a call": (Team, {"staff": [{"name": "Person", "input": ANN}]}, {"staff": [ANN]}),
    "a map": (Team, {"rooms": {"a": {"parameters": ANN}}}, {"rooms": {"a": ANN}}),
    "a tuple": (
        Team,
        {"place": [{"Person": ANN}, {"Company": {"title": "x"}}]},
        {"place": [ANN, {"title": "x"}]},
    ),
    "a union": (Team, {"owner": {"Company": {"title": "x"}}}, {"owner": {"title": "x"}}),
    "itself": (
        Team,
        {"Team": {"teams": [{"Team": {"lead": {"Person": ANN}}}]}},
        {"teams": [{"lead": ANN}]},
    ),
    "anything": (Team, {"notes": {"Person": ANN}}, None),
    "nothing": (Team, {"lead": {}, "staff": []}, None),
}
# What holds nothing of its class -> where that stands.
MISSED = {
    "a list": (list[Person], [ANN, {"error": "no access"}], "1"),
    "a field": (Team, {"lead": {"error": "x"}, "staff": [ANN]}, "lead"),
    "a map": (Team, {"rooms": {"a": {"error": "x"}}}, "rooms.a"),
    "an object in a list": (Team, {"teams": [{"staff": [{"x": 1}]}]}, "teams.0.staff.0"),
}


@pytest.mark.parametrize(("kind", "value", "answer"), UNWRAPPED.values(), ids=UNWRAPPED)
def test_answers_within_answers_are_unwrapped(kind, value, answer):
    adapter = TypeAdapter(kind)
    shape = to_shape(adapter.json_schema())
    found = unwrap(shape, value)
    assert found == (value if answer is None else answer)
    check_value(shape, found)
    check_instance(found, adapter.validate_python(found))


@pytest.mark.parametrize(("kind", "value", "place"), MISSED.values(), ids=MISSED)
def test_answers_within_answers_that_hold_nothing_of_their_schema_are_refused(kind, value, place):
    adapter = TypeAdapter(kind)
    with pytest.raises(ValueError, match=f"^{place}: it has none of the fields of Person"):
        check_instance(value, adapter.validate_python(value))
    with pytest.raises(ValueError, match=f"^{place}: it has none of the fields of Person"):
        check_value(to_shape(adapter.json_schema()), value)


def test_a_schema_without_titles_is_enough():
    person = {"type": "object", "properties": {"name": {}, "age": {}}}
    company = {"type": "object", "properties": {"title": {}}}
    items = {"anyOf": [person, company]}
    fields = {"lead": person, "all": {"type": "array", "items": items}}
    shape = to_shape({"title": "Team", "type": "object", "properties": fields})
    value = {"lead": {"Person": ANN}, "all": [{"Company": {"title": "x"}}, {"error": ANN}]}
    answer = {"lead": ANN, "all": [{"title": "x"}, {"error": ANN}]}
    assert unwrap(shape, value) == answer


@pytest.mark.parametrize("value", [{"lead": {"nick": "A"}}, {"joined": {"first": "A"}}])
def test_a_class_decides_by_which_names_it_takes_its_fields(value):
    check_instance(value, Team.model_validate(value))


class Status(BaseModel):
    """A class whose field has the name of the field that holds it."""

    status: str
    note: str = ""


class Event(BaseModel):
    """Fields of any kind."""

    status: Status
    parameters: dict[str, str] = {}
    size: int | float | str | None = None
    other: Status | dict[str, int] | None = None
    items: list[Status | int] = []


class Log(BaseModel):
    """Events in every place."""

    events: list[Event] = []
    by_name: dict[str, Event] = {}
    value: Event | list[Event] | None = None


def _without_titles(schema):
    """A schema as LangChain sends it."""
    if isinstance(schema, list):
        return [_without_titles(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_titles(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }


@given(st.builds(Log, events=st.lists(st.builds(Event), max_size=2)))
def test_a_right_answer_stays_as_it_is(log):
    value = log.model_dump(mode="json")
    schema = Log.model_json_schema()
    for one in (schema, {**_without_titles(schema), "title": "Log"}):
        shape = to_shape(one)
        assert unwrap(shape, value) == value
        check_value(shape, value)
    check_instance(value, log)


class Open(BaseModel):
    """A class that keeps fields of any name."""

    model_config = ConfigDict(extra="allow")

    a: int = 0


class Tolerant(BaseModel):
    """A class that takes a default for what it cannot read."""

    lead: Person = Person()
    boss: Annotated[Person, WrapValidator(lambda value, read: Person())] = Person()

    @field_validator("lead", mode="wrap")
    @classmethod
    def _read(cls, value, read):
        return Person()


def test_what_a_class_keeps_or_replaces_is_no_missed_object():
    value = {"e": {"foo": {"a": 1}}, "many": [{"foo": {"a": 1}}]}
    kind = create_model("Holder", e=(Open, ...), many=(list[Open], ...))
    assert unwrap(to_shape(kind.model_json_schema()), value) == value
    check_instance(value, kind.model_validate(value))
    strange = {"lead": {"x": 1}, "boss": {"x": 1}}
    check_instance(strange, Tolerant.model_validate(strange))
