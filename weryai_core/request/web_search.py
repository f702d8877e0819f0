"""Web search: the plugin, by whatever name a request asks for it, and what it excludes.

A search is on if the plugin is among `plugins`, if `web_search` is True, or if a tool means a web
search in another API. `web_search=False` turns off each of these. `_to_plugins` alone decides it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.request.bounds import check_parameters
from weryai_core.request.options import split_options
from weryai_core.request.parameters import to_body
from weryai_core.wire import TOOL_PARAMETERS

WEB_PLUGIN: Mapping[str, Any] = {"id": "web"}
"""The entry of `plugins` that asks for a web search (WeryAI's API page)."""

Plugin = Mapping[str, Any]
Tool = Mapping[str, Any]

# The `type` of tools that mean a web search: `web_search` of OpenAI and xAI, with `_preview` and
# dates after it; Anthropic's with its date; OpenRouter's.
_TOOL_TYPE = re.compile(r"(openrouter:)?web_search(_preview)?([_-][\d_-]+)?")
# Google's tools have no type, but one of these fields.
_GOOGLE_FIELDS = ("google_search", "googleSearch", "google_search_retrieval")
# Fields of the tools that hold more options.
_HOLDERS = ("parameters", "filters", *_GOOGLE_FIELDS)
# The tools' names of the plugin's options.
_OPTION_NAMES = {
    "allowed_domains": "include_domains",
    "blocked_domains": "exclude_domains",
    "excluded_domains": "exclude_domains",
}


def with_web_search(body: Mapping[str, Any], web_search: bool | None) -> dict[str, Any]:
    """A request that asks for its web search by plugin only.

    Args:
        body: The request by the API's names. It is not changed.
        web_search: The option.

    Raises:
        InvalidRequestError: `plugins` is not a list of objects with an `id`.
    """
    searching = dict(body)
    functions, searches = split_tools(body.get("tools"))
    if searches:
        searching["tools"] = functions
        if is_web_search_tool(body.get("tool_choice")):
            del searching["tool_choice"]  # a search cannot be forced
    if not functions:
        # Several upstreams refuse an empty list, and all refuse to choose among no tools.
        for name in TOOL_PARAMETERS:
            searching.pop(name, None)
    plugins = _to_plugins(searching.pop("plugins", None), searches, web_search)
    if plugins:
        searching["plugins"] = plugins
    return searching


def searches_web(request: Mapping[str, Any]) -> bool:
    """Whether a `ChatRequest` asks for a web search in any way. It may be incomplete.

    Raises:
        InvalidRequestError: `plugins` or an option is invalid.
    """
    return _has_web_plugin(_searching(request))


def excludes_json_schema(request: Mapping[str, Any]) -> bool:
    """Whether a `ChatRequest` must not have a JSON schema as its `response_format`.

    Raises:
        InvalidRequestError: See `searches_web`.
    """
    return body_excludes_json_schema(_searching(request))


def body_excludes_json_schema(body: Mapping[str, Any]) -> bool:
    """`excludes_json_schema` for a body that asks for its web search by plugin only.

    "When Gemini models use web search, response_format.type = "json_schema" cannot be used at the
    same time" (WeryAI's API page).
    """
    model = body.get("model")
    is_gemini = isinstance(model, str) and model.upper().startswith("GEMINI")
    return is_gemini and _has_web_plugin(body)


def split_tools(tools: Any) -> tuple[Any, list[Plugin]]:
    """Split tools into those to send and the plugins that the others mean.

    A value that is not a list is returned as it is: the JSON encoder or the service reports it.
    """
    if not isinstance(tools, (list, tuple)):
        return tools, []
    functions = [tool for tool in tools if not is_web_search_tool(tool)]
    return functions, [_to_plugin(tool) for tool in tools if is_web_search_tool(tool)]


def is_web_search_tool(tool: object) -> bool:
    """Whether a tool means a web search in another API, e.g. `{"type": "web_search"}`.

    Knows the tools of OpenAI, Anthropic, Google, xAI and OpenRouter. A function of that name is a
    tool like any other.
    """
    if not isinstance(tool, Mapping):
        return False
    kind = tool.get("type")
    if isinstance(kind, str):
        return _TOOL_TYPE.fullmatch(kind) is not None
    return any(name in tool for name in _GOOGLE_FIELDS)


def _searching(request: Mapping[str, Any]) -> dict[str, Any]:
    parameters, options = split_options(request)
    return with_web_search(to_body(parameters), options.web_search)


def _has_web_plugin(body: Mapping[str, Any]) -> bool:
    return any(plugin["id"] == WEB_PLUGIN["id"] for plugin in body.get("plugins") or ())


def _to_plugins(
    plugins: Any, searches: Sequence[Plugin], web_search: bool | None
) -> list[dict[str, Any]]:
    """The plugins to send. The options of entries with one id are merged, the later ones winning.

    Args:
        plugins: Those of the request.
        searches: Those that its tools mean.
        web_search: True adds the web-search plugin, False removes it.
    """
    check_parameters({"plugins": plugins})
    added = [*searches, WEB_PLUGIN] if web_search else searches
    merged: dict[str, dict[str, Any]] = {}
    for plugin in (*(plugins or ()), *added):
        merged[plugin["id"]] = {**merged.get(plugin["id"], {}), **plugin}
    if web_search is False:
        merged.pop(WEB_PLUGIN["id"], None)
    return list(merged.values())


def _to_plugin(tool: Tool) -> Plugin:
    """The plugin with the tool's options, whether or not the gateway knows them."""
    options = {name: value for name, value in tool.items() if name not in ("type", "name")}
    for holder in _HOLDERS:
        inner = options.pop(holder, None)
        if isinstance(inner, Mapping):
            options.update(inner)
    renamed = {_OPTION_NAMES.get(name, name): value for name, value in options.items()}
    return {**WEB_PLUGIN, **renamed}
