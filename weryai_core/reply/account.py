"""Decodes the answers of the account and model endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_BEYOND = 1e15  # larger than any limit or price


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as `GET /v1/chat/models` lists it; None if the service gives no value.

    Attributes:
        key: What goes into a request's `model`.
        description: The service's description.
        max_tokens: Largest `max_tokens` that the service accepts.
        input_price: Price of input. WeryAI documents neither unit nor currency.
        output_price: Price of output, in the same undocumented unit.
        raw: The entry as it came.
    """

    key: str
    description: str = ""
    max_tokens: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


def decode_models(payload: Mapping[str, Any]) -> list[ModelEntry] | None:
    """The models in `{"models": [...]}` or `{"data": [...]}`, or in an envelope around either.

    None for anything else.
    """
    found = _find_list(payload)
    if found is None:
        return None
    return [_to_entry(entry) for entry in found if isinstance(entry, Mapping)]


def decode_balance(payload: Mapping[str, Any]) -> float | None:
    """The credits in `{"data": 1.5}` or `{"data": {"balance": 1.5}}`; None for anything else."""
    data = payload.get("data")
    return _number(data.get("balance") if isinstance(data, Mapping) else data)


def _find_list(payload: object) -> list[Any] | None:
    if isinstance(payload, Mapping):
        for name in ("models", "data"):
            value = payload.get(name)
            found = _find_list(value) if isinstance(value, Mapping) else value
            if isinstance(found, list):
                return found
    return None


def _to_entry(entry: Mapping[str, Any]) -> ModelEntry:
    limit = _number(entry.get("max_tokens"))
    return ModelEntry(
        key=str(entry.get("model") or entry.get("id") or ""),
        description=str(entry.get("desc") or entry.get("description") or ""),
        max_tokens=None if limit is None else int(limit),
        input_price=_number(entry.get("input_price")),
        output_price=_number(entry.get("output_price")),
        raw=entry,
    )


def _number(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # JSON parsers give infinity for 1e999.
    return float(value) if is_number and abs(value) < _BEYOND else None  # type: ignore[arg-type]  # a number here
