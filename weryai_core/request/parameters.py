"""The parameters of a chat request: their names, and the other names that users bring along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from weryai_core.option_values import (
    EchoReasoning,
    MessageOverflow,
    SchemaInPrompt,
    ToolCalling,
    ToolMedia,
)
from weryai_core.request.bounds import expect


class ChatRequest(TypedDict, total=False):
    """What `chat` and `stream` take. `model` and `messages` are required; None means unset.

    The first group is documented by WeryAI; the client checks its ranges. The second group is
    OpenAI's, and is passed through unchecked: the gateway may understand it. Any other key is sent
    as it is. The third group is never sent: see `RequestOptions`.

    `extra_body` holds further fields of the body. They win over the others and are sent under their
    names, except that `max_completion_tokens` becomes `max_tokens`.
    """

    model: str
    messages: Sequence[Mapping[str, Any]]  # 1 to 50
    max_tokens: int | None  # 1 or more; 1024 by default
    temperature: float | None  # 0 to 2
    top_p: float | None  # 0 to 1
    presence_penalty: float | None  # -2 to 2
    frequency_penalty: float | None  # -2 to 2
    seed: int | None
    n: int | None  # 1 or more
    plugins: Sequence[Mapping[str, Any]] | None  # [{"id": "web"}] asks for a web search
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
    extra_body: Mapping[str, Any] | None

    web_search: bool | None
    schema_in_prompt: SchemaInPrompt | None
    message_overflow: MessageOverflow | None
    tool_calling: ToolCalling | None
    check_tool_choice: bool | None
    check_refusal: bool | None
    check_arguments: bool | None
    check_call_tokens: bool | None
    check_answer: bool | None
    answer_tools: Sequence[str] | None
    check_content_filter: bool | None
    echo_reasoning: EchoReasoning | None
    reasoning_tags: bool | None
    tool_media: ToolMedia | None
    drop_unsupported: bool | None


# Names from other classes and APIs -> the API's.
_ALIASES = {
    "max_completion_tokens": "max_tokens",  # OpenAI's newer name
    "model_name": "model",
    "stop_sequences": "stop",
    "request_timeout": "timeout",
    "deadline": "total_timeout",
}

# In a request without these, only `max_tokens` can hold the limit.
_HOLD_LIMITS = frozenset(("extra_body", "max_completion_tokens"))


def to_body(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are set, by the API's names, with `extra_body` merged in.

    Raises:
        InvalidRequestError: `extra_body` is not a mapping.
    """
    body = {name: value for name, value in parameters.items() if value is not None}
    extra = body.pop("extra_body", {})
    expect(isinstance(extra, Mapping), "extra_body", extra, "a mapping")
    body = {**with_documented_names(body), **extra}
    # From `extra_body`, which wins. The service would refuse it next to `max_tokens`.
    limit = body.pop("max_completion_tokens", None)
    if limit is not None:
        body["max_tokens"] = limit
    return body


def with_documented_names(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with the API's names in place of aliases. The API's name wins if both are set."""
    named = dict(parameters)
    for alias, name in _ALIASES.items():
        value = named.pop(alias, None)
        if value is not None and named.get(name) is None:
            named[name] = value
    return named


def output_limit(request: Mapping[str, Any]) -> Any:
    """The `max_tokens` of a request, under any name, also in `extra_body`; None if it is unset."""
    if _HOLD_LIMITS.isdisjoint(request):
        return request.get("max_tokens")
    return to_body(request).get("max_tokens")
