"""Turns the parameters of a chat request into the JSON body to send, in stages.

Each stage takes the body and returns a new one: names and `extra_body`, web search, tools, bounds,
`response_format`, messages. What the request means for reading its reply comes with the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import from_json

from weryai_core.errors import InvalidRequestError, WeryAIError
from weryai_core.identifiers.call_ids import with_call_ids
from weryai_core.identifiers.names import with_sent_names, with_speaker_names
from weryai_core.identifiers.unpaired import with_paired_calls
from weryai_core.media.answers import with_movable_answers
from weryai_core.media.read_results import with_readable_results
from weryai_core.media.tool_results import with_joined_media, with_movable_media
from weryai_core.prompted.write_schema import with_schema_in_prompt
from weryai_core.prompted.write_tools import describes_tools, with_tools_in_prompt
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.request.bounds import check_parameters, check_required
from weryai_core.request.message_limit import MAX_MESSAGES, fit_messages, folding_warning
from weryai_core.request.options import RequestOptions
from weryai_core.request.overflow.fold import count_messages
from weryai_core.request.parameters import to_body
from weryai_core.request.reasoning import characters_held_back, with_sendable_answers
from weryai_core.request.tool_calls import with_readable_calls
from weryai_core.request.tools import (
    forces_call,
    offers_functions,
    schemas_by_name,
    with_documented_tools,
    without_force,
)
from weryai_core.request.web_search import body_excludes_json_schema, with_web_search
from weryai_core.schemas.complete import check_tool_roots, with_complete_tools
from weryai_core.schemas.response_format import schema_of, with_documented_format
from weryai_core.schemas.strict import with_strict_schemas
from weryai_core.signatures.placeholders import with_placeholders
from weryai_core.signatures.refused import without_reasoning
from weryai_core.unsupported import (
    RequestWarning,
    described_media,
    with_supported_media,
    with_supported_parameters,
)
from weryai_core.wire import is_instruction, is_plain, write_json

_DEFAULT_OPTIONS = RequestOptions()


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request that is ready to be encoded, and how to read its reply.

    Attributes:
        body: The object to send, without `stream`.
        reply_options: How to read the reply.
        warnings: What to warn about, once per client.
        has_reasoning: Whether the reasoning of earlier answers may be part of it.
    """

    body: Mapping[str, Any]
    reply_options: ReplyOptions = NO_OPTIONS
    warnings: Sequence[RequestWarning] = ()
    has_reasoning: bool = True

    @property
    def model(self) -> str:
        """Key of the model."""
        model: str = self.body["model"]
        return model

    @property
    def forces_call(self) -> bool:
        """Whether the body has a `tool_choice` that requires a call."""
        return forces_call(self.body.get("tool_choice"))

    def without_forced_call(self) -> PreparedRequest:
        """The same request, leaving it to the model whether to call a tool."""
        body = {**self.body, "tool_choice": without_force(self.body.get("tool_choice"))}
        return replace(self, body=body, reply_options=self.reply_options.without_forced_call())

    def with_placeholders(self) -> PreparedRequest:
        """The same request, with placeholders for the signatures that Gemini 3 wants."""
        messages = with_placeholders(self.body["messages"])
        return replace(self, body={**self.body, "messages": messages})

    def without_reasoning(self, error: WeryAIError) -> PreparedRequest:
        """The same request without the reasoning that the service refuses."""
        return replace(self, body=without_reasoning(self.body, error))


def prepare(
    parameters: Mapping[str, Any], options: RequestOptions = _DEFAULT_OPTIONS
) -> PreparedRequest:
    """Prepare a request: the API's names only, checked, with messages that fit.

    Args:
        parameters: A `ChatRequest` without its options. It is not changed.
        options: The options, see `split_options`.

    Raises:
        InvalidRequestError: A parameter is out of its documented range, or parameters exclude one
            another.
        MessageCountError: There are no messages, or too many.
    """
    body = to_body(parameters)
    body = with_web_search(body, options.web_search)
    body = with_documented_tools(body)
    check_tool_roots(body)
    body = with_documented_format(body)
    check_parameters(body)
    check_required(body)
    body, warnings = with_supported_parameters(body, drop=options.drop_unsupported)
    reads_calls_from_text = options.tool_calling == "prompted" and describes_tools(body)
    requires_call = options.check_tool_choice and forces_call(body.get("tool_choice"))
    expects_json = _format_of(body) in ("json_schema", "json_object")
    answer_schema = schema_of(body.get("response_format"))
    body = _with_possible_format(body, options, has_prompted_tools=reads_calls_from_text)
    body, unstrict = with_strict_schemas(body, tools=options.tool_calling == "native")
    warnings += (RequestWarning(text, text) for text in unstrict)
    body = with_complete_tools(body)
    body, tool_names = _with_sendable_calls(body, options)
    tools, forbids_calls = schemas_by_name(body.get("tools")), body.get("tool_choice") == "none"
    body = _with_sendable_messages(body, options, warnings)
    reply_options = ReplyOptions(
        model=body["model"],
        has_one_choice=body.get("n") in (None, 1),
        choice_count=body.get("n") or 1,
        reads_calls_from_text=reads_calls_from_text,
        tools=tools,
        forbids_calls=forbids_calls,
        expects_json=expects_json,
        answer_schema=answer_schema,
        checks_answer=options.check_answer,
        answer_tools=options.answer_tools,
        checks_arguments=options.check_arguments and bool(tools),
        checks_call_tokens=options.check_call_tokens,
        requires_call=requires_call,
        refuses_refusals=options.check_refusal,
        tool_names=tool_names,
        reads_reasoning_tags=options.reasoning_tags,
        held_back=characters_held_back(body["model"], expects_json=expects_json)
        if options.reasoning_tags
        else 0,
        check_content_filter=options.check_content_filter,
    )
    has_reasoning = options.echo_reasoning is not False and options.tool_calling == "native"
    return PreparedRequest(body, reply_options, tuple(warnings), has_reasoning)


