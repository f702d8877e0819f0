"""The root of a schema: an object, a reference to one, or something else."""

import pytest
from pydantic import BaseModel, RootModel, TypeAdapter

from weryai_core.schemas.roots import (
    has_object_root,
    is_recursive,
    schema_name,
    with_object_root,
    with_wrapper,
)


class Node(BaseModel):
    """A node."""

    name: str
    children: list["Node"] = []


NODE = {
    "description": "A node.",
    "properties": {
        "name": {"title": "Name", "type": "string"},
        "children": {
            "default": [],
            "items": {"$ref": "#/$defs/Node"},
            "title": "Children",
            "type": "array",
        },
    },
    "required": ["name"],
    "title": "Node",
    "type": "object",
}


def test_a_recursive_class_has_an_object_at_its_root_and_its_definition():
    assert with_object_root(Node.model_json_schema()) == {**NODE, "$defs": {"Node": NODE}}


@pytest.mark.parametrize(
    "schema",
    [
        NODE,
        {"$ref": "#/$defs/Missing", "$defs": {}},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/$defs/A", "$defs": {"A": True}},
    ],
    ids=["an object", "a missing definition", "another document", "anything"],
)
def test_another_root_stays(schema):
    assert with_object_root(schema) == schema


def test_references_in_a_circle_end():
    schema = {
        "$ref": "#/definitions/A",
        "definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}},
    }
    assert with_object_root(schema)["$ref"] == "#/definitions/A"


class Pair(BaseModel):
    left: int
    right: "list[Leaf]" = []


class Leaf(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (Node.model_json_schema(), True),
        (TypeAdapter(list[Node]).json_schema(), True),
        ({"properties": {"next": {"$ref": "#"}}}, True),
        (Pair.model_json_schema(), False),
        ({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": True}}, False),
    ],
    ids=["a class", "a list of one", "to the root", "only nested", "odd definitions"],
)
def test_recursion_is_found(schema, expected):
    assert is_recursive(schema) is expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (NODE, True),
        ({}, True),
        ({"properties": {}}, True),
        (RootModel[list[int]].model_json_schema(), False),
        (TypeAdapter(int | str).json_schema(), False),
        ({"type": ["object", "null"]}, False),
        ({"enum": ["a"]}, False),
    ],
    ids=["an object", "unsaid", "fields", "a list", "a union", "or null", "an enum"],
)
def test_only_objects_are_objects(schema, expected):
    assert has_object_root(schema) is expected


def test_a_wrapper_holds_the_schema_and_keeps_the_definitions():
    nodes = TypeAdapter(list[Node]).json_schema()
    assert with_wrapper({**nodes, "description": "Nodes."}, "Nodes") == {
        "title": "Nodes",
        "description": "Nodes.",
        "type": "object",
        "properties": {"value": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
        "required": ["value"],
        "$defs": {"Node": NODE},
    }


def test_references_by_path_lead_into_the_wrapper():
    schema = {"type": "array", "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/items"}]}}
    wrapped = with_wrapper(schema, "Lists")
    assert wrapped["properties"]["value"]["items"] == {
        "anyOf": [{"$ref": "#/properties/value"}, {"$ref": "#/properties/value/items"}]
    }


@pytest.mark.parametrize(
    ("title", "name"), [("Song", "Song"), ("Box[int]", "Box_int_"), ("Über uns", "Uber_uns")]
)
def test_names_consist_of_letters_digits_and_two_signs(title, name):
    assert schema_name(title) == name


def test_names_are_no_longer_than_openai_allows():
    assert schema_name("x" * 100) == f"{'x' * 55}_09ecb6eb"
