"""How an answer that follows a schema is asked for."""

import pytest

from weryai_core import choose_method, schema_format, schema_name, without_further_properties

METHODS = [
    # knows schemas, knows tools, something excludes schemas
    (True, True, False, "json_schema"),
    (True, False, False, "json_schema"),
    (True, True, True, "function_calling"),
    (True, False, True, "prompted"),
    (False, True, False, "function_calling"),
    (False, False, False, "prompted"),
    (None, None, False, "function_calling"),
    (None, False, False, "prompted"),
]


@pytest.mark.parametrize(("schemas", "tools", "excluded", "method"), METHODS)
def test_the_way_is_chosen_by_what_is_known(schemas, tools, excluded, method):
    assert (
        choose_method(knows_schemas=schemas, knows_tools=tools, excludes_schema=excluded) == method
    )


@pytest.mark.parametrize(
    ("title", "name"), [("Song", "Song"), ("Box[int]", "Box_int_"), ("Über uns", "_ber_uns")]
)
def test_names_have_letters_digits_and_two_signs(title, name):
    assert schema_name(title) == name


def test_names_are_no_longer_than_openai_allows():
    assert schema_name("x" * 100) == "x" * 64


def test_a_schema_without_a_title_has_a_name():
    described = schema_format({"type": "object"})["json_schema"]
    assert described == {"name": "answer", "schema": {"type": "object"}}
    assert schema_format({}, name="a b", strict=False)["json_schema"] == {
        "name": "a_b",
        "schema": {},
        "strict": False,
    }


def test_objects_are_closed_wherever_they_are_and_the_schema_is_not_changed():
    inner = {"type": "object", "properties": {"type": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {"properties": {"anyOf": [inner, {"type": "null"}]}},
        "$defs": {"Inner": inner},
    }
    closed = without_further_properties(schema)
    assert closed["additionalProperties"] is False
    assert closed["$defs"]["Inner"] == inner | {"additionalProperties": False}
    [first, second] = closed["properties"]["properties"]["anyOf"]
    assert first["additionalProperties"] is False
    assert second == {"type": "null"}
    assert closed["properties"].keys() == {"properties"}
    assert "additionalProperties" not in schema
