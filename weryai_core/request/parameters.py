"""What a framework's user gives, to a model and to a call of it -> a `ChatRequest`. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from weryai_core.errors import ConfigurationError, InvalidRequestError
from weryai_core.request.web_search import searches_web

_SENSITIVE = re.compile(r"api_?key|api_?base|secret|password|proxy|headers", re.IGNORECASE)

# Names that users bring from other classes -> ours.
_OTHER_NAMES = {
    "max_completion_tokens": "max_tokens",  # OpenAI's newer name
    "model_name": "model",
    "stop_sequences": "stop",
    "request_timeout": "timeout",
}
# Settings of a model. Sent with a request, they would do nothing, or give a secret away.
_SETTINGS = frozenset(
    (
        "api_key",
        "weryai_api_key",
        "base_url",
        "api_base",
        "weryai_api_base",
        "max_retries",
        "default_headers",
        "default_query",
        "proxy",
        "weryai_proxy",
        "http_client",
        "http_async_client",
        "async_http_client",
        "streaming",
        "profile",
        "context_window",
        "is_chat_model",
        "is_function_calling_model",
        "system_prompt",
        "messages_to_prompt",
        "completion_to_prompt",
        "output_parser",
        "pydantic_program_mode",
        "callback_manager",
        "rate_limiter",
    )
)


def refuse_secrets(names: Iterable[Any] | None, holder: str) -> None:
    """See that further parameters of a model hold no key, password, proxy or headers.

    Sent as they are, these would be in requests, in reprs and in saved models.

    Args:
        names: The names of the parameters, or the parameters by name.
        holder: What they were given as, e.g. "additional_kwargs".

    Raises:
        ConfigurationError: One looks like a secret; the message names it.
    """
    for name in names or ():
        if isinstance(name, str) and _SENSITIVE.search(name):
            raise ConfigurationError(
                f"`{holder}` must not hold {name!r}: it would be sent or shown. The key is "
                "`api_key`, the address `base_url`, a proxy `proxy`; headers are `default_headers` "
                "of a model and `extra_headers` of a call."
            )


def merge_call(settled: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A model's own parameters and those of a call in one; what the call gives wins.

    A web search that the call asks for in any way is made, one that the model asks for unless the
    call says `web_search=False`. Fields of `extra_body` are put together, and those of the model's
    give way to the call's parameters.

    Args:
        settled: The model's.
        given: The call's, as `call_parameters` takes them.

    Raises:
        InvalidRequestError: See `call_parameters`.
    """
    own = call_parameters(given)
    merged = {**settled, **own}
    if merged.get("web_search") is False and "web_search" not in own and searches_web(own):
        del merged["web_search"]
    before, after = settled.get("extra_body"), own.get("extra_body")
    if isinstance(before, Mapping):
        named = with_documented_names(before)
        before = {name: value for name, value in named.items() if name not in own}
        after = with_documented_names(after) if isinstance(after, Mapping) else {}
        merged["extra_body"] = {**before, **after}
    return merged


def call_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given to a single call of a framework's model, by the names of a `ChatRequest`.

    Args:
        given: Parameters by their names here or in the frameworks' other classes, and among them
            dicts of further ones, `model_kwargs` or `additional_kwargs`.

    Raises:
        InvalidRequestError: One is a setting of the model object, or its like.
        ConfigurationError: One looks like a secret.
    """
    named = with_documented_names(given)
    for holder in ("model_kwargs", "additional_kwargs"):
        further = named.pop(holder, None)
        if further is not None:
            if not isinstance(further, Mapping):
                raise InvalidRequestError(f"`{holder}` must be a mapping, not {further!r:.80}.")
            named = {**with_documented_names(further), **named}
    for name in named:
        if name in _SETTINGS:
            raise InvalidRequestError(
                f"`{name}` is a setting of the model and not of a call: make another model with it."
            )
    refuse_secrets((name for name in named if name != "extra_headers"), "a call")
    if isinstance(named.get("extra_body"), Mapping):
        refuse_secrets(named["extra_body"], "extra_body")
    return named


def split_call(
    parameters: Mapping[str, Any], *, stream: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A framework call's parameters, as a request and the options of sending it.

    Args:
        parameters: A `ChatRequest`, and among it what is said per call and not sent: `timeout`
            (seconds, or the HTTP library's), `extra_headers` (a mapping) and `stream_usage`
            (whether to ask for token counts when streaming).
        stream: Whether the call is streamed.

    Returns:
        The request, and the keyword arguments of `Client.chat` and `Client.stream`.
    """
    request = dict(parameters)
    options = {
        "timeout": request.pop("timeout", None),
        "headers": request.pop("extra_headers", None),
    }
    request.pop("stream", None)
    if request.pop("stream_usage", False) and stream:
        given = request.get("stream_options") or {}
        request["stream_options"] = {"include_usage": True, **given}
    return request, options


def with_documented_names(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which parameters go by the API's names: not `max_completion_tokens`, `max_tokens`.

    Where both names are given, the API's counts.
    """
    named = dict(parameters)
    for other, name in _OTHER_NAMES.items():
        value = named.pop(other, None)
        if value is not None and named.get(name) is None:
            named[name] = value
    return named


def output_limit(request: Mapping[str, Any]) -> Any:
    """The most tokens that a request asks for, wherever it says so; None if it does not."""
    extra = request.get("extra_body")
    said = {**with_documented_names(request), **(extra if isinstance(extra, Mapping) else {})}
    return said.get("max_completion_tokens") or said.get("max_tokens")


def asks_for_one(request: Mapping[str, Any]) -> bool:
    """Whether a request is for a single answer, as most are, and not for `n` of them."""
    n = (request.get("extra_body") or {}).get("n", request.get("n"))
    return n is None or n == 1
