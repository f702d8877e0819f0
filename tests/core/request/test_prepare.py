"""The stages together: what is sent, and how its reply is to be read."""

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from weryai_core import InvalidRequestError
from weryai_core.reply_options import ReplyOptions
from weryai_core.request.options import RequestOptions
from weryai_core.request.prepare import PreparedRequest, encode, prepare
from weryai_core.surrogates import without_surrogates

HELLO = {"role": "user", "content": "Hello"}
NO_PARAMETERS = {"type": "object", "properties": {}}
TOOL = {"type": "function", "function": {"name": "add", "parameters": NO_PARAMETERS}}
CHOICE = {"type": "function", "function": {"name": "add"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
ASKED = (
    "Hello\n\nAnswer with one JSON object that follows this JSON schema, and with nothing else: no "
    'words around it, no code fence.\n\n{"type":"object"}'
)
OR_ASKED = ASKED.replace("Answer with", "Unless you call a tool, answer with")
NAN, INFINITY = float("nan"), float("inf")


def request(**parameters):
    return {"model": "GPT_4O", "messages": [HELLO], **parameters}


def body(parameters, **options):
    return prepare(parameters, RequestOptions(**options)).body


def test_documented_parameters_are_sent_under_their_names():
    given = {
        "model": "GEMINI_3_1_PRO",
        "messages": [{"role": "system", "content": "Be brief."}, HELLO],
        "max_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": -1,
        "frequency_penalty": 1.5,
        "seed": 7,
        "n": 2,
        "plugins": [{"id": "web"}],
        "response_format": {"type": "json_object"},
    }
    reply_options = ReplyOptions("GEMINI_3_1_PRO", choice_count=2, expects_json=True)
    assert prepare(given) == PreparedRequest(given, reply_options)


def test_other_parameters_are_sent_as_they_are():
    given = request(
        tools=[TOOL],
        tool_choice=CHOICE,
        parallel_tool_calls=False,
        stop=["\n"],
        logprobs=True,
        top_logprobs=5,
        reasoning_effort="low",
        logit_bias={"50256": -100},
        user="u-1",
        quite_new={"a": [1, None]},
    )
    assert prepare(given) == PreparedRequest(
        given,
        ReplyOptions(
            "GPT_4O",
            has_one_choice=True,
            checks_arguments=True,
            requires_call=True,
            tool_names={"add": "add"},
        ),
    )


def test_every_stage_has_its_effect():
    given = {
        "model_name": "GEMINI_25_FLASH",
        "messages": [
            {"role": "user", "content": "One."},
            {
                "role": "assistant",
                "content": "",
                "reasoning_content": "Hm.",
                "tool_calls": [{"name": "add", "args": {"a": 1}, "id": "1"}],
            },
            {"role": "tool", "content": "3"},
            *[HELLO] * 50,
        ],
        "seed": None,
        "tools": [{"type": "web_search"}, {"type": "function", "name": "add"}],
        "tool_choice": "any",
        "response_format": SCHEMA,
        "extra_body": {"max_completion_tokens": 5},
    }
    before = copy.deepcopy(given)
    assert body(given, message_overflow="merge", schema_in_prompt="if_needed") == {
        "model": "GEMINI_25_FLASH",
        "messages": [
            {"role": "user", "content": "One."},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "1",
                        "type": "function",
                        "function": {"name": "add", "arguments": '{"a":1}'},
                    }
                ],
            },
            {"role": "tool", "content": "3", "tool_call_id": "1"},
            {"role": "user", "content": "\n\n".join([*["Hello"] * 49, OR_ASKED])},
        ],
        "max_tokens": 5,
        "plugins": [{"id": "web"}],
        "tools": [TOOL],
        "tool_choice": "required",
    }
    assert given == before


def test_the_bounds_hold_for_aliases_and_the_extra_body():
    for given in (
        {"max_completion_tokens": 0},
        {"extra_body": {"max_tokens": 0}},
        {"extra_body": {"max_completion_tokens": 0}},
    ):
        with pytest.raises(InvalidRequestError, match="`max_tokens` must be an integer of 1 or"):
            prepare(request(**given))


def test_tools_of_the_extra_body_can_be_chosen_among():
    sent = body(request(tool_choice="required", extra_body={"tools": [TOOL]}))
    assert sent == request(tool_choice="required", tools=[TOOL])