def encode(body: Mapping[str, Any], *, stream: bool) -> bytes:
    """Encode the body of a prepared request as JSON.

    Raises:
        InvalidRequestError: It holds something that JSON cannot.
    """
    # OpenAI refuses `stream_options` on a request that does not stream.
    not_sent = ("stream",) if stream else ("stream", "stream_options")
    sent = {name: value for name, value in body.items() if name not in not_sent}
    if stream:
        sent["stream"] = True
    try:
        encoded = write_json(sent)
        if b"NaN" in encoded or b"Infinity" in encoded:
            # Either words of the prompt, or numbers that JSON does not have: parsing decides.
            from_json(encoded, allow_inf_nan=False)
    except ValueError as error:  # pydantic's own is one
        raise InvalidRequestError(f"The request cannot be written as JSON: {error}") from error
    return encoded


def _format_of(body: Mapping[str, Any]) -> Any:
    """The type of the answer that a request asks for."""
    return (body.get("response_format") or {}).get("type")


def _with_possible_format(
    body: dict[str, Any], options: RequestOptions, *, has_prompted_tools: bool
) -> dict[str, Any]:
    """The request with its `response_format` moved into the prompt where it cannot be a parameter.

    Raises:
        InvalidRequestError: It cannot be a parameter, and may not move.
    """
    kind = _format_of(body)
    if kind in ("json_schema", "json_object") and has_prompted_tools:
        # A model that must answer in JSON could not write a call.
        return with_schema_in_prompt(body, allows_calls=True)
    if kind != "json_schema":
        return body
    is_excluded = body_excludes_json_schema(body)
    if options.schema_in_prompt == "always" or (options.schema_in_prompt and is_excluded):
        return with_schema_in_prompt(body, allows_calls=offers_functions(body))
    if is_excluded:
        raise InvalidRequestError(
            "Gemini models cannot combine web search with a `response_format` of type "
            '"json_schema" (WeryAI\'s API page). Leave one of them out, or pass the schema as the '
            "parameters of a tool."
        )
    return body


def _with_sendable_calls(
    body: Mapping[str, Any], options: RequestOptions
) -> tuple[dict[str, Any], dict[str, str]]:
    """The request with calls, ids and names that the model takes, and the names that they mean."""
    if all(map(is_plain, body["messages"])) and "tools" not in body:
        return {**body}, {}
    messages = with_call_ids(with_readable_calls(body["messages"]), body["model"])
    if options.tool_calling != "prompted":
        return with_sent_names({**body, "messages": with_paired_calls(messages)})
    # In the prompt, a tool may have any name, and a result needs no call.
    return {**body, "messages": with_speaker_names(messages)}, {}


def _with_sendable_messages(
    body: dict[str, Any], options: RequestOptions, warnings: list[RequestWarning]
) -> dict[str, Any]:
    """The request with messages that the model takes: reasoning, media, prompted tools, limit.

    Warnings about them are appended to `warnings`.
    """
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    # No model requires reasoning with calls that are part of the text.
    is_required = options.tool_calling == "native" or options.echo_reasoning is True
    messages = with_sendable_answers(
        messages,
        body["model"],
        echo=options.echo_reasoning if is_required else False,
        reads_tags=options.reasoning_tags,
    )
    has_media = not all(map(is_plain, messages))  # perhaps
    if has_media:
        messages = _with_sendable_media(messages, options, body["model"], warnings)
    messages = _with_fewer_turns(messages, options, warnings)
    if has_media:
        drop = options.drop_unsupported
        messages, found = with_supported_media(messages, body["model"], drop=drop)
        warnings += found
    sendable = {**body, "messages": messages}
    if options.tool_calling == "prompted":
        sendable = with_tools_in_prompt(sendable, max_messages=MAX_MESSAGES)
    sendable["messages"] = fit_messages(sendable["messages"], options.message_overflow)
    return sendable


def _with_sendable_media(
    messages: Sequence[Mapping[str, Any]],
    options: RequestOptions,
    model: str,
    warnings: list[RequestWarning],
) -> Sequence[Mapping[str, Any]]:
    """The messages with media where the model takes them."""
    messages = with_readable_results(messages, options.tool_media)
    messages = with_movable_answers(messages, options.tool_media, model)
    are_prompted = options.tool_calling == "prompted"
    messages, described = with_movable_media(
        messages, options.tool_media, model, are_prompted=are_prompted
    )
    warnings += described_media(described, model)
    return messages


def _with_fewer_turns(
    messages: Sequence[Mapping[str, Any]],
    options: RequestOptions,
    warnings: list[RequestWarning],
) -> Sequence[Mapping[str, Any]]:
    """The messages, fewer while calls, results and their media are recognizable."""
    is_prompted = options.tool_calling == "prompted"
    overflow = options.message_overflow
    if is_prompted and overflow in ("error", "merge"):
        return messages  # they are fewer once results are user messages
    messages = with_joined_media(messages, MAX_MESSAGES)
    if overflow == "trim":
        return fit_messages(messages, "trim")
    if count_messages(messages, joins_results=is_prompted) <= MAX_MESSAGES:
        return messages
    if overflow == "fold":
        warnings.append(folding_warning(messages))
    # Prompted tools need a system message to be described in.
    limit = MAX_MESSAGES - (is_prompted and not is_instruction(messages[0]))
    return fit_messages(messages, overflow, limit=limit, joins_results=is_prompted)
