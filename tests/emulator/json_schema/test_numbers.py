from __future__ import annotations

import pytest

from weryai_emulator.json_schema.numbers import (
    find_numbers,
    has_number,
    into_range,
    invented_number,
    take_number,
)

TAKEN = {
    "age": ("age", "Alan is 6 feet tall. He is 34 years old.", 34),
    "age after a name": ("age", "Maria, 42, has 3 cats.", 42),
    "year": ("year", "In 2010 it cost 160 million.", 2010),
    "no year": ("quantity", "In 2010 they sold 3 cars at 12.50 each.", 3),
    "price": ("unit_price", "3 cars at 1200.50 each", 1200.5),
    "total": ("total", "2 cars at 800, total 5201.50 NOK", 5201.5),
    "rating": ("rating", "It lasts 3 hours. 4 stars.", 4),
    "minutes": ("prep_time_minutes", "For 4 people, in 25 minutes.", 25),
    "by its own name": ("floors", "It has 12 rooms on 3 floors.", 3),
    "next": ("a", "Add 3 and 4.", 3),
    "too old": ("age", "In 1999", None),
}


@pytest.mark.parametrize("case", TAKEN)
def test_the_number_that_fits_a_property_is_taken(case):
    name, text, value = TAKEN[case]
    found = find_numbers(text)
    count = len(found)
    assert take_number(name, {}, found, whole=False) == value
    assert len(found) == count - (value is not None)


def test_numbers_within_the_bounds_and_whole_ones_are_preferred():
    found = find_numbers("It is 12, 3.5 or 4.")
    assert take_number("x", {"maximum": 5}, found, whole=True) == 4
    assert take_number("x", {"maximum": 5}, found, whole=False) == 3.5
    assert take_number("x", {"maximum": 5}, found, whole=False) == 12
    assert take_number("x", {"maximum": 5}, found, whole=False) is None


@pytest.mark.parametrize(
    ("name", "text", "has"),
    [("age", "34 years old", True), ("age", "3 cats", False), ("days", "for 3 days", True)],
)
def test_only_words_around_a_number_show_that_it_is_meant(name, text, has):
    assert has_number(name, find_numbers(text)) == has


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("age", {}, 34),
        ("confidence", {"minimum": 0, "maximum": 1}, 0.9),
        ("rating", {"minimum": 1, "maximum": 3}, 2.6),
        ("latitude", {}, 59.91),
        ("x", {}, 1),
        ("age", {"default": 9}, 9),
    ],
)
def test_a_number_is_invented_by_its_name(name, schema, value):
    assert invented_number(name, schema, 0) == pytest.approx(value)


@pytest.mark.parametrize(
    ("number", "schema", "whole", "allowed"),
    [
        (4, {"minimum": 10}, True, 10),
        (4, {"maximum": 3}, True, 3),
        (4, {"exclusiveMinimum": 4}, False, 4.5),
        (4, {"exclusiveMinimum": 0, "exclusiveMaximum": 0.1}, False, 0.05),
        (4, {"minimum": 0, "exclusiveMaximum": 0.5}, False, 0.25),
        (9, {"exclusiveMinimum": 2.5, "exclusiveMaximum": 3.2}, True, 3),
        (4, {"minimum": 4, "exclusiveMinimum": True}, True, 5),
        (4, {"maximum": 4, "exclusiveMaximum": True}, True, 3),
        (13, {"multipleOf": 5}, True, 10),
        (1, {"multipleOf": 5, "minimum": 3}, True, 5),
        (0.37, {"multipleOf": 0.25}, False, 0.25),
        (7, {"multipleOf": 0.5}, True, 7),
        (3.7, {}, True, 3),
    ],
)
def test_a_number_is_moved_into_its_bounds(number, schema, whole, allowed):
    assert into_range(number, schema, whole=whole) == allowed