# Parameters, options -> which attributes of the prepared request are True.
READINGS = {
    "nothing": ({}, {}, {"has_one_choice"}),
    "one choice": ({"n": 1}, {}, {"has_one_choice"}),
    "two choices": ({"n": 2}, {}, set()),
    "two in the extra body": ({"n": 1, "extra_body": {"n": 2}}, {}, set()),
    "tools": ({"tools": [TOOL], "tool_choice": "auto"}, {}, {"has_one_choice"}),
    "a forced call": (
        {"tools": [TOOL], "tool_choice": "any"},
        {},
        {"has_one_choice", "requires_call"},
    ),
    "a forced tool": (
        {"extra_body": {"tools": [TOOL], "tool_choice": CHOICE}},
        {},
        {"has_one_choice", "requires_call"},
    ),
    "a forced call that is not checked": (
        {"tools": [TOOL], "tool_choice": "any"},
        {"check_tool_choice": False},
        {"has_one_choice"},
    ),
    "a choice among no tools": ({"tools": [], "tool_choice": "any"}, {}, {"has_one_choice"}),
    "prompted tools": (
        {"tools": [TOOL]},
        {"tool_calling": "prompted"},
        {"has_one_choice", "reads_calls_from_text"},
    ),
    "a forced prompted tool": (
        {"tools": [TOOL], "tool_choice": "any"},
        {"tool_calling": "prompted"},
        {"has_one_choice", "reads_calls_from_text", "requires_call"},
    ),
    "no prompted tool to call": (
        {"tools": [TOOL], "tool_choice": "none"},
        {"tool_calling": "prompted"},
        {"has_one_choice", "forbids_calls"},
    ),
}


@pytest.mark.parametrize(("given", "options", "reading"), READINGS.values(), ids=READINGS)
def test_a_request_says_how_to_read_its_reply(given, options, reading):
    prepared = prepare(request(**given), RequestOptions(**options))
    names = ("has_one_choice", "reads_calls_from_text", "requires_call", "forbids_calls")
    assert {name for name in names if getattr(prepared.reply_options, name)} == reading


def test_a_forced_call_can_be_left_to_the_model():
    prepared = prepare(request(tools=[TOOL], tool_choice="any", n=2))
    assert (prepared.model, prepared.forces_call) == ("GPT_4O", True)
    free = prepared.without_forced_call()
    sent = request(tools=[TOOL], tool_choice="auto", n=2)
    free_options = ReplyOptions(
        "GPT_4O",
        choice_count=2,
        checks_arguments=True,
        is_forced=False,
        tool_names={"add": "add"},
    )
    assert free == PreparedRequest(sent, free_options)
    assert not free.forces_call


# Model, whether it searches, option -> whether the schema is a parameter, or in the prompt.
FORMATS = {
    "never": ("GPT_4O", True, None, "parameter"),
    "never, Gemini": ("GEMINI_25_PRO", False, None, "parameter"),
    "never, Gemini that searches": ("GEMINI_25_PRO", True, None, "refused"),
    "if needed": ("GPT_4O", True, "if_needed", "parameter"),
    "if needed, Gemini": ("GEMINI_25_PRO", False, "if_needed", "parameter"),
    "if needed, Gemini that searches": ("GEMINI_25_PRO", True, "if_needed", "prompt"),
    "always": ("GPT_4O", False, "always", "prompt"),
    "always, Gemini that searches": ("GEMINI_25_PRO", True, "always", "prompt"),
}


@pytest.mark.parametrize(("model", "searches", "option", "place"), FORMATS.values(), ids=FORMATS)
def test_a_schema_is_a_parameter_or_in_the_prompt(model, searches, option, place):
    given = {"model": model, "messages": [HELLO], "response_format": SCHEMA}
    options = {"web_search": searches, "schema_in_prompt": option}
    if place == "refused":
        with pytest.raises(InvalidRequestError, match="Gemini models cannot combine web search"):
            body(given, **options)
        return
    plugins = {"plugins": [{"id": "web"}]} if searches else {}
    in_prompt = {"model": model, "messages": [{"role": "user", "content": ASKED}]}
    assert body(given, **options) == {**(given if place == "parameter" else in_prompt), **plugins}


