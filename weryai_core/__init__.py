"""WeryAI's chat API for Python, typed and without a framework.

`Client` and `AsyncClient` send a `ChatRequest` and return a `Chunk`, or a stream of chunks. The
folders are named after the way of the data, one way out and one way back:

    framework messages ─► langchain_weryai/request ─► weryai_core/request ─► transport ─► WeryAI
                                                                                            │
    framework messages ◄─ langchain_weryai/reply   ◄─ weryai_core/reply   ◄─ transport ◄────┘

The public names:

    Client, AsyncClient            send requests; list the models and the balance (ModelEntry)
    ChatRequest                    the parameters of a request
    Timeout, RetryPolicy, Config   settings of a client, and what they resolve to
    Chunk, Choice, ToolCallDelta,  what comes back: a whole reply is one Chunk, a streamed reply
      Usage, Citation                is several, which merge_chunks puts together
    ModelInfo, known_models,       what is known about the 28 documented models
      model_info, similar_models
    WeryAIError                    the root of all errors; `weryai_core.errors` draws the tree
    forget_limits                  for tests: forget the rate limits met in this process
    DEFAULT_BASE_URL, DEFAULT_MAX_TOKENS, MAX_MESSAGES   the service's address and two limits

What only the LangChain and LlamaIndex packages need is in `weryai_core.integration`.

PYTEST_DONT_REWRITE: the distribution has a plugin for pytest, which warns of packages with a plugin
that were imported before it started.
"""

from typing import TYPE_CHECKING

from weryai_core.chunk import Choice, Chunk, Citation, ToolCallDelta, Usage, merge_chunks
from weryai_core.config import DEFAULT_BASE_URL, Config, Timeout
from weryai_core.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    ConfigurationError,
    ContentFilterError,
    ContextOverflowError,
    DailyQuotaError,
    ErrorResponse,
    InsufficientCreditsError,
    InvalidRequestError,
    MessageCountError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    ReplyTooLargeError,
    ServerError,
    StreamError,
    StructuredOutputError,
    ToolCallError,
    UnknownModelError,
    UnsupportedContentError,
    WeryAIError,
)
from weryai_core.lazy_names import lazy_names
from weryai_core.models import DEFAULT_MAX_TOKENS, ModelInfo, known_models, model_info
from weryai_core.retry import RetryPolicy
from weryai_core.version import __version__

if TYPE_CHECKING:
    from weryai_core.async_client import AsyncClient
    from weryai_core.client import Client
    from weryai_core.model_names import similar_models
    from weryai_core.reply.account import ModelEntry
    from weryai_core.request.message_limit import MAX_MESSAGES
    from weryai_core.request.parameters import ChatRequest
    from weryai_core.throttle.keys import forget_limits
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "weryai_core.async_client": ("AsyncClient",),
            "weryai_core.client": ("Client",),
            "weryai_core.model_names": ("similar_models",),
            "weryai_core.reply.account": ("ModelEntry",),
            "weryai_core.request.message_limit": ("MAX_MESSAGES",),
            "weryai_core.request.parameters": ("ChatRequest",),
            "weryai_core.throttle.keys": ("forget_limits",),
        },
    )

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_MAX_TOKENS",
    "MAX_MESSAGES",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AsyncClient",
    "AuthenticationError",
    "ChatRequest",
    "Choice",
    "Chunk",
    "Citation",
    "Client",
    "Config",
    "ConfigurationError",
    "ContentFilterError",
    "ContextOverflowError",
    "DailyQuotaError",
    "ErrorResponse",
    "InsufficientCreditsError",
    "InvalidRequestError",
    "MessageCountError",
    "ModelEntry",
    "ModelInfo",
    "NotFoundError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimitError",
    "ReplyTooLargeError",
    "RetryPolicy",
    "ServerError",
    "StreamError",
    "StructuredOutputError",
    "Timeout",
    "ToolCallDelta",
    "ToolCallError",
    "UnknownModelError",
    "UnsupportedContentError",
    "Usage",
    "WeryAIError",
    "__version__",
    "forget_limits",
    "known_models",
    "merge_chunks",
    "model_info",
    "similar_models",
]
