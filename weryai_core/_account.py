"""What the account and model endpoints answer, decoded. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from weryai_core._classify import error_from_response


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as `GET /v1/chat/models` lists it; None where the service gives no value.

    Attributes:
        key: What goes into a request's `model`.
        description: The service's words about it.
        max_tokens: Largest `max_tokens` that the service takes.
        input_price: Price of input. WeryAI documents neither unit nor currency.
        output_price: Price of output; likewise.
        raw: The entry as it came.
    """

    key: str
    description: str = ""
    max_tokens: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


def decode_models(status: int, headers: Mapping[str, str], body: bytes) -> list[ModelEntry]:
    """The models in `{"models": [...]}`, in OpenAI's list, or in an envelope around either.

    Raises:
        WeryAIError: The body is none of these; the class says what it is instead.
    """
    found = _find_list(_parse(body))
    if found is None:
        raise error_from_response(status, headers, body)
    return [_to_entry(entry) for entry in found if isinstance(entry, Mapping)]


def decode_balance(status: int, headers: Mapping[str, str], body: bytes) -> float:
    """The credits in an envelope whose `data` is the number, or has it as `balance`.

    Raises:
        WeryAIError: The body is no such envelope; the class says what it is instead.
    """
    payload = _parse(body)
    data = payload.get("data") if isinstance(payload, Mapping) else None
    value = data.get("balance") if isinstance(data, Mapping) else data
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise error_from_response(status, headers, body)
    return float(value)


def _find_list(payload: object) -> list[Any] | None:
    if isinstance(payload, Mapping):
        for name in ("models", "data"):
            value = payload.get(name)
            found = _find_list(value) if isinstance(value, Mapping) else value
            if isinstance(found, list):
                return found
    return None


def _to_entry(entry: Mapping[str, Any]) -> ModelEntry:
    return ModelEntry(
        key=str(entry.get("model") or entry.get("id") or ""),
        description=str(entry.get("desc") or entry.get("description") or ""),
        max_tokens=_number(entry.get("max_tokens"), int),
        input_price=_number(entry.get("input_price"), float),
        output_price=_number(entry.get("output_price"), float),
        raw=entry,
    )


def _number(value: object, kind: type) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return kind(value) if is_number else None


def _parse(body: bytes) -> object:
    try:
        return from_json(body)
    except ValueError:
        return None
