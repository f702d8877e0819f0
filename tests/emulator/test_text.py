from __future__ import annotations

import pytest

from weryai_emulator.text import (
    NO_TOPIC,
    count_tokens,
    is_request,
    name_words,
    split_sentences,
    split_tokens,
    stems_of,
    subject_of,
    topic_of,
    truncate,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Hello, world!",
        "  leading and trailing  \n",
        "internationalisation 12345 3.14",
        "你好啊集团",
        "emoji 👩‍🚀 and\ttabs\n\n",
    ],
)
def test_joined_tokens_are_the_text(text):
    assert "".join(split_tokens(text)) == text
    assert count_tokens(text) == len(split_tokens(text))


@pytest.mark.parametrize(
    ("limit", "result"),
    [
        (0, ("", True)),
        (2, ("Hello,", True)),
        (3, ("Hello, world", True)),
        (4, ("Hello, world!", False)),
        (9, ("Hello, world!", False)),
    ],
)
def test_a_text_is_truncated_to_its_first_tokens(limit, result):
    assert truncate("Hello, world!", limit) == result


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It is 3.5 km. Far.", ["It is 3.5 km.", "Far."]),
        ("Mr. Smith met Dr. Jones. They spoke.", ["Mr. Smith met Dr. Jones.", "They spoke."]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("A line\nthat goes on. Next.", ["A line\nthat goes on.", "Next."]),
        ("Alice: 30\nBob: 40", ["Alice: 30", "Bob: 40"]),
        ("猫が好き。犬も好き。", ["猫が好き。", "犬も好き。"]),
    ],
)
def test_a_text_is_split_into_sentences(text, sentences):
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Tell me a joke about the cats of Rome, please.", "the cats"),
        ("Write something about New York.", "New York"),
        ("What is the weather in Paris?", "weather Paris"),
        ("Hello", "Hello"),
        (" ", "nothing in particular"),
    ],
)
def test_a_prompt_has_a_topic(text, topic):
    assert topic_of(text) == topic


def test_forms_of_a_word_have_the_same_stem():
    assert stems_of("cities bakes baking baked rose") == ["city", "bak", "bak", "bak", "ris"]
    assert stems_of("city bake rise") == ["city", "bak", "ris"]
    assert stems_of("What's the it?") == []


def test_identifiers_are_split_into_words():
    assert name_words("getWeather_in-city2Go") == ["get", "weather", "in", "city2", "go"]


SUBJECTS = {
    "Tell me a joke about cats.": "cats",
    "Generate an example album, with an artist.": "album",
    "Please write me a haiku on autumn.": "haiku",
    "Can you plan a trip to Rome?": "trip to Rome",
    "Using the tool, generate a Pirate greeting.": "Pirate greeting",
    "I want a list of three fruits": "list of three fruits",
    "Extract the people from this text: Bob": "people",
    "Name another song.": "another song",
    "What did the telescope see this week?": "telescope",
    "How high is the Eiffel Tower?": "Eiffel Tower",
    "Who won the world cup?": "won world cup",
    "The login page at https://example.com/a crashes.": "login page",
    "": NO_TOPIC,
}


@pytest.mark.parametrize("prompt", SUBJECTS)
def test_the_subject_of_a_prompt_is_a_noun(prompt):
    assert subject_of(prompt) == SUBJECTS[prompt]


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [("Please list three fruits.", True), ("Lists are nice.", False), ("I'd like tea.", True)],
)
def test_a_request_begins_with_its_verb(sentence, is_one):
    assert is_request(sentence) == is_one
