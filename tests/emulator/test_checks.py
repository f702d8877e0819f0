"""Checks of values: what messages show, and what headers become."""

import pytest

from weryai_emulator.checks import check_headers, check_json, check_number, show, write_number


def test_a_shown_value_is_short_and_no_error():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    assert show("x" * 100) == "'" + "x" * 79 + "..."
    assert show(10**5000) == "a value of type int"
    assert show(nested) == "a value of type list"


@pytest.mark.parametrize("value", [{1, 2}, object(), [lambda: None], 10**5000], ids=type)
def test_a_value_that_json_cannot_write_is_refused(value):
    with pytest.raises(ValueError, match=r"`body` is .* Pass a value that JSON can write"):
        check_json("body", value)


@pytest.mark.parametrize("value", [True, "1", None, -1, 1e10, 10**400, float("nan")], ids=str)
def test_a_number_is_finite_and_in_its_range(value):
    with pytest.raises(ValueError, match="Pass a number from 0 to 1000000000"):
        check_number("pause", value)


def test_numbers_in_headers_are_written_in_digits():
    assert check_headers({"A": 1, "B": 2.5, "C": " x ", "D": ""}) == {
        "A": "1",
        "B": "2.5",
        "C": "x",
        "D": "",
    }
    assert [write_number(one) for one in (0, 10, 1e9, 0.25)] == ["0", "10", "1000000000", "0.25"]
