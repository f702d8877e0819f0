"""Asking for a web search: the plugin, by whatever name it is asked for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError

WEB_PLUGIN: Mapping[str, Any] = {"id": "web"}
"""The entry of `plugins` that asks for web search, by the API page."""

Plugin = Mapping[str, Any]
Tool = Mapping[str, Any]

# Types of the tools that mean a web search elsewhere: OpenAI's and xAI's `web_search`, with
# `_preview` and dates behind it, Anthropic's with its date, OpenRouter's.
_TOOL_TYPE = re.compile(r"(openrouter:)?web_search(_preview)?([_-][\d_-]+)?")
# Google's tools have no type, but one of these fields.
_GOOGLE_FIELDS = ("google_search", "googleSearch", "google_search_retrieval")
# Fields of the tools that hold more options.
_HOLDERS = ("parameters", "filters", *_GOOGLE_FIELDS)
# What the tools call the plugin's options.
_OPTION_NAMES = {
    "allowed_domains": "include_domains",
    "blocked_domains": "exclude_domains",
    "excluded_domains": "exclude_domains",
}


def with_web_search(
    plugins: Sequence[Plugin] | None, *, enabled: bool | None = None
) -> list[dict[str, Any]]:
    """The plugins with the web-search plugin added (True), removed (False) or as they are (None).

    None is doubled: of entries with one id, the later ones' options are put into the first.

    Raises:
        InvalidRequestError: `plugins` is not a list of objects with an `id`.
    """
    if enabled is not None and not isinstance(enabled, bool):
        raise InvalidRequestError(f"`web_search` must be True or False, not {enabled!r:.80}.")
    plugins = [] if plugins is None else plugins
    if not is_plugin_list(plugins):
        raise InvalidRequestError(
            f'`plugins` must be a list of objects like {{"id": "web"}}, not {plugins!r:.80}.'
        )
    merged: dict[str, dict[str, Any]] = {}
    for plugin in (*plugins, *([WEB_PLUGIN] if enabled else ())):
        merged[plugin["id"]] = {**merged.get(plugin["id"], {}), **plugin}
    if enabled is False:
        merged.pop(WEB_PLUGIN["id"], None)
    return list(merged.values())


def split_tools(tools: Any) -> tuple[Any, list[Plugin]]:
    """Tools without those that mean a web search, and the plugins that say the same.

    What is no list of tools is given back as it is: the JSON encoder or the service will tell.
    """
    others: list[Any] = []
    plugins: list[Plugin] = []
    if not isinstance(tools, (list, tuple)):
        return tools, plugins
    for tool in tools:
        if is_web_search_tool(tool):
            plugins.append(_to_plugin(tool))
        else:
            others.append(tool)
    return others, plugins


def is_web_search_tool(tool: object) -> bool:
    """Whether a tool is another API's word for web search, e.g. `{"type": "web_search"}`.

    So for those of OpenAI, Anthropic, Google, xAI and OpenRouter; an own function of that name is
    a tool like any other.
    """
    if not isinstance(tool, Mapping):
        return False
    kind = tool.get("type")
    if isinstance(kind, str):
        return _TOOL_TYPE.fullmatch(kind) is not None
    return any(name in tool for name in _GOOGLE_FIELDS)


def searches_web(parameters: Mapping[str, Any]) -> bool:
    """Whether parameters ask for a web search, by plugin, by tool or by `web_search`."""
    extra = parameters.get("extra_body")
    body = {**parameters, **extra} if isinstance(extra, Mapping) else parameters
    _, found = split_tools(body.get("tools"))
    enabled = parameters.get("web_search")
    plugins = with_web_search(body.get("plugins"), enabled=enabled)
    is_on = any(plugin["id"] == WEB_PLUGIN["id"] for plugin in plugins)
    return is_on or (bool(found) and enabled is not False)


def excludes_json_schema(parameters: Mapping[str, Any]) -> bool:
    """Whether a request with these parameters must not have a JSON schema as `response_format`.

    "When Gemini models use web search, response_format.type = "json_schema" cannot be used at the
    same time" (the API page).
    """
    model = parameters.get("model")
    is_gemini = isinstance(model, str) and model.upper().startswith("GEMINI")
    return is_gemini and searches_web(parameters)


def is_plugin_list(value: object) -> bool:
    """Whether this is a list of objects with an `id`."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, (str, bytes))
        and all(isinstance(entry, Mapping) and isinstance(entry.get("id"), str) for entry in value)
    )


def _to_plugin(tool: Tool) -> Plugin:
    """The plugin with the tool's options, which are handed on whether the gateway knows them."""
    options = {name: value for name, value in tool.items() if name not in ("type", "name")}
    for holder in _HOLDERS:
        inner = options.pop(holder, None)
        if isinstance(inner, Mapping):
            options.update(inner)
    return {
        **WEB_PLUGIN,
        **{_OPTION_NAMES.get(name, name): value for name, value in options.items()},
    }
