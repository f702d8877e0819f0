from __future__ import annotations

import pytest

from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_schema.strings import Property, fill_string, has_value

# name, schema, prompt, value
FOUND = {
    "place": ("location", {}, "The weather in San Francisco, CA?", "San Francisco, CA"),
    "lower-case place": ("location", {}, "what's the weather in paris today?", "paris"),
    "origin": ("origin", {}, "A flight from Paris to New York.", "Paris"),
    "destination": ("destination", {}, "A flight from Paris to New York.", "New York"),
    "date": ("day", {"format": "date"}, "On 2025-06-01.", "2025-06-01"),
    "mail address": ("to", {}, "Send a mail to bob@example.com.", "bob@example.com"),
    "link": ("url", {}, "Read <https://example.com/a>.", "https://example.com/a"),
    "expression": ("expression", {}, "Calculate 12 * (3 + 4).", "12 * (3 + 4)"),
    "name": ("name", {}, "Alice is 30 years old.", "Alice"),
    "by its own name": ("city", {}, 'forecast with city="New York"', "New York"),
    "quoted": ("body", {}, "Send it, saying 'See you soon'.", "See you soon"),
    "whole prompt": ("query", {}, "Who won the world cup?", "Who won the world cup?"),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_string_is_filled_from_the_prompt(case):
    name, schema, prompt, value = FOUND[case]
    assert fill_string(Property(name, schema), PromptValues(prompt)) == value


INVENTED = {
    "topic": ("style", {}, "A poem about cats", "cats"),
    "default": ("style", {"default": "x"}, "", "x"),
    "joke": ("setup", {}, "About cats", "Here is one about cats: why did it cross the road?"),
    "format": ("moment", {"format": "date-time"}, "", "2025-01-31T12:00:00Z"),
    "minLength": ("style", {"minLength": 8}, "cats", "cats cats"),
    "maxLength": ("style", {"maxLength": 2}, "cats", "ca"),
}


@pytest.mark.parametrize("case", INVENTED)
def test_a_string_is_invented_if_the_prompt_names_none(case):
    name, schema, prompt, value = INVENTED[case]
    assert fill_string(Property(name, schema), PromptValues(prompt)) == value


@pytest.mark.parametrize(
    ("name", "schema", "prompt", "value"),
    [
        ("style", {}, "A poem, style=haiku", True),
        ("style", {}, "A poem in Rome", False),
        ("city", {}, "A poem in Rome", True),
        ("sender", {"format": "email"}, "From bob@example.com", True),
        ("sender", {"format": "email"}, "From Bob", False),
    ],
)
def test_a_prompt_has_or_lacks_a_value(name, schema, prompt, value):
    assert has_value(Property(name, schema), PromptValues(prompt)) == value


def test_later_items_of_an_array_are_numbered():
    prompt = PromptValues("cats")
    assert [fill_string(Property("tags", {}, index=i), prompt) for i in range(2)] == [
        "cats",
        "cats 2",
    ]


@pytest.mark.parametrize(("name", "value"), [("final_answer", "Sunny."), ("style", "cats")])
def test_only_a_property_for_an_answer_gets_the_answer(name, value):
    assert fill_string(Property(name, {}), PromptValues("cats"), answer="Sunny.") == value
