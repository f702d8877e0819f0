"""Asking for a web search: by `web_search`, by plugin, by another API's tool; what it excludes."""

from __future__ import annotations

import copy
import json

import pytest

from weryai_core import InvalidRequestError
from weryai_core.integration import excludes_json_schema, is_web_search_tool, split_tools
from weryai_core.request.prepare import encode_request
from weryai_core.request.web_search import searches_web, with_web_search

WEB = {"id": "web"}
PDF = {"id": "file-parser", "pdf": {"engine": "native"}}
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
HELLO = {"role": "user", "content": "Hello"}

# What is given, `web_search` -> the plugins.
PLUGINS = {
    "nothing": (None, None, []),
    "on": (None, True, [WEB]),
    "off": (None, False, []),
    "empty": ([], None, []),
    "empty and on": ([], True, [WEB]),
    "the plugin": ([WEB], None, [WEB]),
    "the plugin and on": ([WEB], True, [WEB]),
    "the plugin and off": ([WEB], False, []),
    "twice": ([WEB, WEB], None, [WEB]),
    "twice and on": ([WEB, WEB], True, [WEB]),
    "twice and off": ([WEB, WEB], False, []),
    "with options and on": ([{**WEB, "max_results": 3}], True, [{**WEB, "max_results": 3}]),
    "options in two": (
        [{**WEB, "max_results": 3}, {**WEB, "search_prompt": "Look:", "max_results": 4}],
        None,
        [{**WEB, "max_results": 4, "search_prompt": "Look:"}],
    ),
    "another": ([PDF], None, [PDF]),
    "another and on": ([PDF], True, [PDF, WEB]),
    "another and off": ([PDF, WEB], False, [PDF]),
    "a tuple": ((WEB,), None, [WEB]),
}


@pytest.mark.parametrize(("given", "enabled", "expected"), PLUGINS.values(), ids=PLUGINS)
def test_the_plugin_is_added_once_or_taken_away(given, enabled, expected):
    before = copy.deepcopy(given)
    assert with_web_search(given, enabled=enabled) == expected
    assert given == before


@pytest.mark.parametrize("plugins", ["web", ["web"], [{}], [{"id": 1}], {"id": "web"}, 5, [None]])
def test_what_is_no_list_of_plugins_is_refused(plugins):
    with pytest.raises(InvalidRequestError, match=r'`plugins` must be a list .* \{"id": "web"\}'):
        with_web_search(plugins)


@pytest.mark.parametrize("enabled", ["yes", 1, 0, [], {}])
def test_web_search_is_true_or_false(enabled):
    with pytest.raises(InvalidRequestError, match="`web_search` must be True or False, not"):
        with_web_search(None, enabled=enabled)


# A tool -> the plugin that it means, or None.
TOOLS = {
    "OpenAI's": ({"type": "web_search"}, WEB),
    "OpenAI's preview": ({"type": "web_search_preview"}, WEB),
    "OpenAI's dated preview": ({"type": "web_search_preview_2025_03_11"}, WEB),
    "OpenAI's with a date": ({"type": "web_search_2025_08_26"}, WEB),
    "OpenAI's with options": (
        {
            "type": "web_search",
            "filters": {"allowed_domains": ["a.example"]},
            "search_context_size": "low",
            "user_location": {"type": "approximate", "country": "DE"},
        },
        {
            "id": "web",
            "include_domains": ["a.example"],
            "search_context_size": "low",
            "user_location": {"type": "approximate", "country": "DE"},
        },
    ),
    "Anthropic's": (
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "max_uses": 3,
            "blocked_domains": ["b.example"],
        },
        {"id": "web", "max_uses": 3, "exclude_domains": ["b.example"]},
    ),
    "OpenRouter's": (
        {"type": "openrouter:web_search", "parameters": {"max_results": 2, "engine": "exa"}},
        {"id": "web", "max_results": 2, "engine": "exa"},
    ),
    "the plugin's own options": (
        {"type": "web_search", "max_results": 3, "search_prompt": "Look:"},
        {"id": "web", "max_results": 3, "search_prompt": "Look:"},
    ),
    "xAI's": (
        {"type": "web_search", "filters": {"excluded_domains": ["b.example"]}},
        {"id": "web", "exclude_domains": ["b.example"]},
    ),
    "Google's": ({"google_search": {}}, WEB),
    "Google's in camel case": ({"googleSearch": {}}, WEB),
    "Google's older": ({"google_search_retrieval": {"dynamic": 1}}, {"id": "web", "dynamic": 1}),
    "Google's with domains": (
        {"google_search": {"exclude_domains": ["b.example"]}},
        {"id": "web", "exclude_domains": ["b.example"]},
    ),
    "Google's as null": ({"google_search": None}, WEB),
    "a function": (FUNCTION, None),
    "a function of that name": (
        {"type": "function", "function": {"name": "web_search", "parameters": {}}},
        None,
    ),
    "a function with a field of Google's": ({"type": "function", "google_search": {}}, None),
    "a bare function of that name": ({"name": "web_search", "parameters": {}}, None),
    "an Anthropic function of that name": ({"name": "web_search", "input_schema": {}}, None),
    "another built-in tool": ({"type": "code_interpreter"}, None),
    "a longer word": ({"type": "web_search_premium"}, None),
    "a file search": ({"type": "file_search"}, None),
    "no type": ({}, None),
    "a type of another type": ({"type": 5}, None),
    "a string": ("web_search", None),
    "null": (None, None),
}


