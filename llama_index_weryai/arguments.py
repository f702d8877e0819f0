"""The types of the arguments of `WeryAI`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts import BasePromptTemplate
from llama_index.core.types import BaseOutputParser, PydanticProgramMode

from weryai_core.integration import ModelArguments

MediaSource = Literal["any", "inline-only"]
"""Whether blocks may name files and addresses, or must hold their data."""


class WeryAIArguments(ModelArguments, total=False):
    """All arguments of `WeryAI` but the model, by their short and their long names.

    A dict of settings can have this type: `WeryAI(model="GPT_4O", **settings)`.
    """

    api_base: str | None
    async_http_client: Any

    media: MediaSource
    additional_kwargs: dict[str, Any]
    strict: bool
    context_window: int | None
    is_chat_model: bool
    is_function_calling_model: bool

    # LlamaIndex's own.
    callback_manager: CallbackManager
    rate_limiter: Any | None
    system_prompt: str | None
    messages_to_prompt: Callable[[Sequence[ChatMessage]], str] | None
    completion_to_prompt: Callable[[str], str] | None
    output_parser: BaseOutputParser | None
    pydantic_program_mode: PydanticProgramMode
    query_wrapper_prompt: BasePromptTemplate | None
