"""The chat request: documented parameters checked, encoded to JSON bytes. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, get_args

from pydantic_core import PydanticSerializationError, from_json, to_json

from weryai_core.errors import InvalidRequestError, MessageCountError
from weryai_core.prompted.write_schema import with_schema_in_prompt
from weryai_core.prompted.write_tools import TOOL_PARAMETERS, describes_tools, with_tools_in_prompt
from weryai_core.request.message_limit import MAX_MESSAGES, MessageOverflow, fit_messages
from weryai_core.request.parameters import with_documented_names
from weryai_core.request.reasoning import EchoReasoning, with_thoughts
from weryai_core.request.tool_calls import with_call_ids
from weryai_core.request.tool_choice import ToolUse, forces_call, to_tool_choice
from weryai_core.request.web_search import (
    excludes_json_schema,
    is_plugin_list,
    is_web_search_tool,
    split_tools,
    with_web_search,
)


class ChatRequest(TypedDict, total=False):
    """What `chat` and `stream` take. `model` and `messages` are required; None means unset.

    The first group is documented by WeryAI, with the ranges that are checked here. The second is
    OpenAI's and is handed on unchecked: the gateway may understand it. Any further key is sent as
    it is.
    """

    model: str
    messages: Sequence[Mapping[str, Any]]  # 1 to 50
    max_tokens: int | None  # 1 or more; the service takes 1024 when it is not sent
    temperature: float | None  # 0 to 2
    top_p: float | None  # 0 to 1
    presence_penalty: float | None  # -2 to 2
    frequency_penalty: float | None  # -2 to 2
    seed: int | None
    n: int | None  # 1 or more
    plugins: Sequence[Mapping[str, Any]] | None  # [{"id": "web"}] asks for web search
    response_format: Mapping[str, Any] | None

    tools: Sequence[Mapping[str, Any]] | None
    tool_choice: str | Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    stop: str | Sequence[str] | None
    logprobs: bool | None
    top_logprobs: int | None
    reasoning_effort: str | None
    stream_options: Mapping[str, Any] | None
    user: str | None

    # Ours, never sent under these names: `web_search` becomes an entry of `plugins` (True) or
    # takes it away (False), tools that mean a web search elsewhere become one, too; the entries of
    # `extra_body` are put into the body as they are. `schema_in_prompt` moves the JSON schema of
    # `response_format` into the prompt: "always", or "if_needed", where a web search excludes it.
    # `tool_calling="prompted"` puts the tools into the prompt, and reads calls from the text.
    # `echo_reasoning` says which of the messages' thoughts are sent; None: all that are there.
    # `check_tool_choice=False` lets pass an answer without the call that `tool_choice` demands.
    web_search: bool | None
    schema_in_prompt: Literal["always", "if_needed"] | None
    message_overflow: MessageOverflow | None  # what to do with more messages than 50
    tool_calling: Literal["native", "prompted"] | None
    check_tool_choice: bool | None
    echo_reasoning: EchoReasoning | None
    extra_body: Mapping[str, Any] | None


def encode_request(request: Mapping[str, Any], *, stream: bool) -> bytes:
    """The request as the JSON body to send, checked against the documented bounds.

    Args:
        request: A `ChatRequest`. It is not changed.
        stream: Whether to ask for a streamed reply.

    Raises:
        InvalidRequestError: A documented parameter is out of its range, or something cannot be
            written as JSON. `MessageCountError` if there are no or too many messages.
    """
    body, _ = build_body(request)
    return encode_body(body, stream=stream)


def encode_body(body: Mapping[str, Any], *, stream: bool) -> bytes:
    """What `build_body` gives, as the JSON body to send.

    Raises:
        InvalidRequestError: Something cannot be written as JSON.
    """
    body = dict(body)
    if stream:
        body["stream"] = True
    else:
        # OpenAI refuses stream_options on a request that does not stream.
        body.pop("stream", None)
        body.pop("stream_options", None)
    try:
        encoded = to_json(body, inf_nan_mode="constants")
        if b"NaN" in encoded or b"Infinity" in encoded:
            # Either words of the prompt, or numbers that JSON does not know: this tells.
            from_json(encoded, allow_inf_nan=False)
        return encoded
    except (PydanticSerializationError, ValueError) as error:
        raise InvalidRequestError(f"The request cannot be written as JSON: {error}") from error


def build_body(request: Mapping[str, Any]) -> tuple[dict[str, Any], ToolUse]:
    """The request as the object to send, and how to read the answer.

    None is left out, plugins are merged, bounds checked.

    Raises:
        InvalidRequestError: See `encode_request`.
    """
    body = {name: value for name, value in request.items() if value is not None}
    extra = body.pop("extra_body", {})
    web_search = body.pop("web_search", None)
    schema_in_prompt = body.pop("schema_in_prompt", None)
    message_overflow = body.pop("message_overflow", "error")
    tool_calling = body.pop("tool_calling", "native")
    check_tool_choice = body.pop("check_tool_choice", True)
    echo_reasoning = body.pop("echo_reasoning", True)
    _expect(isinstance(extra, Mapping), "extra_body", extra, "a mapping")
    for name, value, known in (
        ("message_overflow", message_overflow, get_args(MessageOverflow)),
        ("tool_calling", tool_calling, ("native", "prompted")),
        ("echo_reasoning", echo_reasoning, (True, False, "auto")),
    ):
        _expect(value in known, name, value, " or ".join(map(repr, known)))
    body = with_documented_names(body)
    body.update(extra)
    limit = body.pop("max_completion_tokens", None)
    if limit is not None:
        # From `extra_body`, which wins; sent beside `max_tokens` it would be refused.
        body["max_tokens"] = limit
    searches = _take_searches(body)
    plugins = with_web_search(body.pop("plugins", None))
    plugins = with_web_search([*plugins, *searches], enabled=web_search)
    if plugins:
        body["plugins"] = plugins
    _settle_tools(body)
    check_parameters(body)
    _check_required(body)
    body["messages"] = with_call_ids(body["messages"])
    body["messages"] = with_thoughts(body["messages"], echo_reasoning, body["model"])
    tool_use = ToolUse(
        is_prompted=tool_calling == "prompted" and describes_tools(body),
        is_forced=bool(check_tool_choice) and forces_call(body.get("tool_choice")),
    )
    if tool_use.is_prompted and _is_json(body):
        # Bound to answer in JSON, a model could not write a call.
        body = with_schema_in_prompt(body, beside_tools=True)
    body = _with_settled_format(body, schema_in_prompt)
    if message_overflow == "trim":
        # Before calls and their results become words, which could be parted.
        body["messages"] = fit_messages(body["messages"], "trim")
    if tool_calling == "prompted":
        body = with_tools_in_prompt(body, most_messages=MAX_MESSAGES)
    body["messages"] = fit_messages(body["messages"], message_overflow)
    return body, tool_use


def _take_searches(body: dict[str, Any]) -> list[Mapping[str, Any]]:
    """Take the tools that mean a web search out of a body, and give the plugins that say so."""
    tools, searches = split_tools(body.get("tools"))
    if searches:
        body["tools"] = tools
        if is_web_search_tool(body.get("tool_choice")):
            del body["tool_choice"]  # a search cannot be forced
    if not tools:
        # An empty list is refused by several upstreams, and choosing among no tools by all.
        for name in TOOL_PARAMETERS:
            body.pop(name, None)
    return searches


def _settle_tools(body: dict[str, Any]) -> None:
    """Put tools, and which of them to call, into the words of this API."""
    tools = body.get("tools")
    if isinstance(tools, (list, tuple)):
        body["tools"] = [_as_function(tool) for tool in tools]
    if "tool_choice" in body:
        choice = to_tool_choice(body.pop("tool_choice"), body.get("tools") or ())
        if choice is not None:
            body["tool_choice"] = choice


def _as_function(tool: Any) -> Any:
    """A tool of OpenAI's Responses, which has its fields at the top, as one of chat requests."""
    is_flat = isinstance(tool, Mapping) and tool.get("type") == "function" and "name" in tool
    if not is_flat or "function" in tool:
        return tool
    function = {name: value for name, value in tool.items() if name != "type"}
    return {"type": "function", "function": function}


