"""What the LangChain and LlamaIndex packages share. Users of `weryai_core` need none of it.

ModelSettings, Clients   the fields and the HTTP clients of a model object
merge_call, split_call, with_documented_names, output_limit, refuse_secrets, check_parameters,
resolve_config         a model's parameters and those of a call, as one request
to_tool_choice, strict_tool, split_tools, is_web_search_tool, searches_web
tools, the forced call, the web search
to_call_param, call_extras, parse_arguments, merge_tool_calls
tool calls, in requests and in replies
StructuredOutputMethod, choose_method, excludes_json_schema, schema_format, schema_name,
with_root_object, find_json
structured output
audio_format             media in messages
merge_sources, search_queries, format_with_sources
the sources of an answer
"""

from weryai_core.chunk import merge_sources, merge_tool_calls
from weryai_core.config import resolve_config
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
from weryai_core.reply.citations import search_queries
from weryai_core.reply.tool_calls import call_extras, parse_arguments
from weryai_core.request.parameters import (
    merge_call,
    output_limit,
    refuse_secrets,
    split_call,
    with_documented_names,
)
from weryai_core.request.prepare import check_parameters
from weryai_core.request.tool_calls import to_call_param
from weryai_core.request.tool_choice import to_tool_choice
from weryai_core.request.web_search import (
    excludes_json_schema,
    is_web_search_tool,
    searches_web,
    split_tools,
)

__all__ = [
    "Clients",
    "ModelSettings",
    "StructuredOutputMethod",
    "audio_format",
    "call_extras",
    "check_parameters",
    "choose_method",
    "excludes_json_schema",
    "find_json",
    "format_with_sources",
    "is_web_search_tool",
    "merge_call",
    "merge_sources",
    "merge_tool_calls",
    "output_limit",
    "parse_arguments",
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
