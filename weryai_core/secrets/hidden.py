"""Values that are not shown: their repr, and what walks through objects, has a mark instead.

Error trackers look at the local variables of frames. They take the repr of most objects, and go
into each `Mapping`, so none of these is one.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Generic, Protocol, TypeVar

from pydantic import SecretStr

MARK = "[hidden]"
"""What stands in place of a secret."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Revealed(Protocol[T_co]):
    """What hides a value, as pydantic's `SecretStr` does."""

    def get_secret_value(self) -> T_co:
        """The value."""


class Hidden(Generic[T]):
    """A value of any type that is not shown.

    Args:
        value: The value.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def get_secret_value(self) -> T:
        """The value."""
        return self._value

    def __repr__(self) -> str:
        return MARK


class HiddenValues(Generic[T]):
    """Headers or query parameters: read like a mapping, shown by their names alone.

    Args:
        values: The values by name.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Any) -> None:
        self._values: dict[str, T] = dict(values)

    def get_secret_value(self) -> dict[str, T]:
        """The values by name."""
        return self._values

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._values.keys()

    def values(self) -> ValuesView[T]:
        """The values."""
        return self._values.values()

    def items(self) -> ItemsView[str, T]:
        """Names and values."""
        return self._values.items()

    def get(self, name: str, default: T | None = None) -> T | None:
        """The value of a name; the default if there is none."""
        return self._values.get(name, default)

    def copy(self) -> dict[str, T]:
        """Names and values in a dict of one's own."""
        return dict(self._values)

    def __or__(self, other: Mapping[str, T]) -> dict[str, T]:
        return {**self._values, **other}

    def __ror__(self, other: Mapping[str, T]) -> dict[str, T]:
        return {**other, **self._values}

    def __getitem__(self, name: str) -> T:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, HiddenValues) else other)

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self._values, MARK))


def hide_text(value: Any) -> Any:
    """A text as a secret, and any other value as a hidden one; None stays None."""
    if value is None or isinstance(value, (SecretStr, Hidden)):
        return value
    return SecretStr(value) if isinstance(value, str) else Hidden(value)


def hide_values(values: Any) -> Any:
    """A mapping with hidden values, and any other value as a hidden one; None stays None."""
    if values is None or isinstance(values, (HiddenValues, Hidden)):
        return values
    return HiddenValues(values) if isinstance(values, Mapping) else Hidden(values)


def reveal(value: Any) -> Any:
    """What was hidden; any other value as it is."""
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value