def _is_json(body: Mapping[str, Any]) -> bool:
    return body.get("response_format", {}).get("type") in ("json_schema", "json_object")


def _with_settled_format(body: dict[str, Any], schema_in_prompt: str | None) -> dict[str, Any]:
    """The body with its JSON schema, if it has one, where it may be."""
    if body.get("response_format", {}).get("type") != "json_schema":
        return body
    is_excluded = excludes_json_schema(body)
    if schema_in_prompt == "always" or (schema_in_prompt and is_excluded):
        return with_schema_in_prompt(body)
    if is_excluded:
        raise InvalidRequestError(
            "Gemini models cannot combine web search with a `response_format` of type "
            '"json_schema" (WeryAI\'s API page). Leave one of them out, or have the schema filled '
            "in by a tool call."
        )
    return body


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Check those of the documented parameters that are given and not None.

    Raises:
        InvalidRequestError: One is out of its range; the message names it, its value and the range.
    """
    for name, (is_valid, expected) in _CHECKS.items():
        value = parameters.get(name)
        if value is not None:
            _expect(is_valid(value), name, value, expected)


def _check_required(body: Mapping[str, Any]) -> None:
    model = body.get("model")
    _expect(isinstance(model, str) and bool(model), "model", model, "a model key like 'GPT_4O'")
    messages = body.get("messages")
    if isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence):
        # The value itself would put the prompt into logs.
        kind = type(messages).__name__
        raise InvalidRequestError(f"`messages` must be a list of messages, not a {kind}.")
    if not messages:
        raise MessageCountError("`messages` is empty; send at least one message.")
    for number, message in enumerate(messages):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            kind = "one without" if isinstance(message, Mapping) else f"a {type(message).__name__}"
            raise InvalidRequestError(
                f"`messages[{number}]` must be a mapping with a `role`, not {kind}."
            )


def _expect(is_valid: bool, name: str, value: object, expected: str) -> None:
    if not is_valid:
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        raise InvalidRequestError(f"`{name}` must be {expected}, not {shown}.")


def _number(low: float, high: float) -> tuple[Callable[[Any], bool], str]:
    def is_valid(value: Any) -> bool:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and low <= value <= high  # NaN is in no range

    return is_valid, f"a number from {low} to {high}"


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_response_format(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("type"), str)


_POSITIVE = (lambda value: _is_integer(value) and value >= 1, "an integer of 1 or more")

# Name -> (test, what to say it must be). The ranges are those of the API page.
_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max_tokens": _POSITIVE,
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "seed": (_is_integer, "an integer"),
    "n": _POSITIVE,
    "stream": (lambda value: isinstance(value, bool), "True or False"),
    "plugins": (is_plugin_list, 'a list of objects like {"id": "web"}'),
    "response_format": (_is_response_format, 'an object like {"type": "json_object"}'),
}
