"""The types of the arguments of `ChatWeryAI` and its `with_structured_output`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from langchain_core.caches import BaseCache
from langchain_core.callbacks import Callbacks
from langchain_core.language_models import ModelProfile
from langchain_core.rate_limiters import BaseRateLimiter
from pydantic import SecretStr

from weryai_core.integration import ModelArguments, StructuredOutputMethod

# Of `with_structured_output`.
Schema: TypeAlias = dict[str, Any]
Method: TypeAlias = StructuredOutputMethod | None
Parsed: TypeAlias = Literal[False]


class ChatWeryAIArguments(ModelArguments, total=False):
    """All arguments of `ChatWeryAI` but the model, by their short and their long names.

    A dict of settings can have this type: `ChatWeryAI(model="GPT_4O", **settings)`.
    """

    weryai_api_key: str | SecretStr | None
    weryai_api_base: str | None
    request_timeout: Any
    weryai_proxy: str | SecretStr | None
    http_async_client: Any

    max_completion_tokens: int | None
    stop_sequences: list[str] | str | None
    n: int | None
    streaming: bool
    model_kwargs: dict[str, Any]
    extra_body: dict[str, Any] | None

    # LangChain's own.
    name: str | None
    cache: BaseCache | bool | None
    verbose: bool
    callbacks: Callbacks
    tags: list[str] | None
    metadata: dict[str, Any] | None
    custom_get_token_ids: Callable[[str], list[int]] | None
    rate_limiter: BaseRateLimiter | None
    disable_streaming: bool | Literal["tool_calling"]
    output_version: str | None
    profile: ModelProfile | None
