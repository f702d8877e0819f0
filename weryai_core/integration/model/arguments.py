"""The types of the arguments that both wrappers' model classes take, for `Unpack`.

pydantic's own types are those that a model holds, not those that it takes: an API key is a
`SecretStr` there, and text is what users have. A test compares the names and types with the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from pydantic import SecretStr

from weryai_core.option_values import EchoReasoning, MessageOverflow, ToolMedia


class ModelArguments(TypedDict, total=False):
    """Arguments for the connection and the request; `ModelSettings` describes each."""

    api_key: str | SecretStr | None
    base_url: str | None
    timeout: Any
    stream_chunk_timeout: float | None
    total_timeout: float | None
    max_reply_bytes: int
    max_event_bytes: int
    deadline: float | None
    max_retries: int
    max_concurrency: int | None
    default_headers: Mapping[str, str] | None
    default_query: Mapping[str, Any] | None
    proxy: str | SecretStr | None
    allow_insecure: bool
    http_client: Any

    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    presence_penalty: float | None
    frequency_penalty: float | None
    seed: int | None
    stop: list[str] | str | None
    logprobs: bool | None
    top_logprobs: int | None
    reasoning_effort: str | None
    web_search: bool | None
    plugins: list[dict[str, Any]] | None

    message_overflow: MessageOverflow
    tool_calling: Literal["native", "prompted"]
    echo_reasoning: EchoReasoning
    reasoning_tags: bool
    tool_media: ToolMedia
    drop_unsupported: bool
    check_content_filter: bool
    stream_usage: bool
