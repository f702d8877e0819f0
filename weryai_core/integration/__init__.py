"""What the LangChain and LlamaIndex packages share. Users of `weryai_core` need none of it.

The names, by what they are for:

    addresses                normalize_base_url, usual_base_url, comparable
    a model object           ModelSettings (its fields), ModelCalls (its settings with their calls),
                             Clients, ModelArguments (the types of its arguments),
                             document_fields (its docstring)
    parameters               merge_call, with_documented_names, output_limit, refuse_secrets
    tools                    to_tool_choice, strict_tool, split_tools, is_web_search_tool,
                             refuse_built_in, is_json_schema, to_function_tool
    tool calls               to_call_param, calls_of, id_of, name_of, arguments_of,
                             call_extras, message_extras, with_extras, GrowingExtras,
                             merge_tool_calls
    a spoken answer          merge_audio
    chunks without validation
                             holds_only_text, next_arguments, choose_maker, new_object,
                             set_fields, set_names, set_extra, set_private
    signed reasoning         family_of, google_extras, thinking_entry
    structured output        plan_structured_output, plan_given_format, StructuredOutputPlan,
                             StructuredOutputMethod, excludes_json_schema, AnswerReader,
                             reader_of_class, reader_of_type, reader_of_schema
    JSON schemas             schema_name, type_name, is_type, json_schema_of, is_recursive,
                             with_object_root
    JSON that a model wrote  find_json, read_json, read_growing, to_strict_json, parse_arguments
    content of messages      is_plain, audio_part, file_part, data_uri, to_base64, is_reasoning,
                             reasoning_in_fields, reasoning_in_part, source_in_words,
                             link_in_words, value_in_words, parts_of, read_written,
                             format_of_base64, estimate_media_tokens, FileReader, arun_apart
    sources of an answer     merge_sources, search_queries, format_with_sources
    a package's own names    lazy_names
"""

from typing import TYPE_CHECKING

from weryai_core.chunk import (
    holds_only_text,
    merge_audio,
    merge_sources,
    merge_tool_calls,
    next_arguments,
)
from weryai_core.config import normalize_base_url, usual_base_url
from weryai_core.extras import GrowingExtras
from weryai_core.hosts import comparable
from weryai_core.integration.model.arguments import ModelArguments
from weryai_core.integration.model.calls import ModelCalls
from weryai_core.integration.model.clients import Clients
from weryai_core.integration.model.field_docs import document_fields
from weryai_core.integration.model.settings import ModelSettings
from weryai_core.lazy_names import lazy_names
from weryai_core.option_values import StructuredOutputMethod

