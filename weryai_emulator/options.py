"""The options of an emulator, checked once when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Literal, get_args
from urllib.parse import urlsplit

from weryai_emulator.checks import (
    check_choice,
    check_flag,
    check_key,
    check_list,
    check_number,
    check_path,
    check_text,
    check_url,
    check_whole,
    wrong,
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
        upstream: The base URL of the server that answers; None for the rules.
        upstream_model: The name of the model there; None for the first that it lists.
        upstream_api_key: The key for it; None sends none.
        local: Whether a model on this machine answers: SmolLM2, or the one in this GGUF file.

    Raises:
        ValueError: An option is unknown, of another type or out of range.
    """

    host: str = "127.0.0.1"
    port: int = 0
    api_keys: Sequence[str] = field(default=(), repr=False)
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
    upstream: str | None = field(default=None, repr=False)
    upstream_model: str | None = None
    upstream_api_key: str | None = field(default=None, repr=False)
    local: bool | str | PathLike[str] = False

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
        check_url("upstream", self.upstream, or_null=True)
        check_text("upstream_model", self.upstream_model, or_null=True)
        check_key("upstream_api_key", self.upstream_api_key, or_null=True)
        for name in ("upstream_model", "upstream_api_key"):
            if getattr(self, name) is not None and self.upstream is None:
                raise ValueError(f"`{name}` needs an upstream. Pass `upstream`, its base URL, too.")
        self._check_upstream()
        self._check_local()

    def _check_upstream(self) -> None:
        if self.upstream is None:
            return
        if self.upstream_api_key is not None and "@" in urlsplit(self.upstream).netloc:
            raise ValueError(
                "`upstream_api_key` cannot be sent: the address of the upstream holds a user name, "
                "which takes its place. Pass one of them."
            )
        if self.cassettes is not None:
            raise ValueError("`upstream` and `cassettes` exclude each other. Pass one of them.")

    def _check_local(self) -> None:
        if not isinstance(self.local, (bool, str, PathLike)):
            raise wrong("local", self.local, "true, false or the path of a GGUF file")
        if self.local == "":
            raise wrong("local", self.local, "true, false or the path of a GGUF file")
        if self.local and self.cassettes is not None:
            raise ValueError("`local` and `cassettes` exclude each other. Pass one of them.")
        if self.local and self.upstream is not None:
            raise ValueError("`local` starts an upstream of its own. Pass it without `upstream`.")


def check_limit(limit: int | None) -> None:
    """Check how many chat requests are answered at once; null is any number."""
    check_whole("max_concurrency", limit, 1, or_null=True)
