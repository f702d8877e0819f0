"""Objects of a framework's pydantic classes, made without validation where that is safe.

Validation takes most of the time of a streamed chunk, and the values of a chunk are known to be
valid. A quick maker writes the state that validation gives: the fields, which of them were set, and
the extra ones. A release of the framework may add a field or a validator. So `choose_maker`
compares the objects of the quick maker with those of the constructors, and chooses the constructors
if they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar, cast

from pydantic import BaseModel

T = TypeVar("T")
Maker = TypeVar("Maker", bound=Callable[..., BaseModel])
_Setter = Callable[[BaseModel, Any], None]


class _NewObject(Protocol):
    def __call__(self, cls: type[T], /) -> T: ...


def _setter_of(slot: str) -> _Setter:
    """Writes a slot of a model's state; raises a TypeError if pydantic has it no more."""
    setter = getattr(BaseModel.__dict__.get(slot), "__set__", None)
    return cast(_Setter, _refuse if setter is None else setter)


def _refuse(model: BaseModel, value: Any) -> None:
    raise TypeError("pydantic keeps the state of models elsewhere")


# A model's state is in four slots. They are written one by one where an object is made: a function
# for all four takes a fifth longer, and a model's own `__setattr__` would look for fields.
new_object: _NewObject = object.__new__
set_fields: _Setter = _setter_of("__dict__")
set_names: _Setter = _setter_of("__pydantic_fields_set__")
set_extra: _Setter = _setter_of("__pydantic_extra__")
set_private: _Setter = _setter_of("__pydantic_private__")


def choose_maker(quick: Maker, validated: Maker, examples: Iterable[tuple[Any, ...]]) -> Maker:
    """The quick maker if it makes the same objects as the validated one, else the validated one.

    Args:
        quick: Makes objects without validation.
        validated: Makes them with the constructors of their classes.
        examples: Arguments to compare them with.
    """
    try:
        is_same = all(state_of(quick(*given)) == state_of(validated(*given)) for given in examples)
    except Exception:  # the new release of a framework may break the quick maker in any way
        return validated
    return quick if is_same else validated


def state_of(value: Any) -> Any:
    """All that makes up an object: the class of each part, and the order of fields.

    Objects with equal states are printed, saved and merged alike.
    """
    if isinstance(value, BaseModel):
        return (
            type(value),
            state_of(vars(value)),
            value.__pydantic_fields_set__,
            state_of(value.__pydantic_extra__),
            value.__pydantic_private__,
        )
    if isinstance(value, dict):
        return dict, [(key, state_of(part)) for key, part in value.items()]
    if isinstance(value, list):
        return list, [state_of(part) for part in value]
    return type(value), value
