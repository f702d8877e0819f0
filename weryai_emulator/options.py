"""The options of an emulator, checked once when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Literal, get_args

from weryai_emulator.checks import (
    check_choice,
    check_flag,
    check_list,
    check_number,
    check_path,
    check_text,
    check_whole,
)

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
LOG_LEVELS = ("critical", "error", "warning", "info", "debug", "trace")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of an emulator.

    Attributes:
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        api_keys: The accepted keys; empty accepts any key and requires none.
        chunk_delay: Seconds between two streamed deltas.
        error_style: The envelope and the HTTP status of an error; see `request.errors`.
        source_shape: The shape of a web search's sources; see `web_search.source_shapes`.
        ignore_plugins: Whether all models other than Gemini ignore `plugins`.
        ignore_tools: Whether `tools`, `tool_choice` and `parallel_tool_calls` are ignored.
        max_concurrency: How many chat requests are answered at once; None for any number.
        retry_after: Seconds that the refusal of one too many asks to wait; None asks for none.
        answer_delay: Seconds before the answer to a chat request begins.
        cassettes: The directory of the cassettes to replay; None answers by rule.
        cassette_pace: How long a replayed body takes, as a multiple of the recorded time.
        allow_remote_control: Whether other machines may use the control API.
        log_level: A log level of uvicorn; None keeps the server silent.

    Raises:
        ValueError: An option is unknown, of another type or out of range.
    """

    host: str = "127.0.0.1"
    port: int = 0
    api_keys: Sequence[str] = ()
    chunk_delay: float = 0.0
    error_style: ErrorStyle = "envelope"
    source_shape: SourceShape = "openrouter"
    ignore_plugins: bool = False
    ignore_tools: bool = False
    max_concurrency: int | None = None
    retry_after: float | None = None
    answer_delay: float = 0.0
    cassettes: str | PathLike[str] | None = None
    cassette_pace: float = 0.0
    allow_remote_control: bool = False
    log_level: str | None = None

    def __post_init__(self) -> None:
        check_text("host", self.host)
        check_whole("port", self.port, 0, 65_535)
        check_list("api_keys", self.api_keys, "keys")
        for key in self.api_keys:
            check_text("api_keys", key)
        object.__setattr__(self, "api_keys", tuple(self.api_keys))
        check_choice("error_style", self.error_style, ERROR_STYLES)
        check_choice("source_shape", self.source_shape, SOURCE_SHAPES)
        for name in ("ignore_plugins", "ignore_tools", "allow_remote_control"):
            check_flag(name, getattr(self, name))
        check_path("cassettes", self.cassettes)
        for name in ("chunk_delay", "answer_delay", "cassette_pace", "retry_after"):
            check_number(name, getattr(self, name), or_null=name == "retry_after")
        check_limit(self.max_concurrency)
        check_choice("log_level", self.log_level, LOG_LEVELS, or_null=True)


def check_limit(limit: int | None) -> None:
    """Check how many chat requests are answered at once; null is any number."""
    check_whole("max_concurrency", limit, 1, or_null=True)