if TYPE_CHECKING:
    from weryai_core.integration.content_parts import (
        is_plain,
        link_in_words,
        mark_end,
        source_in_words,
        text_in_words,
        value_in_words,
    )
    from weryai_core.integration.footnotes import format_with_sources
    from weryai_core.integration.model.call_parameters import merge_call, refuse_secrets
    from weryai_core.integration.structured_answer import (
        AnswerReader,
        reader_of_class,
        reader_of_schema,
        reader_of_type,
    )
    from weryai_core.integration.structured_output import (
        StructuredOutputPlan,
        plan_given_format,
        plan_structured_output,
    )
    from weryai_core.integration.unvalidated import (
        choose_maker,
        new_object,
        set_extra,
        set_fields,
        set_names,
        set_private,
    )
    from weryai_core.json_text import (
        find_json,
        parse_arguments,
        read_growing,
        read_json,
        to_strict_json,
    )
    from weryai_core.media.estimates import estimate_media_tokens
    from weryai_core.media.parts import as_base64, audio_part, data_uri, file_part, to_base64
    from weryai_core.media.signatures import format_of_base64
    from weryai_core.media.written import read_written
    from weryai_core.reply.citations import search_queries
    from weryai_core.reply.outcome.finish_reasons import explain_end
    from weryai_core.reply.reasoning import is_reasoning, reasoning_in_fields, reasoning_in_part
    from weryai_core.request.parameters import output_limit, with_documented_names
    from weryai_core.request.tool_calls import to_call_param
    from weryai_core.request.tool_forms import is_json_schema, refuse_built_in, to_function_tool
    from weryai_core.request.tools import to_tool_choice
    from weryai_core.request.web_search import (
        excludes_json_schema,
        is_web_search_tool,
        split_tools,
    )
    from weryai_core.schemas.response_format import is_type, json_schema_of, type_name
    from weryai_core.schemas.roots import is_recursive, schema_name, with_object_root
    from weryai_core.schemas.strict import strict_tool
    from weryai_core.signatures.families import family_of
    from weryai_core.signatures.forms import google_extras, thinking_entry
    from weryai_core.transport.files.apart import arun_apart
    from weryai_core.transport.files.reader import FileReader
    from weryai_core.wire import (
        arguments_of,
        call_extras,
        calls_of,
        id_of,
        is_plain_call,
        message_extras,
        name_of,
        parts_of,
        with_extras,
    )
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "weryai_core.integration.content_parts": (
                "is_plain",
                "link_in_words",
                "mark_end",
                "source_in_words",
                "text_in_words",
                "value_in_words",
            ),
            "weryai_core.integration.footnotes": ("format_with_sources",),
            "weryai_core.integration.model.call_parameters": ("merge_call", "refuse_secrets"),
            "weryai_core.integration.structured_answer": (
                "AnswerReader",
                "reader_of_class",
                "reader_of_schema",
                "reader_of_type",
            ),
            "weryai_core.integration.structured_output": (
                "StructuredOutputPlan",
                "plan_given_format",
                "plan_structured_output",
            ),
            "weryai_core.integration.unvalidated": (
                "choose_maker",
                "new_object",
                "set_extra",
                "set_fields",
                "set_names",
                "set_private",
            ),
            "weryai_core.json_text": (
                "find_json",
                "parse_arguments",
                "read_growing",
                "read_json",
                "to_strict_json",
            ),
            "weryai_core.media.estimates": ("estimate_media_tokens",),
            "weryai_core.media.parts": (
                "as_base64",
                "audio_part",
                "data_uri",
                "file_part",
                "to_base64",
            ),
            "weryai_core.media.signatures": ("format_of_base64",),
            "weryai_core.media.written": ("read_written",),
            "weryai_core.reply.citations": ("search_queries",),
            "weryai_core.reply.outcome.finish_reasons": ("explain_end",),
            "weryai_core.reply.reasoning": (
                "is_reasoning",
                "reasoning_in_fields",
                "reasoning_in_part",
            ),
            "weryai_core.request.parameters": ("output_limit", "with_documented_names"),
            "weryai_core.request.tool_calls": ("to_call_param",),
            "weryai_core.request.tool_forms": (
                "is_json_schema",
                "refuse_built_in",
                "to_function_tool",
            ),
            "weryai_core.request.tools": ("to_tool_choice",),
            "weryai_core.request.web_search": (
                "excludes_json_schema",
                "is_web_search_tool",
                "split_tools",
            ),
            "weryai_core.schemas.response_format": ("is_type", "json_schema_of", "type_name"),
            "weryai_core.schemas.roots": ("is_recursive", "schema_name", "with_object_root"),
            "weryai_core.schemas.strict": ("strict_tool",),
            "weryai_core.signatures.families": ("family_of",),
            "weryai_core.signatures.forms": ("google_extras", "thinking_entry"),
            "weryai_core.transport.files.apart": ("arun_apart",),
            "weryai_core.transport.files.reader": ("FileReader",),
            "weryai_core.wire": (
                "arguments_of",
                "call_extras",
                "calls_of",
                "id_of",
                "is_plain_call",
                "message_extras",
                "name_of",
                "parts_of",
                "with_extras",
            ),
        },
    )

__all__ = [
    "AnswerReader",
    "Clients",
    "FileReader",
    "GrowingExtras",
    "ModelArguments",
    "ModelCalls",
    "ModelSettings",
    "StructuredOutputMethod",
    "StructuredOutputPlan",
    "arguments_of",
    "arun_apart",
    "as_base64",
    "audio_part",
    "call_extras",
    "calls_of",
    "choose_maker",
    "comparable",
    "data_uri",
    "document_fields",
    "estimate_media_tokens",
    "excludes_json_schema",
    "explain_end",
    "family_of",
    "file_part",
    "find_json",
    "format_of_base64",
    "format_with_sources",
    "google_extras",
    "holds_only_text",
    "id_of",
    "is_json_schema",
    "is_plain",
    "is_plain_call",
    "is_reasoning",
    "is_recursive",
    "is_type",
    "is_web_search_tool",
    "json_schema_of",
    "lazy_names",
    "link_in_words",
    "mark_end",
    "merge_audio",
    "merge_call",
    "merge_sources",
    "merge_tool_calls",
    "message_extras",
    "name_of",
    "new_object",
    "next_arguments",
    "normalize_base_url",
    "output_limit",
    "parse_arguments",
    "parts_of",
    "plan_given_format",
    "plan_structured_output",
    "read_growing",
    "read_json",
    "read_written",
    "reader_of_class",
    "reader_of_schema",
    "reader_of_type",
    "reasoning_in_fields",
    "reasoning_in_part",
    "refuse_built_in",
    "refuse_secrets",
    "schema_name",
    "search_queries",
    "set_extra",
    "set_fields",
    "set_names",
    "set_private",
    "source_in_words",
    "split_tools",
    "strict_tool",
    "text_in_words",
    "thinking_entry",
    "to_base64",
    "to_call_param",
    "to_function_tool",
    "to_strict_json",
    "to_tool_choice",
    "type_name",
    "usual_base_url",
    "value_in_words",
    "with_documented_names",
    "with_extras",
    "with_object_root",
]
