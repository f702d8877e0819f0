from __future__ import annotations

import pytest

from weryai_emulator.json_schema.instance import build_instance, values_for
from weryai_emulator.json_schema.prompt_values import PromptValues

STRING = {"type": "string"}
UNIT = {"type": "string", "enum": ["celsius", "fahrenheit"]}


def schema_of(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


def build(schema, prompt):
    return build_instance(schema, values_for(schema, prompt))


WITH_A_UNIT = {
    "quoted place": ('What is the weather in "Rome" in celsius?', "Rome", "celsius"),
    "lower-case quote": ("What is the weather in 'rome', in fahrenheit?", "rome", "fahrenheit"),
    "quote after a guess": ('Weather for tomorrow in "Rome"?', "Rome", "celsius"),
    "capitalised unit": ("What is the weather in Rome in Celsius?", "Rome", "celsius"),
    "unit first": ("Weather in Fahrenheit in Rome?", "Rome", "fahrenheit"),
    "unit after a comma": ("Weather in Rome, Fahrenheit", "Rome", "fahrenheit"),
    "lower-case place": ("what's the weather in rome in fahrenheit?", "rome", "fahrenheit"),
    "unit after the place": ("weather for rome fahrenheit", "rome", "fahrenheit"),
    "unit before an adverb": ('weather in fahrenheit tonight, "Rome"', "Rome", "fahrenheit"),
    "quoted unit": ('Weather in Rome in "fahrenheit"?', "Rome", "fahrenheit"),
}


@pytest.mark.parametrize("case", WITH_A_UNIT)
def test_a_unit_is_not_a_place(case):
    prompt, location, unit = WITH_A_UNIT[case]
    built = build(schema_of(location=STRING, unit=UNIT), prompt)
    assert built == {"location": location, "unit": unit}


UNIT_OR_NULL = {"anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("prompt", "schema"),
    [
        ("Celsius", schema_of(location=STRING, unit=UNIT)),
        ("weather in celsius", schema_of(location=STRING, unit=UNIT)),
        ("Weather from Celsius", schema_of(origin=STRING, unit={**STRING, "const": "celsius"})),
        ("Celsius", {**schema_of(unit=UNIT_OR_NULL, person=STRING), "$defs": {"Unit": UNIT}}),
    ],
    ids=["alone", "after in", "constant", "referenced"],
)
def test_the_value_of_an_enum_fills_no_other_string(prompt, schema):
    built = build(schema, prompt)
    assert built.pop("unit") == "celsius"
    [text] = built.values()
    assert text
    assert text.lower() != "celsius"


@pytest.mark.parametrize(
    ("name", "quotes"),
    [
        ("你好啊集团", "''"),
        ("こんにちは株式会社", '""'),
        ("Группа", "\u201c\u201d"),
        ("你好啊集团", "\u2018\u2019"),
        ("こんにちは株式会社", "「」"),
        ("Группа", "«»"),
    ],
)
def test_a_quoted_name_is_copied(name, quotes):
    prompt = f"Create a customer named {quotes[0]}{name}{quotes[1]} (Hello Group) - a company"
    built = build(schema_of(customer_name=STRING, description=STRING), prompt)
    assert built["customer_name"] == name
    assert built["description"]


def test_each_kind_of_value_is_found_in_order():
    values = PromptValues(
        "Ask Ann and \"Bob\" about 3 cats and -1.5 dogs in Rome and Paris, 'now'."
    )
    assert values.quoted == ["Bob", "now"]
    assert [number.value for number in values.numbers] == [3, -1.5]
    assert values.places == ["Rome", "Paris"]
    assert values.names[0] == "Ask Ann"


def test_a_value_is_used_once():
    values = PromptValues('Fly from Rome to Oslo with "Ann".')
    assert [values.place(), values.place(), values.place()] == ["Rome", "Oslo", None]
    assert values.name() == "Ann"
    assert values.quoted == []
