"""Turns the parameters of a chat request into the JSON body to send, in stages.

Each stage takes the body and returns a new one: names and `extra_body`, web search, tools, bounds,
`response_format`, messages. What the request means for reading its reply comes with the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from weryai_core.errors import InvalidRequestError
from weryai_core.identifiers.call_ids import with_call_ids
from weryai_core.identifiers.names import safe_name, with_sent_names, with_speaker_names
from weryai_core.prompted.write_schema import with_schema_in_prompt
from weryai_core.prompted.write_tools import describes_tools, with_tools_in_prompt
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.request.bounds import check_parameters, check_required
from weryai_core.request.message_limit import MAX_MESSAGES, fit_messages
from weryai_core.request.options import RequestOptions
from weryai_core.request.parameters import to_body
from weryai_core.request.reasoning import with_reasoning
from weryai_core.request.tool_calls import with_readable_calls
from weryai_core.request.tools import forces_call, with_documented_tools
from weryai_core.request.web_search import body_excludes_json_schema, with_web_search

_DEFAULT_OPTIONS = RequestOptions()


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request that is ready to be encoded, and how to read its reply.

    Attributes:
        body: The object to send, without `stream`.
        reply_options: How to read the reply.
    """

    body: Mapping[str, Any]
    reply_options: ReplyOptions = NO_OPTIONS

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
        body = {**self.body, "tool_choice": "auto"}
        return PreparedRequest(body, replace(self.reply_options, requires_call=False))


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
    check_parameters(body)
    check_required(body)
    reads_calls_from_text = options.tool_calling == "prompted" and describes_tools(body)
    requires_call = options.check_tool_choice and forces_call(body.get("tool_choice"))
    body = _with_possible_format(body, options, has_prompted_tools=reads_calls_from_text)
    body, tool_names = _with_sendable_calls(body, options)
    body = _with_sendable_messages(body, options)
    reply_options = ReplyOptions(
        has_one_choice=body.get("n") in (None, 1),
        reads_calls_from_text=reads_calls_from_text,
        requires_call=requires_call,
        tool_names=tool_names,
        check_content_filter=options.check_content_filter,
    )
    return PreparedRequest(body, reply_options)


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
        encoded = to_json(sent, inf_nan_mode="constants")
        if b"NaN" in encoded or b"Infinity" in encoded:
            # Either words of the prompt, or numbers that JSON does not have: parsing decides.
            from_json(encoded, allow_inf_nan=False)
    except (PydanticSerializationError, ValueError) as error:
        raise InvalidRequestError(f"The request cannot be written as JSON: {error}") from error
    return encoded


def _with_possible_format(
    body: dict[str, Any], options: RequestOptions, *, has_prompted_tools: bool
) -> dict[str, Any]:
    """The request with its `response_format` moved into the prompt where it cannot be a parameter.

    Raises:
        InvalidRequestError: It cannot be a parameter, and may not move.
    """
    body = _with_safe_format(body)
    kind = (body.get("response_format") or {}).get("type")
    if kind in ("json_schema", "json_object") and has_prompted_tools:
        # A model that must answer in JSON could not write a call.
        return with_schema_in_prompt(body, allows_calls=True)
    if kind != "json_schema":
        return body
    is_excluded = body_excludes_json_schema(body)
    if options.schema_in_prompt == "always" or (options.schema_in_prompt and is_excluded):
        return with_schema_in_prompt(body)
    if is_excluded:
        raise InvalidRequestError(
            "Gemini models cannot combine web search with a `response_format` of type "
            '"json_schema" (WeryAI\'s API page). Leave one of them out, or pass the schema as the '
            "parameters of a tool."
        )
    return body


def _with_safe_format(body: dict[str, Any]) -> dict[str, Any]:
    """The request with a name of its JSON schema that the API takes."""
    response_format = body.get("response_format")
    described = response_format.get("json_schema") if isinstance(response_format, Mapping) else None
    name = described.get("name") if isinstance(described, Mapping) else None
    if not isinstance(response_format, Mapping) or not isinstance(described, Mapping):
        return body
    if not isinstance(name, str) or safe_name(name, "schema") == name:
        return body
    named = {**described, "name": safe_name(name, "schema")}
    return {**body, "response_format": {**response_format, "json_schema": named}}


def _with_sendable_calls(
    body: Mapping[str, Any], options: RequestOptions
) -> tuple[dict[str, Any], dict[str, str]]:
    """The request with calls, ids and names that the model takes, and the names that they mean."""
    messages = with_call_ids(with_readable_calls(body["messages"]), body["model"])
    if options.tool_calling != "prompted":
        return with_sent_names({**body, "messages": messages})
    # In the prompt, a tool may have any name.
    return {**body, "messages": with_speaker_names(messages)}, {}


def _with_sendable_messages(body: dict[str, Any], options: RequestOptions) -> dict[str, Any]:
    """The request with messages that the model takes: reasoning, prompted tools, limit."""
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    messages = with_reasoning(messages, options.echo_reasoning, body["model"])
    if options.message_overflow == "trim":
        # While calls and results are recognizable, and stay together.
        messages = fit_messages(messages, "trim")
    sendable = {**body, "messages": messages}
    if options.tool_calling == "prompted":
        sendable = with_tools_in_prompt(sendable, max_messages=MAX_MESSAGES)
    sendable["messages"] = fit_messages(sendable["messages"], options.message_overflow)
    return sendable
