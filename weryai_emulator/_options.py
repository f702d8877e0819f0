"""How an emulator behaves, decided once when it is made. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ErrorStyle = Literal["envelope", "envelope_200", "envelope_msg", "openai"]

ERROR_STYLES: tuple[ErrorStyle, ...] = get_args(ErrorStyle)


@dataclass(frozen=True, slots=True)
class Options:
    """What the routes and the rules need to know.

    Attributes:
        api_keys: The keys that are accepted; empty means that no key is asked for.
        chunk_delay: Seconds between two streamed deltas.
        error_style: The envelope and the HTTP status of an error; see `_errors`.
    """

    api_keys: tuple[str, ...] = ()
    chunk_delay: float = 0.0
    error_style: ErrorStyle = "envelope"

    def __post_init__(self) -> None:
        if self.error_style not in ERROR_STYLES:
            raise ValueError(
                f"error_style is {self.error_style!r}; expected one of {', '.join(ERROR_STYLES)}."
            )
        if self.chunk_delay < 0:
            raise ValueError(f"chunk_delay is {self.chunk_delay}; expected seconds, 0 or more.")
