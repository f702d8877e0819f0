"""Objects made without validation are used if they are those of the constructors."""

import pytest
from pydantic import BaseModel

from weryai_core.integration import choose_maker, new_object, set_extra, set_fields, set_names
from weryai_core.integration.unvalidated import _setter_of, set_private, state_of


class Point(BaseModel):
    x: int
    y: int = 0
    names: list[str] = []


def quick(x, fields=("x",), order=("x", "y", "names"), extra=None, private=None):
    values = {"x": x, "y": 0, "names": []}
    point = new_object(Point)
    set_fields(point, {name: values[name] for name in order})
    set_names(point, {*fields})
    set_extra(point, extra)
    set_private(point, private)
    return point


def validated(x, **_):
    return Point(x=x)


def test_the_quick_maker_is_chosen_if_it_makes_the_same():
    assert choose_maker(quick, validated, [(1,), (-7,)]) is quick


@pytest.mark.parametrize(
    "other",
    [
        {"fields": ("x", "y")},
        {"order": ("y", "x", "names")},
        {"order": ("x", "y")},
        {"extra": {}},
        {"private": {}},
    ],
    ids=str,
)
def test_any_difference_of_the_state_is_seen(other):
    def differs(x):
        return quick(x, **other)

    assert choose_maker(differs, validated, [(1,)]) is validated


def test_one_example_that_differs_is_enough():
    assert choose_maker(quick, validated, [(1,), ("2",)]) is validated


def test_a_quick_maker_that_fails_is_not_used():
    def fails(x):
        _setter_of("__gone__")(Point(x=x), {})
        return Point(x=x)

    assert choose_maker(fails, validated, [(1,)]) is validated


def test_the_class_of_each_part_belongs_to_the_state():
    assert state_of(Point(x=True)) == state_of(Point(x=1))  # pydantic has converted it
    assert state_of(quick(True)) != state_of(quick(1))
    assert state_of([{"a": 1}]) != state_of([{"a": 1.0}])
