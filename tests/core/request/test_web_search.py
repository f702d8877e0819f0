"""Asking for a web search: by `web_search`, by plugin, by another API's tool; what it excludes."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.request.web_search import (
    excludes_json_schema,
    is_web_search_tool,
    searches_web,
    split_tools,
    with_web_search,
)

WEB = {"id": "web"}
PDF = {"id": "file-parser", "pdf": {"engine": "native"}}
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

# The plugins and the option -> the plugins that are sent.
PLUGINS = {
    "nothing": (None, None, None),
    "on": (None, True, [WEB]),
    "off": (None, False, None),
    "empty": ([], None, None),
    "empty and on": ([], True, [WEB]),
    "the plugin": ((WEB,), None, [WEB]),
    "the plugin and on": ([WEB], True, [WEB]),
    "the plugin and off": ([WEB], False, None),
    "another": ([PDF], None, [PDF]),
    "another and on": ([PDF], True, [PDF, WEB]),
    "another and off": ([PDF, {**WEB, "max_results": 3}], False, [PDF]),
}


@pytest.mark.parametrize(("plugins", "option", "sent"), PLUGINS.values(), ids=PLUGINS)
def test_the_option_adds_or_removes_the_plugin(plugins, option, sent):
    body = {"seed": 1, **({} if plugins is None else {"plugins": plugins})}
    before = copy.deepcopy(body)
    assert with_web_search(body, option) == {"seed": 1, **({"plugins": sent} if sent else {})}
    assert body == before


@pytest.mark.parametrize(
    ("plugins", "option", "sent"),
    [
        ([WEB, WEB], None, [WEB]),
        ([WEB, WEB], True, [WEB]),
        ([WEB, WEB], False, None),
        ([{**WEB, "max_results": 3}], True, [{**WEB, "max_results": 3}]),
        (
            [{**WEB, "max_results": 3}, {**WEB, "search_prompt": "Look:", "max_results": 4}],
            None,
            [{**WEB, "max_results": 4, "search_prompt": "Look:"}],
        ),
    ],
)
def test_plugins_of_one_id_are_merged(plugins, option, sent):
    assert with_web_search({"plugins": plugins}, option) == ({"plugins": sent} if sent else {})


@pytest.mark.parametrize("option", [None, True, False])
def test_plugins_that_are_not_a_list_are_refused(option):
    with pytest.raises(InvalidRequestError, match=r'`plugins` must be a list .* \{"id": "web"\}'):
        with_web_search({"plugins": "web"}, option)
    with pytest.raises(InvalidRequestError, match="`plugins` must be a list"):
        searches_web({"plugins": [{}], "web_search": option})


# A tool -> the plugin that it means.
SEARCHES = {
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
}

OTHER_TOOLS = {
    "a function": FUNCTION,
    "a function of that name": {"type": "function", "function": {"name": "web_search"}},
    "a function with a field of Google's": {"type": "function", "google_search": {}},
    "a bare function of that name": {"name": "web_search", "parameters": {}},
    "an Anthropic function of that name": {"name": "web_search", "input_schema": {}},
    "another built-in tool": {"type": "code_interpreter"},
    "a longer word": {"type": "web_search_premium"},
    "a file search": {"type": "file_search"},
    "no type": {},
    "a type of another type": {"type": 5},
    "a string": "web_search",
    "null": None,
}


@pytest.mark.parametrize(("tool", "plugin"), SEARCHES.values(), ids=SEARCHES)
def test_a_tool_that_means_a_web_search_becomes_the_plugin(tool, plugin):
    before = copy.deepcopy(tool)
    assert is_web_search_tool(tool)
    assert split_tools([FUNCTION, tool]) == ([FUNCTION], [plugin])
    assert tool == before


@pytest.mark.parametrize("tool", OTHER_TOOLS.values(), ids=OTHER_TOOLS)
def test_other_tools_stay_tools(tool):
    assert not is_web_search_tool(tool)
    assert split_tools((tool,)) == ([tool], [])


@pytest.mark.parametrize("tools", [None, "web_search", 5, {"type": "web_search"}])
def test_tools_that_are_not_a_list_stay_as_they_are(tools):
    assert split_tools(tools) == (tools, [])


SEARCH = {"type": "web_search"}
# A body, the option -> what is sent.
BODIES = {
    "a tool": ({"tools": [SEARCH]}, None, {"plugins": [WEB]}),
    "a tool, off": ({"tools": [SEARCH]}, False, {}),
    "a tool and on": ({"tools": [SEARCH]}, True, {"plugins": [WEB]}),
    "two tools": (
        {"tools": [SEARCH, {"google_search": {}}, FUNCTION]},
        None,
        {"tools": [FUNCTION], "plugins": [WEB]},
    ),
    "a tool and a plugin": (
        {
            "tools": [{**SEARCH, "filters": {"allowed_domains": ["a.example"]}}],
            "plugins": [{**WEB, "max_results": 3}, PDF],
        },
        None,
        {"plugins": [{**WEB, "max_results": 3, "include_domains": ["a.example"]}, PDF]},
    ),
    "a function": ({"tools": [FUNCTION]}, None, {"tools": [FUNCTION]}),
    "a tool, forced": (
        {"tools": [FUNCTION, SEARCH], "tool_choice": SEARCH},
        None,
        {"tools": [FUNCTION], "plugins": [WEB]},
    ),
    "a tool alone, forced": (
        {"tools": [SEARCH], "tool_choice": "required", "parallel_tool_calls": False},
        None,
        {"plugins": [WEB]},
    ),
    "a function, forced": (
        {"tools": [FUNCTION, SEARCH], "tool_choice": "required"},
        None,
        {"tools": [FUNCTION], "tool_choice": "required", "plugins": [WEB]},
    ),
    "no tools": ({"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}, None, {}),
}


@pytest.mark.parametrize(("body", "option", "sent"), BODIES.values(), ids=BODIES)
def test_a_search_among_the_tools_is_sent_as_the_plugin(body, option, sent):
    before = copy.deepcopy(body)
    assert with_web_search({"seed": 1, **body}, option) == {"seed": 1, **sent}
    assert body == before


@pytest.mark.parametrize(
    ("request_", "is_on"),
    [
        ({}, False),
        ({"web_search": True}, True),
        ({"web_search": None, "plugins": None}, False),
        ({"plugins": [WEB]}, True),
        ({"plugins": [WEB], "web_search": False}, False),
        ({"plugins": [PDF], "tools": [FUNCTION]}, False),
        ({"tools": [SEARCH]}, True),
        ({"tools": [SEARCH], "web_search": False}, False),
        ({"extra_body": {"plugins": [WEB]}}, True),
        ({"extra_body": {"tools": [SEARCH]}}, True),
        ({"extra_body": {"plugins": [WEB]}, "web_search": False}, False),
        ({"plugins": [WEB], "extra_body": {"plugins": []}}, False),
    ],
    ids=str,
)
def test_a_search_is_on_wherever_the_request_asks_for_it(request_, is_on):
    assert searches_web(request_) is is_on
    assert excludes_json_schema({"model": "GEMINI_3_1_PRO", **request_}) is is_on


@pytest.mark.parametrize(
    ("model", "excludes"),
    [
        ("GEMINI_25_FLASH", True),
        ("GEMINI_9_ULTRA", True),
        ("gemini-9", True),
        ("GPT_4O", False),
        ("FUTURE_1", False),
        ("NOT_GEMINI", False),
        (None, False),
    ],
)
def test_a_search_of_gemini_models_excludes_a_schema(model, excludes):
    assert excludes_json_schema({"model": model, "web_search": True}) is excludes
    assert excludes_json_schema({"model": model, "web_search": False}) is False
