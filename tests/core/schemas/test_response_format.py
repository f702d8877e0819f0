"""`response_format` in the forms that users know."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, RootModel, v1
from typing_extensions import TypedDict

from weryai_core import InvalidRequestError
from weryai_core.request.prepare import prepare
from weryai_core.schemas.response_format import schema_format, to_response_format

T = TypeVar("T")


class Song(BaseModel):
    title: str


class OldSong(v1.BaseModel):
    title: str


class SongDict(TypedDict):
    title: str


@dataclass
class SongData:
    title: str


class Box(BaseModel, Generic[T]):
    content: T


class Titled(BaseModel):
    model_config = ConfigDict(title="A song")

    title: str


class Node(BaseModel):
    children: list["Node"]


FIELDS = {"title": {"title": "Title", "type": "string"}}
SCHEMA = {"title": "Song", "type": "object", "properties": FIELDS, "required": ["title"]}


def described(name, schema=SCHEMA, **extra):
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, **extra}}


FORMS = {
    "a pydantic class": (Song, described("Song")),
    "a class of pydantic 1": (OldSong, described("OldSong", {**SCHEMA, "title": "OldSong"})),
    "a TypedDict": (SongDict, described("SongDict", {**SCHEMA, "title": "SongDict"})),
    "a dataclass": (SongData, described("SongData", {**SCHEMA, "title": "SongData"})),
    "a JSON schema": (SCHEMA, described("Song")),
    "a JSON schema without a title": (
        {"type": "object", "properties": FIELDS},
        described("answer", {"type": "object", "properties": FIELDS}),
    ),
    "a JSON schema without a type": (
        {"properties": FIELDS},
        described("answer", {"properties": FIELDS}),
    ),
    "the inner object": (
        {"name": "A", "schema": SCHEMA, "strict": False},
        described("A", strict=False),
    ),
    "OpenAI's object": (described("A", description="d"), described("A", description="d")),
    "OpenAI's object without a name": (
        {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
        described("Song"),
    ),
    "OpenAI's object with an invalid name": (described("Box[int]"), described("Box_int_")),
    "OpenAI's object around a bare schema": (
        {"type": "json_schema", "json_schema": SCHEMA},
        described("Song"),
    ),
    "OpenAI's object around a bare schema with a name": (
        {"type": "json_schema", "json_schema": {**SCHEMA, "name": "A", "strict": False}},
        described("A", strict=False),
    ),
    "the object of the Responses API": (
        {"type": "json_schema", "name": "A", "schema": SCHEMA},
        described("A"),
    ),
    "a function": ({"name": "f", "parameters": SCHEMA}, described("f")),
    "a tool": (
        {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": False}},
        described("f", strict=False),
    ),
    "llama.cpp's JSON mode with a schema": (
        {"type": "json_object", "schema": SCHEMA},
        described("Song"),
    ),
    "a schema with values that JSON lacks": (
        {**SCHEMA, "properties": {"title": {**FIELDS["title"], "default": float("nan")}}},
        described("Song"),
    ),
    "JSON mode": ({"type": "json_object"}, {"type": "json_object"}),
    "text": ({"type": "text"}, {"type": "text"}),
    "something of tomorrow": ({"type": "grammar", "x": 1}, {"type": "grammar", "x": 1}),
}


@pytest.mark.parametrize(("given", "sent"), FORMS.values(), ids=FORMS)
def test_every_form_becomes_the_one_of_the_api(given, sent):
    assert to_response_format(given) == sent
    assert to_response_format(sent) == sent
    request = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
    assert prepare({**request, "response_format": given}).body["response_format"] == sent


@pytest.mark.parametrize(
    ("given", "name"), [(Box[int], "Box_int_"), (Titled, "A_song"), (Node, "Node")]
)
def test_a_class_gives_its_schema_a_name(given, name):
    made = to_response_format(given)["json_schema"]
    assert made["name"] == name
    assert made["schema"]["type"] == "object"


NOT_OBJECTS = {
    "a list": list[Song],
    "a root list": RootModel[list[Song]],
    "a union": Song | Box[int],
    "a number": int,
    "a schema of a list": {"type": "array", "items": SCHEMA},
    "a named schema of a list": described("A", {"type": "array", "items": SCHEMA}),
    "a schema of a union": {"anyOf": [SCHEMA, {"type": "null"}]},
}


@pytest.mark.parametrize("given", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_a_schema_of_no_object_is_refused(given):
    with pytest.raises(InvalidRequestError, match=r"must be of an object, not of .* one field"):
        to_response_format(given)


def test_a_type_without_a_schema_is_refused():
    with pytest.raises(InvalidRequestError, match="has no JSON schema"):
        to_response_format(type("Custom", (), {}))


@pytest.mark.parametrize("given", ["json", 5, {}, {"type": "json_schema"}, {"a": 1}], ids=str)
def test_what_is_of_no_known_form_stays(given):
    assert to_response_format(given) == given


def test_a_schema_without_a_title_has_a_name():
    described = schema_format({"type": "object"})["json_schema"]
    assert described == {"name": "answer", "schema": {"type": "object"}}
    assert schema_format({}, name="a b", strict=False)["json_schema"] == {
        "name": "a_b",
        "schema": {},
        "strict": False,
    }
