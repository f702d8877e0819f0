"""Merges what is set on a framework's model with what is given to one of its calls.

`merge_call` puts the parameters of a call over those of the model, whatever names and holders they
come in. `split_call` then separates the request from the arguments of `Client.chat`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from weryai_core.errors import ConfigurationError, InvalidRequestError
from weryai_core.request.parameters import with_documented_names
from weryai_core.request.web_search import searches_web

_SENSITIVE = re.compile(r"api_?key|api_?base|secret|password|proxy|headers", re.IGNORECASE)

_TIME_LIMITS = ("stream_chunk_timeout", "total_timeout")

# In these, frameworks' users pass parameters that the class does not know.
_HOLDERS = ("model_kwargs", "additional_kwargs")


def refuse_secrets(names: Iterable[Any] | None, holder: str) -> None:
    """Check that a model's further parameters hold no key, password, proxy or headers.

    They would be sent as they are, and be shown in requests, in reprs and in saved models.

    Args:
        names: The names of the parameters, or the parameters by name.
        holder: What they were passed as, e.g. "additional_kwargs".

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


def merge_call(
    own: Mapping[str, Any], given: Mapping[str, Any], *, settings: Container[str] = ()
) -> dict[str, Any]:
    """The model's parameters and those of a call in one. What is given to the call wins.

    A call that asks for a web search in any way gets one. A web search of the model is kept unless
    the call says `web_search=False`. The fields of `extra_body` are merged, and the model's give
    way to the call's parameters.

    Args:
        own: The model's parameters.
        given: The call's, as `call_parameters` takes them.
        settings: See `call_parameters`.

    Raises:
        InvalidRequestError: See `call_parameters`.
    """
    of_call = call_parameters(given, settings=settings) if given else {}
    merged = {**own, **of_call}
    if merged.get("web_search") is False and "web_search" not in of_call and searches_web(of_call):
        del merged["web_search"]
    before, after = own.get("extra_body"), of_call.get("extra_body")
    if isinstance(before, Mapping):
        before = with_documented_names(before)
        kept = {name: value for name, value in before.items() if name not in of_call}
        added = with_documented_names(after) if isinstance(after, Mapping) else {}
        merged["extra_body"] = {**kept, **added}
    return merged


def call_parameters(given: Mapping[str, Any], *, settings: Container[str] = ()) -> dict[str, Any]:
    """The parameters of a single call, by the names of a `ChatRequest`.

    Args:
        given: Parameters by their names here or in the frameworks' other classes, and among them
            mappings of further ones: `model_kwargs` or `additional_kwargs`.
        settings: The names of settings that belong to the model object. Sent with a request, they
            would have no effect or reveal a secret.

    Raises:
        InvalidRequestError: One is a setting of the model object.
        ConfigurationError: One looks like a secret.
    """
    named = with_documented_names(given)
    for holder in _HOLDERS:
        further = named.pop(holder, None)
        if further is not None:
            if not isinstance(further, Mapping):
                raise InvalidRequestError(f"`{holder}` must be a mapping, not {further!r:.80}.")
            named = {**with_documented_names(further), **named}
    for name in named:
        if name in settings:
            raise InvalidRequestError(
                f"`{name}` is a setting of the model and not of a call. Make another model with it."
            )
    refuse_secrets((name for name in named if name != "extra_headers"), "a call")
    if isinstance(named.get("extra_body"), Mapping):
        refuse_secrets(named["extra_body"], "extra_body")
    return named


def split_call(
    parameters: Mapping[str, Any], *, stream: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a call's parameters into the request and the other arguments of the client.

    Args:
        parameters: A `ChatRequest` and, with it, what is given per call and not sent: `timeout`
            (seconds, or the HTTP library's), `stream_chunk_timeout`, `total_timeout`,
            `extra_headers` (a mapping) and `stream_usage` (whether to ask for token counts when
            streaming).
        stream: Whether the call is streamed.

    Returns:
        The request, and the keyword arguments of `Client.chat` and `Client.stream`.
    """
    request = dict(parameters)
    arguments = {
        "timeout": request.pop("timeout", None),
        "headers": request.pop("extra_headers", None),
    }
    # Where None means "no limit", only what is given is passed on.
    arguments |= {name: request.pop(name) for name in _TIME_LIMITS if name in request}
    request.pop("stream", None)
    if request.pop("stream_usage", False) and stream:
        given = request.get("stream_options") or {}
        request["stream_options"] = {"include_usage": True, **given}
    return request, arguments