@pytest.mark.parametrize(("tool", "plugin"), TOOLS.values(), ids=TOOLS)
def test_a_tool_that_means_a_web_search_becomes_the_plugin(tool, plugin):
    before = copy.deepcopy(tool)
    assert is_web_search_tool(tool) is (plugin is not None)
    others, plugins = split_tools([FUNCTION, tool])
    assert others == ([FUNCTION] if plugin else [FUNCTION, tool])
    assert plugins == ([plugin] if plugin else [])
    assert tool == before


@pytest.mark.parametrize("tools", [None, "web_search", 5, {"type": "web_search"}])
def test_what_is_no_list_of_tools_stays_as_it_is(tools):
    assert split_tools(tools) == (tools, [])


SEARCH = {"type": "web_search"}
# Parameters -> whether they ask for a search, and what is sent of them.
REQUESTS = {
    "nothing": ({}, False, {}),
    "on": ({"web_search": True}, True, {"plugins": [WEB]}),
    "off": ({"web_search": False}, False, {}),
    "the plugin": ({"plugins": [WEB]}, True, {"plugins": [WEB]}),
    "the plugin, off": ({"plugins": [WEB], "web_search": False}, False, {}),
    "another plugin": ({"plugins": [PDF]}, False, {"plugins": [PDF]}),
    "a tool": ({"tools": [SEARCH]}, True, {"plugins": [WEB]}),
    "a tool, off": ({"tools": [SEARCH], "web_search": False}, False, {}),
    "a tool and on": ({"tools": [SEARCH], "web_search": True}, True, {"plugins": [WEB]}),
    "two tools": (
        {"tools": [SEARCH, {"google_search": {}}, FUNCTION]},
        True,
        {"tools": [FUNCTION], "plugins": [WEB]},
    ),
    "a tool and a plugin": (
        {
            "tools": [{**SEARCH, "filters": {"allowed_domains": ["a.example"]}}],
            "plugins": [{**WEB, "max_results": 3}, PDF],
        },
        True,
        {"plugins": [{**WEB, "max_results": 3, "include_domains": ["a.example"]}, PDF]},
    ),
    "a function": ({"tools": [FUNCTION]}, False, {"tools": [FUNCTION]}),
    "a tool, forced": (
        {"tools": [FUNCTION, SEARCH], "tool_choice": SEARCH},
        True,
        {"tools": [FUNCTION], "plugins": [WEB]},
    ),
    "a tool alone, forced": (
        {"tools": [SEARCH], "tool_choice": "required", "parallel_tool_calls": False},
        True,
        {"plugins": [WEB]},
    ),
    "a function, forced": (
        {"tools": [FUNCTION, SEARCH], "tool_choice": "required"},
        True,
        {"tools": [FUNCTION], "tool_choice": "required", "plugins": [WEB]},
    ),
    "in extra_body": ({"extra_body": {"plugins": [WEB]}}, True, {"plugins": [WEB]}),
    "a tool in extra_body": ({"extra_body": {"tools": [SEARCH]}}, True, {"plugins": [WEB]}),
    "in extra_body, off": ({"extra_body": {"plugins": [WEB]}, "web_search": False}, False, {}),
    "emptied by extra_body": ({"plugins": [WEB], "extra_body": {"plugins": []}}, False, {}),
}


@pytest.mark.parametrize(("given", "is_on", "expected"), REQUESTS.values(), ids=REQUESTS)
def test_a_search_that_is_asked_for_is_sent_as_the_plugin(given, is_on, expected):
    before = copy.deepcopy(given)
    assert searches_web(given) is is_on
    request = {"model": "GPT_4O", "messages": [HELLO], **given}
    assert json.loads(encode_request(request, stream=False)) == {
        "model": "GPT_4O",
        "messages": [HELLO],
        **expected,
    }
    assert given == before


@pytest.mark.parametrize(
    ("model", "is_excluded"),
    [
        ("GEMINI_25_FLASH", True),
        ("GEMINI_3_1_PRO", True),
        ("GEMINI_9_ULTRA", True),
        ("gemini-9", True),
        ("GPT_4O", False),
        ("CLAUDE_4_OPUS", False),
        ("FUTURE_1", False),
        ("NOT_GEMINI", False),
    ],
)
def test_gemini_models_cannot_search_and_follow_a_schema(model, is_excluded):
    request = {"model": model, "messages": [HELLO], "response_format": SCHEMA}
    assert excludes_json_schema({"model": model, "web_search": True}) is is_excluded
    assert excludes_json_schema({"model": model, "web_search": False}) is False
    assert json.loads(encode_request(request, stream=False)) == request
    searching = {**request, "web_search": True}
    if is_excluded:
        with pytest.raises(InvalidRequestError, match="cannot combine web search"):
            encode_request(searching, stream=False)
    else:
        sent = json.loads(encode_request(searching, stream=False))
        assert sent == {**request, "plugins": [WEB]}


@pytest.mark.parametrize("given", [row[0] for row in REQUESTS.values()], ids=REQUESTS)
def test_the_conflict_is_seen_wherever_the_search_is_asked_for(given):
    request = {"model": "GEMINI_3_1_PRO", "messages": [HELLO], "response_format": SCHEMA, **given}
    if searches_web(given):
        with pytest.raises(InvalidRequestError, match="cannot combine web search"):
            encode_request(request, stream=False)
    else:
        assert json.loads(encode_request(request, stream=False))["response_format"] == SCHEMA


@pytest.mark.parametrize("kind", ["json_object", "text"])
def test_other_formats_are_no_conflict(kind):
    request = {
        "model": "GEMINI_25_FLASH",
        "messages": [HELLO],
        "response_format": {"type": kind},
        "plugins": [WEB],
    }
    assert json.loads(encode_request(request, stream=False)) == request
