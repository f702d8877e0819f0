"""The names that models and gateways write."""

import pytest

from weryai_core.identifiers.written_names import given_name, read_name

NAMES = {
    "ping": "ping",
    "functions.ping": "ping",
    "functions.ping:0": "ping",
    "ping:12": "ping",
    "default_api.ping": "ping",
    "default_api:ping": "ping",
    "tools.ping": "ping",
    "ping<|channel|>commentary": "ping",
    "functions.ping<|channel|>commentary json": "ping",
    "ping</arg_value>": "ping",
    "ping\n<arg_key>city</arg_key>": "ping",
    "<|tool_call_begin|>functions.ping:0": "ping",
    "function<\uff5ctool\u2581sep\uff5c>ping": "ping",
    "[TOOL_CALLS]ping[ARGS]": "ping",
    '"ping"': "ping",
    "<b>pings": "<b>pings",
    "functions.notion_search": "notion.search",
    "functions.notion.search": "notion.search",
    "default_api.list": "default_api.list",
    "list": "list",
    "other.ping": "other.ping",
    "functions.pong": "functions.pong",
    "pings": "pings",
    "functions.": "functions.",
}
TOOLS = {
    "ping": "ping",
    "notion_search": "notion.search",
    "default_api_list": "default_api.list",
}


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_a_decorated_name_is_that_of_the_users_tool(written, name):
    assert given_name(written, TOOLS) == name


def test_without_tools_a_name_stays():
    assert given_name("functions.ping", {}) == "functions.ping"


@pytest.mark.parametrize("name", ["", "null", "None", " undefined ", "\u200b", "\ufeff", None, 5])
def test_words_for_nothing_are_no_name(name):
    name = read_name({"function": {"name": name}}, ())
    assert name is None


def test_a_piece_of_a_known_name_is_a_name():
    assert read_name({"function": {"name": "null"}}, ["nullify"]) == "null"
    assert read_name({"function": {"name": "p\u200bing"}}, []) == "ping"
