from __future__ import annotations

import re

import pytest

from weryai_emulator.json_schema.patterns import found_text, matching_text

WRITTEN = {
    r"^[A-Z]{3}-\d{4}$": "ABC-1234",
    r"^\d{5}(-\d{4})?$": "12345-1234",
    r"^\+[1-9]\d{1,14}$": "+1123",
    r"^#[0-9a-fA-F]{6}$": "#abcdef",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": "abc-abc",
    r"^(red|green)$": "red",
    r"^(?P<name>\w+)@example\.com$": "abc@example.com",
    r"^https?://": "https://",
    r"^[^a-zA-Z0-9]$": " ",
    r"^[\]a-]+$": "aaa",
    r"^\S+ \S+$": "abc abc",
    r"^foo\s+bar$": "foo   bar",
    "^[\u0430-\u044f]+$": "\u0430\u0431\u0432",
    r"^(?i:abc)\d+$": "abc123",
    r"^(?=.*\d)[a-z]+\d$": "abc1",
    r"\d{3,}?": "123456",
    r"^\x41\u0042$": "AB",
    "": "",
}


@pytest.mark.parametrize("pattern", WRITTEN)
def test_a_text_with_the_pattern_is_written(pattern):
    text = matching_text(pattern)
    assert text == WRITTEN[pattern]
    assert re.search(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [(r"^[a-z]+$", 12, 20), (r"^[a-z]{2,40}$", 30, 35), (r"^\d+$", 0, 1), (r"^(ab)+$", 9, 10)],
)
def test_the_text_has_a_length_that_is_asked_for(pattern, least, most):
    text = matching_text(pattern, least, most)
    assert least <= len(text) <= most
    assert re.search(pattern, text)


@pytest.mark.parametrize(
    "pattern", [r"^(\d)\1$", r"^\p{L}+$", "(", r"^a(?<!a)$", r"^[a-z]{3}$(?!)"]
)
def test_no_text_is_written_for_what_is_not_understood(pattern):
    assert matching_text(pattern) is None


def test_repetitions_of_repetitions_stay_short():
    assert len(matching_text("((((((a+)+)+)+)+)+)+")) < 1000


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^[A-Z]{3}-\d{4}$", "The code is ABX-9921, thanks.", "ABX-9921"),
        (r"^\d{5}$", "Not 5017 and not 12345-6789, but 54321.", "54321"),
        (r"^\d{5}$", "There is none: 1234567.", None),
        ("(", "(", None),
    ],
)
def test_whole_words_of_a_text_are_found(pattern, text, found):
    assert found_text(pattern, text) == found
