"""The parameters of a request, in stages: names, web search, tools, bounds, `response_format`.

All of it but the messages, so that the result serves every request with the same parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.identifiers.names import with_sent_names
from weryai_core.prompted.write_schema import schema_instruction
from weryai_core.prompted.write_tools import describes_tools
from weryai_core.reply_options import ReplyOptions
from weryai_core.request.bounds import check_parameters, check_required
from weryai_core.request.options import RequestOptions
from weryai_core.request.parameters import to_body
from weryai_core.request.reasoning import characters_held_back
from weryai_core.request.tools import (
    forces_call,
    offers_functions,
    schemas_by_name,
    with_documented_tools,
)
from weryai_core.request.web_search import body_excludes_json_schema, with_web_search
from weryai_core.schemas.complete import check_tool_roots, with_complete_tools
from weryai_core.schemas.response_format import schema_of, with_documented_format
from weryai_core.schemas.strict import with_strict_schemas
from weryai_core.unsupported import RequestWarning, doubted_model, with_supported_parameters

_NO_MESSAGES: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a request, ready to be sent with any messages. They do not change.

    Attributes:
        body: The object to send, with nothing in the place of its messages.
        options: The options of the request.
        reply_options: How to read the reply, with the names of the request's tools.
        warnings: What to warn about.
        instruction: What the prompt must say about the form of the answer; None for nothing.
        are_named: Whether all tools can be sent under their own names.
        are_finite: Whether all numbers are known to be ones that JSON has.
    """

    body: Mapping[str, Any]
    options: RequestOptions
    reply_options: ReplyOptions
    warnings: tuple[RequestWarning, ...] = ()
    instruction: str | None = None
    are_named: bool = True
    are_finite: bool = False


def prepare_parameters(
    parameters: Mapping[str, Any], options: RequestOptions
) -> tuple[Parameters, Any]:
    """Prepare the parameters of a request.

    Args:
        parameters: A `ChatRequest` without its options. It is not changed.
        options: The options, see `split_options`.

    Returns:
        The parameters and the messages, which `extra_body` may hold.

    Raises:
        InvalidRequestError: A parameter is out of its documented range, or parameters exclude one
            another.
        MessageCountError: There are no messages.
    """
    body = to_body(parameters)
    body = with_web_search(body, options.web_search)
    body = with_documented_tools(body)
    check_tool_roots(body)
    body = with_documented_format(body)
    check_parameters(body)
    check_required(body)
    messages, body["messages"] = body["messages"], _NO_MESSAGES
    body, warnings = with_supported_parameters(body, drop=options.drop_unsupported)
    reads_calls_from_text = options.tool_calling == "prompted" and describes_tools(body)
    answer_format = body.get("response_format")
    instruction = _instruction(body, options, has_prompted_tools=reads_calls_from_text)
    if instruction is not None:
        del body["response_format"]
    body, unstrict = with_strict_schemas(body, tools=options.tool_calling == "native")
    warnings += (RequestWarning(text, text) for text in unstrict)
    warnings += doubted_model(body["model"])
    body = with_complete_tools(body)
    reply_options = _to_reply_options(
        body, options, answer_format, reads_calls_from_text=reads_calls_from_text
    )
    are_named = all(sent == name for sent, name in reply_options.tool_names.items())
    ready = Parameters(
        body, options, reply_options, tuple(warnings), instruction, are_named=are_named
    )
    return ready, messages


def _to_reply_options(
    body: Mapping[str, Any],
    options: RequestOptions,
    answer_format: Mapping[str, Any] | None,
    *,
    reads_calls_from_text: bool,
) -> ReplyOptions:
    """How to read the reply to a request.

    Args:
        body: The request.
        options: Its options.
        answer_format: Its `response_format`, which may have moved into the prompt.
        reads_calls_from_text: Whether its tools are described in the prompt.
    """
    named, tool_names = body, dict[str, str]()
    if options.tool_calling != "prompted" and "tools" in body:
        named, tool_names = with_sent_names(body)
    tools = schemas_by_name(named.get("tools"))
    expects_json = _type_of(answer_format) in ("json_schema", "json_object")
    return ReplyOptions(
        model=body["model"],
        has_one_choice=body.get("n") in (None, 1),
        choice_count=body.get("n") or 1,
        reads_calls_from_text=reads_calls_from_text,
        tools=tools,
        forbids_calls=body.get("tool_choice") == "none",
        expects_json=expects_json,
        answer_schema=schema_of(answer_format),
        checks_answer=options.check_answer,
        answer_tools=options.answer_tools,
        checks_arguments=options.check_arguments and bool(tools),
        checks_call_tokens=options.check_call_tokens,
        requires_call=options.check_tool_choice and forces_call(body.get("tool_choice")),
        refuses_refusals=options.check_refusal,
        tool_names=tool_names,
        reads_reasoning_tags=options.reasoning_tags,
        held_back=characters_held_back(body["model"], expects_json=expects_json)
        if options.reasoning_tags
        else 0,
        check_content_filter=options.check_content_filter,
    )


def _type_of(answer_format: Mapping[str, Any] | None) -> Any:
    """The type of a `response_format`."""
    return (answer_format or {}).get("type")


def _instruction(
    body: Mapping[str, Any], options: RequestOptions, *, has_prompted_tools: bool
) -> str | None:
    """What the prompt must say in place of a `response_format` that cannot be a parameter.

    Raises:
        InvalidRequestError: It cannot be a parameter, and may not move.
    """
    kind = _type_of(body.get("response_format"))
    if kind in ("json_schema", "json_object") and has_prompted_tools:
        # A model that must answer in JSON could not write a call.
        return schema_instruction(body["response_format"], allows_calls=True)
    if kind != "json_schema":
        return None
    is_excluded = body_excludes_json_schema(body)
    if options.schema_in_prompt == "always" or (options.schema_in_prompt and is_excluded):
        return schema_instruction(body["response_format"], allows_calls=offers_functions(body))
    if is_excluded:
        raise InvalidRequestError(
            "Gemini models cannot combine web search with a `response_format` of type "
            '"json_schema" (WeryAI\'s API page). Leave one of them out, or pass the schema as the '
            "parameters of a tool."
        )
    return None
