from __future__ import annotations

import pytest

from weryai_emulator.json_schema.dates import find_moments, without_moments

FOUND = {
    "On 2025-06-02 at 10:00, and on 2025-06-03.": [("2025-06-02", "10:00:00"), ("2025-06-03", "")],
    "2025-06-02T10:00:30Z": [("2025-06-02", "10:00:30")],
    "5 March 2024, March 5th, 2024 and 5th of March": [("2024-03-05", "")] * 2
    + [("2025-03-05", "")],
    "05.03.2024, 3/5/2024 and 25/3/2024": [("2024-03-05", "")] * 2 + [("2024-03-25", "")],
    "On 4 July from 9:30 am": [("2025-07-04", "09:30:00")],
    "At 5 pm, at 12 a.m.": [("", "17:00:00"), ("", "00:00:00")],
    "Version 1.2.3, 4:3, 99/99/2024, 31 February, at 25:00; may 5 come.": [],
}


@pytest.mark.parametrize("text", FOUND)
def test_dates_and_their_times_are_found_in_order(text):
    assert [(moment.day, moment.time) for moment in find_moments(text)] == FOUND[text]


def test_a_text_without_its_dates_is_as_long():
    text = "On 2025-06-02 at 10:00 3 people meet."
    rest = without_moments(text)
    assert len(rest) == len(text)
    assert rest.split() == ["On", "at", "3", "people", "meet."]
