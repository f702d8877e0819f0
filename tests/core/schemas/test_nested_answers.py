"""Answers within answers are unwrapped, and refused where they hold nothing of their schema."""

from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel, Field, RootModel, TypeAdapter, model_validator

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