@pytest.mark.parametrize("option", ["always", "if_needed"])
def test_other_formats_stay_parameters(option):
    for extra in ({}, {"response_format": {"type": "json_object"}}):
        given = {"model": "GEMINI_25_PRO", "messages": [HELLO], **extra}
        sent = body(given, web_search=True, schema_in_prompt=option)
        assert sent == {**given, "plugins": [{"id": "web"}]}


def test_the_request_is_compact_utf_8_json():
    sent = encode({"messages": [{"role": "user", "content": "Grüße 你好"}]}, stream=False)
    assert sent == '{"messages":[{"role":"user","content":"Grüße 你好"}]}'.encode()


@pytest.mark.parametrize("given", [True, False, None])
def test_stream_is_what_the_method_of_the_client_says(given):
    options = {"include_usage": True}
    sent = request(stream=given, stream_options=options)
    streamed = json.loads(encode(sent, stream=True))
    assert (streamed["stream"], streamed["stream_options"]) == (True, options)
    assert json.loads(encode(sent, stream=False)) == request()
    assert sent == request(stream=given, stream_options=options)


LOOP = []
LOOP.append(LOOP)


@dataclass
class Measured:
    """An object that `to_json` can write, with a number in it."""

    value: float


UNWRITABLE = {
    "object": object(),
    "object in it": {1: object()},
    "loop": LOOP,
    "loop and half": [LOOP, "\ud83d"],
    "NaN": NAN,
    "infinity": {"1": INFINITY},
    "-infinity": [1.5, (-INFINITY,)],
    "NaN in an object": [Measured(NAN)],
}


@pytest.mark.parametrize("prompt", ["Hello", "Hello" * 2000], ids=["short", "long"])
@pytest.mark.parametrize("value", UNWRITABLE.values(), ids=UNWRITABLE)
def test_what_json_cannot_hold_is_refused(value, prompt):
    messages = [{"role": "user", "content": prompt}]
    with pytest.raises(InvalidRequestError, match="The request cannot be written as JSON: "):
        encode(request(user=value, messages=messages), stream=False)


def test_halves_of_pairs_are_sent_as_characters():
    half = "a\ud83d"
    sent = json.loads(
        encode(
            body(
                request(
                    messages=[
                        {"role": "system", "content": half},
                        {"role": "user", "content": [{"type": "text", "text": "\ud83d\ude00"}]},
                    ],
                    tools=[
                        {
                            "type": "function",
                            "function": {
                                "name": "f",
                                "description": half,
                                "parameters": NO_PARAMETERS,
                            },
                        }
                    ],
                    metadata={half: when_and_half()},
                )
            ),
            stream=False,
        )
    )
    assert sent["messages"] == [
        {"role": "system", "content": "a\ufffd"},
        {"role": "user", "content": [{"type": "text", "text": "😀"}]},
    ]
    assert sent["tools"] == [
        {
            "type": "function",
            "function": {"name": "f", "description": "a\ufffd", "parameters": NO_PARAMETERS},
        }
    ]
    assert sent["metadata"] == {"a\ufffd": {"when": "2026-01-02T00:00:00Z", "half": "\ufffd"}}


@pytest.mark.parametrize(
    ("parameters", "options"),
    [
        ({"response_format": SCHEMA}, {}),
        ({"response_format": SCHEMA}, {"schema_in_prompt": "always"}),
        ({"response_format": {"type": "json_object"}, "tools": [TOOL]}, {}),
        ({"response_format": SCHEMA, "tools": [TOOL]}, {"tool_calling": "prompted"}),
    ],
    ids=["schema", "schema in the prompt", "any object", "with prompted tools"],
)
def test_json_is_expected_wherever_the_schema_goes(parameters, options):
    prepared = prepare(request(**parameters), RequestOptions(**options))
    assert prepared.reply_options.expects_json


@pytest.mark.parametrize("response_format", [None, {"type": "text"}])
def test_json_is_not_expected_of_other_answers(response_format):
    prepared = prepare(request(response_format=response_format))
    assert not prepared.reply_options.expects_json


def when_and_half():
    """A value that only `to_json` can write, next to one that it cannot."""
    return {"when": datetime(2026, 1, 2, tzinfo=UTC), "half": "\ude00"}


