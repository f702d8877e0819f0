from __future__ import annotations

import pytest

from weryai_emulator.json_schema.branches import choose_value
from weryai_emulator.json_schema.lists import listed_texts, split_parts
from weryai_emulator.json_schema.prompt_values import PromptValues

LISTED = {
    "quoted": ("tags", "Tag it with 'news' and 'sport'.", ["news", "sport"]),
    "after a verb": (
        "hobbies",
        "Ann likes tea, long walks and chess.",
        ["tea", "long walks", "chess"],
    ),
    "after a colon": ("ingredients", "We need: flour, milk and eggs", ["flour", "milk", "eggs"]),
    "people": ("participants", "Alice, Bob and Carol meet in Oslo.", ["Alice", "Bob", "Carol"]),
    "places": ("cities", "Compare the weather in Rome and Oslo.", ["Rome", "Oslo"]),
    "languages": ("languages", "He speaks German and some French.", ["German", "French"]),
    "labels": ("keywords", "The red fox jumps. See https://example.com/.", ["red", "fox", "jumps"]),
    "pros": ("pros", "It is cheap but loud.", ["It is cheap"]),
    "cons": ("cons", "It is cheap, but loud.", ["loud"]),
    "none": ("steps", "Tell me how.", []),
}


@pytest.mark.parametrize("case", LISTED)
def test_the_texts_of_an_array_are_those_that_the_prompt_lists(case):
    name, prompt, texts = LISTED[case]
    assert listed_texts(name, PromptValues(prompt)) == texts


def test_a_prompt_is_split_where_another_object_may_begin():
    prompt = "Two orders: 3 cups at 2.50 and 4 plates at 5, total 27.50. Ann pays; Bob does not."
    assert split_parts(prompt) == [
        "Two orders",
        "3 cups at 2.50",
        "4 plates at 5",
        "total 27.50.",
        "Ann pays",
        "Bob does not.",
    ]


@pytest.mark.parametrize(
    ("prompt", "value"),
    [
        ("I love it, it is great.", "positive"),
        ("It broke, I am sad.", "negative"),
        ("A neutral review: I love it.", "neutral"),
        ("It is red.", "neutral"),
    ],
)
def test_an_enum_of_feelings_follows_the_words(prompt, value):
    assert choose_value(["neutral", "positive", "negative"], PromptValues(prompt), 0) == value
