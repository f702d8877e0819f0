"""How an emulator behaves, decided once when it is made. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ErrorStyle = Literal["envelope", "envelope_200", "envelope_msg", "openai"]
SourceShape = Literal[
    "openrouter",
    "openai_flat",
    "late",
    "perplexity",
    "gemini",
    "gemini_snake",
    "litellm",
    "litellm_message",
    "anthropic",
]

ERROR_STYLES: tuple[ErrorStyle, ...] = get_args(ErrorStyle)
SOURCE_SHAPES: tuple[SourceShape, ...] = get_args(SourceShape)


@dataclass(frozen=True, slots=True)
class Options:
    """What the routes and the rules need to know.

    Attributes:
        api_keys: The keys that are accepted; empty means that no key is asked for.
        chunk_delay: Seconds between two streamed deltas.
        error_style: The envelope and the HTTP status of an error; see `_errors`.
        source_shape: In which shape the sources of a web search are sent; see `_sources`.
        ignore_plugins: Whether models other than Gemini answer as if no plugin was asked for.
        ignore_tools: Whether `tools` and `tool_choice` are as if they had not been sent.
    """

    api_keys: tuple[str, ...] = ()
    chunk_delay: float = 0.0
    error_style: ErrorStyle = "envelope"
    source_shape: SourceShape = "openrouter"
    ignore_plugins: bool = False
    ignore_tools: bool = False

    def __post_init__(self) -> None:
        if self.error_style not in ERROR_STYLES:
            raise ValueError(
                f"error_style is {self.error_style!r}; expected one of {', '.join(ERROR_STYLES)}."
            )
        if self.source_shape not in SOURCE_SHAPES:
            expected = ", ".join(SOURCE_SHAPES)
            raise ValueError(f"source_shape is {self.source_shape!r}; expected one of {expected}.")
        if self.chunk_delay < 0:
            raise ValueError(f"chunk_delay is {self.chunk_delay}; expected seconds, 0 or more.")