HALVES = st.recursive(
    st.text(st.characters() | st.characters(categories=["Cs"]), max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=50)
@for_any(HALVES, st.sampled_from(["native", "prompted"]), st.booleans())
def test_halves_of_pairs_anywhere_never_fail_a_request(value, tool_calling, has_schema):
    text = str(value)
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": text}}
    parameters = request(
        messages=[
            {"role": "system", "content": text},
            {"role": "user", "content": text or "?"},
            {"role": "assistant", "content": text, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": text},
        ],
        tools=[{"type": "function", "function": {"name": "f", "parameters": {"title": value}}}],
        metadata={"value": value},
    )
    if has_schema:
        schema = {"title": "T", "description": text}
        parameters["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
    options = RequestOptions(tool_calling=tool_calling, schema_in_prompt="always")
    sent = encode(prepare(parameters, options).body, stream=True)
    assert json.loads(sent)["metadata"] == {"value": without_surrogates(value)}


@pytest.mark.parametrize("text", ["Hello", "What is NaN, what is Infinity, größer?", "NaN" * 2000])
def test_words_of_the_prompt_do_not_decide_what_can_be_sent(text):
    """Dates, which only `to_json` can write, are written whatever the prompt says."""
    when = datetime(2026, 1, 2, tzinfo=UTC)
    sent = json.loads(encode({"content": text, "metadata": {"when": when}}, stream=False))
    assert sent == {"content": text, "metadata": {"when": "2026-01-02T00:00:00Z"}}


def test_fields_of_the_extra_body_are_never_options():
    extra = {"web_search": True, "message_overflow": "custom"}
    sent = body(request(model="GEMINI_25_FLASH", response_format=SCHEMA, extra_body=extra))
    assert sent["response_format"] == SCHEMA
    assert sent["web_search"] is True
    assert sent["message_overflow"] == "custom"


def test_a_null_response_format_in_the_extra_body_is_sent():
    sent = body(request(response_format=SCHEMA, extra_body={"response_format": None}))
    assert sent["response_format"] is None


SEARCH = {"type": "function", "function": {"name": "notion.search", "parameters": NO_PARAMETERS}}


def test_a_tools_name_is_sent_as_the_api_takes_it_wherever_it_stands():
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "notion.search", "arguments": "{}"},
    }
    messages = [
        {"role": "user", "content": "Hi", "name": "Ann Lee"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "3", "tool_call_id": "1", "name": "notion.search"},
    ]
    given = request(messages=messages, tools=[SEARCH], tool_choice="notion.search")
    before = copy.deepcopy(given)
    prepared = prepare(given)
    safe = {"name": "notion_search"}
    assert prepared.body == {
        "model": "GPT_4O",
        "messages": [
            {"role": "user", "content": "Hi", "name": "Ann_Lee"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {**call, "function": {"name": "notion_search", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "content": "3", "tool_call_id": "1", "name": "notion_search"},
        ],
        "tools": [{"type": "function", "function": {**safe, "parameters": NO_PARAMETERS}}],
        "tool_choice": {"type": "function", "function": safe},
    }
    assert prepared.reply_options.tool_names == {"notion_search": "notion.search"}
    assert given == before


def test_a_prompted_tool_keeps_its_name():
    messages = [{"role": "user", "content": "Hi", "name": "Ann Lee"}]
    prepared = prepare(
        request(messages=messages, tools=[SEARCH]), RequestOptions(tool_calling="prompted")
    )
    system, user = prepared.body["messages"]
    assert '{"name":"notion.search"}' in system["content"]
    assert user["name"] == "Ann_Lee"


def test_the_name_of_a_schema_is_sent_as_the_api_takes_it():
    described = {"name": "Box[int]", "schema": {"type": "object"}}
    given = {"type": "json_schema", "json_schema": described}
    sent = body(request(response_format=given))["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {**described, "name": "Box_int_"}}
    assert described["name"] == "Box[int]"


def test_kimi_gets_its_own_ids_back_and_others_get_ids_that_fit():
    own = "functions.add:0"
    call = {"id": own, "type": "function", "function": {"name": "add", "arguments": "{}"}}
    messages = [
        HELLO,
        {"role": "assistant", "content": None, "reasoning_content": "So.", "tool_calls": [call]},
        {"role": "tool", "content": "3", "tool_call_id": own},
    ]
    assert body({"model": "KIMI_K2_5", "messages": messages})["messages"] == messages
    sent = body({"model": "GPT_4O", "messages": messages})["messages"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"] != own
