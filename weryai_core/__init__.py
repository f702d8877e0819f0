"""The shared core of the WeryAI integrations: WeryAI's chat API, typed, without any framework.

The way of a request through the modules, and back:

    _config     settings: argument, else environment, else default
    _models     what is known of the 28 documented models
    _parameters what is given to a model and to a call of it -> a request's parameters
    _web_search whether to search the web, by plugin or by another API's tool
    _request    a request's parameters, checked against the documented bounds -> JSON bytes
    _sent_calls  tool calls and results of a conversation, in anybody's words, with their ids
    _thoughts   thoughts of earlier answers: which of them go back
    _media      what kinds of media are called
    _history    conversations of more messages than fit
    _prompted_json  a JSON schema in the prompt, where it cannot be a parameter
    _prompted_tools  tools, their calls and results in the prompt, likewise
    _tool_choice  which tool shall be called, in the frameworks' words -> in the request's
    _call       a call and its attempts; with _retry: when to make another
    client      Client and AsyncClient; with _http and _aiohttp: the only modules that do I/O.
                _base_client is what the two have in common
    _sse        bytes -> server-sent events
    _decode     a JSON document or an event stream -> Chunk; tells a cut stream from a whole one
    _payload    the JSON objects inside; with _tool_calls: fragments of tool calls, put in order
    _sources    what a reply tells of its sources; with _citations: in one shape
    _reply      Chunk, Choice, ToolCallDelta, Usage, Citation: what comes back
    _structured_output  how to ask for an answer that follows a schema
    _json_text  finds the JSON in an answer
    _tool_calling  the answer to a request with tools: the call that is due
    _prompted_calls  the calls that are written in its text; with _prompted_syntax: where they are,
                and _prompted_json_calls: what they say
    _footnotes  an answer with its sources below it
    _settings   the fields that the frameworks' model classes share; _clients: their clients
    _account    the model list and the balance
    errors      the tree of errors; with _classify: from an answer to its error; _secrets: what
                must not be in it
"""

from weryai_core.chunk import (
    Choice,
    Chunk,
    Citation,
    ToolCallDelta,
    Usage,
    merge_chunks,
    merge_sources,
    merge_tool_calls,
)
from weryai_core.client import AsyncClient, Client
from weryai_core.config import (
    DEFAULT_BASE_URL,
    Config,
    Timeout,
    refuse_arguments,
    resolve_config,
)
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
    ServerError,
    StreamError,
    StructuredOutputError,
    ToolCallError,
    UnknownModelError,
    UnsupportedContentError,
    WeryAIError,
)
from weryai_core.integration.clients import Clients
from weryai_core.integration.content_parts import audio_format
from weryai_core.integration.footnotes import format_with_sources
from weryai_core.integration.settings import ModelSettings
from weryai_core.integration.structured_output import (
    StructuredOutputMethod,
    choose_method,
    schema_format,
    schema_name,
    strict_tool,
    with_root_object,
)
from weryai_core.json_text import find_json
from weryai_core.models import DEFAULT_MAX_TOKENS, ModelInfo, known_models, model_info
from weryai_core.reply.account import ModelEntry
from weryai_core.reply.citations import search_queries
from weryai_core.reply.decode import StreamDecoder, decode_reply
from weryai_core.reply.error_body import error_from_response
from weryai_core.reply.tool_calls import call_extras, parse_arguments
from weryai_core.request.message_limit import MAX_MESSAGES
from weryai_core.request.parameters import (
    merge_call,
    output_limit,
    refuse_secrets,
    split_call,
    with_documented_names,
)
from weryai_core.request.prepare import ChatRequest, check_parameters
from weryai_core.request.reasoning import EchoReasoning
from weryai_core.request.tool_calls import to_call_param
from weryai_core.request.tool_choice import to_tool_choice
from weryai_core.request.web_search import (
    excludes_json_schema,
    is_web_search_tool,
    searches_web,
    split_tools,
)
from weryai_core.retry import RetryPolicy
from weryai_core.version import __version__

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
    "Clients",
    "Config",
    "ConfigurationError",
    "ContentFilterError",
    "ContextOverflowError",
    "DailyQuotaError",
    "EchoReasoning",
    "ErrorResponse",
    "InsufficientCreditsError",
    "InvalidRequestError",
    "MessageCountError",
    "ModelEntry",
    "ModelInfo",
    "ModelSettings",
    "NotFoundError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimitError",
    "RetryPolicy",
    "ServerError",
    "StreamDecoder",
    "StreamError",
    "StructuredOutputError",
    "StructuredOutputMethod",
    "Timeout",
    "ToolCallDelta",
    "ToolCallError",
    "UnknownModelError",
    "UnsupportedContentError",
    "Usage",
    "WeryAIError",
    "__version__",
    "audio_format",
    "call_extras",
    "check_parameters",
    "choose_method",
    "decode_reply",
    "error_from_response",
    "excludes_json_schema",
    "find_json",
    "format_with_sources",
    "is_web_search_tool",
    "known_models",
    "merge_call",
    "merge_chunks",
    "merge_sources",
    "merge_tool_calls",
    "model_info",
    "output_limit",
    "parse_arguments",
    "refuse_arguments",
    "refuse_secrets",
    "resolve_config",
    "schema_format",
    "schema_name",
    "search_queries",
    "searches_web",
    "split_call",
    "split_tools",
    "strict_tool",
    "to_call_param",
    "to_tool_choice",
    "with_documented_names",
    "with_root_object",
]
