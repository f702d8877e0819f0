"""The options of an emulator, checked once when it is made."""

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
    """The options that the routes and the rules read.

    Attributes:
        api_keys: The accepted keys; empty accepts any key and requires none.
        chunk_delay: Seconds between two streamed deltas.
        error_style: The envelope and the HTTP status of an error; see `request.errors`.
        source_shape: The shape of a web search's sources; see `web_search.source_shapes`.
        ignore_plugins: Whether all models other than Gemini ignore `plugins`.
        ignore_tools: Whether `tools`, `tool_choice` and `parallel_tool_calls` are ignored.

    Raises:
        ValueError: An option is out of range.
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
                f"`error_style` is {self.error_style!r}. Pass one of {', '.join(ERROR_STYLES)}."
            )
        if self.source_shape not in SOURCE_SHAPES:
            known = ", ".join(SOURCE_SHAPES)
            raise ValueError(f"`source_shape` is {self.source_shape!r}. Pass one of {known}.")
        if self.chunk_delay < 0:
            raise ValueError(f"`chunk_delay` is {self.chunk_delay}. Pass seconds, 0 or more.")
