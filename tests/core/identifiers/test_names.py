"""Names of tools and speakers as services take them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.identifiers.names import (
    safe_name,
    sent_names,
    with_sent_names,
    with_speaker_names,
)

FITTING = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FITTING_AFTER_LETTER = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")
LONG = "mcp__" + "github_enterprise_server_" * 3

# Name -> the name to send.
NAMES = {
    "get_weather": "get_weather",
    "get-weather_2": "get-weather_2",
    "2fa": "2fa",
    "notion.search": "notion_search",
    "github/search": "github_search",
    "server:tool": "server_tool",
    "Box[int]": "Box_int_",
    "A Person": "A_Person",
    "größe": "gro_e",
    "Zoë": "Zoe",
    "<lambda>": "tool_lambda",
    "3 d": "tool_3_d",
    "天气": "tool_4d947325",
    "...": "tool_ab5df625",
    " ": "tool_36a9e7f1",
    LONG: "mcp__github_enterprise_server_github_enterprise_server__5696dbcb",
}


@pytest.mark.parametrize(("name", "sent"), NAMES.items(), ids=map(repr, NAMES))
def test_a_name_is_sent_as_services_take_it(name, sent):
    assert safe_name(name, "tool") == sent
    assert sent_names([name]) == {name: sent}


def test_names_that_would_be_alike_are_told_apart():
    assert sent_names(["a.b", "a_b", "a/b", "a.b"]) == {
        "a.b": "a_b_2e7336dc",
        "a_b": "a_b",
        "a/b": "a_b_c14cddc0",
    }
    assert sent_names(["a.b", "a/b"]) == {"a.b": "a_b", "a/b": "a_b_c14cddc0"}
    sent = sent_names([f"{LONG}{number}" for number in range(10)])
    assert len({*sent.values()}) == 10


def test_some_models_want_a_letter_first():
    assert sent_names(["2fa", "_x", "add"], wants_letter=True) == {
        "2fa": "tool_2fa",
        "_x": "tool_x",
        "add": "add",
    }


ANY_NAME = st.one_of(
    st.text(min_size=1),
    st.text(alphabet="ab._-/ é[]", min_size=1, max_size=4),
    st.text(alphabet="ab.", min_size=60, max_size=70),
)


@given(st.lists(ANY_NAME), st.booleans())
def test_sent_names_fit_and_differ(names, wants_letter):
    sent = sent_names(names, wants_letter=wants_letter)
    fits = (FITTING_AFTER_LETTER if wants_letter else FITTING).fullmatch
    assert [*sent] == [*dict.fromkeys(names)]
    assert all(map(fits, sent.values()))
    assert len({*sent.values()}) == len(sent)
    assert all(sent[name] == name for name in sent if fits(name))
    assert sent == sent_names(names, wants_letter=wants_letter)


@given(st.lists(ANY_NAME.filter(str.strip), min_size=1, unique=True), st.data())
def test_every_name_is_translated_back(names, data):
    called = data.draw(st.lists(st.sampled_from(names)))
    calls = [{"id": "1", "function": {"name": name, "arguments": "{}"}} for name in called]
    results = [{"role": "tool", "tool_call_id": "1", "name": name} for name in called]
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    messages = [{"role": "assistant", "content": "", "tool_calls": calls}, *results]
    chosen = data.draw(st.sampled_from(tools))
    body = {"model": "GPT_4O", "messages": messages, "tools": tools, "tool_choice": chosen}
    sent, given_names = with_sent_names(body)

    def names_of(entries):
        return [given_names[entry["function"]["name"]] for entry in entries]

    assert names_of(sent["tools"]) == names
    assert names_of(sent["messages"][0]["tool_calls"]) == called
    assert [given_names[one["name"]] for one in sent["messages"][1:]] == called
    assert names_of([sent["tool_choice"]]) == [chosen["function"]["name"]]


def test_a_choice_among_some_tools_names_them_as_they_are_sent():
    def choice(name):
        tools = [{"type": "function", "function": {"name": name}}]
        return {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": tools}}

    tool = {"type": "function", "function": {"name": "a.b"}}
    body = {"model": "GPT_4O", "messages": [], "tools": [tool], "tool_choice": choice("a.b")}
    sent, _ = with_sent_names(body)
    assert sent["tool_choice"] == choice("a_b")


def test_a_tool_that_is_no_longer_offered_has_a_safe_name_as_well():
    legacy = {"role": "assistant", "function_call": {"name": "c.d", "arguments": "{}"}}
    result = {"role": "function", "name": "c.d", "content": "3"}
    sent, names = with_sent_names({"model": "GPT_4O", "messages": [legacy, result]})
    assert sent["messages"] == [
        {"role": "assistant", "function_call": {"name": "c_d", "arguments": "{}"}},
        {"role": "function", "name": "c_d", "content": "3"},
    ]
    assert names == {"c_d": "c.d"}


@pytest.mark.parametrize("model", ["GEMINI_25_PRO", "KIMI_K2_5"])
def test_gemini_and_kimi_get_names_that_begin_with_a_letter(model):
    tool = {"type": "function", "function": {"name": "2fa"}}
    sent, names = with_sent_names({"model": model, "messages": [], "tools": [tool]})
    assert names == {"tool_2fa": "2fa"}
    assert sent["tools"] == [{"type": "function", "function": {"name": "tool_2fa"}}]


# The name of a message -> the name sent; None if none is sent.
SPEAKERS = {
    "ann": "ann",
    "Ann Lee": "Ann_Lee",
    "a<|\\/>b": "a_____b",
    "Zoë": "Zoe",
    "张伟": "name_a3a0bafd",
    "": None,
    "  ": None,
    "!?": None,
    None: None,
    7: None,
}


@pytest.mark.parametrize(("name", "sent"), SPEAKERS.items(), ids=map(repr, SPEAKERS))
def test_the_name_of_a_speaker_is_cleaned(name, sent):
    message = {"role": "user", "content": "Hi"}
    named = {**message, "name": name}
    expected = message if sent is None else {**message, "name": sent}
    assert with_speaker_names([named]) == [expected]
    assert with_sent_names({"messages": [named]})[0]["messages"] == [expected]
    assert named["name"] == name


def test_unlike_speakers_have_unlike_names():
    given = ["Anna B", "Anna_B", "Anna B", "Anna.B", "Ännä B", "Bob"]
    messages = [{"role": "user", "content": "Hi", "name": name} for name in given]
    sent = [one["name"] for one in with_speaker_names(messages)]
    assert len({*zip(given, sent, strict=True)}) == len({*given}) == len({*sent})
    assert (sent[1], sent[5]) == ("Anna_B", "Bob")
    assert with_sent_names({"messages": messages})[0]["messages"] == with_speaker_names(messages)


@given(st.lists(st.text(max_size=70), max_size=6))
def test_speakers_are_told_apart_whatever_their_names(given_names):
    messages = [{"role": "user", "content": "Hi", "name": name} for name in given_names]
    sent = [one.get("name") for one in with_speaker_names(messages)]
    pairs = {(name, safe) for name, safe in zip(given_names, sent, strict=True) if safe}
    assert len({safe for _, safe in pairs}) == len(pairs)
    assert all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", safe) for _, safe in pairs)


def test_messages_whose_names_fit_are_left_as_they_are():
    messages = [{"role": "user", "content": "Hi", "name": "ann"}, "x"]
    assert with_speaker_names(messages) is messages
    assert with_sent_names({"messages": messages})[0]["messages"] is messages
