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
        max_concurrency: How many chat requests are answered at once; None for any number.
        retry_after: Seconds that the refusal of one too many asks to wait; None asks for none.
        answer_delay: Seconds before the answer to a chat request begins.

    Raises:
        ValueError: An option is out of range.
    """

    api_keys: tuple[str, ...] = ()
    chunk_delay: float = 0.0
    error_style: ErrorStyle = "envelope"
    source_shape: SourceShape = "openrouter"
    ignore_plugins: bool = False
    ignore_tools: bool = False
    max_concurrency: int | None = None
    retry_after: float | None = None
    answer_delay: float = 0.0

    def __post_init__(self) -> None:
        if self.error_style not in ERROR_STYLES:
            raise ValueError(
                f"`error_style` is {self.error_style!r}. Pass one of {', '.join(ERROR_STYLES)}."
            )
        if self.source_shape not in SOURCE_SHAPES:
            known = ", ".join(SOURCE_SHAPES)
            raise ValueError(f"`source_shape` is {self.source_shape!r}. Pass one of {known}.")
        for name in ("chunk_delay", "answer_delay", "retry_after"):
            seconds = getattr(self, name)
            if seconds is not None and seconds < 0:
                raise ValueError(f"`{name}` is {seconds}. Pass seconds, 0 or more.")
        if self.max_concurrency is not None and self.max_concurrency < 1:
            raise ValueError(f"`max_concurrency` is {self.max_concurrency}. Pass 1 or more.")
